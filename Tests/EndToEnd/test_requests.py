# SPDX-License-Identifier: BSD-3-Clause
"""What was asked for is remembered, whatever way it came, and holds as long as it is true."""

import json
import re

import pytest
from prefixes import files


@pytest.fixture
def parts(own_channel):
    """`app` needs `lib`, which needs `base`; `other` needs `base`, too. A later `app` needs nothing."""
    own_channel.add("base", files={"share/base": "1"})
    own_channel.add("lib", files={"share/lib": "1"}, depends=["base"])
    own_channel.add("app", files={"share/app": "1"}, depends=["lib"])
    own_channel.add("other", files={"share/other": "1"}, depends=["base"])
    own_channel.add("ring-a", files={"share/ring-a": "1"}, depends=["ring-b"])
    own_channel.add("ring-b", files={"share/ring-b": "1"}, depends=["ring-a"])
    return own_channel


NAMES = ["app", "other", "ring-a"]
ALL = {"share/app", "share/lib", "share/base", "share/other", "share/ring-a", "share/ring-b"}
CHANNEL = ["--override-channels", "-c"]


def installed(prefix):
    return {path for path in files(prefix) if path.startswith("share/")}


def explicit(krait, parts, directory):
    lines = [f"file://{path}" for path in sorted((parts.directory / "noarch").glob("*.bz2"))]
    (directory / "list.txt").write_text("@EXPLICIT\n" + "\n".join(lines) + "\n")
    return ["-f", directory / "list.txt"]


def archives(krait, parts, directory):
    return sorted((parts.directory / "noarch").glob("*.bz2"))


def written(name):
    def write(krait, parts, directory):
        krait.create(directory / "first", *NAMES, "--write-lock", directory / name, channel=parts)
        return ["-f", directory / name]

    return write


MAKERS = {
    "explicit": explicit,
    "conda-lock": written("conda-lock.yml"),
    "pixi": written("pixi.lock"),
    "written": written("env.txt"),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("isCloned", [False, True])
def test_remove_after_a_lock(krait, parts, tmp_path, maker, isCloned):
    prefix = tmp_path / "env"
    krait("create", "-y", "-p", prefix, *MAKERS[maker](krait, parts, tmp_path))
    if isCloned:
        krait("create", "-y", "-p", tmp_path / "clone", "--clone", prefix)
        prefix = tmp_path / "clone"
    assert installed(prefix) == ALL
    krait("remove", "-y", "-p", prefix, "app")
    assert installed(prefix) == ALL - {"share/app", "share/lib"}
    krait("remove", "-y", "-p", prefix, "ring-b")
    assert installed(prefix) == {"share/other", "share/base"}


def test_archives_on_the_command_line_are_asked_for(krait, parts, tmp_path):
    prefix = tmp_path / "env"
    krait("create", "-y", "-p", prefix, *archives(krait, parts, tmp_path))
    krait("remove", "-y", "-p", prefix, "app")
    assert installed(prefix) == ALL - {"share/app"}


@pytest.mark.parametrize("maker", MAKERS)
def test_update_prune_after_a_lock(krait, parts, tmp_path, maker):
    prefix = tmp_path / "env"
    krait("create", "-y", "-p", prefix, *MAKERS[maker](krait, parts, tmp_path))
    parts.add("app", "2.0", files={"share/app": "2"})
    krait("update", "-y", "--prune", "-p", prefix, *CHANNEL, parts, "app")
    assert installed(prefix) == ALL - {"share/lib"}
    assert (prefix / "share/app").read_text() == "2"


def test_history_and_records_of_a_list_are_as_condas(krait, parts, tmp_path):
    prefix = tmp_path / "env"
    krait("create", "-y", "-p", prefix, *explicit(krait, parts, tmp_path))
    history = (prefix / "conda-meta/history").read_text()
    specs = json.loads(re.search("^# update specs: (.*)$", history, re.M)[1])
    assert specs == [f"{name}==1.0=0" for name in ["app", "base", "lib", "other", "ring-a", "ring-b"]]
    for path in (prefix / "conda-meta").glob("*.json"):
        record = json.loads(path.read_text())
        assert record["requested_specs"] == [f"{record['name']}==1.0=0"]
    krait("install", "-y", "-p", prefix, *CHANNEL, parts, "lib")
    krait("remove", "-y", "-p", prefix, "app")
    assert "share/lib" in installed(prefix), "what was asked for by itself since then stays"


def test_lists_of_other_tools_and_words_that_are_missing(krait, parts, tmp_path):
    """micromamba and conda do not mark a list, py-rattler and older versions of krait say nothing."""
    for change in [
        lambda text: text.replace("# list: true\n", "").replace("krait version", "mamba version"),
        lambda text: re.sub("# (update specs|list): .*\n", "", text),
        lambda text: "",
    ]:
        prefix = tmp_path / "env"
        krait("create", "-y", "-p", prefix, *explicit(krait, parts, tmp_path))
        history = prefix / "conda-meta/history"
        history.write_text(change(history.read_text()))
        if "update specs" not in history.read_text():
            for path in (prefix / "conda-meta").glob("*.json"):
                record = json.loads(path.read_text())
                del record["requested_specs"], record["requested_spec"]
                path.write_text(json.dumps(record))
        krait("remove", "-y", "-p", prefix, "app")
        assert installed(prefix) == ALL - {"share/app", "share/lib"}, change
        krait("env", "remove", "-y", "-p", prefix)


def test_only_deps_are_kept(krait, parts, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "--only-deps", "app", channel=parts)
    krait("install", "-y", "-p", prefix, *CHANNEL, parts, "other")
    krait("remove", "-y", "-p", prefix, "other")
    assert installed(prefix) == {"share/lib", "share/base"}


@pytest.fixture
def versions(own_channel):
    for version in ("1.0", "2.0"):
        own_channel.add("tool", version, files={"share/tool": version})
        own_channel.add("held", version, files={"share/held": version})
    own_channel.add("needs-new", files={"share/needs-new": "x"}, depends=["tool >=2"])
    own_channel.add("plain", files={"share/plain": "x"})
    return own_channel


def test_update_all_takes_what_was_asked_for_with_a_version(krait, versions, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "tool=1.0", "held=1.0", "plain", channel=versions)
    (prefix / "conda-meta/pinned").write_text("held 1.*\n")
    words = ["-y", "-p", prefix, *CHANNEL, versions]
    krait("update", *words, "--all")
    assert (prefix / "share/tool").read_text() == "2.0"
    assert (prefix / "share/held").read_text() == "1.0", "pins hold"
    for verb in (["update", "plain"], ["install", "plain"], ["install", "needs-new"], ["remove", "plain"]):
        krait(verb[0], *words, verb[1])
        assert (prefix / "share/tool").read_text() == "2.0"
    assert installed(prefix) == {"share/tool", "share/held", "share/needs-new"}


def test_specs_that_no_longer_hold_are_named(krait, versions, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "tool=1.0", "plain", channel=versions)
    result = krait("install", "-y", "-p", prefix, *CHANNEL, versions, "needs-new")
    assert "earlier requests that no longer hold: tool=1.0" in result.err
    result = krait("install", "-y", "-p", prefix, *CHANNEL, versions, "held")
    assert "no longer hold" not in result.err
