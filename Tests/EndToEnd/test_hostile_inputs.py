# SPDX-License-Identifier: BSD-3-Clause
"""Files that are no files, or lie: whatever stands where krait looks for input, it says so and ends."""

import json
import os
import resource
import signal
import socket
import subprocess
import time

import pytest

from hostile import Case
from packages import Channel
from strangers import Outside, run

SECRET = "SECRETTOKEN"


class World:
    def __init__(self, krait, folder):
        self.krait = krait
        self.folder = folder
        self.outside = Outside(folder / "outside")
        self.channel = Channel(folder / "channel")
        self.channel.add("tiny", "1.0", {"share/tiny": "x\n"})
        self.prefix = folder / "env"

    def create(self, *words, **more):
        words = ["create", "-y", "-p", self.prefix, "--override-channels", "-c", self.channel, *words]
        return run(self.krait, *words, cwd=self.folder, **more)

    def given(self, name, body):
        """`create -f` with a file of these bytes."""
        path = self.folder / name
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
        return self.create("-f", path)

    def special(self, place, kind):
        """Something that is no file."""
        place.parent.mkdir(parents=True, exist_ok=True)
        if kind == "fifo":
            os.mkfifo(place)
        elif kind == "socket":
            here = os.getcwd()
            os.chdir(place.parent)
            socket.socket(socket.AF_UNIX).bind(place.name)
            os.chdir(here)
        elif kind == "zero":
            place.symlink_to("/dev/zero")
        elif kind == "directory":
            place.mkdir()
        elif kind == "huge":
            with place.open("wb") as file:
                file.truncate(100 << 30)
        return place


def bad_file(kind):
    return lambda w: w.create("-f", w.special(w.folder / "environment.yml", kind))


def bad_setting(place, kind):
    """A setting or a credential that cannot be read is passed over, and the rest goes on."""
    return lambda w: (w.special(w.krait.home / place, kind), w.create("tiny"))[1]


def lock(url, **more):
    package = {"name": "tiny", "version": "1.0", "manager": "conda", "platform": "linux-64", "dependencies": {}}
    package |= {"url": url, "hash": {"sha256": "0" * 64}, "category": "main", "optional": False, **more}
    document = {"version": 1, "metadata": {"content_hash": {}, "channels": [], "platforms": ["linux-64"]}}
    return json.dumps({**document, "package": [package]})


def archive(**more):
    def make(world):
        case = Case(name="bad", reason="", **more)
        record = case.index_json()
        world.channel.put(f"bad-1.0-0{case.suffix}", case.archive(), record)
        return world.create("bad")

    return make


def wide(field):
    """The end of a `.conda` whose ZIP64 numbers are as large as they get."""

    def change(body):
        body = bytearray(body)
        end = body.rfind(b"PK\x05\x06")
        central = body.find(b"PK\x01\x02")
        place = {"size": central + 20, "offset": central + 42, "start": end + 16}[field]
        body[place : place + 4] = b"\xff" * 4
        return bytes(body)

    return change


