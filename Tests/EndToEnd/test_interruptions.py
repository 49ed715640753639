# SPDX-License-Identifier: BSD-3-Clause
"""Full disks, signals and neighbours: a new environment is there whole or not at all."""

import json
import os
import select
import signal
import subprocess
import time

import pytest

from conftest import CHANNEL
from prefixes import files, problems, snapshot, versions
from servers import Held

SPECS = ["feature-hard-links", "feature-names", "feature-big", "feature-tar-bz2"]


@pytest.fixture
def held(server, channel):
    """The server stops in the middle of the big package and tells when."""
    big = next(path.name for path in (channel / "linux-64").glob("feature-big-*"))
    fault = Held()
    server.faults[big] = fault
    yield fault
    fault.release()


def begin(krait, prefix, server, *words, **more):
    return krait.popen(
        "create",
        "-y",
        "-p",
        prefix,
        "-c",
        server.url,
        "--override-channels",
        *words,
        *SPECS,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("cache", [True, False])
def test_a_signal_while_fetching(krait, server, held, tmp_path, number, code, cache):
    place = tmp_path / "place"
    place.mkdir()
    process = begin(krait, place / "env", server, *([] if cache else ["--no-cache"]))
    held.wait()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode in (code, -number), err
    assert list(place.iterdir()) == [], "something was left"
    assert "error: " in err and "interrupt" in err.lower() or "terminat" in err.lower()
    assert len(err.splitlines()) < 40
    # And nothing of it is in the way of the next one.
    held.release()
    server.faults.clear()
    krait.create(place / "env", *SPECS, channel=server.url)
    assert problems(place / "env") == []
    assert sorted(path.name for path in place.iterdir()) == ["env"]


def test_a_signal_and_json(krait, server, held, tmp_path):
    process = begin(krait, tmp_path / "env", server, "--json")
    held.wait()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    document = json.loads(out)
    assert (document["success"], document["exit_code"]) == (False, 130)


def heard(fifo, process):
    """What is written into a FIFO; fails when the process ends before."""
    reader, watched = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select([reader, watched], [], [], 60)
        assert reader in ready, (process.poll(), process.communicate() if watched in ready else "nothing was heard")
        return os.read(reader, 1000).decode()
    finally:
        os.close(reader)
        os.close(watched)


@pytest.fixture
def waiting_script(own_channel, tmp_path):
    """A package whose post-link script says that it runs and then waits to be told to go on."""
    ready, go = tmp_path / "ready", tmp_path / "go"
    os.mkfifo(ready)
    os.mkfifo(go)
    own_channel.add("other", "1.0", {"share/other.txt": "other\n"})
    own_channel.add(
        "waits",
        "1.0",
        {"share/waits.txt": "waits\n", "bin/.waits-post-link.sh": f"#!/bin/sh\necho $$ > {ready}\nread line < {go}\n"},
        depends=["other"],
    )
    yield ready, go
    # A script that nobody told to go on ends now.
    writer = os.open(go, os.O_RDWR | os.O_NONBLOCK)
    os.write(writer, b"go on\n" * 4)
    os.close(writer)


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_linking(krait, own_channel, waiting_script, tmp_path, number, code):
    ready, go = waiting_script
    place = tmp_path / "place"
    place.mkdir()
    process = krait.popen(
        "create",
        "-y",
        "-p",
        place / "env",
        "-c",
        str(own_channel),
        "--override-channels",
        "waits",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    script = int(heard(ready, process))
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode in (code, -number), err
    assert list(place.iterdir()) == [], "something was left"
    assert not os.path.exists(f"/proc/{script}") or "waits" not in open(f"/proc/{script}/cmdline").read()


@pytest.mark.parametrize("who", ["script", "compiler"])
def test_what_was_started_ends_with_a_krait_that_is_killed(krait, own_channel, waiting_script, tmp_path, who):
    """It would go on writing into what the next command repairs."""
    ready, go = waiting_script
    body = f'#!/bin/sh\necho $$ > {ready}\nread line < {go}\n'
    own_channel.add(
        "python", "3.11.99", {"bin/python3.11": body}, noarch=None, subdir="linux-64", build="0_cpython")
    own_channel.add("lib", "1.0", {"site-packages/lib.py": "x = 1\n"}, noarch="python", depends=["python"])
    words = ["-p", tmp_path / "env", "--no-pip", "-c", own_channel, "--override-channels"]
    process = krait.popen("create", "-y", *words, {"script": "waits", "compiler": "lib"}[who], stdout=subprocess.DEVNULL)
    started = os.pidfd_open(int(heard(ready, process)))
    try:
        process.kill()
        assert select.select([started], [], [], 30)[0], "it goes on"
    finally:
        os.close(started)


def test_two_creates_of_one_prefix_at_once(krait, server, held, tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    one = begin(krait, place / "env", server, "-q")
    held.wait()
    two = begin(krait, place / "env", server, "-q")
    # The second may wait for the first or give up at once; both is right, and no time is set for it.
    held.release()
    ends = [process.communicate(timeout=90) for process in (one, two)]
    codes = [one.returncode, two.returncode]
    assert sorted(codes)[0] == 0 and sorted(codes)[1] in (1, 2, 6, 7), (codes, ends)
    loser = ends[0 if codes[0] else 1][1]
    assert str(place / "env") in loser
    assert problems(place / "env") == []
    assert sorted(path.name for path in place.iterdir()) == ["env"]


def test_two_creates_of_one_prefix_while_linking(krait, own_channel, waiting_script, tmp_path):
    ready, go = waiting_script
    place = tmp_path / "place"
    place.mkdir()
    words = ["create", "-y", "-p", str(place / "env"), "-c", str(own_channel), "--override-channels"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    one = krait.popen(*words, "waits", **pipes)
    heard(ready, one)
    two = krait.popen(*words, "other", env={"MAMBA_LOCK_TIMEOUT": "1"}, **pipes)
    out, err = two.communicate(timeout=90)
    assert two.returncode in (1, 2, 6, 7), err
    assert str(place / "env") in err or str(one.pid) in err
    go.write_text("go on\n")
    out, err = one.communicate(timeout=30)
    assert one.returncode == 0, err
    assert versions(place / "env") == {"waits": "1.0", "other": "1.0"}
    assert problems(place / "env") == []


@pytest.mark.parametrize("stage", ["fetch", "link"])
def test_after_a_kill_the_next_one_cleans_up(krait, server, held, own_channel, waiting_script, tmp_path, stage):
    place = tmp_path / "place"
    place.mkdir()
    if stage == "fetch":
        process = begin(krait, place / "env", server, "--no-cache")
        held.wait()
    else:
        process = krait.popen(
            "create",
            "-y",
            "-p",
            place / "env",
            "-c",
            str(own_channel),
            "--override-channels",
            "waits",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        heard(waiting_script[0], process)
    process.kill()
    process.communicate()
    # Nobody could clean up; what is left is no environment that was finished, so it is not in the way of a new one.
    krait.create(place / "env", "feature-tar-bz2")
    assert versions(place / "env") == {"feature-tar-bz2": "1.0"}
    assert problems(place / "env") == []
    assert sorted(path.name for path in place.iterdir()) == ["env"]


# Full disks


def left(disk):
    return sorted(path.name for path in disk.iterdir())


def test_no_room_for_the_prefix(krait, mounted):
    disk = mounted("4m")
    result = krait.create(disk / "env", *SPECS, code=6)
    assert "No space left" in result.err and str(disk) in result.err
    assert len(result.complaint.splitlines()) <= 6
    assert left(disk) == []
    krait.create(disk / "env", "feature-hard-links")
    assert problems(disk / "env") == []


def test_no_room_for_the_cache(krait, mounted, tmp_path):
    disk = mounted("4m")
    env = {"CONDA_PKGS_DIRS": disk / "pkgs"}
    result = krait.create(tmp_path / "env", *SPECS, env=env, code=6)
    assert "No space left" in result.err
    assert not (tmp_path / "env").exists()
    assert not [path for path in files(disk) if "feature-big" in path]
    krait.create(tmp_path / "env", "feature-hard-links", env=env)
    assert problems(tmp_path / "env") == []


def test_no_room_without_a_cache(krait, mounted):
    disk = mounted("4m")
    krait.create(disk / "env", *SPECS, "--no-cache", code=6)
    assert left(disk) == []


def test_no_room_for_a_change(krait, mounted):
    """A living environment stays as it was."""
    disk = mounted("4m")
    krait.create(disk / "env", "feature-hard-links=1.0")
    before = snapshot(disk / "env")
    krait(
        "install",
        "-y",
        "-p",
        disk / "env",
        "-c",
        CHANNEL,
        "--override-channels",
        "feature-big",
        "feature-hard-links=2.0",
        code=6,
    )
    assert snapshot(disk / "env") == before
    assert left(disk) == ["env"]


def test_nothing_waits_for_ever(krait, server, tmp_path):
    """A server that stalls is given up after the time asked for (Requirements R-6)."""
    fault = Held()
    server.faults[".conda"] = lambda handler: "feature-big" in handler.path and fault(handler)
    began = time.monotonic()
    result = krait.create(
        tmp_path / "env", *SPECS, "--read-timeout", "1", "--retries", "1", channel=server.url, code=4, timeout=60
    )
    fault.release()
    assert "feature-big" in result.err
    assert time.monotonic() - began < 50
