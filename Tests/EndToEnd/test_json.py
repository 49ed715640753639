# SPDX-License-Identifier: BSD-3-Clause
"""With --json stdout is one document, whatever happens; without a terminal progress is plain; NO_COLOR."""

import json
import re

import pytest

from conftest import CHANNEL

WORDS = ["-c", str(CHANNEL), "--override-channels"]

#: every verb with words that succeed; {env} is an environment, {new} is none yet, {file} an environment.yml
SUCCESS = [
    ["create", "-y", "-p", "{new}", *WORDS, "feature-tar-bz2"],
    ["create", "--dry-run", "-p", "{new}", *WORDS, "feature-tar-bz2"],
    ["create", "-y", "-p", "{new}", *WORDS, "feature-link-scripts", "feature-clobber-a", "feature-clobber-b"],
    ["create", "-y", "-p", "{new}", "-f", "{file}"],
    ["install", "-y", "-p", "{env}", *WORDS, "feature-symlinks"],
    ["install", "-y", "-p", "{env}", *WORDS, "feature-hard-links"],
    ["install", "--dry-run", "-p", "{env}", *WORDS, "feature-symlinks"],
    ["update", "-y", "-p", "{env}", *WORDS, "feature-hard-links"],
    ["update", "-y", "-p", "{env}", *WORDS, "--all"],
    ["remove", "-y", "-p", "{env}", "feature-hard-links"],
    ["remove", "-y", "-p", "{env}", "--all"],
    ["list", "-p", "{env}"],
    ["list", "-p", "{env}", "--revisions"],
    ["info"],
    ["env", "list"],
    ["env", "export", "-p", "{env}"],
    ["env", "create", "-y", "-p", "{new}", "-f", "{file}"],
    ["config", "list"],
    ["config", "sources"],
    ["search", *WORDS, "feature-*"],
    ["repoquery", "search", *WORDS, "numpy"],
    ["repoquery", "depends", *WORDS, "flask"],
    ["repoquery", "whoneeds", *WORDS, "flask"],
    ["clean", "-y", "--all"],
    ["doctor", "-p", "{env}"],
    ["shell", "init", "-s", "bash"],
]

#: every verb with words that fail, and the exit codes that may be
FAILURE = [
    (["create", "-y", "-p", "{new}", *WORDS, "nunpy"], {3}),
    (["create", "-y", "-p", "{new}", *WORDS, "feature-conflict"], {3}),
    (
        ["create", "-y", "-p", "{new}", "-c", "http://127.0.0.1:1/x", "--override-channels", "--retries", "0", "numpy"],
        {4},
    ),
    (["create", "-y", "-p", "{file}", *WORDS, "feature-tar-bz2"], {1, 2, 6}),
    (["create", "-y", "-p", "{new}", *WORDS, "feature-link-script-fails"], {1}),
    (["create", "--no-such-option"], {2}),
    (["create", "-y"], {2}),
    (["no-such-verb"], {2}),
    (["install", "-y", "-p", "{env}", *WORDS, "nunpy"], {3}),
    (["install", "-y", "-p", "{new}", *WORDS, "feature-tar-bz2"], {1, 2, 6}),
    (["update", "-y", "-p", "{new}", *WORDS, "--all"], {1, 2, 6}),
    (["remove", "-y", "-p", "{env}", "nunpy"], {1, 2, 3}),
    (["list", "-p", "{new}"], {1, 2, 6}),
    (["run", "-p", "{new}", "true"], {1, 2, 6}),
    (["env", "export", "-p", "{new}"], {1, 2, 6}),
    (["env", "remove", "-y", "-p", "{new}"], {1, 2, 6}),
    (["search", *WORDS, "numpy=="], {2}),
    (["doctor", "-p", "{new}"], {1, 2, 6}),
    (["config", "get", "no_such_key"], {1, 2}),
]


@pytest.fixture
def places(krait, tmp_path):
    krait.create(tmp_path / "env", "feature-hard-links=1.0")
    (tmp_path / "environment.yml").write_text(f"channels: [{CHANNEL}, nodefaults]\ndependencies: [feature-tar-bz2]\n")
    return {"env": tmp_path / "env", "new": tmp_path / "new", "file": tmp_path / "environment.yml"}


def filled(words, places):
    return [word.format(**places) if "{" in word else word for word in words]


