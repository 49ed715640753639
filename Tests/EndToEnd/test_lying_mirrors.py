# SPDX-License-Identifier: BSD-3-Clause
"""Where the sources of the libraries come from, with a mirror that lies as mirrors do.

A small archive in Debian's form, signed with a key of its own, stands on loopback; the programs of scripts/debian read
it by themselves.
"""

import hashlib
import lzma
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

import pytest

from servers import answers, cut, first, garbled, truncated

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "scripts/debian"
FAULTS = {"404": answers(404), "503": answers(503), "truncated": truncated, "garbled": garbled, "cut": cut}
TARBALL = "debian/pool/main/f/fib/fib_1.0.orig.tar.gz"
UPSTREAM = "upstream/fib-1.0.tar.gz"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Mirror:
    """Debian's archive with one source package, `fib` 1.0, in as many revisions as a test wants."""

    def __init__(self, root, keys):
        self.root, self.keys = root, keys
        self.suites = {}
        self.binaries = []
        source = root / "make/fib-1.0"
        source.mkdir(parents=True)
        (source / "fib.c").write_text("int fib = 0;\n")
        self.pack(TARBALL, source.parent, "fib-1.0")
        for suite in ("trixie", "trixie-updates", "trixie-security", "sid"):
            self.suites[suite] = []

    def pack(self, name, folder, member):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-caf", path, "-C", folder, member], check=True)
        return path

    def add(self, suite, revision):
        """A revision whose one patch writes its name into fib.c."""
        folder = self.root / f"make/{revision}"
        patches = folder / "debian/patches"
        patches.mkdir(parents=True, exist_ok=True)
        (patches / "series").write_text("# what was changed\nname.patch -p1\n")
        (patches / "name.patch").write_text(
            f"--- a/fib.c\n+++ b/fib.c\n@@ -1 +1 @@\n-int fib = 0;\n+char fib[] = \"{revision}\";\n"
        )
        base = "debian-security" if suite.endswith("-security") else "debian"
        directory = "pool/updates/main/f/fib" if suite.endswith("-security") else "pool/main/f/fib"
        path = self.pack(f"{base}/{directory}/fib_{revision}.debian.tar.xz", folder, "debian")
        self.suites[suite].append(
            f"Package: fib\nVersion: {revision}\nFormat: 3.0 (quilt)\nDirectory: {directory}\nChecksums-Sha256:\n"
            f" {digest(path)} {path.stat().st_size} {path.name}\n"
        )

    def add_swift(self, version, files):
        """Debian's package of Swift for arm64, in trixie."""
        folder = self.root / f"make/swiftlang-{version}"
        for name, text in files.items():
            path = folder / "usr/libexec/swift/lib/swift_static" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        control = f"Package: swiftlang\nVersion: {version}\nArchitecture: arm64\n"
        (folder / "DEBIAN").mkdir()
        (folder / "DEBIAN/control").write_text(f"{control}Maintainer: nobody <nobody@example.org>\nDescription: none\n")
        name = f"pool/main/s/swiftlang/swiftlang_{version}_arm64.deb"
        path = self.root / "debian" / name
        path.parent.mkdir(parents=True)
        subprocess.run(["dpkg-deb", "--build", folder, path], check=True, stdout=subprocess.DEVNULL)
        self.binaries.append(f"{control}Filename: {name}\nSHA256: {digest(path)}\n")

    def publish(self):
        for suite, stanzas in self.suites.items():
            base = self.root / ("debian-security" if suite.endswith("-security") else "debian")
            folder = base / "dists" / suite
            text = f"Suite: {suite}\nSHA256:\n"
            binaries = self.binaries if suite == "trixie" else []
            for name, kind in (("source/Sources.xz", stanzas), ("binary-arm64/Packages.xz", binaries)):
                index = folder / "main" / name
                index.parent.mkdir(parents=True, exist_ok=True)
                index.write_bytes(lzma.compress("\n".join(kind).encode()))
                text += f" {digest(index)} {index.stat().st_size} main/{name}\n"
            (folder / "Release").write_text(text)
            (folder / "InRelease").unlink(missing_ok=True)
            gpg = ["gpg", "--homedir", self.keys, "--batch", "--quiet", "--clearsign", "-o", folder / "InRelease"]
            subprocess.run([*gpg, folder / "Release"], check=True)


