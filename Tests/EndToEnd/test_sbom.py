# SPDX-License-Identifier: BSD-3-Clause
"""Bills of materials: whole, valid by other people's validators, the same of a lock and of its environment."""
import json
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packages import small_python
from prefixes import records
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from wheels import wheel

EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}


def components(document):
    return {component["name"]: component for component in document["components"]}


def test_cyclonedx_of_the_demo(shared_krait, demo, channel):
    text = shared_krait("sbom", "-p", demo).out
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    found = components(document)
    known = records(demo)
    assert set(found) == set(known)
    for name, record in known.items():
        component = found[name]
        assert component["version"] == record["version"]
        assert {"alg": "SHA-256", "content": record["sha256"]} in component["hashes"]
        url = urlsplit(component["purl"])
        assert url.path == f"conda/{name}@{record['version'].replace('+', '%2B')}" and component["bom-ref"] == component["purl"]
        kind = "conda" if record["fn"].endswith(".conda") else "tar.bz2"
        wanted = {"build": [record["build"]], "channel": [channel.as_uri()], "subdir": [record["subdir"]], "type": [kind]}
        assert parse_qs(url.query) == wanted
    names = {component["bom-ref"]: name for name, component in found.items()}
    needs = {names.get(one["ref"], one["ref"]): {names[ref] for ref in one["dependsOn"]} for one in document["dependencies"]}
    assert set(needs) == set(known) | {"environment"}
    for name, record in known.items():
        asked = {re.match(r"[A-Za-z0-9._-]+", spec).group() for spec in record["depends"]}
        assert needs[name] == (asked & set(known)) - {name}
    assert {"jupyterlab", "pandas", "scikit-learn"} <= needs["environment"]
    assert needs["environment"].isdisjoint({"numpy", "openssl"})


def test_spdx_of_the_demo(shared_krait, demo, tmp_path):
    file = tmp_path / "demo.spdx.json"
    shared_krait("sbom", "-p", demo, "--format", "spdx", "-o", file)
    assert validate_full_spdx_document(parse_file(str(file))) == []
    document = json.loads(file.read_text())
    assert {package["name"] for package in document["packages"]} == set(records(demo)) | {"environment"}
    kinds = {relation["relationshipType"] for relation in document["relationships"]}
    assert kinds == {"DESCRIBES", "CONTAINS", "DEPENDS_ON"}


@pytest.fixture(scope="module")
def small(shared_krait, tmp_path_factory):
    """An environment with a few packages of both kinds, made once."""
    prefix = tmp_path_factory.mktemp("small") / "env"
    shared_krait.create(prefix, "python=3.11", "requests")
    return prefix


@pytest.mark.parametrize("lock", ["conda-lock.yml", "explicit.txt"])
def test_lock_and_environment_are_told_alike(shared_krait, small, tmp_path, lock):
    shared_krait("export", "-p", small, "-f", tmp_path / lock, *(["--explicit", "--sha256"] if lock.endswith("txt") else []))
    prefix = tmp_path / "again"
    shared_krait("create", "-y", "-p", prefix, "-f", tmp_path / lock)
    for words in ([], ["--format", "spdx"]):
        of_lock = shared_krait("sbom", "-f", tmp_path / lock, *words, env=EPOCH)
        assert of_lock.err == ""
        assert shared_krait("sbom", "-p", prefix, *words, env=EPOCH).out == of_lock.out
        assert shared_krait("sbom", "-p", small, *words, env=EPOCH).out == of_lock.out
        assert "2023-11-14T22:13:20Z" in of_lock.out


