# SPDX-License-Identifier: BSD-3-Clause
"""Configuration as micromamba and conda read it, by the name krait is called."""

import json

import pytest
from packages import Channel
from test_peers import called


@pytest.fixture
def micromamba(krait, tmp_path):
    return called("micromamba", krait, tmp_path)


def channels(call, *words, env=None):
    return call("config", "list", "channels", "--json", *words, env=env).json["channels"]


@pytest.mark.parametrize("name", ["MAMBARC", "CONDARC"])
def test_a_named_file_is_the_only_one_for_micromamba(krait, micromamba, tmp_path, name):
    (krait.home / ".condarc").write_text("channels: [home]\n")
    named = tmp_path / "named.yml"
    named.write_text("channels: [named]\n")
    env = {name: named}
    assert channels(micromamba, env=env) == ["named"]
    assert sorted(channels(krait, env=env)) == ["home", "named"]
    # Without variables, one that names a file still adds it there.
    assert channels(micromamba, "--no-env", env=env) == ["named", "home"]
    # Each of them must be there, and an empty variable names none.
    for absent in ({name: tmp_path / "absent.yml"}, {"CONDARC": tmp_path / "absent.yml", "MAMBARC": named}):
        assert "absent.yml" in micromamba("config", "list", env=absent, code=1).err
    assert channels(micromamba, env={"CONDARC": named, "MAMBARC": ""}) == ["named"]


@pytest.mark.parametrize("way", ["option", "MAMBARC"])
def test_of_a_directory_the_files_are_read(krait, micromamba, tmp_path, way):
    pieces = tmp_path / "rc.d"
    pieces.mkdir()
    (pieces / "1.yml").write_text("channels: [one]\noffline: true\n")
    (pieces / "2.yaml").write_text("channels: [two]\noffline: false\n")
    (pieces / "readme.txt").write_text("channels: [three]\n")
    words, env = (["--rc-file", pieces], None) if way == "option" else ([], {"MAMBARC": pieces})
    assert channels(micromamba, *words, env=env) == ["two", "one"]
    assert micromamba("config", "list", "offline", "--json", *words, env=env).json["offline"] is False


def test_of_several_files_the_first_wins(krait, tmp_path):
    for name, flag in [("a", "true"), ("b", "false")]:
        (tmp_path / f"{name}.yml").write_text(f"channels: [{name}]\noffline: {flag}\n")
    words = ["--rc-file", tmp_path / "a.yml", "--rc-file", tmp_path / "b.yml"]
    assert channels(krait, *words) == ["a", "b"]
    assert krait("config", "get", "offline", "--json", *words).json == {"offline": True}


def test_the_root_prefix_stays_without_variables(krait):
    kept = krait("info", "--json", "--no-env", env={"CONDA_OFFLINE": "yes"}).json
    assert kept["root_prefix"] == str(krait.root)
    listed = krait("config", "list", "--json", "--no-env", env={"CONDA_OFFLINE": "yes"}).json
    assert listed.keys() == {"root_prefix", "json"}


@pytest.mark.parametrize(
    "text, pins",
    [
        ("numpy<2,python 3.8", ["numpy<2", "python 3.8"]),
        ("numpy>=1,<2", ["numpy>=1,<2"]),
        ("numpy>=1,<2, scipy=1.5,1.6", ["numpy>=1,<2", "scipy=1.5,1.6"]),
        ("numpy[version='>=1,<2',build=x],python", ["numpy[version='>=1,<2',build=x]", "python"]),
        ("numpy>=1,<2&python", ["numpy>=1,<2", "python"]),
    ],
)
@pytest.mark.parametrize("prefix", ["MAMBA", "CONDA"])
def test_pins_of_a_variable(krait, prefix, text, pins):
    got = krait("config", "get", "pinned_packages", "--json", env={f"{prefix}_PINNED_PACKAGES": text})
    assert got.json == {"pinned_packages": pins}


def test_the_document_of_all_settings(krait, micromamba):
    (krait.home / ".condarc").write_text("remote_max_retries: 5\nalways_yes: on\nverify_ssl: ${WHO}\n")
    everything = micromamba("config", "list", "-a", "--json", env={"WHO": "/certificates"}).json
    assert everything["platform"].startswith("linux-") and "subdir" not in everything
    assert everything["remote_max_retries"] == 5 and everything["always_yes"] is True
    assert everything["ssl_verify"] == "/certificates" and everything["channels"] == ["conda-forge"]
    assert micromamba("config", "list", "--json", env={"CONDA_SUBDIR": "osx-arm64"}).json["platform"] == "osx-arm64"


