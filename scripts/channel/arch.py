# SPDX-License-Identifier: BSD-3-Clause
"""The processor a channel is made for: x86_64, or what scripts/make-channel was given as --arch."""

import os
import shutil
from pathlib import Path

NAME = os.environ.get("KRAIT_CHANNEL_ARCH", "x86_64")
#: conda's subdir
SUBDIR = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}[NAME]
#: Debian's name
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}[NAME]
#: the folder of libraries in Debian's packages
TRIPLE = f"{NAME}-linux-gnu"
#: whether this machine runs its programs
NATIVE = os.uname().machine == NAME


def compiler():
    """The words that start a C compiler for it: Swift's clang with Debian's libraries, where it is not this machine's."""
    if NATIVE:
        return ["gcc"]
    tools = Path(shutil.which("swiftc")).resolve().parent
    sysroot = Path(__file__).resolve().parents[2] / f".build-sysroot-{NAME}"
    return [tools / "clang", f"--target={TRIPLE}", f"--sysroot={sysroot}", "-fuse-ld=lld"]
