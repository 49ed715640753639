# SPDX-License-Identifier: BSD-3-Clause
"""What programs read of micromamba and conda beyond the recorded commands: small answers, each as the peer gives it."""

import json

import pytest
from packages import small_python
from servers import answers
from test_peers import called, failed


@pytest.fixture
def low(own_channel):
    own_channel.add("low", files={"share/low": "low"})
    return own_channel


@pytest.fixture
def words(low):
    return ["-y", "-c", str(low), "--override-channels"]


def rows(text):
    """The cells of the table: name, active, path."""
    lines = text.splitlines()[2:]
    at = text.splitlines()[0].index("Active")
    return [(line[:at].strip(), line[at : at + 6].strip(), line[at + 6 :].strip()) for line in lines if line.strip()]


def test_micromambas_environments(krait, words, tmp_path):
    """By path; base is the one that is meant where none is active (libmamba, environments_manager.cpp and env.cpp)."""
    for name in ("z", "a"):
        krait("create", "-n", name, "low", *words)
    other = tmp_path / "0"
    krait("create", "-p", other, "low", *words)
    micromamba = called("micromamba", krait, tmp_path)
    places = sorted([krait.root, krait.root / "envs/a", krait.root / "envs/z", other])
    names = {krait.root: "base", krait.root / "envs/a": "a", krait.root / "envs/z": "z", other: ""}
    for active in (None, krait.root / "envs/a", other):
        env = {"CONDA_PREFIX": active}
        expected = [(names[place], "*" if place == (active or krait.root) else "", str(place)) for place in places]
        for line in (["env", "list"], ["info", "--envs"]):
            assert rows(micromamba(*line, env=env).out) == expected
        assert micromamba("env", "list", "--json", env=env).json["envs"] == list(map(str, places))


def test_settings_that_are_none(krait, tmp_path):
    """micromamba says so and ends with 0, but where a list is added to; conda tells it of what it is asked for."""
    micromamba = called("micromamba", krait, tmp_path)
    absent = "Key is not present in file\n"
    for line, told in (
        ("set nosuch 1", "Key is invalid or more than one key was received\n"),
        ("get nosuch", absent),
        ("remove nosuch 1", absent),
        ("remove-key nosuch", absent),
        ("list nosuch", ""),
        ("describe nosuch", ""),
    ):
        result = micromamba("config", *line.split())
        assert result.out == told and "`nosuch`: is not a setting" in result.err, line
        json.loads(micromamba("config", *line.split(), "--json").out)
    for line in ("append nosuch 1", "prepend nosuch 1"):
        micromamba("config", *line.split(), code=1)
    assert not (krait.home / ".condarc").exists()
    (krait.home / ".condarc").write_text("channels: [x]\n")
    for tool in ("conda", "krait"):
        result = called(tool, krait, tmp_path)("config", "--get", "nosuch")
        assert result.out == "" and "Unknown key: 'nosuch'" in result.err
    assert called("conda", krait, tmp_path)("config", "--get", "nosuch", "--json").json["get"] == {}


def test_the_name_in_an_exported_document(krait, words, tmp_path):
    krait("create", "-n", "e", "low", *words)
    krait("create", "-p", tmp_path / "e", "low", *words)
    for tool, name in (("micromamba", ""), ("mamba", ""), ("conda", str(tmp_path / "e"))):
        call = called(tool, krait, tmp_path)
        assert call("env", "export", "--json", "-p", tmp_path / "e").json["name"] == name
        assert call("env", "export", "--json", "-n", "e").json["name"] == "e"
    assert "name" not in krait("env", "export", "--json", "-p", tmp_path / "e").json


def test_condas_exceptions_of_the_network(krait, low, serve, tmp_path):
    conda = called("conda", krait, tmp_path)
    server = serve(low.directory)
    archive = "noarch/low-1.0-0.tar.bz2"
    server.faults[archive] = answers(403)
    shown = {"elapsed_time": "-", "json": {}, "response_details": ""}
    words = ["create", "-y", "-n", "e", "low", "--override-channels", "--retries", "0", "-c"]
    assert failed(conda, *words, server.url) == (
        "CondaHTTPError",
        {**shown, "url": f"{server.url}/{archive}", "status_code": 403, "reason": "Forbidden"},
    )
    name, members = failed(conda, *words, "http://127.0.0.1:1/none")
    assert name == "CondaHTTPError" and members.pop("url").startswith("http://127.0.0.1:1/none/")
    assert members == {**shown, "status_code": "000", "reason": "CONNECTION FAILED"}


