# SPDX-License-Identifier: BSD-3-Clause
"""Places where hardly anything is: containers made from nothing, no home, no user, nothing to write to."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from conftest import BINARY, CHANNEL, ROOT
from prefixes import directories, files, problems, versions
from servers import make_authority

SPECS = ["feature-hard-links", "feature-names", "feature-tar-bz2", "feature-prefix-binary", "feature-empty"]


@pytest.fixture
def empty_root(open_path):
    """A directory that holds the binary and nothing else, and how to run it with that as its root."""
    if os.geteuid() != 0:
        pytest.skip("only root can change the root directory")
    root = open_path / "root"
    root.mkdir()
    shutil.copy(BINARY, root / "krait")

    def run(*words, code=0, env=None, before=()):
        done = subprocess.run(
            [*before, shutil.which("chroot"), root, "/krait", *map(str, words)],
            env=env or {},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            cwd="/",
        )
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    run.root = root
    return run


def expect_only(root, prefix="env"):
    """The root holds the binary and a sound prefix, and no directory besides."""
    assert sorted(path.name for path in root.iterdir()) == sorted([prefix, "krait"])
    # Texts in the environment name it as it is seen from inside.
    assert [line for line in problems(root / prefix) if "another hash" in line] == []
    assert {path for path in problems(root / prefix)} == set()


def test_version(empty_root):
    assert (
        empty_root("--version").stdout == subprocess.run([BINARY, "--version"], capture_output=True, text=True).stdout
    )
    assert files(empty_root.root) == {"krait"} and directories(empty_root.root) == set()


def test_help_and_info(empty_root):
    assert "create" in empty_root("--help").stdout
    assert "linux-64" in empty_root("info").stdout
    assert files(empty_root.root) == {"krait"} and directories(empty_root.root) == set()


def test_create_over_http_leaves_only_the_prefix(empty_root, server):
    empty_root("create", "-y", "-p", "/env", "-c", server.url, "--override-channels", *SPECS)
    expect_only(empty_root.root)
    assert (empty_root.root / "etc").exists() is False
    assert (empty_root.root / "env/etc/feature-hard.conf").read_text() == "root=/env\n"
    assert len(server.packages()) == len(set(server.packages())) == len(SPECS)


def test_create_of_python(empty_root, server):
    """A real environment for a place where a C library comes later: without one the solver must be told."""
    words = ["create", "-y", "-p", "/env", "-c", server.url, "--override-channels", "--no-pyc", "python=3.11"]
    refused = empty_root(*words, code=3)
    assert "__glibc" in refused.stderr and "--virtual-package __glibc=" in refused.stderr
    empty_root(*words, "--virtual-package", "__glibc=2.36")
    expect_only(empty_root.root)
    assert "pip" in versions(empty_root.root / "env")


def test_pyc_where_python_cannot_run(empty_root, server):
    """Without a C library the environment's python cannot compile: no reason to fail, and none to stay silent."""
    done = empty_root(
        "create",
        "-y",
        "-p",
        "/env",
        "-c",
        server.url,
        "--override-channels",
        "--virtual-package",
        "__glibc=2.36",
        "feature-noarch-python",
    )
    expect_only(empty_root.root)
    assert ".pyc" in done.stderr or "compile" in done.stderr


def test_create_from_explicit_file(empty_root, server):
    record = next((CHANNEL / "linux-64").glob("feature-tar-bz2-*"))
    (empty_root.root / "lock.txt").write_text(f"@EXPLICIT\n{server.url}/linux-64/{record.name}\n")
    empty_root("create", "-y", "-p", "/env", "-f", "/lock.txt")
    (empty_root.root / "lock.txt").unlink()
    expect_only(empty_root.root)


def test_run_in_an_empty_root(empty_root, server):
    empty_root("create", "-y", "-p", "/env", "-c", server.url, "--override-channels", "feature-empty")
    assert empty_root("run", "-p", "/env", "/krait", "--version").stdout.count(".") == 2


def test_a_failure_leaves_nothing(empty_root, server):
    done = empty_root("create", "-y", "-p", "/env", "-c", server.url, "--override-channels", "nunpy", code=3)
    assert "numpy" in done.stderr
    assert sorted(path.name for path in empty_root.root.iterdir()) == ["krait"]


