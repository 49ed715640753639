# SPDX-License-Identifier: BSD-3-Clause
"""`config` as conda has it: options that change and show rc files, and the answers that programs read."""

import pytest
from test_peers import called


@pytest.fixture
def conda(krait, tmp_path):
    return called("conda", krait, tmp_path)


@pytest.fixture
def rc(krait):
    return krait.home / ".condarc"


def test_changes_are_made_in_one_go(conda, rc):
    conda("config", "--add", "channels", "one", "--add", "channels", "two", "--append", "channels", "three")
    assert rc.read_text() == "channels:\n  - two\n  - one\n  - three\n"
    conda("config", "--set", "channel_priority", "strict", "--remove", "channels", "one")
    assert rc.read_text() == "channels:\n  - two\n  - three\nchannel_priority: strict\n"
    # One of them cannot be: nothing is written.
    before = rc.read_text()
    conda("config", "--set", "offline", "true", "--remove", "channels", "nobody", code=1)
    assert rc.read_text() == before
    conda("config", "--remove-key", "channel_priority", "--clear", "channels")
    assert rc.read_text() == "channels: []\n"
    conda("config", "--set", "offline", "true", "--dry-run")
    assert rc.read_text() == "channels: []\n"


def test_get(conda, rc):
    rc.write_text("channels: [one, two, three]\noffline: no\ncustom_channels: {lab: https://lab.example.org}\n")
    assert conda("config", "--get").out.splitlines() == [
        "--add channels 'three'   # lowest priority",
        "--add channels 'two'",
        "--add channels 'one'   # highest priority",
        "--set custom_channels.lab https://lab.example.org",
        "--set offline False",
    ]
    assert conda("config", "--get", "channels", "channel_priority", "nosuch", "--json").json == {
        "get": {"channels": ["one", "two", "three"]},
        "rc_path": str(rc),
        "success": True,
        "warnings": ["Unknown key: 'nosuch'"],
    }
    answer = conda("config", "--set", "always_yes", "true", "--json").json
    assert answer == {"get": {}, "rc_path": str(rc), "success": True, "warnings": []}


def test_show(conda, rc):
    rc.write_text("channels: [one]\nalways_yes: true\n")
    assert conda("config", "--show", "channels", "always_yes", "offline").out == (
        "always_yes: True\nchannels:\n  - one\noffline: False\n"
    )
    shown = conda("config", "--show", "--json").json
    assert shown["channels"] == ["one"] and shown["always_yes"] is True and len(shown) > 50
    sources = conda("config", "--show-sources", "--json", env={"CONDA_OFFLINE": "yes"}).json
    assert sources[str(rc)] == {"channels": ["one"], "always_yes": True}
    assert sources["envvars"]["offline"] is True and sources["cmd_line"] == {"json": True}
    assert f"==> {rc} <==\nchannels:\n  - one\n" in conda("config", "--show-sources").out
    assert "channels  (list" in conda("config", "--describe", "channels").out
    conda("config", "--validate")
    rc.write_text("offline: maybe\n")
    assert ".condarc:1" in conda("config", "--validate", code=1).err


def test_places(conda, krait, rc, tmp_path):
    krait("create", "-y", "-n", "e")
    conda("config", "--env", "-n", "e", "--set", "always_copy", "true")
    assert (krait.root / "envs/e/.condarc").read_text() == "always_copy: true\n"
    conda("config", "--system", "--add", "channels", "all")
    assert (krait.root / ".condarc").read_text() == "channels:\n  - all\n"
    file = tmp_path / "rc.yml"
    conda("config", "--file", file, "--add", "channels", "mine")
    assert conda("config", "--file", file, "--get", "channels").out == "--add channels 'mine'   # lowest priority\n"
    assert krait("config", "get", "--file", file, "channels", "--json").json == {"channels": ["mine"]}
    assert not rc.exists()
    default = tmp_path / "default.yml"
    conda("config", "--file", default, "--write-default")
    lines = default.read_text().splitlines()
    assert "# channel_priority: flexible" in lines and all(line.startswith("#") or line == "" for line in lines)
    conda("config", "--file", default, "--write-default", code=1)


