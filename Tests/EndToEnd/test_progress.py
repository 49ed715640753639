# SPDX-License-Identifier: BSD-3-Clause
"""What a terminal is shown while something takes its time."""

import fcntl
import os
import pty
import re
import struct
import termios
import threading

import pytest
from test_pip import with_pip, work, write  # noqa: F401 (fixtures)
from wheels import wheel


class Terminal:
    """krait on a terminal of so many columns."""

    def __init__(self, krait, columns, words, env=None):
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.columns = columns
        self.process = krait.popen(
            *words, stdin=follower, stdout=follower, stderr=follower, env={"TERM": "xterm", "CI": None, **(env or {})})
        os.close(follower)
        self.said = ""

    def wait_for(self, pattern):
        """Reads on until it has been said."""
        while not (found := re.search(pattern, self.said)):
            piece = self.read()
            assert piece, self.said
        return found

    def read(self):
        try:
            piece = os.read(self.leader, 4096)
        except OSError:
            return ""
        self.said += piece.decode()
        return piece

    def end(self, code=0):
        """What was said to the end."""
        while self.read():
            pass
        os.close(self.leader)
        assert self.process.wait(60) == code, self.said
        return self.said

    def bars(self):
        """The lines that were drawn over one another."""
        drawn = re.findall(r"\r\x1b\[K([^\r\n]+)(?=\r\x1b)", self.said)
        assert all(len(line) < self.columns for line in drawn), drawn
        return drawn


@pytest.fixture
def slow_python(own_channel, tmp_path):
    """A python that says that it has compiled one file, and then waits to be told to go on."""
    go = tmp_path / "go"
    os.mkfifo(go)
    body = f"#!/bin/sh\nprintf 1\nread line < {go}\nprintf 11\n"
    own_channel.add("python", "3.11.99", {"bin/python3.11": body}, noarch=None, subdir="linux-64", build="0_cpython")
    sources = {f"site-packages/{name}.py": f"{name} = 1\n" for name in "abc"}
    own_channel.add("lib", files=sources, noarch="python", depends=["python"])
    return go


@pytest.mark.parametrize("columns", [80, 40])
def test_compiling_shows_counts(krait, own_channel, slow_python, tmp_path, columns):
    words = ["-p", tmp_path / "env", "-c", own_channel, "--override-channels", "--no-pip", "lib"]
    terminal = Terminal(krait, columns, ["create", "-y", *words])
    terminal.wait_for("Compiling 1/3")
    slow_python.write_text("go on\n")
    terminal.end()


