# SPDX-License-Identifier: BSD-3-Clause
"""`krait run` becomes the command: same process, same input and output, same end (Requirements R-3)."""

import contextlib
import os
import re
import signal
import subprocess

import pytest

from prefixes import snapshot


@pytest.fixture(scope="module")
def small(shared_krait):
    """An environment without activate.d scripts."""
    prefix = shared_krait.root / "envs" / "small"
    if not prefix.exists():
        shared_krait.create(prefix, "feature-hard-links")
    return prefix


@pytest.fixture(scope="module")
def active(shared_krait):
    """An environment with activate.d scripts and variables."""
    prefix = shared_krait.root / "envs" / "active"
    if not prefix.exists():
        shared_krait.create(prefix, "feature-activate")
    return prefix


@pytest.fixture(params=["small", "active"])
def either(request):
    return request.getfixturevalue(request.param)


def start(shared_krait, *words, **more):
    return shared_krait.popen("run", *map(str, words), stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, **more)


def test_the_process_is_the_same(shared_krait, either):
    process = start(shared_krait, "-p", either, "sh", "-c", "echo $$")
    assert int(process.communicate()[0]) == process.pid


def test_no_process_is_left_between(shared_krait, either):
    process = start(shared_krait, "-p", either, "sh", "-c", "echo $PPID")
    assert int(process.communicate()[0]) == os.getpid()


@pytest.mark.parametrize("code", [0, 1, 7, 255])
def test_the_exit_code_is_the_commands(shared_krait, either, code):
    shared_krait("run", "-p", either, "sh", "-c", f"exit {code}", code=code)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP])
def test_signals_reach_the_command(shared_krait, either, number):
    name = number.name.removeprefix("SIG")
    script = f"trap 'echo caught; exit 5' {name}; echo ready; while :; do read line || exit 9; done"
    process = start(shared_krait, "-p", either, "bash", "-c", script)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    with contextlib.suppress(BrokenPipeError):  # the trap may have ended it already
        process.stdin.write("\n")
        process.stdin.flush()
    assert process.stdout.readline() == "caught\n"
    assert process.wait(30) == 5


def test_an_unhandled_signal_ends_it_as_one(shared_krait, either):
    process = start(shared_krait, "-p", either, "sh", "-c", "echo ready; read line")
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.wait(30) == -signal.SIGTERM


def test_signals_are_as_the_caller_left_them(shared_krait, either):
    def dispositions(*words):
        text = subprocess.run(
            [*words, "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"],
            capture_output=True,
            text=True,
            env=shared_krait.environment,
            restore_signals=True,
            check=True,
        ).stdout
        return text

    assert dispositions(shared_krait.binary, "run", "-p", either) == dispositions("env")


def test_stdin_goes_through(shared_krait, either):
    result = shared_krait("run", "-p", either, "cat", input="line one\nline two\n")
    assert (result.out, result.err) == ("line one\nline two\n", "")


def test_a_terminal_stays_a_terminal(shared_krait, small):
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        str(shared_krait.binary),
        ["run", "-p", str(small), "sh", "-c", "tty; stty size"],
        env=shared_krait.environment,
        dimensions=(33, 77),
        encoding="utf-8",
    )
    child.expect("/dev/pts/[0-9]+")
    child.expect("33 77")
    child.expect(pexpect.EOF)


def test_variables(shared_krait, small):
    names = ["CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_SHLVL", "PATH"]
    out = shared_krait("run", "-n", "small", "sh", "-c", "".join(f'echo "${name}";' for name in names)).out.splitlines()
    assert out[:3] == [str(small), "small", "1"]
    assert out[3].split(":")[0] == f"{small}/bin"
    assert out[3].endswith(shared_krait.environment["PATH"])


def test_name_of_an_environment_elsewhere_is_its_path(shared_krait, demo):
    out = shared_krait("run", "-p", demo, "sh", "-c", "echo $CONDA_DEFAULT_ENV").out
    assert out == f"{demo}\n"


def test_the_environments_program_comes_first(shared_krait, demo):
    out = shared_krait("run", "-p", demo, "python", "-c", "import sys; print(sys.executable)").out
    assert out == f"{demo}/bin/python\n"


