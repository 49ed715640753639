# SPDX-License-Identifier: BSD-3-Clause
"""Runs krait against what strangers made, and holds what is promised whatever they send."""

import dataclasses
import os
import resource
import subprocess
import threading

from prefixes import snapshot

#: seconds and bytes that a hostile case may take
PATIENCE, MEMORY = 10, 200 << 20


@dataclasses.dataclass
class Outcome:
    code: int
    out: str
    err: str
    #: peak resident bytes
    memory: int

    @property
    def text(self):
        return self.out + self.err


def run(krait, *words, env=None, cwd=None, stdin=subprocess.DEVNULL, feed=None):
    """One run of krait with its peak memory; a hang fails. `feed` is called beside it with the process."""
    process = subprocess.Popen(
        [krait.binary, *map(str, words)],
        env=krait.merged(env),
        cwd=cwd or krait.home,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    pieces = {}

    def read(name, pipe):
        pieces[name] = pipe.read()

    readers = [threading.Thread(target=read, args=(name, getattr(process, name))) for name in ("stdout", "stderr")]
    for reader in readers:
        reader.start()
    late = []
    timer = threading.Timer(PATIENCE, lambda: (late.append(True), process.kill()))
    timer.start()
    if feed:
        feed(process)
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    for reader in readers:
        reader.join()
    out, err = (pieces[name].decode(errors="replace") for name in ("stdout", "stderr"))
    outcome = Outcome(process.returncode, out, err, usage.ru_maxrss * 1024)
    assert not late, f"still running after {PATIENCE} s: {outcome}"
    assert outcome.code >= 0, f"ended by a signal: {outcome}"
    # The kernel starts the count at what the process that forked had, which pytest's own size may exceed.
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert outcome.memory <= max(MEMORY, floor), f"took {outcome.memory >> 20} MB"
    assert all(c in "\n\t" or not (c < " " or "\x7f" <= c <= "\x9f") for c in outcome.text), outcome
    return outcome


class Outside:
    """A directory that nothing may read from or write to; told apart by its contents."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()
        (directory / "canary").write_text("canary\n")
        self.before = snapshot(directory)

    def check(self, outcome):
        assert snapshot(self.directory) == self.before
        assert "canary" not in outcome.text, outcome
