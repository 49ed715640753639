# SPDX-License-Identifier: BSD-3-Clause
"""Which environment is meant: where nobody says so, and how it is named again in what krait says."""

import pytest


@pytest.fixture
def home(krait, own_channel):
    """A world without a root prefix that anybody named; the words for the channel."""
    krait.environment.pop("MAMBA_ROOT_PREFIX")
    own_channel.add("tiny", files={"share/tiny": "tiny"})
    own_channel.write()
    return ["-c", str(own_channel), "--override-channels"]


def root(krait):
    return krait.home / ".local/share/mamba"


def nothing(krait):
    pass


def others(krait):
    for name in ("pkgs", "envs/other/conda-meta"):
        (root(krait) / name).mkdir(parents=True)
    (root(krait) / "envs/other/conda-meta/history").touch()


VERBS = [
    ["list"], ["list", "--revisions"], ["run", "true"], ["shell"], ["env", "report"], ["env", "export"], ["export"],
    ["doctor"], ["env", "verify"], ["sbom"], ["audit", "--database", "x.zip"], ["cache", "learn"], ["compare", "x.yml"],
    ["env", "config", "vars", "list"], ["env", "config", "vars", "set", "A=1"], ["search", "--local", "x"],
    ["repoquery", "depends", "--local", "x"], ["update", "--all", "-y"], ["remove", "-y", "x"],
    ["install", "-y", "tiny"], ["install"], ["install", "--revision", "0"],
]


@pytest.mark.parametrize("state", [nothing, others])
@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_no_environment_is_meant(krait, home, state, words):
    state(krait)
    before = sorted(krait.home.rglob("*"))
    (line, hint) = krait(*words, code=2).complaint.splitlines()
    assert line.endswith(
        f"no environment was given: none is active, and there is no base environment in {root(krait)}")
    assert "-n NAME" in hint and "-p DIR" in hint
    assert sorted(krait.home.rglob("*")) == before


def test_a_variable_that_points_to_no_environment(krait, home, tmp_path):
    """Nobody typed `-p` there."""
    for name in ("MAMBA_TARGET_PREFIX", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "KRAIT_TARGET_PREFIX"):
        for words in (["list"], ["export"], ["remove", "-y", "x"], ["install", "--revision", "0", "-y"]):
            result = krait(*words, env={name: tmp_path / "gone"}, code=2).complaint
            assert f"${name} points to it" in result and "krait create" not in result, result
            assert f"{tmp_path}/gone`: is not an environment" in result
        told = krait("list", "-p", tmp_path / "other", env={name: tmp_path / "gone"}, code=2).complaint
        assert "krait create" in told and "points to it" not in told
    taken = krait("list", env={"MAMBA_TARGET_PREFIX": "gone"}, code=2).err
    assert "`$MAMBA_TARGET_PREFIX=gone` is taken as the name of an environment" in taken and "-p gone" not in taken
    assert "`-p gone` is taken" in krait("list", "-p", "gone", code=2).err


def test_base_can_be_named_or_its_place(krait, home):
    krait("install", "-y", "-n", "base", *home, "tiny")
    assert (root(krait) / "share/tiny").exists()
    # from now on it is there, and stands in
    assert krait("run", "cat", root(krait) / "share/tiny").out == "tiny"
    assert "tiny" in krait("list").out


def test_a_root_prefix_that_was_named_is_base(krait, home, tmp_path):
    """As micromamba has it: MAMBA_ROOT_PREFIX=/opt/conda micromamba install …"""
    result = krait("install", "-y", *home, "tiny", env={"MAMBA_ROOT_PREFIX": tmp_path / "opt"})
    assert (tmp_path / "opt/share/tiny").exists()
    assert f"No environment is active: this is for base, {tmp_path}/opt\n" in result.err
    krait("install", "-y", *home, "tiny", "-r", tmp_path / "two", env={"CONDA_PREFIX": tmp_path / "two"})
    assert (tmp_path / "two/share/tiny").exists()


def test_micromamba_makes_base(krait, home):
    krait("install", "-y", "--dialect", "micromamba", *home, "tiny")
    assert (root(krait) / "share/tiny").exists()


def test_hints_name_an_environment_as_it_was_named(krait, home, own_channel):
    assert "`krait create -n nowhere`" in krait("list", "-n", "nowhere", code=2).complaint
    krait("create", "-y", "-n", "e", *home, "tiny")
    assert "`krait install -n e`" in krait("create", "-n", "e", *home, "tiny", code=2).complaint
    assert "`krait list --revisions -n e`" in krait("install", "-n", "e", "--revision", "9", "-y", code=2).complaint
    assert "krait create -n base" in krait("env", "remove", "-n", "base", "-y", code=2).complaint
    assert krait("list", "-n", "nowhere", "--json", code=2).json["hint"] == "make it with `krait create -n nowhere`"