def test_licences(krait, own_channel, tmp_path):
    said = {
        "plain": "MIT",
        "spelled": "apache-2.0",
        "both": "MIT and (BSD-3-Clause OR Zlib)",
        "exception": "GPL-3.0-only WITH GCC-exception-3.1",
        "elder": "GPL-2.0+",
        "own": "LicenseRef-Ours AND MIT",
        "bracketed": "(MIT)",
        "nameless": "LicenseRef-",
        "deprecated": "GPL-2.0",
        "later": "apache-2.0+",
        "later-of-two": "EPL-1.0+ WITH Classpath-exception-2.0 OR MIT",
        "elsewhere": "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2 OR MIT",
        "nowhere": "DocumentRef-spdx:MIT",
        "colons": "DocumentRef-a:LicenseRef-b:LicenseRef-c",
        "unknown-later": "Unheard-1.0+",
        "tool": "GPL-2.0-or-later WITH Libtool-exception",
        "words": "BSD License",
        "signs": "BSD/License",
        "wrong": "MIT AND",
        "nothing": "",
    }
    for name, text in said.items():
        own_channel.add(name, files={f"share/{name}": name}, index={"license": text})
    own_channel.write()
    prefix = tmp_path / "env"
    krait.create(prefix, *said, channel=own_channel)
    text = krait("sbom", "-p", prefix).out
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert {name: component.get("licenses") for name, component in components(json.loads(text)).items()} == {
        "plain": [{"license": {"id": "MIT"}}],
        "spelled": [{"license": {"id": "Apache-2.0"}}],
        "both": [{"expression": "MIT AND (BSD-3-Clause OR Zlib)"}],
        "exception": [{"expression": "GPL-3.0-only WITH GCC-exception-3.1"}],
        "elder": [{"license": {"id": "GPL-2.0-or-later"}}],
        "own": [{"expression": "LicenseRef-Ours AND MIT"}],
        "bracketed": [{"expression": "(MIT)"}],
        "nameless": [{"license": {"name": "LicenseRef-"}}],
        "deprecated": [{"license": {"id": "GPL-2.0"}}],
        "later": [{"expression": "Apache-2.0+"}],
        "later-of-two": [{"expression": "EPL-1.0+ WITH Classpath-exception-2.0 OR MIT"}],
        "elsewhere": [{"expression": "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2 OR MIT"}],
        "nowhere": [{"license": {"name": "DocumentRef-spdx:MIT"}}],
        "colons": [{"license": {"name": "DocumentRef-a:LicenseRef-b:LicenseRef-c"}}],
        "unknown-later": [{"license": {"name": "Unheard-1.0+"}}],
        "tool": [{"expression": "GPL-2.0-or-later WITH Libtool-exception"}],
        "words": [{"license": {"name": "BSD License"}}],
        "signs": [{"license": {"name": "BSD/License"}}],
        "wrong": [{"license": {"name": "MIT AND"}}],
        "nothing": None,
    }
    file = tmp_path / "env.spdx.json"
    krait("sbom", "-p", prefix, "--format", "spdx", "-o", file)
    assert validate_full_spdx_document(parse_file(str(file))) == []
    extracted = {one["extractedText"] for one in json.loads(file.read_text())["hasExtractedLicensingInfos"]}
    # What is an expression and would not be taken for one stands there as text too.
    assert extracted == {"LicenseRef-Ours", "LicenseRef-", "BSD License", "BSD/License", "MIT AND", *(said[name] for name in ("later", "later-of-two", "elsewhere", "nowhere", "colons", "unknown-later"))}


def test_packages_of_pip_and_of_a_server(krait, server, tmp_path):
    prefix = tmp_path / "env"
    made = wheel(tmp_path / "wheels", "from_wheel", "2.0")
    file = tmp_path / "environment.yml"
    file.write_text(f"dependencies: [python=3.11, pip, {{pip: [{made}]}}]\n")
    krait("create", "-y", "-p", prefix, "-f", file, "-c", server.url, "--override-channels")
    of_environment = krait("sbom", "-p", prefix)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(of_environment.out) is None
    found = components(of_environment.json)
    assert found["from-wheel"]["purl"] == "pkg:pypi/from-wheel@2.0"
    # Nobody knows what it needs, and an empty list would say that it needs nothing.
    needs = {one["ref"]: one["dependsOn"] for one in of_environment.json["dependencies"]}
    assert "pkg:pypi/from-wheel@2.0" not in needs and "pkg:pypi/from-wheel@2.0" in needs["environment"]
    assert found["python"]["externalReferences"] == [{"type": "distribution", "url": records(prefix)["python"]["url"]}]
    # The server's URL stands in for the name of a channel that only conda.anaconda.org gives.
    assert parse_qs(urlsplit(found["python"]["purl"]).query)["channel"] == [server.url.rstrip("/")]
    krait("export", "-p", prefix, "-f", tmp_path / "conda-lock.yml")
    of_lock = krait("sbom", "-f", tmp_path / "conda-lock.yml")
    assert of_lock.out == of_environment.out
    # Without the cache nobody knows the licences, and that is said.
    krait("clean", "-y", "--all")
    assert "packages is not known: the lock does not say" in krait("sbom", "-f", tmp_path / "conda-lock.yml").err


