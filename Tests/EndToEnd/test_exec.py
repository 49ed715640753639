# SPDX-License-Identifier: BSD-3-Clause
"""`krait exec`: one environment for all who ask for the same, made once, replaced when the channel has moved on, removed
when nobody runs in it; and a process that becomes the command.

`KRAIT_EXEC_ROUNDS=20` lets that many rounds of many at once lose one of them, instead of four."""

import os
import signal
import subprocess
import time

import pytest

ROUNDS = int(os.environ.get("KRAIT_EXEC_ROUNDS", "4"))


@pytest.fixture
def tools(own_channel):
    """A channel with `tool`, whose program tells its version, and `else`, whose program has another name."""
    own_channel.add("tool", "1.0", {"bin/tool": '#!/bin/sh\necho tool 1.0 "$@"\n', "share/tool": "1.0"}, depends=["part"])
    own_channel.add("part", "1.0", {"share/part": "1.0"})
    own_channel.add("else", "1.0", {"bin/other-name": "#!/bin/sh\necho other\n"})
    own_channel.add("more", "1.0", {"share/more": "1.0"})
    return own_channel


def words(channel, *more):
    return ["exec", "-c", str(channel), "--override-channels", *more]


def environments(krait):
    return sorted((krait.home / ".cache/krait/exec-v1").glob("*/env-*"))


