# SPDX-License-Identifier: BSD-3-Clause
"""`doctor`: what is damaged is found and brought back, in the environment and in the cache."""
import json
import os
import shutil

import pytest
from prefixes import problems, records, snapshot

SPECS = ["feature-modes", "feature-prefix-binary", "feature-names", "feature-tar-bz2"]
TARGET = "share/feature-modes/644"


@pytest.fixture
def prefix(krait, tmp_path):
    krait.create(tmp_path / "env", *SPECS)
    return tmp_path / "env"


def damage(prefix, path=TARGET, text="changed in place\n"):
    """Writes into the file itself, so that whoever shares it sees it."""
    os.chmod(prefix / path, 0o644)
    with open(prefix / path, "w") as file:
        file.write(text)


def replace(prefix, path=TARGET):
    """Another file in its place: nobody else is harmed."""
    (prefix / path).unlink()
    (prefix / path).write_text("another file\n")


def test_a_whole_environment(krait, prefix):
    result = krait("doctor", "-p", prefix)
    count = len(records(prefix))
    assert f"{count} packages" in result.out and "matches its record" in result.out
    document = krait("doctor", "-p", prefix, "--json").json
    assert document["success"] and document["damaged"] == [] and document["packages"] == count


def test_doctor_of_nothing(krait, tmp_path):
    krait("doctor", "-p", tmp_path / "none", code=2)


def test_big_environments_are_whole(demo, features, shared_krait):
    for prefix in (demo, features):
        assert shared_krait("doctor", "-p", prefix, "--json").json["damaged"] == []


def test_missing_and_changed_files_are_found(krait, prefix):
    replace(prefix)
    names = records(prefix)["feature-names"]["files"]
    (prefix / names[0]).unlink()
    document = krait("doctor", "-p", prefix, "--json", code=1).json
    assert not document["success"]
    assert {(found["path"], found["problem"]) for found in document["damaged"]} == {
        (TARGET, "changed"), (names[0], "missing")}
    assert document["poisoned_cache"] == []
    out = krait("doctor", "-p", prefix, code=1).out
    assert TARGET in out and "feature-modes" in out


def test_fix_brings_everything_back(krait, prefix):
    before = snapshot(prefix)
    replace(prefix)
    (prefix / records(prefix)["feature-names"]["files"][0]).unlink()
    text = records(prefix)["feature-prefix-binary"]["paths_data"]["paths"][0]["_path"]
    replace(prefix, text)
    document = krait("doctor", "-p", prefix, "--fix", "-y", "--json").json
    assert document["success"] and document["remaining"]["damaged"] == []
    assert {name.rsplit("-", 2)[0] for name in document["repair"]["relinked"]} == {
        "feature-modes", "feature-names", "feature-prefix-binary"}
    assert problems(prefix) == []
    after = snapshot(prefix)
    for tree in (before, after):
        tree.pop("conda-meta/history")
    assert before == after
    krait("doctor", "-p", prefix)


def test_requested_specs_survive_a_repair(krait, prefix):
    before = {name: record.get("requested_specs") for name, record in records(prefix).items()}
    replace(prefix)
    krait("doctor", "-p", prefix, "--fix")
    assert {name: record.get("requested_specs") for name, record in records(prefix).items()} == before


def test_a_poisoned_cache_is_found_and_named(krait, prefix, tmp_path):
    krait.create(tmp_path / "other", "feature-modes")
    damage(prefix)
    document = krait("doctor", "-p", prefix, "--json", code=1).json
    (entry,) = document["poisoned_cache"]
    assert entry["package"] == "feature-modes" and TARGET in entry["paths"]
    assert entry["shared_with"] == [str(tmp_path / "other")]
    assert str(tmp_path / "other") in krait("doctor", "-p", prefix, code=1).out
    fixed = krait("doctor", "-p", prefix, "--fix", "--json").json
    assert fixed["repair"]["discarded"] == [entry["directory"]] and fixed["repair"]["fetched"] == 1
    assert problems(prefix) == []
    # The other one is told of, not touched.
    assert krait("doctor", "-p", tmp_path / "other", "--json", code=1).json["damaged"][0]["path"] == TARGET
    krait("doctor", "-p", tmp_path / "other", "--fix")
    assert problems(tmp_path / "other") == []
    assert krait("cache", "verify").code == 0


def test_fix_fetches_again_when_the_cache_is_gone(krait, server, tmp_path):
    krait.create(tmp_path / "env", "feature-modes", channel=server.url)
    krait("clean", "--force-pkgs-dirs", "-y")
    replace(tmp_path / "env")
    server.requests.clear()
    krait("doctor", "-p", tmp_path / "env", "--fix")
    assert len(server.packages()) == 1
    assert problems(tmp_path / "env") == []


