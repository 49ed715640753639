# SPDX-License-Identifier: BSD-3-Clause
"""What people type for micromamba and conda, and where krait has another word of its own."""

import base64
import json
import os
import subprocess

import pytest
from test_peers import called


@pytest.fixture
def own(own_channel):
    own_channel.add("low", files={"share/low": "low"})
    own_channel.add("top", files={"share/top": "top"}, depends=["low"])
    return own_channel


@pytest.fixture
def words(own):
    return ["-y", "-c", str(own), "--override-channels"]


def files(krait, name):
    return sorted(path.name for path in (krait.root / "envs" / name / "share").glob("*"))


@pytest.mark.parametrize("force", ["-f", "--force", "--force-remove"])
def test_remove_by_force(krait, words, force):
    krait("create", "-n", "e", "top", *words)
    krait("remove", "-y", force, "-n", "e", "low")
    assert files(krait, "e") == ["top"]


@pytest.mark.parametrize("option, left", [("--no-prune-deps", ["low"]), ("--prune-deps", []), (None, [])])
def test_remove_and_dependencies(krait, words, option, left):
    krait("create", "-n", "e", "top", *words)
    krait("remove", "-y", "-n", "e", *([option] if option else []), "top")
    assert files(krait, "e") == left


def test_install_of_nothing(krait, words):
    krait("create", "-n", "e", "low", *words)
    assert krait("install", "-n", "e", *words).err == "Nothing to do.\n"
    assert krait("install", "-n", "e", "--json", *words).json["success"] is True


def test_env_update_makes_what_is_not_there(krait, own, tmp_path):
    file = tmp_path / "environment.yml"
    file.write_text(f"name: other\nchannels: [{own}]\ndependencies: [low]\n")
    krait("env", "update", "-n", "new", "-f", file)
    assert files(krait, "new") == ["low"]


def test_an_archive_in_the_working_directory(krait, own, words, tmp_path):
    (tmp_path / "mine").mkdir()
    from packages import Channel

    mine = Channel(tmp_path / "mine/ch")
    archive = mine.add("low", files={"share/low": "mine"})
    krait("create", "-n", "e", archive.name, *words, cwd=archive.parent)
    assert (krait.root / "envs/e/share/low").read_text() == "mine"
    krait("create", "-n", "f", "low-1.0-0.tar.bz2", *words, cwd=tmp_path, code=None)
    assert not (krait.root / "envs/f/share/low").exists() or (krait.root / "envs/f/share/low").read_text() == "low"


def test_files_of_the_web(krait, own, serve, tmp_path):
    web = tmp_path / "web"
    web.mkdir()
    (web / "e.yml").write_text(f"channels: [{own}]\ndependencies: [top]\n")
    url = serve(web).url
    krait("create", "-n", "e", "-f", f"{url}/e.yml", "-y")
    assert files(krait, "e") == ["low", "top"]
    krait("env", "create", "-n", "g", "-f", (web / "e.yml").as_uri())
    assert files(krait, "g") == ["low", "top"]
    assert "404" in krait("create", "-n", "f", "-f", f"{url}/absent.yml", "-y", code=4).err
    assert "--offline" in krait("create", "-n", "f", "-f", f"{url}/e.yml", "-y", "--offline", code=4).err


def test_several_specs(krait, own):
    channel = ["-c", own, "--override-channels"]
    assert sorted(krait("search", "low", "top", "--json", *channel).json) == ["low", "top"]
    answer = krait("repoquery", "search", "low", "top", "--json", *channel).json
    assert [package["name"] for package in answer["result"]["pkgs"]] == ["low", "top"]
    assert krait("repoquery", "depends", "top", "low", *channel).out.count("low") == 1
    assert "needs a spec" in krait("search", *channel, code=2).complaint


def test_queries_ask_the_active_environment(krait, own, words):
    krait("create", "-n", "e", "top", *words)
    active = {"CONDA_PREFIX": krait.root / "envs/e"}
    answer = krait("repoquery", "whoneeds", "low", "--json", env=active).json
    assert [package["name"] for package in answer["result"]["pkgs"]] == ["top"]
    own.add("new", depends=["low"])
    named = krait("repoquery", "whoneeds", "low", "--json", "-c", own, "--override-channels", env=active).json
    assert {package["name"] for package in named["result"]["pkgs"]} == {"top", "new"}


