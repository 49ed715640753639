# SPDX-License-Identifier: BSD-3-Clause
"""Conditional dependencies, groups of optional ones and flags (CEP 43, 44, 45, 48): the same answers as py-rattler, and
nothing of them lost on the way through indexes, environments, locks and questions."""

import asyncio
import json
import os
import pathlib
import random

import pytest
import rattler
import zstandard
from rattler.exceptions import SolverError
from rattler.package.build_string import BuildString

from packages import write_shards
from prefixes import records

DATA = pathlib.Path(os.environ.get("KRAIT_TEST_DATA") or pathlib.Path(__file__).parents[3] / "shared/data")
CHANNELS = DATA / "rattler-test-data/channels"
#: the answer of a peer that has none
PANIC = {"panic": ""}
#: what the machine has in these tests
VIRTUAL = {"__linux": "6.1", "__unix": "0", "__glibc": "2.36"}


def peer(channel, specs):
    """What py-rattler chooses, as {name: version build}; None when there is no solution."""
    virtual = [rattler.GenericVirtualPackage(rattler.PackageName(name), rattler.Version(version), BuildString("0"))
               for name, version in VIRTUAL.items()]

    async def solve():
        return await rattler.solve([rattler.Channel(f"file://{channel}")], specs, platforms=["linux-64", "noarch"],
                                   virtual_packages=virtual)

    try:
        return {record.name.normalized: f"{record.version} {record.build}" for record in asyncio.run(solve())}
    except SolverError:
        return None
    except Exception as error:
        # py-rattler 0.28 loses its way in some of the random channels.
        if type(error).__name__ == "RustPanic":
            return PANIC
        raise


@pytest.fixture
def ours(krait):
    def solve(channel, specs):
        words = [word for name, version in VIRTUAL.items() for word in ("--virtual-package", f"{name}={version}")]
        result = krait("create", "--dry-run", "--json", "--no-pip", "-p", krait.home / "never", "-c", channel,
                       "--override-channels", *words, *specs, code=None)
        assert result.code in (0, 3), result
        if result.code == 3:
            return None
        return {record["name"]: f"{record['version']} {record['build']}"
                for record in result.json["actions"].get("LINK", [])}

    return solve


@pytest.mark.parametrize(("channel", "specs"), [
    ("conditional-repodata", ["package"]),
    ("conditional-repodata", ["conditional-dependency"]),
    ("conditional-repodata", ["conditional-dependency", "side-dependency"]),
    ("conditional-repodata", ["conditional-dependency", "side-dependency=0.1"]),
    ("conditional-repodata", ["conditional-dependency", "side-dependency=0.2"]),
    ("conditional-repodata", ["package", "osx-dependency[when='__osx']", "side-dependency[when='__linux or __win']"]),
    ("conditional-repodata", ["package[when='side-dependency']"]),
    ("conditional-repodata", ["package[when='side-dependency>=0.2']", "side-dependency=0.1"]),
    ("conditional-repodata", ["package[when='side-dependency>=0.2']", "side-dependency"]),
    ("dummy-optional-dependencies", ["foo", "bar"]),
    ("dummy-optional-dependencies", ["foo[extras=[with-bar]]"]),
    ("dummy-optional-dependencies", ["foo[extras=[with-bar]]", "bar"]),
    ("dummy-optional-dependencies", ["foo[extras=with-bar]", "bar>=2"]),
    ("dummy-optional-dependencies", ["foo[extras=[unknown]]", "bar"]),
    ("dummy-optional-dependencies", ["conflicting-extras[extras=[extra1]]"]),
    ("dummy-optional-dependencies", ["conflicting-extras[extras=[extra2]]"]),
    ("dummy-optional-dependencies", ["conflicting-extras[extras=[extra1, extra2]]"]),
])
def test_the_answers_of_the_peer(ours, channel, specs):
    if not CHANNELS.is_dir():
        pytest.skip("no test data: set KRAIT_TEST_DATA")
    assert ours(CHANNELS / channel, specs) == peer(CHANNELS / channel, specs)


