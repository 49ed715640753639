# SPDX-License-Identifier: BSD-3-Clause
"""Requests of the corpus, solved from shards, `.zst` and `.json`, of one channel and mixed across two: always the same.

A sample, or all of them with KRAIT_CORPUS=full.
"""

import json
import os
import subprocess
import zlib

import pytest

from conftest import DATA, Krait
from packages import write_shards
from servers import ChannelServer

pytestmark = pytest.mark.skipif(not (DATA / "solves").exists(), reason=f"{DATA} holds no solves")
SUBDIRS = ("linux-64", "noarch")
#: for each of the two channels, the form its index is served in
MIXTURES = [("shards", "zst"), ("json", "shards"), ("shards", "shards")]


def corpus():
    path = DATA / "solves/rattler_solutions.jsonl"
    # Asked for even where all is skipped.
    return map(json.loads, path.read_text().splitlines()[1:] if path.exists() else ())


def requests():
    # Some are no specs at all.
    asked = [line["specs"] for line in corpus() if not (line.get("error") or "").startswith("parse")]
    return asked if os.environ.get("KRAIT_CORPUS") == "full" else asked[7::55]


def write(channel, subdir, document):
    """The channel three times, each in one form only."""
    text = json.dumps(document, separators=(",", ":"))
    for form in ("zst", "json", "shards"):
        folder = channel.with_name(f"{channel.name}-{form}") / subdir
        folder.mkdir(parents=True)
        if form == "shards":
            write_shards(document, folder)
        elif form == "json":
            (folder / "repodata.json").write_text(text)
        else:
            subprocess.run(["zstd", "-q", "-o", folder / "repodata.json.zst"], input=text.encode(), check=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A krait, and the URL of a server of conda-forge's sample: whole, and as two channels of half of the names each."""
    place = tmp_path_factory.mktemp("corpus")
    for subdir in SUBDIRS:
        source = DATA / "repodata/conda-forge-all" / subdir / "repodata.json.zst"
        text = subprocess.run(["zstd", "-qdc", source], capture_output=True, check=True).stdout
        whole = json.loads(text)
        groups = ("packages", "packages.conda")
        write(place / "whole", subdir, {"info": {"subdir": subdir}, **{group: whole.get(group, {}) for group in groups}})
        for number, half in enumerate(("one", "two")):
            part = {group: {key: record for key, record in whole.get(group, {}).items()
                            if zlib.crc32(record["name"].encode()) % 2 == number} for group in groups}
            write(place / half, subdir, {"info": {"subdir": subdir}, **part})
    server = ChannelServer(place)
    facts = json.loads((DATA / "solves/rattler_solutions.jsonl").read_text().split("\n", 1)[0])
    krait = Krait(place / "home")
    for name, version, build in facts["virtual_packages"]:
        if name != "__unix":
            value = build if name == "__archspec" else version
            krait.environment["CONDA_OVERRIDE_" + name.removeprefix("__").upper()] = value
    yield krait, server.url
    server.close()


def answer(krait, url, channels, specs):
    """What would be linked, or what is wrong, without the channels' names."""
    words = [word for channel in channels for word in ("-c", f"{url}/{channel}")]
    result = krait("create", "--dry-run", "--json", "--no-pip", "-p", krait.home / "never", *words,
                   "--override-channels", "--repodata-ttl", "3600", *specs, code=None)
    if result.code == 0:
        return sorted((record["fn"], record.get("sha256")) for record in result.json["actions"]["LINK"])
    assert result.code == 3, result
    text = result.json["error"]
    for channel in channels:
        text = text.replace(f"{url}/{channel}", "CHANNEL")
    return text


@pytest.mark.parametrize("specs", requests(), ids=lambda specs: " ".join(specs)[:40])
def test_every_form_gives_the_same_solution(world, specs):
    krait, url = world
    flat = answer(krait, url, ["whole-zst"], specs)
    for form in ("json", "shards"):
        assert answer(krait, url, [f"whole-{form}"], specs) == flat
    flat = answer(krait, url, ["one-zst", "two-zst"], specs)
    for first, second in MIXTURES:
        assert answer(krait, url, [f"one-{first}", f"two-{second}"], specs) == flat


def test_solving_takes_too_long(world):
    """On a request that takes long enough for any clock (`--solver-timeout`)."""
    krait, url = world
    specs = max((line["specs"] for line in corpus() if line.get("records")), key=len)
    words = ["create", "--dry-run", "--json", "--no-pip", "-p", krait.home / "never", "-c", f"{url}/whole-zst",
             "--override-channels", *specs]
    krait(*words, "--solver-timeout", "100")
    failure = krait(*words, "--solver-timeout", "0.00001", code=1).json
    assert "found no answer within" in failure["error"] and "`--solver-timeout`" in failure["hint"]
    krait(*words, "--solver-timeout", "soon", code=2)
