# SPDX-License-Identifier: BSD-3-Clause
"""The C library that the executable under test runs with, as a base image and as the package of compilers have one."""

import glob
import pathlib

from conftest import MACHINE, SUBDIR, glibc_version

TRIPLE = f"{MACHINE}-linux-gnu"
LOADER = {"x86_64": "lib64/ld-linux-x86-64.so.2", "aarch64": "lib/ld-linux-aarch64.so.1"}[MACHINE]
#: what glibc consists of, from this machine, which Debian 12 is
LIBRARIES = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2"]


def machine_libraries():
    """{path from the root: bytes} of the C library of this machine, its loader with the name that it has there."""
    found = {}
    for name in [*LIBRARIES, pathlib.Path(LOADER).name]:
        (path, *_) = glob.glob(f"/lib/{TRIPLE}/{name}") or glob.glob(f"/{LOADER}")
        found[f"usr/lib/{TRIPLE}/{name}"] = pathlib.Path(path).read_bytes()
    return found


def sysroot(channel):
    """Like conda-forge's package of this name, a root within a directory; the libraries lie where Debian's loader looks."""
    root = f"{MACHINE}-conda-linux-gnu/sysroot"
    files = {f"{root}/{path.removeprefix('usr/')}": body for path, body in machine_libraries().items()}
    files[f"{root}/{LOADER}"] = files[f"{root}/lib/{TRIPLE}/{pathlib.Path(LOADER).name}"]
    files[f"{root}/usr/include/stdio.h"] = b"header"
    files[f"{root}/usr/lib64/libc.so"] = b"a script for linkers"
    name = f"sysroot_{SUBDIR}"
    channel.add("kernel-headers")
    channel.add(name, glibc_version(), {**files, "info/licenses/COPYING.LIB": "the licence"}, depends=["kernel-headers"])
