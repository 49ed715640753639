# SPDX-License-Identifier: BSD-3-Clause
"""The osx-arm64 subdir: tiny archives under the names and versions of the linux packages."""

from __future__ import annotations

import arch
from package import Package

# What linux alone has.
LINUX_ONLY = {"__glibc", "_libgcc_mutex", "_openmp_mutex", "libgcc", "libgomp", "libstdcxx", "libuuid", "libxcrypt"}


def depends_of(record):
    """The dependencies of a linux record, as the same package has them on macOS."""
    names = [depend.split()[0] for depend in record["depends"]]
    kept = [depend for depend, name in zip(record["depends"], names) if name not in LINUX_ONLY]
    compiled = bool(LINUX_ONLY.intersection(names))
    return sorted(kept + (["__osx >=11.0"] if compiled else []) + (["libcxx >=19"] if "libstdcxx" in names else []))


def packages(records):
    """One package for each linux record that is neither a feature nor linux's own."""
    cxx = Package(
        "libcxx", "19.1.7", subdir="osx-arm64", depends=["__osx >=11.0"], license="Apache-2.0 WITH LLVM-exception"
    ).finish()
    cxx.add("lib/libc++.1.dylib", b"\xcf\xfa\xed\xfe" + b"\0" * 28, 0o755)
    yield cxx
    for record in records:
        name = record["name"]
        if record["subdir"] != arch.SUBDIR or name in LINUX_ONLY or name.startswith("feature-"):
            continue
        package = Package(name, record["version"], build_number=record["build_number"], subdir="osx-arm64")
        package.noarch, package.license = record.get("noarch"), record["license"]
        package.timestamp = record["timestamp"] // 1000 + 3600
        package.depends, package.constrains = depends_of(record), record.get("constrains", [])
        package.python_site_packages_path = record.get("python_site_packages_path")
        package.finish(record["build"].split("h")[0] + "h" if "h" in record["build"] else "h")
        if name == "python":
            package.build += "_cpython"
            package.add("bin/python3.11", b"\xcf\xfa\xed\xfe" + b"\0" * 28, 0o755)
            package.symlink("bin/python", "python3.11")
        package.add(f"share/osx-arm64/{name}.txt", f"{name} {record['version']}\n")
        yield package
