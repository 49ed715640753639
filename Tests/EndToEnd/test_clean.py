# SPDX-License-Identifier: BSD-3-Clause
"""`clean` and `cache`: what the caches hold, and what of it goes."""
import os
import shutil
import time

import pytest

from conftest import Krait
from prefixes import files, problems, snapshot


@pytest.fixture
def used(krait, server, tmp_path):
    """A cache with one package that an environment uses and one that none does."""
    krait.create(tmp_path / "env", "feature-modes", channel=server.url)
    krait.create(tmp_path / "gone", "feature-names", channel=server.url)
    shutil.rmtree(tmp_path / "gone")
    return tmp_path / "env"


def entries(krait):
    return {package["name"].split("-1.0")[0]: package for package in krait("cache", "list", "--json").json}


def indexes(krait):
    return files(krait.cache / "cache") if (krait.cache / "cache").exists() else set()


def test_list(krait, used):
    found = entries(krait)
    assert {name: package["used"] for name, package in found.items()} == {
        "feature-modes": True, "feature-names": False}
    assert all(os.path.isdir(package["path"]) and len(package["sha256"]) == 64 for package in found.values())
    assert "feature-modes-1.0" in krait("cache", "list").out


def test_directories(krait):
    assert krait("cache", "dir").out.splitlines()[0] == str(krait.cache)
    assert krait("cache", "dir", "--json").json[0] == str(krait.cache)


def test_size(krait, used):
    sizes = krait("cache", "size", "--json").json
    assert sizes["total"] == sizes["packages"] + sizes["compiled"] + sizes["indexes"] > 0
    assert "total" in krait("cache", "size").out


def test_verify(krait, used):
    assert "2 packages checked, 0 damaged" in krait("cache", "verify").out
    path = os.path.join(entries(krait)["feature-names"]["path"])
    victim = next(os.path.join(path, name) for name in sorted(files(path)) if not name.startswith((".krait", "info")))
    os.chmod(victim, 0o644)
    with open(victim, "a") as file:
        file.write("more")
    document = krait("cache", "verify", "--json", code=1).json
    assert document["checked"] == 2 and list(document["damaged"][0]["problems"].values()) == ["size"]
    krait("cache", "verify", "--fix")
    assert set(entries(krait)) == {"feature-modes"}
    krait("cache", "verify")


def test_clean_needs_to_know_what(krait):
    assert "nothing was selected to remove" in krait("clean", code=2).err


def test_unused_packages(krait, used):
    document = krait("clean", "--packages", "--dry-run", "--json").json
    assert document["dry_run"] and len(document["removed"]) == 1 and document["bytes"] > 0
    assert len(entries(krait)) == 2
    krait("clean", "--packages", "-y")
    assert set(entries(krait)) == {"feature-modes"}
    assert problems(used) == []


def test_nobody_answers(krait, used):
    krait("clean", "--packages", input="n\n")
    assert len(entries(krait)) == 2
    krait("clean", "--packages")
    assert len(entries(krait)) == 1


def test_index(krait, used):
    assert indexes(krait)
    krait("clean", "--index-cache", "-y")
    assert not indexes(krait) and len(entries(krait)) == 2


def test_all_spares_what_is_used_and_what_is_others(krait, used):
    (krait.cache / "other-1.0-0.tar.bz2").write_text("another tool's\n")
    (krait.cache / "other-1.0-0").mkdir()
    krait("clean", "--all", "-y")
    assert set(entries(krait)) == {"feature-modes"} and not indexes(krait)
    assert (krait.cache / "other-1.0-0.tar.bz2").exists() and (krait.cache / "other-1.0-0").exists()
    assert "Nothing to remove" in krait("clean", "--all", "-y").err


def test_tarballs_and_locks_are_not_ours(krait, used):
    (krait.cache / "other-1.0-0.tar.bz2").write_text("another tool's\n")
    result = krait("clean", "--tarballs", "--locks", "-y")
    assert "keeps no archives" in result.err and (krait.cache / "other-1.0-0.tar.bz2").exists()


def test_force(krait, used):
    (krait.cache / "other-1.0-0.tar.bz2").write_text("another tool's\n")
    krait("clean", "-f", "-y")
    assert files(krait.cache) == set()
    assert problems(used) == []


