# SPDX-License-Identifier: BSD-3-Clause
"""`krait pack --format exe`: one file that unpacks itself to a place, or to none that stays, and runs."""

import os
import signal
import subprocess

import pytest

from conftest import CHANNEL, FEATURES
from images import records, tree
from packages import small_python

#: one of each kind of file; link scripts too, for an environment stands where it is unpacked
SPECS = ["python=3.11", *(name for name in FEATURES if name != "feature-meta")]


class Packed:
    """A packed executable, started in a world with nothing of krait's but a directory for what is temporary."""

    def __init__(self, path, temporary):
        self.path = path
        self.temporary = temporary
        temporary.mkdir(exist_ok=True)

    @property
    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.temporary.parent / "nobody"), "TMPDIR": str(self.temporary)}

    def start(self, *words):
        pipe = subprocess.PIPE
        return subprocess.Popen([self.path, *words], stdin=pipe, stdout=pipe, text=True, env=self.environment)

    def __call__(self, *words, code=0, env=None):
        words = [*map(str, (self.path, *words))]
        done = subprocess.run(words, capture_output=True, text=True, env={**self.environment, **(env or {})})
        assert done.returncode == code, done
        return done

    @property
    def left(self):
        return os.listdir(self.temporary)


@pytest.fixture
def channels(own_channel):
    return ["-c", small_python(own_channel), "-c", CHANNEL, "--override-channels", "--no-pip"]


@pytest.fixture
def packed(krait, channels, tmp_path):
    """`packed(*words)` packs SPECS, or `specs`, and gives what runs it; the channel is gone by then."""

    def run(*words, specs=SPECS, name="app", **more):
        result = krait("pack", *channels, *specs, "--format", "exe", "-o", tmp_path / name, *words, "--json", **more)
        assert result.json["format"] == "exe" and os.access(tmp_path / name, os.X_OK)
        assert result.json["size"] == (tmp_path / name).stat().st_size
        return Packed(tmp_path / name, tmp_path / "temporary")

    return run


@pytest.mark.parametrize("words", [[], ["--pyc", "unchecked-hash"], ["--no-pyc"], ["--exclude", "tests,*.h"]], ids=" ".join)
def test_unpacking_and_creating_give_the_same_files(krait, packed, channels, tmp_path, words):
    env = {"SOURCE_DATE_EPOCH": "1735689600"}
    prefix = tmp_path / "a place" / "env"
    krait("create", "-y", "-p", prefix, *channels, *SPECS, *words, env=env)
    created = tree(prefix), records(prefix), sorted(os.listdir(prefix / "conda-meta"))
    krait("doctor", "-p", prefix)
    os.rename(prefix, tmp_path / "other")
    app = packed(*words, env=env)
    assert app("--prefix", prefix, "--", "echo", "hello", env=env).stdout.endswith("hello\n")
    assert tree(prefix) == created[0]
    assert records(prefix) == created[1]
    assert sorted(os.listdir(prefix / "conda-meta")) == sorted([*created[2], "packed"])
    krait("doctor", "-p", prefix)
    assert app.left == []
    assert not [name for name in os.listdir(prefix.parent) if name != "env"]


def test_what_is_temporary_is_private_and_goes(packed):
    app = packed(specs=["python=3.11"])
    place, mode = app("--", "sh", "-c", 'echo "$CONDA_PREFIX $(stat -c %a "$(dirname "$CONDA_PREFIX")")"').stdout.split()
    assert place.startswith(str(app.temporary)) and mode == "700" and app.left == []
    assert not os.path.exists(place)
    # So it does when the program fails, or is ended by a signal.
    assert app("--", "sh", "-c", "exit 7", code=7).stdout == "" and app.left == []
    assert app("--", "sh", "-c", "kill -9 $$", code=137) and app.left == []
    assert "no-such-program" in app("--", "no-such-program", code=127).stderr and app.left == []


def test_signals_reach_the_program_and_it_ends_in_peace(packed):
    app = packed(specs=["python=3.11"])
    script = 'trap "echo caught; exit 3" TERM; echo ready; while :; do read -r line; done'
    running = app.start("--", "sh", "-c", script)
    assert running.stdout.readline() == "ready\n"
    running.send_signal(signal.SIGTERM)
    # `read` ends with what it waits for.
    running.stdin.write("\n")
    running.stdin.flush()
    assert running.stdout.readline() == "caught\n"
    running.stdin.close()
    assert running.wait(60) == 3 and app.left == []


