# SPDX-License-Identifier: BSD-3-Clause
"""Where things are kept when the usual place is somebody else's, and what an environment remembers of its own."""

import os
import shutil

import pytest
from conftest import Krait

NOBODY = 65534


@pytest.fixture
def own(own_channel):
    own_channel.add("plain", files={"share/plain": "plain"})
    for subdir in ("linux-64", "osx-arm64"):
        (own_channel.directory / subdir).mkdir(exist_ok=True)
        own_channel.records.setdefault(subdir, {})
        own_channel.add("native", files={"share/native": subdir}, subdir=subdir, noarch=None)
    return own_channel


def test_the_platform_is_remembered(krait, own):
    channel = ["-y", "-c", own, "--override-channels"]
    krait("create", "-n", "mac", "--platform", "osx-arm64", *channel, "plain")
    krait("install", "-n", "mac", *channel, "native")
    assert (krait.root / "envs/mac/share/native").read_text() == "osx-arm64"
    krait("create", "-n", "here", *channel, "native")
    assert not (krait.root / "envs/here/.condarc").exists()


@pytest.fixture
def shared_world(tmp_path, own):
    """A root prefix of root's, with an environment directory that somebody else may fill."""
    if os.geteuid() != 0:
        pytest.skip("needs root to be somebody else")
    world = tmp_path / "shared"
    for path in (world / "root/pkgs", world / "root/envs", world / "app/env", world / "home"):
        path.mkdir(parents=True)
    for path in (world / "app/env", world / "home"):
        os.chown(path, NOBODY, NOBODY)
    for path in [tmp_path, *tmp_path.parents]:
        if path.stat().st_uid == 0 and path != path.parent and not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o011)
    krait = Krait(world / "home", binary=shutil.copy(Krait(world / "home").binary, world / "krait"))
    krait.environment["MAMBA_ROOT_PREFIX"] = str(world / "root")
    return world, krait


@pytest.mark.parametrize("more", [[], ["--no-cache"]])
def test_a_prefix_in_a_directory_of_somebody_else(shared_world, own, more):
    world, krait = shared_world
    before = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    krait("create", "-y", "-p", world / "app/env", "-c", own, "--override-channels", "plain", *more, before=before)
    assert (world / "app/env/share/plain").exists()
    assert os.listdir(world / "app") == ["env"] and os.listdir(world / "root/pkgs") == []
    assert (world / "home/.mamba/pkgs").exists() == (more == [])
    assert not (world / "app/env/.krait-unpack").exists()


def test_what_is_another_users_is_not_renamed_by_half(shared_world, own):
    world, krait = shared_world
    krait("create", "-y", "-n", "theirs", "-c", own, "--override-channels", "plain")
    before = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    for words in (["theirs", "mine"], ["theirs", str(world / "home/mine")]):
        result = krait("rename", "-n", *words, code=6, before=before)
        assert "--clone" in result.complaint and "Done" not in result.out + result.err
    krait("rename", "-n", "theirs", "mine", "--dry-run", code=6, before=before)
    assert (world / "root/envs/theirs/share/plain").exists()
    assert not [*world.glob("**/mine")] and not [*(world / "home").glob("**/share/plain")]