def test_values_between_blanks(krait, micromamba, own_channel, tmp_path):
    own_channel.add("low", files={"share/low": "low"})
    krait("create", "-y", "-n", "e", "-c", own_channel, "--override-channels", "low")
    lock = tmp_path / "conda-lock.yml"
    lock.write_text(krait("export", "-n", "e", "--format", "conda-lock").out)
    words = ["create", "-y", "-n", "f", "-f", lock, "--category"]
    assert "no category `dev`" in micromamba(*words, "main", "dev", "--offline", code=1).err
    micromamba(*words, "main", "main", "--offline")
    assert (krait.root / "envs/f/share/low").exists()


@pytest.mark.parametrize("place", ["server", "files"])
@pytest.mark.parametrize("key", ["lab", "group/lab", "own", "lab/", "http://127.0.0.1:9/lab/", "http://127.0.0.1:9/"])
def test_a_mirror_of_a_channel(krait, serve, own_channel, tmp_path, key, place):
    """By name as in micromamba, by URL as in rattler; what only begins with the same letters is another channel."""
    own_channel.add("low", files={"share/low": "low"})
    at = serve(own_channel.directory).url if place == "server" else f"file://{own_channel.directory}"
    name = "lab" if key.startswith("http") else key.strip("/")
    if key == "http://127.0.0.1:9/":
        (tmp_path / "lab").symlink_to(own_channel.directory)
        at = serve(tmp_path).url if place == "server" else f"file://{tmp_path}"
    (krait.home / ".condarc").write_text(
        "channel_alias: http://127.0.0.1:9\ncustom_channels: {own: 'http://127.0.0.1:9/far'}\nremote_backoff_factor: 0\n"
        f"mirrored_channels:\n  '{key}': ['{at}']\n  la: ['http://127.0.0.1:9/wrong']\n"
    )
    krait("create", "-y", "-n", "e", "-c", name, "--override-channels", "low")
    record = json.loads(next((krait.root / "envs/e/conda-meta").glob("low-*.json")).read_text())
    base = "http://127.0.0.1:9/far/own" if name == "own" else f"http://127.0.0.1:9/{name}"
    assert record["url"].startswith(f"{base}/noarch/low-")
    if key == "lab":
        said = krait("create", "-y", "-n", "f", "-c", "lab-dev", "--override-channels", "low", code=None).complaint
        assert "127.0.0.1:9/lab-dev/" in said


def test_channels_have_the_names_of_the_configuration(krait, micromamba, serve, tmp_path):
    """By the alias and by custom channels, in lists and plans; one that is elsewhere stays told apart by its URL."""
    for folder, name in (("near/conda-forge", "first"), ("near/group/dev", "second"), ("far/lab", "third"), ("else/conda-forge", "fourth")):
        Channel(tmp_path / "www" / folder).add(name, files={f"share/{name}": name})
    url = serve(tmp_path / "www").url
    (krait.home / ".condarc").write_text(f"channel_alias: {url}/near/\ncustom_channels: {{lab: '{url}/far'}}\n")
    words = ["-n", "e", "--override-channels"]
    for channel in ("conda-forge", "group/dev", "lab", f"{url}/else/conda-forge"):
        words += ["-c", channel]
    words += ["first", "second", "third", "fourth"]
    names = {"first": "conda-forge", "second": "group/dev", "third": "lab", "fourth": f"{url}/else/conda-forge"}
    conda = called("conda", krait, tmp_path)

    def last(text, column=-1):
        lines = [line.lstrip(" +-").split() for line in text.splitlines()]
        return {line[0]: line[column] for line in lines if line and line[0] in names and len(line) > 1}

    def told(records):
        return {record["name"]: record["channel"] for record in records}

    planned = micromamba("create", "--dry-run", *words, "--json").json["actions"]
    assert told(planned["LINK"]) == told(planned["FETCH"]) == names
    assert last(micromamba("create", "--dry-run", *words).out, 3) == names
    assert last(conda("create", "--dry-run", *words).out) == {
        name: f"{channel}/noarch::{name}-1.0-0" for name, channel in names.items()
    }
    krait("create", "-y", *words)
    assert last(micromamba("list", "-n", "e").out) == last(conda("list", "-n", "e").out) == names
    listed = micromamba("list", "-n", "e", "--json").json["packages"]
    assert told(listed) == names
    assert {record["name"]: record["base_url"] for record in listed}["third"] == f"{url}/far/lab"
    assert told(micromamba("remove", "-n", "e", "--all", "--dry-run", "--json").json["actions"]["UNLINK"]) == names
    assert told(micromamba("search", "second", "-c", "group/dev", "--override-channels", "--json").json["result"]["pkgs"]) == {"second": "group/dev"}
    # krait's own tables have the last part, and more where that is not enough.
    short = {**names, "second": "dev"}
    assert last(krait("list", "-n", "e").out) == short
    told_apart = krait("create", "--dry-run", *words)
    assert last(told_apart.out + told_apart.err) == short
    # What others read of a package stays whole, and without the settings so does what is shown.
    record = json.loads(next((krait.root / "envs/e/conda-meta").glob("first-*.json")).read_text())
    assert record["channel"] == f"{url}/near/conda-forge"
    assert last(micromamba("list", "-n", "e", "--no-rc").out)["first"] == f"{url}/near/conda-forge"


