# SPDX-License-Identifier: BSD-3-Clause
"""What a terminal is shown while something takes its time."""

import fcntl
import os
import pty
import struct
import termios

import pytest


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
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    words = ["-p", tmp_path / "env", "-c", own_channel, "--override-channels", "--no-pip", "lib"]
    process = krait.popen("create", "-y", *words, stdin=follower, stdout=follower, stderr=follower, env={"TERM": "xterm"})
    os.close(follower)
    said = b""
    while b"Compiling 1/3" not in said:
        piece = os.read(leader, 4096)
        assert piece, said
        said += piece
    slow_python.write_text("go on\n")
    try:
        while piece := os.read(leader, 4096):
            said += piece
    except OSError:
        pass
    assert process.wait(60) == 0, said
    os.close(leader)