def test_what_pip_put_beside_or_in_the_place_of_packages(krait, own_channel, tmp_path):
    """Two metadata of one project, a copy within another package, one of two halves: each is named once, in list and SBOM."""
    def metadata(name, version, folder="site-packages"):
        return {f"{folder}/{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}

    small_python(own_channel)
    for name, files in {
        "six": metadata("six", "1.16.0"),
        "setuptools": metadata("setuptools", "71.0") | metadata("packaging", "24.2", "site-packages/setuptools/_vendor"),
        "halves": metadata("first", "1.0") | metadata("second", "1.0"),
    }.items():
        own_channel.add(name, "1", files, noarch="python", depends=["python"])
    prefix = tmp_path / "env"
    krait.create(prefix, "six", "setuptools", "halves", "--no-pyc", channel=own_channel)

    def named():
        listed = {one["name"]: one["channel"].rpartition("/")[2] for one in krait("list", "-p", prefix, "--json").json}
        told = {one["name"]: one["purl"].partition("?")[0] for one in krait("sbom", "-p", prefix).json["components"]}
        locked = krait("export", "-p", prefix, "-f", tmp_path / "conda-lock.yml") and (tmp_path / "conda-lock.yml").read_text()
        assert set(listed) == set(told)
        # Of what pip has by hand nobody knows where it is.
        assert all((f"name: {name}\n" in locked) for name in listed if told[name].startswith("pkg:conda"))
        return {name: purl for name, purl in told.items() if name not in ("python", "halves", "setuptools")}

    def by_pip(name, version, written):
        for path, text in metadata(name, version, prefix / "lib/python3.11/site-packages").items():
            Path(path).parent.mkdir()
            Path(path).write_text(text)
            os.utime(Path(path).parent, (written, written))

    assert named() == {"six": "pkg:conda/six@1"}
    by_pip("packaging", "24.2", 1)
    by_pip("six", "1.17.0", 1)
    by_pip("first", "2.0", 1)
    pip = {"six": "pkg:pypi/six@1.17.0", "first": "pkg:pypi/first@2.0", "packaging": "pkg:pypi/packaging@24.2"}
    assert named() == pip
    by_pip("six", "1.15.0", 2)
    assert named() == {**pip, "six": "pkg:pypi/six@1.15.0"}
    by_pip("second", "2.0", 1)
    assert "halves" not in krait("list", "-p", prefix).out


def pip_lock(tmp_path, *requirements):
    """A `conda-lock.yml` of packages from PyPI: (name, url, category)."""
    lock = tmp_path / "conda-lock.yml"
    packages = "".join(
        f"- {{name: {name}, version: '1', manager: pip, platform: linux-64, dependencies: {{}}, url: '{url}', "
        f"hash: {{sha256: '{'0' * 64}'}}, category: {category}, optional: false}}\n" for name, url, category in requirements)
    lock.write_text(f"version: 1\nmetadata:\n  channels: []\n  platforms: [linux-64]\n  sources: []\npackage:\n{packages}")
    return lock


@pytest.mark.parametrize("url, place", [
    ("https://files.example.org/a b[1].whl", "https://files.example.org/a%20b%5B1%5D.whl"),
    ("http://localhost:8000/a.whl", None), ("http://10.0.0.1/a.whl", None), ("https://mirror/a.whl", None),
    ("git+file:///srv/a", None), ("git+https://github.com/a/b@1", "git+https://github.com/a/b@1"),
])
def test_places_that_others_take(krait, tmp_path, url, place):
    lock = pip_lock(tmp_path, ("a", url, "main"))
    text = krait("sbom", "-f", lock, "--platform", "linux-64").out
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    file = tmp_path / "lock.spdx.json"
    krait("sbom", "-f", lock, "--platform", "linux-64", "--format", "spdx", "-o", file)
    assert validate_full_spdx_document(parse_file(str(file))) == []
    places = {package["name"]: package["downloadLocation"] for package in json.loads(file.read_text())["packages"]}
    assert places["a"] == (place or "NOASSERTION")


def test_what_two_categories_have_is_there_once(krait, tmp_path):
    url = "https://files.example.org/a-1.whl"
    lock = pip_lock(tmp_path, ("a", url, "main"), ("a", url, "dev"))
    conda = "https://conda.anaconda.org/conda-forge/noarch/idna-3.7-pyhd8ed1ab_0.conda"
    for category in ("main", "dev"):
        with lock.open("a") as file:
            file.write(f"- {{name: idna, version: '3.7', manager: conda, platform: linux-64, dependencies: {{}}, url: '{conda}', "
                       f"hash: {{sha256: '{'0' * 64}'}}, category: {category}, optional: false}}\n")
    text = krait("sbom", "-f", lock, "--platform", "linux-64", "--category", "main", "--category", "dev").out
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert sorted(component["name"] for component in json.loads(text)["components"]) == ["a", "idna"]


def test_name_of_a_channel_on_the_usual_host(krait, tmp_path):
    lock = tmp_path / "explicit.txt"
    lock.write_text(f"@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/noarch/idna-3.7-pyhd8ed1ab_0.conda#sha256:{'0' * 64}\n")
    (component,) = krait("sbom", "-f", lock).json["components"]
    assert component["purl"] == "pkg:conda/idna@3.7?build=pyhd8ed1ab_0&channel=conda-forge&subdir=noarch&type=conda"


def test_what_is_no_lock_is_refused(krait, tmp_path):
    file = tmp_path / "environment.yml"
    file.write_text("dependencies: [python]\n")
    result = krait("sbom", "-f", file, code=2)
    assert "is not a lock" in result.err and f"krait lock -f {file}" in result.err
    assert "is not an SBOM format" in krait("sbom", "-f", file, "--format", "xml", code=2).err
    assert "cannot be combined with an environment" in krait("sbom", "-f", file, "-n", "x", code=2).err


def test_what_pip_put_in_the_place_of_a_dependency_is_needed_as_it_was(krait, own_channel, tmp_path):
    small_python(own_channel)

    def metadata(version):
        return {f"site-packages/six_x-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: six_x\nVersion: {version}\n"}

    own_channel.add("six_x", "1.0", metadata("1.0"), noarch="python", depends=["python"])
    own_channel.add("user", "1.0", {"site-packages/user.py": ""}, noarch="python", depends=["python", "six_x >=1"])
    prefix = tmp_path / "env"
    krait.create(prefix, "user", "--no-pyc", channel=own_channel)
    for path, text in metadata("2.0").items():
        path = prefix / "lib/python3.11" / path
        path.parent.mkdir()
        path.write_text(text)
    document = krait("sbom", "-p", prefix).json
    needs = {one["ref"].partition("?")[0]: one["dependsOn"] for one in document["dependencies"]}
    assert "pkg:pypi/six-x@2.0" in needs["pkg:conda/user@1.0"]
    assert [ref.partition("?")[0] for ref in needs["environment"]] == ["pkg:conda/user@1.0"] and "pkg:pypi/six-x@2.0" not in needs
    spdx = krait("sbom", "-p", prefix, "--format", "spdx").json
    names = {one["SPDXID"]: one["name"] for one in spdx["packages"]}
    edges = {(names.get(one["spdxElementId"]), names[one["relatedSpdxElement"]]) for one in spdx["relationships"] if one["relationshipType"] == "DEPENDS_ON"}
    assert ("user", "six-x") in edges and ("environment", "six-x") not in edges


def test_what_a_bare_list_does_not_say_is_told_of(krait, own_channel, tmp_path):
    """Without the cache an @EXPLICIT lock says neither licences nor dependencies, and empty ones are made of neither."""
    own_channel.add("needed", files={"share/needed": ""})
    own_channel.add("user", files={"share/user": ""}, depends=["needed"], index={"license": "MIT"})
    lock = tmp_path / "explicit.txt"
    krait.create(tmp_path / "env", "user", channel=own_channel)
    krait("export", "-p", tmp_path / "env", "--explicit", "--sha256", "-f", lock)
    known = krait("sbom", "-f", lock)
    assert known.err == "" and [len(one["dependsOn"]) for one in known.json["dependencies"]] == [1, 0, 1]
    bare = krait("sbom", "-f", lock, env={"CONDA_PKGS_DIRS": tmp_path / "empty"})
    assert "licence and dependencies of 2 of 2 packages are not known" in bare.err
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bare.out) is None
    assert [one["ref"] for one in bare.json["dependencies"]] == ["environment"]
