# SPDX-License-Identifier: BSD-3-Clause
"""Runs krait against what strangers made, and holds what is promised whatever they send.

Memory is measured by a small program between, so that the bound is one of krait alone (peak.c).
"""

import atexit
import dataclasses
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile
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


@functools.cache
def peak():
    """The program that measures the memory of another, and the file that it reports to; usage in peak.c."""
    folder = pathlib.Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    source = pathlib.Path(__file__).with_name("peak.c")
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", folder / "peak", source], check=True)
    return folder / "peak", folder / "report"


def run(krait, *words, env=None, cwd=None, stdin=subprocess.DEVNULL, feed=None, before=()):
    """One run of krait with its peak memory; a hang fails. `feed` is called beside it with the process, `before` are the
    words of a program that becomes krait."""
    program, report = peak()
    report.unlink(missing_ok=True)
    process = subprocess.Popen(
        [*map(str, before), program, report, krait.binary, *map(str, words)],
        env=krait.merged(env),
        cwd=cwd or krait.home,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    late = []
    # The program ends with the one that measures it.
    timer = threading.Timer(PATIENCE, lambda: (late.append(True), process.kill()))
    timer.start()
    if feed:
        feed(process)
    out, err = (text.decode(errors="replace") for text in process.communicate())
    timer.cancel()
    words = " ".join(map(str, words))
    assert not late, f"krait {words}: still running after {PATIENCE} s: {out[-2000:]}{err[-2000:]}"
    status, resident = map(int, report.read_text().split())
    outcome = Outcome(os.waitstatus_to_exitcode(status), out, err, resident * 1024)
    assert 0 <= outcome.code < 128 or outcome.code == 130, f"krait {words}: ended by a signal: {outcome}"
    assert outcome.memory <= MEMORY, f"krait {words}: took {outcome.memory >> 20} MB"
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
