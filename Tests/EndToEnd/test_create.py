# SPDX-License-Identifier: BSD-3-Clause
"""The main job: from specs and a channel to an environment that works."""

import os
import subprocess

import pytest

from conftest import DEMO_SPECS
from packages import Channel
from prefixes import files, packages_loaded_by_rattler, problems, records, versions
from servers import answers


@pytest.mark.parametrize(
    "spec, version, build",
    [
        ("python=3.11", "3.11.2", "h9ced52b_0_cpython"),
        ("numpy", "2.4.6", None),
        ("numpy>=2,<2.4", "2.2.6", None),
        ("numpy >=1.20,<2", "1.26.4", None),
        ("numpy=2.2", "2.2.6", None),
        ("numpy==2.2.6", "2.2.6", None),
        ("numpy 2.2.*", "2.2.6", None),
        ("numpy 2.2.*|1.26.*", "2.2.6", None),
        ("numpy!=2.4.6", "2.2.6", None),
        ("numpy~=2.2.0", "2.2.6", None),
        ("numpy 1.26.4 py311hca47290_0", "1.26.4", "py311hca47290_0"),
        ("numpy=1.26.4=py311hca47290_0", "1.26.4", "py311hca47290_0"),
        ("numpy[version='>=2,<2.4']", "2.2.6", None),
        ("numpy[version=1.26.4,build=py311*]", "1.26.4", None),
        ("NumPy=1.26", "1.26.4", None),
        ("pandas 3.*", "3.1.1", None),
        ("click=8.1.8=*_0", "8.1.8", "pyhd8ed1ab_0"),
        ("click=8.1.8", "8.1.8", "pyhd8ed1ab_1"),
        ("feature-builds=1.0", "1.0", "h0000003_1"),
        ("feature-builds", "2.0a1", "h0000004_0"),
        ("feature-builds[build_number=0]", None, None),
        ("feature-track", "1.0", "plain_0"),
        ("feature-missing", "1.0", None),
    ],
)
def test_a_spec_chooses_the_package_it_names(krait, spec, version, build):
    name = spec.lower()
    for mark in " =<>!~[":
        name = name.split(mark)[0]
    chosen = krait.solve(spec)[name]
    if version:
        assert chosen["version"] == version
    if build:
        assert chosen["build_string"] == build


def test_a_spec_may_name_its_channel(krait, channel):
    assert krait.solve(f"{channel}::feature-empty")["feature-empty"]["version"] == "1.0"


def test_several_specs_of_one_package_hold_together(krait):
    assert krait.solve("numpy>=2", "numpy<2.4")["numpy"]["version"] == "2.2.6"


@pytest.mark.parametrize("kind", ["path", "relative path", "file url", "http", "http with a slash"])
def test_a_channel_is_a_path_or_a_url(krait, channel, server, kind, tmp_path):
    text, cwd = {
        "path": (channel, None),
        "relative path": (f"./{channel.name}", channel.parent),
        "file url": (channel.as_uri(), None),
        "http": (server.url, None),
        "http with a slash": (f"{server.url}/", None),
    }[kind]
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-tar-bz2", "feature-zip-info-first", channel=text, cwd=cwd)
    assert versions(prefix) == {"feature-tar-bz2": "1.0", "feature-zip-info-first": "1.0"}
    assert problems(prefix) == []
    record = records(prefix)["feature-tar-bz2"]
    base = server.url if kind.startswith("http") else channel.as_uri()
    assert record["url"] == f"{base}/linux-64/{record['fn']}"


@pytest.mark.parametrize(
    "hidden, used",
    [
        ([], "repodata_shards.msgpack.zst"),
        (["repodata_shards.msgpack.zst"], "repodata.json.zst"),
        (["repodata_shards.msgpack.zst", "repodata.json.zst"], "repodata.json"),
    ],
)
def test_the_index_is_taken_in_the_best_form_there_is(krait, server, hidden, used):
    for name in hidden:
        server.faults[name] = answers(404)
    assert krait.solve("numpy", channel=server.url)["numpy"]["version"] == "2.4.6"
    assert f"/linux-64/{used}" in server.requests
    assert f"/noarch/{used}" in server.requests
    after = {
        "repodata_shards.msgpack.zst": ["repodata.json.zst", "repodata.json"],
        "repodata.json.zst": ["repodata.json"],
    }
    for name in after.get(used, []):
        assert not server.paths(name), "a worse form was fetched although a better one was there"


def test_every_form_of_the_index_gives_the_same_solution(krait, server):
    shards = krait.solve(*DEMO_SPECS, channel=server.url)
    flat = krait.solve(*DEMO_SPECS, "--no-shards", channel=server.url)
    server.faults["repodata.json.zst"] = answers(404)
    plain = krait.solve(*DEMO_SPECS, "--no-shards", channel=server.url, env={"HOME": krait.home / "other"})
    assert shards == flat == plain
    assert len(shards) > 90