@pytest.fixture(scope="session")
def keys():
    """A folder with a signing key and `ring.gpg`. Short, for gpg's agent listens on a socket in it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="krait-keys-", dir="/tmp"))
    gpg = ["gpg", "--homedir", folder, "--batch", "--quiet"]
    subprocess.run([*gpg, "--passphrase", "", "--quick-gen-key", "mirror@example.org", "ed25519", "sign"], check=True)
    subprocess.run([*gpg, "--output", folder / "ring.gpg", "--export"], check=True)
    yield folder
    subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=False)
    shutil.rmtree(folder)


@pytest.fixture
def mirror(tmp_path, keys):
    return Mirror(tmp_path / "mirror", keys)


def environment(folder, keys, servers):
    return {
        **os.environ,
        "KRAIT_DEBIAN_MIRRORS": " ".join(f"{server.url}/debian" for server in servers),
        "KRAIT_DEBIAN_KEYRING": str(keys / "ring.gpg"),
        "KRAIT_BUILD_CACHE": str(folder / "cache"),
        "KRAIT_RETRY_SECONDS": "0.01",
        "no_proxy": "127.0.0.1",
    }


@pytest.fixture
def fetch(tmp_path, mirror, keys):
    """Runs `sources.py fetch` against servers; gives (exit code, level, fib.c, what was said)."""
    tools = tmp_path / "tools"
    shutil.copytree(TOOLS, tools)

    def run(*servers, words=("fetch",), levels="sources"):
        target = tmp_path / "sources"
        shutil.rmtree(target, ignore_errors=True)
        pin = [TARBALL.removeprefix("debian/"), digest(mirror.root / TARBALL), f"{servers[-1].url}/{UPSTREAM}"]
        (tools / "upstream.txt").write_text(f"fib 1.0 {' '.join(pin)}\n")
        done = subprocess.run(
            [sys.executable, tools / "sources.py", *words, target if levels == "sources" else levels],
            env=environment(tmp_path, keys, servers),
            capture_output=True,
            text=True,
            timeout=120,
        )
        text = (target / "fib/fib.c").read_text() if (target / "fib/fib.c").exists() else None
        level = (target / "levels").read_text() if (target / "levels").exists() else None
        return done.returncode, level, text, done.stdout + done.stderr

    return run


def test_the_newest_revision_of_any_suite_is_taken(mirror, serve, fetch):
    mirror.add("trixie", "1.0-1")
    mirror.add("trixie-security", "1.0-1+deb13u10")
    mirror.add("trixie-updates", "1.0-1+deb13u9")
    mirror.add("sid", "2.0-1")
    mirror.publish()
    assert fetch(serve(mirror.root)) == (
        0, "fib 1.0 1.0-1+deb13u10\n", 'char fib[] = "1.0-1+deb13u10";\n', ""
    )  # fmt: skip


def test_the_newest_is_in_the_index_and_not_there(mirror, serve, fetch):
    mirror.add("trixie", "1.0-1")
    mirror.add("trixie", "1.0-1+deb13u7")
    mirror.publish()
    server = serve(mirror.root)
    server.faults["deb13u7.debian.tar.xz"] = answers(404)
    code, level, text, said = fetch(server)
    assert (code, level, text) == (0, "fib 1.0 1.0-1\n", 'char fib[] = "1.0-1";\n')
    assert said == "fib: no mirror has Debian's revision 1.0-1+deb13u7; taking 1.0-1\n"


def test_no_revision_is_there(mirror, serve, fetch):
    mirror.add("trixie", "1.0-1")
    mirror.publish()
    server = serve(mirror.root)
    server.faults[".debian.tar.xz"] = answers(404)
    code, level, text, said = fetch(server)
    assert (code, level, text) == (0, "fib 1.0 -\n", "int fib = 0;\n")
    assert said == "fib: without Debian's patches, no mirror has 1.0-1\n"


def test_only_revisions_of_another_version_are_known(mirror, serve, fetch):
    mirror.add("trixie", "1.1-1")
    mirror.publish()
    code, level, _, said = fetch(serve(mirror.root))
    assert (code, level) == (0, "fib 1.0 -\n")
    assert said == "fib: without Debian's patches, no index names one of 1.0\n"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("what", ["fib_1.0.orig.tar.gz", ".debian.tar.xz", "Sources.xz", "trixie/InRelease"])
def test_a_second_place_makes_up_for_the_first(mirror, serve, fetch, fault, what):
    mirror.add("trixie", "1.0-1")
    mirror.publish()
    bad, good = serve(mirror.root), serve(mirror.root)
    bad.faults[what] = FAULTS[fault]
    code, level, text, _ = fetch(bad, good)
    assert (code, level, text) == (0, "fib 1.0 1.0-1\n", 'char fib[] = "1.0-1";\n')


@pytest.mark.parametrize("fault", ["503", "truncated", "garbled", "cut"])
@pytest.mark.parametrize("what", ["fib_1.0.orig.tar.gz", ".debian.tar.xz", "Sources.xz", "trixie/InRelease"])
def test_what_failed_twice_is_asked_for_again(mirror, serve, fetch, fault, what):
    mirror.add("trixie", "1.0-1")
    mirror.publish()
    server = serve(mirror.root)
    server.faults[what] = first(2, FAULTS[fault])
    code, level, _, said = fetch(server)
    assert (code, level, said) == (0, "fib 1.0 1.0-1\n", "")


def test_an_index_that_is_not_the_signed_one_is_not_believed(mirror, serve, fetch):
    """Stale: the list is new and the index is of yesterday."""
    mirror.add("trixie", "1.0-1")
    mirror.publish()
    index = mirror.root / "debian/dists/trixie/main/source/Sources.xz"
    yesterday = index.read_bytes()
    mirror.add("trixie", "1.0-2")
    mirror.publish()
    index.write_bytes(yesterday)
    code, level, _, said = fetch(serve(mirror.root))
    assert (code, level) == (0, "fib 1.0 -\n")
    assert "no index of trixie from http://127.0.0.1:" in said and "not what its hash says" in said


def test_a_strangers_signature_is_refused(mirror, serve, fetch, tmp_path):
    mirror.add("trixie", "1.0-1")
    mirror.publish()
    path = mirror.root / "debian/dists/trixie/InRelease"
    path.write_text(path.read_text().replace("Suite: trixie", "Suite: trixiE"))
    code, level, _, said = fetch(serve(mirror.root))
    assert (code, level) == (0, "fib 1.0 -\n") and "no index of trixie" in said


@pytest.mark.parametrize("fault", ["404", "503", "truncated", "garbled"])
def test_without_the_tarball_nothing_is_built(mirror, serve, fetch, fault):
    mirror.add("trixie", "1.0-1")
    mirror.publish()
    server = serve(mirror.root)
    server.faults[".orig.tar.gz"] = FAULTS[fault]
    code, level, text, said = fetch(server)
    assert (code, level, text) == (1, None, None)
    assert said.startswith("fib 1.0 cannot be had:\nhttp://127.0.0.1:") and "Traceback" not in said


def test_the_cache_makes_up_for_all_places_and_is_not_believed_blindly(mirror, serve, fetch, tmp_path):
    mirror.add("trixie", "1.0-1")
    mirror.publish()
    server = serve(mirror.root)
    assert fetch(server)[0] == 0
    server.faults[".tar.gz"] = answers(404)
    assert fetch(server)[:2] == (0, "fib 1.0 1.0-1\n")
    for path in (tmp_path / "cache").glob("*orig*"):
        path.write_bytes(b"spoilt")
    assert fetch(server)[0] == 1
    server.faults.clear()
    assert fetch(server)[:2] == (0, "fib 1.0 1.0-1\n")


def test_upstreams_own_place_makes_up_for_debians(mirror, serve, fetch):
    mirror.add("trixie", "1.0-1")
    mirror.publish()
    (mirror.root / "upstream").mkdir()
    shutil.copy(mirror.root / TARBALL, mirror.root / UPSTREAM)
    server = serve(mirror.root)
    server.faults[".orig.tar.gz"] = answers(404)
    assert fetch(server) == (0, "fib 1.0 1.0-1\n", 'char fib[] = "1.0-1";\n', "")


def test_an_index_that_is_gone_is_known_from_last_time(mirror, serve, fetch):
    """A build behind a mirror that is away has the patches that the one before had."""
    mirror.add("trixie", "1.0-1")
    mirror.publish()
    server = serve(mirror.root)
    assert fetch(server)[0] == 0
    server.faults["InRelease"] = answers(503)
    code, level, text, said = fetch(server)
    assert (code, level, text) == (0, "fib 1.0 1.0-1\n", 'char fib[] = "1.0-1";\n')
    assert "taking the index of trixie as it was when it was last read\n" in said


def test_another_revision_of_swift_makes_up_for_the_pinned(mirror, serve, keys, tmp_path):
    """A point release of Debian replaces a package, and its old file is gone."""
    kept = {"linux/aarch64/swiftrt.o": "code", "shims/Shims.h": "text", "linux/libswiftCore.a": "archive"}
    mirror.add_swift("6.0.3-2+deb13u1", {**kept, "linux/libswiftRegexParser.a": "not needed"})
    mirror.publish()
    words = [sys.executable, "-c", "import archive, sysroot; print(*sysroot.standard_library(archive.Archive()))"]
    done = subprocess.run(
        words, env=environment(tmp_path, keys, [serve(mirror.root)]), cwd=TOOLS, capture_output=True, text=True
    )
    assert done.stderr == "swiftlang: no mirror has 6.0.3-2; taking 6.0.3-2+deb13u1\n"
    version, path = done.stdout.split()
    with tarfile.open(path) as tar:
        assert (version, tar.getnames()) == ("6.0.3-2+deb13u1", sorted(kept))


def test_newest_tells_what_has_become_newer(mirror, serve, fetch, tmp_path):
    mirror.add("trixie", "1.0-1")
    mirror.add("trixie-security", "1.0-1+deb13u1")
    mirror.add("sid", "2.0-1")
    mirror.publish()
    levels = tmp_path / "levels"
    levels.write_text("fib 1.0 1.0-1\n")
    code, _, _, said = fetch(serve(mirror.root), words=("newest",), levels=levels)
    assert (code, said) == (0, "fib 1.0-1: 1.0-1+deb13u1 in trixie-security, 2.0-1 in sid\n")
