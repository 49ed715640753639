# SPDX-License-Identifier: BSD-3-Clause
"""The root prefix before anything is in it: `install -n base` is the first line of most images."""

import json
import os

import pytest
from test_peers import called


@pytest.fixture
def own(own_channel):
    own_channel.add("tiny", files={"share/tiny": "tiny"})
    own_channel.write()
    return own_channel


def nothing(root):
    pass


def empty(root):
    root.mkdir()


def marked(root):
    (root / "conda-meta").mkdir(parents=True)


def prepared(root):
    for name in ("pkgs", "envs", "conda-meta", "etc/profile.d", "bin"):
        (root / name).mkdir(parents=True)
    (root / "bin/micromamba").write_text("the tool")
    (root / ".condarc").write_text("{}\n")
    (root / "conda-meta/pinned").write_text("\n")


STATES = [nothing, empty, marked, prepared]


def made(krait, own, words):
    channel = ["-c", own, "--override-channels"]
    krait(*words, "-y", *channel, "tiny")
    assert (krait.root / "share/tiny").read_text() == "tiny"
    assert (krait.root / "conda-meta/history").exists()
    assert [p["name"] for p in krait("list", "-n", "base", "--json").json] == ["tiny"]
    krait("remove", "-n", "base", "-y", "tiny")
    assert not (krait.root / "share/tiny").exists()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("words", [["install", "-n", "base"], ["create", "-n", "base"], ["install"]], ids=" ".join)
def test_base_is_made(krait, own, state, words):
    state(krait.root)
    made(krait, own, words)


def test_base_by_its_path(krait, own):
    made(krait, own, ["install", "-p", krait.root])


def test_env_update_of_base(krait, own, tmp_path):
    file = tmp_path / "environment.yml"
    file.write_text(f"name: base\nchannels: [{own}]\ndependencies: [tiny]\n")
    krait("env", "update", "-f", file)
    assert (krait.root / "share/tiny").exists()


def tree(root):
    """All paths but those of the package cache, where the index may be written."""
    paths = (path.relative_to(root) for path in root.rglob("*"))
    return sorted(path for path in paths if path.parts[0] != "pkgs")


@pytest.mark.parametrize("state", STATES)
def test_reading_verbs_of_an_empty_base(krait, state):
    state(krait.root)
    before = tree(krait.root)
    assert krait("list", "-n", "base", "--json").json == []
    assert krait("run", "-n", "base", "sh", "-c", 'echo "$CONDA_PREFIX"').out == f"{krait.root}\n"
    assert f"{krait.root}/bin" in krait("shell", "activate", "base", "-s", "bash").out
    assert "dependencies" in krait("env", "export", "-n", "base").out
    assert krait("env", "config", "vars", "list", "-n", "base").out == ""
    assert tree(krait.root) == before
    assert "installed already" in krait("update", "-n", "base", "--all", "-y", "--offline").err
    assert not (krait.root / "conda-meta/history").exists()


def test_what_is_no_base_stays(krait, own):
    krait.root.mkdir()
    (krait.root / "notes.txt").write_text("mine")
    for verb in ("install", "create"):
        result = krait(verb, "-y", "-n", "base", "-c", own, "--override-channels", "tiny", code=2)
        assert str(krait.root) in result.complaint
    assert os.listdir(krait.root) == ["notes.txt"]
    assert krait("list", "-n", "other", code=2).complaint


def test_base_that_cannot_be_solved_is_still_none(krait, own):
    krait("install", "-y", "-n", "base", "-c", own, "--override-channels", "absent", code=3)
    assert not (krait.root / "conda-meta").exists()
    made(krait, own, ["install", "-n", "base"])


def test_base_is_not_removed(krait, own):
    krait("install", "-y", "-n", "base", "-c", own, "--override-channels", "tiny")
    assert json.loads(krait("env", "remove", "-n", "base", "-y", "--json", code=2).out)["success"] is False
    assert (krait.root / "share/tiny").exists()


def test_base_is_not_replaced(krait, own):
    words = ["create", "-y", "-n", "base", "-c", own, "--override-channels", "tiny"]
    krait(*words)
    complaint = krait(*words, code=2).complaint
    assert "krait install -n base" in complaint and "create -y" not in complaint
    assert (krait.root / "share/tiny").exists()


READING = ["info", "info --json", "info --envs", "env list", "env list --json", "list", "env export", "export", "sbom", "doctor"]


@pytest.mark.parametrize("words", READING)
def test_who_only_looks_makes_no_package_directory(krait, words):
    """Made by root while an image is built, it would be closed to those who install later."""
    marked(krait.root)
    krait(*words.split(), code=None)
    assert [path.name for path in krait.root.iterdir()] == ["conda-meta"]


def test_the_package_directory_comes_with_an_index(krait, own, serve):
    marked(krait.root)
    assert "tiny" in krait("search", "tiny", "-c", serve(str(own)).url, "--override-channels").out
    assert list((krait.root / "pkgs/cache/krait-index-v1").glob("*.index"))


@pytest.mark.parametrize("spec", ["conda", "conda>=24", "defaults::conda"])
def test_conda_updates_itself_by_no_package(krait, own, tmp_path, spec):
    """`conda update -n base conda` is a line of many images; there is no such package where krait is conda."""
    conda = called("conda", krait, tmp_path)
    marked(krait.root)
    for words in (["-n", "base", "-c", "defaults"], []):
        told = conda("update", "-y", *words, spec)
        assert told.out == "" and "no package of" in told.err and "conda self-update" in told.err
        assert told.err.count("\n") == 1
    assert conda("update", "-y", "-n", "base", "--json", spec).json["success"] is True
    assert "krait" in conda("self-update").out
    assert [path.name for path in krait.root.iterdir()] == ["conda-meta"]
    conda("install", "-y", "-c", own, "--override-channels", "tiny")
    told = conda("update", "-y", "-n", "base", "-c", own, "--override-channels", spec, "tiny")
    assert "no package of" in told.err and "already installed" in told.out
    assert "is not installed" in conda("update", "-y", "-n", "base", "-c", own, "--override-channels", "absent", code=1).err
    assert "is not installed" in krait("update", "-y", "-n", "base", "-c", own, "--override-channels", "conda", code=2).err


def test_a_conda_that_base_has_is_updated(krait, own, tmp_path):
    own.add("conda", files={"share/conda": "1"})
    conda = called("conda", krait, tmp_path)
    words = ["-y", "-n", "base", "-c", own, "--override-channels", "conda"]
    conda("install", *words)
    own.add("conda", version="2.0", files={"share/conda": "2"})
    conda("update", *words)
    assert (krait.root / "share/conda").read_text() == "2"
