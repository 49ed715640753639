# SPDX-License-Identifier: BSD-3-Clause
"""Commands that are killed, or whose disk fails, at the system call with a given number, and what has to hold after."""

import dataclasses
import os
import pathlib
import random
import shutil
import subprocess

from prefixes import packages_loaded_by_rattler, records, snapshot

#: what link scripts wrote; nobody can take back what a script did
SCRIPTS_OWN = "var"


@dataclasses.dataclass
class Scene:
    """A command on an environment, and the environments that may be there afterwards."""

    name: str
    words: list
    #: the environment before: a directory that is copied, None for none, "" for an empty directory
    base: object = None
    #: begin with an empty cache
    cold: bool = False
    old: object = None
    new: object = None
    #: how many system calls the command makes: all, those that change something
    calls: tuple = (0, 0)


class World:
    """Where scenes are played again and again: one home, one cache, one prefix at one place."""

    def __init__(self, krait, tool, folder):
        self.krait = krait
        self.tool = tool
        self.place = pathlib.Path(folder) / "place"
        self.place.mkdir()
        self.prefix = self.place / "env"
        self.report = pathlib.Path(folder) / "report"
        # Whatever is made twice is to be the same to the byte.
        krait.environment["SOURCE_DATE_EPOCH"] = "1735689600"

    def state(self):
        """Everything in the prefix, None when there is none."""
        if not os.path.lexists(self.prefix):
            return None
        return {path: what for path, what in snapshot(self.prefix).items() if path.split("/")[0] != SCRIPTS_OWN}

    def set(self, scene):
        """Brings the prefix, and what is beside it, back to what the scene begins with."""
        for path in self.place.iterdir():
            shutil.rmtree(path)
        if scene.base == "":
            self.prefix.mkdir()
        elif scene.base is not None:
            # Hard links, as krait makes them; so nothing may write into a file that is there.
            subprocess.run(["cp", "-al", scene.base, self.prefix], check=True)
        # What is emptied again and again is a cache of its own: the others find theirs full.
        cache = self.place.parent / ("cold" if scene.cold else "warm")
        self.krait.environment["CONDA_PKGS_DIRS"] = str(cache)
        if scene.cold:
            shutil.rmtree(cache, ignore_errors=True)

    def play(self, scene, count="all", kind="none", number=0, words=None):
        """Runs the scene's command with one of its calls ending badly."""
        tool = [self.tool, count, kind, number, self.report]
        return self.krait(*(words or scene.words), before=tool, code=None)

    def rehearse(self, scene):
        """Learns what the scene leads to when nothing happens, and how many calls it takes."""
        self.set(scene)
        scene.old = self.state()
        # Twice: the first time may have had to fetch.
        for again in (False, True):
            self.set(scene)
            result = self.play(scene)
            assert result.code == 0, result
            state = self.state()
            assert state != scene.old and (not again or state == scene.new), difference(scene, state)
            scene.new = state
        scene.calls = tuple(map(int, self.report.read_text().split()))

    def read(self, rng, story):
        """Commands that read leave all of it as they find it, half done or not."""
        before = snapshot(self.place)
        readers = [["list", "-p", self.prefix], ["run", "-p", self.prefix, "true"], ["doctor", "-p", self.prefix]]
        words = rng.choice(readers)
        result = self.krait(*words, code=None)
        after = snapshot(self.place)
        changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
        assert changed == [], (story, words, changed, result)

    def next_command(self, scene, rng):
        """What a user may do next to bring the prefix back."""
        return rng.choice([["doctor", "-p", self.prefix, "--fix"], scene.words])

    def check(self, scene, story, state=None):
        """The environment is the old or the new one, whole, and nothing lies beside it."""
        state = state or self.state()
        is_known = state in (scene.old, scene.new) or self.holds_only_what_a_script_made(state)
        assert is_known, f"{story}\n{difference(scene, state)}"
        beside = sorted(path.name for path in self.place.iterdir() if path != self.prefix)
        assert beside == [], story
        if not records_in(self.prefix):
            return
        document = self.krait("doctor", "-p", self.prefix, "--json").json
        strays = [stray["path"] for stray in document["strays"] if stray["path"].split("/")[0] != SCRIPTS_OWN]
        assert (document["success"], strays, document["leftovers"]) == (True, [], []), (story, document)
        assert len(packages_loaded_by_rattler(self.prefix)) == len(records(self.prefix)), story

    def holds_only_what_a_script_made(self, state):
        """A new environment whose link scripts had begun was taken back: what a script made in it is nobody's to remove."""
        return state == {} and (self.prefix / SCRIPTS_OWN).exists()

    def check_cache(self, story):
        result = self.krait("cache", "verify", code=None)
        assert result.code == 0, (story, result)