def test_what_a_killed_one_left_goes_with_the_next(packed):
    app = packed(specs=["python=3.11"])
    running = app.start("--", "sh", "-c", "echo ready; read -r line")
    assert running.stdout.readline() == "ready\n" and len(app.left) == 1
    running.kill()
    running.wait()
    running.stdout.close()
    app("--", "true")
    assert app.left == []


def test_a_place_is_kept_and_taken_again(packed, tmp_path):
    app = packed("--entrypoint", "sh", "--entrypoint", "-c", "--cmd", "echo first", "--env", "COLOUR=blue", specs=["python=3.11"])
    place = tmp_path / "kept"
    assert app("--prefix", place).stdout == "first\n"
    number = (place / "conda-meta").stat().st_ino
    # What follows the entrypoint is given, and nothing is unpacked again.
    assert app(f"--prefix={place}", "--", "echo $COLOUR $CONDA_PREFIX").stdout == f"blue {place}\n"
    assert (place / "conda-meta").stat().st_ino == number
    other = packed("--entrypoint", "true", specs=["python=3.11", "feature-modes"], name="other")
    assert "was unpacked from another executable" in other("--prefix", place, code=2).stderr
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    refused = app("--prefix", tmp_path / "mine", code=2)
    assert "neither empty nor an environment" in refused.stderr and os.listdir(tmp_path / "mine") == ["file"]


def test_files_that_are_added_and_words_of_the_place(packed, tmp_path):
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "run").write_text('#!/bin/sh\necho "$0" "$@"\n')
    (tmp_path / "src" / "run").chmod(0o755)
    (tmp_path / "src" / "deep" / "link").symlink_to("../run")
    app = packed("--add", f"{tmp_path / 'src'}:/env/share/app", "--entrypoint", "/env/share/app/run", specs=["python=3.11"])
    place = tmp_path / "kept"
    assert app("--prefix", place, "--", "a b", "c").stdout == f"{place}/share/app/run a b c\n"
    assert os.readlink(place / "share" / "app" / "deep" / "link") == "../run"
    assert (place / "bin" / "python").exists()


def test_two_runs_give_one_file(packed):
    one = packed(specs=["python=3.11", "feature-modes"], name="one", env={"CONDA_PKGS_DIRS": "/proc/nowhere"})
    two = packed(specs=["python=3.11", "feature-modes"], name="two")
    three = packed("--no-cache", specs=["python=3.11", "feature-modes"], name="three", before=["taskset", "-c", "0"])
    contents = {app.path.read_bytes() for app in (one, two, three)}
    assert len(contents) == 1


def test_a_packed_executable_packs_again(packed, krait, tmp_path):
    """What is made of one that has an archive already has one archive."""
    app = packed(specs=["python=3.11"])
    again = packed("--krait", app.path, specs=["python=3.11"], name="again")
    assert again.path.read_bytes() == app.path.read_bytes()


def test_what_was_cut_off_or_changed_is_refused(packed, tmp_path):
    app = packed(specs=["python=3.11"])
    whole = app.path.read_bytes()
    for name, contents in {"cut": whole[:-10], "longer": whole + b"x"}.items():
        (tmp_path / name).write_bytes(contents)
        (tmp_path / name).chmod(0o755)
        said = Packed(tmp_path / name, app.temporary)("--", "echo", "ran", code=5)
        assert "is incomplete" in said.stderr and said.stderr.count("error:") == 1 and said.stdout == ""
    for place in (-1, -100, -400):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        (tmp_path / "changed").write_bytes(changed)
        (tmp_path / "changed").chmod(0o755)
        said = Packed(tmp_path / "changed", app.temporary)("--prefix", tmp_path / "there", "--", "echo", "ran", code=5)
        assert "is not what was packed" in said.stderr and said.stderr.count("error:") == 1 and said.stdout == ""
    assert app.left == [] and not (tmp_path / "there").exists()


def test_a_full_disk_and_a_place_that_cannot_be_written(packed, mounted, tmp_path):
    app = packed()
    disk = mounted("300k")
    said = app("--", "true", code=6, env={"TMPDIR": str(disk)})
    assert "No space left" in said.stderr and said.stderr.count("error:") == 1 and "TMPDIR" in said.stderr
    said = app("--prefix", disk / "env", "--", "true", code=6)
    assert "No space left" in said.stderr and "--prefix" in said.stderr
    assert os.listdir(disk) == []
    if subprocess.run(["mount", "-o", "remount,ro", disk], capture_output=True).returncode == 0:
        said = app("--prefix", disk / "env", "--", "true", code=6)
        assert "Read-only file system" in said.stderr and said.stderr.count("error:") == 1
    said = app("--prefix", tmp_path / "app" / "env", "--", "true", code=6)
    assert said.stderr.count("error:") == 1