LINES = "dependencies:\n  - tiny\n"
#: name -> (what is done, the exit codes that are right)
CASES = {
    "file-socket": (bad_file("socket"), {6}),
    "file-device": (bad_file("zero"), {6}),
    "file-directory": (bad_file("directory"), {6}),
    "file-of-100-gb": (bad_file("huge"), {6}),
    "settings-fifo": (bad_setting(".condarc", "fifo"), {0}),
    "settings-device": (bad_setting(".condarc", "zero"), {0}),
    "settings-of-100-gb": (bad_setting(".condarc", "huge"), {0}),
    "credentials-fifo": (bad_setting(".rattler/credentials.json", "fifo"), {0}),
    "netrc-fifo": (bad_setting(".netrc", "fifo"), {0}),
    "environments-fifo": (bad_setting(".conda/environments.txt", "fifo"), {0}),
    "lock-beside-fifo": (
        lambda w: (
            w.special(w.folder / "conda-lock.yml", "fifo"),
            (w.folder / "environment.yml").write_text(LINES),
            w.create("--locked", "-f", w.folder / "environment.yml"),
        )[2],
        {6},
    ),
    "requirements-fifo": (
        lambda w: (
            w.special(w.folder / "requirements.txt", "fifo"),
            w.given("environment.yml", LINES + "  - pip:\n    - -r requirements.txt\n"),
        )[1],
        {6},
    ),
    "archive-fifo": (lambda w: w.create(w.special(w.folder / "tiny-1.0-0.conda", "fifo")), {2, 5, 6}),
    "index-fifo": (
        lambda w: (
            (w.channel.directory / "noarch/repodata.json").unlink(),
            w.special(w.channel.directory / "noarch/repodata.json", "fifo"),
            w.create("tiny"),
        )[2],
        {2, 4, 6},
    ),
    "name-that-climbs": (lambda w: run(w.krait, "create", "-y", "-f", put(w, "name: ../../x\n" + LINES)), {2}),
    "name-of-controls": (lambda w: w.given("environment.yml", 'name: "a\\e[2Jb"\n' + LINES), {0, 2}),
    "spec-of-controls": (lambda w: w.given("environment.yml", 'dependencies: ["ti\\e[2Jny"]\n'), {2}),
    "anchors-that-multiply": (
        lambda w: w.given(
            "environment.yml",
            "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)) + LINES,
        ),
        {0, 2},
    ),
    "deep-yaml": (lambda w: w.given("environment.yml", "[" * 100_000), {2}),
    "nul-bytes": (lambda w: w.given("environment.yml", b"dependencies:\n - ti\0ny\n"), {2}),
    "not-utf-8": (lambda w: w.given("environment.yml", b"dependencies:\n - \xff\xfe\n"), {2}),
    "explicit-that-climbs": (
        lambda w: w.given("explicit.txt", f"@EXPLICIT\nfile://{w.folder}/channel/noarch/../../outside/other-1-0.conda\n"),
        {2, 5, 6},
    ),
    "explicit-with-a-secret": (
        lambda w: w.given("explicit.txt", f"@EXPLICIT\nhttp://127.0.0.1:9/a/t/{SECRET}/noarch/x-1-0.conda?k={SECRET}\n"),
        {2, 4},
    ),
    "lock-of-a-device": (lambda w: w.given("conda-lock.yml", lock("file:///dev/zero")), {2, 5, 6}),
    "lock-of-large-numbers": (
        lambda w: w.given("conda-lock.yml", lock("http://127.0.0.1:9/noarch/tiny-1.0-0.conda", size=2**70)),
        {2, 4},
    ),
    "lines-without-end": (lambda w: w.given("environment.yml", LINES + "  - a\n" * 900_000), {2}),
    "values-without-end": (lambda w: w.given("environment.yml", "dependencies: [" + "1," * (7 << 20) + "1]"), {2}),
    "comments-without-end": (lambda w: w.given("environment.yml", "#\n" * (7 << 20)), {2}),
    "text-without-end": (lambda w: w.given("environment.yml", "a" * (15 << 20)), {2}),
    "longer-than-any": (lambda w: w.given("environment.yml", LINES + "#" * (17 << 20)), {6}),
    "line-without-end": (lambda w: w.given("specs.txt", "a" * (15 << 20)), {2}),
    "specs-without-end": (lambda w: w.given("specs.txt", "".join(f"a{n}\n" for n in range(1 << 20))), {2}),
    "archives-without-end": (lambda w: w.given("explicit.txt", "@EXPLICIT\n" + "http://x/noarch/a-1-0.conda\n" * (1 << 19)), {2}),
    "lock-of-values": (lambda w: w.given("conda-lock.yml", '{"version": 1, "metadata": {}, "package": [' + "1," * (7 << 20) + "1]}"), {2}),
    "pixi-lock-of-values": (lambda w: w.given("pixi.lock", '{"version": 6, "environments": [' + "1," * (7 << 20) + "1]}"), {2}),
    "table-without-end": (lambda w: run(w.krait, "exec", toml(w, "dependencies = [" + "1," * (7 << 20) + "1]")), {2}),
    "tables-without-end": (lambda w: run(w.krait, "exec", toml(w, "".join(f"[a{n}]\n# " for n in range(100_000)))), {2}),
    "key-without-end": (lambda w: run(w.krait, "exec", toml(w, "[" + "a." * (7 << 20) + "a]")), {2}),
    "table-deep": (lambda w: run(w.krait, "exec", toml(w, "a = " + "[" * (7 << 20))), {2}),
    "zip64-size": (archive(whole=wide("size")), {5}),
    "zip64-offset": (archive(whole=wide("offset")), {5}),
    "zip64-start": (archive(whole=wide("start")), {0, 5}),
    "pax-size": (archive(payload=lambda tar: tar.pax(size=2**64 - 1).add("x", b"x")), {5}),
    "pax-time": (archive(payload=lambda tar: tar.pax(mtime=-(2**63)).add("x", b"x")), {0, 5}),
    "tar-size": (archive(payload=lambda tar: tar.add("x", b"x", size=b"\x80" + b"\xff" * 11)), {5}),
}


