# SPDX-License-Identifier: BSD-3-Clause
"""What `scripts/release` makes is installed by those it is made for, and runs; another processor's emulated."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile

import pytest

import emulated
from conftest import ROOT, Krait
from emulated import EMULATED

PACK = [sys.executable, ROOT / "scripts/packaging/make.py"]


def sh(*words, **more):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, **more)
    assert done.returncode == 0, done
    return done.stdout


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Two releases, packed side by side."""
    archs = ["x86_64", *(["aarch64"] if emulated.BINARY.exists() else [])]
    folders = [tmp_path_factory.mktemp("packed") / name for name in ("release", "again")]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    runs = [subprocess.Popen([*PACK, folder, *archs], env=environment, stdout=subprocess.DEVNULL) for folder in folders]
    assert [run.wait() for run in runs] == [0, 0]
    return folders


@pytest.fixture(scope="module")
def release(packed):
    return packed[0]


@pytest.fixture(scope="module")
def version(release):
    """What the packed executable says of itself."""
    return sh(only(release, "krait-*-linux-x86_64"), "--version")


def only(folder, pattern):
    (path,) = folder.glob(pattern)
    return path


def test_two_runs_give_the_same_bytes(packed):
    assert (packed[0] / "SHA256SUMS").read_text() == (packed[1] / "SHA256SUMS").read_text()


