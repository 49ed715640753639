# SPDX-License-Identifier: BSD-3-Clause
"""`--low-memory` takes one package at a time, with few transfers ahead of it, and makes the same environment."""

import os

import strangers
from packages import Channel

NAMES = [f"big-{number}" for number in range(6)]


def test_the_same_environment_in_less_memory(krait, serve, tmp_path):
    channel = Channel(tmp_path / "channel")
    contents = {name: os.urandom(3 << 20) for name in NAMES}
    for name, content in contents.items():
        channel.add(name, files={f"share/{name}": content})
    url = serve(channel.directory).url
    peaks = {}
    for name, words in {"usual": [], "low": ["--low-memory"]}.items():
        prefix = tmp_path / name
        ran = strangers.run(krait, "create", "-y", "-q", "-p", prefix, "-c", url, "--override-channels", "--no-cache",
                            *words, *NAMES)
        assert ran.code == 0, ran
        assert {share.name: share.read_bytes() for share in (prefix / "share").iterdir()} == contents
        peaks[name] = ran.memory
    # Each package that is unpacked beside another has a block of bzip2 of its own: 4 MB.
    assert peaks["low"] < peaks["usual"] - (4 << 20)