def test_the_url_of_a_channel_that_a_record_only_names(krait, low, words, tmp_path):
    """micromamba's records do."""
    krait("create", "-n", "e", "low", *words)
    path = krait.root / "envs/e/conda-meta/low-1.0-0.json"
    record = json.loads(path.read_text())
    record["channel"], record["url"] = "conda-forge", "https://conda.anaconda.org/conda-forge/noarch/low-1.0-0.tar.bz2"
    path.write_text(json.dumps(record))
    for tool in ("micromamba", "conda", "krait"):
        listed = called(tool, krait, tmp_path)("list", "-n", "e", "--json").json
        package = (listed["packages"] if tool == "micromamba" else listed)[0]
        assert (package["base_url"], package["channel"]) == ("https://conda.anaconda.org/conda-forge", "conda-forge")


def test_channels_by_the_names_of_an_environments_own_file(krait, words, low, tmp_path):
    krait("create", "-n", "e", "low", *words)
    (krait.root / "envs/e/.condarc").write_text(f"custom_channels: {{{low.directory.name}: {low.directory.parent}}}\n")
    assert str(low) not in krait("list", "-n", "e").out
    table = called("micromamba", krait, tmp_path)("list", "-n", "e").out
    assert table.split()[-1] == low.directory.name


def test_another_channel_is_told_by_its_name(krait, words, low, tmp_path):
    from packages import Channel

    krait("create", "-n", "e", "low", *words)
    other = Channel(tmp_path / "alias/other")
    other.add("low", "2.0")
    told = krait("install", "-y", "-n", "e", "low=2", "-c", "other", "--override-channels", "--channel-alias", f"file://{tmp_path}/alias")
    assert f"low comes from another channel: other in place of file://{low}" in told.err


def test_local_is_a_channel(krait, low, tmp_path):
    krait.environment["CONDA_BLD_PATH"] = str(low)
    krait("create", "-y", "-n", "e", "low", "--use-local", "--offline", "-c", "absent", "--override-channels", code=None)
    krait("create", "-y", "-n", "f", "low", "--use-local", "--override-channels")
    assert krait("list", "-n", "f", "--json").json[0]["name"] == "low"
    assert "low" in krait("search", "low", "--use-local", "--override-channels").out


def test_what_a_package_needs_is_brought_up_to_date_with_it(krait, own_channel):
    words = ["-y", "-c", own_channel, "--override-channels"]
    for name, needs in (("low", []), ("mid", ["low"]), ("top", ["mid"]), ("other", [])):
        own_channel.add(name, "1.0", depends=needs)
    krait("create", "-n", "e", "top", "other", *words)
    krait("create", "-n", "f", "top", "other", *words)
    for name, needs in (("low", []), ("mid", ["low"]), ("top", ["mid"]), ("other", [])):
        own_channel.add(name, "2.0", depends=needs)

    def versions(name):
        return {package["name"]: package["version"] for package in krait("list", "-n", name, "--json").json}

    krait("update", "-n", "e", "top", *words)
    assert versions("e") == {"low": "1.0", "mid": "1.0", "top": "2.0", "other": "1.0"}
    krait("update", "-n", "e", "--update-deps", "top", *words)
    assert versions("e") == {"low": "2.0", "mid": "2.0", "top": "2.0", "other": "1.0"}
    krait("install", "-n", "f", "--update-deps", "top", *words)
    assert versions("f") == {"low": "2.0", "mid": "2.0", "top": versions("f")["top"], "other": "1.0"}


def test_channels_as_info_tells_them(krait, tmp_path):
    (krait.home / ".condarc").write_text("channels: ['https://me:secret@lab.example.org/c', 'https://lab.example.org/t/to-ken-1/d']\n")
    conda = called("conda", krait, tmp_path)
    told = conda("info", "--unsafe-channels")
    assert "https://lab.example.org/c/noarch" in told.out and "secret" not in told.out + told.err
    assert "to-ken-1" not in told.out and "`conda config list --sources channels`" in told.err
    channels = conda("info", "--unsafe-channels", "--json").json["channels"]
    assert channels == told.out.split() and channels == conda("info", "--json").json["channels"]
    assert conda("info", "--license").out == conda("info", "--licenses").out


def test_a_prefix_that_is_elsewhere_later(krait):
    refused = krait("create", "-n", "e", "--relocate-prefix", "/x", "low", code=2)
    assert "`krait pack -n NAME --prefix DIR --format tar -o FILE`" in refused.err


