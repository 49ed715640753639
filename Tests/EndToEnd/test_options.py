# SPDX-License-Identifier: BSD-3-Clause
"""Options and settings that say one thing: wherever it is said, it holds."""

import pytest
from prefixes import snapshot


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


#: every verb that changes or writes something, with what it is to change; a dry run either shows it or is refused
CHANGING = {
    "auth login": "example.org --token abc", "auth logout": "kept.example.org", "cache learn": "-n e", "cache pull": "LOCK",
    "cache push": "LOCK", "cache verify": "--fix", "clean": "--all", "config": "--set offline true",
    "config append": "channels more", "config prepend": "channels more", "config remove": "pinned_packages one",
    "config remove-key": "channels", "config set": "offline true", "create": "-n new tiny", "doctor": "-n e --fix",
    "env config vars set": "-n e A=1", "env config vars unset": "-n e KEPT", "env create": "-f FILE",
    "env export": "-n e -f WORK/e.yml", "env remove": "-n e", "env report": "-n e -o WORK/e.html",
    "env rename": "-n e new", "env update": "-n e -f FILE", "exec": "tiny",
    "export": "-n e -f WORK/e.txt", "sbom": "-n e -o WORK/e.json", "init": "bash zsh", "install": "-n e other",
    "lock": "-f FILE", "pack": "-n e -o WORK/e.tar", "push": "LOCK localhost:1/e", "remove": "-n e tiny",
    "rename": "-n e new", "shell deinit": "-s zsh", "shell init": "-s bash", "shell reinit": "-s bash",
    "tool install": "base-lib", "tool remove": "tiny", "tool run": "base-lib", "tool upgrade": "tiny", "update": "-n e --all",
}
#: the others; `audit -o` writes what it found in a dry run too, which is one of the repair
READING = {
    "activate", "audit", "auth list", "auth test", "cache dir", "cache list", "cache size", "commands", "compare", "completer",
    "config describe", "config get", "config list", "config sources", "constructor", "deactivate", "env config vars list",
    "env diff", "env list", "env verify", "help", "info", "list", "notices", "package",
    "plugins", "ps", "reactivate", "repoquery depends", "repoquery search", "repoquery whoneeds", "run", "search", "self-update", "shell", "shell activate",
    "shell completion", "shell deactivate", "shell enable_long_path_support", "shell hook", "shell reactivate", "tool list",
}


def verbs(krait, path=()):
    """Every verb, by its first name, as the help lists them."""
    help = krait(*path, "--help").out
    if "Commands:" not in help:
        return {" ".join(path)}
    own = {" ".join(path)} if path and "[OPTION…]\n       krait" in help else set()
    listed = help.split("Commands:\n")[1].split("\n\n")[0]
    names = [line.split()[0].rstrip(",") for line in listed.splitlines() if line[2] != " "]
    return own.union(*(verbs(krait, (*path, name)) for name in names))


def test_every_verb_changes_something_or_does_not(shared_krait):
    assert verbs(shared_krait) == CHANGING.keys() | READING


@pytest.mark.parametrize("way", ["option", "variable", "file"])
@pytest.mark.parametrize("verb", CHANGING)
def test_no_verb_changes_anything_in_a_dry_run(krait, own_channel, made, tmp_path, verb, way):
    krait.environment["PATH"] = f"{krait.home}/.local/bin:{krait.environment['PATH']}"
    own_channel.add("other", files={"share/other": "x"})
    own_channel.add("tiny", files={"share/tiny": "x", "bin/tiny": "#!/bin/sh\n", "share/t.py": "x = 1\n"})
    own_channel.write()
    (tmp_path / "work").mkdir()
    file, lock = tmp_path / "work/environment.yml", tmp_path / "work/conda-lock.yml"
    file.write_text(f"name: new\nchannels: [{own_channel}]\ndependencies: [other]\n")
    rc = krait.home / ".condarc"
    rc.write_text(f"channels: [{own_channel}]\nremote_cache: [{tmp_path}/work]\npinned_packages: [one]\n")
    krait("tool", "install", "tiny")
    krait("lock", "-f", file, "--lockfile", lock, "--platform", "linux-64")
    krait("env", "config", "vars", "set", "-n", "e", "KEPT=1")
    krait("auth", "login", "kept.example.org", "--token", "abc")
    krait("shell", "init", "-s", "zsh")
    # Something to repair, in an environment and in the cache, and something newer.
    (krait.root / "envs/e/share/tiny").unlink()
    next(krait.cache.rglob("share/base-lib")).write_text("changed")
    own_channel.add("tiny", version="2", files={"share/tiny": "y", "bin/tiny": "#!/bin/sh\n"})
    own_channel.write()
    krait("search", "tiny")
    options = ["--dry-run"] if way == "option" else []
    env = {"MAMBA_DRY_RUN": "1"} if way == "variable" else {}
    rc.write_text(rc.read_text() + ("dry_run: true\n" if way == "file" else ""))
    words = CHANGING[verb].replace("FILE", str(file)).replace("LOCK", str(lock)).replace("WORK", str(tmp_path / "work"))
    if way == "option" and verb in ("exec", "tool run"):
        krait(*verb.split(), *options, *words.split(), code=2)
        return
    before = snapshot(krait.home), snapshot(tmp_path / "work")
    result = krait(*verb.split(), *options, "-y", *words.split(), env=env, cwd=tmp_path / "work", code=None)
    after = snapshot(krait.home), snapshot(tmp_path / "work")
    assert after == before, [path for old, new in zip(before, after) for path in old.keys() | new.keys() if old.get(path) != new.get(path)]
    assert result.code in (0, 1) or "`dry_run`" in result.complaint, result


@pytest.mark.parametrize("words", [
    ["create", "-n", "new", "--clone", "e"], ["rename", "-n", "e", "new"], ["env", "remove", "-n", "e"], ["remove", "-n", "e", "--all"],
    ["tool", "install", "tiny"], ["tool", "remove", "tiny"], ["cache", "push", "e.yml"], ["pack", "-n", "e", "-o", "e.tar"],
])
def test_nothing_goes_on_after_a_download(krait, own_channel, made, words):
    before = snapshot(krait.root / "envs")
    (krait.home / ".condarc").write_text(f"channels: [{own_channel}]\n")
    result = krait(*words, "-y", "--download-only", code=2)
    assert "`download_only` (command line)" in result.complaint
    assert snapshot(krait.root / "envs") == before and not (krait.home / "e.tar").exists()


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
    assert "refused" in result.err and ("$MAMBA_VERIFY_ARTIFACTS" if way == "variable" else ".condarc:2`") in result.err
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
