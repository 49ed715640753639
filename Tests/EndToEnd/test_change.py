# SPDX-License-Identifier: BSD-3-Clause
"""Changes to a living environment: install, update, remove."""

import os

import pytest

from conftest import CHANNEL
from prefixes import directories, files, packages_loaded_by_rattler, problems, records, snapshot, versions

WORDS = ["-c", str(CHANNEL), "--override-channels"]


@pytest.fixture
def prefix(krait, tmp_path):
    krait.create(tmp_path / "env", "feature-update=1.0", "feature-hard-links=1.0")
    return tmp_path / "env"


def test_install_adds(krait, prefix):
    krait("install", "-y", "-p", prefix, *WORDS, "feature-tar-bz2")
    assert versions(prefix) == {"feature-update": "1.0", "feature-hard-links": "1.0", "feature-tar-bz2": "1.0"}
    assert problems(prefix) == []
    packages_loaded_by_rattler(prefix)


def test_install_keeps_what_need_not_change(krait, prefix):
    krait("install", "-y", "-p", prefix, *WORDS, "feature-symlinks")
    assert versions(prefix)["feature-hard-links"] == "1.0"


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_files_come_go_and_change_their_kind(krait, prefix, version):
    krait("install", "-y", "-p", prefix, *WORDS, f"feature-update={version}")
    folder = prefix / "share/feature-update"
    assert (folder / "changed.txt").read_text() == f"{version}, longer than before\n"
    assert not (folder / "only-one").exists()
    assert (folder / "folder-then-file").read_text() == "file\n"
    assert (folder / "file-then-folder/inside.txt").read_text() == "inside\n"
    assert not (folder / "link-then-file").is_symlink()
    assert os.readlink(folder / "file-then-link") == "same.txt"
    assert problems(prefix) == []


def test_and_back_again(krait, prefix):
    before = snapshot(prefix / "share"), directories(prefix)
    krait("install", "-y", "-p", prefix, *WORDS, "feature-update=2.0")
    krait("install", "-y", "-p", prefix, *WORDS, "feature-update=1.0")
    assert (snapshot(prefix / "share"), directories(prefix)) == before


def test_update_takes_the_newest(krait, prefix):
    krait("update", "-y", "-p", prefix, *WORDS, "feature-update")
    assert versions(prefix) == {"feature-update": "2.0", "feature-hard-links": "1.0"}
    assert problems(prefix) == []


@pytest.fixture
def grown(krait, own_channel, tmp_path):
    """An environment with two packages of which newer versions have come since."""
    own_channel.add("one", "1.0", {"share/one": "1.0\n"})
    own_channel.add("two", "1.0", {"share/two": "1.0\n"}, depends=["one"])
    krait.create(tmp_path / "env", "two", channel=own_channel)
    for version in ("1.1", "2.0"):
        own_channel.add("one", version, {"share/one": f"{version}\n"})
        own_channel.add("two", version, {"share/two": f"{version}\n"}, depends=["one"])
    return tmp_path / "env"


def test_update_all(krait, grown, own_channel):
    krait("update", "-y", "-p", grown, "-c", own_channel, "--override-channels", "--all")
    assert versions(grown) == {"one": "2.0", "two": "2.0"}
    assert problems(grown) == []


def test_update_takes_its_dependencies_only_where_needed(krait, grown, own_channel):
    krait("update", "-y", "-p", grown, "-c", own_channel, "--override-channels", "two")
    assert versions(grown)["two"] == "2.0"


def test_update_of_what_is_not_there(krait, grown, own_channel):
    result = krait("update", "-y", "-p", grown, "-c", own_channel, "--override-channels", "three", code=None)
    assert result.code in (1, 2, 3) and "three" in result.err


def test_nothing_to_do(krait, prefix):
    before = snapshot(prefix)
    result = krait("install", "-y", "-p", prefix, *WORDS, "feature-update", "feature-hard-links")
    assert "installed already" in result.err
    assert {path: what for path, what in snapshot(prefix).items() if not path.startswith("conda-meta")} == {
        path: what for path, what in before.items() if not path.startswith("conda-meta")
    }


def test_remove_takes_what_nothing_else_needs(krait, prefix):
    krait("install", "-y", "-p", prefix, *WORDS, "feature-meta")
    assert "flask" in versions(prefix)
    krait("remove", "-y", "-p", prefix, "feature-meta")
    assert versions(prefix) == {"feature-update": "1.0", "feature-hard-links": "1.0"}
    assert problems(prefix) == []


def test_remove_takes_what_needs_it(krait, tmp_path):
    krait.create(tmp_path / "env", "feature-clobber-b", "feature-tar-bz2")
    krait("remove", "-y", "-p", tmp_path / "env", "feature-clobber-a")
    assert versions(tmp_path / "env") == {"feature-tar-bz2": "1.0"}