def test_lists_of_lines(krait, words, low, tmp_path):
    krait("create", "-n", "e", "low", *words)
    prefix, spec, whole = krait.root / "envs/e", "low=1.0=0", f"file://{low}/noarch::low-1.0-0"
    micromamba, conda = called("micromamba", krait, tmp_path), called("conda", krait, tmp_path)
    head = f'List of packages in environment: "{prefix}"\n\n'
    assert micromamba("list", "-n", "e", "--canonical").out == f"{head}{whole}\n"
    assert micromamba("list", "-n", "e", "--export").out == f"{head}{spec}\n"
    assert conda("list", "-n", "e", "--canonical").out == f"{whole}\n"
    for option in ("--export", "--explicit"):
        told = conda("list", "-n", "e", option, env={"CONDA_SUBDIR": "osx-64"}).out.splitlines()
        assert told[2:4] == ["# platform: osx-64", "# created-by: conda 26.7.1"]
    for option in ("--canonical", "--export"):
        assert conda("list", "-n", "e", option, "--json").json == conda("list", "-n", "e", "--json").json
        assert micromamba("list", "-n", "e", option, "--json").json == micromamba("list", "-n", "e", "--json").json
    for tool, code in ((krait, 2), (conda, 2), (micromamba, 1)):
        assert "--sha256" in tool("list", "-n", "e", "--explicit", "--md5", "--sha256", code=code).err


def test_an_environment_compared_with_a_file(krait, words, tmp_path):
    """conda's sentences, which name a package that is missing and nothing else of it."""
    krait("create", "-n", "e", "low", *words)
    conda = called("conda", krait, tmp_path)
    file = tmp_path / "file.yml"
    file.write_text("name: e\ndependencies: [low=2.0, 'other>=1', pip: [some.thing==1.0]]\n")
    assert conda("compare", "-n", "e", file, code=1).out.splitlines() == [
        "low found but mismatch. Specification pkg: low=2.0, Running pkg: low=1.0=0",
        "other not found",
        "some-thing not found",
    ]
    file.write_text("name: e\ndependencies: [low=1.0]\n")
    success = "Success. All the packages in the specification file are present in the environment with matching version and build string."
    assert conda("compare", "-n", "e", file).out == success + "\n"
    assert conda("compare", "-n", "e", file, "--json").json == [success]
    assert krait("compare", "-n", "e", file, "--json").json == []


def test_words_of_conda_that_change_nothing(krait, words, low, tmp_path):
    conda = called("conda", krait, tmp_path)
    plain = conda("search", "low", "-c", low, "--override-channels").out
    head, row = plain.splitlines()[1:3]
    assert head == "# Name                       Version           Build  Channel             "
    assert row == f"low                              1.0               0  {low.directory.name:20}"
    for option in ("--canonical", "--names-only", "--outdated"):
        assert conda("search", "low", option, "-c", low, "--override-channels").out == plain
    assert conda("notices", "--json").json == []
    refused = krait("completer", "in", "-n", "e", code=2)
    assert "krait shell completion --shell bash" in refused.err


def test_commands_in_warnings_have_the_name_that_was_called(krait, low, tmp_path):
    """In documents too."""
    file = tmp_path / "e.yml"
    file.write_text("dependencies: [low, python, pip, pip: [some-thing]]\n")
    small_python(low).add("pip", depends=["python"])
    words = ["lock", "-f", file, "--platform", "linux-64", "-c", low, "--override-channels", "--json", "--dry-run"]
    for tool in ("krait", "conda", "micromamba"):
        warnings = called(tool, krait, tmp_path)(*words).json["warnings"]
        assert any(f"`{tool} create -f" in warning for warning in warnings), warnings


