# SPDX-License-Identifier: BSD-3-Clause
"""The pip part of files: checked first, installed last, and what it does to the rest is told (users.md R-21)."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import ROOT
from prefixes import versions
from wheels import project, repository, wheel

UV = shutil.which("uv") or (str(ROOT / ".venv/bin/uv") if (ROOT / ".venv/bin/uv").exists() else None)


@pytest.fixture
def work(tmp_path):
    directory = tmp_path / "work"
    directory.mkdir()
    return directory


@pytest.fixture(params=["pip", "uv"])
def installer(request, tmp_path, krait):
    """Makes PATH hold uv or not; answers which."""
    path = [part for part in os.environ["PATH"].split(":") if not os.path.exists(f"{part}/uv") and "pyenv" not in part]
    if request.param == "uv":
        if UV is None:
            pytest.skip("there is no uv on this machine")
        (tmp_path / "tools").mkdir()
        (tmp_path / "tools/uv").symlink_to(UV)
        path.insert(0, str(tmp_path / "tools"))
    # The files of this machine's pip are not to decide.
    krait.environment.update(PATH=":".join(path), PIP_CONFIG_FILE="/dev/null")
    return request.param


@pytest.fixture
def with_pip(krait):
    """The same world without uv."""
    path = [part for part in os.environ["PATH"].split(":") if not os.path.exists(f"{part}/uv") and "pyenv" not in part]
    krait.environment.update(PATH=":".join(path), PIP_CONFIG_FILE="/dev/null")
    return krait


def write(directory, *requirements, dependencies=("python=3.11", "pip"), name="environment.yml"):
    lines = ["dependencies:", *(f"  - {one}" for one in dependencies), "  - pip:"]
    lines += [f"    - {json.dumps(one)}" for one in requirements]
    path = directory / name
    path.write_text("\n".join(lines) + "\n")
    return path


def create(krait, prefix, file, *words, channel, **more):
    return krait("create", "-y", "-p", prefix, "-f", file, "-c", channel, "--override-channels", *words, **more)


def python(prefix, code):
    done = subprocess.run([prefix / "bin/python", "-c", code], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def pip_versions(prefix):
    found = {}
    for path in pathlib.Path(prefix).glob("lib/python3*/site-packages/*.dist-info"):
        name, version = path.name.removesuffix(".dist-info").split("-")[:2]
        found[name.lower()] = version
    return found


def test_requirements_of_all_kinds(krait, work, tmp_path, installer, channel):
    wheel(work / "wheels", "plain", requires=["needed>=1"])
    wheel(work / "wheels", "needed", "1.5")
    listed = wheel(work / "wheels", "listed")
    digest = hashlib.sha256(listed.read_bytes()).hexdigest()
    (work / "more").mkdir()
    (work / "more/list.txt").write_text("-r deeper.txt\n")
    (work / "more/deeper.txt").write_text("listed==1.0\n")
    project(work / "mine", "mine")
    project(work / "edited", "edited")
    source, commit = repository(tmp_path / "repository", "tracked")
    file = write(
        work, "--no-index", "--find-links ./wheels", "plain", "-r more/list.txt", "./mine", "-e ./edited",
        f"tracked @ git+file://{source}@{commit}")
    work.chmod(0o555)
    before = sorted(os.listdir(work))
    try:
        result = create(krait, work.parent / "env", file, channel=channel)
    finally:
        work.chmod(0o755)
    prefix = work.parent / "env"
    assert sorted(os.listdir(work)) == before, "nothing is written beside the file"
    assert result.out == ""
    found = pip_versions(prefix)
    assert {"plain", "needed", "listed", "mine", "edited", "tracked"} <= set(found), result
    assert found["needed"] == "1.5" and digest
    assert python(prefix, "import plain, needed, listed, mine, tracked; print(plain.version)") == "1.0"
    assert python(prefix, "import edited; print(edited.here)") == str(work / "edited/edited.py")
    origin = json.loads(next(prefix.glob("lib/python3*/site-packages/tracked-*/direct_url.json")).read_text())
    assert origin["vcs_info"]["commit_id"] == commit
    who = next(prefix.glob("lib/python3*/site-packages/plain-*/INSTALLER")).read_text().strip()
    assert who == installer


def test_hashes_are_passed_on(krait, work, installer, channel):
    good = hashlib.sha256(wheel(work / "wheels", "sealed").read_bytes()).hexdigest()
    options = ["--no-index", "--find-links wheels"]
    bad = write(work, *options, f"sealed==1.0 --hash=sha256:{'0' * 64}", name="bad.yml")
    refused = create(krait, work / "one", bad, channel=channel, code=8)
    assert "bad.yml:7" in refused.complaint and "sealed" in refused.complaint
    file = write(work, *options, f"sealed==1.0 --hash=sha256:{good}")
    create(krait, work / "two", file, channel=channel)
    assert pip_versions(work / "two")["sealed"] == "1.0"


def test_failure_is_exit_8_and_the_conda_part_stays(krait, work, installer, channel):
    (work / "wheels").mkdir()
    file = write(work, "--no-index", "--find-links wheels", "no-such-package-anywhere", dependencies=["python=3.11", "pip", "six"])
    result = create(krait, work / "env", file, channel=channel, code=8)
    assert "environment.yml:8" in result.complaint
    assert f"{installer} could not install `no-such-package-anywhere`" in result.complaint
    assert "hint: " in result.complaint and "krait install" in result.complaint
    assert "six" in versions(work / "env")
    # And the same as JSON, which stays one document.
    result = krait("install", "-y", "-p", work / "env", "-f", file, "--json", "-c", channel, "--override-channels", code=8)
    assert result.json["exit_code"] == 8 and result.json["code"] == "pip"
    # What was missing comes, and the same file is good.
    wheel(work / "wheels", "no_such_package_anywhere")
    krait("install", "-y", "-p", work / "env", "-f", file, "-c", channel, "--override-channels")
    assert "no_such_package_anywhere" in pip_versions(work / "env")


@pytest.mark.parametrize("line, words", [
    ("-r missing.txt", "there is no such file"),
    ("-c missing.txt", "there is no such file"),
    ("./nowhere", "there is no such file or directory"),
    ("-e ./nowhere", "there is no such file or directory"),
    ("./lost-1.0-py3-none-any.whl", "there is no such file"),
    ("lost @ file:///nowhere/lost-1.0-py3-none-any.whl", "there is no such file"),
    ("--find-links ./nowhere", "there is no such file or directory"),
    ("./empty", "no python project"),
    ("=> 5", "no requirement that pip understands"),
])
def test_is_checked_before_anything_is_fetched(krait, work, server, line, words):
    (work / "empty").mkdir()
    file = write(work, line)
    result = create(krait, work / "env", file, channel=server.url, code=2)
    assert "environment.yml:5" in result.complaint and words in result.complaint
    assert not server.requests
    assert not (work / "env").exists()


def test_lists_in_lists_are_checked(krait, work, server):
    (work / "more").mkdir()
    (work / "more/list.txt").write_text("# words\nsix\n-r deeper.txt\n")
    result = create(krait, work / "env", write(work, "-r more/list.txt"), channel=server.url, code=2)
    assert "more/list.txt:3" in result.complaint and str(work / "more/deeper.txt") in result.complaint
    assert not server.requests


def test_pip_is_added_and_python_with_it(with_pip, work, channel):
    wheel(work / "wheels", "plain")
    file = write(work, "--no-index", "--find-links wheels", "plain", dependencies=["ca-certificates"])
    result = create(with_pip, work / "env", file, "--dry-run", "--json", channel=channel)
    assert {"pip", "python", "ca-certificates"} <= {record["name"] for record in result.json["actions"]["LINK"]}
    assert any("no `pip` in its dependencies" in warning for warning in result.json["warnings"])
    assert result.json["pip"][-1] == "plain"
    # Options are none of the packages.
    assert "; pip 1;" in create(with_pip, work / "env", file, "--dry-run", channel=channel).err
    result = create(with_pip, work / "env", file, "--no-pip-section", "--dry-run", "--json", channel=channel)
    assert "pip" not in {record["name"] for record in result.json["actions"]["LINK"]}


def test_what_conda_installed_is_a_constraint(krait, work, installer, channel):
    wheel(work / "wheels", "six", "1.99")
    wheel(work / "wheels", "wants", requires=["six>=1.99"])
    file = write(work, "--no-index", "--find-links wheels", "wants", dependencies=["python=3.11", "pip", "six"])
    result = create(krait, work / "env", file, channel=channel, code=8)
    assert "--pip-no-constraints" in result.complaint
    had = versions(work / "env")["six"]
    assert pip_versions(work / "env")["six"] == had
    result = krait(
        "install", "-y", "-p", work / "env", "-f", file, "--pip-no-constraints", "-c", channel, "--override-channels")
    assert pip_versions(work / "env")["six"] == "1.99"
    assert "pip replaced or removed" in result.err and f"conda's six {had}" in result.err
    assert "six.py" in result.err


def test_conflicts_are_told(with_pip, work, channel):
    wheel(work / "wheels", "one", requires=["absent>=2", "six<1"])
    (work / "wheels").joinpath("unused").mkdir()
    file = write(work, "one @ file://" + str(work / "wheels/one-1.0-py3-none-any.whl"), dependencies=["python=3.11", "pip", "six"])
    # pip itself would refuse; so the package comes alone.
    result = create(with_pip, work / "env", file, channel=channel, env={"PIP_NO_DEPS": "1"})
    assert "one 1.0 needs absent>=2, but absent is not installed" in result.err
    assert "one 1.0 needs six<1, but six" in result.err


def test_hint_at_what_channels_have(with_pip, work, channel):
    file = write(work, "requests", "nobody-has-this")
    result = create(with_pip, work / "env", file, "--dry-run", channel=channel)
    assert result.err.count("hint: ") == 1 and "the channels have too: requests;" in result.err


def test_pip_settings_win_over_uv_of_path(krait, work, installer, channel):
    if installer != "uv":
        pytest.skip("only where uv is on PATH")
    wheel(work / "wheels", "plain")
    file = write(work, "plain")
    create(krait, work / "env", file, channel=channel, env={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": work / "wheels"})
    who = next((work / "env").glob("lib/python3*/site-packages/plain-*/INSTALLER")).read_text().strip()
    assert who == "pip"


def test_pip_entries_of_locks(krait, work, installer, channel):
    path = wheel(work / "wheels", "sealed")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    first = create(krait, work / "first", write(work, "--no-index", "--find-links wheels", "sealed"), channel=channel)
    assert first.code == 0
    explicit = krait("list", "-p", work / "first", "--json").json
    packages = [
        f"- name: {one['name']}\n  version: '{one['version']}'\n  manager: conda\n  platform: linux-64\n"
        f"  dependencies: {{}}\n  url: {one['url']}\n  hash:\n    sha256: {one['sha256']}\n  category: main\n  optional: false\n"
        for one in (json.loads(file.read_text()) for file in (work / "first/conda-meta").glob("*.json"))
    ]
    assert explicit

    def lock(name, hash_):
        file = work / name
        file.write_text(
            "version: 1\nmetadata:\n  content_hash:\n    linux-64: x\n  channels: []\n  platforms: [linux-64]\n  sources: []\n"
            "package:\n" + "".join(packages)
            + f"- name: sealed\n  version: '1.0'\n  manager: pip\n  platform: linux-64\n  dependencies: {{}}\n"
            f"  url: file://{path}\n  hash:\n    sha256: {hash_}\n  category: main\n  optional: false\n")
        return file

    krait("create", "-y", "-p", work / "second", "-f", lock("conda-lock.yml", digest))
    assert pip_versions(work / "second")["sealed"] == "1.0"
    refused = krait("create", "-y", "-p", work / "third", "-f", lock("bad-lock.yml", "0" * 64), code=8)
    assert "sealed" in refused.complaint
    without = krait("create", "-y", "-p", work / "fourth", "-f", work / "conda-lock.yml", "--no-pip-section")
    assert "sealed" not in pip_versions(work / "fourth") and without.code == 0
