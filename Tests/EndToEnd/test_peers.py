# SPDX-License-Identifier: BSD-3-Clause
"""By the names of micromamba and conda krait prints what programs read of these: exit codes, documents, columns."""

import json
import shlex
import shutil
import subprocess

import pytest
from conftest import DATA, Krait
from peer_differences import ALLOWED, COLUMNS, EXTRA, MISSING
from peers import FIXTURES, reduced, shape
from prefixes import versions

RECORDED = {"micromamba": "micromamba-2.8.1.json", "conda": "conda-26.7.1.json"}


@pytest.fixture
def peers_channel(own_channel):
    def add(name, version, depends=(), **index):
        index = {"license": "MIT", "timestamp": 1700000000000, "constrains": [], **index}
        own_channel.add(name, version, {f"share/{name}": name}, depends=depends, index=index)

    add("low", "1.0")
    add("low", "1.1")
    add("mid", "2.0", ["low >=1"])
    add("top", "3.0", ["mid >=2,<3", "low"], constrains=["other <1"])
    add("other", "0.9")
    add("other", "1.5")
    add("clash", "1.0", ["low <1"])
    return own_channel


def called(tool, krait, tmp_path):
    """krait under another name, in the same world."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    link = tmp_path / "bin" / tool
    if not link.exists():
        link.symlink_to(krait.binary)
    other = Krait(krait.home, binary=link)
    other.environment = krait.environment
    return other


def differences(expected, ours, path=""):
    """What programs would notice: keys that are missing or new, values of another kind."""
    if expected == "null" or ours == "null":
        return
    if isinstance(expected, dict) and isinstance(ours, dict):
        for key in expected.keys() | ours.keys():
            here = f"{path}.{key}"
            if key not in ours:
                yield f"{here} is missing"
            elif key not in expected:
                yield f"{here} is new"
            else:
                yield from differences(expected[key], ours[key], here)
    elif isinstance(expected, list) and isinstance(ours, list):
        if expected and ours:
            yield from differences(expected[0], ours[0], path + "[]")
    elif type(expected) is not type(ours) or expected != ours:
        yield f"{path} is {ours}, not {expected}"


def is_allowed(tool, command, difference):
    if (tool, command) in ALLOWED:
        return True
    name = difference.split(" ")[0]
    known = MISSING if difference.endswith("is missing") else EXTRA if difference.endswith("is new") else {}
    return any(name.startswith(prefix) for prefix in known.get(tool, {}))


@pytest.mark.parametrize("tool", RECORDED)
def test_what_programs_read(tool, krait, peers_channel, tmp_path):
    krait.environment["CONDA_PKGS_DIRS"] = str(krait.cache)
    call = called(tool, krait, tmp_path)
    words = ["-c", peers_channel, "--override-channels", "-y"]
    call("create", "-n", "e", "top", "low=1.0", *words)
    call("create", "-n", "g", "low=1.0", *words)
    found = []
    for expected in json.loads((FIXTURES / f"{tool}.json").read_text()):
        command = expected["command"]
        result = call(*shlex.split(command.replace("$CH", f"file://{peers_channel}")), code=None)
        ours = reduced({"exit": result.code, "stdout": result.out})
        if ours["exit"] != expected["exit"] and (tool, command) not in ALLOWED:
            found.append(f"{command}: exit {ours['exit']}, not {expected['exit']}: {result.err[-300:]}")
            continue
        if (tool, command) in ALLOWED:
            continue
        if "shape" in expected:
            if "shape" not in ours:
                found.append(f"{command}: prints no document: {result}")
                continue
            for difference in differences(expected["shape"], ours["shape"]):
                if not is_allowed(tool, command, difference):
                    found.append(f"{command}: {difference}")
        else:
            missing = [one for one in expected["columns"] if one not in ours.get("columns", [])]
            missing = [one for one in missing if one not in COLUMNS.get(tool, {})]
            if missing:
                found.append(f"{command}: {missing} not in {ours}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("tool", RECORDED)
def test_the_expectations_are_of_the_recordings(tool):
    recorded = DATA / "peers" / RECORDED[tool]
    if not recorded.exists():
        return
    expected = [{"command": one["command"], **reduced(one)} for one in json.loads(recorded.read_text())]
    assert json.loads((FIXTURES / f"{tool}.json").read_text()) == expected


def test_shapes():
    assert shape({"a": [1, 2], "b": {"/x": {"c": True}, "/y": {"c": False}}}) == {
        "a": ["number"],
        "b": {"PATH": {"c": "bool"}},
    }


@pytest.mark.parametrize("tool", ["krait", "micromamba", "mamba", "conda"])
def test_by_option_or_by_name(tool, krait, tmp_path):
    by_name = called(tool, krait, tmp_path)
    for words in (["info", "--json"], ["env", "list"], ["list", "-n", "absent"], ["--version"]):
        one, other = by_name(*words, code=None), krait(*words, "--dialect", tool, code=None)
        assert (one.code, one.out.replace(str(by_name.binary), str(krait.binary)), one.err) == (
            other.code,
            other.out,
            other.err,
        )
    assert "it speaks" in krait("info", "--dialect", "pip", code=2).complaint


def test_a_link_to_the_tool_makes_no_difference_to_other_names(krait, tmp_path):
    assert called("conda-like", krait, tmp_path)("--version").out == krait("--version").out


@pytest.mark.parametrize("words", [[], ["--json"], ["--canonical"], ["--full-name"]], ids=" ".join)
def test_a_list_of_nothing(krait, peers_channel, tmp_path, words):
    """With conda a script may ask by the exit code; micromamba's list of nothing is a list."""
    krait.create(tmp_path / "env", "low", channel=peers_channel)
    for tool, code in (("conda", 1), ("micromamba", 0)):
        words = [word for word in words if tool == "conda" or word != "--canonical"]
        tool = called(tool, krait, tmp_path)
        assert tool("list", "-p", tmp_path / "env", "nosuch", *words, code=code).out == "" or code == 0 or "--json" in words
        assert "low" in tool("list", "-p", tmp_path / "env", "low", *words).out


