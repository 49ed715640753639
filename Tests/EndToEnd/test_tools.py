# SPDX-License-Identifier: BSD-3-Clause
"""`krait tool`: programs on PATH with environments of their own, started by launchers that no shell reads, brought up to date
without a moment in which they are not there, and never in the place of somebody else's file."""

import json
import os
import signal
import subprocess

import pytest

MAN = ".TH TOOL 1\n"


def tool(channel, version, programs=("tool",), **more):
    files = {f"bin/{name}": f'#!/bin/sh\necho {name} {version} "$@"\n' for name in programs}
    files["share/man/man1/tool.1"] = MAN
    files["share/bash-completion/completions/tool"] = "complete -W now tool\n"
    files["share/zsh/site-functions/_tool"] = "#compdef tool\n"
    files["share/fish/vendor_completions.d/tool.fish"] = "complete -c tool\n"
    files.update(more.pop("files", {}))
    channel.add("tool", version, files, **more)


@pytest.fixture
def things(own_channel, krait):
    own_channel.add("part", "1.0", {"bin/part": "#!/bin/sh\necho part\n", "share/part": "1.0"})
    tool(own_channel, "1.0", ["tool", "tool-more"], depends=["part"])
    (krait.home / ".condarc").write_text(f"channels: [{own_channel}]\n")
    krait.environment["PATH"] = f"{krait.home}/.local/bin:{krait.environment['PATH']}"
    return own_channel


def programs(krait):
    return sorted(path.name for path in (krait.home / ".local/bin").glob("*"))


def environments(krait, name="tool"):
    return sorted((krait.home / ".local/share/krait/tools" / name).glob("env-*"))