def toml(world, text):
    path = world.folder / "script.py"
    path.write_text(f"# /// script\n# {text}\n# ///\n")
    return path


def put(world, text):
    path = world.folder / "environment.yml"
    path.write_text(text)
    return path


def test_there_are_many():
    assert len(CASES) >= 20


@pytest.mark.parametrize("name", CASES)
def test_an_input_is_refused_or_read(krait, tmp_path, name):
    act, codes = CASES[name]
    world = World(krait, tmp_path)
    outcome = act(world)
    assert outcome.code in codes, outcome
    assert SECRET not in outcome.text
    if outcome.code:
        assert "error: " in outcome.err, outcome
    world.outside.check(outcome)
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".krait-")]


def test_control_c_ends_the_wait_for_a_pipe(krait, tmp_path):
    world = World(krait, tmp_path)
    pipe = world.special(tmp_path / "environment.yml", "fifo")

    def interrupt(process):
        # Opening the other end waits until krait reads.
        open_ends.append(os.open(pipe, os.O_WRONLY))
        process.send_signal(signal.SIGINT)

    open_ends = []
    outcome = world.create("-f", pipe, feed=interrupt)
    os.close(open_ends[0])
    assert outcome.code == 130, outcome


def test_a_pipe_is_read(krait, tmp_path):
    world = World(krait, tmp_path)
    reading, writing = os.pipe()
    os.write(writing, LINES.encode())
    os.close(writing)
    assert world.create("-f", "/dev/stdin", stdin=reading).code == 0
    os.close(reading)


def test_a_null_device_is_an_empty_file(krait, tmp_path):
    world = World(krait, tmp_path)
    assert world.create("tiny", env={"CONDARC": "/dev/null", "NETRC": "/dev/null"}).code == 0


def test_no_core_is_dumped(krait, tmp_path):
    """What may hold credentials leaves no core, where any other program does."""
    pipe = tmp_path / "environment.yml"
    os.mkfifo(pipe)

    def dumps(words, wait):
        process = subprocess.Popen(
            list(map(str, words)),
            # The debugging runtime would look at the crash by itself.
            env={**krait.environment, "SWIFT_BACKTRACE": "enable=no"},
            cwd=tmp_path,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2),
        )
        wait()
        process.send_signal(signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return os.WCOREDUMP(status)

    if not dumps(["sleep", "60"], lambda: time.sleep(0.2)):
        pytest.skip("this machine writes no cores")
    # Opening the other end waits until krait reads.
    assert not dumps([krait.binary, "create", "-y", "-p", "./e", "-f", pipe], lambda: os.open(pipe, os.O_WRONLY))
