# SPDX-License-Identifier: BSD-3-Clause
"""Options and settings that say one thing: wherever it is said, it holds."""

import pytest


@pytest.fixture
def made(krait, own_channel):
    """An environment `e` with `tiny`, which needs `base`; the words that name its channel."""
    own_channel.add("base-lib", files={"share/base-lib": "x"})
    own_channel.add("tiny", files={"share/tiny": "x"}, depends=["base-lib"])
    own_channel.write()
    words = ["-c", str(own_channel), "--override-channels"]
    krait("create", "-y", "-n", "e", *words, "tiny")
    return words


def held(prefix):
    return sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*"))


WAYS = [
    (["--dry-run"], {}, ""), ([], {"MAMBA_DRY_RUN": "1"}, ""), ([], {"CONDA_DRY_RUN": "yes"}, ""), ([], {}, "dry_run: on\n"),
]


@pytest.mark.parametrize("options, env, rc", WAYS)
@pytest.mark.parametrize("words", [
    ["create", "-n", "new", "tiny"], ["create", "-n", "new", "--clone", "e"], ["install", "-n", "e", "other"],
    ["update", "-n", "e", "--all"], ["remove", "-n", "e", "tiny"], ["remove", "-n", "e", "--all"],
    ["env", "remove", "-n", "e"], ["env", "create", "-f", "environment.yml"],
    ["env", "update", "-n", "e", "-f", "environment.yml"], ["rename", "-n", "e", "new"],
    ["env", "config", "vars", "set", "-n", "e", "A=1"], ["lock", "-f", "environment.yml"], ["clean", "--all"],
    ["config", "set", "offline", "false"], ["shell", "init", "-s", "bash"],
])
def test_a_dry_run_changes_nothing(krait, own_channel, made, tmp_path, options, env, rc, words):
    own_channel.add("other", files={"share/other": "x"})
    own_channel.add("tiny", version="2", files={"share/tiny": "y"}, depends=["base-lib"])
    own_channel.write()
    (tmp_path / "environment.yml").write_text(f"name: new\nchannels: [{own_channel}]\ndependencies: [other]\n")
    (krait.home / ".condarc").write_text(rc + "changeps1: true\n")
    # The index may be fetched; what is kept for later is not what is changed.
    krait("search", *made, "tiny")
    before = held(krait.root / "envs"), (krait.home / ".condarc").read_text(), held(tmp_path / "environment.yml")
    channel = [] if words[0] not in ("create", "install", "update") else made
    result = krait(*words, *channel, *options, "-y", env=env, cwd=tmp_path)
    assert (held(krait.root / "envs"), (krait.home / ".condarc").read_text(), held(tmp_path / "environment.yml")) == before
    assert not (tmp_path / "conda-lock.yml").exists() and not (krait.home / ".bashrc").exists()
    assert result.out + result.err


def test_dependencies_stay_where_that_is_asked(krait, made):
    result = krait("remove", "-y", "-n", "e", "tiny", "--no-prune-deps")
    assert not (krait.root / "envs/e/share/tiny").exists()
    assert (krait.root / "envs/e/share/base-lib").exists() and "Remove 1" in result.err
    krait("install", "-y", "-n", "e", *made, "tiny")
    assert "Remove 2" in krait("remove", "-y", "-n", "e", "tiny", "--prune-deps", "--dry-run").err


@pytest.mark.parametrize("words", [
    ["-n", "e", "list"], ["--offline", "list", "-n", "e"], ["list", "--dry-run", "-n", "e"], ["-r", "ROOT", "-n", "e", "list"],
    ["env", "list", "--offline"], ["list", "-n", "e", "--log-level", "warning"], ["--log-level=debug", "env", "list"],
    ["info", "-n", "e"], ["list", "--use-uv", "-n", "e"], ["config", "list", "--download-only"],
])
def test_general_options_go_anywhere(krait, made, words):
    words = [str(krait.root) if word == "ROOT" else word for word in words]
    result = krait(*words)
    assert result.out and result.err == ""


@pytest.mark.parametrize("key, value", [("MAMBA_JSON", "1"), ("CONDA_JSON", "true"), ("KRAIT_JSON", "on")])
def test_json_by_a_variable(krait, made, key, value):
    assert krait("list", "-n", "e", env={key: value}).json[0]["name"] == "base-lib"
    assert krait("list", "-n", "none", env={key: value}, code=2).json["success"] is False


def test_quiet_and_verbose_by_a_file(krait, made):
    (krait.home / ".condarc").write_text("quiet: true\n")
    assert krait("remove", "-y", "-n", "e", "tiny").err == ""
    (krait.home / ".condarc").write_text("verbosity: 1\n")
    assert "Solved:" in krait("install", "-y", "-n", "e", *made, "tiny").err


@pytest.mark.parametrize("way", ["option", "variable", "file"])
def test_download_only(krait, made, way):
    if way == "file":
        (krait.home / ".condarc").write_text("download_only: true\n")
    options = ["--download-only"] if way == "option" else []
    env = {"MAMBA_DOWNLOAD_ONLY": "1"} if way == "variable" else {}
    assert "Fetched" in krait("create", "-y", "-n", "d", *made, "tiny", *options, env=env).err
    assert not (krait.root / "envs/d").exists()


@pytest.mark.parametrize("way", ["variable", "file", "alias"])
def test_what_is_refused_fails_where_it_is_set(krait, made, way):
    env = {"MAMBA_VERIFY_ARTIFACTS": "1"} if way == "variable" else {}
    if way != "variable":
        key = "verify_artifacts" if way == "file" else "verify_signatures"
        (krait.home / ".condarc").write_text(f"offline: false\n{key}: true\n")
    result = krait("create", "-y", "-n", "d", *made, "tiny", env=env, code=2)
    assert "refused" in result.err and ("$MAMBA_VERIFY_ARTIFACTS" if way == "variable" else ".condarc:2:") in result.err
    if way != "variable":
        krait("config", "remove-key", "verify_artifacts")
        krait("create", "-y", "-n", "d", *made, "tiny")


@pytest.mark.parametrize("dialect", ["krait", "micromamba", "mamba", "conda"])
def test_an_option_of_no_effect_takes_no_other_away(krait, made, dialect):
    words = ["create", "-y", "-n", "d", "--dialect", dialect, *made, "tiny", "--experimental"]
    assert "cannot check signatures" in krait(*words, "--verify-artifacts", code=None).err
    assert not (krait.root / "envs/d").exists()
    krait(*words, "--quiet")


@pytest.mark.parametrize("dialect", ["micromamba", "mamba"])
def test_a_flag_of_mamba_takes_no_package_away(krait, made, dialect):
    krait("create", "-y", "-n", "d", "--dialect", dialect, *made, "--experimental", "tiny")
    assert (krait.root / "envs/d/share/tiny").exists()