def test_the_document_of_a_removed_environment(krait, peers_channel, tmp_path):
    for tool, whole in (("conda", {"FETCH", "PREFIX", "UNLINK"}), ("micromamba", {"PREFIX", "UNLINK"})):
        krait.create(tmp_path / "e", "low=1.0", channel=peers_channel)
        for more in (["--dry-run"], ["-y"]):
            document = krait("--dialect", tool, "remove", "-p", tmp_path / "e", "--all", "--json", *more).json
            assert (document["success"], document["prefix"]) == (True, str(tmp_path / "e"))
            assert set(document["actions"]) == whole
            gone = [(record["name"], record["version"]) for record in document["actions"]["UNLINK"]]
            assert gone == [("low", "1.0")]
            assert document.get("dry_run", False) == (more == ["--dry-run"])
        # micromamba removes what is in it; `env remove` removes it.
        assert (tmp_path / "e/conda-meta").exists() == (tool == "micromamba")
        assert not (tmp_path / "e/share").exists()


def test_the_document_of_what_conda_cleans(krait, peers_channel, tmp_path):
    krait.create(tmp_path / "e", "low=1.0", channel=peers_channel)
    krait("env", "remove", "-y", "-p", tmp_path / "e")
    document = krait("--dialect", "conda", "clean", "--all", "--dry-run", "--json").json
    assert set(document) == {"success", "tarballs", "index_cache", "packages", "tempfiles", "logfiles"}
    for key in ("tarballs", "packages"):
        assert set(document[key]) == {"warnings", "pkg_sizes", "pkgs_dirs", "total_size"}
    [(directory, sizes)] = document["packages"]["pkg_sizes"].items()
    assert sum(sizes.values()) == document["packages"]["total_size"] > 0
    assert document["packages"]["pkgs_dirs"] == {directory: list(sizes)}
    assert set(krait("--dialect", "conda", "clean", "-i", "-y", "--json").json) == {"success", "index_cache"}


def test_micromamba_removes_what_is_there(krait, peers_channel, tmp_path):
    """Whatever else is named; conda and krait refuse as a whole."""
    krait.create(tmp_path / "e", "top", "low=1.0", channel=peers_channel)
    before = list(versions(tmp_path / "e"))
    for tool in ("krait", "conda"):
        result = krait("--dialect", tool, "remove", "-y", "-p", tmp_path / "e", "absent", "top", code=None)
        assert result.code and "absent" in result.err and list(versions(tmp_path / "e")) == before
    result = krait("--dialect", "micromamba", "remove", "-y", "-p", tmp_path / "e", "absent")
    assert "absent is not installed" in result.err and list(versions(tmp_path / "e")) == before
    result = krait("--dialect", "micromamba", "remove", "-y", "-p", tmp_path / "e", "absent", "top")
    assert "absent is not installed" in result.err and "top" not in versions(tmp_path / "e")


TOLD = {"caused_by", "error", "exception_name", "exception_type", "message"}