def test_a_damaged_record(krait, prefix):
    record = next((prefix / "conda-meta").glob("feature-modes-*.json"))
    record.write_text("{")
    document = krait("doctor", "-p", prefix, "--json", code=1).json
    assert [found["package"] for found in document["unreadable_records"]] == [record.stem]
    krait("doctor", "-p", prefix, "--fix")
    assert problems(prefix) == []


def test_a_damaged_record_that_nothing_can_replace(krait, prefix):
    record = next((prefix / "conda-meta").glob("feature-modes-*.json"))
    record.write_text("{")
    krait("clean", "--force-pkgs-dirs", "-y")
    result = krait("doctor", "-p", prefix, "--fix", code=1)
    assert "cannot be made again" in result.err and record.exists()


def test_strays_are_no_problem(krait, prefix):
    (prefix / "share/mine").write_text("mine\n")
    document = krait("doctor", "-p", prefix, "--json").json
    assert [(stray["path"], stray["origin"]) for stray in document["strays"]] == [("share/mine", "unknown")]
    krait("doctor", "-p", prefix, "--fix")
    assert (prefix / "share/mine").exists()


@pytest.mark.parametrize("name", [".krait-unpack-aaaa", ".krait-env", ".krait-abcdefghijklmnop"])
def test_what_lies_beside_the_prefix_and_is_not_ours(krait, prefix, name):
    """The name alone does not make it ours."""
    mine = prefix.parent / name / "thesis"
    mine.mkdir(parents=True)
    assert krait("doctor", "-p", prefix, "--json").json["leftovers"] == []
    krait("doctor", "-p", prefix, "--fix")
    krait("clean", "--trash", "-y")
    assert mine.exists()


def test_a_frozen_environment_is_not_repaired(krait, prefix):
    (prefix / "conda-meta/frozen").write_text("{}")
    replace(prefix)
    assert "frozen" in krait("doctor", "-p", prefix, "--fix", code=1).err
    assert (prefix / TARGET).read_text() == "another file\n"
    krait("doctor", "-p", prefix, "--fix", "--override-frozen")
    (prefix / "conda-meta/frozen").unlink()
    assert problems(prefix) == []


# Leaving out


@pytest.fixture
def fat(own_channel):
    own_channel.add("fat", "1.0", {
        "lib/libfat.a": "static\n", "lib/libfat.so.1": "shared\n", "include/fat.h": "header\n",
        "share/man/man1/fat.1": "manual\n", "share/doc/fat/index": "doc\n", "share/fat/data": "data\n", "bin/fat": "#!/bin/sh\n",
    })
    return own_channel


def left(prefix):
    return {path for record in records(prefix).values() for path in record.get("left_out", [])}


def test_slim(krait, fat, tmp_path):
    krait.create(tmp_path / "env", "fat", "--slim", channel=fat)
    expected = {"lib/libfat.a", "include/fat.h", "share/man/man1/fat.1", "share/doc/fat/index"}
    assert left(tmp_path / "env") == expected
    assert not any((tmp_path / "env" / path).exists() for path in expected)
    assert set(records(tmp_path / "env")["fat"]["files"]) == {"lib/libfat.so.1", "share/fat/data", "bin/fat"}
    assert problems(tmp_path / "env") == []


@pytest.mark.parametrize("words, expected", [
    (["--exclude", "*.a"], {"lib/libfat.a"}),
    (["--exclude", "share/doc", "--exclude", "bin/fat"], {"share/doc/fat/index", "bin/fat"}),
    (["--exclude", "share/*/man1/*"], {"share/man/man1/fat.1"}),
])
def test_exclude(krait, fat, tmp_path, words, expected):
    krait.create(tmp_path / "env", "fat", *words, channel=fat)
    assert left(tmp_path / "env") == expected


def test_exclude_on_install(krait, fat, tmp_path):
    fat.add("thin", "1.0", {"share/thin": "thin\n"})
    krait.create(tmp_path / "env", "thin", channel=fat)
    krait("install", "-y", "-p", tmp_path / "env", "-c", fat, "--override-channels", "fat", "--slim")
    assert "lib/libfat.a" in left(tmp_path / "env") and problems(tmp_path / "env") == []


def test_exclude_of_what_is_no_glob(krait, fat, tmp_path):
    krait.create(tmp_path / "env", "fat", "--exclude", "/etc/*", channel=fat, code=2)
    assert not (tmp_path / "env").exists()


def test_doctor_knows_what_was_left_out(krait, fat, tmp_path):
    krait.create(tmp_path / "env", "fat", "--slim", channel=fat)
    document = krait("doctor", "-p", tmp_path / "env", "--json").json
    assert document["success"] and set(document["left_out"]["fat"]) == left(tmp_path / "env")
    before = left(tmp_path / "env")
    replace(tmp_path / "env", "share/fat/data")
    krait("doctor", "-p", tmp_path / "env", "--fix")
    assert left(tmp_path / "env") == before and not (tmp_path / "env/include/fat.h").exists()
    assert problems(tmp_path / "env") == []


# What other tools and hands have done


