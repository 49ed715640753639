# SPDX-License-Identifier: BSD-3-Clause
"""Settings: files, variables and the command line, in their order (Rules 16)."""

import json
import subprocess

import pytest

from packages import Channel
from prefixes import versions


def create(krait, prefix, *words, **more):
    return krait("create", "-y", "-p", prefix, *words, **more)


@pytest.fixture
def two(tmp_path):
    """Two channels with a `thing` each: 1.0 in the first, 2.0 in the second."""
    first, second = Channel(tmp_path / "first"), Channel(tmp_path / "second")
    first.add("thing", "1.0")
    second.add("thing", "2.0")
    return first, second


@pytest.mark.parametrize(
    "name",
    [
        ".condarc",
        ".mambarc",
        ".conda/.condarc",
        ".config/conda/.condarc",
        ".mamba/.mambarc",
        "root/.condarc",
        "root/.mambarc",
    ],
)
def test_channels_from_a_file(krait, channel, tmp_path, name):
    path = krait.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"channels:\n  - {channel}\n")
    create(krait, tmp_path / "env", "feature-tar-bz2")
    assert versions(tmp_path / "env") == {"feature-tar-bz2": "1.0"}


@pytest.mark.parametrize("name", ["CONDA_CHANNELS", "MAMBA_CHANNELS"])
def test_channels_from_a_variable(krait, channel, tmp_path, name):
    create(krait, tmp_path / "env", "feature-tar-bz2", env={name: channel})
    assert versions(tmp_path / "env") == {"feature-tar-bz2": "1.0"}


@pytest.mark.parametrize("name", ["CONDARC", "MAMBARC"])
def test_a_file_named_by_a_variable(krait, channel, tmp_path, name):
    (tmp_path / "my.yml").write_text(f"channels: [{channel}]\n")
    create(krait, tmp_path / "env", "feature-tar-bz2", env={name: tmp_path / "my.yml"})


def test_a_file_named_on_the_command_line_replaces_the_others(krait, channel, tmp_path):
    (krait.home / ".condarc").write_text("channels: [/nowhere]\n")
    (tmp_path / "my.yml").write_text(f"channels: [{channel}]\n")
    create(krait, tmp_path / "env", "feature-tar-bz2", "--rc-file", tmp_path / "my.yml")


def test_no_files_and_no_variables(krait, channel, tmp_path):
    (krait.home / ".condarc").write_text("channels: [/nowhere]\n")
    create(
        krait,
        tmp_path / "env",
        "feature-tar-bz2",
        "-c",
        channel,
        "--no-rc",
        "--no-env",
        "--override-channels",
        env={"CONDA_CHANNELS": "/nowhere"},
    )


def test_channels_of_the_command_line_come_first(krait, two, tmp_path):
    first, second = two
    (krait.home / ".condarc").write_text(f"channels: [{second}]\n")
    create(krait, tmp_path / "env", "-c", first, "thing")
    assert versions(tmp_path / "env") == {"thing": "1.0"}


def test_a_mambarc_comes_before_a_condarc(krait, two, tmp_path):
    first, second = two
    (krait.home / ".condarc").write_text(f"channels: [{second}]\n")
    (krait.home / ".mambarc").write_text(f"channels: [{first}]\n")
    create(krait, tmp_path / "env", "thing")
    assert versions(tmp_path / "env") == {"thing": "1.0"}


@pytest.mark.parametrize(
    "words, env, rc, version",
    [
        ([], {}, "", "1.0"),
        (["--no-channel-priority"], {}, "", "2.0"),
        (["--channel-priority", "disabled"], {}, "", "2.0"),
        (["--strict-channel-priority"], {}, "", "1.0"),
        ([], {"CONDA_CHANNEL_PRIORITY": "disabled"}, "", "2.0"),
        ([], {"MAMBA_CHANNEL_PRIORITY": "disabled"}, "", "2.0"),
        ([], {}, "channel_priority: disabled\n", "2.0"),
        (["--channel-priority", "flexible"], {}, "channel_priority: disabled\n", "1.0"),
        ([], {"MAMBA_CHANNEL_PRIORITY": "flexible"}, "channel_priority: disabled\n", "1.0"),
    ],
)
def test_channel_priority(krait, two, tmp_path, words, env, rc, version):
    (krait.home / ".condarc").write_text(rc)
    create(krait, tmp_path / "env", "-c", two[0], "-c", two[1], "--override-channels", "thing", *words, env=env)
    assert versions(tmp_path / "env") == {"thing": version}


def test_flexible_takes_from_a_lower_channel_what_the_first_cannot_give(krait, two, tmp_path):
    words = ["-c", two[0], "-c", two[1], "--override-channels"]
    create(krait, tmp_path / "env", *words, "thing>=2")
    assert versions(tmp_path / "env") == {"thing": "2.0"}
    create(krait, tmp_path / "strict", *words, "--strict-channel-priority", "thing>=2", code=3)