def test_compare(krait, own, words, tmp_path):
    krait("create", "-n", "e", "low", *words)
    file = tmp_path / "e.yml"
    file.write_text("dependencies: [low=1.0]\n")
    assert "Success" in krait("compare", "-n", "e", file).out
    file.write_text("dependencies: [low=2, absent]\n")
    assert krait("compare", "-n", "e", file, "--json", code=1).json[0].startswith("absent")


def test_verbs_that_say_what_to_do(krait):
    assert "hint: " in krait("ps", code=2).err and "hint: " in krait("package", "extract", "x", code=2).err
    assert krait("notices").out == ""


def test_credentials(krait):
    store = krait.home / ".mamba/auth/authentication.json"
    krait("auth", "login", "https://one.example.org/", "--token", "secret-1")
    krait("auth", "login", "two.example.org", "--bearer-stdin", input="secret-2\n")
    krait("auth", "login", "three.example.org", "-u", "me", "-p", "secret")
    kept = json.loads(store.read_text())
    assert kept["one.example.org"] == {"type": "CondaToken", "token": "secret-1"}
    assert kept["two.example.org"] == {"type": "BearerToken", "token": "secret-2"}
    assert base64.b64decode(kept["three.example.org"]["password"]) == b"secret"
    assert store.stat().st_mode & 0o777 == 0o600
    listed = krait("auth", "list").out
    assert "one.example.org" in listed and "secret" not in listed
    krait("auth", "logout", "one.example.org")
    assert "one.example.org" not in store.read_text()
    krait("auth", "logout", "one.example.org", code=2)
    krait("auth", "logout", "--all")
    assert json.loads(store.read_text()) == {}
    for words in (["x"], ["x", "--token", "a", "--bearer", "b"], ["x", "--password", "p"], []):
        krait("auth", "login", *words, code=2)


BLOCKS = {"krait": "krait", "micromamba": "mamba", "mamba": "mamba", "conda": "conda"}


@pytest.mark.parametrize("tool, owner", BLOCKS.items())
def test_the_block_is_the_tools(krait, tmp_path, tool, owner):
    call = called(tool, krait, tmp_path)
    bashrc = krait.home / ".bashrc"
    bashrc.write_text("mine=1\n")
    call("shell", "init", "-s", "bash")
    text = bashrc.read_text()
    assert f"# >>> {owner} initialize >>>\n" in text and f"# <<< {owner} initialize <<<\n" in text
    script = f". {bashrc}; echo \"${{MAMBA_EXE-}} ${{MAMBA_ROOT_PREFIX-}}\"; type -t {tool}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=krait.merged({"MAMBA_ROOT_PREFIX": None}), capture_output=True, text=True
    )
    exe, root, kind = done.stdout.replace("\n", " ").split(" ")[:3]
    assert kind == "function" and done.stderr == ""
    if tool != "krait":
        assert (exe, root) == (str(call.binary), str(krait.root))
    call("shell", "reinit", "-s", "bash")
    assert bashrc.read_text() == text
    call("shell", "deinit", "-s", "bash")
    assert bashrc.read_text() == "mine=1\n"


@pytest.mark.parametrize("tool", ["micromamba", "mamba"])
@pytest.mark.parametrize("login", [None, ".profile", ".bash_profile"])
def test_login_files_are_left_to_those_who_call_micromamba(krait, tmp_path, tool, login):
    """setup-micromamba copies the block of .bashrc and takes its copy out by itself, and fails when it is not there."""
    call = called(tool, krait, tmp_path)
    if login:
        (krait.home / login).write_text("mine=1\n")
    before = {path.name for path in krait.home.iterdir()}
    call("shell", "init", "-s", "bash")
    assert {path.name for path in krait.home.iterdir()} - before == {".bashrc"}
    block = (krait.home / ".bashrc").read_text()
    copy = krait.home / ".bash_profile"
    kept = block + (copy.read_text() if copy.exists() else "")
    copy.write_text(kept)
    call("shell", "deinit", "-s", "bash")
    assert copy.read_text() == kept
    assert not (krait.home / ".bashrc").exists()


