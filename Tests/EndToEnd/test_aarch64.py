# SPDX-License-Identifier: BSD-3-Clause
"""The aarch64 executable under qemu, with real arm64 packages; `scripts/test-aarch64` runs the other tests on it."""

import pathlib
import re
import shutil
import subprocess

import pytest

import conftest
from conftest import ROOT, Krait
from emulated import BINARY, CHANNEL, EMULATED, needed
from prefixes import records

SPECS = ["python=3.11", "numpy"]


@pytest.fixture(scope="module")
def arm(tmp_path_factory):
    """krait for aarch64 in a world of its own."""
    needed()
    return Krait(tmp_path_factory.mktemp("arm") / "home", BINARY)


def run(arm, *words, **more):
    return arm(*words, before=EMULATED, **more)


@pytest.fixture(scope="module")
def prefix(arm):
    """An environment of python and numpy, made once."""
    prefix = arm.home / "env"
    run(arm, "create", "-y", "-p", prefix, "-c", CHANNEL, "--override-channels", *SPECS)
    return prefix


def test_info(arm):
    document = run(arm, "info", "--json").json
    assert document["platform"] == "linux-aarch64"
    virtual = {name: build for name, _, build in document["virtual_pkgs"]}
    assert virtual["__archspec"] == "aarch64" and "__glibc" in virtual
    assert {library["name"] for library in document["linked_libraries"]} >= {"libsolv", "libcurl", "OpenSSL", "c-ares"}
    assert all(library["debian_revision"] for library in document["linked_libraries"])


def test_python_runs_with_numpy(arm, prefix):
    script = "import platform, numpy; print(platform.machine(), (numpy.eye(3) @ numpy.ones(3)).sum())"
    assert run(arm, "run", "-p", prefix, "python", "-c", script).out.split() == ["aarch64", "3.0"]


def test_a_packed_executable_unpacks_itself_and_runs(krait, tmp_path):
    """Made on this machine; qemu gives the program that it runs for /proc/self/exe, and its own size for that name."""
    needed()
    app, place = tmp_path / "app", tmp_path / "place"
    words = ["--platform", "linux-aarch64", "--virtual-package", "__glibc=2.36", "-c", CHANNEL, "--override-channels"]
    krait("pack", *words, *SPECS, "--no-pip", "--format", "exe", "--krait", BINARY, "-o", app)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    script = "import platform, sys, numpy; print(platform.machine(), sys.prefix, numpy.arange(4).sum())"
    for given in ([], ["--prefix", place], ["--prefix", place]):
        done = subprocess.run(
            [*EMULATED, app, *given, "--", "python", "-c", script], env=environment, capture_output=True, text=True)
        machine, prefix, total = done.stdout.split()
        assert (machine, total) == ("aarch64", "6") and (prefix == str(place)) == bool(given), done
    cut = tmp_path / "cut"
    cut.write_bytes(app.read_bytes()[:-1])
    cut.chmod(0o755)
    done = subprocess.run([*EMULATED, cut], env=environment, capture_output=True, text=True)
    assert done.returncode == 5 and "is incomplete" in done.stderr


def test_every_file_is_as_recorded(arm, prefix):
    run(arm, "doctor", "-p", prefix)


def test_python_has_compiled_what_came_without(arm, prefix):
    noarch = [record for record in records(prefix).values() if record.get("noarch") == "python"]
    compiled = [file for record in noarch for file in record["files"] if file.endswith(".pyc")]
    assert compiled and all((prefix / file).exists() for file in compiled)


def test_without_a_cache(arm, tmp_path):
    world = Krait(tmp_path / "home", BINARY)
    words = ["-y", "--no-cache", "--pyc", "none", "-c", CHANNEL, "--override-channels", *SPECS]
    run(world, "create", "-p", tmp_path / "env", *words)
    assert (tmp_path / "env/bin/python3.11").exists() and not world.cache.exists()


def test_an_empty_root(arm, tmp_path):
    """No shell, no /proc, no C library: one file."""
    shutil.copy(BINARY, tmp_path / "krait")
    result = Krait(tmp_path / "home", pathlib.Path("/krait"))("--version", before=[*EMULATED, "chroot", tmp_path])
    assert result.out == run(arm, "--version").out


def test_its_guards_are_in_place(arm):
    told = subprocess.run([ROOT / "scripts/check-binary", BINARY], capture_output=True, text=True)
    assert told.returncode == 0, told.stdout


# x86_64 tells the kernel where thread data is by a call; and where qemu hides what the kernel tells, its version is asked for.
ONE_SIDE_ONLY = {"arch_prctl", "uname"}
# One call under two names; and a number is how this qemu shows one that it does not know.
SAME_CALL = {"readlinkat": "readlink", "newfstatat": "fstat", "293": "rseq"}


def test_start_makes_the_same_system_calls_as_on_x86_64(arm):
    def made(*trace):
        done = subprocess.run([*trace, "--version"], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin"})
        names = re.findall(r"^(?:\d+ )?(?:Unknown syscall )?(\w+)(?:\(|$)", done.stderr, re.M)
        return [SAME_CALL.get(name, name) for name in names if name not in ONE_SIDE_ONLY]

    # qemu has executed the program before it traces.
    assert ["execve", *made("qemu-aarch64-static", "-strace", BINARY)] == made("strace", conftest.BINARY)


def test_one_lock_gives_one_tree(arm, tmp_path, krait):
    """Whoever writes it, with the same channel: every name, mode, link and byte of noarch packages, and their records."""
    lock = tmp_path / "conda-lock.yml"
    words = ["--platform", "linux-aarch64", "--virtual-package", "__glibc=2.36", "-c", CHANNEL, "--override-channels"]
    krait("lock", *words, "-o", lock, "python=3.11", "jupyterlab", "flask")
    trees = []
    for maker, before in ((arm, EMULATED), (krait, [])):
        prefix = tmp_path / "env"
        maker("create", "-y", "-p", prefix, "-f", lock, "--platform", "linux-aarch64", "--pyc", "none", before=before)
        trees.append(noarch_tree(prefix))
        prefix.rename(tmp_path / f"env-{len(trees)}")
    assert trees[0] == trees[1] and len(trees[0]) > 2000


def noarch_tree(prefix):
    """What noarch packages have put into an environment, by path, and their records but for where the cache is."""
    found = {}
    for name, record in records(prefix).items():
        if record.get("noarch"):
            found[name] = {**record, "extracted_package_dir": None, "package_tarball_full_path": None, "link": None}
            for file in record["files"]:
                path = prefix / file
                found[file] = path.readlink() if path.is_symlink() else (path.stat().st_mode, path.read_bytes())
    return found
