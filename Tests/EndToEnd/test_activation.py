# SPDX-License-Identifier: BSD-3-Clause
"""Activation in real shells: on, over another, one on the other, off again, and everything is as it was."""

import shutil
import subprocess

import pytest

from prefixes import snapshot
from shells import SHELLS, START, hook, play
from test_peers import called

MINE = {"FEATURE_VARIABLE": "mine before", "PS1": "$ ", "TERM": "dumb"}


@pytest.fixture(scope="module")
def world(shared_krait):
    """Three small environments: one with scripts and variables, one with nothing, one with variables of its own."""
    root = shared_krait.root / "envs"
    if not (root / "active").exists():
        shared_krait.create(root / "active", "feature-activate")
    shared_krait.create(root / "other", "feature-empty")
    shared_krait.create(root / "with space", "feature-hard-links", code=0)
    return shared_krait


@pytest.fixture(params=SHELLS)
def shell(request):
    return request.param


def setting(shell, name, value):
    return f"set -gx {name} {value}" if shell == "fish" else f"export {name}={value}"


def same(before, after):
    """Equal, but for the order that the scripts of the environment leave and a level of nought."""

    def clean(marked):
        return {
            name: value
            for name, value in marked.items()
            if name != "FEATURE_ORDER" and (name, value) != ("CONDA_SHLVL", "0")
        }

    return clean(before) == clean(after), {
        name: (before.get(name), after.get(name))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }


def prompt_function(shell):
    """The prompt of MINE in shells that do not take it from the environment when they are not interactive."""
    return {"fish": ['function fish_prompt; echo -n "\\$ "; end'], "bash": ["export PS1='$ '"]}.get(shell, [])


def test_on_and_off(world, shell, tmp_path):
    told = play(
        world,
        shell,
        [
            *prompt_function(shell),
            hook(world, shell),
            "mark before",
            "krait activate active",
            "mark on",
            "krait deactivate",
            "mark after",
        ],
        tmp_path / "marks",
        MINE,
    )
    assert told.code == 0 and told.err == "", told.err
    prefix = world.root / "envs/active"
    on = told["on"]
    assert on["CONDA_PREFIX"] == str(prefix)
    assert (on["CONDA_DEFAULT_ENV"], on["CONDA_SHLVL"]) == ("active", "1")
    assert on["PATH"].split(":")[0] == f"{prefix}/bin"
    assert on["PATH"].endswith(world.environment["PATH"])
    assert on["FEATURE_ACTIVATE_1"] == f"{prefix}/on 1" and on["FEATURE_ACTIVATE_2"] == f"{prefix}/on 2"
    assert on["FEATURE_ORDER"] == "a1a2"
    assert on["FEATURE_VARIABLE"] == "with spaces, 'single' and \"double\" quotes, $HOME and `date`"
    assert (on["FEATURE_UNICODE"], on["FEATURE_EMPTY"], on["FEATURE_LATER"]) == ("größer", "", "later")
    assert "(active)" in on["PROMPT"] and on["PROMPT"].endswith("$ ")
    assert told["after"]["FEATURE_ORDER"] == "a1a2d2d1"
    equal, differences = same(told["before"], told["after"])
    assert equal, differences


def test_over_another(world, shell, tmp_path):
    told = play(
        world,
        shell,
        [
            *prompt_function(shell),
            hook(world, shell),
            "mark before",
            "krait activate other",
            "mark first",
            "krait activate active",
            "mark second",
            "krait deactivate",
            "mark again",
            "krait deactivate",
            "mark after",
        ],
        tmp_path / "marks",
        MINE,
    )
    assert told.code == 0 and told.err == "", told.err
    other, active = (str(world.root / "envs" / name) for name in ("other", "active"))
    assert told["second"]["CONDA_SHLVL"] == "2"
    assert told["second"]["CONDA_PREFIX"] == active
    assert told["second"]["CONDA_PREFIX_1"] == other
    path = told["second"]["PATH"].split(":")
    assert f"{active}/bin" in path and f"{other}/bin" not in path
    assert "(active)" in told["second"]["PROMPT"] and "(other)" not in told["second"]["PROMPT"]
    equal, differences = same(told["first"], told["again"])
    assert equal, differences
    equal, differences = same(told["before"], told["after"])
    assert equal, differences


