# SPDX-License-Identifier: BSD-3-Clause
"""Lock files: made, read by others, held against their environment.yml, installed without an index."""
import pathlib

import pytest
import yaml
from conftest import Krait
from prefixes import records, versions


def environment(path, channel, *dependencies):
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump({"name": "project", "channels": [str(channel)], "dependencies": list(dependencies)}))
    return path


def locked(path, platform="linux-64"):
    """The packages of a conda-lock.yml as {name: entry}."""
    document = yaml.safe_load(path.read_text())
    return {package["name"]: package for package in document["package"] if package["platform"] == platform}


@pytest.fixture(scope="module")
def project(shared_krait, channel, tmp_path_factory):
    """A directory with environment.yml and a lock for two platforms; only read."""
    directory = tmp_path_factory.mktemp("project")
    file = environment(directory / "environment.yml", channel, "python=3.11", "requests", "numpy")
    shared_krait("lock", "-f", file, "--platform", "linux-64,osx-arm64")
    return directory


def test_lock_holds_what_create_would_install(shared_krait, project):
    lock = project / "conda-lock.yml"
    document = yaml.safe_load(lock.read_text())
    assert document["version"] == 1
    assert document["metadata"]["platforms"] == ["linux-64", "osx-arm64"]
    assert document["metadata"]["sources"] == ["environment.yml"]
    assert set(document["metadata"]["content_hash"]) == {"linux-64", "osx-arm64"}
    for platform in ("linux-64", "osx-arm64"):
        solved = shared_krait.solve("--platform", platform, "python=3.11", "requests", "numpy")
        found = locked(lock, platform)
        assert set(found) == set(solved)
        for name, package in found.items():
            assert package["url"] == solved[name]["url"]
            assert package["hash"] == {"md5": solved[name]["md5"], "sha256": solved[name]["sha256"]}


def test_rattler_reads_the_lock(project):
    import rattler

    lock = rattler.LockFile.from_path(project / "conda-lock.yml")
    _, found = next(iter(lock.environments()))
    for platform in ("linux-64", "osx-arm64"):
        packages = {package.name: pathlib.Path(package.location).as_uri() for package in found.packages(lock_platform(found, platform))}
        assert packages == {name: entry["url"] for name, entry in locked(project / "conda-lock.yml", platform).items()}


def lock_platform(found, name):
    return next(platform for platform in found.platforms() if name in str(platform))


def test_platforms_of_the_file(krait, channel, tmp_path):
    file = tmp_path / "environment.yml"
    file.write_text(f"channels: [{channel}]\nplatforms: [linux-64, osx-arm64]\ndependencies: [idna]\n")
    result = krait("lock", "-f", file, "--lockfile", tmp_path / "my.yml", "--json").json
    assert result["platforms"] == ["linux-64", "osx-arm64"] and result["files"] == [str(tmp_path / "my.yml")]
    for platform in ("linux-64", "osx-arm64"):
        assert {"idna", "python"} <= set(locked(tmp_path / "my.yml", platform))


def test_explicit_locks(krait, channel, tmp_path):
    file = environment(tmp_path / "environment.yml", channel, "python=3.11")
    krait("lock", "-f", file, "--platform", "linux-64,osx-arm64", "--format", "explicit")
    for platform in ("linux-64", "osx-arm64"):
        assert "@EXPLICIT" in (tmp_path / f"conda-{platform}.lock").read_text()
    krait("create", "-y", "-p", tmp_path / "env", "-f", tmp_path / "conda-linux-64.lock")
    assert "python" in records(tmp_path / "env")
    assert krait("lock", "-f", file, "--format", "toml", code=2).err


def test_lock_without_a_solution_writes_nothing(krait, channel, tmp_path):
    file = environment(tmp_path / "environment.yml", channel, "feature-cuda")
    krait("lock", "-f", file, "--platform", "osx-arm64", code=3)
    assert not (tmp_path / "conda-lock.yml").exists()