def test_the_channel_named_first_is_preferred(krait, tmp_path):
    first, second = Channel(tmp_path / "first"), Channel(tmp_path / "second")
    first.add("one", "1.0", {"share/one": "first\n"})
    second.add("one", "2.0", {"share/one": "second\n"})
    second.add("two", "1.0", depends=["one"])
    prefix = tmp_path / "env"
    krait("create", "-y", "-p", prefix, "-c", first, "-c", second, "--override-channels", "two")
    assert versions(prefix) == {"one": "1.0", "two": "1.0"}


def test_a_name_is_a_directory_below_the_root_prefix(krait, channel):
    krait("create", "-y", "-n", "science", "-c", channel, "--override-channels", "feature-tar-bz2")
    assert versions(krait.root / "envs" / "science") == {"feature-tar-bz2": "1.0"}
    assert problems(krait.root / "envs" / "science") == []


def test_an_environment_may_be_empty(krait, channel, tmp_path):
    krait("create", "-y", "-p", tmp_path / "env", "-c", channel, "--override-channels")
    assert (tmp_path / "env" / "conda-meta" / "history").is_file()
    assert records(tmp_path / "env") == {}


def test_a_file_of_specs(krait, tmp_path, channel):
    (tmp_path / "specs.txt").write_text("# what we need\nfeature-tar-bz2\n\nfeature-hard-links=1.0\n")
    krait.create(tmp_path / "env", "-f", tmp_path / "specs.txt")
    assert versions(tmp_path / "env") == {"feature-tar-bz2": "1.0", "feature-hard-links": "1.0"}


def test_an_environment_file(krait, tmp_path, channel):
    (tmp_path / "environment.yml").write_text(
        f"name: fromfile\nchannels:\n  - {channel}\n  - nodefaults\ndependencies:\n  - feature-hard-links=1.0\n"
        "variables:\n  GREETING: hello\n"
    )
    krait("create", "-y", "-f", tmp_path / "environment.yml")
    prefix = krait.root / "envs" / "fromfile"
    assert versions(prefix) == {"feature-hard-links": "1.0"}
    assert krait("run", "-n", "fromfile", "sh", "-c", "echo $GREETING").out == "hello\n"


def test_dry_run_shows_and_does_nothing(krait, tmp_path, server):
    result = krait.create(tmp_path / "env", "--dry-run", "feature-tar-bz2", channel=server.url)
    assert "feature-tar-bz2" in result.out + result.err
    assert not (tmp_path / "env").exists()
    assert server.packages() == []


def test_json_tells_what_was_done(krait, tmp_path):
    result = krait.create(tmp_path / "env", "--json", "feature-tar-bz2", "feature-empty")
    document = result.json
    assert document["success"] is True
    assert document["dry_run"] is False
    assert document["prefix"] == document["actions"]["PREFIX"] == str(tmp_path / "env")
    for group in ("FETCH", "LINK"):
        assert sorted(record["name"] for record in document["actions"][group]) == ["feature-empty", "feature-tar-bz2"]
    assert document["actions"]["UNLINK"] == []
    linked = {record["name"]: record for record in document["actions"]["LINK"]}
    kept = records(tmp_path / "env")
    for name, record in linked.items():
        for key in ("version", "build_number", "url", "sha256"):
            assert record[key] == kept[name][key]
        assert record["build_string"] == kept[name]["build"]
        assert record["platform"] == kept[name]["subdir"]


def test_quiet_says_nothing(krait, tmp_path):
    result = krait.create(tmp_path / "env", "-q", "feature-tar-bz2")
    assert (result.out, result.err) == ("", "")


def test_more_words_on_request(krait, tmp_path):
    plain = krait.create(tmp_path / "one", "feature-tar-bz2")
    verbose = krait.create(tmp_path / "two", "-v", "feature-tar-bz2")
    assert len(verbose.err) > len(plain.err)


def test_python_brings_pip_unless_told_not_to(krait):
    assert "pip" in krait.solve("python=3.11")
    assert "pip" not in krait.solve("python=3.11", "--no-pip")


def test_python_without_any_pip_is_no_error(krait, own_channel):
    own_channel.add("python", "3.11.0", noarch=None, subdir="linux-64")
    assert list(krait.solve("python", channel=own_channel)) == ["python"]