class Dice:
    """Small channels of `v3` records and requests of them; each seed gives its own."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def spec(self, names, version=0.5, rich=True):
        keys = []
        if self.random.random() < version:
            keys.append(f"version='{self.random.choice(['<', '>=', '=='])}{self.random.randint(1, 3)}'")
        if rich and self.random.random() < 0.3:
            keys.append(self.random.choice(["extras=[g]", "extras=[g,h]", "extras=[none]"]))
        if rich and self.random.random() < 0.15:
            keys.append(self.random.choice(["flags=[f]", "flags=['k:*']"]))
        if rich and self.random.random() < 0.4:
            keys.append(f"when='{self.condition(names, 2)}'")
        name = self.random.choice(names)
        return f"{name}[{','.join(keys)}]" if keys else name

    def condition(self, names, depth):
        kind = self.random.random()
        if depth and kind < 0.4:
            left, right = self.condition(names, depth - 1), self.condition(names, depth - 1)
            return f"({left} or {right})" if kind < 0.2 else f"{left} and {right}"
        if kind < 0.5:
            return self.random.choice(["__linux", "__osx", "__glibc>=2.17", "__glibc>=3"])
        if kind < 0.6:
            return f"{self.random.choice(names)}[extras=[g]]"
        return self.random.choice(names) + self.random.choice(["", "<2", ">=2", ">=3"])

    def channel(self, folder):
        names = [f"p{number}" for number in range(5)]
        found = {}
        for number in range(12):
            # Nothing depends on what comes before it, and each version has one build: no order of ranks decides.
            place = number % 5
            later = names[place + 1:]
            name, version = names[place], str(number // 5 + 1)
            record = {"name": name, "version": version, "build": "0", "build_number": 0, "subdir": "noarch",
                      "timestamp": 1765213400949, "sha256": f"{number:064x}", "size": 1, "noarch": "generic",
                      "depends": [self.spec(later) for _ in range(self.random.randint(0, 2)) if later],
                      "constrains": [self.spec(later, 1, False) for _ in range(self.random.randint(0, 1)) if later],
                      "flags": self.random.sample(["f", "k:v"], self.random.randint(0, 2)),
                      "extra_depends": {group: [self.spec(later) for _ in range(self.random.randint(0, 2)) if later]
                                        for group in ["g", "h"][:self.random.randint(0, 2)]}}
            found[f"{name}-{version}-0"] = record
        # What is asked for stands in a record: py-rattler 0.28 does not look for what a request asks for conditionally.
        asked = [self.spec(names, 0.3) for _ in range(self.random.randint(1, 3))]
        found["root-1-0"] = {**record, "name": "root", "version": "1", "depends": asked, "constrains": [], "flags": [],
                             "extra_depends": {}}
        document = {"info": {"subdir": "noarch"}, "packages": {}, "packages.conda": {},
                    "v3": {"conda": found, "tar.bz2": {}}, "repodata_version": 1}
        for subdir, content in (("noarch", document), ("linux-64", {"info": {"subdir": "linux-64"}})):
            (folder / subdir).mkdir(parents=True, exist_ok=True)
            (folder / subdir / "repodata.json").write_text(json.dumps(content))
        return asked


#: by hand more: KRAIT_RANDOM_CHANNELS=1000
COUNT = int(os.environ.get("KRAIT_RANDOM_CHANNELS", 40))


def test_random_channels_have_the_answers_of_the_peer(ours, tmp_path):
    other = []
    panics = 0
    for seed in range(COUNT):
        folder = tmp_path / str(seed)
        specs = Dice(seed).channel(folder)
        mine, theirs = ours(folder, ["root"]), peer(folder, ["root"])
        if theirs is PANIC:
            panics += 1
            continue
        assert (mine is None) == (theirs is None), (seed, specs, mine, theirs)
        if mine != theirs:
            other.append((seed, specs, mine, theirs))
    # Where two packages trade against each other both answers are right.
    assert len(other) <= COUNT / 10 and panics <= COUNT / 20, (len(other), panics, other)
    print(f"{COUNT} channels, {len(other)} other answers, {panics} without one")


@pytest.fixture
def own(own_channel):
    """Packages with all of it, in `v3`."""
    own_channel.add("tool", index={
        "flags": ["cuda", "blas:mkl"],
        "extra_depends": {"plots": ["draw[version='<2']", "extra[when='__linux']"], "none": []},
    })
    for version in ("1.0", "2.0"):
        own_channel.add("draw", version)
    own_channel.add("extra")
    own_channel.add("wide", depends=["tool[extras=[plots],when='draw']", "absent[when='__osx']"])
    own_channel.move_to_v3()
    return own_channel


@pytest.mark.parametrize("form", ["json", "zst", "shards", "mixture"])
def test_every_form_of_an_index_has_the_same_answers(krait, own, serve, form):
    for folder in own.directory.iterdir():
        path = folder / "repodata.json"
        document = path.read_bytes()
        if form == "zst" or (form == "mixture" and folder.name != "noarch"):
            (folder / "repodata.json.zst").write_bytes(zstandard.compress(document))
            path.unlink()
        elif form in ("shards", "mixture"):
            write_shards(json.loads(document), folder)
            path.unlink()
    served = serve(own.directory)
    # Once from the server and once from the cache.
    for words in ([], ["--offline"]):
        found = krait.solve("wide", "draw", "tool[flags=['blas:*']]", *words, channel=served.url)
        assert {name: record["version"] for name, record in found.items()} == {
            "wide": "1.0", "draw": "1.0", "tool": "1.0", "extra": "1.0"}
        [tool] = krait("search", "--json", "-c", served.url, "--override-channels", "tool[flags=[cuda]]",
                       *words).json["tool"]
        assert tool["flags"] == ["cuda", "blas:mkl"]
        assert tool["extra_depends"] == {"plots": ["draw[version='<2']", "extra[when='__linux']"], "none": []}


def test_nothing_is_lost_on_the_way(krait, own, tmp_path):
    prefix = tmp_path / "env"
    asked = ["tool[extras=['plots'],flags=['cuda']]", "wide[when=__linux]", "absent[when=__osx]"]
    krait.create(prefix, *asked, channel=own)
    assert {record["name"] for record in records(prefix).values()} == {"tool", "draw", "extra", "wide"}
    record = next(record for record in records(prefix).values() if record["name"] == "tool")
    assert record["flags"] == ["cuda", "blas:mkl"] and record["extra_depends"]["none"] == []
    assert record["requested_spec"] == asked[0]
    listed = {one["name"]: one for one in krait("list", "--json", "-p", prefix).json}
    assert listed["tool"]["flags"] == record["flags"] and listed["tool"]["extra_depends"] == record["extra_depends"]
    assert "flags" not in listed["draw"]
    # The same environment from what it says of itself.
    for number, words in enumerate((["--from-history"], ["--format", "explicit"], [])):
        written = tmp_path / f"file{number}.{'txt' if 'explicit' in words else 'yml'}"
        written.write_text(krait("export", "-p", prefix, *words).out)
        again = tmp_path / f"again{number}"
        krait("create", "-y", "-p", again, "-f", written)
        copy = next(record for record in records(again).values() if record["name"] == "tool")
        assert copy["flags"] == record["flags"] and copy["extra_depends"] == record["extra_depends"]
        assert set(records(again)) == set(records(prefix))
    # The group is remembered: what it brought stays as it has to be.
    words = ["-p", prefix, "-c", own, "--override-channels"]
    krait("update", "-y", "--all", *words)
    krait("remove", "-y", "-p", prefix, "wide")
    found = {record["name"]: record["version"] for record in records(prefix).values()}
    assert found == {"tool": "1.0", "draw": "1.0", "extra": "1.0"}


def test_an_environment_file_with_a_condition(krait, own, tmp_path):
    lines = ["name: dev", f"channels: [{own}]", "dependencies:", "  - tool[when=__linux]", "  - draw[when=__osx]"]
    file = tmp_path / "environment.yml"
    file.write_text("\n".join(lines))
    assert "draw" not in krait("create", "-y", "-f", file, "-p", tmp_path / "env").err
    # A lock of it too.
    krait("lock", "-f", file, "-o", tmp_path / "conda-lock.yml", "--platform", "linux-64")
    krait("create", "-y", "-p", tmp_path / "locked", "-f", tmp_path / "conda-lock.yml")
    assert set(records(tmp_path / "locked")) == set(records(tmp_path / "env"))
    assert json.loads(next((tmp_path / "locked/conda-meta").glob("tool-*")).read_text())["flags"] == ["cuda", "blas:mkl"]