def failed(call, *words):
    """The name of the exception, and what the document has beside the message."""
    document = call(*words, "--json", code=1).json
    name = document["exception_name"]
    assert document["exception_type"] == f"<class 'conda.exceptions.{name}'>"
    assert document["error"].startswith(f"{name}: ")
    return name, {key: document[key] for key in document.keys() - TOLD}


def test_condas_exceptions_of_what_no_channel_has(krait, peers_channel, tmp_path):
    """What conda 26.7 has beside the message: its solvers put channels into `channel_urls`, its search URLs."""
    conda = called("conda", krait, tmp_path)
    url = peers_channel.directory.as_uri()
    location, name = url.removeprefix("file://").rsplit("/", 1)
    channel = ["-c", url, "--override-channels"]
    packages = {"packages": ["nosuch", "other7"], "packages_formatted": "\n  - nosuch\n  - other7"}
    dump = {"auth": None, "location": location, "name": name, "package_filename": None, "platform": None}
    assert failed(conda, "create", "-y", "-n", "f", "nosuch", "other7", *channel) == (
        "PackagesNotFoundInChannelsError",
        {**packages, "channel_urls": [{**dump, "scheme": "file", "token": None}], "channels_formatted": f"\n  - {url}"},
    )
    urls = [f"{url}/linux-64", f"{url}/noarch"]
    assert failed(conda, "search", "--subdir", "linux-64", "nosuch", *channel) == (
        "PackagesNotFoundInChannelsError",
        {
            "packages": ["nosuch"],
            "packages_formatted": "\n  - nosuch",
            "channel_urls": urls,
            "channels_formatted": "".join(f"\n  - {one}" for one in urls),
        },
    )


def test_condas_exceptions_of_what_is_not_there(krait, peers_channel, tmp_path, serve):
    conda = called("conda", krait, tmp_path)
    channel = ["-c", peers_channel, "--override-channels"]
    conda("create", "-y", "-n", "e", "low", *channel)
    prefix = str(krait.root / "envs/e")
    assert failed(conda, "remove", "-y", "-n", "e", "nosuch", "absent", "low") == (
        "PackagesNotFoundInPrefixError",
        {
            "prefix": prefix,
            "package_name": ["absent", "nosuch"],
            "packages_formatted": "\n  - absent\n  - nosuch",
        },
    )
    assert failed(conda, "update", "-y", "-n", "e", "nosuch", *channel) == (
        "PackageNotInstalledError",
        {"prefix": prefix, "package_name": "nosuch", "packages_formatted": ""},
    )
    for words in (["env", "create", "-f"], ["env", "update", "-n", "e", "-f"], ["install", "-y", "-n", "e", "--file"]):
        assert failed(conda, *words, "nofile.yml") == ("EnvironmentFileNotFound", {"filename": "nofile.yml"})
    (tmp_path / "empty").mkdir()
    server = serve(tmp_path / "empty").url
    shown = {"json": {}, "response_details": "", "status_code": 404, "channel_name": "no"}
    for base, reason in ((server, "NOT FOUND"), (f"file://{tmp_path}", "UNAVAILABLE OR INVALID")):
        assert failed(conda, "create", "-y", "-n", "f", "low", "-c", f"{base}/no", "--override-channels") == (
            "UnavailableInvalidChannel",
            {**shown, "channel_url": f"{base}/no", "reason": reason},
        )


def test_condas_exception_of_an_environment_that_is_anothers(krait, peers_channel, tmp_path):
    conda = called("conda", krait, tmp_path)
    channel = ["-c", peers_channel, "--override-channels"]
    conda("create", "-y", "-n", "e", "low=1.0", *channel)
    for path in [tmp_path, *tmp_path.parents]:
        if path.stat().st_uid == 0 and path != path.parent and not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o011)
    binary = shutil.copy(krait.binary, tmp_path / "mine")
    home = tmp_path / "their-home"
    home.mkdir()
    home.chmod(0o777)
    prefix = krait.root / "envs/e"
    for words in (["remove", "low"], ["install", *channel, "other"], ["update", *channel, "low"], ["remove", "--all"]):
        words = [binary, "--dialect", "conda", *map(str, words), "-y", "--json", "-p", str(prefix)]
        done = subprocess.run(
            ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", *words],
            env=krait.merged({"HOME": home, "CONDA_PKGS_DIRS": home / "pkgs"}),
            capture_output=True,
            text=True,
        )
        document = json.loads(done.stdout)
        assert done.returncode == 1 and document["exception_name"] == "EnvironmentNotWritableError", document
        assert document["environment_location"] == str(prefix)
        assert (document["uid"], document["gid"]) == (54321, 54321)