def test_only_prefix_and_cache_are_written(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-tar-bz2")
    outside = {path for path in files(krait.home) if not path.startswith("root/pkgs/")}
    # environments.txt is what conda, micromamba and rattler share; the design allows it.
    # The key tells what this user's krait began from what somebody else prepared.
    assert outside <= {".conda/environments.txt", ".local/state/krait/change-key"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["env", "home"]


def test_the_environment_is_registered_once(krait, tmp_path):
    krait.create(tmp_path / "env", "feature-tar-bz2")
    assert (krait.home / ".conda/environments.txt").read_text().splitlines() == [str(tmp_path / "env")]


def test_the_history_tells_what_was_asked_for(krait, tmp_path):
    krait.create(tmp_path / "env", "feature-hard-links=1.0", "feature-tar-bz2")
    lines = (tmp_path / "env/conda-meta/history").read_text().splitlines()
    assert lines[0].startswith("==> ") and lines[0].endswith(" <==")
    assert lines[1].startswith("# cmd: ") and "feature-hard-links=1.0" in lines[1]
    assert [line.split("::")[1] for line in lines if line.startswith("+")] != []
    update = next(line for line in lines if line.startswith("# update specs: "))
    assert "feature-hard-links" in update and "feature-tar-bz2" in update


def test_records_tell_what_was_asked_for(krait, tmp_path):
    krait.create(tmp_path / "env", "feature-meta", "feature-hard-links=1.0")
    found = records(tmp_path / "env")
    assert found["feature-hard-links"]["requested_specs"] == ["feature-hard-links=1.0"]
    assert found["feature-meta"]["requested_specs"] == ["feature-meta"]
    assert not found["flask"].get("requested_specs")


# The demo environment


def test_demo_records_load_with_rattler(demo):
    loaded = packages_loaded_by_rattler(demo)
    assert {"python", "pip", "numpy", "pandas", "scikit-learn", "jupyterlab", "scipy"} <= set(loaded)
    assert {name: str(record.version) for name, record in loaded.items()} == versions(demo)
    for name, record in loaded.items():
        assert record.sha256 and record.url and record.file_name, name


def test_demo_holds_what_its_records_say_and_nothing_else(demo):
    assert problems(demo) == []


def test_demo_imports(demo):
    subprocess.run(
        [demo / "bin/python", "-c", "import numpy, pandas, scipy, sklearn, jupyterlab, ssl, sqlite3"],
        check=True,
        env={"HOME": str(demo), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def test_demo_computes(demo):
    code = (
        "import pandas, sklearn.linear_model as m, numpy as n\n"
        "x = n.arange(10.0).reshape(-1, 1)\n"
        "print(round(float(m.LinearRegression().fit(x, 2 * x[:, 0] + 1).predict([[20.0]])[0]), 6))\n"
        "print(pandas.DataFrame({'a': [1, 2]}).a.sum())\n"
    )
    env = {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([demo / "bin/python", "-c", code], check=True, capture_output=True, text=True, env=env)
    assert done.stdout.split() == ["41.0", "3"]


@pytest.mark.parametrize("words", [["jupyter", "lab", "--version"], ["pip", "list"], ["pip", "check"]])
def test_demo_programs(shared_krait, demo, words):
    result = shared_krait("run", "-p", demo, *words)
    if words == ["pip", "list"]:
        listed = {line.split()[0].lower() for line in result.out.splitlines()[2:] if line.strip()}
        assert {"numpy", "pandas", "scikit-learn", "jupyterlab", "pip"} <= listed
    elif words[0] == "jupyter":
        assert result.out.strip() == versions(demo)["jupyterlab"]


def test_demo_links_to_the_cache_where_it_can(demo, shared_krait):
    numpy = records(demo)["numpy"]
    library = next(path["_path"] for path in numpy["paths_data"]["paths"] if path["_path"].endswith(".so"))
    assert os.stat(demo / library).st_nlink > 1


def test_the_channel_of_a_spec_joins(krait, channel, own_channel, tmp_path):
    """As in conda and micromamba: it comes last, and everything else may come from it too."""
    own_channel.add("thing", depends=["feature-empty"])
    krait("create", "-y", "-p", tmp_path / "env", "-c", channel, "--override-channels", f"{own_channel}::thing")
    assert versions(tmp_path / "env") == {"thing": "1.0", "feature-empty": "1.0"}
    assert f'# channels: ["{channel}", "{own_channel}"]' in (tmp_path / "env/conda-meta/history").read_text()
    file = tmp_path / "environment.yml"
    file.write_text(f"channels: [{channel}, nodefaults]\ndependencies: ['{own_channel}::thing']\n")
    result = krait("create", "--dry-run", "-p", tmp_path / "never", "-f", file)
    assert f"Channels:    {channel}, {own_channel}" in result.err + result.out


def test_an_empty_environment_needs_no_channel(krait, tmp_path):
    krait("create", "-y", "-p", tmp_path / "env", "-c", "/nowhere", "--override-channels", "--offline")
    assert (tmp_path / "env/conda-meta/history").exists()


def test_env_create_reads_the_file_that_is_there(krait, channel, tmp_path):
    file = tmp_path / "environment.yml"
    file.write_text(f"name: one\nchannels: [{channel}, nodefaults]\ndependencies: [feature-empty]\n")
    krait("env", "create", "-y", cwd=tmp_path)
    assert versions(krait.root / "envs/one") == {"feature-empty": "1.0"}
    krait("env", "create", "-y", "-n", "two", file)
    assert versions(krait.root / "envs/two") == {"feature-empty": "1.0"}
    assert "environment.yml" in krait("env", "create", "-y", "-n", "three", cwd=krait.home, code=2).complaint
    refused = krait("create", "-y", "-n", "three", file, code=2)
    assert "is a file" in refused.complaint and f"-f {file}" in refused.complaint