@pytest.mark.parametrize("way", ["-r", "MAMBA_ROOT_PREFIX", "rc"])
def test_the_root_prefix(krait, channel, tmp_path, way):
    root = tmp_path / "elsewhere"
    words, env = [], {"MAMBA_ROOT_PREFIX": None}
    if way == "-r":
        words = ["-r", root]
    elif way == "rc":
        (krait.home / ".mambarc").write_text(f"root_prefix: {root}\n")
    else:
        env = {way: root}
    krait("create", "-y", "-n", "science", "-c", channel, "--override-channels", "feature-tar-bz2", *words, env=env)
    assert versions(root / "envs/science") == {"feature-tar-bz2": "1.0"}
    assert (root / "pkgs").is_dir()
    assert krait("run", *words, "-n", "science", "echo", "hello", env=env).out == "hello\n"


def test_the_root_prefix_by_default(krait, channel):
    env = {"MAMBA_ROOT_PREFIX": None}
    krait("create", "-y", "-n", "science", "-c", channel, "--override-channels", "feature-tar-bz2", env=env)
    found = list(krait.home.glob("**/envs/science/conda-meta/history"))
    assert len(found) == 1
    assert krait("info", "--json", env=env).json["root_prefix"] == str(found[0].parents[3])


@pytest.mark.parametrize("name", ["CONDA_ENVS_DIRS", "CONDA_ENVS_PATH"])
def test_directories_of_environments(krait, channel, tmp_path, name):
    krait(
        "create",
        "-y",
        "-n",
        "science",
        "-c",
        channel,
        "--override-channels",
        "feature-tar-bz2",
        env={name: tmp_path / "mine"},
    )
    assert versions(tmp_path / "mine/science") == {"feature-tar-bz2": "1.0"}


def test_directories_of_packages(krait, channel, tmp_path):
    (krait.home / ".condarc").write_text("pkgs_dirs:\n  - ~/packages\n")
    create(krait, tmp_path / "env", "-c", channel, "--override-channels", "feature-tar-bz2")
    assert list((krait.home / "packages").iterdir())
    assert not krait.cache.exists()


def test_the_channel_alias(krait, channel, serve, tmp_path):
    server = serve(channel.parent)
    (krait.home / ".condarc").write_text(f"channel_alias: {server.url}\n")
    create(krait, tmp_path / "env", "-c", channel.name, "--override-channels", "feature-tar-bz2")
    assert versions(tmp_path / "env") == {"feature-tar-bz2": "1.0"}


def test_a_file_that_is_no_yaml(krait, channel, tmp_path):
    (krait.home / ".condarc").write_text("channels: [a\nb: }\n")
    result = create(krait, tmp_path / "env", "-c", channel, "--override-channels", "feature-tar-bz2", code=2)
    assert ".condarc" in result.err and "error: " in result.err


def test_unknown_keys_do_not_matter(krait, channel, tmp_path):
    (krait.home / ".condarc").write_text("no_such_key: 1\nchannel_priority: flexible\n")
    create(krait, tmp_path / "env", "-c", channel, "--override-channels", "feature-tar-bz2")


def test_a_value_that_is_none_of_the_choices(krait, channel, tmp_path):
    (krait.home / ".condarc").write_text("channel_priority: loud\n")
    result = create(krait, tmp_path / "env", "-c", channel, "--override-channels", "feature-tar-bz2", code=2)
    assert "loud" in result.err and "channel_priority" in result.err


def test_pinned_packages(krait, tmp_path):
    (krait.home / ".condarc").write_text("pinned_packages:\n  - numpy<2\n")
    assert krait.solve("pandas<3")["numpy"]["version"] == "1.26.4"
    assert krait.solve("pandas<3", "--no-pin")["numpy"]["version"] != "1.26.4"


def test_create_default_packages(krait):
    (krait.home / ".condarc").write_text("create_default_packages:\n  - feature-empty\n")
    assert set(krait.solve("feature-tar-bz2")) == {"feature-empty", "feature-tar-bz2"}


def test_the_prompt_can_be_switched_off(krait, channel):
    (krait.home / ".condarc").write_text("changeps1: false\n")
    krait("create", "-y", "-n", "science", "-c", channel, "--override-channels")
    assert "(science)" not in krait("shell", "activate", "-s", "bash", "science", env={"PS1": "$ "}).out


def test_tokens_are_told_nowhere(krait, serve, channel, tmp_path):
    """Requirements R-19: a secret in a channel's URL is in no output, log, history, record or cache."""
    secret = "s3cr3t-t0k3n"
    (tmp_path / "site/t").mkdir(parents=True)
    (tmp_path / f"site/t/{secret}").symlink_to(channel.parent)
    server = serve(tmp_path / "site")
    url = f"{server.url}/t/{secret}/{channel.name}"
    result = create(krait, tmp_path / "env", "-c", url, "--override-channels", "feature-tar-bz2", "-v")
    assert secret in server.packages()[0], "the token did not reach the server"
    listed = krait("list", "-p", tmp_path / "env", "--explicit")
    told = [result.out, result.err, listed.out]
    for folder in (tmp_path / "env", krait.home):
        told += [path.read_bytes().decode(errors="replace") for path in folder.glob("**/*") if path.is_file()]
    assert not [text[:500] for text in told if secret in text]