def test_one_on_the_other(world, shell, tmp_path):
    told = play(
        world,
        shell,
        [
            *prompt_function(shell),
            hook(world, shell),
            "mark before",
            "krait activate active",
            "mark first",
            "krait activate --stack other",
            "mark second",
            "krait deactivate",
            "mark again",
            "krait deactivate",
            "mark after",
        ],
        tmp_path / "marks",
        MINE,
    )
    assert told.code == 0 and told.err == "", told.err
    other, active = (str(world.root / "envs" / name) for name in ("other", "active"))
    assert told["second"]["PATH"].split(":")[:2] == [f"{other}/bin", f"{active}/bin"]
    assert told["second"]["CONDA_STACKED_2"] == "true"
    assert told["second"]["FEATURE_ORDER"] == "a1a2", "stacking runs no deactivate script"
    assert told["second"]["FEATURE_LATER"] == "later"
    equal, differences = same(told["first"], told["again"])
    assert equal, differences
    equal, differences = same(told["before"], told["after"])
    assert equal, differences


def test_the_same_again(world, shell, tmp_path):
    told = play(
        world,
        shell,
        [
            hook(world, shell),
            "mark before",
            "krait activate active",
            "mark first",
            "krait activate active",
            "mark second",
            "krait deactivate",
            "mark after",
        ],
        tmp_path / "marks",
        MINE,
    )
    assert told.code == 0, told.err
    equal, differences = same(told["first"], told["second"])
    assert equal, differences
    equal, differences = same(told["before"], told["after"])
    assert equal, differences


def test_a_path_and_a_space(world, shell, tmp_path):
    prefix = world.root / "envs/with space"
    told = play(
        world,
        shell,
        [
            hook(world, shell),
            "mark before",
            f"krait activate '{prefix}'",
            "feature-hard",
            "krait deactivate",
            "mark after",
        ],
        tmp_path / "marks",
        MINE,
    )
    assert told.code == 0 and told.out == "hard 2.0\n", told.err
    equal, differences = same(told["before"], told["after"])
    assert equal, differences


def test_a_path_changed_in_between_is_kept(world, shell, tmp_path):
    put = "set -gx PATH /opt/mine $PATH" if shell == "fish" else 'export PATH="/opt/mine:$PATH"'
    told = play(
        world,
        shell,
        [hook(world, shell), "mark before", "krait activate other", put, "krait deactivate", "mark after"],
        tmp_path / "marks",
    )
    assert told["after"]["PATH"] == "/opt/mine:" + told["before"]["PATH"]


def test_without_init(world, shell, tmp_path):
    """`eval "$(krait shell activate NAME)"` in a shell that never heard of krait."""
    binary = world.binary
    name = "posix" if shell == "dash" else shell
    if shell == "fish":
        on, off = f"{binary} shell activate active | source", f"{binary} shell deactivate | source"
    else:
        on, off = f'eval "$({binary} shell activate active)"', f'eval "$({binary} shell deactivate)"'
    told = play(
        world,
        shell,
        [*prompt_function(shell), "mark before", on, "mark on", off, "mark after"],
        tmp_path / "marks",
        MINE,
    )
    assert told.code == 0 and told.err == "", told.err
    assert told["on"]["FEATURE_ORDER"] == "a1a2", f"the shell was not found out to be {name}"
    assert told["on"]["CONDA_PREFIX"] == str(world.root / "envs/active")
    equal, differences = same(told["before"], told["after"])
    assert equal, differences


