# SPDX-License-Identifier: BSD-3-Clause
"""What happens to an environment after it was made: compared, verified, rolled back, updated from its file."""
import shutil

import pytest
import yaml
from prefixes import problems, records, snapshot, versions


@pytest.fixture
def grown(krait, channel, tmp_path):
    """An environment with three revisions, and what it held after each."""
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-update=1.0", "feature-names")
    states = [versions(prefix)]
    for words in (["install", "feature-update=2.0", "feature-empty"], ["remove", "feature-names"]):
        krait(words[0], "-y", "-p", prefix, "-c", channel, "--override-channels", *words[1:])
        states.append(versions(prefix))
    assert len({tuple(state.items()) for state in states}) == 3
    return prefix, states


def test_revisions(krait, grown):
    prefix, _ = grown
    listed = krait("list", "-p", prefix, "--revisions", "--json").json
    assert [revision["rev"] for revision in listed] == [0, 1, 2]
    assert any("feature-names-1.0" in package for package in listed[0]["install"])
    assert "feature-update-1.0" in listed[1]["upgrade"][0]["old"]
    assert any("feature-names-1.0" in package for package in listed[2]["remove"])
    out = krait("list", "-p", prefix, "--revisions").out
    assert "(rev 2)" in out and "    -feature-names-1.0" in out and "     feature-update  {1.0" in out


@pytest.mark.parametrize("number", [0, 1])
def test_roll_back(krait, grown, number):
    prefix, states = grown
    krait("install", "-y", "-p", prefix, "--revision", number, "--offline")
    assert versions(prefix) == states[number] and problems(prefix) == []
    asked = yaml.safe_load(krait("env", "export", "-p", prefix, "--from-history").out)["dependencies"]
    assert asked == (["feature-names", "feature-update=1.0"] if number == 0 else
                     ["feature-empty", "feature-names", "feature-update=2.0"])
    krait("install", "-y", "-p", prefix, "--revision", 2)
    assert versions(prefix) == states[2] and problems(prefix) == []
    assert len(krait("list", "-p", prefix, "--revisions", "--json").json) == 5


def test_roll_back_without_a_cache(krait, grown):
    prefix, states = grown
    shutil.rmtree(krait.cache)
    krait("install", "-y", "-p", prefix, "--revision", 0)
    assert versions(prefix) == states[0] and problems(prefix) == []


def test_roll_back_to_what_is_gone(krait, own_channel, tmp_path):
    prefix = tmp_path / "env"
    old = own_channel.add("thing", "1.0", {"share/thing": "1"})
    krait.create(prefix, "thing", channel=own_channel)
    own_channel.add("thing", "2.0", {"share/thing": "2"})
    krait("update", "-y", "-p", prefix, "-c", own_channel, "--override-channels", "--repodata-ttl", "0", "thing")
    assert versions(prefix) == {"thing": "2.0"}
    own_channel.records["noarch"].pop(old.name)
    own_channel.write()
    shutil.rmtree(krait.cache)
    before = snapshot(prefix)
    result = krait("install", "-y", "-p", prefix, "--revision", 0, code=3)
    assert "thing-1.0" in result.err and snapshot(prefix) == before


@pytest.mark.parametrize("words", [["7"], ["x"], ["0", "feature-names"]])
def test_no_such_revision(krait, grown, words):
    krait("install", "-y", "-p", grown[0], "--revision", *words, code=2)


def test_roll_back_shows_first(krait, grown):
    prefix, states = grown
    document = krait("install", "-p", prefix, "--revision", 0, "--dry-run", "--json").json
    assert {record["name"] for record in document["actions"]["LINK"]} == {"feature-names", "feature-update"}
    assert versions(prefix) == states[2]


def test_diff(krait, grown, channel, tmp_path):
    prefix, _ = grown
    other = krait.root / "envs/other"
    krait.create(other, "feature-update=1.0", "feature-names")
    difference = krait("env", "diff", "other", prefix, "--json").json
    assert [package["name"] for package in difference["removed"]] == ["feature-names"]
    assert [package["name"] for package in difference["added"]] == ["feature-empty"]
    changed, = [(one["from"]["version"], one["to"]["version"]) for one in difference["changed"]]
    assert changed == ("1.0", "2.0")
    sizes = {name: record["size"] for name, record in records(prefix).items()}
    before = {name: record["size"] for name, record in records(other).items()}
    assert difference["size_change"] == sum(sizes.values()) - sum(before.values())
    out = krait("env", "diff", "other", prefix).out
    assert "1.0 -> 2.0" in out and "- " in out and "+ " in out
    assert "No difference" in krait("env", "diff", "other", other).out
    krait("env", "diff", "other", tmp_path / "nothing", code=2)


