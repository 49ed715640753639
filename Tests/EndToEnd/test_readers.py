# SPDX-License-Identifier: BSD-3-Clause
"""Commands that read an environment while another process changes it: what they tell was there at one moment."""

import subprocess

import pytest

from moving import MovingChannel
from prefixes import problems

COUNT = 40
CHANGES = 6


@pytest.fixture
def changing(krait, tmp_path):
    """An environment of many packages, and what changes all of them from one version to the other and back."""
    channel = MovingChannel(tmp_path / "channel")
    names = [f"p{number}" for number in range(COUNT)]
    for version in ("1", "2"):
        for name in names:
            channel.add(name, version, {f"share/{name}": ("hardlink", version.encode(), 0o644)})
    channel.write()
    options = ["-y", "-q", "-c", str(channel.directory), "--override-channels"]
    krait("create", "-p", tmp_path / "env", *options, *(f"{name}=1" for name in names))

    def begin(version):
        words = [*options, *(f"{name}={version}" for name in names)]
        return krait.popen("install", "-p", tmp_path / "env", *words, stderr=subprocess.PIPE, text=True)

    return tmp_path / "env", begin


def listed(krait, prefix):
    return [package["version"] for package in krait("list", "-p", prefix, "--json").json]


def exported(krait, prefix):
    return [text.split("=")[1] for text in krait("env", "export", "-p", prefix, "--json").json["dependencies"]]


def explicit(krait, prefix):
    lines = krait("list", "-p", prefix, "--explicit").out.splitlines()
    return [line.split("-")[-2] for line in lines if line.endswith(".conda")]


def needed(krait, prefix):
    found = krait("repoquery", "search", "-p", prefix, "p*", "--json").json["result"]["pkgs"]
    return [record["version"] for record in found]


def test_what_is_told_was_there_at_one_moment(krait, changing):
    prefix, begin = changing
    for number in range(CHANGES):
        change = begin("21"[number % 2])
        read = 0
        while change.poll() is None or read == 0:
            for reader in (listed, exported, explicit, needed):
                versions = reader(krait, prefix)
                assert len(versions) == COUNT and len(set(versions)) == 1, (reader, sorted(versions))
                read += 1
        assert change.returncode == 0, change.stderr.read()
    assert problems(prefix) == []
