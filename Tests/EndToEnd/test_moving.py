# SPDX-License-Identifier: BSD-3-Clause
"""The tree is a function of the packages: random lives of environments, each compared with a fresh create.

`KRAIT_LIVES=2000` plays that many; `KRAIT_LIVES_FROM=17 KRAIT_LIVES=1` plays one again.
"""

import os
import shutil
import signal

import pytest

from conftest import Krait
from moving import MovingChannel, play
from prefixes import files, problems, snapshot

LIVES = int(os.environ.get("KRAIT_LIVES", "200"))
FIRST = int(os.environ.get("KRAIT_LIVES_FROM", "0"))
PIECES = 8


@pytest.mark.parametrize("piece", range(PIECES))
def test_every_life_leads_to_the_tree_of_a_fresh_create(interrupt, memory, piece):
    signal.alarm(0)
    krait = Krait(memory / "home")
    lives = range(FIRST + piece, FIRST + LIVES, PIECES)
    played = [play(krait, seed, memory / str(seed), interrupt) for seed in lives]
    print(len(played), "lives,", sum(count for count, _ in played), "commands,", sum(n for _, n in played), "killed")


def file(text, mode=0o644):
    return ("hardlink", text.encode(), mode)


@pytest.fixture
def moving(tmp_path):
    return MovingChannel(tmp_path / "channel")


def test_a_directory_becomes_a_link_to_where_its_files_are_now(krait, moving, tmp_path):
    names = ["rules/base", "symbols/us"]
    moving.add("xkb", "2.44", {f"share/X11/xkb/{name}": file("old") for name in names})
    new = {f"share/xkb-2/{name}": file("new") for name in names}
    moving.add("xkb", "2.45", {**new, "share/X11/xkb": ("softlink", "../xkb-2", 0o777)})
    moving.write()
    prefix = tmp_path / "env"
    krait.create(prefix, "xkb=2.44", channel=moving.directory)
    krait("install", "-y", "-p", prefix, "-c", moving.directory, "--override-channels", "xkb=2.45")
    assert {(prefix / "share/X11/xkb" / name).read_text() for name in names} == {"new"}
    assert problems(prefix) == []
    krait("install", "-y", "-p", prefix, "--revision", "0")
    assert (prefix / "share/X11/xkb/rules/base").read_text() == "old" and problems(prefix) == []


@pytest.mark.parametrize("two", [{"share/both/inner": file("2")}, {"share/both": ("directory", None, 0o755)}])
@pytest.mark.parametrize("one", [file("1"), ("softlink", "elsewhere", 0o777), ("softlink", ".", 0o777)])
def test_a_directory_wins_over_a_file_of_its_name(krait, moving, tmp_path, one, two):
    moving.add("one", "1", {"share/both": one, "share/elsewhere/x": file("x")})
    moving.add("two", "1", two)
    moving.write()
    together, apart = tmp_path / "a", tmp_path / "b"
    krait.create(together, "one", "two", channel=moving.directory)
    krait.create(apart, "one", channel=moving.directory)
    before = snapshot(apart)
    krait("install", "-y", "-p", apart, "-c", moving.directory, "--override-channels", "two")
    assert files(together) == files(apart) and (apart / "share/both").is_dir()
    assert not (apart / "share/both").is_symlink() and not (apart / "share/elsewhere/inner").exists()
    krait("remove", "-y", "-p", apart, "two")
    after = snapshot(apart)
    assert after.pop("conda-meta/history") != before.pop("conda-meta/history")
    assert {path for path in after if not path.startswith("conda-meta/")} == {
        path for path in before if not path.startswith("conda-meta/")
    }
    assert after["share/both"] == before["share/both"] and problems(apart) == []


@pytest.fixture(scope="module")
def left(interrupt, memory):
    """Where environments are: `env` was killed right after the commit of a change and is also kept as `killed`."""
    krait, moving, prefix = Krait(memory / "user"), MovingChannel(memory / "channel"), memory / "env"
    for version in ("1", "2"):
        moving.add("one", version, {f"deep/{version}/below/file": file(version), "same": file("same")})
    moving.write()
    krait.create(prefix, "one=1", channel=moving.directory)
    shutil.copytree(prefix, memory / "before", symlinks=True)
    words = ["install", "-y", "-p", prefix, "-c", moving.directory, "--override-channels", "one=2"]
    report = memory / "report"
    krait(*words, before=[interrupt, "changing", "none", 0, report])
    for number in range(int(report.read_text().split()[1]), 0, -1):
        shutil.rmtree(prefix)
        shutil.copytree(memory / "before", prefix, symlinks=True)
        krait(*words, before=[interrupt, "changing", "kill", number, report], code=None)
        if (prefix / "deep/1").is_dir() and (prefix / "conda-meta/.krait-transaction/committed").exists():
            shutil.copytree(prefix, memory / "killed", symlinks=True)
            (memory / "environment.yml").write_text("dependencies: [one=2]\n")
            yield memory
            krait.end()
            return
    raise AssertionError("it was never killed right after the commit")


@pytest.fixture
def committed(left):
    """An environment that was killed right after the commit of a change."""
    shutil.rmtree(left / "env")
    shutil.copytree(left / "killed", left / "env", symlinks=True)
    return left / "env"


@pytest.fixture
def told(left):
    """The words of a command on the environment and its files, from one line."""
    places = {"ENV": left / "env", "CHANNEL": left / "channel", "FILE": left / "environment.yml"}
    return lambda line: [places.get(word, word) for word in line.split()]


@pytest.mark.parametrize(
    "line",
    [
        "install -y -p ENV --revision 1",
        "install -y -p ENV -c CHANNEL --override-channels one=2",
        "update -y -p ENV -c CHANNEL --override-channels --all",
        "doctor --fix -p ENV",
    ],
)
def test_every_change_ends_first_what_was_killed(krait, committed, told, line):
    # Only who began it ends it unasked.
    krait(*told(line), env={"HOME": committed.parent / "user"})
    assert not (committed / "conda-meta/.krait-transaction").exists() and not (committed / "deep/1").exists()
    assert (committed / "deep/2/below/file").read_text() == "2"


@pytest.mark.parametrize(
    "line",
    [
        "list -p ENV",
        "list -p ENV --revisions",
        "export -p ENV",
        "compare -p ENV FILE",
        "env diff ENV ENV",
        "env verify -p ENV --against FILE",
        "env config vars list -p ENV",
        "repoquery whoneeds -p ENV one",
        "run -p ENV true",
        "doctor -p ENV",
    ],
)
def test_reading_what_was_killed_ends_all_of_it_or_nothing(krait, committed, told, line):
    before = snapshot(committed)
    krait(*told(line), code=None)
    if (committed / "conda-meta/.krait-transaction").exists():
        assert snapshot(committed) == before
    krait("doctor", "--fix", "-p", committed)
    assert not (committed / "conda-meta/.krait-transaction").exists() and not (committed / "deep/1").exists()
    assert problems(committed) == []
