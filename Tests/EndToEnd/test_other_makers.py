# SPDX-License-Identifier: BSD-3-Clause
"""Environments that conda, micromamba and py-rattler made, understood and changed, and the reverse.

py-rattler is here. What conda 26.7 writes was read from environments that it made; its records and history are written
here in the same way over an environment of ours, and so are micromamba's (Rules §13, §14)."""
import asyncio
import json
import os
import pathlib
import re
import subprocess

import pytest
import rattler
from conftest import CHANNEL, Krait
from prefixes import files, packages_loaded_by_rattler, records, sha256, versions

SPECS = ["python=3.11", "flask=3.0.3", "six=1.16.0", "feature-noarch-python=1.0", "feature-symlinks", "feature-clobber-a",
         "feature-clobber-b"]


async def rattler_installs(prefix, specs, cache):
    found = await rattler.solve(
        [rattler.Channel(str(CHANNEL))], specs, platforms=["linux-64", "noarch"],
        virtual_packages=rattler.VirtualPackage.detect(), add_pip_as_python_dependency=True)
    await rattler.install(
        found, prefix, cache_dir=cache, show_progress=False,
        requested_specs=[rattler.MatchSpec(spec)._match_spec for spec in specs])


def in_archive(path, record):
    """Where conda says that a file of a noarch python package is: where it was in the archive."""
    if record.get("noarch") == "python" and path["path_type"] == "hardlink":
        head, found, rest = path["_path"].partition("/site-packages/")
        if found:
            return f"site-packages/{rest}"
        if head.startswith("bin/"):
            return f"python-scripts/{head[4:]}"
    return path["_path"]


def as_conda_writes(prefix, record):
    """The keys of conda 26.7 in its order; only files that are no links have a hash of what is in the prefix."""
    keys = ["name", "version", "build", "build_number", "channel", "subdir", "fn", "md5", "url", "sha256", "depends",
            "constrains", "noarch", "license", "timestamp", "size"]
    new = {key: record[key] for key in keys if key in record}
    new["channel"] = f"{record['channel']}/{record['subdir']}"
    if record.get("noarch") == "python":
        new["package_type"] = "noarch_python"
    asked = record.get("requested_specs")
    if asked:
        new["requested_spec"] = asked[0]
    new["package_tarball_full_path"] = f"/opt/conda/pkgs/{record['fn']}"
    new["extracted_package_dir"] = "/opt/conda/pkgs/" + record["fn"].removesuffix(".conda").removesuffix(".tar.bz2")
    paths = []
    for path in record["paths_data"]["paths"]:
        one = {**path, "_path": in_archive(path, record)}
        if path["path_type"] in ("softlink", "pyc_file", "unix_python_entry_point"):
            one.pop("sha256_in_prefix", None)
        if path["path_type"] in ("pyc_file", "unix_python_entry_point"):
            one.pop("sha256", None)
        paths.append(one)
    new["files"] = record["files"]
    new["paths_data"] = {"paths_version": 1, "paths": paths}
    new["link"] = {"source": new["extracted_package_dir"], "type": 1}
    if asked:
        new["requested_specs"] = asked
    return new


def as_micromamba_writes(prefix, record):
    """One requested spec, `track_features` as a text, and places in the prefix."""
    new = {**record, "channel": f"{record['channel']}/{record['subdir']}", "track_features": ""}
    asked = new.pop("requested_specs", None)
    new["requested_spec"] = asked[0] if asked else "TODO"
    new["paths_data"] = {
        "paths_version": 1, "paths": [{**path, "no_link": False} for path in record["paths_data"]["paths"]]}
    return dict(sorted(new.items()))


def rewrite(prefix, writes, history):
    lines = []
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        record = json.loads(path.read_text())
        path.write_text(json.dumps(writes(prefix, record), indent=2))
        lines.append(f"+{record['channel']}/{record['subdir']}::{record['name']}-{record['version']}-{record['build']}\n")
    (prefix / "conda-meta/history").write_text(history(lines))
    (prefix / "conda-meta/.krait-index").unlink(missing_ok=True)


def conda_history(lines):
    specs = ", ".join(repr(spec) for spec in SPECS)
    return (
        "==> 2026-11-22 13:25:44 <==\n# cmd: /opt/conda/bin/conda create -n x python=3.11\n# conda version: 26.7.1\n"
        + "".join(lines) + f"# update specs: [{specs}]\n")


def micromamba_history(lines):
    specs = ", ".join(json.dumps(spec) for spec in SPECS)
    return (
        "==> 2026-11-22 13:25:44 <==\n# cmd: micromamba create -n x python=3.11\n# conda version: 3.8.0\n"
        + "".join(lines) + f"# update specs: [{specs}]\n")


@pytest.fixture(params=["conda", "micromamba", "rattler"])
def made(request, krait, tmp_path):
    """An environment as another tool leaves it."""
    prefix = tmp_path / "env"
    if request.param == "rattler":
        asyncio.run(rattler_installs(prefix, SPECS, tmp_path / "cache"))
    else:
        Krait(tmp_path / "maker").create(prefix, *SPECS)
        if request.param == "conda":
            rewrite(prefix, as_conda_writes, conda_history)
            (prefix / "conda-meta/created_at").write_text("1795353944.920688")
        else:
            rewrite(prefix, as_micromamba_writes, micromamba_history)
    return prefix


def strays(prefix):
    """Files that no record owns, and files that a record has and that are not there."""
    owned = {path for record in records(prefix).values() for path in record["files"]}
    found = {path for path in files(prefix) if not path.startswith("conda-meta/") and path != "CACHEDIR.TAG"}
    compiled = {path for path in found ^ owned if path.endswith(".pyc")}
    return sorted((found ^ owned) - compiled)


