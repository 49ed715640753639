# SPDX-License-Identifier: BSD-3-Clause
"""`create -f FILE` with @EXPLICIT: no solve, no repodata, and nothing that is not what the file promises."""

import json
import re

import pytest

from conftest import DEMO_SPECS
from prefixes import packages_loaded_by_rattler, problems, records, snapshot, versions
from servers import garbled, truncated

NAMES = ["feature-tar-bz2", "feature-zip-info-first", "feature-names", "feature-clobber-b", "feature-clobber-a"]


@pytest.fixture(scope="module")
def index(channel):
    """The records of the channel for this machine, newest last, by name."""
    found = {}
    for subdir in ("linux-64", "noarch"):
        document = json.loads((channel / subdir / "repodata.json").read_text())
        for group in ("packages", "packages.conda"):
            for file_name, record in document[group].items():
                found[record["name"]] = {**record, "fn": file_name, "subdir": subdir}
    return found


def explicit(path, lines):
    path.write_text("\n".join(["# platform: linux-64", "@EXPLICIT", *lines]) + "\n")
    return path


def lines_for(index, base, kind, names=NAMES):
    """One line a package, with the kind of hash asked for."""
    found = []
    for name in names:
        record = index[name]
        suffix = {
            "md5": f"#{record['md5']}",
            "sha256": f"#{record['sha256']}",
            "named": f"#sha256:{record['sha256']}",
            "none": "",
        }[kind]
        found.append(f"{base}/{record['subdir']}/{record['fn']}{suffix}")
    return found


@pytest.mark.parametrize("kind", ["md5", "sha256", "named", "none"])
def test_over_http_without_repodata(krait, server, index, tmp_path, kind):
    prefix = tmp_path / "env"
    krait("create", "-y", "-p", prefix, "-f", explicit(tmp_path / "lock.txt", lines_for(index, server.url, kind)))
    assert set(records(prefix)) == set(NAMES)
    assert problems(prefix) == []
    assert server.indexes() == []
    assert len(server.packages()) == len(NAMES)


def test_records_are_complete_without_repodata(krait, server, index, tmp_path):
    prefix = tmp_path / "env"
    krait("create", "-y", "-p", prefix, "-f", explicit(tmp_path / "lock.txt", lines_for(index, server.url, "none")))
    loaded = packages_loaded_by_rattler(prefix)
    for name, record in records(prefix).items():
        for key in ("version", "build", "build_number", "subdir", "sha256", "md5", "size", "depends", "license"):
            assert record[key] == index[name][key], (name, key)
        assert record["fn"] == index[name]["fn"]
        assert record["url"] == f"{server.url}/{record['subdir']}/{record['fn']}"
        assert str(loaded[name].version) == record["version"]


def test_order_of_the_file_does_not_matter(krait, server, index, tmp_path):
    """b depends on a and wins, though the file names it first (Rules 19.1)."""
    prefix = tmp_path / "env"
    krait("create", "-y", "-p", prefix, "-f", explicit(tmp_path / "lock.txt", lines_for(index, server.url, "md5")))
    assert (prefix / "share/feature-clobber/shared.txt").read_text() == "from b\n"


@pytest.mark.parametrize("form", ["path", "relative", "file url", "home", "variable"])
def test_local_archives(krait, channel, index, tmp_path, form):
    record = index["feature-tar-bz2"]
    path = channel / record["subdir"] / record["fn"]
    (krait.home / "archives").symlink_to(path.parent)
    line = {
        "path": str(path),
        "relative": f"archives/{path.name}",
        "file url": path.as_uri(),
        "home": f"~/archives/{path.name}",
        "variable": f"$HOME/archives/{path.name}",
    }[form]
    explicit(tmp_path / "lock.txt", [f"{line}#{record['sha256']}"])
    krait("create", "-y", "-p", tmp_path / "env", "-f", tmp_path / "lock.txt", cwd=krait.home)
    assert versions(tmp_path / "env") == {"feature-tar-bz2": "1.0"}
    assert problems(tmp_path / "env") == []


def test_urls_on_the_command_line(krait, server, index, tmp_path):
    krait("create", "-y", "-p", tmp_path / "env", *lines_for(index, server.url, "md5", NAMES[:2]))
    assert set(records(tmp_path / "env")) == set(NAMES[:2])
    assert server.indexes() == []


