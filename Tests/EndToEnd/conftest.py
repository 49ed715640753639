# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests share: the static binary, the local channel, and real HTTP servers in front of it."""

import json
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from packages import Channel
from registries import Registry
from servers import ChannelServer, make_authority

# Who starts the tests in the background may have SIGINT ignored; what they start has to begin without that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KRAIT", ROOT / ".build-static" / "krait"))
CHANNEL = pathlib.Path(os.environ.get("KRAIT_CHANNEL", ROOT / ".build-channel"))
DATA = pathlib.Path(os.environ.get("KRAIT_TEST_DATA", ROOT.parent / "shared" / "data"))



def machine_of(binary):
    """The processor that an executable is for: not always this machine's, qemu may run it."""
    with open(binary, "rb") as file:
        head = file.read(20)
    # Under a sanitizer it is a script that starts one.
    return {62: "x86_64", 183: "aarch64"}[int.from_bytes(head[18:20], "little")] if head[:4] == b"\x7fELF" else platform.machine()


MACHINE = machine_of(BINARY)
SUBDIR = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}[MACHINE]
#: as images name the processor
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[MACHINE]


def glibc_version():
    """Of the C library that executables of this kind run with here."""
    told = re.search(rb"release version (\d+\.\d+)", pathlib.Path(f"/lib/{MACHINE}-linux-gnu/libc.so.6").read_bytes())
    return told[1].decode()


DEMO_SPECS = ["python=3.11", "jupyterlab", "pandas", "scikit-learn", "scipy", "numpy"]

#: the packages of the channel that can be installed together, for what linking has to do; one of each kind
FEATURES = [
    "feature-tar-bz2",
    "feature-tar-bz2-generic",
    "feature-twin",
    "feature-zip-info-first",
    "feature-zip-descriptors",
    "feature-big",
    "feature-prefix-text",
    "feature-prefix-binary",
    "feature-legacy",
    "feature-legacy-default-prefix",
    "feature-no-link",
    "feature-symlinks",
    "feature-directory",
    "feature-hard-links",
    "feature-names",
    "feature-names-gnu",
    "feature-case",
    "feature-modes",
    "feature-noarch-python",
    "feature-activate",
    "feature-link-scripts",
    "feature-menu",
    "feature-clobber-a",
    "feature-clobber-b",
    "feature-clobber-c",
    "feature-update",
    "feature-empty",
    "feature-meta",
    "feature-arch-and-noarch",
    "feature-cuda-optional",
    "feature-track",
    "feature-builds",
    "feature-missing",
    "feature-cycle-a",
    "feature-unix-only",
]


class Result:
    """How one run of krait ended."""

    def __init__(self, completed):
        self.code = completed.returncode
        self.out = completed.stdout
        self.err = completed.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def complaint(self):
        """What is said on stderr from the error on; what was planned is told before it."""
        before, found, rest = self.err.partition("error: ")
        assert found and (before == "" or before.endswith("\n")), self
        return found + rest

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}"