def test_sums(release):
    sh("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=release)
    named = {line.split("  ")[1] for line in (release / "SHA256SUMS").read_text().splitlines()}
    assert named == {str(path.relative_to(release)) for path in release.rglob("*") if path.is_file()} - {"SHA256SUMS"}


def test_tarball(release, version, tmp_path):
    with tarfile.open(only(release, "*-x86_64.tar.gz")) as tar:
        tar.extractall(tmp_path)
    (root,) = tmp_path.iterdir()
    assert sh(root / "bin/krait", "--version") == version
    doc = root / "share/doc/krait"
    assert (doc / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert {"curl", "libsolv", "libarchive", "libssl-dev", "swift"} <= {path.name for path in doc.glob("third-party/*")}
    for page in ("man1/krait.1", "man1/krait-create.1", "man1/krait-env-list.1", "man7/krait-exit-codes.7"):
        assert (root / "share/man" / page).read_text().startswith(".TH ")
    sh("bash", "-n", root / "share/bash-completion/completions/krait")


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_wheel(release, version, tmp_path, installer):
    wheel = only(release, "*x86_64.whl")
    venv = tmp_path / "venv"
    if installer == "pip":
        sh(sys.executable, "-m", "venv", venv)
        sh(venv / "bin/pip", "install", "--no-index", wheel)
    else:
        uv = ROOT / ".venv/bin/uv"
        sh(uv, "venv", "--python", sys.executable, venv)
        sh(uv, "pip", "install", "--offline", "--no-index", "--python", venv / "bin/python", wheel)
    assert sh(venv / "bin/krait", "--version") == version
    told = json.loads(sh(venv / "bin/krait", "self-update", "--json"))
    # By its file: PyPI has another project of this name.
    command = f"{venv}/bin/python -m pip install --upgrade ./krait-VERSION-py3-none-PLATFORM.whl"
    assert (told["installed_as"], told["command"]) == ("wheel", command)


def test_debian_package(release, version, tmp_path):
    root = tmp_path / "root"
    for folder in ("info", "updates"):
        (root / "var/lib/dpkg" / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    deb = only(release, "*_amd64.deb")
    sh("dpkg", f"--root={root}", "--force-script-chrootless", "--install", deb)
    assert "Status: install ok installed" in (root / "var/lib/dpkg/status").read_text()
    assert sh("chroot", root, "/usr/bin/krait", "--version") == version
    told = json.loads(sh("chroot", root, "/usr/bin/krait", "self-update", "--json", env={"PATH": "/usr/sbin:/usr/bin"}))
    assert told["installed_as"] == "deb"
    listing = sh("dpkg-deb", "--contents", deb)
    assert all(line.split()[1] == "root/root" for line in listing.splitlines())


def test_conda_package_installs_krait_into_an_environment(release, version, tmp_path, krait):
    archive = only(release / "linux-64", "*.conda")
    krait("create", "-y", "-p", tmp_path / "env", archive)
    own = Krait(tmp_path / "home", tmp_path / "env/bin/krait")
    assert own("--version").out == version
    assert own("self-update", "--json").json["command"] == f"krait install -p {tmp_path / 'env'} ./krait-VERSION-0.conda"
    own("install", "-y", "-p", tmp_path / "env", archive)
    krait("doctor", "-p", tmp_path / "env")


def test_conda_package_for_others(release, version, tmp_path):
    """py-rattler is the installer of pixi and rattler-build; the form is micromamba's as well."""
    import asyncio

    import rattler
    import rattler.index

    (tmp_path / "channel/noarch").mkdir(parents=True)
    (tmp_path / "channel/linux-64").symlink_to(release / "linux-64")
    channel = tmp_path / "copy"
    sh("cp", "-rL", tmp_path / "channel", channel)

    async def install():
        await rattler.index.index_fs(channel)
        found = await rattler.solve([rattler.Channel(str(channel))], ["krait"], platforms=["linux-64", "noarch"])
        await rattler.install(found, tmp_path / "env", cache_dir=tmp_path / "cache", show_progress=False)

    asyncio.run(install())
    assert sh(tmp_path / "env/bin/krait", "--version") == version


def test_image(release, version, tmp_path):
    sh("skopeo", "--insecure-policy", "copy", f"oci-archive:{only(release, '*-oci.tar')}", f"oci:{tmp_path}/layout:krait")
    sh("umoci", "unpack", "--image", f"{tmp_path}/layout:krait", tmp_path / "bundle")
    root = tmp_path / "bundle/rootfs"
    assert [path.name for path in root.iterdir()] == ["krait"]
    assert sh("chroot", root, "/krait", "--version") == version
    config = json.loads((tmp_path / "bundle/config.json").read_text())
    assert config["process"]["args"] == ["/krait"]


def test_materials(release):
    document = json.loads(only(release, "*-x86_64.cdx.json").read_text())
    assert document["bomFormat"] == "CycloneDX"
    names = {component["name"] for component in document["components"]}
    assert names >= {"libsolv", "libcurl", "libarchive", "zstd", "openssl", "nghttp2", "c-ares", "swift-standard-library"}
    binary = (only(release, "krait-*-linux-x86_64")).read_bytes()
    assert document["metadata"]["component"]["hashes"][0]["content"] == hashlib.sha256(binary).hexdigest()


def test_a_bare_file_is_looked_after_by_nobody(release, tmp_path):
    told = json.loads(sh(only(release, "krait-*-linux-x86_64"), "self-update", "--json"))
    assert told["installed_as"] == "file"


@pytest.fixture(scope="module")
def arm(release):
    """What the packed aarch64 executable says of itself."""
    emulated.needed()
    return sh(*EMULATED, only(release, "krait-*-linux-aarch64"), "--version")


def test_wheel_for_aarch64(release, arm, tmp_path):
    """pip takes it for glibc and for musl, by the names that Debian's and Alpine's pip have for them."""
    wheel = only(release, "*aarch64.whl")
    for platform in ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "musllinux_1_1_aarch64"):
        target = tmp_path / platform
        words = ["--platform", platform, "--only-binary=:all:", "--target", target, "--no-index", wheel]
        sh(sys.executable, "-m", "pip", "install", *words)
        assert sh(*EMULATED, target / "bin/krait", "--version") == arm


def test_debian_package_for_arm64(release, arm, tmp_path):
    deb = only(release, "*_arm64.deb")
    assert sh("dpkg-deb", "--field", deb, "Architecture") == "arm64\n"
    sh("dpkg-deb", "--extract", deb, tmp_path)
    assert sh(*EMULATED, tmp_path / "usr/bin/krait", "--version") == arm


def test_conda_package_for_aarch64(release, arm, tmp_path, krait):
    archive = only(release / "linux-aarch64", "*.conda")
    krait("create", "-y", "-p", tmp_path / "env", "--platform", "linux-aarch64", archive)
    assert sh(*EMULATED, tmp_path / "env/bin/krait", "--version") == arm


def test_image_for_arm64(release, arm, tmp_path):
    image = f"oci-archive:{only(release, '*-oci.tar')}"
    sh("skopeo", "--insecure-policy", "--override-arch=arm64", "copy", image, f"oci:{tmp_path}/layout:krait")
    sh("umoci", "unpack", "--image", f"{tmp_path}/layout:krait", tmp_path / "bundle")
    assert sh(*EMULATED, "chroot", tmp_path / "bundle/rootfs", "/krait", "--version") == arm
