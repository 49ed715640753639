# SPDX-License-Identifier: BSD-3-Clause
"""SIGKILL, a full disk and a disk that fails at random system calls of a command: the old environment or the new one.

`KRAIT_KILL_POINTS=500` takes that many points to kill at, and as many to fail at, and some on the demo environment.
"""

import os
import signal

import pytest

from conftest import CHANNEL, DEMO_SPECS, Krait
from interruption import Scene, World, failed, killed, killed_everywhere
from moving import MovingChannel
from packages import Channel, small_python

POINTS = int(os.environ.get("KRAIT_KILL_POINTS", "0"))
BY_HAND = POINTS > 0
SEED = int(os.environ.get("KRAIT_KILL_SEED", "0"))

FIRST = [
    "python=3.11",
    "feature-tar-bz2",
    "feature-prefix-text",
    "feature-prefix-binary",
    "feature-symlinks",
    "feature-directory",
    "feature-hard-links=1.0",
    "feature-names",
    "feature-case",
    "feature-modes",
    "feature-no-link",
    "feature-legacy",
    "feature-noarch-python=1.0",
    "feature-activate",
    "feature-link-scripts=1.0",
    "feature-menu",
    "feature-clobber-a",
    "feature-clobber-b",
    "feature-update=1.0",
]
ADDED = ["feature-clobber-c", "feature-zip-info-first", "feature-twin", "feature-names-gnu", "feature-tar-bz2-generic"]
UPDATED = ["feature-update=2.0", "feature-hard-links=2.0", "feature-noarch-python=2.0", "feature-link-scripts=2.0"]
REMOVED = ["feature-clobber-b", "feature-symlinks", "feature-noarch-python", "feature-modes", "feature-link-scripts"]


@pytest.fixture(scope="module")
def world(interrupt, memory):
    krait = Krait(memory / "home")
    yield World(krait, interrupt, memory)
    krait.end()


@pytest.fixture(scope="module")
def channels(memory):
    """The words that name the channels: the local one, and a python that is small."""
    return ["-c", small_python(Channel(memory / "channel")), "-c", CHANNEL, "--override-channels"]


@pytest.fixture(scope="module")
def moving(memory):
    """The words that name a channel of two packages whose directories, links and files take each other's places."""

    def text(words):
        return "hardlink", words.encode(), 0o644

    def link(target):
        return "softlink", target, 0o777

    channel = MovingChannel(memory / "moving")
    old = {"share/tree/deep/file": text("old"), "share/tree/other": text("old"), "lib/way": link("real"),
           "lib/real/inner": text("real"), "etc/plain": text("old"), "etc/folder/in/it": text("old"),
           "opt/cut/short": text("old"), "same": text("same")}  # fmt: skip
    new = {"share/tree": link("grown"), "share/grown/deep/file": text("new"), "share/grown/other": text("new"),
           "lib/way/inner": text("way"), "lib/real": link("way"), "etc/plain/now": text("new"),
           "etc/folder": text("new"), "same": text("same"), "void": ("directory", None, 0o755)}  # fmt: skip
    channel.add("mover", "1", old)
    channel.add("mover", "2", new)
    channel.add("guest", "1", {"lib/real/guest": text("1"), "etc/plain": text("guest"), "opt/link": link("../lib/real")})
    channel.add("guest", "2", {"lib/way/guest": text("2"), "opt/link/in": text("2"), "share/tree/file": text("guest")})
    channel.write()
    return ["-c", channel.directory, "--override-channels"]


def command(world, verb, channels, *words):
    return [verb, "-y", "-p", world.prefix, *channels, "--no-pip", *words]


@pytest.fixture(scope="module")
def scenes(world, channels, moving):
    """All scenes by name, each played once without an accident."""
    create = command(world, "create", channels, *FIRST)
    found = [
        Scene("create", create),
        Scene("create, empty cache", create, cold=True),
        Scene("create, no cache", [*create, "--no-cache"]),
        Scene("create in an empty directory", create, base=""),
    ]
    for scene in found:
        world.rehearse(scene)
    base, before = world.place.parent / "base", world.place.parent / "before"
    world.set(found[0])
    for words, place in ((create, base), (command(world, "create", moving, "mover=1", "guest=1"), before)):
        world.krait(*words)
        world.prefix.rename(place)
    changes = [
        Scene("install", command(world, "install", channels, *ADDED), base=base),
        Scene("update", command(world, "install", channels, *UPDATED), base=base),
        Scene("links move", command(world, "install", moving, "mover=2", "guest=2"), base=before),
        Scene("remove", ["remove", "-y", "-p", world.prefix, *REMOVED], base=base),
        Scene("env remove", ["env", "remove", "-y", "-p", world.prefix], base=base),
        Scene("clone", ["create", "-y", "-p", world.prefix, "--clone", base]),
    ]
    for scene in changes:
        world.rehearse(scene)
    return {scene.name: scene for scene in [*found, *changes]}