def test_input(conda, rc):
    rc.write_text("# mine\nchannels: [old]\n")
    conda("config", "--stdin", input="channels: [one, two]\noffline: true\ncustom_channels: {lab: /x}\n")
    assert rc.read_text() == "# mine\nchannels:\n  - one\n  - two\noffline: true\ncustom_channels:\n  lab: /x\n"
    conda("config", "--stdin", input="[1\n", code=1)


@pytest.mark.parametrize(
    "key, value, written",
    [
        ("auto_update_conda", "false", "auto_update_conda: false"),
        ("solver", "libmamba", "solver: libmamba"),
        ("repodata_threads", "4", "repodata_threads: 4"),
        ("plugins.auto_accept_tos", "yes", "plugins:\n  auto_accept_tos: yes"),
    ],
)
def test_what_conda_can_be_told_and_krait_has_no_use_for(conda, krait, rc, key, value, written):
    conda("config", "--set", key, value)
    assert rc.read_text().replace('"', "").replace("'", "") == written + "\n"
    name = key.partition(".")[0]
    assert krait("config", "get", name, "--json").json.keys() == {name}
    assert "without effect" in krait("config", "describe", name).out


def test_no_key_is_read_twice(conda):
    assert "did you mean `channels`?" in conda("config", "--set", "chanels", "x", code=1).err
    assert "KEY VALUE" in conda("config", "--set", "channels", code=2).err
    assert "Commands:" in conda("config").out


def test_words_that_are_no_settings(conda, rc, krait, tmp_path):
    """conda 26.7 blames the command line for what is asked for, and the key for what is changed."""
    for option in ("--show", "--describe"):
        assert "ArgumentError: " in conda("config", option, "nosuch", code=2).err
        document = conda("config", option, "channels", "nosuch", "--json", code=2).json
        assert document["exception_name"] == "ArgumentError"
    for words in (["--set", "nosuch", "1"], ["--remove", "nosuch", "1"], ["--remove-key", "nosuch"], ["--clear", "nosuch"], ["--add", "nosuch", "1"]):
        document = conda("config", *words, "--json", code=1).json
        assert (document["exception_name"], document["key"]) == ("CondaKeyError", "nosuch")
        assert document["msg"].startswith("'nosuch': ")
    rc.write_text("channels: [one]\n")
    for words in (["--remove", "channels", "absent"], ["--remove-key", "offline"]):
        assert conda("config", *words, "--json", code=1).json["exception_name"] == "CondaKeyError"
    assert conda("clean", "--json", code=2).json["exception_name"] == "ArgumentError"
    assert called("micromamba", krait, tmp_path)("clean").out == "Nothing to do.\n"


def test_what_is_no_single_value_is_not_set(conda, rc):
    for key, hint in (("channels", "--append channels VALUE"), ("custom_channels", "--set custom_channels.NAME VALUE")):
        document = conda("config", "--set", key, "x", "--json", code=1).json
        assert (document["exception_name"], document["key"]) == ("CondaKeyError", key)
        assert hint in conda("config", "--set", key, "x", code=1).err
    for words in (["--set", "channels.a", "x"], ["--remove", "offline", "true"], ["--clear", "offline"]):
        assert conda("config", *words, "--json", code=1).json["exception_name"] == "CondaKeyError"
    assert conda("config", "--add", "offline", "x", "--json", code=1).json["exception_name"] == "CondaValueError"
    assert not rc.exists()