@pytest.mark.parametrize("name", ["environment.yml", "conda-lock.yml", "explicit.txt"])
def test_diff_and_verify_against_files(krait, grown, channel, tmp_path, name):
    prefix, _ = grown
    krait("env", "export", "-p", prefix, "-f", tmp_path / name)
    assert "No difference" in krait("env", "diff", prefix, tmp_path / name).out
    assert krait("env", "verify", "-p", prefix, "--lock", tmp_path / name, "--json").json["success"]
    krait("install", "-y", "-p", prefix, "-c", channel, "--override-channels", "feature-names", "feature-update=1.1")
    result = krait("env", "verify", "-p", prefix, "--against", tmp_path / name, code=12)
    assert "feature-names" in result.out and "2.0 -> 1.1" in result.out
    document = krait("env", "verify", "-p", prefix, "--against", tmp_path / name, "--json", code=12).json
    assert not document["success"] and [one["name"] for one in document["added"]] == ["feature-names"]


@pytest.mark.parametrize("prune", [False, True])
def test_update_from_the_file(krait, channel, tmp_path, prune):
    prefix = krait.root / "envs/project"
    file = tmp_path / "environment.yml"
    file.write_text(f"name: project\nchannels: [{channel}]\ndependencies: [feature-update=1.0, idna]\nvariables: {{A: '1'}}\n")
    krait("env", "create", "-y", "-f", file)
    krait("env", "config", "vars", "set", "-n", "project", "B=2")
    file.write_text(f"name: project\nchannels: [{channel}]\ndependencies: [feature-update=2.0]\nvariables: {{A: '3'}}\n")
    krait("env", "update", "-y", "-f", file, *(["--prune"] if prune else []))
    assert versions(prefix)["feature-update"] == "2.0"
    assert ("idna" in versions(prefix)) is not prune
    document = yaml.safe_load(krait("env", "export", "-n", "project", "--from-history").out)
    assert document["dependencies"] == ["feature-update=2.0"] + ([] if prune else ["idna"])
    assert document["variables"] == {"B": "2", "A": "3"}
    assert problems(prefix) == []


def test_list_forms(shared_krait, demo):
    names = [package["name"] for package in shared_krait("list", "-p", demo, "--json").json]
    assert [package["name"] for package in shared_krait("list", "-p", demo, "--json", "--reverse").json] == names[::-1]
    lines = shared_krait("list", "-p", demo, "--canonical").out.splitlines()
    assert [line.split("::")[1].rsplit("-", 2)[0] for line in lines] == names
    assert all("/linux-64::" in line or "/noarch::" in line for line in lines)


def test_a_file_that_asks_is_answered(krait, channel, tmp_path):
    """What a file does not name and what comes with what it names is no difference."""
    file = tmp_path / "environment.yml"
    file.write_text(f"channels: [{channel}, nodefaults]\ndependencies: [python=3.11, 'requests>=2']\n")
    prefix = tmp_path / "env"
    krait("create", "-y", "-p", prefix, "-f", file)
    assert "No difference" in krait("env", "diff", file, prefix).out
    krait("env", "verify", "-p", prefix, "--against", file)
    krait("install", "-y", "-p", prefix, "-c", channel, "--override-channels", "flask")
    difference = krait("env", "diff", file, prefix, "--json").json
    assert "flask" in [one["name"] for one in difference["added"]]
    assert {"urllib3", "openssl", "pip"}.isdisjoint(one["name"] for one in difference["added"])
    file.write_text(file.read_text().replace("requests>=2", "requests<2.32"))
    changed, = krait("env", "diff", file, prefix, "--json").json["changed"]
    assert changed["to"]["name"] == "requests"
    krait("env", "verify", "-p", prefix, "--against", file, code=12)


def test_verify_without_a_lock_compares_with_the_records(krait, grown):
    prefix, _ = grown
    krait("env", "verify", "-p", prefix)
    path = next(prefix / one for one in records(prefix)["feature-update"]["files"] if (prefix / one).is_file())
    path.unlink()
    assert str(path.relative_to(prefix)) in krait("env", "verify", "-p", prefix, code=11).out