def test_variables_of_one_run(krait, own_channel):
    """micromamba's MAMBA_NO_RC, MAMBA_NO_ENV and MAMBA_TARGET_PREFIX (libmamba, configuration.cpp)."""
    (krait.home / ".condarc").write_text("channels: [home]\nno_rc: true\ntarget_prefix: /nowhere\n")
    assert channels(krait) == ["home"]
    assert channels(krait, env={"MAMBA_NO_RC": "1"}) == ["conda-forge"]
    variables = {"MAMBA_NO_ENV": "true", "CONDA_CHANNELS": "variable"}
    assert channels(krait, env=variables) == ["home"]
    assert channels(krait, env={**variables, "MAMBA_NO_ENV": "no"}) == ["variable", "home"]
    assert "`no_rc` must be true or false" in krait("info", env={"MAMBA_NO_RC": "perhaps"}, code=None).err
    for words, env in ((["--no-rc"], {}), ([], {"MAMBA_NO_RC": "1"})):
        refused = krait("config", "list", *words, "--rc-file", krait.home / ".condarc", env=env, code=2)
        assert "--no-rc" in refused.err
    assert "relocate_prefix" in krait("create", "-n", "x", env={"MAMBA_RELOCATE_PREFIX": "/x"}, code=2).err
    own_channel.add("low", files={"share/low": "low"})
    words = ["-y", "-c", own_channel, "--override-channels", "low"]
    env = {"MAMBA_TARGET_PREFIX": krait.root / "envs/t"}
    krait("create", *words, env=env)
    krait("create", "-n", "e", *words, env=env)
    assert [package["name"] for package in krait("list", "--json", env=env).json] == ["low"]
    active = {**env, "CONDA_PREFIX": krait.root / "envs/e"}
    assert str(krait.root / "envs/t") in krait("list", env=active).out
    assert str(krait.root / "envs/e") in krait("list", "-n", "e", env=env).out


def test_maps_of_a_variable(krait):
    for text in ("{lab: 'http://lab.example.org'}", "lab: http://lab.example.org", "lab=http://lab.example.org"):
        got = krait("config", "get", "custom_channels", "--json", env={"MAMBA_CUSTOM_CHANNELS": text}).json
        assert got == {"custom_channels": {"lab": "http://lab.example.org"}}


def test_what_micromambas_get_asks_is_a_file(krait, micromamba):
    rc = krait.home / ".condarc"
    assert "there is no such file" in micromamba("config", "get", "channels", code=1).err
    rc.write_text("channels: [one]\n")
    assert micromamba("config", "get", "channels").out == "channels:\n  - one\n"
    absent = "Key is not present in file\n"
    assert micromamba("config", "get", "offline", env={"MAMBA_OFFLINE": "1"}).out == absent
    assert micromamba("config", "remove-key", "offline").out == absent
    assert micromamba("config", "remove", "channels", "two").out == absent
    assert rc.read_text() == "channels: [one]\n"
    assert "platform: osx-arm64\n" in micromamba("config", "list", env={"CONDA_SUBDIR": "osx-arm64"}).out


def test_age_limits_as_conda_has_them(krait, own_channel):
    """`cooldown`, its exceptions as a map, and `channel_settings` (conda, core/exclude_newer.py)."""
    for name in ("low", "mine"):
        own_channel.add(name, "1.0", index={"timestamp": 1600000000000})
        own_channel.add(name, "2.0", index={"timestamp": 1750000000000})

    def chosen(rc):
        (krait.home / ".condarc").write_text(rc)
        plan = krait("create", "-n", "e", "low", "mine", "--dry-run", "--json", "-c", own_channel, "--override-channels")
        return {record["name"]: record["version"] for record in plan.json["actions"]["LINK"]}

    old, new = {"low": "1.0", "mine": "1.0"}, {"low": "2.0", "mine": "2.0"}
    assert chosen("") == new
    assert chosen("cooldown: 2024-01-01\n") == old
    assert chosen("cooldown: 2024-01-01\ncooldown_exclude: {mine: false, other: null}\n") == {"low": "1.0", "mine": "2.0"}
    setting = f"channel_settings: [{{channel: 'file://{own_channel}', exclude_newer: 2024-01-01}}]\n"
    assert chosen(setting) == old
    assert chosen(setting.replace("2024-01-01", "false") + "exclude_newer: 2024-01-01\n") == new
    assert chosen(setting.replace("exclude_newer: 2024-01-01", "auth: x")) == new
    assert chosen(setting.replace("2024-01-01", "null")) == new
    (krait.home / ".condarc").write_text("channel_settings: [{channel: 'https://x/*', exclude_newer: 7d}]\n")
    refused = krait("create", "-n", "e", "low", "--dry-run", "-c", own_channel, "--override-channels", code=2)
    assert "is a pattern" in refused.complaint


