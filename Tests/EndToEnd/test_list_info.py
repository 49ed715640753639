# SPDX-License-Identifier: BSD-3-Clause
"""What is told of environments, of this machine and of krait itself."""

import platform

import pytest

from conftest import SUBDIR, glibc_version
from prefixes import records, versions


def test_list(shared_krait, demo):
    lines = shared_krait("list", "-p", demo).out.splitlines()
    assert str(demo) in lines[0]
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    found = {row[0]: tuple(row[1:3]) for row in rows}
    assert found == {name: (record["version"], record["build"]) for name, record in records(demo).items()}
    names = [row[0] for row in rows]
    assert names == sorted(names)


def test_list_json(shared_krait, demo):
    listed = shared_krait("list", "-p", demo, "--json").json
    assert isinstance(listed, list)
    assert {package["name"]: package["version"] for package in listed} == versions(demo)
    for package in listed:
        assert set(package) >= {
            "name",
            "version",
            "build_string",
            "build_number",
            "channel",
            "platform",
            "dist_name",
            "base_url",
        }
        assert package["dist_name"] == f"{package['name']}-{package['version']}-{package['build_string']}"


def test_list_pattern(shared_krait, demo):
    listed = shared_krait("list", "-p", demo, "--json", "^jupyter").json
    assert listed and all(package["name"].startswith("jupyter") for package in listed)
    assert shared_krait("list", "-p", demo, "--json", "no-such-thing").json == []


def test_list_full_name(shared_krait, demo):
    listed = shared_krait("list", "-p", demo, "--json", "--full-name", "python").json
    assert [package["name"] for package in listed] == ["python"]


@pytest.mark.parametrize("flag, length", [("--md5", 32), ("--sha256", 64), (None, 0)])
def test_list_explicit(shared_krait, demo, flag, length):
    out = shared_krait("list", "-p", demo, "--explicit", *([flag] if flag else [])).out.splitlines()
    assert "@EXPLICIT" in out
    urls = [line for line in out if line.startswith(("file:", "http"))]
    assert len(urls) == len(records(demo))
    for url in urls:
        assert len(url.partition("#")[2]) == length


def test_list_export(shared_krait, demo):
    out = shared_krait("list", "-p", demo, "--export").out.splitlines()
    found = {line for line in out if line and not line.startswith("#")}
    assert found == {f"{name}={record['version']}={record['build']}" for name, record in records(demo).items()}


def test_list_shows_what_pip_installed(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "python=3.11", "setuptools", "wheel")
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "by-pip"\nversion = "1.5"\n[tool.setuptools]\npackages = []\n'
    )
    krait("run", "-p", prefix, "pip", "install", "--no-index", "--no-build-isolation", "--no-deps", project)
    listed = {package["name"]: package for package in krait("list", "-p", prefix, "--json").json}
    assert listed["by-pip"]["channel"] == "pypi"
    assert "by-pip" not in {package["name"] for package in krait("list", "-p", prefix, "--json", "--no-pip").json}


def test_list_of_the_active_environment(shared_krait, demo):
    listed = shared_krait("list", "--json", env={"CONDA_PREFIX": demo}).json
    assert {package["name"] for package in listed} == set(records(demo))


def test_list_reads_what_rattler_made(krait, channel, tmp_path):
    import asyncio

    import rattler

    async def install():
        found = await rattler.solve(
            [rattler.Channel(str(channel))],
            ["feature-meta"],
            platforms=["linux-64", "noarch"],
            virtual_packages=rattler.VirtualPackage.detect(),
        )
        await rattler.install(found, tmp_path / "env", cache_dir=tmp_path / "cache", show_progress=False)

    asyncio.run(install())
    listed = krait("list", "-p", tmp_path / "env", "--json").json
    assert {package["name"]: package["version"] for package in listed} == versions(tmp_path / "env")


def test_info(shared_krait):
    out = shared_krait("info").out
    assert shared_krait("--version").out.split()[-1] in out
    for word in ("linux-64", str(shared_krait.root), "__glibc", "__unix", "__linux"):
        assert word in out


def test_info_json(shared_krait):
    document = shared_krait("info", "--json").json
    assert document["platform"] == SUBDIR
    assert document["root_prefix"] == str(shared_krait.root)
    assert document["pkgs_dirs"][0] == str(shared_krait.cache)
    assert document["envs_dirs"][0] == str(shared_krait.root / "envs")
    virtual = {package[0]: package[1] for package in document["virtual_pkgs"]}
    assert virtual["__glibc"] == glibc_version()
    assert virtual["__linux"] == platform.release().split("-")[0].split("+")[0] or virtual["__linux"]
    assert "__archspec" in virtual and "__unix" in virtual


def test_info_tells_the_embedded_roots(shared_krait):
    roots = shared_krait("info", "--json").json["embedded_roots"]
    assert roots["count"] > 100
    assert len(roots["sha256"]) == 64
    assert roots["date"][:2] == "20" and "ca-certificates" in roots["source"]
    out = shared_krait("info").out
    assert roots["sha256"] in out and roots["date"] in out


def test_info_follows_overrides(shared_krait):
    document = shared_krait("info", "--json", env={"CONDA_OVERRIDE_CUDA": "12.4", "CONDA_OVERRIDE_GLIBC": "2.17"}).json
    virtual = {package[0]: package[1] for package in document["virtual_pkgs"]}
    assert (virtual["__cuda"], virtual["__glibc"]) == ("12.4", "2.17")


def test_virtual_packages_as_rattler_finds_them(shared_krait):
    import rattler

    theirs = {
        str(package.name.normalized): str(package.version)
        for package in (found.into_generic() for found in rattler.VirtualPackage.detect())
    }
    ours = {package[0]: package[1] for package in shared_krait("info", "--json").json["virtual_pkgs"]}
    theirs.pop("__archspec", None), ours.pop("__archspec", None)
    assert ours == theirs


@pytest.mark.parametrize("words", [["--version"], ["-V"]])
def test_version(shared_krait, words):
    result = shared_krait(*words)
    assert result.err == "" and result.out.count("\n") == 1
    assert result.out.strip().replace("krait ", "").count(".") == 2


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
def test_help(shared_krait, words):
    result = shared_krait(*words, code=0 if words else None)
    text = result.out + result.err
    for verb in ("create", "install", "update", "remove", "list", "info", "run", "shell"):
        assert verb in text
    if words:
        assert result.err == "" and result.out.startswith("krait")


@pytest.mark.parametrize("verb", ["create", "install", "update", "remove", "list", "info", "run", "clean", "config"])
def test_help_of_a_verb(shared_krait, verb):
    out = shared_krait(verb, "--help").out
    assert f"krait {verb}" in out
    assert all(len(line) <= 160 for line in out.splitlines())