#: what each of them does with a prompt when it shows it
SHOWN = {
    "bash": (["bash", "--norc", "--noprofile"], "PS1='> '; {code}; echo \"${{PS1@P}}\""),
    "zsh": (["zsh", "--no-rcs", "-o", "PROMPT_SUBST", "-o", "PROMPT_BANG"], "PS1='> '; {code}; print -P \"$PS1\"; print -rn -- ${{(e)PS1}}"),
    "dash": (["dash"], "PS1='> '; {code}; echo \"$PS1\"; eval \"echo \\\"$PS1\\\"\""),
    "fish": (["fish", "--no-config"], "function fish_prompt; echo '> '; end; {code}; fish_prompt"),
    "tcsh": (["tcsh", "-f"], "set prompt = '> '; {code}; echo $prompt:q"),
}
NAMES = ["$(touch ran)", "`touch ran`", "%(touch ran)%{{x%}}%B", "!ls!!$1${{PATH}}", "a'; touch ran; '", 'a"; touch ran; "', "\\$(touch ran)\\e]0;x\\a", "(touch ran)", "a\ntouch ran\n", "\x1b]0;x\x07\x9b2J", "-rf", "~*?[a]{{b,c}}"]


@pytest.mark.parametrize("shell", SHOWN)
@pytest.mark.parametrize("name", [name.format() for name in NAMES])
def test_a_name_runs_nothing(krait, own_channel, tmp_path, shell, name):
    """Neither where an environment is activated nor where its name is shown, whatever is in it."""
    own_channel.add("tiny", "1.0", {"share/tiny": "x\n"})
    krait.create(tmp_path / "made", "tiny", channel=own_channel)
    env = tmp_path / name
    (tmp_path / "made").rename(env)
    here = tmp_path / "here"
    here.mkdir()
    before = snapshot(env), sorted(tmp_path.iterdir())
    spelled = "posix" if shell == "dash" else shell
    code = krait("shell", "activate", "-s", spelled, env, code=None)
    start, line = SHOWN[shell]
    if code.code:
        # tcsh has no words for control characters.
        assert shell == "tcsh" and "control character" in code.complaint
        return
    (tmp_path / "home/code").write_text(code.out)
    source = {"fish": "source", "tcsh": "source"}.get(shell, ".") + f" {tmp_path}/home/code"
    done = subprocess.run([*start, "-c", line.format(code=source)], cwd=here, env=krait.merged({}), capture_output=True, text=True, timeout=60)
    (tmp_path / "home/code").unlink()
    assert done.returncode == 0, done
    assert not any(sign in done.stdout for sign in "\x1b\x07\x9b") and ">" in done.stdout, done
    assert (snapshot(env), sorted(tmp_path.iterdir())) == before and not list(here.iterdir())


@pytest.mark.parametrize("options", ["set -eu", "set -euo pipefail"])
def test_under_strict_options(world, tmp_path, options):
    for shell in ("bash", "zsh", "dash"):
        if shell == "dash" and "pipefail" in options:
            continue
        told = play(
            world,
            shell,
            [
                options,
                hook(world, shell),
                "krait activate active",
                "krait activate other",
                "krait deactivate",
                "krait deactivate",
                "echo end",
            ],
            tmp_path / shell,
            {"PS1": None},
        )
        assert (told.out, told.err, told.code) == ("end\n", "", 0), (shell, told.err)


def test_a_failure_changes_nothing(world, shell, tmp_path):
    told = play(
        world,
        shell,
        [hook(world, shell), "krait activate other", "mark before", "krait activate nowhere", "mark after"],
        tmp_path / "marks",
        MINE,
    )
    assert "nowhere" in told.err
    equal, differences = same(told["before"], told["after"])
    assert equal, differences


