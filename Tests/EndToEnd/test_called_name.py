# SPDX-License-Identifier: BSD-3-Clause
"""Called as micromamba, mamba or conda, krait advises what can be typed by that name, and its verbs take it."""

import re
import subprocess

import pytest
from conftest import ROOT
from test_peers import called

PEERS = ["micromamba", "mamba", "conda"]


def verbs(krait):
    return krait("commands").out.split()


def own_commands(text, verbs):
    """Commands of krait's own name in a text; `krait` as a word of a sentence is the program, whatever it was called."""
    return [found[0] for found in re.finditer(r"(?<![\w/.-])krait (--?\w+|[a-z-]+)", text) if found[1] in verbs or found[1][0] == "-"]


def literals():
    """What stands in strings of the sources, with X for what is put in."""
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        for line in path.read_text().splitlines():
            line = line.strip()
            if line.startswith("//"):
                continue
            line = re.sub(r"\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", "X", line)
            yield from re.findall(r'"((?:[^"\\]|\\.)*)"', line) if '"' in line else [line]


def advised(verbs):
    """The commands that texts advise, those of examples too."""
    for text in literals():
        text = text.replace('\\"', '"')
        for command in re.findall(r"`krait ([^`]+)`", text) + re.findall(r"(?:^|: |or )krait ([^`]+)$", text):
            command = re.split(r" {2,}| > | \| | < ", command)[0]
            if command.split()[0] in verbs:
                yield command


@pytest.mark.parametrize("tool", PEERS)
def test_what_is_advised_is_taken(tool, krait, tmp_path):
    call = called(tool, krait, tmp_path)
    commands = sorted({command for command in advised(verbs(krait)) if " -- " not in command and "…" not in command})
    assert len(commands) > 60
    for command in commands:
        words = command.replace("'", "").replace('"', "").split()
        # What is put in may be the verb of a noun.
        if words[-1] == "--help" or words[0] in ("run", "exec") or words[:2] == ["tool", "run"] or words[1:2] == ["X"]:
            continue
        assert call(*words, "--help", code=None).code == 0, command


@pytest.mark.parametrize("tool", PEERS)
def test_help_is_by_the_name(tool, krait, tmp_path):
    call = called(tool, krait, tmp_path)
    known = verbs(krait)
    topics = ["channels", "specs", "locks", "images", "cold-starts", "vulnerabilities", "exit-codes", "configuration"]
    pages = [["help"], ["--help"], ["env", "export", "--help"], ["shell", "hook", "--help"], ["config", "set", "--help"]]
    for words in [*pages, *([verb, "--help"] for verb in known), *(["help", topic] for topic in topics)]:
        text = call(*words).out
        assert own_commands(text, known) == [] and "krait COMMAND" not in text, (words, own_commands(text, known))
    assert f"Usage: {tool} COMMAND" in call("--help").out and f"Usage: {tool} list [" in call("list", "--help").out
    assert f"Usage: {tool} list [" in call("list", "--help", "--json").json["text"]


WRONG = [
    ["frobnicate"],
    ["list", "--frobnicate"],
    ["env", "frobnicate"],
    ["list", "-n", "nosuch"],
    ["env", "remove", "-n", "nosuch", "-y"],
    ["run"],
    ["info", "extra"],
    ["config", "get"],
    ["config", "set", "channels"],
    ["lock"],
    ["clean"],
    ["ps"],
    ["package", "extract"],
    ["constructor"],
    ["search"],
    ["repoquery", "depends"],
    ["env", "diff", "a"],
    ["auth", "test"],
    ["auth", "logout", "nosuch.example"],
    ["install", "--revision", "3", "-n", "e"],
    ["create", "--locked", "-f", "environment.yml"],
    ["activate", "e"],
    ["tool", "install"],
    ["help", "nosuch"],
    ["push"],
    ["create", "-n", "e"],
]


@pytest.mark.parametrize("tool", PEERS)
def test_failures_are_by_the_name(tool, krait, own_channel, tmp_path):
    own_channel.add("low")
    krait("create", "-y", "-n", "e", "low", "-c", own_channel, "--override-channels")
    call = called(tool, krait, tmp_path)
    known = verbs(krait)
    named = 0
    for words in WRONG:
        for more in ([], ["--json"]):
            result = call(*words, *more, code=None)
            # micromamba has nothing to do where nothing is named.
            assert result.code or words == ["clean"], words
            assert own_commands(result.out + result.err, known) == [], (words, result)
            named += f"{tool} " in result.out + result.err
    assert named > len(WRONG)
    told = call("create", "-y", "-n", "f", "low", "-c", own_channel, "--override-channels")
    assert own_commands(told.out + told.err, known) == []


@pytest.mark.parametrize("tool", PEERS)
def test_heads_of_lists(tool, krait, own_channel, tmp_path):
    own_channel.add("low")
    krait("create", "-y", "-n", "e", "low", "-c", own_channel, "--override-channels")
    call = called(tool, krait, tmp_path)
    for words in (["list", "--explicit"], ["env", "export", "--explicit"], ["export", "--explicit"], ["list", "--export"]):
        text = call(*words, "-n", "e").out
        assert "krait" not in text.replace(str(tmp_path), ""), words
    call("export", "--explicit", "-n", "e", "-f", tmp_path / "e.txt")
    assert f"# $ {tool} create " in (tmp_path / "e.txt").read_text()


@pytest.mark.parametrize(
    "tool, block, line",
    [("micromamba", "mamba", "micromamba shell init"), ("mamba", "mamba", "mamba shell init"), ("conda", "conda", "conda init")],
)
def test_blocks_name_who_manages_them(tool, block, line, krait, tmp_path):
    call = called(tool, krait, tmp_path)
    call("shell", "init", "-s", "bash")
    lines = (krait.home / ".bashrc").read_text().splitlines()
    assert lines[:2] == [f"# >>> {block} initialize >>>", f"# !! Contents within this block are managed by '{line}' !!"]
    call(*line.split(" ")[1:], "--help")
    call("shell", "deinit", "-s", "bash")
    assert not (krait.home / ".bashrc").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "dash", "fish", "tcsh"])
@pytest.mark.parametrize("tool", PEERS)
def test_the_level_is_nought_where_nothing_is_active(tool, shell, krait, tmp_path):
    """Scripts compare it; conda and micromamba set it in their hooks and leave it at the last `deactivate`."""
    krait("create", "-y", "-n", "e")
    binary = called(tool, krait, tmp_path).binary
    name = {"dash": "posix"}.get(shell, shell)
    evaluate = {"fish": "{} | source", "tcsh": "eval \"`{}`\""}.get(shell, 'eval "$({})"').format
    hooked = [evaluate(f"{binary} shell hook -s {name}"), f"{tool} activate e", f"{tool} deactivate"]
    plain = [evaluate(f"{binary} shell {words} -s {name}") for words in ("activate e", "deactivate")]
    for lines, told in ((hooked, ["0", "1", "0"]), (plain, ["1", "0"])):
        script = tmp_path / "script"
        script.write_text("\n".join(f"{line}\necho $CONDA_SHLVL" for line in lines) + "\n")
        done = subprocess.run([shell, script], env=krait.environment, capture_output=True, text=True)
        assert (done.stdout.split(), done.stderr) == (told, ""), (lines, done)
    # By its own name everything is as it was.
    script = 'eval "$(%s shell activate e)"; eval "$(%s shell deactivate)"; echo ${CONDA_SHLVL-unset}'.replace("%s", str(krait.binary))
    assert subprocess.run(["dash", "-c", script], env=krait.environment, capture_output=True, text=True).stdout == "unset\n"
