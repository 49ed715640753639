# SPDX-License-Identifier: BSD-3-Clause
"""`search` and `repoquery`: what channels and environments have, need, and are needed for."""
import json

import pytest
from prefixes import records


@pytest.fixture
def ask(krait, own_channel):
    own_channel.add("alpha", "1.9", depends=["beta >=1"])
    own_channel.add("alpha", "1.10", depends=["beta >=2", "__unix"])
    own_channel.add("alpha", "1.10", build="1", build_number=1, depends=["beta >=2", "__unix"],
                    index={"license": "BSD-3-Clause"})
    own_channel.add("beta", "1.0")
    own_channel.add("beta", "2.0", depends=["gamma"])
    own_channel.add("gamma", "1.0", depends=["alpha"])
    own_channel.add("delta", "1.0", depends=["beta <2", "nowhere"])
    own_channel.add("alphabet", "1.0")

    def run(*words, **more):
        return krait(*words, "-c", own_channel, "--override-channels", **more)

    return run


def packages(result):
    return [f"{package['name']} {package['version']} {package['build']}" for package in result.json["result"]["pkgs"]]


def lines(result):
    return [line.split()[:3] for line in result.out.splitlines() if not line.startswith("#")]


def test_search_shows_the_newest_last(ask):
    assert lines(ask("search", "alpha")) == [["alpha", "1.9", "0"], ["alpha", "1.10", "0"], ["alpha", "1.10", "1"]]


@pytest.mark.parametrize("spec, found", [
    ("alpha<1.10", [["alpha", "1.9", "0"]]),
    ("alpha=1.10=1", [["alpha", "1.10", "1"]]),
    ("alpha[license=BSD-3-Clause]", [["alpha", "1.10", "1"]]),
    ("alphab*", [["alphabet", "1.0", "0"]]),
    ("ALPHABET", [["alphabet", "1.0", "0"]]),
])
def test_search_for_specs(ask, spec, found):
    assert lines(ask("search", spec)) == found


def test_search_with_a_glob(ask):
    assert {line[0] for line in lines(ask("search", "al*"))} == {"alpha", "alphabet"}


def test_search_json(ask, own_channel):
    document = ask("search", "al*", "--json").json
    assert list(document) == ["alpha", "alphabet"]
    newest = document["alpha"][-1]
    theirs = own_channel.records["noarch"]["alpha-1.10-1.tar.bz2"]
    assert {key: newest[key] for key in theirs} == theirs
    assert newest["fn"] == "alpha-1.10-1.tar.bz2" and newest["url"].endswith("/noarch/alpha-1.10-1.tar.bz2")


def test_search_info(ask):
    out = ask("search", "alpha=1.10=1", "--info").out
    for text in ("alpha 1.10 1", "BSD-3-Clause", "beta >=2", "2025-01-01 00:00:00 UTC", "sha256"):
        assert text in out


def test_search_for_what_is_not_there(ask):
    result = ask("search", "alhpa", code=3)
    assert "there is no package alhpa" in result.err and "`alpha`" in result.err
    result = ask("search", "alpha>=7", code=3)
    assert "nothing in" in result.err and "alpha 1.10" in result.err
    assert ask("search", "alpha>=7", "--json", code=3).json["exit_code"] == 3


def test_search_needs_a_spec(krait):
    krait("search", code=2)


def test_depends(ask):
    result = ask("repoquery", "depends", "alpha", "--json")
    assert packages(result) == ["beta 2.0 0"]
    tree = result.json["result"]["tree"]
    assert tree["package"] == "alpha-1.10-1"
    assert [(child["text"], child["package"]) for child in tree["children"]] == [
        ("beta >=2", "beta-2.0-0"), ("__unix", None)]


def test_depends_recursive(ask):
    assert packages(ask("repoquery", "depends", "alpha", "--recursive", "--json")) == ["beta 2.0 0", "gamma 1.0 0"]


def test_depends_tree(ask):
    assert ask("repoquery", "depends", "alpha", "--tree").out.splitlines() == [
        "alpha 1.10 1",
        "├─ beta 2.0 0  [beta >=2]",
        "│  └─ gamma 1.0 0",
        "│     └─ alpha 1.10 1  (above)",
        "└─ __unix  (virtual package)",
    ]


def test_depends_tells_what_nothing_answers(ask):
    assert "nowhere  (no matching package)" in ask("repoquery", "depends", "delta").out


def test_whoneeds(ask):
    assert packages(ask("repoquery", "whoneeds", "beta", "--json")) == ["alpha 1.10 1"]
    assert packages(ask("repoquery", "whoneeds", "beta<2", "--json")) == ["alpha 1.9 0", "delta 1.0 0"]


def test_whoneeds_every_record(ask):
    assert packages(ask("repoquery", "whoneeds", "beta", "--all", "--json")) == [
        "alpha 1.10 1", "alpha 1.10 0", "alpha 1.9 0"]


def test_whoneeds_recursive(ask):
    found = packages(ask("repoquery", "whoneeds", "beta", "--recursive", "--json"))
    assert found[:2] == ["alpha 1.10 1", "gamma 1.0 0"]
    tree = ask("repoquery", "whoneeds", "beta", "--tree").out
    assert tree.splitlines()[0] == "beta 2.0 0" and "└─ gamma 1.0 0" in tree


def test_whoneeds_of_a_name_without_a_package(ask):
    assert packages(ask("repoquery", "whoneeds", "nowhere", "--json")) == ["delta 1.0 0"]
    assert "nothing needs it" in ask("repoquery", "whoneeds", "delta").out


def test_queries_of_an_environment(demo, shared_krait):
    mine = records(demo)
    result = shared_krait("repoquery", "depends", "-p", demo, "pandas", "--json")
    needed = {spec.split()[0] for spec in mine["pandas"]["depends"] if not spec.startswith("__")}
    assert {package["name"] for package in result.json["result"]["pkgs"]} == needed & set(mine)
    result = shared_krait("repoquery", "whoneeds", "-p", demo, "numpy", "--json")
    users = {name for name, record in mine.items() if "numpy" in {spec.split()[0] for spec in record["depends"]}}
    assert {package["name"] for package in result.json["result"]["pkgs"]} == users
    result = shared_krait("repoquery", "search", "--local", "py*", "--json", env={"CONDA_PREFIX": demo})
    assert {package["name"] for package in result.json["result"]["pkgs"]} == {n for n in mine if n.startswith("py")}
    shared_krait("repoquery", "search", "-p", demo, "nothing-such", code=3)


def test_an_environment_and_channels_at_once(demo, shared_krait):
    shared_krait("repoquery", "search", "-p", demo, "--remote", "python", code=2)


def test_query_of_what_is_no_environment(krait, tmp_path):
    krait("repoquery", "search", "-p", tmp_path, "python", code=2)


def test_documents_are_documents(ask):
    for words in (["search", "alpha"], ["repoquery", "search", "alpha"], ["repoquery", "depends", "alpha"]):
        json.loads(ask(*words, "--json").out)
