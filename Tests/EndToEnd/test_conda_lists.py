# SPDX-License-Identifier: BSD-3-Clause
"""Lists, searches and revisions as conda and micromamba print them, byte for byte where programs read columns."""

import json

import pytest
from test_peers import called


@pytest.fixture
def channel(own_channel):
    index = {"license": "MIT", "timestamp": 1700000000000, "noarch": "generic"}
    own_channel.add("low", "1.0", {"share/low": "low"}, index=index)
    own_channel.add("low", "1.1", {"share/low": "low" * 1000}, index=index)
    own_channel.add("top", "3.0", depends=["low >=1", "__linux"], index={**index, "constrains": ["other <1"]})
    return own_channel


@pytest.fixture
def words(channel):
    return ["-y", "-c", str(channel), "--override-channels"]


@pytest.fixture
def tools(krait, words, tmp_path):
    """krait by each name, in a world with the environment `e`."""
    krait("create", "-n", "e", "top", "low=1.0", *words)
    return {name: called(name, krait, tmp_path) for name in ("krait", "micromamba", "conda")}


def weight(prefix, name):
    """What conda counts: files that are no links, and the record."""
    [path] = (prefix / "conda-meta").glob(f"{name}-[0-9]*.json")
    files = json.loads(path.read_text())["paths_data"]["paths"]
    return path.stat().st_size + sum(
        file.get("size_in_bytes", (prefix / file["_path"]).stat().st_size) for file in files if file["path_type"] != "softlink")


def weight_of_all(prefix):
    rest = sum(path.stat().st_size for path in (prefix / "conda-meta").iterdir() if path.suffix != ".json")
    return rest + weight(prefix, "low") + weight(prefix, "top")


def kilobytes(count):
    return f"{count} B" if count < 1024 else f"{round(count / 1024)} KB"


def test_sizes_of_packages(krait, tools):
    prefix = krait.root / "envs/e"
    head, environment, mark, titles, *rows = tools["conda"]("list", "-n", "e", "--size").out.splitlines()
    assert (head, mark) == (f"# packages in environment at {prefix}:", "#")
    assert environment == f"# environment size: {kilobytes(weight_of_all(prefix))}"
    assert titles.startswith("# Name                     Version          Build            Channel")
    assert titles.split() == ["#", "Name", "Version", "Build", "Channel", "Size"]
    sizes = [kilobytes(weight(prefix, name)) for name in ("low", "top")]
    assert [row.split()[-2:] for row in rows] == [size.split() for size in sizes]
    for tool in tools.values():
        listed = tool("list", "-n", "e", "--size", "--json").json
        assert {one["name"]: one["size"] for one in listed} == {name: weight(prefix, name) for name in ("low", "top")}
        assert '"size"' not in tool("list", "-n", "e", "--json").out
        assert tool("list", "-n", "e", "--size").out.splitlines()[1].startswith("# environment size: ")


def test_columns(krait, tools):
    for tool in tools.values():
        lines = tool("list", "-n", "e", "--fields", "name,version").out.splitlines()
        assert lines[2:] == ["# Name  Version", "low     1.0", "top     3.0"]
    conda = tools["conda"]
    fields = "name,fn,subdir,license,build_number,depends,package_type,requested_spec"
    titles, low, top = conda("list", "-n", "e", "--fields", fields).out.splitlines()[2:]
    assert titles.split("  ")[0] == "# Name" and titles.split()[2:6] == ["Filename", "Subdir", "License", "Build"]
    assert "('low >=1', '__linux')" in top and "noarch_generic" in top and top.endswith(" top")
    assert low.split()[:5] == ["low", "low-1.0-0.tar.bz2", "noarch", "MIT", "0"] and low.endswith(" low=1.0")
    assert conda("list", "-n", "e", "--fields", "name,nosuch", "--json", code=1).json["exception_name"] == "CondaValueError"
    (krait.home / ".condarc").write_text("list_fields: [version, name]\n")
    # The setting is conda's.
    assert tools["micromamba"]("list", "-n", "e").out.split("\n")[2].split() == ["Name", "Version", "Build", "Channel"]
    for tool in tools.values():
        if tool is not tools["micromamba"]:
            assert tool("list", "-n", "e").out.splitlines()[3:] == ["1.0        low", "3.0        top"]
        assert tool("list", "-n", "e", "--fields", "name").out.splitlines()[3:] == ["low", "top"]