def edit_record(prefix, name, edit):
    path = next((prefix / "conda-meta").glob(f"{name}-*.json"))
    record = json.loads(path.read_text())
    edit(record)
    path.write_text(json.dumps(record))
    return path


def without_placeholders(record):
    """As micromamba writes it."""
    for path in record["paths_data"]["paths"]:
        path.pop("prefix_placeholder", None)
        path.pop("file_mode", None)


PREFIXED = ["feature-prefix-text", "feature-prefix-binary"]


def test_records_without_placeholders(krait, tmp_path):
    krait.create(tmp_path / "env", *PREFIXED)
    for name in PREFIXED:
        edit_record(tmp_path / "env", name, without_placeholders)
    krait("doctor", "-p", tmp_path / "env")


@pytest.mark.parametrize("cache", ["krait's", "unpacked", "none"])
@pytest.mark.parametrize("name", ["e", "another-environment-with-a-longer-name"])
def test_a_clone_of_records_without_placeholders_holds_no_old_path(krait, tmp_path, cache, name):
    source, copy = tmp_path / "source", tmp_path / name
    krait.create(source, *PREFIXED)
    for package in PREFIXED:
        edit_record(source, package, without_placeholders)
    if cache == "unpacked":
        # Where krait finds none of its own, and the records lead to it.
        for path in krait.cache.glob("krait-v1/*"):
            path.rename(tmp_path / path.name)
        for package in PREFIXED:
            folder = next(tmp_path.glob(f"{package}-*"))
            edit_record(source, package, lambda record: record["link"].update(source=str(folder)))
    elif cache == "none":
        shutil.rmtree(krait.cache)
    result = krait("create", "-y", "-p", copy, "--clone", source, code=None)
    if result.code:
        # Nobody knows how much room there is in a binary file.
        assert cache == "none" and len(name) > len("source") and "choose a shorter prefix" in result.complaint
        assert not copy.exists()
        return
    held = [path for path in copy.rglob("*") if path.is_file() and not path.is_symlink()
            and path.parent.name != "conda-meta" and os.fsencode(source) + b"/" in path.read_bytes()]  # fmt: skip
    assert held == []
    krait("doctor", "-p", copy)


def test_a_moved_environment(krait, tmp_path):
    krait.create(tmp_path / "env", *PREFIXED)
    (tmp_path / "env").rename(tmp_path / "moved")
    document = krait("doctor", "-p", tmp_path / "moved", "--json", code=1).json
    assert {found["problem"] for found in document["damaged"]} == {"prefix"}
    assert "holds the path of another place" in krait("doctor", "-p", tmp_path / "moved", code=1).out
    krait("doctor", "-p", tmp_path / "moved", "--fix")
    assert krait("doctor", "-p", tmp_path / "moved", "--json").json["success"]
    # A link to the environment is no move.
    (tmp_path / "link").symlink_to("moved")
    krait("doctor", "-p", tmp_path / "link")


def test_two_records_of_one_package(krait, own_channel, tmp_path):
    own_channel.add("tiny", "1.0", {"share/tiny": "1", "share/old": "1"})
    own_channel.add("tiny", "2.0", {"share/tiny": "2"})
    own_channel.add("other", "1.0", {"share/other": "x"})
    prefix = tmp_path / "env"
    krait.create(prefix, "tiny=1.0", channel=own_channel)
    left = next((prefix / "conda-meta").glob("tiny-*.json"))
    stale = left.read_bytes()
    krait("install", "-y", "-p", prefix, "-c", own_channel, "--override-channels", "tiny=2.0")
    left.write_bytes(stale)
    (prefix / "share/old").write_text("1")
    document = krait("doctor", "-p", prefix, "--json", code=1).json
    assert document["duplicate_records"] == [
        {"package": "tiny", "installed": "tiny-2.0-0", "stale": ["tiny-1.0-0"]}]
    install = ["install", "-y", "-p", prefix, "-c", own_channel, "--override-channels", "other"]
    complaint = krait(*install, code=5).complaint
    assert "two records of `tiny`" in complaint and "doctor --fix" in complaint
    krait("doctor", "-p", prefix, "--fix")
    assert problems(prefix) == [] and (prefix / "share/tiny").read_text() == "2"
    krait(*install)


def test_a_loser_whose_winner_another_tool_removed(krait, own_channel, tmp_path):
    for name in "ab":
        own_channel.add(name, "1.0", {"share/common": name})
    prefix = tmp_path / "env"
    krait.create(prefix, "a", "b", channel=own_channel)
    winner = (prefix / "share/common").read_text()
    (prefix / "share/common").unlink()
    next((prefix / "conda-meta").glob(f"{winner}-*.json")).unlink()
    assert krait("doctor", "-p", prefix, "--json", code=1).json["damaged"][0]["path"] == "share/common"
    krait("doctor", "-p", prefix, "--fix")
    assert (prefix / "share/common").is_file() and problems(prefix) == []
    assert not (prefix / "__clobbers__").exists()
