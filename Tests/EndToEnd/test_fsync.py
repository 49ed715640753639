# SPDX-License-Identifier: BSD-3-Clause
"""`--fsync`: what is on stable storage before what, read off the system calls of the binary.

This is the order in which the kernel is asked; what a disk makes of it when the power goes is not tested here.
"""

import dataclasses
import re

import pytest

from conftest import CHANNEL
from prefixes import problems, versions

FORCING = ("fsync", "fdatasync", "syncfs", "sync", "sync_file_range")
CHANGING = ("openat", "mkdirat", "renameat", "renameat2", "rename", "linkat", "symlinkat", "unlinkat")
TRACED = ",".join(("open", *FORCING, *CHANGING))
JOURNAL = "conda-meta/.krait-transaction"


@dataclasses.dataclass
class Call:
    """A system call, with the lines of the log at which it begins and at which it is over."""

    name: str
    text: str
    begin: int
    end: int

    def __repr__(self):
        return f"{self.begin}: {self.name}({self.text}"


def calls(krait, tmp_path, *words):
    """What a command asks the kernel for, in order."""
    log = tmp_path / "strace.log"
    krait(*words, before=["strace", "-f", "--seccomp-bpf", "-y", "-qq", "-s", "4096", "-e", f"trace={TRACED}", "-o", log])
    found, waiting = [], {}
    for number, line in enumerate(log.read_text(errors="surrogateescape").splitlines()):
        thread, rest = line.split(None, 1)
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", rest):
            call = waiting.pop(thread)
            call.text += resumed[1]
            call.end = number
        elif begun := re.match(r"(\w+)\((.*)", rest):
            call = Call(begun[1], begun[2], number, number)
            found.append(call)
            if rest.endswith("<unfinished ...>"):
                waiting[thread] = call
    return [call for call in found if "= -1 " not in call.text]


def forcing(found):
    return [call for call in found if call.name in FORCING]


def single(found, name, *parts):
    """The one call with this name that has all these texts."""
    matching = [call for call in found if call.name.startswith(name) and all(part in call.text for part in parts)]
    assert len(matching) == 1, (name, parts, matching)
    return matching[0]


def making(found, prefix):
    """What makes, moves or removes something in the prefix, outside of the transaction's own directory."""
    return [
        call
        for call in found
        if call.name in CHANGING
        and (call.name != "openat" or "O_CREAT" in call.text)
        and f"<{prefix}" in call.text
        and not re.match(rf'\d+<{prefix}(>, "|/){JOURNAL}', call.text)
        and f"{JOURNAL}/records>" not in call.text
        # says whose the directory is until it has its place
        and '".krait-staging"' not in call.text
    ]


def in_order(*steps):
    for earlier, later in zip(steps, steps[1:]):
        assert earlier.end < later.begin, (earlier, later)


@pytest.fixture
def change(krait, tmp_path):
    """The words of a change with everything: packages come, are replaced and go."""
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-update=1.0", "feature-hard-links=1.0", "feature-modes")
    return [
        "install", "-y", "-p", prefix, "-c", CHANNEL, "--override-channels",
        "feature-update=2.0", "feature-hard-links=2.0", "feature-prefix-binary",
    ]  # fmt: skip


@pytest.mark.parametrize("words", [["--fsync", "always"], ["--fsync", "auto"], []], ids=" ".join)
def test_a_change_of_what_is_there(krait, change, tmp_path, words):
    prefix = tmp_path / "env"
    found = calls(krait, tmp_path, *change, *words)
    journal = single(found, "fsync", f"<{prefix}/{JOURNAL}/journal.new>")
    named = single(found, "rename", f"{JOURNAL}/journal.new", f'{JOURNAL}/journal"')
    first, last = [call for call in found if call.name == "fsync" and f"<{prefix}/{JOURNAL}>" in call.text]
    listed = single(found, "fsync", f"<{prefix}/conda-meta>")
    everything = [call for call in found if call.name == "syncfs" and f"<{prefix}>" in call.text]
    commit = single(found, "rename", f'{JOURNAL}/journal"', f"{JOURNAL}/committed")
    assert len(everything) == 1
    # The journal is there before anything is touched, all that is new before the commit, the commit before the rest.
    in_order(journal, named, first, listed, everything[0], commit, last)
    touched = making(found, prefix)
    before = [call for call in touched if call.begin < commit.begin]
    after = [call for call in touched if call.begin > commit.begin]
    assert len(before) > 20 and len(after) > 5
    assert all(listed.end < call.begin and call.end < everything[0].begin for call in before), before
    assert all(last.end < call.begin for call in after), after
    # Records take their places after the commit, and old files go only then.
    assert all(call.name.startswith(("rename", "unlink")) for call in after), after
    assert not [call for call in before if call.name == "unlinkat"]
    written = [call for call in found if call.name == "openat" and f"{JOURNAL}/records" in call.text and "O_CREAT" in call.text]
    assert len(written) == 4 and all(call.end < everything[0].begin for call in written)
    removed = single(found, "unlink", f"<{prefix}/{JOURNAL}>", '"committed"')
    assert all(call.end < removed.begin for call in after if f'"{JOURNAL}' not in call.text and "unlink" not in call.name)
    assert versions(prefix)["feature-update"] == "2.0" and problems(prefix) == []


def test_a_change_that_forces_nothing(krait, change, tmp_path):
    assert forcing(calls(krait, tmp_path, *change, "--fsync", "never")) == []
    assert problems(tmp_path / "env") == []


@pytest.mark.parametrize("words", [["--fsync", "auto"], ["--fsync", "never"], []], ids=" ".join)
def test_a_new_environment_forces_nothing(krait, tmp_path, words):
    """It can be made again."""
    create = ["create", "-y", "-p", tmp_path / "env", "-c", CHANNEL, "--override-channels", "feature-modes"]
    assert forcing(calls(krait, tmp_path, *create, *words)) == []


def test_a_new_environment_and_its_cache_on_request(krait, tmp_path):
    prefix = tmp_path / "env"
    create = ["create", "-y", "-p", prefix, "-c", CHANNEL, "--override-channels", "--fsync", "always"]
    found = calls(krait, tmp_path, *create, "feature-modes", "feature-names")
    # An entry of the cache is on the disk before it has its name.
    staged = [call for call in found if call.name == "syncfs" and ".staging-" in call.text]
    named = [call for call in found if call.name.startswith("rename") and ".staging-" in call.text]
    assert len(staged) == len(named) == 2
    for call in named:
        staging = re.search(r"\.staging-\w+", call.text)[0]
        assert single(found, "syncfs", staging).end < call.begin
    # So is the environment before it has its own, and then the name.
    name = re.search(r"\.krait-[a-z0-5]{16}", single(found, "mkdir", f"<{tmp_path}>, \".krait-").text)[0]
    build = f"{tmp_path}/{name}"
    everything = single(found, "syncfs", f"<{build}>")
    moved = single(found, "rename", f'"{name}"', f'"{prefix.name}"')
    parent = single(found, "fsync", f"<{tmp_path}>")
    in_order(everything, moved, parent)
    made = [call for call in making(found, build) if call is not moved]
    assert len(made) > 20 and all(call.end < everything.begin for call in made), made
