# SPDX-License-Identifier: BSD-3-Clause
"""Sixteen creates on one empty cache at once, one of them killed: the others never notice (Requirements R-7).

`KRAIT_MANY_ROUNDS=50` plays that many rounds instead of five.
"""

import os
import random
import signal
import subprocess

import pytest

from packages import Channel, small_python
from prefixes import problems, versions
from servers import Held

ROUNDS = int(os.environ.get("KRAIT_MANY_ROUNDS", "5"))
COUNT = 16
SPECS = [
    "python=3.11",
    "feature-big",
    "feature-hard-links",
    "feature-names",
    "feature-names-gnu",
    "feature-noarch-python",
    "feature-prefix-binary",
    "feature-symlinks",
    "feature-tar-bz2",
    "feature-zip-descriptors",
]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_sixteen_at_once_and_one_is_killed(krait, channel, serve, interrupt, tmp_path, number):
    rng = random.Random(number)
    sources = [serve(small_python(Channel(tmp_path / "small")).directory), serve(channel)]
    words = [word for source in sources for word in ("-c", source.url)]
    create = ["create", "-y", "-q", "--override-channels", "--no-pip", *words, *SPECS]
    # Learn in a cache of its own how many calls there are to be killed at.
    report = tmp_path / "report"
    rehearsal = {"CONDA_PKGS_DIRS": tmp_path / "rehearsal"}
    krait(*create, "-p", tmp_path / "alone", before=[interrupt, "all", "none", 0, report], env=rehearsal)
    calls = int(report.read_text().split()[1])
    victim, call = rng.randrange(COUNT), rng.randint(1, calls)

    def start(index):
        prefix = ["-p", str(tmp_path / f"env{index}")]
        if index != victim:
            return krait.popen(*create, *prefix)
        tool = [interrupt, "changing", "kill", call, tmp_path / "victim"]
        return krait.popen(*create, *prefix, before=tool)

    running = [start(index) for index in range(COUNT)]
    codes = [process.wait(150) for process in running]
    story = f"number {victim} was killed at changing call {call} of {calls}"
    assert codes.pop(victim) in (0, 128 + signal.SIGKILL), story
    assert codes == [0] * (COUNT - 1), story
    # Nobody has to clean up: the killed one's environment is made, from the cache alone.
    for source in sources:
        source.requests.clear()
    if not (tmp_path / f"env{victim}").exists():
        krait(*create, "-p", tmp_path / f"env{victim}")
    assert [path for source in sources for path in source.packages()] == []
    assert list(tmp_path.glob(".krait-*")) == [], story
    for index in range(COUNT):
        assert problems(tmp_path / f"env{index}") == [], (story, index)
    verified = krait("cache", "verify", "--json", code=None).json
    assert (verified["checked"], verified["damaged"]) == (len(SPECS), []), story


@pytest.fixture
def race(krait, own_channel, serve, tmp_path):
    """`race(words, meanwhile)` lets krait plan `words`, makes a change while it fetches `second`, and gives how it ended."""
    archive = own_channel.add("second", "1.0", {"share/second": "second\n"}, depends=["other <2"])
    server = serve(own_channel.directory)

    def run(words, meanwhile):
        channel = ["-y", "-c", server.url, "--override-channels", "--repodata-ttl", "0"]
        server.faults[archive.name] = held = Held()
        second = krait.popen(*words, *channel, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # It has its plan, for it fetches.
        held.wait()
        krait(*meanwhile, *channel)
        held.release()
        out, err = second.communicate(timeout=60)
        return second.returncode, out, err

    return run


@pytest.mark.parametrize("needs", [["other >=2"], []])
def test_a_change_planned_before_another_was_made(krait, own_channel, race, tmp_path, needs):
    """What was planned for another state of the environment is not done to this one: not even beside a package that it
    gets along with, for which of two has a file depends on all of them. It is planned again."""
    own_channel.add("other", "1.0", {"share/other": "1.0\n"})
    prefix = tmp_path / "env"
    krait.create(prefix, "other", channel=own_channel)
    own_channel.add("other", "2.0", {"share/other": "2.0\n"})
    own_channel.add("first", "1.0", {"share/first": "first\n"}, depends=needs)
    code, _, err = race(["install", "-p", prefix, "second"], ["install", "-p", prefix, "first"])
    if needs:
        # Nobody has seen that `first` would have to go again.
        assert code == 7 and "another process has changed" in err and "run the command again" in err, err
    else:
        assert code == 0 and "Another process has changed the environment in the meantime" in err, err
    assert versions(prefix) == {"first": "1.0"} | ({"other": "2.0"} if needs else {"other": "1.0", "second": "1.0"})
    assert problems(prefix) == []


def test_two_begin_the_base_environment(krait, own_channel, race):
    own_channel.add("other", "1.0", {"share/other": "1.0\n"})
    own_channel.add("first", "1.0", {"share/first": "first\n"})
    code, out, err = race(["install", "-n", "base", "second", "--json"], ["install", "-n", "base", "first"])
    assert code == 0, out + err
    assert versions(krait.root) == {"first": "1.0", "other": "1.0", "second": "1.0"}
    assert [line for line in problems(krait.root) if not line.startswith("pkgs/")] == []


def test_two_create_one_environment(krait, own_channel, race, tmp_path):
    own_channel.add("other", "1.0", {"share/other": "1.0\n"})
    own_channel.add("first", "1.0", {"share/first": "first\n"})
    prefix = tmp_path / "env"
    code, _, err = race(["create", "-p", prefix, "second"], ["create", "-p", prefix, "first"])
    assert code == 7 and "another process has made an environment here in the meantime" in err
    assert versions(prefix) == {"first": "1.0"}
