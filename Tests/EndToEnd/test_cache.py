# SPDX-License-Identifier: BSD-3-Clause
"""The package cache: hard links from it, several processes at once, and doing without."""

import os
import py_compile
import shutil

import pytest

from conftest import Krait
from packages import small_python
from prefixes import files, problems, versions
from servers import Held

SPECS = ["feature-hard-links", "feature-names", "feature-tar-bz2", "feature-symlinks", "feature-big"]


def test_files_are_hard_links_to_the_cache(krait, tmp_path):
    krait.create(tmp_path / "one", "feature-modes")
    krait.create(tmp_path / "two", "feature-modes")
    path = "share/feature-modes/644"
    one, two = (tmp_path / name / path for name in ("one", "two"))
    assert one.stat().st_ino == two.stat().st_ino
    assert one.stat().st_nlink == 3
    inodes = {(krait.cache / path).lstat().st_ino for path in files(krait.cache)}
    assert one.stat().st_ino in inodes


def test_a_second_create_fetches_nothing(krait, server, tmp_path):
    krait.create(tmp_path / "one", *SPECS, channel=server.url)
    assert len(server.packages()) == len(SPECS)
    server.requests.clear()
    result = krait.create(tmp_path / "two", *SPECS, "--json", channel=server.url)
    assert server.packages() == []
    assert result.json["actions"]["FETCH"] == []
    assert problems(tmp_path / "two") == []


def test_each_package_is_fetched_once(krait, server, tmp_path):
    krait.create(tmp_path / "one", *SPECS, channel=server.url)
    assert len(server.packages()) == len(set(server.packages()))


def test_offline_from_the_cache(krait, server, tmp_path):
    krait.create(tmp_path / "one", *SPECS, channel=server.url)
    server.requests.clear()
    krait.create(tmp_path / "two", *SPECS, "--offline", channel=server.url)
    assert server.requests == []
    assert versions(tmp_path / "one") == versions(tmp_path / "two")


def test_a_fresh_index_is_not_fetched_again(krait, server, tmp_path):
    krait.create(tmp_path / "one", "feature-tar-bz2", "--repodata-ttl", "600", channel=server.url)
    server.requests.clear()
    krait.create(tmp_path / "two", "feature-tar-bz2", "--repodata-ttl", "600", channel=server.url)
    assert server.requests == []


def test_a_new_package_is_seen(krait, own_channel, serve, tmp_path):
    server = serve(own_channel.directory)
    own_channel.add("thing", "1.0")
    assert krait.solve("thing", channel=server.url)["thing"]["version"] == "1.0"
    own_channel.add("thing", "2.0")
    os.utime(own_channel.directory / "noarch/repodata.json", (2_000_000_000, 2_000_000_000))
    assert krait.solve("thing", channel=server.url)["thing"]["version"] == "2.0"


def test_same_name_and_version_of_two_channels(krait, own_channel, serve, tmp_path, channel):
    """The cache is by content: a package of the same name from elsewhere is another one."""
    build = krait.solve("feature-tar-bz2")["feature-tar-bz2"]["build_string"]
    own_channel.add("feature-tar-bz2", "1.0", {"share/other": "other\n"}, noarch=None, subdir="linux-64", build=build)
    krait.create(tmp_path / "one", "feature-tar-bz2")
    krait.create(tmp_path / "two", "feature-tar-bz2", channel=own_channel)
    assert (tmp_path / "two/share/other").exists() and not (tmp_path / "one/share/other").exists()
    assert problems(tmp_path / "one") == problems(tmp_path / "two") == []


def test_two_creates_of_one_cache_at_once(krait, server, tmp_path):
    """All start, wait for the same package in mid-transfer, and go on together."""
    held = Held()
    big = next(path.name for path in (tmp_path.__class__(server.directory) / "linux-64").glob("feature-big-*"))
    server.faults[big] = held
    words = ["-c", server.url, "--override-channels", *SPECS]
    running = [krait.popen("create", "-y", "-q", "-p", tmp_path / f"env{number}", *words) for number in range(2)]
    held.wait()
    more = [krait.popen("create", "-y", "-q", "-p", tmp_path / f"env{number}", *words) for number in range(2, 4)]
    held.wait()
    held.release()
    assert [process.wait(120) for process in [*running, *more]] == [0] * 4
    for number in range(4):
        assert problems(tmp_path / f"env{number}") == []
    server.requests.clear()
    krait.create(tmp_path / "last", *SPECS, channel=server.url)
    assert server.packages() == []