def records_in(prefix):
    return list(pathlib.Path(prefix, "conda-meta").glob("*.json"))


def difference(scene, state):
    """How a state differs from the old and the new one."""
    if state is None:
        return "no environment"
    lines = []
    for name, other in (("old", scene.old), ("new", scene.new)):
        other = other or {}
        paths = [path for path in sorted(state.keys() | other.keys()) if state.get(path) != other.get(path)]
        lines.append(f"{len(paths)} paths not as in the {name} one: {paths[:12]}")
    return "\n".join(lines)


def kill_points(scene, number, rng):
    """Random numbers of calls to be killed at; most of them calls that change something."""
    for index in range(number):
        count = "all" if index % 4 == 0 else "changing"
        yield count, rng.randint(1, scene.calls[0 if count == "all" else 1])


def killed(world, scene, points, seed=0):
    """Kills the scene's command at random calls; gives how often the old and the new environment were left."""
    rng = random.Random(f"{scene.name} {seed}")
    left = {"old": 0, "new": 0, "not reached": 0}
    for count, number in kill_points(scene, points, rng):
        story = f"{scene.name}: killed at {count} call {number}"
        world.set(scene)
        result = world.play(scene, count, "kill", number)
        assert result.code in (137, 0), (story, result)
        world.read(rng, story)
        words = world.next_command(scene, rng)
        story += f", then {words[0]}"
        if rng.random() < 0.25:
            # Whoever brings it back may be killed as well.
            calls = rng.randint(1, 60)
            world.play(scene, "changing", "kill", calls, words=words)
            story += f" (itself killed at changing call {calls})"
        again = world.krait(*words, code=None)
        state = world.state()
        world.check(scene, f"{story}: {again}", state)
        if world.holds_only_what_a_script_made(state):
            assert words is not scene.words or "neither empty" in again.err, (story, again)
        elif words is scene.words:
            assert state == scene.new, (story, difference(scene, state), again)
        elif state is not None and state != {}:
            assert again.code == 0, (story, again)
        world.check_cache(story)
        left["not reached" if result.code == 0 else "new" if state == scene.new else "old"] += 1
    # How many calls there are differs a little from run to run.
    assert left["not reached"] <= max(1, points // 10), left
    return left


def killed_everywhere(world, scene, seed=0):
    """Kills the scene's command at each call that changes something; gives how often what was left."""
    rng = random.Random(f"{scene.name} {seed}")
    left = {"old": 0, "new": 0}
    for number in range(1, scene.calls[1] + 1):
        world.set(scene)
        result = world.play(scene, "changing", "kill", number)
        words = world.next_command(scene, rng)
        story = f"{scene.name}: killed at changing call {number} (exit {result.code}), then {words[0]}"
        again = world.krait(*words, code=None)
        state = world.state()
        world.check(scene, f"{story}: {again}", state)
        if words is scene.words:
            assert state == scene.new, (story, difference(scene, state), again)
        left["new" if state == scene.new else "old"] += 1
    return left


def failed(world, scene, kind, points, seed=0):
    """Lets random calls fail; the command says so and leaves the old environment, or ends well with the new one."""
    rng = random.Random(f"{scene.name} {kind} {seed}")
    left = {"old": 0, "new": 0}
    for _ in range(points):
        number = rng.randint(1, scene.calls[1])
        story = f"{scene.name}: {kind} at changing call {number}"
        world.set(scene)
        result = world.play(scene, "changing", kind, number)
        assert 0 <= result.code < 120, (story, result)
        if result.code:
            assert "error: " in result.err, (story, result)
        world.read(rng, story)
        words = world.next_command(scene, rng)
        story += f" (exit {result.code}: {result.err[-500:]}), then {words[0]}"
        again = world.krait(*words, code=None)
        state = world.state()
        world.check(scene, f"{story}: {again}", state)
        if world.holds_only_what_a_script_made(state):
            assert result.code and (words is not scene.words or "neither empty" in again.err), (story, again)
        elif result.code == 0 or words is scene.words:
            assert state == scene.new, (story, difference(scene, state), again)
        world.check_cache(story)
        left["new" if state == scene.new else "old"] += 1
    return left