def test_other_verbs_go_through_the_function(world, shell, tmp_path):
    told = play(
        world,
        shell,
        [hook(world, shell), "krait --version", "krait list -n nowhere; echo $status$?"]
        if shell != "fish"
        else [hook(world, shell), "krait --version", "krait list -n nowhere; echo $status"],
        tmp_path / "marks",
    )
    lines = told.out.splitlines()
    assert lines[0] == world("--version").out.strip()
    assert lines[-1] not in ("0", "")


def test_an_interactive_prompt(world, tmp_path):
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile"],
        env={**world.environment, "PS1": "prompt> ", "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("prompt> ")
    child.sendline(hook(world, "bash"))
    child.expect_exact("prompt> ")
    child.sendline("krait activate other")
    child.expect_exact("(other) prompt> ")
    child.sendline("krait deactivate")
    child.expect(r"\n(?!\(other\))prompt> ")
    child.sendline("exit")
    child.expect(pexpect.EOF)


RC = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
INTERACTIVE = {"bash": ["bash", "-i"], "zsh": ["zsh", "-i"], "fish": ["fish"]}


@pytest.mark.parametrize("name", RC)
def test_init_can_be_done_twice_and_undone(krait, channel, name):
    path = krait.home / RC[name]
    path.parent.mkdir(parents=True, exist_ok=True)
    original = "# mine\nalias ll='ls -l'\n"
    path.write_text(original)
    krait("shell", "init", "-s", name)
    once = path.read_text()
    assert once.startswith(original) and str(krait.binary) in once
    assert ">>>" in once and "<<<" in once
    krait("shell", "init", "-s", name)
    assert path.read_text() == once
    krait.create(krait.root / "envs/one", "feature-empty")
    done = subprocess.run(
        [*INTERACTIVE[name], "-c", "krait activate one; echo $CONDA_PREFIX"],
        env=krait.environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout == f"{krait.root}/envs/one\n", done.stderr
    krait("shell", "deinit", "-s", name)
    assert path.read_text() == original


def test_init_without_a_start_file(krait):
    krait("shell", "init", "-s", "bash")
    assert (krait.home / ".bashrc").is_file()
    krait("shell", "init", "-s", "bash", "--reverse")
    assert not (krait.home / ".bashrc").exists() or (krait.home / ".bashrc").read_text().strip() == ""


def test_init_dry_run(krait):
    krait("shell", "init", "-s", "bash", "--dry-run")
    assert not (krait.home / ".bashrc").exists()


def test_blocks_that_are_added_at_once_are_all_there(krait, tmp_path):
    """Each reads the start-up file and writes it anew; none may lose what another has just added."""
    rc = krait.home / ".bashrc"
    # It takes its time to be written.
    mine = "# mine\n" * (1 << 17)
    rc.write_text(mine)
    tools = [called(name, krait, tmp_path) for name in ("conda", "micromamba")] + [krait]
    for words in (["init"], ["deinit"]) * 2:
        runs = [tool.popen("shell", *words, "-s", "bash", stderr=subprocess.DEVNULL) for tool in tools]
        assert [run.wait(60) for run in runs] == [0, 0, 0]
        blocks = 3 if words == ["init"] else 0
        text = rc.read_text()
        assert text.startswith(mine) and text.count("initialize >>>") == text.count("initialize <<<") == blocks


@pytest.mark.parametrize("tool, name", [("conda", "conda"), ("micromamba", "mamba"), ("mamba", "mamba")])
def test_blocks_of_powershell_are_those_of_the_peers(krait, tmp_path, tool, name):
    """There they are regions, which may be a peer's own."""
    profile = krait.home / ".config/powershell/profile.ps1"
    profile.parent.mkdir(parents=True)
    mine = "Set-Alias ll ls\n"
    profile.write_text(f"{mine}\n#region {name} initialize\n(& other hook) | Out-String | Invoke-Expression\n#endregion\n")
    peer = called(tool, krait, tmp_path)
    peer("shell", "init", "-s", "powershell")
    text = profile.read_text()
    assert text.count(f"#region {name} initialize\n") == text.count("#endregion\n") == 1 and ">>>" not in text
    assert "other" not in text and f"{peer.binary}" in text
    peer("shell", "deinit", "-s", "powershell")
    assert profile.read_text() == mine


def test_init_keeps_a_link(krait, tmp_path):
    """Start-up files are often links into a repository of dot files."""
    (tmp_path / "dotfiles").write_text("# mine\n")
    (krait.home / ".bashrc").symlink_to(tmp_path / "dotfiles")
    krait("shell", "init", "-s", "bash")
    assert (krait.home / ".bashrc").is_symlink()
    assert "krait" in (tmp_path / "dotfiles").read_text()


def test_state_variables(krait, tmp_path):
    krait.create(krait.root / "envs/one", "feature-activate")
    state = krait.root / "envs/one/conda-meta/state"
    state.write_text('{"env_vars": {"FEATURE_LATER": "from state", "MORE": "it\'s", "FEATURE_UNICODE": "***unset***"}}')
    told = play(
        krait,
        "bash",
        [hook(krait, "bash"), "mark before", "krait activate one", "mark on", "krait deactivate", "mark after"],
        tmp_path / "marks",
        {"FEATURE_UNICODE": "mine"},
    )
    assert told["on"]["FEATURE_LATER"] == "from state" and told["on"]["MORE"] == "it's"
    assert "FEATURE_UNICODE" not in told["on"]
    equal, differences = same(told["before"], told["after"])
    assert equal, differences


def test_a_subshell(world):
    """`krait shell` needs no init."""
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        str(world.binary),
        ["shell", "-n", "other"],
        env={**world.environment, "SHELL": "/bin/bash", "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
    )
    child.sendline("echo is $CONDA_DEFAULT_ENV.")
    child.expect_exact("is other.")
    child.sendline("exit 3")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3


@pytest.mark.parametrize("name", ["bash", "zsh", "fish", "dash", "tcsh"])
def test_a_subshell_of_each_kind(world, tmp_path, name):
    """Its own start-up files put something before everything on PATH; after `exit` nothing of it is left."""
    pexpect = pytest.importorskip("pexpect")
    home = world.home / f"home-{name}"
    (home / ".config/fish").mkdir(parents=True)
    (home / "zsh").mkdir()
    (home / ".bashrc").write_text("PATH=/opt/mine:$PATH\n")
    (home / ".zshenv").write_text("ZDOTDIR=$HOME/zsh\n")
    (home / "zsh/.zshrc").write_text("path=(/opt/mine $path); PS1='% '\n")
    (home / ".config/fish/config.fish").write_text("set -gx PATH /opt/mine $PATH\n")
    program = shutil.which(name)
    child = pexpect.spawn(
        str(world.binary), ["shell", "-n", "other"], encoding="utf-8", timeout=30,
        env={**world.environment, "HOME": str(home), "SHELL": program, "TERM": "dumb", "TMPDIR": str(tmp_path)})
    prefix = world.root / "envs/other"
    child.sendline("env > " + str(home / "seen") + "; echo do''ne")
    child.expect_exact("done")
    seen = dict(line.partition("=")[::2] for line in (home / "seen").read_text().splitlines())
    assert seen["CONDA_PREFIX"] == str(prefix) and seen["PATH"].split(":")[0] == f"{prefix}/bin"
    assert ("/opt/mine" in seen["PATH"].split(":")) == (name in ("bash", "zsh", "fish"))
    assert seen.get("ZDOTDIR", "").startswith(str(home)) == (name == "zsh")
    child.sendline("exit 3")
    child.expect(pexpect.EOF)
    child.close()
    # fish has a directory of its own there.
    assert child.exitstatus == 3 and [path for path in tmp_path.iterdir() if "krait" in path.name] == []


def test_every_shell_is_here():
    for name, words in START.items():
        subprocess.run([*words, "-c", "true"], check=True, capture_output=True), name