def test_sizes_of_environments(krait, tools):
    prefix = krait.root / "envs/e"
    for words in (["env", "list"], ["info", "--envs"]):
        for tool in tools.values():
            [line] = [line for line in tool(*words, "--size").out.splitlines() if line.startswith("e ")]
            assert line == f"{'e':20}     {kilobytes(weight_of_all(prefix)):>10} {prefix}"
            details = tool(*words, "--size", "--json").json["envs_details"]
            assert details[str(prefix)]["size"] == weight_of_all(prefix)
    assert '"size"' not in tools["conda"]("env", "list", "--json").out


def test_search_of_environments(krait, channel, tools, words, tmp_path):
    krait("create", "-n", "f", "low", *words)
    for tool in tools.values():
        lines = tool("search", "low", "--envs").out.splitlines()
        if tool is tools["conda"]:
            assert lines.pop(0) == "Searching environments for low: ...working... done"
        assert lines[0] == "# Name                  Version           Build  Channel              Location            "
        assert [line.split() for line in lines[1:]] == [
            ["low", version, "0", channel.directory.name, str(krait.root / "envs" / name)] for name, version in (("e", "1.0"), ("f", "1.1"))
        ]
        found = tool("search", "low", "--envs", "--json").json
        assert [(one["location"], [record["version"] for record in one["package_records"]]) for one in found] == [
            (str(krait.root / "envs/e"), ["1.0"]), (str(krait.root / "envs/f"), ["1.1"])]  # fmt: skip
        assert "low 1.1 0\n---------\nfile name   : " in tool("search", "low>1", "--envs", "--info").out
    assert len(tools["conda"]("search", "--envs", "--json").json[0]["package_records"]) == 2
    failed = tools["conda"]("search", "nosuch", "--envs", "--json", code=1).json
    assert (failed["exception_name"], failed["packages"]) == ("PackagesNotFoundError", ["nosuch"])
    assert failed["channel_urls"] == [] and '"arch"' not in tools["conda"]("search", "low", "--envs", "--json").out
    assert "no environment has it" in krait("search", "nosuch", "--envs", code=3).complaint
    assert "not a" in krait("search", "low>=", "--envs", code=2).complaint


def test_nothing_that_logs_in_is_listed(krait, tools):
    """The records of other tools may have it in their URLs."""
    [path] = (krait.root / "envs/e/conda-meta").glob("low-*.json")
    record = json.loads(path.read_text())
    record.update(url="https://h.example/t/tk-s3cret/lab/noarch/low-1.0-0.tar.bz2", channel="https://h.example/t/tk-s3cret/lab")
    path.write_text(json.dumps(record))
    for words in (["list", "--fields", "name,url"], ["search", "low", "--envs", "--info"], ["search", "low", "--envs", "--json"]):
        if words[0] == "list":
            words += ["-n", "e"]
        for tool in tools.values():
            said = tool(*words)
            assert "https://h.example/lab/noarch/low-1.0-0" in said.out and "s3cret" not in said.out + said.err


def test_only_a_search_asks_for_everything(tools):
    assert "needs a spec" in tools["conda"]("repoquery", "whoneeds", code=1).err