def test_many_creates_of_one_empty_cache(krait, server, tmp_path):
    words = ["-c", server.url, "--override-channels", "feature-hard-links", "feature-tar-bz2", "feature-names"]
    running = [krait.popen("create", "-y", "-q", "-p", tmp_path / f"env{number}", *words) for number in range(12)]
    assert [process.wait(120) for process in running] == [0] * 12
    for number in range(12):
        assert problems(tmp_path / f"env{number}") == []


def test_a_killed_process_does_no_harm(krait, server, tmp_path):
    held = Held()
    big = next(path.name for path in (tmp_path.__class__(server.directory) / "linux-64").glob("feature-big-*"))
    server.faults[big] = held
    process = krait.popen("create", "-y", "-q", "-p", tmp_path / "env", "-c", server.url, "--override-channels", *SPECS)
    held.wait()
    process.kill()
    process.wait()
    held.release()
    server.faults.clear()
    krait.create(tmp_path / "env", *SPECS, channel=server.url)
    assert problems(tmp_path / "env") == []


# Doing without


def left_beside(prefix):
    return sorted(path.name for path in prefix.parent.iterdir() if path != prefix)


@pytest.mark.parametrize("words, env", [(["--no-cache"], {}), ([], {"KRAIT_CONTAINER_BUILD": "1"})])
def test_no_cache_on_request(krait, tmp_path, words, env):
    prefix = tmp_path / "place" / "env"
    krait.create(prefix, *SPECS, *words, env=env)
    assert problems(prefix) == []
    assert left_beside(prefix) == []
    assert not [path for path in files(krait.home) if path not in (".conda/environments.txt", ".local/state/krait/change-key")]


@pytest.mark.parametrize("kind", ["path", "http"])
def test_no_cache_when_none_can_be_written(open_path, channel, serve, kind):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    krait = Krait(open_path / "home")
    krait.environment["HOME"] = "/nonexistent"
    place = open_path / "place"
    place.mkdir()
    os.chown(place, 65534, 65534)
    source = channel if kind == "path" else serve(channel).url
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    result = krait.create(place / "env", *SPECS, channel=source, before=nobody, cwd="/")
    assert problems(place / "env") == []
    assert left_beside(place / "env") == []
    assert files(krait.home) == set()
    assert "warning" not in result.err.lower()


def test_first_writable_cache_gets_the_packages(krait, tmp_path, server):
    read_only = tmp_path / "file-in-the-way"
    read_only.write_text("")
    env = {"CONDA_PKGS_DIRS": f"{read_only}/pkgs,{tmp_path / 'second'}"}
    krait.create(tmp_path / "env", "feature-tar-bz2", channel=server.url, env=env)
    assert problems(tmp_path / "env") == []
    assert files(tmp_path / "second") and not krait.cache.exists()
    assert read_only.read_text() == ""


def test_a_second_cache_is_searched(krait, tmp_path, server):
    krait.create(tmp_path / "one", *SPECS, channel=server.url, env={"CONDA_PKGS_DIRS": tmp_path / "old"})
    server.requests.clear()
    env = {"CONDA_PKGS_DIRS": f"{tmp_path / 'new'},{tmp_path / 'old'}"}
    krait.create(tmp_path / "two", *SPECS, channel=server.url, env=env)
    assert server.packages() == []