def test_condas_own_spellings(krait, tmp_path):
    conda = called("conda", krait, tmp_path)
    conda("init", "bash", "zsh")
    assert "conda initialize" in (krait.home / ".bashrc").read_text() + (krait.home / ".zshrc").read_text()
    conda("init", "bash", "zsh", "--reverse")
    assert not (krait.home / ".zshrc").exists()
    hook = conda("shell.bash", "hook").out
    assert hook == conda("shell", "hook", "-s", "bash").out and "conda()" in hook
    assert "CONDA_PREFIX" in conda("shell.posix", "activate", "base").out
    for words in (["--dialect", "conda"], ["--dialect=conda"]):
        assert krait(*words, "shell.bash", "hook").out == krait(*words, "shell", "hook", "-s", "bash").out
    conda("create", "-y", "-n", "e")
    assert conda("list", "-r", "-n", "e").out == conda("list", "--revisions", "-n", "e").out
    assert conda("init", "nosuch", code=1).err


@pytest.mark.parametrize("tool", BLOCKS)
@pytest.mark.parametrize("verb", ["activate", "deactivate"])
def test_activation_without_the_hook_fails(krait, tmp_path, tool, verb):
    call = called(tool, krait, tmp_path)
    call("create", "-y", "-n", "e")
    result = call(verb, *(["e"] if verb == "activate" else []), code=1)
    assert f"`{'conda init' if tool == 'conda' else f'{tool} shell init'}`" in result.err and f"{tool} run -n NAME" in result.err
    assert tool == "krait" or result.out == ""


@pytest.mark.parametrize("prompt", ["", "set prompt = '% '\n"])
def test_a_script_of_csh(krait, words, tmp_path, prompt):
    krait("create", "-n", "e", "low", *words)
    path = tmp_path / "bin"
    path.mkdir()
    (path / "krait").symlink_to(krait.binary)
    script = tmp_path / "job.csh"
    script.write_text(
        prompt
        + 'eval "`krait shell hook -s tcsh`"\nkrait activate e\necho "in $CONDA_DEFAULT_ENV"\n'
        + ('echo "[$prompt]"\n' if prompt else "")
        + "krait deactivate\nif ( ! $?CONDA_DEFAULT_ENV ) echo out\n"
        + ('echo "[$prompt]"\n' if prompt else "")
    )
    done = subprocess.run(
        ["tcsh", "-f", script],
        env=krait.merged({"PATH": f"{path}:{os.environ['PATH']}"}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    expected = ["in e", "[(e) % ]", "out", "[% ]"] if prompt else ["in e", "out"]
    assert done.stdout.splitlines() == expected and done.stderr == "", done


def test_advice_repeats_the_name(krait, words):
    assert "krait create -n sci" in krait("list", "-n", "sci", code=2).complaint
    assert "krait run -n sci" in krait("create", "-n", "sci", *words).err
    assert f"krait run -p {krait.root}/x" in krait("create", "-p", krait.root / "x", *words).err


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--auth"],
        ["search", "x", "--reverse-dependency"],
        ["create", "--verify-artifacts"],
        ["install", "--relocate-prefix", "/x"],
    ],
)
def test_what_is_refused_says_what_to_write(krait, words):
    refused = krait(*words, code=2)
    assert "hint: " in refused.err and "is not an option" not in refused.err


def test_words_that_mean_another_thing_to_micromamba(krait, words, tmp_path):
    micromamba = called("micromamba", krait, tmp_path)
    micromamba("create", "-n", "e", "--pin", "low", "--pyc", "top", *words)
    assert files(krait, "e") == ["low", "top"]
    # What follows the command of `run` is the command's own.
    assert micromamba("run", "-n", "e", "echo", "--pin", "--pyc").out == "--pin --pyc\n"
    assert called("conda", krait, tmp_path)("run", "-s", "-n", "e", "echo", "list", "-r").out == "list -r\n"


def test_default_packages(krait, words):
    (krait.home / ".condarc").write_text("create_default_packages: [low]\n")
    krait("create", "-n", "e", *words)
    krait("create", "-n", "f", "--no-default-packages", *words)
    assert files(krait, "e") == ["low"] and files(krait, "f") == []