def test_ci_keeps_the_index(krait, used):
    before = indexes(krait)
    assert before
    krait("clean", "--ci", "-y")
    assert entries(krait) == {} and indexes(krait) == before
    krait.create(used.parent / "again", "feature-modes")
    assert problems(used.parent / "again") == []


def test_trash(krait, used):
    old = time.time() - 7200
    trash = krait.cache / "krait-v1" / ".staging-aaaa"
    trash.mkdir()
    (trash / "file").write_text("half\n")
    assert krait("clean", "--trash", "-y", "--json").json["removed"] == []
    os.utime(trash, (old, old))
    assert [item["path"] for item in krait("clean", "--trash", "-y", "--json").json["removed"]] == [str(trash)]
    assert not trash.exists()


def test_compiled_files_go_with_their_package(krait, tmp_path):
    words = ["python=3.11", "feature-noarch-python", "--pyc", "timestamp"]
    krait.create(tmp_path / "env", *words)
    store = krait.cache / "krait-pyc-v1"
    if not store.exists():
        pytest.skip("nothing was kept")
    kept = files(store)
    krait("clean", "--packages", "-y", code=None)
    assert files(store) == kept
    shutil.rmtree(tmp_path / "env")
    krait("clean", "--packages", "-y")
    assert files(store) == set()


def test_without_a_cache(krait):
    assert "Nothing to remove" in krait("clean", "--all", "-y").err
    assert krait("cache", "list", "--json").json == []


def soft(krait, prefix, server, **more):
    return krait.create(prefix, "feature-modes", "--link-mode", "softlink", channel=server.url, **more)


def whole(prefix):
    """Whether there are links, and all of them lead somewhere."""
    links = [path for path in prefix.rglob("*") if path.is_symlink()]
    return links and all(path.exists() for path in links)


@pytest.mark.parametrize("words", [["--all"], ["--packages"], ["--ci"]])
def test_what_symbolic_links_lead_to_stays(krait, server, tmp_path, words):
    soft(krait, tmp_path / "env", server)
    krait("clean", *words, "-y")
    assert whole(tmp_path / "env") and set(entries(krait)) == {"feature-modes"}
    krait("env", "remove", "-y", "-p", tmp_path / "env")
    krait("clean", "--packages", "-y")
    assert entries(krait) == {}


def test_links_of_another_user_are_known(krait, server, tmp_path):
    """The environment is in nobody's list but the cache's own."""
    other = {"HOME": tmp_path / "home of another"}
    soft(krait, tmp_path / "env", server, env=other)
    krait("clean", "--all", "-y")
    assert whole(tmp_path / "env")


def test_quiet(krait, used):
    result = krait("clean", "--packages", "-y", "-q")
    assert (result.out, result.err) == ("", "") and len(entries(krait)) == 1


WAYS = ["--all", "--packages", "--index-cache", "--trash", "--ci", "--force-pkgs-dirs", "--tarballs", "--locks"]


@pytest.mark.parametrize("part", ["krait-v1", "krait-pyc-v1", "cache", "cache/krait-index-v1", "", "envs"])
def test_a_root_of_a_stranger_leads_nowhere(krait, used, tmp_path, part):
    """Where a part of the root is a link to a cache of the user, or to a directory that is none."""
    other = Krait(tmp_path / "other")
    for name in (".staging-old", ".broken-old"):
        (krait.cache / "krait-v1" / name).mkdir()
        os.utime(krait.cache / "krait-v1" / name, (0, 0))
    (krait.cache / "krait-pyc-v1/gone-1.0-0").mkdir(parents=True)
    (krait.cache / "cache/krait-index-v1/.new-old").write_text("")
    os.utime(krait.cache / "cache/krait-index-v1/.new-old", (0, 0))
    (krait.cache / "thesis.tar.bz2").write_text("years\n")
    link = other.root / "envs" if part == "envs" else other.cache / part
    link.parent.mkdir(parents=True)
    link.symlink_to(krait.cache / part if part != "envs" else used.parent)
    before = snapshot(tmp_path / "home"), snapshot(used)
    for way in WAYS:
        done = other("clean", "-y", way, code=None)
        assert done.code in (0, 1), done
        if part:
            assert (snapshot(tmp_path / "home"), snapshot(used)) == before, way
        else:
            # It is the package directory that the user named; what is no cache's in there stays all the same.
            assert (krait.cache / "thesis.tar.bz2").exists(), way
            assert way != "--force-pkgs-dirs" or "is a link" in done.err, done
