# SPDX-License-Identifier: BSD-3-Clause
"""What files say: names, lists of archives, words of other tools."""

import os

import pytest


@pytest.mark.parametrize("name", ["../victim", "{home}/victim", "~/victim", "a/b", "..", "a:b", "'a b'", "./x"])
@pytest.mark.parametrize("words", [["create", "-y"], ["env", "create", "-y"], ["env", "update", "--prune", "-y"]])
def test_a_name_of_a_file_is_no_path(krait, tmp_path, own_channel, words, name):
    own_channel.add("tiny", files={"share/tiny": "x"})
    own_channel.add("other", files={"share/other": "x"})
    krait.create(krait.home / "victim", "tiny", "other", channel=own_channel)
    directory = krait.home / "work"
    directory.mkdir()
    file = directory / "e.yml"
    file.write_text(f"channels: [{own_channel}]\nname: {name.format(home=krait.home)}\ndependencies: [tiny]\n")
    before = sorted(krait.home.rglob("*"))
    result = krait(*words, "-f", file, code=2, cwd=directory)
    assert f"{file}:2:7" in result.complaint and "cannot be the name of an environment" in result.complaint
    assert sorted(krait.home.rglob("*")) == before
    # Who names the place decides.
    krait(*words, "-p", krait.home / "elsewhere", "-f", file)


@pytest.mark.parametrize("text", ["null", "~", ""])
def test_no_name_is_no_name(krait, tmp_path, text):
    file = tmp_path / "e.yml"
    file.write_text(f"name: {text}\ndependencies: []\n")
    result = krait("create", "-y", "-f", file, code=2)
    assert "no environment was given" in result.complaint
    assert not (krait.root / "envs").exists()


def test_yaml_from_a_pipe(krait, tmp_path, own_channel):
    own_channel.add("tiny", files={"share/tiny": "x"})
    file = tmp_path / "e.yml"
    file.write_text(f"channels: [{own_channel}]\ndependencies:\n  - tiny\n")
    krait("create", "-y", "-p", tmp_path / "e", "-f", "/dev/stdin", input=file.read_text())
    assert (tmp_path / "e/share/tiny").exists()
    os.rename(file, tmp_path / "environment")
    krait("create", "-y", "-p", tmp_path / "f", "-f", tmp_path / "environment")
    assert (tmp_path / "f/share/tiny").exists()


@pytest.mark.parametrize("typed", [True, False])
def test_extras_of_pip(krait, tmp_path, own_channel, typed):
    own_channel.add("tiny", files={"share/tiny": "x"})
    file = tmp_path / "e.yml"
    file.write_text(f"channels: [{own_channel}]\ndependencies:\n  - tiny[toml]>=1\n")
    source = ["-c", own_channel, "--override-channels", "tiny[toml]>=1"] if typed else ["-f", file]
    result = krait("create", "-y", "-p", tmp_path / "e", *source)
    assert "`[toml]` in `tiny[toml]>=1`" in result.err and "warning" in result.err
    assert (tmp_path / "e/share/tiny").exists()
    krait("update", "-y", "-p", tmp_path / "e", "-c", own_channel, "--override-channels", "tiny[toml]")


def test_two_archives_of_one_name(krait, tmp_path, own_channel):
    one, two = (own_channel.add("tiny", version, {"share/tiny": version}) for version in ("1.0", "2.0"))
    lines = tmp_path / "l.txt"
    lines.write_text(f"@EXPLICIT\nfile://{one}\nfile://{two}\n")
    for words in (["-f", lines], [one, two]):
        result = krait("create", "-y", "-p", tmp_path / "e", *words, code=2)
        assert "tiny-1.0-0.tar.bz2 and tiny-2.0-0.tar.bz2" in result.complaint
        assert not (tmp_path / "e").exists()
    # The same archive twice is one.
    lines.write_text(f"@EXPLICIT\nfile://{one}\nfile://{one}\n")
    krait("create", "-y", "-p", tmp_path / "e", "-f", lines)
    assert (tmp_path / "e/share/tiny").read_text() == "1.0"