def run(prefix, code):
    done = subprocess.run([prefix / "bin/python", "-c", code], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def install(krait, prefix, *specs, verb="install"):
    return krait(verb, "-y", "-p", prefix, "-c", CHANNEL, "--override-channels", *specs)


def test_it_is_understood(krait, made):
    listed = krait("list", "-p", made, "--json", "--no-pip").json
    assert {one["name"]: one["version"] for one in listed} == versions(made)
    assert {one["channel"] for one in listed} == {CHANNEL.name}
    assert CHANNEL.name in krait("list", "-p", made).out
    assert krait("list", "-p", made, "--json").json == listed, "no file of conda is taken for one of pip"
    document = krait("env", "export", "-p", made, "--json", "--from-history").json
    assert [pathlib.Path(one.removeprefix("file://")) for one in document["channels"]] == [CHANNEL]
    assert {re.split("[ =]", spec)[0] for spec in document["dependencies"]} == {spec.split("=")[0] for spec in SPECS}
    checked = krait("doctor", "-p", made, "--json", code=None)
    assert checked.code == 0, checked


def test_it_is_changed(krait, made):
    before = versions(made)
    assert install(krait, made, "idna=3.7").code == 0
    assert versions(made) == {**before, "idna": "3.7"}, "nothing else moves"
    install(krait, made, "six", verb="update")
    assert versions(made)["six"] == "1.17.0"
    assert not list(made.glob("lib/python3.11/site-packages/six-1.16*"))
    install(krait, made, "feature-noarch-python=2.0")
    assert run(made, "import six, flask; print(six.__version__)") == "1.17.0"
    krait("remove", "-y", "-p", made, "flask")
    assert not (made / "lib/python3.11/site-packages/flask").exists() and not (made / "bin/flask").exists()
    assert "werkzeug" not in versions(made) and "python" in versions(made)
    krait("remove", "-y", "-p", made, "feature-clobber-b", "feature-symlinks")
    assert not (made / "share/feature-symlinks").exists()
    assert strays(made) == []
    krait("doctor", "-p", made, code=None)


def test_it_is_cloned(krait, made, tmp_path):
    krait("create", "--clone", made, "-p", tmp_path / "copy", "--offline")
    assert versions(tmp_path / "copy") == versions(made)
    made.rename(tmp_path / "away")
    assert run(tmp_path / "copy", "import sys, six, flask; print(sys.prefix)") == str(tmp_path / "copy")
    copies = [tmp_path / "copy" / path for path in files(tmp_path / "copy") if not path.startswith("conda-meta/")]
    assert [path for path in copies if path.is_file() and str(made).encode() in path.read_bytes()] == []


@pytest.fixture
def disputed(krait, own_channel, tmp_path):
    """An environment as conda leaves it with a file of two packages: that of the one it linked last, in both records."""
    for name in ("one", "two"):
        own_channel.add(name, files={"share/both.txt": f"{name}\n", f"share/{name}.txt": name})
    prefix = tmp_path / "env"
    krait.create(prefix, "one", "two", channel=own_channel)
    aside, = [path for record in records(prefix).values() for path in record["paths_data"]["paths"]
              if "original_path" in path]
    (prefix / aside["_path"]).unlink()

    def writes(prefix, record):
        new = as_conda_writes(prefix, record)
        new["files"] = [path.replace(aside["_path"], "share/both.txt") for path in new["files"]]
        for path in new["paths_data"]["paths"]:
            path["_path"] = path.pop("original_path", path["_path"])
        return new

    rewrite(prefix, writes, conda_history)
    winner = (prefix / "share/both.txt").read_text().strip()
    krait("doctor", "-p", prefix)
    return prefix, winner, *({"one", "two"} - {winner})


def test_who_had_nothing_takes_nothing_away(krait, disputed):
    prefix, winner, loser = disputed
    krait("remove", "-y", "-p", prefix, loser)
    assert (prefix / "share/both.txt").read_text() == f"{winner}\n" and not (prefix / f"share/{loser}.txt").exists()
    krait("doctor", "-p", prefix)


def test_who_had_it_leaves_something_to_the_other(krait, disputed):
    prefix, winner, loser = disputed
    result = krait("remove", "-y", "-p", prefix, winner)
    assert "1 files of removed packages were kept because packages that stay have them too, first share/both.txt" in result.err and "doctor" in result.err
    krait("doctor", "-p", prefix, code=1)
    krait("doctor", "-p", prefix, "--fix")
    assert (prefix / "share/both.txt").read_text() == f"{loser}\n"


def test_a_clone_has_both(krait, disputed, tmp_path):
    prefix, winner, loser = disputed
    copy = tmp_path / "copy"
    krait("create", "--clone", prefix, "-p", copy)
    assert (copy / "share/both.txt").read_text() == f"{winner}\n"
    krait("remove", "-y", "-p", copy, winner)
    assert (copy / "share/both.txt").read_text() == f"{loser}\n"
    krait("doctor", "-p", copy)


def test_the_reverse_with_rattler(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, *SPECS)
    assert set(packages_loaded_by_rattler(prefix)) == set(versions(prefix))
    asyncio.run(rattler_installs(
        prefix, ["python=3.11", "six=1.17.0", "feature-noarch-python=2.0", "feature-clobber-a"], tmp_path / "cache"))
    now = versions(prefix)
    assert now["six"] == "1.17.0" and "flask" not in now and "feature-symlinks" not in now
    assert not (prefix / "lib/python3.11/site-packages/flask").exists()
    assert run(prefix, "import six; print(six.__version__)") == "1.17.0"
    assert strays(prefix) == []
    # And on it goes with us.
    install(krait, prefix, "flask")
    assert run(prefix, "import flask, six; print('ok')") == "ok"
    krait("doctor", "-p", prefix)