@pytest.fixture
def halting(own_channel, serve):
    """A server that stops in the middle of a package, and the event that lets it go on."""
    go = threading.Event()

    def half(handler):
        body = handler.file()
        handler.send(200, body[: len(body) // 2], length=len(body))
        handler.wfile.flush()
        go.wait(120)
        handler.wfile.write(body[len(body) // 2 :])
        return True

    own_channel.add("large", files={"share/large": os.urandom(2 << 20)})
    server = serve(str(own_channel))
    server.faults["large-1.0-0.tar.bz2"] = half
    yield server.url, go
    go.set()


@pytest.mark.parametrize("columns", [100, 80, 40])
def test_the_bar_moves_within_a_package(krait, halting, columns):
    url, go = halting
    terminal = Terminal(krait, columns, ["create", "-y", "-n", "e", "-c", url, "--override-channels", "large"])
    # About half of it has come; how fast, and how long the rest will take, is known after a second.
    terminal.wait_for(r"Fetching 0/1[^\r]*  (0\.9|1\.0) MB of 2\.1 MB" + (r"[^\r]*B/s  [^\r]* left" if columns > 40 else ""))
    if columns == 100:
        terminal.wait_for(r"\[=+ +\]")
    go.set()
    terminal.end()
    assert all("large" not in bar for bar in terminal.bars())
    done = re.findall(r"([\d.]+) [kM]B of", " ".join(terminal.bars()))
    assert done and float(done[-1]) <= 2.1


def test_what_is_linked_meanwhile_is_not_counted(krait, own_channel, halting):
    """Packages are linked as they arrive, while others are still fetched."""
    url, go = halting
    for name in "abc":
        own_channel.add(name, files={f"share/{name}/{number}": "x" for number in range(100)})
    own_channel.add("top", depends=["large", "a", "b", "c"])
    terminal = Terminal(krait, 80, ["create", "-y", "-n", "e", "-c", url, "--override-channels", "top"])
    terminal.wait_for("Fetching 4/5 ")
    go.set()
    terminal.end()
    assert {of for of in re.findall(r"Fetching \d+/(\d+)", terminal.said)} == {"5"}


def test_bytes_that_come_twice_count_once(krait, own_channel, serve):
    """A package that is damaged on the way is asked for again."""
    own_channel.add("large", files={"share/large": os.urandom(2 << 20)})
    server = serve(str(own_channel))
    left, go = [3], threading.Event()

    def damaged(handler):
        left[0] -= 1
        if left[0] >= 0:
            return handler.send(200, handler.file()[:-1000] + bytes(1000))
        handler.send(200, handler.file()[:-1000], length=len(handler.file()))
        go.wait(120)
        handler.wfile.write(handler.file()[-1000:])
        return True

    server.faults[".tar.bz2"] = damaged
    terminal = Terminal(krait, 80, ["create", "-y", "-n", "e", "-c", server.url, "--override-channels", "large"])
    terminal.wait_for(r"Fetching 0/1[^\r]*  2\.1 MB of 2\.1 MB")
    go.set()
    terminal.end()
    assert all(float(number) <= 2.1 for number in re.findall(r"([\d.]+) MB of", " ".join(terminal.bars())))


@pytest.mark.parametrize("env, coloured", [
    ({}, True), ({"NO_COLOR": ""}, True), ({"CI": "true"}, False), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"TERM": None}, False),
])
def test_colours_where_a_terminal_takes_them(krait, own_channel, env, coloured):
    own_channel.add("tiny", files={"share/tiny": "x"})
    words = ["-y", "-n", "e", "-c", own_channel, "--override-channels"]
    shown = Terminal(krait, 80, ["create", *words, "tiny"], env).end()
    assert ("\x1b[32m  + \x1b[m tiny" if coloured else "  +  tiny") in shown
    shown += Terminal(krait, 80, ["list", "-n", "absent"], env).end(2)
    shown += Terminal(krait, 80, ["lst"], env).end(2)
    assert shown.count("\x1b[31merror\x1b[m: ") == shown.count("\x1b[32mhint\x1b[m: ") == (2 if coloured else 0), shown
    assert ("\x1b" in shown) == coloured
    # Data has none, wherever it goes.
    assert "\x1b" not in Terminal(krait, 80, ["list", "-n", "e"], env).end()


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}])
def test_rows_fit_a_narrow_terminal(krait, own_channel, env):
    own_channel.add("a-package-with-a-long-name", "1.2.3.4.5", build="a_long_build_string_0")
    words = ["-y", "-n", "e", "-c", own_channel, "--override-channels", "a-package-with-a-long-name"]
    for columns, whole in ((40, False), (80, True)):
        shown = re.sub(r"\x1b\[\d*m", "", Terminal(krait, columns, ["create", "--dry-run", *words], env).end())
        (row,) = re.findall(r"^  \+ .*(?=\r\n)", shown, re.M)
        assert (len(row) > 80) == whole and (len(row) == 40 and row[-1] == "…") != whole, row


def test_no_colours_where_nobody_looks(krait, own_channel):
    own_channel.add("tiny", files={"share/tiny": "x"})
    result = krait("create", "-y", "-n", "e", "-c", own_channel, "--override-channels", "tiny", env={"TERM": "xterm"})
    assert "\x1b" not in result.err and "\r" not in result.err
    assert "\x1b" not in krait("list", "-n", "absent", env={"TERM": "xterm"}, code=2).err


def test_what_pip_says_begins_a_line(with_pip, work, channel):  # noqa: F811
    wheel(work / "wheels", "plain")
    file = write(work, "--no-index", "--find-links ./wheels", "plain")
    words = ["create", "-y", "-p", work / "env", "-f", file, "-c", channel, "--override-channels"]
    shown = Terminal(with_pip, 80, words).end()
    first = shown[: shown.index("Looking in links")].rpartition("\n")[2]
    assert first == "" or first.endswith("\r\x1b[K"), first