class Krait:
    """Runs the binary in a world of its own: its home, root prefix and cache lie below `home`."""

    def __init__(self, home, binary=BINARY):
        self.home = pathlib.Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.binary = binary
        self.started = []
        self.environment = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "MAMBA_ROOT_PREFIX": str(self.home / "root"),
            "LANG": "C.UTF-8",
            # Environments are shared: python is to leave no file of its own in them.
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @property
    def root(self):
        return self.home / "root"

    @property
    def cache(self):
        return self.root / "pkgs"

    def merged(self, env):
        """The environment with changes; None takes a variable out."""
        merged = {**self.environment, **(env or {})}
        return {name: str(value) for name, value in merged.items() if value is not None}

    def __call__(self, *words, code=0, env=None, cwd=None, input=None, timeout=300, before=()):
        """Runs to the end; `code` is the exit code expected, None for any, `before` a program that runs krait."""
        completed = subprocess.run(
            [*map(str, before), str(self.binary), *map(str, words)],
            env=self.merged(env),
            cwd=cwd or self.home,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        result = Result(completed)
        if code is not None:
            assert result.code == code, f"krait {' '.join(map(str, words))}: {result}"
        return result

    def popen(self, *words, env=None, before=(), **more):
        words = [*map(str, before), str(self.binary), *map(str, words)]
        self.started.append(subprocess.Popen(words, env=self.merged(env), cwd=self.home, **more))
        return self.started[-1]

    def end(self):
        """Ends what a test started and left."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()

    def create(self, prefix, *specs, channel=CHANNEL, **more):
        """`create -y -p` from one channel alone."""
        return self("create", "-y", "-p", prefix, "-c", channel, "--override-channels", *specs, **more)

    def solve(self, *specs, channel=CHANNEL, code=0, **more):
        """What `create` would link, as {name: record}; the failure's document when `code` is not 0."""
        result = self(
            "create",
            "--dry-run",
            "--json",
            "-p",
            self.home / "never",
            "-c",
            channel,
            "--override-channels",
            *specs,
            code=code,
            **more,
        )
        if code:
            return result.json
        return {record["name"]: record for record in result.json["actions"]["LINK"]}


@pytest.fixture(scope="session", autouse=True)
def _hangups_are_heard():
    """Under nohup they are ignored by all that is started, and tests wait for them."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def _built():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} does not exist: run scripts/build-release", returncode=2)
    if not (CHANNEL / "noarch" / "repodata.json").exists():
        pytest.exit(f"{CHANNEL} holds no channel: run scripts/make-channel", returncode=2)


@pytest.fixture(autouse=True)
def _no_test_waits_for_ever():
    def stop(*_):
        raise TimeoutError("a test took more than three minutes")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(180)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def krait(tmp_path):
    krait = Krait(tmp_path / "home")
    yield krait
    krait.end()


@pytest.fixture(scope="session")
def channel():
    return CHANNEL


@pytest.fixture(scope="session")
def shared_krait(tmp_path_factory):
    """One world for tests that only read, so that the demo environment is made once."""
    krait = Krait(tmp_path_factory.mktemp("shared") / "home")
    yield krait
    krait.end()


@pytest.fixture(scope="session")
def demo(shared_krait):
    """The prefix of the demo environment (about 100 packages), made once; not to be changed."""
    prefix = shared_krait.home / "demo"
    shared_krait.create(prefix, *DEMO_SPECS)
    return prefix


@pytest.fixture(scope="session")
def features(shared_krait):
    """The prefix of an environment with all that goes together, made once; not to be changed."""
    prefix = shared_krait.home / "features"
    shared_krait.create(prefix, "python=3.11", *FEATURES)
    return prefix


@pytest.fixture
def serve():
    """Serves any directory; `serve(path)` gives the server."""
    running = []

    def start(directory, **more):
        running.append(ChannelServer(directory, **more))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Debian's registry, empty, for the tests of one file."""
    registry = Registry(tmp_path_factory.mktemp("registry"))
    yield registry
    registry.close()


@pytest.fixture
def server(serve, channel):
    return serve(channel)


@pytest.fixture
def own_channel(tmp_path):
    """An empty channel to which a test adds packages."""
    return Channel(tmp_path / "own-channel")


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """(the certificate authority's certificate, the server's key and certificate)"""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def interrupt(tmp_path_factory):
    """The program that lets a system call of another end badly: its usage is in interrupt.c."""
    program = tmp_path_factory.mktemp("interrupt") / "interrupt"
    source = pathlib.Path(__file__).with_name("interrupt.c")
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True)
    return program


@pytest.fixture
def open_path():
    """A directory that every user can reach; pytest's own are for the user who runs the tests."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="krait-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    """A disk in memory where that is allowed, for tests that make and remove hundreds of trees."""
    folder = tmp_path_factory.mktemp("memory")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True).returncode == 0
    yield folder
    if mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def mounted(tmp_path):
    """`mounted(size)` gives a small disk of its own."""
    disks = []

    def mount(size):
        disk = tmp_path / f"disk{len(disks)}"
        disk.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"this machine does not let us mount: {done.stderr.strip()}")
        disks.append(disk)
        return disk

    yield mount
    for disk in disks:
        subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture(scope="session")
def isolated():
    """The words that start a program in a mount namespace of its own; skips where that is not allowed."""
    words = ["unshare", "--mount", "--propagation", "private"]
    done = subprocess.run([*words, "true"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this machine does not let us make a mount namespace: {done.stderr.strip()}")
    return words