@pytest.mark.parametrize("kind", ["md5", "sha256"])
def test_a_wrong_hash(krait, server, index, tmp_path, kind):
    good = lines_for(index, server.url, kind)
    bad = [*good[1:], re.sub(r"#....", "#0000", good[0])]
    result = krait("create", "-y", "-p", tmp_path / "env", "-f", explicit(tmp_path / "lock.txt", bad), code=5)
    record = index[NAMES[0]]
    assert record["fn"] in result.err
    assert record[kind] in result.err, "the hash that came is not told"
    assert "0000" in result.err, "the hash that was promised is not told"
    assert not (tmp_path / "env").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "lock.txt"]
    # The cache holds nothing of the bad one, and what it holds is good.
    assert not [path for path in krait.cache.glob("**/*feature-tar-bz2*")]
    krait("create", "-y", "-p", tmp_path / "env", "-f", explicit(tmp_path / "lock.txt", good))
    assert problems(tmp_path / "env") == []


@pytest.mark.parametrize("fault", [truncated, garbled])
@pytest.mark.parametrize("name", ["feature-tar-bz2", "feature-big"])
@pytest.mark.parametrize("kind", ["sha256", "none"])
def test_a_damaged_archive(krait, server, index, tmp_path, fault, name, kind):
    if (fault, name, kind) == (garbled, "feature-big", "none"):
        pytest.skip("random bytes with one changed are as good as any when no hash is known")
    record = index[name]
    server.faults[record["fn"]] = fault
    lock = explicit(tmp_path / "lock.txt", lines_for(index, server.url, kind, [name, "feature-zip-info-first"]))
    result = krait("create", "-y", "-p", tmp_path / "env", "-f", lock, code=5)
    assert record["fn"] in result.err or name in result.err
    assert len(result.complaint.splitlines()) <= 6
    assert not (tmp_path / "env").exists()
    assert not list(krait.cache.glob(f"**/*{name}*"))
    server.faults.clear()
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock)
    assert problems(tmp_path / "env") == []


def test_a_damaged_archive_on_disk(krait, channel, index, tmp_path):
    record = index["feature-tar-bz2"]
    body = (channel / record["subdir"] / record["fn"]).read_bytes()
    (tmp_path / record["fn"]).write_bytes(body[: len(body) // 2])
    before = snapshot(tmp_path)
    lock = explicit(tmp_path / "lock.txt", [f"{tmp_path / record['fn']}"])
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock, code=5)
    assert not (tmp_path / "env").exists()
    assert snapshot(tmp_path)[record["fn"]] == before[record["fn"]], "a user's file was changed or deleted"


def test_a_missing_archive(krait, server, tmp_path):
    lock = explicit(tmp_path / "lock.txt", [f"{server.url}/noarch/nothing-1.0-0.conda"])
    result = krait("create", "-y", "-p", tmp_path / "env", "-f", lock, code=4)
    assert "nothing-1.0-0.conda" in result.err and "404" in result.err
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize(
    "line", ["numpy >=2", "http://127.0.0.1/noarch/readme.txt", "http://127.0.0.1/noarch/a-1-0.conda#123"]
)
def test_a_line_that_is_no_archive(krait, tmp_path, line):
    lock = explicit(tmp_path / "lock.txt", [line])
    result = krait("create", "-y", "-p", tmp_path / "env", "-f", lock, code=2)
    assert "lock.txt" in result.err and "3" in result.err, "file and line are not told"


def test_json_of_a_wrong_hash(krait, server, index, tmp_path):
    bad = [re.sub(r"#....", "#0000", line) for line in lines_for(index, server.url, "sha256", NAMES[:1])]
    lock = explicit(tmp_path / "lock.txt", bad)
    document = krait("create", "-y", "--json", "-p", tmp_path / "env", "-f", lock, code=5).json
    assert (document["success"], document["exit_code"], document["code"]) == (False, 5, "integrity")
    assert index[NAMES[0]]["fn"] in document["error"]


def test_dry_run(krait, server, index, tmp_path):
    lock = explicit(tmp_path / "lock.txt", lines_for(index, server.url, "sha256"))
    result = krait("create", "--dry-run", "--json", "-p", tmp_path / "env", "-f", lock)
    assert sorted(record["name"] for record in result.json["actions"]["LINK"]) == sorted(NAMES)
    assert server.requests == [] and not (tmp_path / "env").exists()


def test_round_trip_of_the_demo(shared_krait, demo, tmp_path):
    """`list --explicit` of an environment makes the same one again, offline and from the cache."""
    listed = shared_krait("list", "-p", demo, "--explicit", "--sha256").out
    (tmp_path / "lock.txt").write_text(listed)
    assert "@EXPLICIT" in listed.splitlines()
    prefix = tmp_path / "again"
    shared_krait("create", "-y", "-p", prefix, "-f", tmp_path / "lock.txt", "--offline")
    assert versions(prefix) == versions(demo)
    assert len(DEMO_SPECS) < len(versions(prefix))
    assert problems(prefix) == []