def test_settings_by_condas_names(conda, krait, rc):
    assert conda("config", "--show", "always_yes", "auto_activate", "auto_activate_base").out.splitlines()[0] == "always_yes: None"
    assert conda("config", "--show", "always_yes", "--json").json == {"always_yes": None}
    assert conda("config", "--show", "offline", "always_yes").out == "always_yes: None\noffline: False\n"
    conda("config", "--set", "always_yes", "false", "--set", "auto_activate", "false")
    assert conda("config", "--show", "always_yes", "--json").json == {"always_yes": False}
    assert conda("config", "--get", "auto_activate").out == "--set auto_activate False\n"
    assert conda("config", "--show-sources", "--json").json[str(rc)] == {"always_yes": False, "auto_activate": False}
    shown = conda("config", "--show", "--json").json
    assert {"auto_activate", "fetch_threads", "repodata_use_shards"} <= shown.keys()
    assert not {"auto_activate_base", "download_threads", "use_sharded_repodata"} & shown.keys()
    assert krait("config", "get", "auto_activate_base", "--json").json == {"auto_activate_base": False}


def test_whether_certificates_are_checked_is_a_truth_value(conda, rc):
    assert conda("config", "--show", "ssl_verify", "--json").json == {"ssl_verify": True}
    conda("config", "--set", "ssl_verify", "no")
    assert rc.read_text() == "ssl_verify: false\n"
    assert conda("config", "--show", "ssl_verify").out == "ssl_verify: False\n"
    assert conda("config", "--get", "ssl_verify").out == "--set ssl_verify False\n"
    assert conda("config", "--show-sources", "--json").json[str(rc)] == {"ssl_verify": False}
    conda("config", "--set", "ssl_verify", "/certificates")
    assert conda("config", "--show", "ssl_verify", "--json").json == {"ssl_verify": "/certificates"}


def test_defaults_are_taken_out_of_a_file_that_names_no_channels(conda, krait, rc):
    conda("config", "--remove", "channels", "defaults")
    assert rc.read_text() == "channels: []\n"
    rc.write_text("channels: [one]\n")
    conda("config", "--remove", "channels", "defaults", code=1)


def test_the_file_of_an_environment_where_none_is_active(conda, krait, rc):
    conda("config", "--env", "--set", "offline", "true")
    assert rc.read_text() == "offline: true\n" and not (krait.root / ".condarc").exists()
    krait("create", "-y", "-n", "e")
    conda("config", "--env", "--set", "always_copy", "true", env={"CONDA_PREFIX": krait.root / "envs/e"})
    assert (krait.root / "envs/e/.condarc").read_text() == "always_copy: true\n"


@pytest.mark.parametrize(
    "typed, other, value, shown",
    [
        ("ignore_pinned", "no_pin", "true", "ignore_pinned True"),
        ("fetch_threads", "download_threads", "3", "fetch_threads 3"),
        ("repodata_use_shards", "use_sharded_repodata", "false", "repodata_use_shards False"),
        ("cooldown", "exclude_newer", "7d", "exclude_newer 7d"),
    ],
)
def test_a_setting_is_written_by_the_name_that_is_typed(conda, krait, rc, typed, other, value, shown):
    """For one of its own aliases, such as `cooldown`, conda 26.7 writes the name that it stands for."""
    name = shown.split(" ")[0]
    conda("config", "--set", typed, value)
    assert rc.read_text().replace("'", "") == f"{name}: {value}\n"
    for asked in (typed, other):
        assert conda("config", "--get", asked).out == f"--set {shown}\n"
        assert conda("config", "--show", asked).out == shown.replace(" ", ": ") + "\n"
    # Where it stands under another name, it is changed there: of two lines only one would count.
    other = other if other != name else typed
    rc.write_text(f"# mine\n{other}: {value}\n")
    conda("config", "--set", typed, value)
    assert rc.read_text().replace("'", "") == f"# mine\n{other}: {value}\n"
    conda("config", "--remove-key", typed)
    assert rc.read_text() == "# mine\n"
    conda("config", "--stdin", input=f"{typed}: {value}\n")
    assert rc.read_text().replace("'", "") == f"# mine\n{name}: {value}\n"
    krait("config", "remove-key", other)
    krait("config", "set", typed, value)
    assert rc.read_text().replace("'", "") == f"# mine\n{typed}: {value}\n"
