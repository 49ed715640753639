# SPDX-License-Identifier: BSD-3-Clause
"""Nobody at the keyboard: containers, pipes, cron; what is asked then, and what the answer is."""

import os
import pty
import signal
import subprocess

import pytest


@pytest.fixture
def channel_words(own_channel):
    own_channel.add("tiny", files={"share/tiny": "tiny"})
    own_channel.write()
    return ["-c", str(own_channel), "--override-channels"]


@pytest.fixture
def file(tmp_path, own_channel):
    own_channel.add("tiny", files={"share/tiny": "tiny"})
    own_channel.write()
    path = tmp_path / "environment.yml"
    path.write_text(f"name: made\nchannels: [{own_channel}]\ndependencies: [tiny]\n")
    return path


@pytest.mark.parametrize("answer", [None, "", "\n", "y\n", "yes\n", "what\ny\n", "y\n" * 1000])
def test_yes_is_the_answer(krait, channel_words, answer):
    krait("create", "-n", "e", *channel_words, "tiny", input=answer)
    assert (krait.root / "envs/e/share/tiny").exists()
    krait("remove", "-n", "e", "tiny", input=answer)
    assert not (krait.root / "envs/e/share/tiny").exists()
    krait("clean", "--all", input=answer)


@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_closed_input_is_the_end_of_one(krait, channel_words, closed):
    """A pipe or file that is opened later must not stand where the input was, and be waited for."""
    words = [str(krait.binary), "create", "-n", "e", *map(str, channel_words), "tiny"]
    subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", *words], env=krait.environment, timeout=60)
    assert (krait.root / "envs/e/share/tiny").exists()


@pytest.mark.parametrize("answer", ["n\n", "no\n", "what\nN\n"])
def test_no_is_an_answer(krait, channel_words, answer):
    result = krait("create", "-n", "e", *channel_words, "tiny", input=answer)
    assert "Aborted" in result.err and not (krait.root / "envs/e").exists()


def test_quiet_does_not_ask(krait, channel_words):
    assert krait("create", "-q", "-n", "e", *channel_words, "tiny", input="n\n").err == ""
    assert (krait.root / "envs/e/share/tiny").exists()


@pytest.mark.parametrize("input", [None, "n\n"])
def test_some_verbs_never_ask(krait, channel_words, file, input):
    told = krait("env", "create", "-f", file, input=input).err
    assert "Proceed?" not in told and "krait run -n made COMMAND" in told
    assert (krait.root / "envs/made/share/tiny").exists()
    assert "Proceed?" not in krait("env", "update", "-n", "made", "-f", file, input=input).err
    assert "Proceed?" not in krait("create", "-n", "empty", input=input).err
    assert (krait.root / "envs/empty/conda-meta/history").exists()


@pytest.mark.parametrize("words", [["env", "remove"], ["remove", "--all"]])
@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_a_whole_environment_goes_only_with_a_word(krait, channel_words, words, quiet):
    krait("create", "-y", "-n", "e", *channel_words, "tiny")
    for input in (None, "", "\n"):
        result = krait(*words, "-n", "e", *quiet, code=2, input=input)
        assert "hint: add -y" in result.complaint
        assert (krait.root / "envs/e/share/tiny").exists()
    assert "Aborted" in krait(*words, "-n", "e", *quiet, input="n\n").err + ("Aborted" if quiet else "")
    assert (krait.root / "envs/e/share/tiny").exists()
    krait(*words, "-n", "e", *quiet, input="y\n")
    assert not (krait.root / "envs/e").exists()


def on_terminal(krait, channel_words):
    """(a `create` that asks on a terminal, the end of the terminal that a user would be at)"""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [krait.binary, "create", "-n", "e", *channel_words, "tiny"],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=krait.merged({}),
    )
    os.close(follower)
    return process, leader


def test_a_terminal_is_asked(krait, channel_words):
    for typed, exists in ((b"n\n", False), (b"\x04", False), (b"\n", True)):
        process, leader = on_terminal(krait, channel_words)
        os.write(leader, typed)
        said = b""
        try:
            while chunk := os.read(leader, 4096):
                said += chunk
        except OSError:
            pass
        assert process.wait(60) == 0
        assert b"Proceed? [Y/n]" in said
        assert (krait.root / "envs/e").exists() == exists, typed


def test_an_interrupt_ends_a_question(krait, channel_words):
    process, leader = on_terminal(krait, channel_words)
    said = b""
    while b"[Y/n]" not in said:
        said += os.read(leader, 4096)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert not (krait.root / "envs/e").exists()