def test_remove_leaves_an_empty_tree(krait, prefix):
    krait("remove", "-y", "-p", prefix, "feature-update", "feature-hard-links")
    assert files(prefix) <= {"conda-meta/history", "conda-meta/.krait-index"}
    assert directories(prefix) == {"conda-meta"}


def test_remove_everything(krait, channel):
    krait("create", "-y", "-n", "gone", *WORDS, "feature-tar-bz2")
    krait("remove", "-y", "-n", "gone", "--all")
    assert not (krait.root / "envs/gone").exists()


def test_remove_what_is_not_there(krait, prefix):
    before = snapshot(prefix)
    result = krait("remove", "-y", "-p", prefix, "feature-hard-link", code=None)
    assert result.code in (1, 2, 3)
    assert "feature-hard-link" in result.err
    assert snapshot(prefix) == before


def test_own_files_are_left_alone(krait, prefix):
    (prefix / "share/feature-update/mine.txt").write_text("mine\n")
    krait("remove", "-y", "-p", prefix, "feature-update")
    assert [path.name for path in (prefix / "share/feature-update").iterdir()] == ["mine.txt"]


def test_scripts_of_old_and_new(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-link-scripts=1.0")
    result = krait("update", "-y", "-p", prefix, *WORDS, "feature-link-scripts")
    assert (prefix / "var/feature/log.txt").read_text() == (
        f"post-link feature-link-scripts 1.0 0 {prefix}\npre-unlink feature-link-scripts 1.0 0 {prefix}\n"
        f"post-link feature-link-scripts 2.0 0 {prefix}\n"
    )
    assert "feature-link-scripts 1.0 goes" in result.err


def test_a_script_that_fails_brings_everything_back(krait, prefix):
    before = snapshot(prefix)
    krait("install", "-y", "-p", prefix, *WORDS, "feature-update=2.0", "feature-link-script-fails", code=1)
    assert snapshot(prefix) == before


def test_noarch_python_changes(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "python=3.11", "feature-noarch-python=1.0")
    site = prefix / "lib/python3.11/site-packages/feature_noarch"
    assert (site / "gone_in_two.py").exists()
    krait("update", "-y", "-p", prefix, *WORDS, "feature-noarch-python")
    assert not (site / "gone_in_two.py").exists()
    assert not list(site.glob("__pycache__/gone_in_two*"))
    assert krait("run", "-p", prefix, "feature-main").out == "main 2.0\n"
    krait("remove", "-y", "-p", prefix, "feature-noarch-python")
    assert not site.exists() and not (prefix / "bin/feature-main").exists()
    assert problems(prefix) == []


def test_revisions(krait, prefix):
    krait("install", "-y", "-p", prefix, *WORDS, "feature-tar-bz2")
    krait("remove", "-y", "-p", prefix, "feature-tar-bz2")
    revisions = krait("list", "-p", prefix, "--revisions", "--json").json
    assert len(revisions) == 3


def test_frozen(krait, prefix):
    (prefix / "conda-meta/frozen").write_text('{"message": "ask the operators first"}')
    before = snapshot(prefix)
    for words in (["install", "feature-tar-bz2", *WORDS], ["remove", "feature-update"], ["update", "--all", *WORDS]):
        result = krait(words[0], "-y", "-p", prefix, *words[1:], code=None)
        assert result.code in (1, 2, 6) and "ask the operators first" in result.err
    assert snapshot(prefix) == before
    krait("install", "-y", "-p", prefix, *WORDS, "--override-frozen", "feature-tar-bz2")


def test_pinned(krait, grown, own_channel):
    (grown / "conda-meta/pinned").write_text("# keep\ntwo <2\n\n")
    krait("update", "-y", "-p", grown, "-c", own_channel, "--override-channels", "--all")
    assert versions(grown) == {"one": "2.0", "two": "1.1"}


def test_specs_of_the_past_hold(krait, prefix):
    """What was asked for stays asked for: an install of something else does not break it (Rules 14.1)."""
    krait("install", "-y", "-p", prefix, *WORDS, "feature-names")
    requested = {name: record["requested_specs"] for name, record in records(prefix).items()}
    assert requested["feature-update"] == ["feature-update=1.0"]
    assert requested["feature-names"] == ["feature-names"]


def test_a_bad_archive_changes_nothing(krait, prefix, server):
    from servers import garbled

    before = snapshot(prefix)
    server.faults[".tar.bz2"] = garbled
    krait(
        "install",
        "-y",
        "-p",
        prefix,
        "-c",
        server.url,
        "--override-channels",
        "feature-tar-bz2",
        "feature-update=2.0",
        "feature-hard-links=2.0",
        code=5,
    )
    assert snapshot(prefix) == before
