# SPDX-License-Identifier: BSD-3-Clause
"""Every way of linking gives the tree that py-rattler gives, on file systems that can less, and more, than usual."""

import asyncio
import os
import subprocess

import pytest
import rattler

from conftest import CHANNEL, FEATURES, Krait
from packages import small_python, Channel
from test_against_rattler import ALLOWED, ALLOWED_SOMETIMES, NOT_FOR_RATTLER, covers, differences, records, tree

SPECS = [
    "python=3.11",
    *(name for name in FEATURES if name not in NOT_FOR_RATTLER | {"feature-meta", "feature-prefix-text"}),
]


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    """`disks(kind)` gives a directory on a disk of its own, the same for each call; `here` is the machine's own."""
    folder = tmp_path_factory.mktemp("disks")
    found, mounted = {}, []

    def run(*words):
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"this machine does not let us: {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout.strip()

    def disk(kind):
        if kind in found:
            return found[kind]
        # All names are of one length, so that prefixes are and binaries can be compared.
        place = folder / f"disk{len(found)}"
        place.mkdir()
        if kind != "here":
            image = folder / f"{kind}.image"
            with image.open("wb") as file:
                file.truncate(400 << 20)
            run(f"mkfs.{kind}", image)
            if kind == "exfat":
                device = run("losetup", "--find", "--show", image)
                mounted.append(["losetup", "--detach", device])
                run("mount.exfat-fuse", device, place)
            else:
                run("mount", "-o", "loop", image, place)
            mounted.append(["umount", place])
        found[kind] = place
        return place

    yield disk
    for words in reversed(mounted):
        subprocess.run(words, check=True)


@pytest.fixture(scope="module")
def sources(disks):
    """The channels: everything but a small python is the local one's."""
    return [small_python(Channel(disks("here") / "channel")), CHANNEL]


@pytest.fixture(scope="module")
def peer(disks, sources):
    """The environment as py-rattler makes it."""
    prefix = disks("here") / "peer"

    async def make():
        found = await rattler.solve(
            [rattler.Channel(str(source)) for source in sources],
            SPECS,
            platforms=["linux-64", "noarch"],
            virtual_packages=rattler.VirtualPackage.detect(),
        )
        await rattler.install(
            found, prefix, cache_dir=disks("here") / "rattler", show_progress=False, execute_link_scripts=True
        )

    asyncio.run(make())
    return prefix


def create(krait, prefix, sources, *words, **more):
    channels = [word for source in sources for word in ("-c", source)]
    return krait("create", "-y", "-p", prefix, *channels, "--override-channels", "--no-pyc", "--no-pip", *words, **more)


def used(disk):
    os.sync()
    status = os.statvfs(disk)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


#: what differs only because the peer was told of nobody who asked for anything
OWN = {"conda-meta/history"}


@pytest.mark.parametrize(
    "kind, words, links, shares",
    [
        ("here", [], True, True),
        ("here", ["--link-mode", "hardlink"], True, True),
        ("here", ["--link-mode", "copy"], False, False),
        ("here", ["--always-copy"], False, False),
        ("here", ["--link-mode", "softlink"], False, True),
        ("here", ["--no-cache"], False, False),
        ("btrfs", [], True, True),
        ("btrfs", ["--link-mode", "reflink"], False, True),
        # The kernel copies inside of such a disk by sharing: what is written to one is not seen in the other.
        ("btrfs", ["--link-mode", "copy"], False, True),
        ("xfs", ["--link-mode", "reflink"], False, True),
        ("xfs", ["--link-mode", "hardlink"], True, True),
    ],
    ids=str,
)
def test_every_way_of_linking_gives_the_peers_tree(disks, sources, peer, kind, words, links, shares):
    disk = disks(kind)
    krait = Krait(disk / "home")
    prefix = disk / "ours"
    create(krait, disk / "fill", sources, *SPECS, "--download-only")
    before = used(disk)
    create(krait, prefix, sources, *SPECS, *words)
    big = prefix / "share/feature-big/data.bin"
    assert (big.lstat().st_nlink > 1, big.is_symlink()) == (links, "softlink" in words)
    if kind != "here":
        # The large file is 20 MiB: it costs nothing where its blocks are shared.
        assert (used(disk) - before < 10 << 20) == shares
    ours, theirs = tree(prefix, peer), tree(peer, peer)
    cache = os.fsencode(krait.cache)
    for path, (what, _, target) in ours.items():
        if what == "link" and os.fsencode(target).startswith(cache):
            assert "softlink" in words
            # What is behind the link is what the peer has.
            ours[path] = ("file", theirs[path][1], tree_of_file(prefix / path))
    kinds = {path["_path"]: path["path_type"] for record in records(prefix).values() for path in record["paths_data"]["paths"]}
    found = [
        (aspect, path, detail)
        for path, aspect, detail in differences((ours, theirs), kinds)
        if not any(covers(allowance, path, aspect, kinds) for allowance in [*ALLOWED, *ALLOWED_SOMETIMES])
        and path not in OWN
    ]
    assert found == []
    krait("doctor", "-p", prefix)
    subprocess.run(["rm", "-rf", prefix, krait.cache], check=True)


