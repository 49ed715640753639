# SPDX-License-Identifier: BSD-3-Clause
"""The pip part of files: checked first, installed last, and what it does to the rest is told (Requirements R-21)."""
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


def test_runs_in_an_environment_with_scripts(krait, work, installer, channel):
    """Scripts of `activate.d` come first, and do not stand in for it."""
    (work / "wheels").mkdir()
    wheel(work / "wheels", "probe")
    file = write(work, "--no-index", "--find-links wheels", "probe", dependencies=["python=3.11", "pip"])
    krait("create", "-y", "-p", work / "env", "python=3.11", "pip", "-c", channel, "--override-channels")
    scripts = work / "env/etc/conda/activate.d"
    scripts.mkdir(parents=True)
    (scripts / "a.sh").write_text("export A=1\nset -- x y\n")
    krait("install", "-y", "-p", work / "env", "-f", file, "-c", channel, "--override-channels")
    assert "probe" in pip_versions(work / "env")


@pytest.mark.parametrize("line, words", [
    ("-r missing.txt", "there is no such file"),
    ("-c missing.txt", "there is no such file"),
    ("./nowhere", "there is no such file or directory"),
    ("-e ./nowhere", "there is no such file or directory"),
    ("./lost-1.0-py3-none-any.whl", "there is no such file"),
    ("lost @ file:///nowhere/lost-1.0-py3-none-any.whl", "there is no such file"),
    ("--find-links ./nowhere", "there is no such file or directory"),
    ("./empty", "is not a Python project"),
    ("=> 5", "is not a requirement that pip understands"),
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


def noarch(channel, name, version="1.0", depends=("python",), files=None):
    """A noarch python package of conda's with the metadata that pip would write, and a record of them."""
    information = f"site-packages/{name.replace('-', '_')}-{version}.dist-info"
    module = f"site-packages/{name.replace('-', '_')}.py"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    contents = {module: f"version = {version!r}\n".encode(), f"{information}/METADATA": metadata.encode(),
                f"{information}/RECORD": f"{module[14:]},,\n{information[14:]}/METADATA,,\n".encode(), **(files or {})}
    channel.add(name.lower(), version, contents, build="py_0", depends=depends, noarch="python",
                link={"noarch": {"type": "python"}, "package_metadata_version": 1})


@pytest.fixture
def both(with_pip, own_channel, work, channel):
    """An environment with python and pip; channels that have `twice` in two versions, and wheels of others."""
    noarch(own_channel, "twice", "1.0")
    noarch(own_channel, "twice", "3.0")
    noarch(own_channel, "needs", "1.0", depends=("python", "twice ==1.0"))
    for version in ("0.9", "1.0", "2.0"):
        wheel(work / f"wheels-{version}", "twice", version, scripts={"twice": "twice:main"},
              files={"twice.py": f"version = {version!r}\n", f"twice_more/only_{version[0]}.py": "", "beside.txt": ""})
    channels = ["--override-channels", "-c", own_channel, "-c", channel]
    with_pip("create", "-y", "-p", work / "env", *channels, "python=3.11", "pip")
    return channels


def pip(prefix, wheels, requirement):
    subprocess.run([prefix / "bin/python", "-m", "pip", "-q", "install", "--no-index", "--disable-pip-version-check",
                    "--root-user-action", "ignore", "--find-links", wheels, requirement], check=True, cwd="/")


def told(krait, prefix, name="twice"):
    """What every command tells of one package."""
    listed = [(one["version"], one["channel"]) for one in krait("list", "-p", prefix, "--json").json
              if one["name"] == name]
    exported = krait("env", "export", "-p", prefix, "--json").json["dependencies"]
    texts = [one for one in exported if isinstance(one, str) and one.startswith(name + "=")]
    texts += [one for part in exported if isinstance(part, dict) for one in part["pip"] if one.startswith(name + "=")]
    return listed, texts


@pytest.mark.parametrize("first", ["0.9", "1.0", "2.0"])
def test_conda_over_pip_leaves_one(with_pip, work, both, first):
    prefix = work / "env"
    before = {path for path in prefix.rglob("*") if "__pycache__" not in path.parts}
    pip(prefix, work / f"wheels-{first}", f"twice=={first}")
    assert (prefix / "bin/twice").exists()
    result = with_pip("install", "-y", "-p", prefix, *both, "twice=1.0")
    assert f"twice-{first}" in result.err and "no package owned" not in result.err
    assert pip_versions(prefix)["twice"] == "1.0"
    assert len(list(prefix.glob("lib/python3.11/site-packages/twice-*"))) == 1
    assert python(prefix, "import twice; print(twice.version)") == "1.0"
    listed, exported = told(with_pip, prefix)
    assert [version for version, _ in listed] == ["1.0"] and "pypi" not in listed[0][1]
    assert exported == ["twice=1.0=py_0"]
    with_pip("doctor", "-p", prefix)
    # Nothing of pip's is left; and when conda's goes too, all is as it was.
    with_pip("remove", "-y", "-p", prefix, "twice")
    left = {path for path in prefix.rglob("*") if "__pycache__" not in path.parts} - before
    assert not [path for path in left if "conda-meta" not in path.parts]


def test_what_conda_takes_from_pip_comes_back_with_a_failure(with_pip, work, both, own_channel):
    prefix = work / "env"
    pip(prefix, work / "wheels-2.0", "twice==2.0")
    before = {path: path.read_bytes() for path in prefix.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    own_channel.add("failing", files={"bin/.failing-post-link.sh": "exit 1\n"})
    with_pip("install", "-y", "-p", prefix, *both, "twice=1.0", "failing", code=1)
    after = {path: path.read_bytes() for path in prefix.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert {path.name for path in set(before) ^ set(after)} <= {"history"}
    assert after == before and pip_versions(prefix)["twice"] == "2.0"


@pytest.mark.parametrize("command", [["install", "twice=3.0"], ["install", "--force-reinstall", "twice=1.0"]])
def test_conda_over_pip_over_conda(with_pip, work, both, command):
    prefix = work / "env"
    with_pip("install", "-y", "-p", prefix, *both, "twice=1.0")
    pip(prefix, work / "wheels-2.0", "twice==2.0")
    assert told(with_pip, prefix) == ([("2.0", "pypi")], ["twice==2.0"])
    replaced = [{"package": "twice-1.0-py_0", "name": "twice", "version": "2.0"}]
    assert with_pip("doctor", "-p", prefix, "--json", code=1).json["replaced_by_pip"] == replaced
    assert "twice-1.0-py_0  by twice 2.0" in with_pip("doctor", "-p", prefix, code=1).out
    with_pip(command[0], "-y", "-p", prefix, *both, *command[1:])
    version = command[-1].split("=")[1]
    assert pip_versions(prefix)["twice"] == version == python(prefix, "import twice; print(twice.version)")
    assert told(with_pip, prefix)[1] == [f"twice={version}=py_0"]
    assert with_pip("doctor", "-p", prefix, "--json").json["replaced_by_pip"] == []


def test_what_pip_replaced_goes_with_condas(with_pip, work, both):
    prefix = work / "env"
    with_pip("install", "-y", "-p", prefix, *both, "twice=1.0")
    pip(prefix, work / "wheels-2.0", "twice==2.0")
    with_pip("remove", "-y", "-p", prefix, "twice")
    assert "twice" not in pip_versions(prefix) and told(with_pip, prefix) == ([], [])
    assert not list(prefix.glob("lib/python3.11/site-packages/twice*"))


@pytest.mark.parametrize("form", [[], ["--no-builds"], ["--from-history"]])
@pytest.mark.parametrize("conda", [["twice=1.0"], ["needs"]])
def test_what_is_exported_can_be_created(with_pip, work, both, form, conda):
    prefix = work / "env"
    with_pip("install", "-y", "-p", prefix, *both, *conda)
    pip(prefix, work / "wheels-2.0", "twice==2.0")
    with_pip("env", "export", "-p", prefix, *form, "-f", work / "made.yml")
    with_pip("create", "-y", "-p", work / "again", "-f", work / "made.yml", *both,
             env={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": work / "wheels-2.0"})
    assert pip_versions(work / "again")["twice"] == "2.0" == python(work / "again", "import twice; print(twice.version)")
    assert told(with_pip, work / "again") == told(with_pip, prefix)


def test_a_program_and_a_python_package_of_one_name_are_two(with_pip, work, both, own_channel):
    prefix = work / "env"
    own_channel.add("twice-tool", files={"bin/tool": "tool\n"})
    with_pip("install", "-y", "-p", prefix, *both, "twice-tool")
    wheel(work / "more", "twice_tool", "5.0")
    pip(prefix, work / "more", "twice-tool")
    listed, exported = told(with_pip, prefix, "twice-tool")
    assert [version for version, _ in listed] == ["1.0", "5.0"], listed
    assert exported == ["twice-tool=1.0=0"] and "twice_tool==5.0" in with_pip("env", "export", "-p", prefix).out
