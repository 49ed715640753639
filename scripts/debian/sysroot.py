#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: sysroot.py DIR

Lays out in DIR what a static krait for aarch64 links against: Debian's arm64 libraries, and Swift's standard library
from Debian's `swiftlang`, as text interfaces that the newer compiler of this machine reads. DIR/levels names versions.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from archive import Archive, Missing, say, sha256
from sources import SUITES

ARCHITECTURE = "arm64"
PACKAGES = [
    "libc6", "libc6-dev", "linux-libc-dev", "libgcc-14-dev", "libgcc-s1", "libstdc++-14-dev", "libstdc++6",
    "libcrypt-dev", "libssl-dev", "libzstd-dev", "zlib1g-dev", "libbz2-1.0", "libbz2-dev", "liblzma-dev", "libnghttp2-dev",
    "libc-ares-dev", "libyaml-dev",
]  # fmt: skip

# Of a released suite, so that it stays: the oldest standard library that the code fits.
SWIFT = "6.0.3-2"
SWIFT_DEB = f"pool/main/s/swiftlang/swiftlang_{SWIFT}_{ARCHITECTURE}.deb"
SWIFT_DEB_SHA256 = "b8a132deb2f3d57be211be9ccbdbbfd091b28167502ec934d6826e61a9a7d7c1"
# What is kept of it, as a tar archive of `standard_library`: 400 MB need be fetched only once per machine.
SWIFT_TAR_SHA256 = "22c7fcb79c5613b12fe4062be160911077648bf1595a4583dfc73b75de0cfd1e"
SWIFT_FOLDER = "usr/libexec/swift/lib/swift_static"
MODULES = ["Swift", "Glibc", "Synchronization", "SwiftOnoneSupport", "_Builtin_float"]
ARCHIVES = ["swiftCore", "swiftGlibc", "swiftSynchronization", "swift_Builtin_float", "swiftSwiftOnoneSupport"]
ARCHIVES += ["dispatch", "BlocksRuntime"]


def libraries(archive, target):
    """Unpacks the newest of each package that can be had, and returns [(name, version)]."""
    known = [stanza for suite in SUITES for stanza in archive.index(suite, f"binary-{ARCHITECTURE}", PACKAGES)]
    levels = []
    for name in PACKAGES:
        found = archive.package(known, name)
        if found is None:
            sys.exit(f"{name} for {ARCHITECTURE} cannot be had from {', '.join(archive.places)}")
        subprocess.run(["dpkg-deb", "-x", found[1], target], check=True)
        levels.append((name, found[0].version))
    for folder in ("lib", "lib64"):
        if not (target / folder).exists():
            (target / folder).symlink_to(f"usr/{folder}")
    # Links to absolute paths would lead to this machine's own files.
    for path in (target / "usr/lib").rglob("*"):
        if path.is_symlink() and os.readlink(path).startswith("/"):
            text = os.path.relpath(target / os.readlink(path)[1:], path.parent)
            path.unlink()
            path.symlink_to(text)
    return levels


def kept(name):
    """Whether a file of the package's static library folder is needed; `name` is relative to it."""
    if name.startswith("shims/") or name in {f"linux/lib{each}.a" for each in ARCHIVES}:
        return True
    if name.startswith("linux/aarch64/"):
        return True
    module, _, file = name.removeprefix("linux/").partition(".swiftmodule/")
    # Binary modules are for the compiler that wrote them.
    return module in MODULES and file == "aarch64-unknown-linux-gnu.swiftinterface"


def standard_library(archive):
    """(version, tar archive of Swift's static standard library), from the cache or made from Debian's package."""
    tar = archive.cache / f"{SWIFT_TAR_SHA256[:16]}-swift-{SWIFT}-{ARCHITECTURE}.tar"
    if tar.exists() and sha256(tar) == SWIFT_TAR_SHA256:
        return SWIFT, tar
    try:
        version, deb = SWIFT, archive.pinned(SWIFT_DEB, SWIFT_DEB_SHA256)
    except Missing as missing:
        version, deb, tar = replacement(archive, missing)
    fresh = tar.with_name(f"{tar.name}.{os.getpid()}")
    members = {}
    stream = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=stream.stdout, mode="r|") as package:
        for member in package:
            name = member.name.removeprefix("./")
            if member.isfile() and name.startswith(SWIFT_FOLDER + "/") and kept(name[len(SWIFT_FOLDER) + 1 :]):
                members[name[len(SWIFT_FOLDER) + 1 :]] = package.extractfile(member).read()
    stream.wait()
    with tarfile.open(fresh, "w", format=tarfile.USTAR_FORMAT) as out:
        for name in sorted(members):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(members[name]), 0o644
            with tempfile.SpooledTemporaryFile() as file:
                file.write(members[name])
                file.seek(0)
                out.addfile(info, file)
    if version == SWIFT and sha256(fresh) != SWIFT_TAR_SHA256:
        sys.exit(f"{fresh}: the standard library of swiftlang {SWIFT} is not the pinned one: {sha256(fresh)}")
    fresh.replace(tar)
    deb.unlink()
    return version, tar


def replacement(archive, missing):
    """(version, package, name for the tar archive): a revision of the same Swift that Debian put in place of the pinned."""
    known = [stanza for suite in SUITES for stanza in archive.index(suite, f"binary-{ARCHITECTURE}", ["swiftlang"])]
    same = [stanza for stanza in known if stanza.upstream == SWIFT.rpartition("-")[0]]
    found = archive.package(same, "swiftlang")
    if found is None:
        sys.exit(f"swiftlang {SWIFT} for {ARCHITECTURE} cannot be had:\n{missing}")
    version = found[0].version
    say(f"swiftlang: no mirror has {SWIFT}; taking {version}")
    return version, found[1], archive.cache / f"{found[0]['SHA256'][:16]}-swift-{version}-{ARCHITECTURE}.tar"


def main(target):
    archive = Archive()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    levels = libraries(archive, target)
    swift = target / "usr/lib/swift_static"
    swift.mkdir()
    version, tar = standard_library(archive)
    subprocess.run(["tar", "-xf", tar, "-C", swift], check=True)
    host = Path(shutil.which("swiftc")).resolve().parent.parent
    (swift / "clang").symlink_to(host / "lib/swift/clang")
    # Debian's own lists name ICU, which is not in its package.
    for name in ("static-executable-args.lnk", "static-stdlib-args.lnk"):
        shutil.copy(host / "lib/swift_static/linux" / name, swift / "linux")
    levels.append(("swiftlang", version))
    (target / "levels").write_text("".join(f"{name} {version}\n" for name, version in levels))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