def test_revisions(krait, tools, words):
    krait("install", "-n", "e", "low=1.1", *words)
    krait("remove", "-y", "-n", "e", "top", "--no-prune-deps")
    conda = tools["conda"]("list", "-n", "e", "--revisions")
    place = f"file://{words[2]}/noarch"
    blocks = conda.out.split("\n\n")
    assert [block.splitlines()[1:] for block in blocks if block] == [
        [f"    +low-1.0 ({place})", f"    +top-3.0 ({place})"],
        [f"     low  {{1.0 ({place}) -> 1.1 ({place})}}"],
        [f"    -top-3.0 ({place})"],
    ]
    assert [block.splitlines()[0][19:] for block in blocks if block] == ["  (rev 0)", "  (rev 1)", "  (rev 2)"]
    first, second, third = tools["conda"]("list", "-n", "e", "-r", "--json").json
    assert first.keys() == {"date", "rev", "command", "install", "remove", "upgrade", "downgrade"}
    assert first["install"] == [f"low-1.0-0-{place}", f"top-3.0-0-{place}"]
    assert second["upgrade"] == [{"old": f"low-1.0-0-{place}", "new": f"low-1.1-0-{place}"}]
    assert third["remove"] == [f"top-3.0-0-{place}"]


def test_what_is_known_of_packages(krait, channel, tools):
    url = f"file://{channel}/noarch/top-3.0-0.tar.bz2"
    search = ["-c", str(channel), "--override-channels"]
    size = (channel.directory / "noarch/top-3.0-0.tar.bz2").stat().st_size
    text = tools["conda"]("search", "top", "--info", *search).out
    assert text.startswith("Loading channels: ...working... done\ntop 3.0 0\n---------\n")
    assert text.splitlines()[3:6] == ["file name   : top-3.0-0.tar.bz2", "name        : top", "version     : 3.0"]
    assert f"size        : {kilobytes(size)}\n" in text and f"url         : {url}\n" in text
    assert "timestamp   : 2023-11-14 22:13:20 UTC\n" in text
    assert text.endswith("constraints : \n  - other <1\ndependencies: \n  - low >=1\n  - __linux\n\n\n")
    assert "dependencies: []\n" in tools["conda"]("search", "low", "--info", *search).out
    text = tools["micromamba"]("search", "top", *search).out
    assert f"{'top 3.0 0':^40}".rstrip() in text and " MD5             " in text
    assert "\n Run Constraints:\n  - other <1\n\n Dependencies:\n  - low >=1\n  - __linux\n\n" in text
    assert "\n Other Versions (1):\n\n" in tools["micromamba"]("search", "low", *search).out


def test_records_of_a_search(krait, channel, tools):
    records = tools["conda"]("search", "low", "--json", "-c", str(channel), "--override-channels").json["low"]
    for record in records:
        assert (record["arch"], record["platform"], record["package_type"]) == (None, None, "noarch_generic")
        assert record["channel"] == f"file://{channel}/noarch" and record["timestamp"] == 1700000000000
    own = tools["krait"]("search", "low", "--json", "-c", str(channel), "--override-channels").json["low"]
    assert "arch" not in own[0]


def test_longer_names_where_there_is_none_of_this_name(krait, channel, tools):
    """conda's flexible search."""
    search = ["-c", str(channel), "--override-channels"]
    conda = tools["conda"]
    result = conda("search", "lo", *search)
    assert len(result.out.splitlines()) == 4 and result.err == "No match found for: lo. Search: *lo*\n"
    assert [record["version"] for record in conda("search", "lo>1", "--json", *search).json["low"]] == ["1.1"]
    conda("search", "lo", "--skip-flexible-search", *search, code=1)
    conda("search", "nosuch", *search, code=1)
    assert set(conda("search", "--json", *search).json) == {"low", "top"}
    tools["krait"]("search", "lo", *search, code=3)


def test_a_name_that_is_not_there(krait, tools):
    failed = tools["conda"]("list", "-n", "e", "--full-name", "nosuch", "--json", code=1).json
    assert (failed["exception_name"], failed["package_name"]) == ("PackageNotInstalledError", "nosuch")
    assert failed["prefix"] == str(krait.root / "envs/e")
    assert tools["conda"]("list", "-n", "e", "nosuch", "--json", code=1).json["exception_name"] == "CondaValueError"


def test_when_conda_made_an_environment(krait, tools):
    """Its file has seconds."""
    (krait.root / "envs/e/conda-meta/created_at").write_text("1795353944.920688")
    details = tools["conda"]("env", "list", "--json").json["envs_details"][str(krait.root / "envs/e")]
    assert details["created"] == "2026-11-22T13:25:44+00:00"
