# SPDX-License-Identifier: BSD-3-Clause
"""Why there is no solution: the cause in the user's words, and a way out that works (Requirements R-15, R-26)."""

import json
import re

import pytest

from packages import Channel
from prefixes import versions


class Scene:
    """A channel, and what to ask of it."""

    def __init__(self, krait, channel, prefix):
        self.krait, self.channel, self.prefix = krait, channel, prefix
        self.words = ["-c", channel, "--override-channels", "--no-pip"]

    def create(self, *words, **more):
        return self.krait("create", "-y", "--dry-run", "-p", self.prefix, *self.words, *words, **more)

    def refused(self, *words, verb="create"):
        """The lines of the message."""
        dry = ["--dry-run"] if verb == "create" else []
        result = self.krait(verb, "-y", *dry, "-p", self.prefix, *self.words, *words, code=3)
        lines = result.complaint.splitlines()
        assert len(lines) <= 40 and result.out == "", result
        document = self.krait(verb, "-y", "--json", *dry, "-p", self.prefix, *self.words, *words, code=3).json
        said = json.dumps(document, ensure_ascii=False)
        # The document holds the same graph.
        for line in lines[1:]:
            text = line.lstrip(" │├└─")
            if not text.startswith(("hint:", "…")):
                assert json.dumps(text, ensure_ascii=False)[1:-1] in said, (text, said)
        return lines

    def hints(self, lines):
        """What is between backticks in the hints."""
        text = "\n".join(lines)
        return re.findall(r"`([^`]+)`", text[text.index("hint:"):])


@pytest.fixture
def scene(krait, own_channel, tmp_path):
    return Scene(krait, own_channel, tmp_path / "env")


def test_hidden_by_strict_priority(scene, krait, tmp_path):
    one, two = Channel(tmp_path / "first"), Channel(tmp_path / "second")
    one.add("lib", "1.0")
    two.add("lib", "2.0")
    two.add("tool", "1.0", depends=["lib >=2"])
    scene.words = ["-c", one, "-c", two, "--override-channels"]
    lines = scene.refused("tool", "--strict-channel-priority")
    text = "\n".join(lines)
    assert "tool 1.0 needs lib >=2" in text
    assert f"strict channel priority leaves out 1 build of lib in channel `file://{two}`" in text
    assert f"`file://{one}` has the package too" in text
    flag, spec = scene.hints(lines)[:2]
    scene.create("tool", *flag.split())
    scene.create("tool", spec, "--strict-channel-priority")


def test_needs_a_virtual_package(scene, own_channel):
    own_channel.add("gpu", "1.0", depends=["__cuda >=12.4"])
    lines = scene.refused("gpu")
    assert "the virtual package `__cuda >=12.4` is required, but this machine has none" in "\n".join(lines)
    scene.create("gpu", *scene.hints(lines)[0].split())


def test_python_is_too_new(scene, own_channel):
    for minor in range(8, 14):
        own_channel.add("python", f"3.{minor}.1")
    for minor in range(8, 12):
        own_channel.add("old", "1.0", build=f"py3{minor}_0", depends=[f"python 3.{minor}.*"])
    lines = scene.refused("python=3.13", "old")
    # The newest first, and ranges of versions rather than each.
    assert lines[0] == "error: `old` cannot be installed:"
    assert lines[1] == "└─ old 1.0 needs python 3.11.* or python 3.10.* or python 3.9.* or 1 more"
    assert lines[2] == "   └─ python 3.8.1 … 3.11.1 is excluded by `python=3.13`"
    scene.create(scene.hints(lines)[0], "old")


def test_a_pin(scene, own_channel):
    own_channel.add("lib", "1.0")
    own_channel.add("lib", "2.0")
    own_channel.add("tool", "1.0", depends=["lib >=2"])
    lines = scene.refused("tool", "--pin", "lib=1")
    assert "lib 2.0 is excluded by the pin `lib=1`" in "\n".join(lines)
    assert "--no-pin" in scene.hints(lines)
    scene.create("tool", "--pin", "lib=1", "--no-pin")


def test_a_pin_of_the_environment(scene, krait, own_channel):
    own_channel.add("lib", "1.0")
    krait("create", "-y", "-p", scene.prefix, *scene.words, "lib")
    (scene.prefix / "conda-meta/pinned").write_text("lib 1.*\n")
    own_channel.add("lib", "2.0")
    lines = scene.refused("lib=2", verb="install")
    assert "lib 2.0 is excluded by the pin `lib=1`" in "\n".join(lines)
    krait("install", "-y", "--dry-run", "-p", scene.prefix, *scene.words, "lib=2", scene.hints(lines)[0])