def test_link_scripts_without_a_shell(empty_root, server):
    done = empty_root(
        "create", "-y", "-p", "/env", "-c", server.url, "--override-channels", "feature-link-scripts", code=6
    )
    assert "feature-link-scripts" in done.stderr and "--no-link-scripts" in done.stderr
    assert sorted(path.name for path in empty_root.root.iterdir()) == ["krait"]


# HTTPS


def test_https_with_an_own_authority(empty_root, serve, channel, authority):
    server = serve(channel, certificate=authority[1])
    shutil.copy(authority[0], empty_root.root / "authority.pem")
    empty_root(
        "create", "-y", "-p", "/env", "-c", server.url, "--override-channels", "--cacert", "/authority.pem", *SPECS
    )
    (empty_root.root / "authority.pem").unlink()
    expect_only(empty_root.root)


def test_https_is_verified_by_the_embedded_roots(empty_root, serve, channel, authority):
    server = serve(channel, certificate=authority[1])
    done = empty_root(
        "create", "-y", "-p", "/env", "-c", server.url, "--override-channels", "--retries", "0", *SPECS, code=4
    )
    assert "certificate" in done.stderr.lower() and "--cacert" in done.stderr
    assert server.requests == []
    assert sorted(path.name for path in empty_root.root.iterdir()) == ["krait"]


