# SPDX-License-Identifier: BSD-3-Clause
"""The executable itself: static, small, quick to start."""

import re
import subprocess

from conftest import BINARY, ROOT


def test_it_is_static():
    kind = subprocess.run(["file", "-bL", BINARY], capture_output=True, text=True, check=True).stdout
    assert "statically linked" in kind and ", stripped" in kind
    linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True)
    assert "not a dynamic executable" in linked.stdout + linked.stderr
    headers = subprocess.run(["readelf", "-lW", BINARY], capture_output=True, text=True, check=True).stdout
    assert "INTERP" not in headers


def test_it_does_not_grow_unnoticed():
    assert BINARY.stat().st_size <= 16_000_000


def test_its_guards_are_in_place():
    told = subprocess.run([ROOT / "scripts/check-binary", BINARY], capture_output=True, text=True)
    assert told.returncode == 0, told.stdout


def calls(*words, env=None):
    traced = subprocess.run(
        ["strace", "-f", "-o", "/dev/stdout", BINARY, *words], capture_output=True, text=True, env=env
    )
    return [line for line in traced.stdout.splitlines() if re.search(r"\w\(.*=", line)]


def test_start_makes_few_system_calls():
    made = calls("--version", env={"PATH": "/usr/bin:/bin"})
    assert len(made) <= 45, "\n".join(made)


def test_start_starts_no_thread():
    assert not [line for line in calls("--version", env={}) if re.search(r"\bclone3?\(", line)]


def test_no_word_of_the_builder_is_in_it():
    """The placeholder of old packages must not be found, or conda-build would rewrite it (Rules 11.2)."""
    assert b"/opt/" + b"anaconda1" + b"anaconda2" + b"anaconda3" not in BINARY.read_bytes()