def test_the_minor_version_of_python_is_a_pin(scene, krait, own_channel):
    for minor in (11, 12):
        own_channel.add("python", f"3.{minor}.0")
    own_channel.add("app", "1.0", depends=["python"])
    krait("create", "-y", "-p", scene.prefix, *scene.words, "app", "--pin", "python=3.11")
    own_channel.add("tool", "1.0", depends=["python >=3.12"])
    lines = scene.refused("tool", verb="install")
    assert "python 3.12.0 is excluded by the pin `python=3.11`" in "\n".join(lines)
    assert scene.hints(lines) == ["--no-py-pin"]
    krait("install", "-y", "--dry-run", "-p", scene.prefix, *scene.words, "tool", *scene.hints(lines))


def test_what_was_asked_for_earlier(scene, krait, own_channel):
    for minor in (11, 12):
        own_channel.add("python", f"3.{minor}.0")
    krait("create", "-y", "-p", scene.prefix, *scene.words, "python=3.11")
    own_channel.add("tool", "1.0", depends=["python >=3.12"])
    lines = scene.refused("tool", verb="install")
    assert "python 3.12.0 is excluded by `python=3.11` (requested earlier)" in "\n".join(lines)
    assert "by naming another version of it" in lines[-1]
    krait("install", "-y", "--dry-run", "-p", scene.prefix, *scene.words, "tool", "python=3.12")


def test_frozen_packages(scene, krait, own_channel):
    own_channel.add("lib", "1.0")
    krait("create", "-y", "-p", scene.prefix, *scene.words, "lib")
    own_channel.add("lib", "2.0")
    own_channel.add("tool", "1.0", depends=["lib >=2"])
    lines = scene.refused("tool", "--freeze-installed", verb="install")
    assert "--freeze-installed" in "\n".join(lines)
    krait("install", "-y", "--dry-run", "-p", scene.prefix, *scene.words, "tool")


def test_excluded_by_date(scene, own_channel):
    own_channel.add("lib", "1.0", index={"timestamp": 1704067200000})
    own_channel.add("lib", "2.0")
    for spec in ("lib=2", "lib>=1.5"):
        text = "\n".join(scene.refused(spec, "--exclude-newer", "2024-06-01"))
        assert "1 build of lib is newer than `--exclude-newer` allows" in text
        assert "hint: `--exclude-newer` with a later date" in text
    scene.create("lib=2", "--exclude-newer", "2025-06-01")


def test_a_conflict_tells_what_is_excluded_by_date(scene, own_channel):
    old = {"timestamp": 1704067200000}
    own_channel.add("lib", "1.0", index=old)
    own_channel.add("lib", "2.0", index=old)
    own_channel.add("one", "1.0", depends=["lib <2"], index=old)
    own_channel.add("two", "1.0", depends=["lib >=2"], index=old)
    own_channel.add("one", "1.1", depends=["lib >=2"])
    text = "\n".join(scene.refused("one", "two", "--exclude-newer", "2024-06-01"))
    assert "1 build of what is needed (one) is newer than `--exclude-newer` allows" in text
    assert "`--exclude-newer` with a later date" in text
    scene.create("one", "two", "--exclude-newer", "2025-06-01")


def test_only_for_another_platform(scene, own_channel):
    record = {**own_channel.records, "osx-arm64": {}}
    own_channel.records = record
    (own_channel.directory / "osx-arm64").mkdir()
    own_channel.add("appnope", "1.0", noarch=None, subdir="osx-arm64")
    own_channel.add("shell", "1.0", depends=["appnope"])
    for spec in ("appnope", "shell"):
        lines = scene.refused(spec)
        assert "`appnope` is only available for osx-arm64" in "\n".join(lines)
        scene.create(spec, *scene.hints(lines)[0].split())


def test_unknown_build(scene, own_channel):
    own_channel.add("lib", "1.0", build="cpu_0")
    lines = scene.refused("lib=1.0=cuda*")
    assert "no build of lib 1.0 matches `cuda*` (1 other exists)" in "\n".join(lines)
    scene.create(scene.hints(lines)[0])