def tree_of_file(path):
    import hashlib

    return hashlib.sha256(path.read_bytes()).digest()


def census(prefix):
    """Everything that changing a file, or touching it, would change."""
    found = {}
    for folder, folders, names in os.walk(prefix):
        for name in [".", *folders, *names]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            found[path] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


def test_a_second_run_changes_nothing(krait, own_channel, tmp_path):
    sources, specs = [small_python(own_channel), CHANNEL], ["python", "feature-noarch-python", "feature-clobber-b"]
    prefix = tmp_path / "env"
    create(krait, prefix, sources, *specs)
    before = census(tmp_path)
    # With -y it is made anew.
    again = create(krait, prefix, sources, "--dry-run", *specs)
    assert again.code == 0
    channels = [word for source in sources for word in ("-c", source)]
    for words in (["install", *specs], ["update", "--all"], ["install", "--dry-run", "feature-modes"]):
        krait(words[0], "-y", "-p", prefix, *channels, "--override-channels", "--no-pip", "--no-pyc", *words[1:])
    krait("doctor", "-p", prefix)
    krait("doctor", "-p", prefix, "--fix")
    krait("list", "-p", prefix)
    krait("run", "-p", prefix, "true")
    after = census(tmp_path)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    # Indexes are looked at again, and noted in the cache.
    assert {path for path in changed if path.startswith(str(prefix))} == set()


# File systems that can less


LESS = ["python=3.11", "feature-case", "feature-hard-links", "feature-modes", "feature-noarch-python", "feature-prefix-binary",
        "feature-clobber-a", "feature-clobber-b", "feature-no-link", "feature-legacy", "feature-update=1.0"]  # fmt: skip


@pytest.fixture
def exfat(disks):
    """A disk that tells no case, and has neither links nor modes; empty."""
    disk = disks("exfat")
    yield disk
    subprocess.run(["rm", "-rf", *disk.iterdir()], check=True)


@pytest.mark.parametrize("cache", ["elsewhere", "there too", "none"])
def test_without_case_links_and_modes(exfat, sources, tmp_path, cache):
    krait = Krait(tmp_path / "home")
    if cache == "there too":
        krait.environment["CONDA_PKGS_DIRS"] = str(exfat / "pkgs")
    words = ["--no-cache"] if cache == "none" else []
    prefix = exfat / "env"

    def damaged():
        """Of two files whose names differ in case only one is there."""
        document = krait("doctor", "-p", prefix, "--json", code=None).json
        assert document["strays"] == [] and document["unreadable_records"] == [] and document["leftovers"] == []
        return {found["path"] for found in document["damaged"]} - {"share/feature-case/readme", "share/feature-case/README"}

    create(krait, prefix, sources, *LESS, *words)
    assert len(list((prefix / "share/feature-case").iterdir())) == 2
    assert damaged() == set()
    # A link is another copy of what it leads to, with the prefix in it.
    library = prefix / "lib/libfeature.so"
    assert not library.is_symlink() and os.fsencode(prefix) in library.read_bytes()
    assert library.read_bytes() == (prefix / "lib/libfeature.so.1").read_bytes()
    assert (prefix / "share/feature-legacy/link").read_text() == "copied, never linked\n"
    if cache != "none":
        krait("cache", "list")
    # And it lives.
    channels = [word for source in sources for word in ("-c", source)]
    krait("install", "-y", "-p", prefix, *channels, "--override-channels", "--no-pyc", "--no-pip", *words, "feature-update=2.0")
    assert (prefix / "share/feature-update/changed.txt").read_text() == "2.0, longer than before\n"
    krait("remove", "-y", "-p", prefix, "feature-clobber-b", "feature-hard-links")
    assert (prefix / "share/feature-clobber/shared.txt").read_text() == "from a\n"
    assert damaged() == set()
    krait("env", "remove", "-y", "-p", prefix)
    assert {path.name for path in exfat.iterdir()} <= {"pkgs"}


def test_a_link_that_cannot_be_copied(exfat, krait, sources):
    """What leads to a directory, to nothing or to another package is told, and nothing is left."""
    result = create(krait, exfat / "env", sources, "feature-symlinks", code=6)
    assert "no symbolic links" in result.complaint and "feature-symlinks" in result.complaint
    assert list(exfat.iterdir()) == []