def test_no_match_is_an_answer_of_micromamba(krait, low, tmp_path):
    """Seen with micromamba 2.8.1: exit 0 and these words."""
    micromamba = called("micromamba", krait, tmp_path)
    search = ["-c", str(low), "--override-channels"]
    none = 'No entries matching "nosuch" found'
    remote = "Try looking remotely with '--remote'.\n"
    for words in (["search"], ["repoquery", "search"]):
        assert micromamba(*words, "nosuch", *search).out == none + "\n"
        assert micromamba(*words, "low=9", *search).out == 'No entries matching "low=9" found\n'
        document = micromamba(*words, "nosuch", *search, "--json").json
        assert document["query"] == {"query": "nosuch", "type": "search"}
        assert document["result"] == {"msg": none, "pkgs": [], "status": "OK"}
    for kind in ("depends", "whoneeds"):
        assert micromamba("repoquery", kind, "nosuch", *search).out == f"{none}\n{remote}"
        document = micromamba("repoquery", kind, "nosuch", *search, "--json").json
        assert document["query"] == {"query": "nosuch", "type": kind}
        assert document["result"] == {"msg": none, "pkgs": [], "status": "OK"}
    assert micromamba("repoquery", "whoneeds", "low", *search).out == f'No entries matching "low" found\n{remote}'
    # A channel that is not there is something else.
    micromamba("search", "low", "-c", str(tmp_path / "nowhere"), "--override-channels", code=1)


def test_searches_of_micromamba(krait, own_channel, tmp_path):
    for version, number in (("1.0", 0), ("1.0", 1), ("2.0", 0), ("2.0", 1), ("2.0", 2)):
        own_channel.add("low", version, build=str(number), build_number=number)
    own_channel.add("lower", "3.0", depends=["low"])
    micromamba = called("micromamba", krait, tmp_path)
    search = ["-c", str(own_channel), "--override-channels"]
    text = micromamba("search", "low", *search).out
    assert text.startswith(f"{'low 2.0 2 (+ 2 builds)':^40}".rstrip() + "\n" + "─" * 40)
    assert "\n Other Versions (1):\n\n  Version Build" in text and "\n  1.0     1     (+ 1 builds)" in text
    lines = micromamba("search", "low*", *search).out.splitlines()
    assert lines[0].split() == ["Name", "Version", "Build", "Channel", "Subdir"] and set(lines[1]) == {"─"}
    assert [line.split()[:6] for line in lines[2:4]] == [["low", "2.0", "2", "(+", "2", "builds)"], ["low", "1.0", "1", "(+", "1", "builds)"]]
    assert lines[4].split()[:3] == ["lower", "3.0", "0"]
    [root] = micromamba("repoquery", "depends", "lower", *search, "--json").json["result"]["graph_roots"]
    assert (root["name"], root["version"], root["depends"]) == ("lower", "3.0", ["low"])
    assert micromamba("repoquery", "whoneeds", "low", *search, "--json").json["result"]["graph_roots"] == ["low"]


def test_micromamba_with_nothing_to_do(krait, words, tmp_path):
    micromamba = called("micromamba", krait, tmp_path)
    prefix = krait.root / "envs/e"
    assert micromamba("create", "-n", "e", "--dry-run").out == ""
    assert micromamba("create", "-y", "-n", "e").out == f"Empty environment created at prefix: {prefix}\n"
    for verb in ("install", "update", "remove"):
        assert micromamba(verb, "-y", "-n", "e").out == "Nothing to do.\n"
        assert micromamba(verb, "-y", "-q", "-n", "e").out == ""
        assert micromamba(verb, "-y", "-n", "e", "--json").json["success"] is True
    assert micromamba("list", "-n", "e").out == f'List of packages in environment: "{prefix}"\n\n'
    assert micromamba("env", "config", "vars", "list", "-n", "e").out == "No environment variables set.\n"
    micromamba("env", "config", "vars", "set", "-n", "e", "A=1")
    assert micromamba("env", "config", "vars", "list", "-n", "e", "--json").json == {"env_vars": {"A": "1"}, "log_history": []}
    assert micromamba("env", "remove", "-y", "-n", "e").out.endswith(f"\nEnvironment removed at prefix: {prefix}\n")


def test_files_of_micromamba_that_variables_name(krait, tmp_path):
    """Both of them, and $MAMBARC first; the usual ones not. --system is the machine's file."""
    micromamba = called("micromamba", krait, tmp_path)
    (krait.home / ".condarc").write_text("channels: [home]\n")
    for name in ("mamba", "conda"):
        (tmp_path / f"{name}.yml").write_text(f"channels: [{name}]\n")
    env = {"MAMBARC": tmp_path / "mamba.yml", "CONDARC": tmp_path / "conda.yml"}
    assert micromamba("config", "list", "channels", env=env).out == "channels:\n  - mamba\n  - conda\n"
    assert micromamba("config", "list", "channels", env={"CONDARC": tmp_path / "conda.yml"}).out == "channels:\n  - conda\n"
    told = micromamba("config", "set", "--system", "offline", "true", "--dry-run").err
    assert told == "Would write /etc/conda/.condarc\n"
