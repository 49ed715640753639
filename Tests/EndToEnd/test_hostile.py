# SPDX-License-Identifier: BSD-3-Clause
"""Hostile archives through the binary: exit 5, a reason, nothing outside and nothing left (Requirements R-11)."""

import os

import pytest

from hostile import Case, outside
from packages import Channel, small_python
from prefixes import files, snapshot

CASES = {case.name: case for case in outside("")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def hostile(folder):
    """A channel with all of them, whose records tell the truth about size and hash; the cases by name."""
    channel = small_python(Channel(folder / "channel"))
    cases = {}
    channel.write = lambda: None
    for case in outside(folder):
        record = {**case.index_json(), **case.record}
        if case.link and record.get("noarch") == "python":
            record["depends"] = ["python"]
        channel.put(f"{case.name}-1.0-0{case.suffix}", case.archive(), record)
        cases[case.name] = case
    del channel.write
    channel.add("innocent", "1.0", {"share/innocent": "nothing wrong\n"})
    (folder / "canary").write_text("canary\n")
    return channel, cases


def test_there_are_many():
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", CASES)
def test_is_refused(krait, hostile, folder, tmp_path, name):
    channel, cases = hostile
    case = cases[name]
    living = tmp_path / "living"
    krait.create(living, "innocent", "python", channel=channel)
    cache, before = files(krait.cache / "krait-v1"), snapshot(living)
    words = ["-c", channel, "--override-channels", name]
    for verb, prefix, more in (
        ("create", tmp_path / "new", []),
        ("install", living, []),
        ("create", tmp_path / "new", ["--no-cache"]),
        ("install", living, ["--no-cache"]),
    ):
        result = krait(verb, "-y", "-p", prefix, *words, *more, code=case.code, env=case.env)
        complaint = result.complaint
        assert case.reason in complaint and name in complaint, result
        assert result.out == "" and len(complaint.splitlines()) <= 6, result
        assert all(character == "\n" or character.isprintable() for character in complaint), result
        assert "Fatal error" not in complaint and ".swift" not in complaint, result
        # Nothing is left, inside or beside, and nothing was made elsewhere.
        assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "living"]
        assert snapshot(living) == before
        assert files(krait.cache / "krait-v1") == cache
        assert not [path for path in os.listdir(krait.cache / "krait-v1") if path.startswith(".")]
        assert sorted(path.name for path in folder.iterdir()) == ["canary", "channel"]
        assert (folder / "canary").read_text() == "canary\n"


def test_the_limits_are_settings(krait):
    described = krait("config", "describe").out
    for name, default in (
        ("maximum_package_size", "68719476736"),
        ("maximum_package_entries", "400000"),
        ("maximum_package_ratio", "256"),
        ("maximum_package_window", "134217728"),
    ):
        assert name in described and default in described


def test_limits_can_be_raised(krait, hostile, tmp_path):
    """What is refused for its size alone is taken by who says so."""
    channel, cases = hostile
    (krait.home / ".condarc").write_text("maximum_package_size: 10000000\n")
    krait.create(tmp_path / "env", "zstd-bomb", channel=channel, code=5)
    (krait.home / ".condarc").write_text("maximum_package_size: 100000000\n")
    krait.create(tmp_path / "env", "zstd-bomb", channel=channel)
    assert (tmp_path / "env/lib/zeros3").stat().st_size == 8 << 20


# One package that makes way for another


@pytest.mark.parametrize("words", [[], ["--no-cache"]], ids=["cache", "no cache"])
@pytest.mark.parametrize("at_once", [True, False])
def test_one_package_leads_another_astray(krait, own_channel, tmp_path, words, at_once):
    """The first has a link where the second has a directory: alone both are honest."""
    (tmp_path / "victim").mkdir()
    leads = Case("leads", "", payload=lambda tar: tar.add("share/out", kind=b"2", target=str(tmp_path / "victim")))
    follows = Case("follows", "", payload=lambda tar: tar.add("share/out/planted", "planted\n"))
    for case in (leads, follows):
        own_channel.put(f"{case.name}-1.0-0.conda", case.archive(), case.index_json())
    prefix = tmp_path / "env"
    if at_once:
        krait.create(prefix, "leads", "follows", *words, channel=own_channel)
    else:
        krait.create(prefix, "leads", channel=own_channel)
        krait("install", "-y", "-p", prefix, "-c", own_channel, "--override-channels", "follows", *words)
    # Both have `share/out`: the one that lost its name is kept aside.
    assert not (prefix / "share/out").is_symlink() and (prefix / "share/out/planted").is_file()
    assert (prefix / "__clobbers__/leads/share/out").is_symlink()
    assert list((tmp_path / "victim").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"home", "own-channel", "env", "victim"}
