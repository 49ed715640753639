# SPDX-License-Identifier: BSD-3-Clause
"""`SOURCE_DATE_EPOCH`: two runs give the same bytes, times and names (Requirements R-17)."""

import hashlib
import os
import stat
import subprocess

import pytest

from conftest import CHANNEL, FEATURES
from packages import small_python

EPOCH = 1735689600
SPECS = ["python=3.11", *(name for name in FEATURES if name not in {"feature-meta", "feature-link-scripts"})]


def digest(prefix):
    """That of a tar of everything: names, kinds, modes, times, links and contents; in the order of names."""
    done = subprocess.run(
        ["tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=posix",
         "--pax-option=delete=atime,delete=ctime", "-cf", "-", "."],
        cwd=prefix, capture_output=True, check=True,
    )  # fmt: skip
    return hashlib.sha256(done.stdout).hexdigest()


def contents(prefix):
    """{path: (mode, time, content)}, to see what differs."""
    found = {}
    for folder, folders, names in os.walk(prefix):
        for name in [*folders, *names]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            content = None
            if stat.S_ISREG(status.st_mode):
                content = hashlib.sha256(open(path, "rb").read()).hexdigest()
            elif stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            found[os.path.relpath(path, prefix)] = (status.st_mode, status.st_mtime_ns, content)
    return found


@pytest.mark.parametrize("words", [[], ["--no-cache"], ["--pyc", "checked-hash"], ["--no-pyc"], ["--always-copy"]], ids=" ".join)
def test_two_runs_give_the_same_tree(krait, own_channel, tmp_path, words):
    channels = ["-c", small_python(own_channel), "-c", CHANNEL, "--override-channels"]
    prefix = tmp_path / "env"
    runs = []
    for number in range(2):
        env = {"SOURCE_DATE_EPOCH": EPOCH, "CONDA_PKGS_DIRS": tmp_path / "pkgs"}
        krait("create", "-y", "-p", prefix, *channels, "--no-pip", *words, *SPECS, env=env)
        runs.append(contents(prefix))
        # Nothing that is found is used again: neither the files nor the cache, nor what was compiled.
        subprocess.run(["rm", "-rf", prefix, tmp_path / "pkgs"], check=True)
    differing = {path: (runs[0].get(path), runs[1].get(path)) for path in runs[0].keys() | runs[1].keys() if runs[0].get(path) != runs[1].get(path)}
    assert differing == {}
    assert len(runs[0]) > 150
    compiled = [path for path in runs[0] if path.endswith(".pyc")]
    assert (compiled == []) == (words == ["--no-pyc"])


def test_the_tar_of_two_runs_has_one_digest(krait, own_channel, tmp_path):
    """From a lock, as images are made."""
    channels = ["-c", small_python(own_channel), "-c", CHANNEL, "--override-channels"]
    lock, prefix = tmp_path / "lock.txt", tmp_path / "env"
    krait("create", "-y", "-p", prefix, *channels, "--no-pip", *SPECS)
    krait("env", "export", "-p", prefix, "-f", lock)
    assert "@EXPLICIT" in lock.read_text()
    digests = set()
    for _ in range(2):
        subprocess.run(["rm", "-rf", prefix], check=True)
        krait("create", "-y", "-p", prefix, "-f", lock, env={"SOURCE_DATE_EPOCH": EPOCH})
        digests.add(digest(prefix))
    assert len(digests) == 1