@pytest.mark.parametrize("name", ["out/conda-lock.yml", "out/lock.txt"])
@pytest.mark.parametrize("dry", [True, False])
def test_write_lock(krait, channel, tmp_path, name, dry):
    file = tmp_path / name
    krait.create(tmp_path / "one", "python=3.11", "requests", "--write-lock", file, *(["--dry-run"] if dry else []))
    assert (tmp_path / "one").exists() is not dry
    krait("create", "-y", "-p", tmp_path / "two", "-f", file)
    assert versions(tmp_path / "two") == {
        name: record["version"] for name, record in krait.solve("python=3.11", "requests").items()}
    assert krait("env", "verify", "-p", tmp_path / "two", "--against", file).code == 0


def test_write_lock_on_install(krait, tmp_path, channel):
    krait.create(tmp_path / "one", "idna")
    words = ["-p", tmp_path / "one", "-c", channel, "--override-channels", "feature-update<2", "--write-lock"]
    krait("install", "-y", *words, tmp_path / "lock.yml")
    assert set(locked(tmp_path / "lock.yml")) == set(records(tmp_path / "one")) >= {"idna", "feature-update"}
    (tmp_path / "lock.yml").unlink()
    krait("install", "-y", *words, tmp_path / "lock.yml")
    assert set(locked(tmp_path / "lock.yml")) == set(records(tmp_path / "one"))


def test_locked(krait, project, tmp_path):
    krait("create", "-y", "--locked", "-p", tmp_path / "env", "-f", project / "environment.yml")
    assert versions(tmp_path / "env") == {
        name: package["version"] for name, package in locked(project / "conda-lock.yml").items()}
    exported = yaml.safe_load(krait("env", "export", "-p", tmp_path / "env", "--from-history").out)
    assert exported["dependencies"] == ["numpy", "python=3.11", "requests"]
    assert exported["channels"] == yaml.safe_load((project / "environment.yml").read_text())["channels"]


def test_locked_fetches_no_index(krait, serve, channel, tmp_path):
    server = serve(channel)
    file = environment(tmp_path / "environment.yml", server.url, "requests")
    krait("lock", "-f", file)
    count = len(server.indexes())
    other = Krait(tmp_path / "other")
    other("create", "-y", "--locked", "-p", tmp_path / "env", "-f", file)
    assert len(server.indexes()) == count
    assert set(versions(tmp_path / "env")) == set(locked(tmp_path / "conda-lock.yml"))


@pytest.mark.parametrize("change, said", [
    (["python=3.11", "requests<2.32", "numpy"], "requests"),
    (["python=3.11", "requests", "numpy", "flask"], "`flask` is requested but not locked"),
    (["python=3.11", "requests"], "numpy are locked but not requested"),
])
def test_locked_refuses_what_does_not_fit(krait, project, channel, tmp_path, change, said):
    file = environment(tmp_path / "p/environment.yml", channel, *change)
    (tmp_path / "p/conda-lock.yml").write_text((project / "conda-lock.yml").read_text())
    result = krait("create", "-y", "--locked", "-p", tmp_path / "env", "-f", file, code=3)
    assert said in result.err and "krait lock -f environment.yml" in result.err
    assert not (tmp_path / "env").exists()


def test_locked_refuses_other_channels(krait, project, own_channel, tmp_path):
    file = environment(tmp_path / "environment.yml", own_channel, "python=3.11", "requests", "numpy")
    result = krait("create", "-y", "--locked", "-p", tmp_path / "env", "-f", file, "-f", project / "conda-lock.yml", code=3)
    assert str(own_channel) in result.err


def test_locked_needs_a_lock(krait, channel, tmp_path):
    file = environment(tmp_path / "environment.yml", channel, "idna")
    assert "krait lock" in krait("create", "-y", "--locked", "-p", tmp_path / "env", "-f", file, code=2).err
    krait("create", "-y", "--locked", "-p", tmp_path / "env", "idna", code=2)