NAMES = [
    "create",
    "create, empty cache",
    "create, no cache",
    "create in an empty directory",
    "install",
    "update",
    "links move",
    "remove",
    "env remove",
    "clone",
]
#: changes of what is there are the dear ones
WEIGHTS = {"install": 11, "update": 13, "remove": 11}


def points(name, of_sixty):
    if not BY_HAND:
        return of_sixty
    signal.alarm(0)
    return POINTS * of_sixty // 60 + 1


@pytest.mark.parametrize("name", NAMES)
def test_killed_anywhere(world, scenes, name):
    left = killed(world, scenes[name], points(name, WEIGHTS.get(name, 5)), SEED)
    print(name, scenes[name].calls, left)

def test_killed_while_a_failed_create_is_taken_back(interrupt, memory):
    """No records may be left that speak of files which are gone."""
    world = World(Krait(memory / "failing"), interrupt, memory / "failing")
    channel = Channel(memory / "failing" / "channel")
    script = "bin/.script-post-link.sh"
    channel.add("thing", files={"lib/a": "a", "share/c/d": "d"}, depends=["script"])
    channel.add("script", files={script: "exit 1\n"}, noarch=None, subdir="linux-64", modes={script: 0o755})
    channel.write()
    scene = Scene("failing script", command(world, "create", ["-c", channel, "--override-channels"], "thing"))
    world.set(scene)
    world.krait(*scene.words, code=1)
    world.set(scene)
    assert world.play(scene).code == 1 and world.state() is None
    _, calls = map(int, world.report.read_text().split())
    for number in range(1, calls + 1):
        world.set(scene)
        result = world.play(scene, "changing", "kill", number)
        assert result.code in (137, 1), result
        left = world.state()
        world.krait("doctor", "-p", world.prefix, "--fix", code=None)
        # An empty directory is no environment.
        assert not world.state(), (number, sorted(left), sorted(world.state()))


SMALL = ["create", "create in an empty directory", "install", "compile", "remove", "env remove"]


@pytest.mark.parametrize("verb", SMALL)
def test_a_small_change_killed_everywhere(world, channels, moving, verb):
    """Nothing is between two calls: each call that changes something is the last one once."""
    old = world.place.parent / ("compiling" if verb == "compile" else "small")
    if not old.exists():
        made = (channels, "python=3.11") if verb == "compile" else (moving, "guest=1")
        world.set(Scene("nothing", []))
        world.krait(*command(world, "create", *made))
        world.prefix.rename(old)
    words = {
        "create": command(world, "create", moving, "guest=1"),
        "create in an empty directory": command(world, "create", moving, "guest=1"),
        "install": command(world, "install", moving, "guest=2"),
        "compile": command(world, "install", channels, "feature-noarch-python=1.0"),
        "remove": ["remove", "-y", "-p", world.prefix, "guest"],
        "env remove": ["env", "remove", "-y", "-p", world.prefix],
    }
    scene = Scene(verb, words[verb], base={"create": None, "create in an empty directory": ""}.get(verb, old))
    world.rehearse(scene)
    print(verb, scene.calls, killed_everywhere(world, scene, SEED))


@pytest.mark.parametrize("kind", ["ENOSPC", "EIO", "ENOSPC+", "EIO+"])
@pytest.mark.parametrize(
    "name", ["create", "create, empty cache", "create, no cache", "install", "update", "links move", "remove"])
def test_a_disk_that_fails_anywhere(world, scenes, name, kind):
    left = failed(world, scenes[name], kind, points(name, 2), SEED)
    print(name, kind, left)


if BY_HAND:

    def test_the_demo_environment_killed_anywhere(world):
        signal.alarm(0)
        channel = ["-c", CHANNEL, "--override-channels"]
        scene = Scene("demo", command(world, "create", channel, *DEMO_SPECS[:4]))
        world.rehearse(scene)
        print("demo", scene.calls, killed(world, scene, 20, SEED))
