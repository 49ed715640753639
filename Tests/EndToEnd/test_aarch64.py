# SPDX-License-Identifier: BSD-3-Clause
"""The aarch64 executable under qemu, with real arm64 packages; `scripts/test-aarch64` runs the other tests on it."""

import os
import pathlib
import shutil

import pytest

from conftest import ROOT, Krait
from prefixes import records

EMULATED = ROOT / "scripts/run-aarch64"
BINARY = ROOT / ".build-static-aarch64/krait"
CHANNEL = ROOT / ".build-channel-aarch64"
SPECS = ["python=3.11", "numpy"]


@pytest.fixture(scope="module")
def arm(tmp_path_factory):
    """krait for aarch64 in a world of its own."""
    if not BINARY.exists() or not (CHANNEL / "noarch/repodata.json").exists():
        told = "run scripts/build-release --arch aarch64 and scripts/make-channel --arch aarch64"
        # `scripts/test` has made both.
        (pytest.fail if os.environ.get("KRAIT_TEST_AARCH64") else pytest.skip)(told)
    return Krait(tmp_path_factory.mktemp("arm") / "home", BINARY)


def run(arm, *words, **more):
    return arm(*words, before=[EMULATED], **more)


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
    result = Krait(tmp_path / "home", pathlib.Path("/krait"))("--version", before=[EMULATED, "chroot", tmp_path])
    assert result.out == run(arm, "--version").out


def test_noarch_packages_are_the_same_on_both(arm, tmp_path, krait, prefix):
    """One channel, one lock: the trees of noarch packages do not depend on who writes them."""
    trees = []
    for maker, before in ((arm, [EMULATED]), (krait, [])):
        target = tmp_path / f"tree-{len(trees)}" / "env"
        maker("create", "-y", "-p", target, "--platform", "linux-aarch64", "--pyc", "none", "-c", CHANNEL,
              "--override-channels", "--no-deps", "python=3.11", "six", "packaging", before=before,
              env={"CONDA_OVERRIDE_GLIBC": "2.36"})  # fmt: skip
        site = target / "lib/python3.11/site-packages"
        trees.append({
            str(path.relative_to(site)): path.read_bytes()
            for path in sorted(site.rglob("*")) if path.is_file() and path.suffix != ".pyc"
        })  # fmt: skip
    assert trees[0] == trees[1] and any(name.startswith("packaging/") for name in trees[0])
