# SPDX-License-Identifier: BSD-3-Clause
"""Unhappy ways: one clear message, the exit code of Requirements R-10, prefix and cache unharmed."""

import os
import socket
import subprocess

import pytest

from conftest import Krait
from packages import Channel
from prefixes import problems, records, snapshot
from servers import answers, cut, first, garbled, truncated


@pytest.fixture(autouse=True)
def nothing_left(request, tmp_path):
    """After each test only what the test itself made is there."""
    yield
    left = {path.name for path in tmp_path.iterdir()} - {"home", "own-channel", "env", "expected"}
    assert not {name for name in left if name.startswith((".", "env"))}, left


def is_clear(result, lines=10):
    """The form of every message: what, why, no trace, not too long; nothing on stdout."""
    assert result.out == ""
    complaint = result.complaint
    assert len(complaint.splitlines()) <= lines, result
    for trace in ("Failure(", "Errno(", "Optional(", "Fatal error", ".swift", "libsolv"):
        assert trace not in result.err, result
    return complaint


# What was asked for


@pytest.mark.parametrize(
    "typed, meant",
    [("nunpy", "numpy"), ("pandsa", "pandas"), ("scikit_learn", "scikit-learn"), ("jupiterlab", "jupyterlab")],
)
def test_unknown_package(krait, tmp_path, channel, typed, meant):
    message = is_clear(krait.create(tmp_path / "env", typed, "python", code=3))
    assert typed in message and meant in message
    assert not (tmp_path / "env").exists()


def test_unknown_package_near_nothing(krait, tmp_path, channel):
    message = is_clear(krait.create(tmp_path / "env", "qqqqwwwweeee", code=3))
    assert "qqqqwwwweeee" in message and str(channel) in message


def test_unknown_version(krait, tmp_path):
    message = is_clear(krait.create(tmp_path / "env", "numpy>=99", code=3))
    assert "numpy" in message and "99" in message
    assert "2.4.6" in message, "what there is is not told"


def test_conflicting_specs(krait, tmp_path):
    message = is_clear(krait.create(tmp_path / "env", "feature-needs-old-idna", "feature-needs-new-idna", code=3), 40)
    for word in ("feature-needs-old-idna", "feature-needs-new-idna", "idna", "<3.8", ">=3.10"):
        assert word in message, f"{word}: {message}"


def test_conflict_inside_a_package(krait, tmp_path):
    message = is_clear(krait.create(tmp_path / "env", "feature-conflict", code=3), 40)
    for word in ("feature-conflict", "idna"):
        assert word in message


def test_conflicting_versions_of_one_package(krait, tmp_path):
    message = is_clear(krait.create(tmp_path / "env", "numpy<2", "numpy>=2", code=3), 40)
    assert "numpy" in message and "<2" in message and ">=2" in message


def test_conflict_by_constrains(krait, tmp_path):
    message = is_clear(krait.create(tmp_path / "env", "feature-constrains", "requests>=2.34", code=3), 40)
    assert "feature-constrains" in message and "requests" in message and "<2.32" in message


def test_missing_virtual_package_names_the_flag(krait, tmp_path):
    message = is_clear(krait.create(tmp_path / "env", "feature-cuda", code=3, env={"CONDA_OVERRIDE_CUDA": ""}), 40)
    assert "__cuda" in message
    assert "CONDA_OVERRIDE_CUDA" in message or "--virtual-package" in message


def test_python_too_new(krait, tmp_path):
    message = is_clear(krait.create(tmp_path / "env", "feature-python-old", code=3), 40)
    assert "python" in message and "<3.9" in message and "3.11" in message


def test_hidden_by_strict_priority(krait, tmp_path):
    (tmp_path / "expected").mkdir()
    one, two = Channel(tmp_path / "expected/first"), Channel(tmp_path / "expected/second")
    one.add("thing", "1.0")
    two.add("thing", "2.0")
    result = krait(
        "create",
        "-y",
        "-p",
        tmp_path / "env",
        "-c",
        one,
        "-c",
        two,
        "--override-channels",
        "--strict-channel-priority",
        "thing>=2",
        code=3,
    )
    message = is_clear(result, 40)
    assert "priority" in message and str(two) in message


@pytest.mark.parametrize("spec", ["numpy>=", "numpy[version", "=1.0", "numpy >1 <2 3 4 5", "numpy[version='>=1.0']]"])
def test_bad_specs(krait, tmp_path, spec):
    message = is_clear(krait.create(tmp_path / "env", spec, code=2))
    assert spec in message


# Channels


def test_no_such_channel_directory(krait, tmp_path):
    message = is_clear(krait.create(tmp_path / "env", "numpy", channel=tmp_path / "nowhere", code=4))
    assert str(tmp_path / "nowhere") in message


def test_no_such_channel_on_a_server(krait, server, tmp_path):
    message = is_clear(krait.create(tmp_path / "env", "numpy", channel=f"{server.url}/nowhere", code=4))
    assert f"{server.url}/nowhere" in message and "no such channel" in message