@pytest.mark.parametrize("damage", [False, True], ids=["right", "damaged"])
def test_an_archive_that_another_tool_left(krait, channel, tmp_path, server, damage):
    """It spares a transfer when it is what the index says, and does no harm when it is not."""
    archive = next(channel.glob("*/feature-big-*.conda"))
    left = tmp_path / "pkgs" / archive.name
    left.parent.mkdir()
    body = bytearray(archive.read_bytes())
    body[len(body) // 2] ^= damage
    left.write_bytes(body)
    krait.create(tmp_path / "env", "feature-big", channel=server.url, env={"CONDA_PKGS_DIRS": left.parent})
    assert len(server.packages()) == damage
    assert left.read_bytes() == body
    assert problems(tmp_path / "env") == []


def test_a_cache_entry_that_lost_a_file_is_made_again(krait, tmp_path, server):
    krait.create(tmp_path / "one", "feature-tar-bz2", channel=server.url)
    for path in krait.cache.glob("**/share/feature-tar-bz2/about.txt"):
        path.unlink()
    shutil.rmtree(tmp_path / "one")
    krait.create(tmp_path / "two", "feature-tar-bz2", channel=server.url)
    assert problems(tmp_path / "two") == []


def test_a_poisoned_cache_entry_is_found_on_request(krait, tmp_path, server):
    krait.create(tmp_path / "one", "feature-tar-bz2", channel=server.url)
    path = tmp_path / "one/share/feature-tar-bz2/about.txt"
    body = path.read_bytes()
    with path.open("r+b") as file:  # in place: this reaches the cache through the hard link
        file.write(bytes(len(body)))
    krait.create(tmp_path / "two", "feature-tar-bz2", "--extra-safety-checks", channel=server.url)
    assert (tmp_path / "two/share/feature-tar-bz2/about.txt").read_bytes() == body
    assert problems(tmp_path / "two") == []


@pytest.mark.parametrize("change", ["append", "same size", "prefix", "mode", "link", "gone", "time only"])
def test_every_change_of_a_cache_entry_is_found_on_request(krait, own_channel, tmp_path, change):
    placeholder = "/opt/placehold_placehold"
    own_channel.add(
        "tiny",
        files={"share/plain": "plain", "share/prefix": f"at {placeholder}\n"},
        paths={"share/prefix": {"prefix_placeholder": placeholder, "file_mode": "text"}},
    )
    krait.create(tmp_path / "one", "tiny", channel=own_channel)
    entry = next(path for path in (krait.cache / "krait-v1").iterdir() if path.name.startswith("tiny"))
    plain, prefix = entry / "share/plain", entry / "share/prefix"
    if change == "append":
        plain.write_text("plain and more")
    elif change == "same size":
        plain.write_text("PLAIN")
    elif change == "prefix":
        prefix.write_text(prefix.read_text().replace("at", "AT"))
    elif change == "mode":
        plain.chmod(0o4755)
    elif change == "link":
        plain.unlink()
        plain.symlink_to("/etc/passwd")
    elif change == "gone":
        prefix.unlink()
    else:
        os.utime(plain, (1, 1))
    result = krait.create(tmp_path / "two", "tiny", "--extra-safety-checks", channel=own_channel)
    assert (tmp_path / "two/share/plain").read_text() == "plain" and not (tmp_path / "two/share/plain").is_symlink()
    assert (tmp_path / "two/share/prefix").read_text() == f"at {tmp_path / 'two'}\n"
    assert (tmp_path / "two/share/plain").stat().st_mode & 0o7777 == 0o644
    assert ("not as the package shipped" in result.err) == (change != "time only")


def test_download_only_fills_the_cache(krait, tmp_path, server):
    krait.create(tmp_path / "env", *SPECS, "--download-only", channel=server.url)
    assert not (tmp_path / "env").exists()
    server.requests.clear()
    krait.create(tmp_path / "env", *SPECS, "--offline", channel=server.url)
    assert server.requests == [] and problems(tmp_path / "env") == []


def test_learn(krait, own_channel, tmp_path):
    """What was imported in one environment is compiled in the next; what somebody changed is not taken, and nothing of what
    stands in the environment itself."""
    small_python(own_channel)
    files = {f"site-packages/lib{letter}.py": f"x = '{letter}'\n" for letter in "abc"}
    own_channel.add("lib", "1.0", files, noarch="python")
    first, second = tmp_path / "first", tmp_path / "second"
    krait.create(first, "lib", "python", "--no-pip", "--pyc", "none", channel=own_channel)
    packages = first / "lib/python3.11/site-packages"
    for name in ("liba", "libb"):
        py_compile.compile(packages / f"{name}.py", cfile=packages / f"__pycache__/{name}.cpython-311.pyc")
    (packages / "__pycache__/liba.cpython-311.pyc").write_bytes(b"not what Python wrote")
    changed = packages / "libb.py"
    changed.unlink()
    changed.write_text("x = 'mine'\n")
    result = krait("cache", "learn", "-p", first)
    assert "Learned 1 compiled file" in result.err and "1 not taken" in result.err
    assert "Learned 0" in krait("cache", "learn", "-p", first).err
    assert (packages / "__pycache__/liba.cpython-311.pyc").read_bytes() == b"not what Python wrote"
    krait.create(second, "lib", "python", "--no-pip", channel=own_channel, env={"PATH": "/usr/bin:/bin"})
    made = (second / "lib/python3.11/site-packages/__pycache__/liba.cpython-311.pyc")
    # Linked from the store: the same file.
    stored = [path for path in krait.cache.rglob("krait-pyc-v1/*/*/*.pyc") if path.samefile(made)]
    assert len(stored) == 1 and str(first).encode() not in made.read_bytes()
    code = f"import sys; sys.path.insert(0, {str(made.parents[1])!r}); import liba; print(liba.x)"
    assert krait("run", "-p", second, "python", "-c", code).out == "a\n"
