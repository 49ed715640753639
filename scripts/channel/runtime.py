# SPDX-License-Identifier: BSD-3-Clause
"""A python laid out from our own packages, to compile the `.pyc` files that conda packages of compiled code carry."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from package import PLACEHOLDER

COMPILE = (
    "import compileall, py_compile, sys; compileall.compile_dir(sys.argv[1], quiet=2, stripdir=sys.argv[1], prependdir='', "
    "invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP, force=True, maxlevels=40)"
)


def lay_out(packages, root):
    """Writes the packages' files under a folder, with the prefix replaced."""
    root = Path(root)
    for package in packages:
        for entry in package.entries:
            path = root / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            if entry.kind == "symlink":
                path.symlink_to(entry.target)
            elif entry.kind == "hardlink":
                os.link(root / entry.target, path)
            elif entry.kind == "directory":
                path.mkdir(exist_ok=True)
            else:
                data = entry.data
                if entry.placeholder and entry.file_mode == "text":
                    data = data.replace(PLACEHOLDER.encode(), str(root).encode())
                path.write_bytes(data)
                path.chmod(entry.mode)


def compile_package(package, python):
    """Adds a `.pyc` for each `.py` in site-packages or the standard library, dated like its source."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        sources = [
            entry
            for entry in package.entries
            if entry.kind == "file"
            and entry.path.startswith("lib/python")
            and entry.path.endswith(".py")
            and not entry.placeholder
            and "/lib2to3/tests/" not in entry.path
        ]
        for entry in sources:
            path = root / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(entry.data)
            os.utime(path, (package.timestamp, package.timestamp))
        environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
        subprocess.run([python, "-I", "-c", COMPILE, folder], check=True, env=environment, stdout=subprocess.DEVNULL)
        compiled = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.pyc"))}
        # A wheel that ships one of them (numpy does) would put it into the archive twice, which clients refuse.
        package.entries = [entry for entry in package.entries if entry.path not in compiled]
        for path, data in compiled.items():
            package.add(path, data, placeholder=None)


def own():
    """The python that runs this, when it is of the channel's version."""
    if sys.version_info[:2] != (3, 11):
        sys.exit("make-channel: byte code of another processor's python 3.11 needs a python 3.11")
    return Path(sys.executable)


def make(packages, root):
    """The runtime under `root`, made once; returns its python."""
    root = Path(root)
    if not root.exists():
        fresh = root.with_name(root.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        lay_out(packages, fresh)
        fresh.rename(root)
    return root / "bin/python3.11"