@pytest.mark.parametrize(
    "way",
    ["--cacert", "--ssl-verify", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR", "rc", "-k"],
)
def test_ways_to_name_an_authority(krait, serve, channel, authority, tmp_path, way):
    server = serve(channel, certificate=authority[1])
    words, env = [], {}
    if way == "-k":
        words = ["-k"]
    elif way.startswith("--"):
        words = [way, authority[0]]
    elif way == "rc":
        (krait.home / ".condarc").write_text(f"ssl_verify: {authority[0]}\n")
    elif way == "SSL_CERT_DIR":
        folder = tmp_path / "certificates"
        folder.mkdir()
        shutil.copy(authority[0], folder / "authority.pem")
        subprocess.run(["openssl", "rehash", folder], check=True)
        env = {way: folder}
    else:
        env = {way: authority[0]}
    result = krait.create(tmp_path / "env", "feature-tar-bz2", *words, channel=server.url, env=env)
    assert problems(tmp_path / "env") == []
    assert ("warning" in result.err) == (way == "-k")


def test_no_authority_no_trust(krait, serve, channel, authority, tmp_path):
    server = serve(channel, certificate=authority[1])
    result = krait.create(tmp_path / "env", "feature-tar-bz2", "--retries", "0", channel=server.url, code=4)
    assert "certificate" in result.err.lower()
    assert server.requests == []


def test_a_certificate_of_another_host(krait, serve, channel, authority, tmp_path):
    server = serve(channel, certificate=authority[1])
    url = server.url.replace("127.0.0.1", "127.0.0.2")
    krait.create(tmp_path / "env", "feature-tar-bz2", "--cacert", authority[0], "--retries", "0", channel=url, code=4)


@pytest.fixture(scope="session")
def trusting_binary():
    """A binary whose embedded roots include one of ours, and that authority: made by scripts/build-release."""
    if "KRAIT" in os.environ:
        pytest.skip("KRAIT names a binary of its own, which scripts/build-release would not make again")
    folder = ROOT / ".build-static-test"
    binary, authority = folder / "krait", folder / "authority"
    if not (authority / "server.pem").exists():
        make_authority(authority)
    # Made again when the real one is newer, or the authority is.
    newest = max((ROOT / ".build-static/krait").stat().st_mtime, (authority / "authority.pem").stat().st_mtime)
    if not binary.exists() or binary.stat().st_mtime < newest:
        done = subprocess.run(
            [ROOT / "scripts/build-release", "--test-root", authority / "authority.pem"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return binary, authority / "server.pem"


def test_https_by_embedded_roots_alone(empty_root, serve, channel, trusting_binary):
    binary, certificate = trusting_binary
    shutil.copy(binary, empty_root.root / "krait")
    server = serve(channel, certificate=certificate)
    empty_root("create", "-y", "-p", "/env", "-c", server.url, "--override-channels", *SPECS)
    expect_only(empty_root.root)


# No home, no user, nothing readable, nothing writable


def test_no_home_and_no_user(open_path, channel):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    place = open_path / "place"
    place.mkdir()
    os.chown(place, 54321, 54321)
    stranger = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
    subprocess.run(
        [*stranger, BINARY, "create", "-y", "-p", place / "env", "-c", channel, "--override-channels", *SPECS],
        env={"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        cwd="/",
    )
    assert problems(place / "env") == []
    done = subprocess.run(
        [*stranger, BINARY, "run", "-p", place / "env", "feature-hard"], env={}, capture_output=True, text=True, cwd="/"
    )
    assert done.stdout == "hard 2.0\n", done.stderr
    assert sorted(path.name for path in place.iterdir()) == ["env"]


@pytest.mark.parametrize("home", ["/nonexistent", "/etc/passwd", "", "relative"])
def test_a_home_that_is_none(krait, tmp_path, home):
    krait.create(tmp_path / "env", *SPECS, env={"HOME": home, "MAMBA_ROOT_PREFIX": None}, cwd=tmp_path)
    assert problems(tmp_path / "env") == []


def test_no_environment_variables_at_all(tmp_path, channel):
    done = subprocess.run(
        [
            BINARY,
            "create",
            "-y",
            "-p",
            tmp_path / "env",
            "-c",
            channel,
            "--override-channels",
            "--no-cache",
            "feature-tar-bz2",
        ],
        env={},
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    assert problems(tmp_path / "env") == []


def test_unreadable_directories_on_path(open_path, channel):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    locked = open_path / "locked"
    locked.mkdir(mode=0o700)
    place = open_path / "place"
    place.mkdir()
    os.chown(place, 65534, 65534)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    env = {
        "PATH": f"{locked}:/usr/bin:/bin",
        "HOME": str(locked),
        "MAMBA_ROOT_PREFIX": str(locked / "root"),
        "CONDA_ENVS_DIRS": f"{locked}/envs",
        "CONDA_PKGS_DIRS": f"{locked}/pkgs",
    }
    for words in (
        ["create", "-y", "-p", place / "env", "-c", channel, "--override-channels", "feature-link-scripts"],
        ["run", "-p", place / "env", "true"],
        ["list", "-p", place / "env"],
        ["info"],
    ):
        done = subprocess.run([*nobody, BINARY, *words], env=env, capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, (words, done.stderr)


# The binary is held open, for it may lie below /tmp.
READ_ONLY = """
exec 3<"$KRAIT"
KRAIT=/proc/$$/fd/3
mount --bind / / && mount -o remount,bind,ro / || exit 99
for other in /work /home /root /var /opt; do
    mountpoint -q $other && mount -o remount,bind,ro $other
done
mount -t tmpfs -o size=200m none /tmp || exit 99
touch /usr/probe 2>/dev/null && exit 99
export HOME=/root
"$KRAIT" create -y -p /tmp/env -c "$CHANNEL" --override-channels $SPECS || exit
"$KRAIT" run -p /tmp/env feature-hard || exit
"$KRAIT" list -p /tmp/env >/dev/null || exit
ls -A /tmp
"""


def test_a_read_only_root_with_tmp(isolated, server):
    done = subprocess.run(
        [*isolated, "sh", "-c", READ_ONLY],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "KRAIT": str(BINARY), "CHANNEL": server.url, "SPECS": " ".join(SPECS)},
    )
    if done.returncode == 99:
        pytest.skip(f"this machine does not let us remount: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["hard 2.0", "env"]


def test_tmp_is_not_needed(isolated, tmp_path, server):
    """`/tmp` without room, `noexec` and read-only: nothing is put there (Requirements R-5)."""
    script = 'exec 3<"$0"; mount -t tmpfs -o ro,noexec none /tmp || exit 99; exec /proc/$$/fd/3 "$@"'
    # Not in the work tree: that may itself lie below /tmp.
    home = pathlib.Path(tempfile.mkdtemp(prefix="krait-tests-", dir="/var/tmp"))
    try:
        done = subprocess.run(
            [
                *isolated,
                "sh",
                "-c",
                script,
                BINARY,
                "create",
                "-y",
                "-p",
                home / "env",
                "-c",
                server.url,
                "--override-channels",
                "feature-link-scripts",
                "feature-hard-links",
            ],
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
            capture_output=True,
            text=True,
        )
        if done.returncode == 99:
            pytest.skip("this machine does not let us mount")
        assert done.returncode == 0, done.stderr
        assert problems(home / "env") == ["var/feature/log.txt belongs to no package"]  # the script made it
    finally:
        shutil.rmtree(home)