def test_remove_of_all_packages(krait, words):
    krait("create", "-n", "e", "top", *words)
    krait("remove", "-y", "-n", "e", "--all", "--keep-env")
    assert files(krait, "e") == [] and krait("list", "-n", "e", "--json").json == []
    krait("remove", "-y", "-n", "e", "--all", "--keep-env")
    krait("remove", "-y", "-n", "e", "--all")
    assert not (krait.root / "envs/e").exists()


@pytest.mark.parametrize("line", [["update", "--update-all"], ["install", "--all"], ["install", "--update-all"]])
def test_everything_is_brought_up_to_date(krait, own, words, line):
    krait("create", "-n", "e", "top", *words)
    own.add("low", "2.0", files={"share/low": "new"})
    krait(*line, "-n", "e", *words)
    assert (krait.root / "envs/e/share/low").read_text() == "new"


def test_export_with_channels_and_platforms(krait, own, words):
    krait("create", "-n", "e", "low", *words)
    exported = krait("env", "export", "-n", "e", "--channel-subdir")
    assert f"{own}/" in exported.out and "::low=1.0=" in exported.out
    (krait.home / "e.yml").write_text(exported.out)
    krait("env", "create", "-n", "f", "-f", krait.home / "e.yml")
    assert files(krait, "f") == ["low"]
    assert krait("env", "export", "-e", "-n", "e").out == krait("env", "export", "--explicit", "-n", "e").out


def test_what_info_tells_more(krait):
    assert "OpenSSL" in krait("info", "--licenses").out and "krait" in krait("info", "--licenses", "--json").json
    variables = krait("info", "-s").out
    assert f"MAMBA_ROOT_PREFIX: {krait.root}\n" in variables and "platform" not in variables
    everything = krait("info", "-a").out
    assert variables in everything and krait("info").out in everything and krait("env", "list").out in everything


def test_search_of_what_is_installed(krait, own, words):
    krait("create", "-n", "e", "top", *words)
    own.add("low", "2.0")
    installed = krait("search", "--local", "low", "--json", env={"CONDA_PREFIX": krait.root / "envs/e"}).json
    assert [package["version"] for package in installed["low"]] == ["1.0"]
    assert krait("search", "low", "--pretty", "-c", own).out == krait("search", "low", "--info", "-c", own).out


def test_verbs_of_others(krait):
    assert {"create", "install", "env"} <= set(krait("commands").out.splitlines())
    assert krait("plugins", "list").out == "" and krait("shell", "enable_long_path_support").out == ""
    assert "hint: " in krait("constructor", "-p", "x", "--extract-conda-pkgs", code=2).err
    assert krait("self-update", "--version", "2.0", "-c", "conda-forge").out == krait("self-update").out
    krait("create", "-y", "-n", "e")
    assert krait("check", "-n", "e").out == krait("doctor", "-n", "e").out


def test_create_in_the_place_of_an_environment(krait, own, words):
    krait("create", "-n", "e", "top", *words)
    (krait.root / "envs/e/mine").write_text("")
    without = [word for word in words if word != "-y"]
    assert "replace it with `create -y`" in krait("create", "-n", "e", "low", *without, code=2).complaint
    # What cannot be had leaves the old one as it is.
    krait("create", "-n", "e", "absent", *words, code=3)
    krait("create", "-n", "e", "low", "--dry-run", *without)
    assert files(krait, "e") == ["low", "top"]
    krait("create", "-n", "e", "low", *words)
    assert files(krait, "e") == ["low"] and not (krait.root / "envs/e/mine").exists()
    krait("create", "-n", "e", *words)
    assert files(krait, "e") == []
    krait("install", "-n", "base", "low", *words)
    krait("create", "-n", "base", "top", *words, code=2)


def test_create_among_files(krait, own, words, tmp_path):
    """tox has its log there before."""
    place = tmp_path / "place"
    (place / "log").mkdir(parents=True)
    (place / "log/tox.log").write_text("log")
    assert "neither empty" in krait("create", "-p", place, "low", *words, code=2).complaint
    called("conda", krait, tmp_path)("create", "-p", place, "low", *words)
    assert (place / "share/low").exists() and (place / "log/tox.log").read_text() == "log"