def wait_until(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen in half a minute")


def test_the_commands_name_is_the_spec(krait, tools):
    first = krait(*words(tools), "tool", "a", "-b", "--help")
    assert first.out == "tool 1.0 a -b --help\n" and "2 packages" in first.err
    again = krait(*words(tools), "tool")
    assert (again.out, again.err) == ("tool 1.0\n", "")
    assert len(environments(krait)) == 1
    directory = krait.home / ".cache/krait/exec-v1"
    assert directory.stat().st_mode & 0o077 == 0
    # It is nobody's environment, so it is in no list.
    assert str(directory) not in krait("env", "list").out


def test_the_second_run_asks_no_channel_and_writes_nothing(krait, tools):
    krait(*words(tools), "tool")
    tools.directory.rename(tools.directory.with_name("away"))
    krait.binary.stat()
    before = sorted((path, path.lstat().st_mtime_ns) for path in (krait.home / ".cache").rglob("*"))
    assert krait(*words(tools), "tool").out == "tool 1.0\n"
    assert sorted((path, path.lstat().st_mtime_ns) for path in (krait.home / ".cache").rglob("*")) == before


def test_the_process_is_the_command(krait, tools):
    krait(*words(tools), "tool")
    process = krait.popen(*words(tools, "-s", "tool"), "--", "sh", "-c", "echo $$; exit 7", stdout=subprocess.PIPE, text=True)
    assert int(process.communicate()[0]) == process.pid and process.returncode == 7


def test_what_is_asked_for_decides_which_environment(krait, tools):
    asked = [["-s", "tool"], ["-s", "tool", "-s", "more"], ["-s", "tool", "--no-pip"], ["-s", "tool", "--pyc", "none"]]
    for more in [*asked, ["-s", "more", "-s", "tool"], ["-s", "tool==1.0"], ["-s", "tool  ==  1.0"]]:
        krait(*words(tools, *more), "--", "sh", "-c", "test -e $CONDA_PREFIX/share/tool")
    # The order and the spelling of specs make no difference.
    assert len(environments(krait)) == len(asked) + 1
    krait(*words(tools, "-w", "more"), "--", "tool")
    assert len(environments(krait)) == len(asked) + 1
    krait(*words(tools, "-s", "tool"), "--", "true", env={"CONDA_OVERRIDE_CUDA": "12.8"})
    assert len(environments(krait)) == len(asked) + 2
    for number, key in enumerate(("exclude_newer_package: [tool", "exclude_newer_channel: [conda-forge"), start=3):
        (krait.home / ".condarc").write_text(f"{key}=2999-01-01]\n")
        krait(*words(tools, "-s", "tool"), "--", "true")
        assert len(environments(krait)) == len(asked) + number


def test_a_package_of_another_name(krait, tools):
    result = krait(*words(tools), "else", code=2)
    assert "is not a program of the package else, which brings other-name" in result.err
    assert "krait exec -s else -- other-name" in result.err
    result = krait(*words(tools), "other-name", code=3)
    assert "krait exec -s PACKAGE -- other-name" in result.err
    tools.add("ripgrep", "1.0", {"bin/rg": "#!/bin/sh\necho rg\n"})
    result = krait(*words(tools), "rg")
    assert result.out == "rg\n" and "`rg` is taken from the package ripgrep" in result.err
    assert krait(*words(tools, "-s", "more"), "--", "no-such-program", code=127).out == ""


def test_refresh(krait, tools):
    krait(*words(tools), "tool")
    old = environments(krait)
    tools.add("tool", "2.0", {"bin/tool": "#!/bin/sh\necho tool 2.0\n"})
    assert krait(*words(tools), "tool").out == "tool 1.0\n"
    assert krait(*words(tools, "--refresh"), "tool").out == "tool 2.0\n"
    new = environments(krait)
    assert krait(*words(tools), "tool").out == "tool 2.0\n"
    # Nothing new is nothing to make.
    assert krait(*words(tools, "--refresh"), "tool").err == ""
    assert environments(krait) == new and len(new) > 0 and new != old


def test_an_old_answer_is_looked_at_again(krait, tools):
    krait(*words(tools), "tool")
    tools.add("tool", "2.0", {"bin/tool": "#!/bin/sh\necho tool 2.0\n"})
    aged = {"KRAIT_EXEC_MAX_AGE": "0"}
    assert krait(*words(tools, "--offline"), "tool", env=aged).out == "tool 1.0\n"
    assert krait(*words(tools), "tool", env=aged).out == "tool 2.0\n"


def test_a_channel_that_is_away(krait, tools, serve):
    server = serve(tools.directory)
    krait(*words(server.url), "tool")
    server.close()
    result = krait(*words(server.url, "--retries", "0"), "tool", env={"KRAIT_EXEC_MAX_AGE": "0"})
    assert result.out == "tool 1.0\n" and "what was there is used" in result.err
    krait(*words(server.url, "--retries", "0", "--refresh"), "tool", code=4)


def test_a_lock_file(krait, tools, tmp_path):
    krait("lock", "-c", tools, "--override-channels", "tool", "-o", tmp_path / "conda-lock.yml")
    for _ in range(2):
        assert krait("exec", "-f", "conda-lock.yml", "--", "tool", cwd=tmp_path).out == "tool 1.0\n"
    assert len(environments(krait)) == 1
    (tmp_path / "specs.txt").write_text("tool\nmore\n")
    assert krait(*words(tools, "-f", "specs.txt"), "--", "tool", cwd=tmp_path).out == "tool 1.0\n"
    (tmp_path / "specs.txt").write_text("tool\n")
    krait(*words(tools, "-f", "specs.txt"), "--", "tool", cwd=tmp_path)
    assert len(environments(krait)) == 3


def makes_it(process):
    """Whether a process has something open in an environment that is being made."""
    try:
        return any("/env-" in os.readlink(entry) for entry in os.scandir(f"/proc/{process.pid}/fd"))
    except OSError:
        return False


@pytest.mark.parametrize("round", range(ROUNDS))
def test_many_at_once_of_whom_one_is_killed(krait, tools, round):
    """Whoever makes it may be killed at any moment: another one does, and only one environment is left."""
    processes = [krait.popen(*words(tools), "tool", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(32)]
    victim = processes[round * 5 % 32]
    if round % 4 == 1:
        wait_until(lambda: (krait.home / ".cache/krait/exec-v1").exists() or victim.poll() is not None)
    elif round % 4:
        # The one that makes it, early or late, unless it was too quick for us.
        makers = []
        wait_until(lambda: makers.extend(filter(makes_it, processes)) or makers or victim.poll() is not None)
        victim = makers[0] if makers else victim
        if round % 4 == 3:
            wait_until(lambda: any(made.joinpath("conda-meta").exists() for made in environments(krait)) or victim.poll() is not None)
    victim.kill()
    for process in processes:
        out, err = process.communicate()
        if process is not victim:
            assert (process.returncode, out) == (0, "tool 1.0\n"), err
    made = environments(krait)
    assert len(made) in (1, 2), "one environment, and at most that of the one that was killed"
    assert krait(*words(tools), "tool").err == ""


def test_clean_leaves_what_runs(krait, tools):
    krait(*words(tools), "tool")
    process = krait.popen(*words(tools, "-s", "more"), "--", "sh", "-c", "echo ready; read line; test -e $CONDA_PREFIX/share/more",
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    assert len(environments(krait)) == 2
    told = krait("clean", "--environments", "--dry-run").out
    assert told.count("exec-v1") == 1 and len(environments(krait)) == 2
    krait("clean", "--environments", "-y")
    assert len(environments(krait)) == 1
    process.communicate("\n")
    assert process.returncode == 0
    krait("clean", "--all", "-y")
    assert environments(krait) == []
    assert krait(*words(tools), "tool").out == "tool 1.0\n"


def test_a_child_that_lives_longer_keeps_the_environment(krait, tools):
    process = krait.popen(*words(tools, "-s", "more"), "--", "sh", "-c", "tail -f /dev/null > /dev/null 2>&1 & echo $!", stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True)
    child = int(process.stdout.readline())
    krait("clean", "--environments", "-y")
    assert len(environments(krait)) == 1
    os.kill(child, signal.SIGKILL)
    process.communicate()
    wait_until(lambda: krait("clean", "--environments", "-y").code == 0 and not environments(krait))


def test_what_nobody_used_for_long_goes(krait, tools):
    krait(*words(tools), "tool")
    record = next((krait.home / ".cache/krait/exec-v1").glob("*/record"))
    os.utime(record, (0, 0))
    krait(*words(tools), "tool")
    assert record.stat().st_mtime > 0, "its use is noted"
    os.utime(record, (0, 0))
    krait(*words(tools, "-s", "more"), "--", "true")
    assert not record.exists() and len(environments(krait)) == 1


def test_a_directory_of_others_is_not_used(krait, tools):
    directory = krait.home / ".cache/krait/exec-v1"
    directory.mkdir(parents=True)
    directory.chmod(0o777)
    assert "other users can write to it" in krait(*words(tools), "tool", code=6).err
    directory.chmod(0o700)
    krait(*words(tools), "tool")
    slot = next(directory.iterdir())
    slot.chmod(0o777)
    assert "other users can write to it" in krait(*words(tools), "tool", code=6).err


def test_a_record_that_lies_is_not_followed(krait, tools, tmp_path):
    krait(*words(tools), "tool")
    record = next((krait.home / ".cache/krait/exec-v1").glob("*/record"))
    lines = record.read_text().splitlines()
    krait.create(tmp_path / "evil", "more", channel=tools)
    for name in ("../../../../../evil", str(tmp_path / "evil"), "env-", "env-a/../..", ""):
        record.write_text("\n".join([lines[0], lines[1], name, lines[3], ""]))
        result = krait(*words(tools, "--", "tool"))
        assert result.out == "tool 1.0\n" and str(tmp_path / "evil") not in result.err
    record.write_text("\n".join([lines[0], "0" * 64, lines[2], lines[3], ""]))
    assert krait(*words(tools), "tool").out == "tool 1.0\n"


def test_no_command_and_no_home(krait, tools):
    assert "needs a command" in krait("exec", code=2).err
    assert "is not the name of a package" in krait(*words(tools), "tool*", code=2).err