def test_config_changes_the_file_and_nothing_else_in_it(krait, tmp_path):
    rc = krait.home / ".condarc"
    elsewhere = tmp_path / "dotfiles"
    elsewhere.write_text("# mine\nchannels:\n  - lab # ours\n\nshow_channel_urls: true\n")
    elsewhere.chmod(0o600)
    rc.symlink_to(elsewhere)
    krait("config", "append", "channels", "conda-forge", "bioconda")
    krait("config", "prepend", "channels", "first")
    krait("config", "set", "channel_priority", "strict")
    krait("config", "set", "custom_channels.lab", "https://lab.example.org")
    krait("config", "remove", "channels", "bioconda")
    assert rc.is_symlink() and elsewhere.stat().st_mode & 0o777 == 0o600
    assert rc.read_text() == (
        "# mine\nchannels:\n  - first\n  - lab # ours\n  - conda-forge\n\nshow_channel_urls: true\n"
        "channel_priority: strict\ncustom_channels:\n  lab: https://lab.example.org\n")
    assert krait("config", "get", "channels", "--json").json == {"channels": ["first", "lab", "conda-forge"]}
    krait("config", "remove-key", "channel_priority")
    assert "channel_priority" not in rc.read_text()
    assert "already has this value" in krait("config", "append", "channels", "conda-forge").err
    assert krait("config", "set", "offline", "on", "--json").json == {
        "success": True, "file": str(rc), "changed": True}


@pytest.mark.parametrize("words, said", [
    (["set", "channel_priority", "sometimes"], "strict, flexible, disabled"),
    (["set", "chanels", "x"], "did you mean `channels`?"),
    (["append", "offline", "true"], "is not a list"),
    (["remove", "channels", "nobody"], "has no `nobody`"),
    (["remove-key", "offline"], "has no value"),
    (["set", "channels"], "needs a key and a value"),
    (["set", "custom_channels", "x"], "has members"),
])
def test_config_refuses(krait, words, said):
    rc = krait.home / ".condarc"
    rc.write_text("channels: [a]\n")
    result = krait("config", *words, code=None)
    assert result.code in (1, 2) and said in result.err.replace("one of flexible, strict, disabled", "strict, flexible, disabled")
    assert rc.read_text() == "channels: [a]\n"


def test_config_places(krait, channel, tmp_path):
    krait.create(tmp_path / "env", "feature-empty")
    krait("config", "set", "-p", tmp_path / "env", "always_copy", "true")
    assert (tmp_path / "env/.condarc").read_text() == "always_copy: true\n"
    krait("config", "append", "--system", "channels", channel)
    assert (krait.root / ".condarc").read_text() == f"channels:\n  - {channel}\n"
    krait("config", "set", "--file", tmp_path / "new/rc.yml", "offline", "true")
    assert (tmp_path / "new/rc.yml").read_text() == "offline: true\n"
    # A file that is wrong can be put right.
    (krait.home / ".mambarc").write_text("channel_priority: sometimes\n")
    krait("config", "get", "channels", code=None)
    krait("config", "set", "channel_priority", "strict")
    assert (krait.home / ".mambarc").read_text() == "channel_priority: strict\n"
    # What has no effect is told.
    result = krait("config", "set", "channel_priority", "disabled", "--file", krait.home / ".condarc")
    assert f"also set by {krait.home}/.mambarc:1" in result.err


def test_a_file_with_the_line_ends_of_windows(krait):
    path = krait.home / ".condarc"
    path.write_bytes(b"channels:\r\n  - a\r\noffline: true\r\n")
    krait("config", "set", "offline", "false")
    assert krait("config", "get", "offline").out.strip() == "offline: false"
    assert path.read_bytes().startswith(b"channels:\r\n  - a\r\n")


@pytest.mark.parametrize("kind", ["credentials", "settings", "variables"])
def test_what_many_commands_write_at_once_is_all_there(krait, own_channel, tmp_path, kind):
    """Each reads a file and writes it anew; none may lose what another has just added."""
    own_channel.add("tool")
    krait.create(tmp_path / "env", "tool", channel=own_channel)
    words = {
        "credentials": lambda number: ["auth", "login", f"host{number}.example.org", "--token", "abc"],
        "settings": lambda number: ["config", "append", "channels", f"channel{number}"],
        "variables": lambda number: ["env", "config", "vars", "set", "-p", tmp_path / "env", f"V{number}=x"],
    }[kind]
    runs = [krait.popen(*words(number), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for number in range(16)]
    assert [run.wait(60) for run in runs] == [0] * 16
    found = {
        "credentials": lambda: krait("auth", "list").out.split(),
        "settings": lambda: [line.strip(" -") for line in (krait.home / ".condarc").read_text().splitlines()[1:]],
        "variables": lambda: list(json.loads((tmp_path / "env/conda-meta/state").read_text())["env_vars"]),
    }[kind]()
    assert len(found) == 16, found