def test_activate_scripts_and_variables(shared_krait, active):
    code = "import os; print(*(os.environ.get(n) for n in {names}), sep='\\n')"
    names = [
        "FEATURE_ACTIVATE_1",
        "FEATURE_ACTIVATE_2",
        "FEATURE_ORDER",
        "FEATURE_VARIABLE",
        "FEATURE_UNICODE",
        "FEATURE_EMPTY",
        "FEATURE_LATER",
    ]
    out = shared_krait("run", "-n", "active", "python3", "-c", code.format(names=names)).out.splitlines()
    assert out == [
        f"{active}/on 1",
        f"{active}/on 2",
        "a1a2",
        "with spaces, 'single' and \"double\" quotes, $HOME and `date`",
        "größer",
        "",
        "later",
    ]


def test_several_lines_are_a_script(shared_krait, either):
    assert shared_krait("run", "-p", either, "echo a\nfalse\ncd / && pwd").out == "a\n/\n"


def test_activate_scripts_may_set_arguments(krait, own_channel):
    """What `set` leaves is not the command."""
    own_channel.add("setting", files={"etc/conda/activate.d/setting.sh": "set -- x 'y z'\nexport SEEN=1\n"})
    own_channel.write()
    krait("create", "-y", "-n", "e", "-c", own_channel, "--override-channels", "setting")
    assert krait("run", "-n", "e", "sh", "-c", 'echo "$SEEN $0 $1"', "it's", "a  b").out == "1 it's a  b\n"
    long = "x" * 1000
    assert krait("run", "-n", "e", "sh", "-c", "echo $#", "sh", *[long] * 90).out == "90\n"


@pytest.mark.parametrize(
    "words", [["a b", "c'd", 'e"f', "$HOME", "`date`", "", "*", "-p", "--json", "--", "new\nline", "ö"]]
)
def test_arguments_go_through_untouched(shared_krait, either, words):
    result = shared_krait("run", "-p", either, "python3", "-c", "import sys; print(sys.argv[1:])", *words)
    assert result.out == f"{words}\n"


def test_two_dashes_before_the_command(shared_krait, small):
    assert shared_krait("run", "-p", small, "--", "echo", "-n", "x").out == "x"


def test_inside_an_active_environment(shared_krait, small, active):
    """`run` out of one environment into another: the first one's programs and variables are gone."""
    out = shared_krait(
        "run",
        "-n",
        "active",
        shared_krait.binary,
        "run",
        "-n",
        "small",
        "sh",
        "-c",
        "echo $CONDA_PREFIX; echo $PATH; echo ${FEATURE_VARIABLE-none}",
    ).out.splitlines()
    assert out[0] == str(small)
    assert f"{active}/bin" not in out[1].split(":")
    assert out[2] == "none"


def test_options(shared_krait, small, tmp_path):
    out = shared_krait(
        "run", "-p", small, "--cwd", tmp_path, "-e", "ONE=1", "-e", "TWO=a b", "sh", "-c", "pwd; echo $ONE; echo $TWO"
    ).out
    assert out == f"{tmp_path}\n1\na b\n"
    out = shared_krait("run", "-p", small, "--clean-env", "sh", "-c", "echo ${SECRET-none}", env={"SECRET": "x"}).out
    assert out == "none\n"


def test_without_home_and_writing_nothing(shared_krait, either):
    before = snapshot(either)
    env = {"HOME": None, "MAMBA_ROOT_PREFIX": None, "LANG": None}
    assert shared_krait("run", "-p", either, "sh", "-c", "echo $CONDA_PREFIX", env=env, cwd="/").out == f"{either}\n"
    assert snapshot(either) == before


def test_unreadable_directories_on_path(shared_krait, small, tmp_path):
    env = {"PATH": f"{tmp_path}/missing:/proc/1/cwd:/etc/passwd::{shared_krait.environment['PATH']}"}
    shared_krait("run", "-p", small, "true", env=env)


def test_no_such_command(shared_krait, small):
    result = shared_krait("run", "-p", small, "no-such-command", code=None)
    assert result.code in (1, 127)
    assert "no-such-command" in result.err


def test_a_command_that_cannot_run(shared_krait, small):
    result = shared_krait("run", "-p", small, "/etc/passwd", code=None)
    assert result.code in (1, 6, 126)
    assert "/etc/passwd" in result.err


def test_a_program_without_a_shell(shared_krait, small):
    """Without activate.d there is no shell between: it works where none can be found."""
    traced = subprocess.run(
        [
            "strace",
            "-f",
            "-e",
            "trace=execve,clone,clone3,fork,vfork",
            "-o",
            "/dev/stdout",
            shared_krait.binary,
            "run",
            "-p",
            small,
            "/bin/true",
        ],
        env=shared_krait.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert traced.count("execve(") == 2, traced
    assert not re.search(r"\b(clone3?|v?fork)\(", traced), traced