@pytest.mark.parametrize(("dependency", "reason"), [
    ("a[when='(python']", "a `(` is not closed"),
    ("a[when='python and']", "a spec is missing"),
    ("a[when='py*']", "`py*` is on a pattern of names"),
    ("a[when='b[when=c]']", "a condition in a condition"),
    ("a[extras=[A]]", "`A` is not the name of a dependency group"),
    ("a[flags=['x:y:z']]", "`x:y:z` is not a flag"),
])
def test_a_malformed_condition_is_named(scene, own_channel, dependency, reason):
    own_channel.add("a", "1.0")
    own_channel.add("lib", "2.0", depends=[dependency])
    text = "\n".join(scene.refused("lib"))
    assert f"lib 2.0 needs {dependency}" in text and reason in text
    # Other versions are there for that.
    own_channel.add("lib", "1.0", index={"extra_depends": {"all": ["a"]}})
    assert "+  lib  1.0" in scene.create("lib[extras=[all]]").err
    result = scene.create(dependency, code=2)
    assert reason in result.complaint


def test_long_stories_are_cut(scene, own_channel):
    for number in range(60):
        own_channel.add(f"part{number}", "1.0", depends=[f"piece{number} >=2", "core"])
        own_channel.add(f"piece{number}", "1.0")
    own_channel.add("core", "1.0")
    own_channel.add("whole", "1.0", depends=[f"part{number}" for number in range(60)])
    scene.refused("whole", *[f"part{number}" for number in range(60)])


def test_a_removal_pays_no_attention_to_pins(scene, krait, own_channel):
    own_channel.add("lib", "1.0")
    own_channel.add("lib", "2.0")
    own_channel.add("tool", "1.0")
    krait("create", "-y", "-p", scene.prefix, *scene.words, "lib", "tool")
    (scene.prefix / "conda-meta/pinned").write_text("lib 1.*\n")
    krait("remove", "-y", "-p", scene.prefix, "tool")
    assert versions(scene.prefix) == {"lib": "2.0"}


def test_a_test_case_can_be_written(scene, own_channel, tmp_path):
    own_channel.add("lib", "1.0")
    own_channel.add("tool", "1.0", depends=["lib >=2"])
    scene.refused("tool", "--debug-testcase", tmp_path / "case")
    text = (tmp_path / "case").read_text()
    assert text.startswith("krait-testcase\t1\n") and "lib >=2" in text


def test_two_that_exclude_each_other(scene, own_channel):
    own_channel.add("lib", "1.0")
    own_channel.add("lib", "2.0")
    own_channel.add("one", "1.0", depends=["lib <2"])
    own_channel.add("two", "1.0", depends=["lib >=2"])
    own_channel.add("three", "1.0")
    lines = scene.refused("one", "two", "three")
    assert scene.hints(lines) == ["one", "two"]
    for other in ("one", "two"):
        scene.create(other, "three")


def test_a_dependency_that_no_channel_has(scene, own_channel):
    own_channel.add("lib", "1.0")
    own_channel.add("tool", "1.0", depends=["lib >=2"])
    lines = scene.refused("tool")
    assert "no lib matches `lib >=2`; available: 1.0" in "\n".join(lines)
    assert "look for `lib >=2` in another channel" in lines[-1]


def test_what_is_misspelt_at_an_update(scene, krait, own_channel):
    own_channel.add("pandas", "1.0")
    krait("create", "-y", "-n", "x", *scene.words, "pandas")
    result = krait("update", "-n", "x", *scene.words, "pands", code=2)
    assert "hint: did you mean `pandas`?" in result.complaint
    result = krait("update", "-n", "x", *scene.words, "other", code=2)
    assert "hint: install it with `krait install -n x other`" in result.complaint


def test_an_index_that_is_not_on_this_machine(krait, tmp_path):
    words = ["create", "-p", tmp_path / "env", "-c", "http://127.0.0.1:9/channel", "--override-channels", "x", "--retries", "0"]
    assert "--offline" not in krait(*words, code=4).complaint
    complaint = krait(*words, "--offline", code=4).complaint
    assert "without --offline where there is a network" in complaint


@pytest.mark.parametrize("word", ["./missing.conda", "./missing-1-0.conda", "no/missing-1-0.tar.bz2"])
def test_an_archive_that_is_not_there(krait, tmp_path, word):
    result = krait("create", "-p", tmp_path / "env", word, code=2)
    assert result.err == f"error: `{word}`: there is no such file\n"


def test_what_create_takes_the_place_of(scene, krait, own_channel):
    own_channel.add("one", "1.0")
    own_channel.add("two", "1.0")
    krait("create", "-y", "-p", scene.prefix, *scene.words, "one")
    result = krait("create", "-y", "-p", scene.prefix, *scene.words, "two")
    assert "Replaces:    the environment that is there, with 1 package\n" in result.err
    assert "Replace the environment; Install 1" in result.err