def call(krait, name, *words, **more):
    done = subprocess.run([name, *words], env=krait.merged(more.pop("env", {})), capture_output=True, text=True, executable=krait.home / ".local/bin" / name, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_install_list_remove(krait, things):
    result = krait("tool", "install", "tool")
    assert "Installed tool 1.0, 2 programs: tool, tool-more" in result.err and "PATH" not in result.err
    # What it depends on is not exposed.
    assert programs(krait) == ["tool", "tool-more"]
    assert call(krait, "tool", "a", "-b", "c d", "--", "--help") == "tool 1.0 a -b c d -- --help\n"
    assert krait("tool", "list").out.split()[:2] == ["tool", "1.0"]
    (listed,) = json.loads(krait("tool", "list", "--json").out)
    assert listed["exposed"] == {"tool": "tool", "tool-more": "tool-more"} and listed["spec"] == "tool"
    assert "krait/tools" not in krait("env", "list").out
    krait("tool", "remove", "tool")
    assert programs(krait) == [] and not (krait.home / ".local/share/krait/tools/tool").exists()
    assert "is not an installed tool" in krait("tool", "remove", "tool", code=2).err


def test_the_launcher_is_small_and_becomes_the_program(krait, things):
    tool(things, "2.0", files={"bin/who": '#!/bin/bash\ntrap "echo caught; exit 5" USR1\necho $$ $0 $CONDA_PREFIX\nwhile :; do read line || exit 9; done\n'})
    krait("tool", "install", "tool")
    launcher = krait.home / ".local/bin/who"
    assert launcher.stat().st_size < 300 and launcher.stat().st_mode & 0o777 == 0o755
    assert launcher.read_text().startswith("#!") and "/sh" not in launcher.read_text().splitlines()[0]
    process = subprocess.Popen([launcher], env=krait.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    krait.started.append(process)
    number, name, prefix = process.stdout.readline().split()
    assert int(number) == process.pid and [prefix] == [str(path) for path in environments(krait)]
    assert name == f"{prefix}/bin/who"
    process.send_signal(signal.SIGUSR1)
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "caught\n" and process.wait(30) == 5


def test_upgrade_keeps_the_old_one_until_the_new_one_is_there(krait, things):
    krait("tool", "install", "tool")
    (old,) = environments(krait)
    assert "is the newest" in krait("tool", "upgrade").err
    assert environments(krait) == [old]
    # A new version without a program that is exposed under another name is not taken.
    krait("tool", "install", "tool", "--expose", "mine=tool-more")
    assert programs(krait) == ["mine"] and environments(krait) == [old]
    tool(things, "2.0")
    result = krait("tool", "upgrade", "tool", code=2)
    assert "tool-more" in result.err and "is not a program in the environment" in result.err
    assert call(krait, "mine") == "tool-more 1.0\n" and environments(krait) == [old]
    # One that cannot be unpacked neither.
    tool(things, "2.5")
    path = things.directory / "noarch/tool-2.5-0.tar.bz2"
    path.write_bytes(path.read_bytes()[:-20])
    krait("tool", "install", "tool", code=5)
    assert call(krait, "mine") == "tool-more 1.0\n" and environments(krait) == [old]
    tool(things, "3.0")
    assert "Upgraded tool 1.0 to 3.0, 1 program: tool" in krait("tool", "install", "tool").err
    assert programs(krait) == ["tool"] and call(krait, "tool") == "tool 3.0\n"
    assert len(environments(krait)) == 1 and not old.exists()


def test_upgrade_while_it_runs(krait, things):
    tool(things, "2.0", files={"bin/wait": "#!/bin/sh\necho ready\nread line\ncat $CONDA_PREFIX/share/man/man1/tool.1\n"})
    krait("tool", "install", "tool")
    (old,) = environments(krait)
    process = subprocess.Popen([krait.home / ".local/bin/wait"], env=krait.environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    krait.started.append(process)
    assert process.stdout.readline() == "ready\n"
    tool(things, "3.0")
    krait("tool", "upgrade")
    assert call(krait, "tool") == "tool 3.0\n" and old.exists() and len(environments(krait)) == 2
    assert "its files go when" in krait("tool", "remove", "tool").err
    assert process.communicate("\n")[0] == MAN
    krait("tool", "install", "part")
    krait("tool", "remove", "part")
    assert not old.exists() and not old.parent.exists()


def test_what_else_has_the_name_stays(krait, things):
    directory = krait.home / ".local/bin"
    directory.mkdir(parents=True)
    for make in (lambda path: path.write_text("#!/bin/sh\necho mine\n"), lambda path: path.symlink_to("/bin/true"), lambda path: path.mkdir()):
        make(directory / "tool-more")
        result = krait("tool", "install", "tool", code=2)
        assert f"`{directory}/tool-more`: is there already" in result.err
        assert programs(krait) == ["tool-more"] and environments(krait) == []
        path = directory / "tool-more"
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    # Another tool's launcher too.
    krait("tool", "install", "tool", "--expose", "part=tool")
    result = krait("tool", "install", "part", code=2)
    assert "--expose OTHER=part" in result.err and call(krait, "part") == "tool 1.0\n"
    # A launcher that was replaced is not removed.
    (directory / "part").unlink()
    (directory / "part").write_text("mine")
    krait("tool", "remove", "tool")
    assert (directory / "part").read_text() == "mine"


def test_expose_and_with(krait, things):
    things.add("more", "1.0", {"bin/extra": "#!/bin/sh\ncat $CONDA_PREFIX/share/part\n"})
    krait("tool", "install", "tool", "--with", "more", "--expose", "t=tool", "--expose", "extra")
    assert programs(krait) == ["extra", "t"]
    assert call(krait, "t", "x") == "tool 1.0 x\n" and call(krait, "extra") == "1.0"
    for bad in ("a/b=tool", "=tool", "t=", "..=tool", "t=../../bin/sh"):
        assert "does not name a program" in krait("tool", "install", "tool", "--expose", bad, code=2).err
    assert "is not a program in the environment" in krait("tool", "install", "tool", "--expose", "none", code=2).err
    assert programs(krait) == ["extra", "t"]


def test_manual_pages_and_completions(krait, things):
    data = krait.home / ".local/share"
    places = ["man/man1/tool.1", "bash-completion/completions/tool", "zsh/site-functions/_tool", "fish/vendor_completions.d/tool.fish"]
    (data / places[2]).parent.mkdir(parents=True)
    (data / places[2]).write_text("mine")
    result = krait("tool", "install", "tool")
    assert "_tool is not linked" in result.err and (data / places[2]).read_text() == "mine"
    assert all((data / place).exists() for place in places)
    tool(things, "2.0")
    krait("tool", "upgrade")
    assert all(environments(krait)[0] in (data / place).resolve().parents for place in places if place != places[2])
    # Completions complete a command of their own name only.
    krait("tool", "install", "tool", "--expose", "t=tool")
    assert [(data / place).is_symlink() for place in places] == [True, False, False, False]
    krait("tool", "remove", "tool")
    assert not (data / places[0]).is_symlink() and (data / places[2]).read_text() == "mine"


def test_run(krait, things):
    assert krait("tool", "run", "tool", "x").out == "tool 1.0 x\n"
    assert not (krait.home / ".local/share/krait/tools").exists()
    krait("tool", "install", "tool")
    tool(things, "2.0")
    assert krait("tool", "run", "tool", "x").out == "tool 1.0 x\n"


def test_path_is_told(krait, things):
    krait.environment["PATH"] = os.environ["PATH"]
    assert f"{krait.home}/.local/bin is not on PATH" in krait("tool", "install", "tool").err
    krait("tool", "remove", "tool")
    krait.environment["XDG_BIN_HOME"] = str(krait.home / "programs")
    krait("tool", "install", "tool")
    assert (krait.home / "programs/tool").exists()


def test_launchers_that_are_none(krait, things, tmp_path):
    krait("tool", "install", "tool")
    launcher = krait.home / ".local/bin/tool"
    lines = launcher.read_text().splitlines()
    for text in ("", "x", f"{lines[0]}\n{lines[1]}\n../../bin/sh\n", f"{lines[0]}\nrelative\ntool\n", f"{lines[0]}\n{lines[1]}\n"):
        (tmp_path / "launcher").write_text(text)
        assert "is not a launcher of a tool" in krait("launch", tmp_path / "launcher", code=2).err
    (tmp_path / "launcher").write_text(f"{lines[0]}\n{tmp_path}\ntool\n")
    assert "is gone" in krait("launch", tmp_path / "launcher", code=1).err
