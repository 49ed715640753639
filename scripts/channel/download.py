# SPDX-License-Identifier: BSD-3-Clause
"""Brings the pinned wheels into the cache."""

import subprocess
import sys
from pathlib import Path

from packaging.utils import canonicalize_name, parse_wheel_filename

PINS = Path(__file__).with_name("wheels.txt")
GLIBC = [28, 27, 26, 24, 17, 12, 5]
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in GLIBC] + [
    "manylinux2014_x86_64",
    "manylinux2010_x86_64",
    "manylinux1_x86_64",
    "linux_x86_64",
]


def pins():
    """The pinned lines by (project, version)."""
    lines = [line.strip() for line in PINS.read_text().splitlines() if line.strip() and not line.startswith("#")]
    found = {}
    for line in lines:
        name, _, version = line.split()[0].partition("==")
        found[canonicalize_name(name), version] = line
    return found


def present(cache):
    """The wheels in the cache by (project, version)."""
    found = {}
    for path in cache.glob("*.whl"):
        name, version, _, _ = parse_wheel_filename(path.name)
        found[name, str(version)] = path
    return found


def fetch(cache):
    """Downloads what is missing, checked against its hash, and returns the wheel of each pin."""
    cache.mkdir(parents=True, exist_ok=True)
    wanted, found = pins(), present(cache)
    missing = [key for key in wanted if key not in found]
    while missing:
        # pip takes one version of a project at a time.
        batch = {key[0]: key for key in reversed(missing)}.values()
        requirements = cache / "batch.txt"
        requirements.write_text("".join(wanted[key] + "\n" for key in batch))
        command = [
            sys.executable,
            "-m",
            "pip",
            "-q",
            "download",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--require-hashes",
        ]
        command += [
            "--python-version",
            "3.11",
            "--implementation",
            "cp",
            "--abi",
            "cp311",
            "--abi",
            "abi3",
            "--abi",
            "none",
        ]
        for platform in PLATFORMS:
            command += ["--platform", platform]
        subprocess.run([*command, "-r", requirements, "-d", cache], check=True)
        requirements.unlink()
        found = present(cache)
        left = [key for key in wanted if key not in found]
        if len(left) == len(missing):
            sys.exit(f"make-channel: pip brought no wheel for {left}")
        missing = left
    return {key: found[key] for key in wanted}