@pytest.mark.parametrize("limit, version", [
    ("0", "2.0"), ("30m", "2.0"), ("1d12h", "2.0"), ("1D 12H", "2.0"), ("P1DT12H", "2.0"),
    ('""', "2.0"), ("1000w", "1.0"), ("P1000W", "1.0"), ("500w 3500d", "1.0"), ("630720000", "1.0"),
    ("2025-06-15", "2.0"), ("2025-06-14", "1.0"), ("2025-06-15T15:06:40Z", "2.0"), ("2025-06-15T15:06:39Z", "1.0"),
    ("2025-06-15T17:06:40+02:00", "2.0"), ("2025-06-15T16:00:00+02:00", "1.0"), ("2025-06-15T13:00-03:00", "2.0"), ("2025-06-15T15+02", "1.0"),
])  # fmt: skip
def test_age_limits_in_condas_forms(krait, own_channel, limit, version):
    """As conda 26.7 reads them (common/datetime.py): a date alone ends with its day. 1750000000 is 2025-06-15 15:06:40 UTC."""
    own_channel.add("low", "1.0", index={"timestamp": 1000000000000})
    own_channel.add("low", "2.0", index={"timestamp": 1750000000000})
    (krait.home / ".condarc").write_text(f"cooldown: {limit}\n")
    plan = krait("create", "-n", "e", "low", "--dry-run", "--json", "-c", own_channel, "--override-channels")
    assert plan.json["actions"]["LINK"][0]["version"] == version


@pytest.mark.parametrize("limit", ["-1", "7x", "P", "PT", "P1H", "P1DT", "7d soon", "d", "2025-13-01", "2025-06-15T25:00", "7dd"])
def test_age_limits_that_are_none(krait, own_channel, limit):
    own_channel.add("low", "1.0", index={"timestamp": 1000000000000})
    (krait.home / ".condarc").write_text(f"cooldown: '{limit}'\n")
    refused = krait("create", "-n", "e", "low", "--dry-run", "-c", own_channel, "--override-channels", code=2)
    assert f"`{limit}` is neither a date nor an age" in refused.complaint


def test_settings_that_are_for_one_command(krait, tmp_path):
    krait("create", "-y", "-n", "old")
    for key, value in (("deps_modifier", "no_deps"), ("update_modifier", "freeze_installed"), ("force_reinstall", "true")):
        (krait.home / ".condarc").write_text(f"{key}: {value}\n")
        # What only reads goes on.
        krait("info")
        krait("list", "-n", "old")
        assert called("conda", krait, tmp_path)("config", "--show", key).out == f"{key}: {value.replace('true', 'True')}\n"
        refused = krait("create", "-n", "e", code=2).complaint
        assert called("conda", krait, tmp_path)("config", "--validate", code=1).err.count(f"`{key}` is refused")
        assert f"`{key}` is refused: it is for one command; write `--" in refused and ".condarc:1`" in refused
    (krait.home / ".condarc").write_text("deps_modifier: not_set\nforce: no\nignore_pinned: true\n")
    assert krait("config", "get", "no_pin", "--json").json == {"no_pin": True}


def test_virtual_packages_as_a_map(krait):
    (krait.home / ".condarc").write_text("override_virtual_packages: {cuda: 12.8, __glibc: '2.99', archspec: null}\n")
    virtual = {name: version for name, version, _ in krait("info", "--json").json["virtual_pkgs"]}
    assert (virtual["__cuda"], virtual["__glibc"]) == ("12.8", "2.99") and "__archspec" in virtual


def test_the_local_channel_by_a_setting(krait, own_channel):
    own_channel.add("low")
    krait.environment["CONDA_BLD_PATH"] = str(own_channel)
    (krait.home / ".condarc").write_text("use_local: true\nchannels: []\n")
    krait("create", "-y", "-n", "e", "low", "--offline")
    assert krait("list", "-n", "e", "--json").json[0]["name"] == "low"
