# SPDX-License-Identifier: BSD-3-Clause
"""Caches that are somebody else's: other tools', read-only ones, and one's own at another place."""

import asyncio
import json
import os
import shutil
import subprocess

import pytest
import rattler
from conda_package_streaming import extract

from prefixes import problems, snapshot

SPECS = ["feature-hard-links", "feature-names", "feature-prefix-binary", "feature-tar-bz2", "feature-symlinks"]


def records(channel, krait):
    return krait.solve(*SPECS, channel=channel)


def condas(directory, channel, krait, spoil=()):
    """A cache as conda and micromamba leave it: archives, unpacked beside them, with urls.txt."""
    directory.mkdir()
    urls = []
    for record in records(channel, krait).values():
        name = record["fn"]
        archive = channel / record["platform"] / name
        shutil.copy(archive, directory / name)
        folder = directory / name.removesuffix(".conda").removesuffix(".tar.bz2")
        folder.mkdir()
        extract.extract(str(archive), dest_dir=str(folder))
        (folder / "info/repodata_record.json").write_text(json.dumps(record))
        urls.append(f"{channel.as_uri()}/{record['platform']}/{name}")
        if record["name"] in spoil:
            body = bytearray((directory / name).read_bytes())
            body[len(body) // 2] ^= 0xFF
            (directory / name).write_bytes(body)
    (directory / "urls.txt").write_text("\n".join(urls) + "\n")
    (directory / "urls").touch()
    return directory


def micromambas(directory, channel, server, krait):
    """A cache as micromamba 2.8 leaves it: archives in the directory of their URL, unpacked beside them."""
    for record in records(channel, krait).values():
        scheme, place = server.url.split("://")
        folder = directory / scheme / place.replace(":", "_") / record["platform"]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(channel / record["platform"] / record["fn"], folder)
        extracted = folder / record["fn"].removesuffix(".conda").removesuffix(".tar.bz2")
        extract.extract(str(folder / record["fn"]), dest_dir=str(extracted))
    return directory


def rattlers(directory, channel):
    """A cache as py-rattler leaves it: unpacked packages and locks."""

    async def fill():
        found = await rattler.solve([rattler.Channel(str(channel))], SPECS, platforms=["linux-64", "noarch"])
        await rattler.install(found, directory.parent / "rattlers", cache_dir=directory, show_progress=False)

    asyncio.run(fill())
    return directory


@pytest.mark.parametrize("order", ["own first", "theirs alone"])
def test_archives_of_other_tools_are_used(krait, channel, server, tmp_path, order):
    theirs = condas(tmp_path / "theirs", channel, krait)
    before = snapshot(theirs)
    places = f"{tmp_path / 'own'},{theirs}" if order == "own first" else theirs
    krait.create(tmp_path / "env", *SPECS, channel=server.url, env={"CONDA_PKGS_DIRS": places})
    assert server.packages() == []
    assert problems(tmp_path / "env") == []
    # What is theirs is as it was; ours is in a directory of our own.
    assert {path: what for path, what in snapshot(theirs).items() if not path.startswith(("krait-", "cache"))} == before


def test_archives_of_a_cache_in_levels_are_used(krait, channel, server, tmp_path):
    theirs = micromambas(tmp_path / "theirs", channel, server, krait)
    before = snapshot(theirs)
    places = f"{tmp_path / 'own'},{theirs}"
    krait.create(tmp_path / "env", *SPECS, channel=server.url, env={"CONDA_PKGS_DIRS": places})
    assert server.packages() == []
    assert problems(tmp_path / "env") == [] and snapshot(theirs) == before


def test_an_archive_that_is_not_what_its_name_says_is_not_used(krait, channel, server, tmp_path):
    theirs = condas(tmp_path / "theirs", channel, krait, spoil={"feature-names", "feature-tar-bz2"})
    before = snapshot(theirs)
    env = {"CONDA_PKGS_DIRS": f"{tmp_path / 'own'},{theirs}"}
    krait.create(tmp_path / "env", *SPECS, channel=server.url, env=env)
    asked = sorted(path.split("/")[-1].rsplit("-", 2)[0] for path in server.packages())
    assert asked == ["feature-names", "feature-tar-bz2"]
    assert problems(tmp_path / "env") == [] and snapshot(theirs) == before


def test_unpacked_packages_of_other_tools_are_left_alone(krait, channel, server, tmp_path):
    """Nobody knows what became of them since: they are neither used nor changed."""
    theirs = rattlers(tmp_path / "theirs", channel)
    folder = next(path for path in theirs.glob("feature-prefix-binary*") if path.is_dir())
    (folder / "share/feature-prefix-binary/about.txt").write_text("changed by somebody\n")
    before = snapshot(theirs)
    env = {"CONDA_PKGS_DIRS": f"{tmp_path / 'own'},{theirs}"}
    krait.create(tmp_path / "env", *SPECS, channel=server.url, env=env)
    assert len(server.packages()) == len(SPECS)
    assert problems(tmp_path / "env") == []
    for words in (["clean", "--all", "-y"], ["clean", "--ci", "-y"], ["cache", "verify"], ["cache", "list"]):
        krait(*words, env=env)
    assert snapshot(theirs) == before


@pytest.fixture
def read_only(krait, server, mounted):
    """A cache with everything, on a disk that nobody can write."""
    disk = mounted("40m")
    krait.create(disk / "env", *SPECS, channel=server.url, env={"CONDA_PKGS_DIRS": disk / "pkgs"})
    shutil.rmtree(disk / "env")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    server.requests.clear()
    return disk / "pkgs"


@pytest.mark.parametrize("alone", [True, False])
def test_a_read_only_cache(krait, server, read_only, tmp_path, alone):
    places = read_only if alone else f"{tmp_path / 'own'},{read_only}"
    env = {"CONDA_PKGS_DIRS": places}
    result = krait.create(tmp_path / "env", *SPECS, channel=server.url, env=env)
    assert server.packages() == []
    assert "warning" not in result.err.lower()
    assert problems(tmp_path / "env") == []
    krait("doctor", "-p", tmp_path / "env", env=env)
    # What is not in it goes where it can, and nowhere else.
    krait("install", "-y", "-p", tmp_path / "env", "-c", server.url, "--override-channels", "feature-modes", env=env)
    assert len(server.packages()) == 1 and problems(tmp_path / "env") == []
    assert len(krait("cache", "list", "--json", env=env).json) == len(SPECS) + (0 if alone else 1)
    krait("cache", "verify", env=env)
    # Cleaning removes what is ours to remove.
    for words in (["--ci"], ["--packages"], ["--all"]):
        krait("clean", "-y", *words, env=env)
    assert len(krait("cache", "list", "--json", env=env).json) >= len(SPECS)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_offline_from_a_moved_cache(krait, server, tmp_path):
    """A cache that was carried to another place, or another machine, still knows the channel and its packages."""
    first = {"CONDA_PKGS_DIRS": tmp_path / "here/pkgs"}
    krait.create(tmp_path / "env", *SPECS, "--download-only", channel=server.url, env=first)
    assert not (tmp_path / "env").exists()
    (tmp_path / "there").mkdir()
    subprocess.run(["cp", "-a", tmp_path / "here/pkgs", tmp_path / "there/pkgs"], check=True)
    shutil.rmtree(tmp_path / "here")
    url = server.url
    server.requests.clear()
    moved = {"CONDA_PKGS_DIRS": tmp_path / "there/pkgs"}
    krait.create(tmp_path / "env", *SPECS, "--offline", channel=url, env=moved)
    assert server.requests == []
    assert problems(tmp_path / "env") == []
    assert (tmp_path / "env/share/feature-tar-bz2/about.txt").stat().st_nlink > 1
    krait("doctor", "-p", tmp_path / "env", "--offline", env=moved)
    # What it does not have cannot be had.
    result = krait.create(tmp_path / "more", "feature-modes", "--offline", channel=url, env=moved, code=4)
    assert "offline" in result.complaint and not (tmp_path / "more").exists()
    assert os.listdir(tmp_path / "there") == ["pkgs"]