def test_no_network(krait, tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    result = krait.create(tmp_path / "env", "numpy", "--retries", "1", channel=f"http://{address}", code=4)
    message = is_clear(result)
    assert address in message and "connect" in message.lower()


def test_no_name_service(krait, tmp_path):
    result = krait.create(
        tmp_path / "env", "numpy", "--retries", "1", channel="http://no-such-host.invalid/channel", code=4
    )
    assert "no-such-host.invalid" in is_clear(result)


def test_offline_without_anything(krait, server, tmp_path):
    result = krait.create(tmp_path / "env", "numpy", "--offline", channel=server.url, code=4)
    assert "offline" in is_clear(result)
    assert server.requests == []


@pytest.mark.parametrize("damage", [b"", b"{", b"not json", b'{"packages": 7}', b'{"packages": {"a-1-0.conda": {}}}'])
def test_damaged_repodata(krait, own_channel, tmp_path, damage):
    (own_channel.directory / "noarch/repodata.json").write_bytes(damage)
    result = krait.create(tmp_path / "env", "numpy", channel=own_channel, code=None)
    assert result.code in (2, 3, 4, 5)
    assert "noarch" in is_clear(result) or result.code == 3


# Archives


@pytest.mark.parametrize("fault", [truncated, garbled])
@pytest.mark.parametrize("name", ["feature-tar-bz2-1.0", "feature-big-1.0"])
def test_an_archive_that_is_not_what_was_promised(krait, server, tmp_path, fault, name):
    archive = next(path.name for path in (server_path(server) / "linux-64").glob(f"{name}-*"))
    server.faults[archive] = fault
    specs = [name.removesuffix("-1.0"), "feature-hard-links", "feature-names"]
    message = is_clear(krait.create(tmp_path / "env", *specs, channel=server.url, code=5))
    assert archive in message
    assert not (tmp_path / "env").exists()
    assert not list(krait.cache.glob(f"**/*{name}*"))
    server.faults.clear()
    krait.create(tmp_path / "env", *specs, channel=server.url)
    assert problems(tmp_path / "env") == []


def server_path(server):
    import pathlib

    return pathlib.Path(server.directory)


def test_an_archive_whose_size_is_wrong(krait, own_channel, tmp_path):
    path = own_channel.add("thing", "1.0", {"share/thing": "x"})
    own_channel.change(path.name, size=7)
    assert path.name in is_clear(krait.create(tmp_path / "env", "thing", channel=own_channel, code=5))


@pytest.mark.parametrize("good", [True, False])
def test_md5_where_nothing_else_is_known(krait, own_channel, tmp_path, good):
    path = own_channel.add("thing", "1.0", {"share/thing": "x"}, hashes=["md5"])
    if good:
        krait.create(tmp_path / "env", "thing", channel=own_channel)
        assert len(records(tmp_path / "env")["thing"]["sha256"]) == 64
    else:
        own_channel.change(path.name, md5="0" * 32)
        assert path.name in is_clear(krait.create(tmp_path / "env", "thing", channel=own_channel, code=5))


def test_require_sha256(krait, own_channel, tmp_path):
    own_channel.add("thing", "1.0", {"share/thing": "x"}, hashes=["md5"])
    krait.create(tmp_path / "env", "thing", "--require-sha256", channel=own_channel, code=5)


def test_sha256_counts_more_than_md5(krait, own_channel, tmp_path):
    path = own_channel.add("thing", "1.0", {"share/thing": "x"})
    own_channel.change(path.name, sha256="0" * 64)
    krait.create(tmp_path / "env", "thing", channel=own_channel, code=5)


# A server that has bad moments


@pytest.mark.parametrize(
    "fault",
    [
        answers(503),
        answers(429, ("Retry-After", "0")),
        answers(500),
        answers(408),
        cut,
        lambda handler: handler.reset(),
    ],
    ids=["503", "429", "500", "408", "cut", "reset"],
)
def test_bad_moments_are_overcome(krait, server, tmp_path, fault):
    server.faults[".tar.bz2"] = first(1, fault)
    server.faults[".msgpack.zst"] = first(1, fault)
    krait.create(tmp_path / "env", "feature-tar-bz2", "feature-names-gnu", channel=server.url)
    assert problems(tmp_path / "env") == []


def test_a_package_that_never_comes(krait, server, tmp_path):
    server.faults[".tar.bz2"] = answers(503)
    result = krait.create(tmp_path / "env", "feature-tar-bz2", "--retries", "1", channel=server.url, code=4)
    message = is_clear(result)
    assert "503" in message and "feature-tar-bz2" in message
    assert len(server.packages()) == 2
    assert not (tmp_path / "env").exists()


# Prefixes


def test_a_prefix_that_holds_an_environment(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-hard-links=1.0")
    before = snapshot(prefix)
    result = krait("create", "-p", prefix, "-c", "nowhere", "feature-tar-bz2", code=None)
    assert result.code in (1, 2, 6)
    assert str(prefix) in is_clear(result) and "environment" in result.err
    assert snapshot(prefix) == before


def test_a_prefix_that_holds_something_else(krait, tmp_path):
    prefix = tmp_path / "env"
    prefix.mkdir()
    (prefix / "thesis.txt").write_text("years of work\n")
    result = krait.create(prefix, "feature-tar-bz2", code=None)
    assert result.code in (1, 2, 6)
    assert str(prefix) in is_clear(result)
    assert [path.name for path in prefix.iterdir()] == ["thesis.txt"]


def test_a_prefix_that_is_a_file(krait, tmp_path):
    (tmp_path / "env").write_text("no directory\n")
    result = krait.create(tmp_path / "env", "feature-tar-bz2", code=None)
    assert result.code in (1, 2, 6)
    assert str(tmp_path / "env") in is_clear(result)
    assert (tmp_path / "env").read_text() == "no directory\n"


def test_an_empty_directory_becomes_the_prefix(krait, tmp_path):
    (tmp_path / "env").mkdir()
    krait.create(tmp_path / "env", "feature-tar-bz2")
    assert problems(tmp_path / "env") == []


def test_a_prefix_on_a_read_only_disk(krait, mounted):
    disk = mounted("1m")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    message = is_clear(krait.create(disk / "env", "feature-tar-bz2", code=6))
    assert str(disk) in message and "read-only" in message.lower()


def test_a_prefix_of_somebody_else(open_path, channel):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    home = open_path / "home"
    krait = Krait(home)
    os.chown(home, 65534, 65534)
    (open_path / "locked").mkdir(mode=0o755)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    result = krait.create(open_path / "locked/env", "feature-tar-bz2", before=nobody, code=6)
    message = is_clear(result)
    assert str(open_path / "locked") in message and "permission denied" in message.lower()
    assert list((open_path / "locked").iterdir()) == []
    # The same user in a place of his own.
    krait.create(home / "env", "feature-tar-bz2", before=nobody)
    assert problems(home / "env") == []


# Words


@pytest.mark.parametrize(
    "words, wrong, right",
    [
        (["crate"], "crate", "create"),
        (["instal"], "instal", "install"),
        (["create", "--chanel", "x"], "--chanel", "--channel"),
        (["create", "--overide-channels"], "--overide-channels", "--override-channels"),
        (["create", "--dryrun"], "--dryrun", "--dry-run"),
        (["list", "--jason"], "--jason", "--json"),
    ],
)
def test_misspelt_words(krait, words, wrong, right):
    message = is_clear(krait(*words, code=2))
    assert wrong in message and right in message


@pytest.mark.parametrize(
    "words",
    [
        ["create", "-p"],
        ["create", "-p", "a", "-p", "b"],
        ["create", "--json=1"],
        ["create", "-Z"],
        ["run"],
        ["create", "--channel-priority", "loud", "-p", "x", "y"],
        ["list", "-n", "a/b"],
        ["create", "-n", "a", "-p", "b", "c"],
        ["create", "python"],
    ],
    ids=" ".join,
)
def test_wrong_use(krait, words):
    is_clear(krait(*words, code=2))


def test_no_such_environment(krait, tmp_path):
    for words in (["list", "-n", "nowhere"], ["run", "-n", "nowhere", "true"], ["list", "-p", tmp_path / "nowhere"]):
        result = krait(*words, code=None)
        assert result.code not in (0, 3, 4, 5), result
        assert "nowhere" in is_clear(result)


def test_a_missing_file(krait, tmp_path):
    result = krait("create", "-y", "-p", tmp_path / "env", "-f", tmp_path / "missing.yml", code=None)
    assert result.code in (2, 6)
    assert "missing.yml" in is_clear(result)


def test_many_remove_one_environment(krait, own_channel, tmp_path):
    """One does; to the others there is no such environment."""
    own_channel.add("tool", files={f"share/tool/{number}": "x" for number in range(400)})
    prefix = tmp_path / "env"
    for _ in range(4):
        krait.create(prefix, "tool", channel=own_channel)
        runs = [krait.popen("env", "remove", "-y", "-p", prefix, stderr=subprocess.PIPE, text=True) for _ in range(8)]
        told = [(run.wait(60), run.stderr.read()) for run in runs]
        assert {code for code, _ in told} == {0, 2}, told
        assert all("is not an environment" in text for code, text in told if code), told
        assert not prefix.exists()


def test_many_create_in_one_empty_directory(krait, own_channel, tmp_path):
    """Whoever looks for what a killed one left clears nothing away that another has just made and locked."""
    own_channel.add("tool", files={f"share/tool/{number}": "x" for number in range(40)})
    prefix = tmp_path / "env"
    for _ in range(8):
        prefix.mkdir()
        words = ["create", "-y", "-q", "-p", prefix, "-c", own_channel, "--override-channels", "tool"]
        runs = [krait.popen(*words, stderr=subprocess.PIPE, text=True) for _ in range(8)]
        told = [(run.wait(120), run.stderr.read()) for run in runs]
        assert 0 in {code for code, _ in told} <= {0, 2, 7}, told
        assert problems(prefix) == []
        krait("env", "remove", "-y", "-p", prefix)