def test_no_setting_of_the_machine_counts(packed, tmp_path):
    app = packed(specs=["python=3.11"])
    home = tmp_path / "somebody"
    home.mkdir()
    (home / ".condarc").write_text("pkgs_dirs: [/nowhere]\nalways_softlink: true\nbad: [\n")
    env = {"HOME": str(home), "CONDA_PKGS_DIRS": "/nowhere", "KRAIT_CONTAINER_BUILD": "1", "CONDA_SAFETY_CHECKS": "nonsense"}
    assert app("--", "sh", "-c", "echo $KRAIT_CONTAINER_BUILD", env=env).stdout == "1\n"
    assert not (home / ".conda").exists()


@pytest.mark.parametrize(
    "words, said",
    [(["run"], "write `--` before"), (["--prefix"], "needs a directory"), (["--version"], "is not an option of this executable")],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_words_that_are_not_understood(packed, words, said):
    app = packed(specs=["python=3.11"])
    assert said in app(*words, code=2).stderr
    assert "--prefix DIR" in app("--help").stdout


@pytest.mark.parametrize(
    "words, said",
    [
        (["--krait", "/bin/sh"], "is not a krait that can carry"),
        (["--krait", "/etc/hostname"], "is not a Linux executable"),
        (["--krait", "/nowhere"], "No such file"),
        (["--platform", "linux-aarch64"], "does not run on linux-aarch64"),
        (["--platform", "osx-arm64"], "is for Linux"),
        (["--user", "me"], "is for images"),
        (["--env", "NAME"], "is not NAME=VALUE"),
        (["--for", "ssh"], "takes no exe"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_made_is_refused(krait, own_channel, tmp_path, words, said):
    own_channel.add("only", "1", {"share/only": "x"})
    result = krait("pack", "-c", own_channel, "--override-channels", "only", "--format", "exe", "-o", tmp_path / "x", *words, code=None)
    plain = krait("pack", "-c", own_channel, "--override-channels", "only", "-o", tmp_path / "x.tar", "--krait", "/bin/sh", code=2)
    assert "leave it out, or use --format exe" in plain.complaint
    assert result.code in (2, 6) and said in result.complaint, result
    if "--platform" in words and "linux-aarch64" in words:
        assert "--krait FILE" in result.complaint
    assert not (tmp_path / "x").exists()


def test_one_for_another_processor_is_made_of_a_krait_for_it(krait, own_channel, tmp_path):
    (own_channel.directory / "linux-aarch64").mkdir()
    own_channel.records["linux-aarch64"] = {}
    own_channel.add("only", "1", {"bin/only": "not for here"}, noarch=None, subdir="linux-aarch64")
    elf = bytearray(krait.binary.read_bytes())
    elf[18:20] = (183).to_bytes(2, "little")  # EM_AARCH64
    (tmp_path / "krait").write_bytes(elf)
    words = ["-c", own_channel, "--override-channels", "--platform", "linux-aarch64", "only", "--format", "exe"]
    krait("pack", *words, "-o", tmp_path / "app", "--krait", tmp_path / "krait")
    made = (tmp_path / "app").read_bytes()
    place = elf.index(b"\xf0krait payload\n") + 40
    assert made[:place] == elf[:place] and made[place + 48 : len(elf)] == elf[place + 48 :]
    tar = subprocess.run(["zstd", "-dc"], input=made[len(elf) :], capture_output=True, check=True).stdout
    assert b"not for here" in tar and b"/bin/only" in tar
    # Another version of krait reads its archives in another way.
    (tmp_path / "old").write_bytes(bytes(elf).replace(elf[place - 24 : place], b"0.1.0".ljust(24, b"\0")))
    refused = krait("pack", *words, "-o", tmp_path / "no", "--krait", tmp_path / "old", code=2)
    assert "is another version of krait" in refused.complaint and not (tmp_path / "no").exists()


def test_without_a_program_there_is_nothing_to_run(krait, own_channel, tmp_path):
    own_channel.add("only", "1", {"share/only": "x"})
    krait("pack", "-c", own_channel, "--override-channels", "only", "--format", "exe", "-o", tmp_path / "x")
    app = Packed(tmp_path / "x", tmp_path / "temporary")
    assert "has nothing to run" in app(code=2).stderr and app.left == []
    assert app("--", "sh", "-c", 'cat "$CONDA_PREFIX/share/only"').stdout == "x"
