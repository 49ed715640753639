# SPDX-License-Identifier: BSD-3-Clause
"""Brings the pinned wheels into the cache."""

import shutil
import subprocess
import sys
from pathlib import Path

import arch
from packaging.utils import canonicalize_name, parse_wheel_filename

PINS = [Path(__file__).with_name("wheels.txt")]
if arch.NAME != "x86_64":
    PINS.append(Path(__file__).with_name(f"wheels-{arch.NAME}.txt"))
GLIBC = [28, 27, 26, 24, 17, 12, 5]
PLATFORMS = [f"manylinux_2_{minor}_{arch.NAME}" for minor in GLIBC] + [
    f"manylinux2014_{arch.NAME}",
    f"manylinux2010_{arch.NAME}",
    f"manylinux1_{arch.NAME}",
    f"linux_{arch.NAME}",
]


def pins():
    """The pinned lines by (project, version). A later file replaces a line, or takes it out when it has no hash."""
    found = {}
    for line in [line for path in PINS for line in path.read_text().splitlines()]:
        if line.strip() and not line.startswith("#"):
            name, _, version = line.split()[0].partition("==")
            found[canonicalize_name(name), version] = line.strip()
    return {key: line for key, line in found.items() if "--hash" in line}


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
    # What is for every processor is there already when this machine's own channel is.
    for path in (cache.parent.with_name(".build-channel-cache") / "wheels").glob("*-any.whl"):
        if not (cache / path.name).exists():
            shutil.copy(path, cache)
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