@pytest.mark.parametrize("words", SUCCESS, ids=lambda words: " ".join(words)[:50])
def test_one_document_in_success(krait, places, words):
    result = (
        krait(words[0], "--json", *filled(words[1:], places))
        if words[0] not in ("env", "config", "shell", "repoquery")
        else krait(*filled(words, places), "--json")
    )
    document = json.loads(result.out)
    assert isinstance(document, (dict, list))
    if isinstance(document, dict):
        assert document.get("success", True) is True
    assert result.err == ""


@pytest.mark.parametrize(
    "words, codes", FAILURE, ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else ""
)
def test_one_document_in_failure(krait, places, words, codes):
    filled_words = filled(words, places)
    result = (
        krait(filled_words[0], "--json", *filled_words[1:], code=None)
        if words[0] not in ("env", "config")
        else krait(*filled_words, "--json", code=None)
    )
    assert result.code in codes, result
    document = json.loads(result.out)
    assert document["success"] is False
    assert document["exit_code"] == result.code
    assert document["error"] and document["code"]
    assert result.err == ""


def test_actions_of_a_change(krait, places):
    actions = krait("update", "-y", "--json", "-p", places["env"], *WORDS, "feature-hard-links").json["actions"]
    assert [(record["name"], record["version"]) for record in actions["LINK"]] == [("feature-hard-links", "2.0")]
    assert [(record["name"], record["version"]) for record in actions["UNLINK"]] == [("feature-hard-links", "1.0")]


def test_problems_of_a_solve(krait, places):
    document = krait("create", "-y", "--json", "-p", places["new"], *WORDS, "feature-conflict", code=3).json
    assert document["solver_problems"]


@pytest.mark.parametrize("code, words", [(2, ["--jsn"]), (2, ["create", "--json", "--nonsense"])])
def test_json_is_seen_wherever_it_stands(krait, code, words):
    result = krait(*words, "--json", code=code)
    assert json.loads(result.out)["exit_code"] == code


def test_json_of_the_command_is_not_ours(krait, places):
    result = krait("run", "-p", places["env"], "echo", "--json")
    assert result.out == "--json\n"


CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def test_plain_without_a_terminal(krait, server, tmp_path):
    result = krait.create(tmp_path / "env", "feature-big", "feature-names", channel=server.url)
    assert not CONTROL.search(result.err), repr(result.err)
    assert len(result.err.splitlines()) < 40


def on_a_terminal(krait, *words, env=None):
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        str(krait.binary),
        [str(word) for word in words],
        env=krait.merged({"TERM": "xterm", **(env or {})}),
        encoding="utf-8",
        timeout=60,
        dimensions=(24, 80),
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    return child.before


def slow(handler):
    """A fault: a quarter of a second for the body, long enough for progress to be drawn."""
    import time

    body = handler.file()
    handler.send(200, body[:100], length=len(body))
    handler.wfile.flush()
    time.sleep(0.5)
    handler.wfile.write(body[100:])
    return True


def test_progress_on_a_terminal(krait, server, tmp_path):
    server.faults[".conda"] = slow
    text = on_a_terminal(
        krait, "create", "-y", "-p", tmp_path / "env", "-c", server.url, "--override-channels", "feature-big"
    )
    assert "\r" in text.replace("\r\n", "\n"), "no line was drawn again"
    assert max(len(line) for line in re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).replace("\r", "\n").splitlines()) <= 200


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour(krait, server, tmp_path, env):
    server.faults[".conda"] = slow
    text = on_a_terminal(
        krait, "create", "-y", "-p", tmp_path / "env", "-c", server.url, "--override-channels", "feature-big", env=env
    )
    assert not re.search(r"\x1b\[[0-9;]*m", text), repr(text)


@pytest.mark.parametrize(
    "words, env", [(["-q"], {}), (["--progress", "none"], {}), (["--progress", "plain"], {}), ([], {"CI": "true"})]
)
def test_no_progress_on_request(krait, server, tmp_path, words, env):
    server.faults[".conda"] = slow
    text = on_a_terminal(
        krait,
        "create",
        "-y",
        "-p",
        tmp_path / "env",
        "-c",
        server.url,
        "--override-channels",
        "feature-big",
        *words,
        env=env,
    )
    assert "\r" not in text.replace("\r\n", "\n")
