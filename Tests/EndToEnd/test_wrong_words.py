# SPDX-License-Identifier: BSD-3-Clause
"""Words, places and files that are not what a command takes: told before anything is done, and by what they are."""

import json
import os
import signal
import subprocess
import zipfile

import pytest

from servers import Held


@pytest.mark.parametrize("word, near", [
    ("lin-64", "linux-64"), ("linux64", "linux-64"), ("osx-arm", "osx-arm64"), ("foo-bar", None),
])
def test_unknown_platforms(krait, own_channel, tmp_path, word, near):
    own_channel.add("tiny")
    words = ["-c", own_channel, "--override-channels", "tiny"]
    for verb in (["lock", "-p", word], ["create", "-n", "x", "--platform", word], ["search", "--platform", word]):
        complaint = krait(*verb, *words, code=2, cwd=tmp_path).complaint
        assert complaint.startswith(f"error: `{word}`: is not a platform that packages are built for\nhint: ")
        assert near is None or near in complaint
    assert os.listdir(tmp_path) == ["own-channel"] or not (tmp_path / "conda-lock.yml").exists()


@pytest.mark.parametrize("place", ["relative/x", "host.example/x"])
def test_a_remote_cache_that_is_no_place(krait, own_channel, tmp_path, place):
    own_channel.add("tiny")
    result = krait.create(tmp_path / "env", "tiny", channel=own_channel, env={"KRAIT_REMOTE_CACHE": place}, code=2)
    assert result.complaint.startswith(f"error: `remote_cache`: `{place}` is not a URL\nhint: write for example s3://")


@pytest.mark.parametrize("place", ["/path", "file:///path"])
def test_packages_are_not_sent_to_a_directory(krait, own_channel, tmp_path, place):
    own_channel.add("tiny")
    krait("lock", "-c", own_channel, "--override-channels", "tiny", "-o", tmp_path / "lock.yml")
    result = krait("cache", "push", tmp_path / "lock.yml", env={"KRAIT_REMOTE_CACHE": place}, code=2)
    assert f"`{place}` is a directory of this machine" in result.complaint


def test_an_archive_is_no_lock(krait, tmp_path):
    with zipfile.ZipFile(tmp_path / "env.zip", "w") as file:
        file.writestr("bin/x", "x")
    (tmp_path / "env.tar").write_bytes(b"x" * 257 + b"ustar" + b"x" * 100)
    for name, kind in {"env.zip": "a ZIP archive", "env.tar": "a tar archive"}.items():
        complaint = krait("push", name, "127.0.0.1:1/team/x:1", code=2, cwd=tmp_path).complaint
        assert complaint.startswith(f"error: `{name}`: is {kind}, and neither an image layout nor a lock\nhint: ")
        complaint = krait("create", "-n", "x", "-f", name, code=2, cwd=tmp_path).complaint
        assert complaint.startswith(f"error: `{name}`: is {kind}\nhint: environment files, locks and lists of specs are text")


@pytest.mark.parametrize("place", ["localhost:1", "127.0.0.1:1/channel", "me:secret@localhost:1"])
def test_this_machine_is_tested_without_tls_as_it_is_pushed_to(krait, place):
    complaint = krait("auth", "test", place, "--retries", "0", code=4).complaint
    assert complaint.startswith("error: `http://") and "secret" not in complaint


def test_help_is_one_document_where_documents_are_asked_for(krait):
    for words in (["--json", "help"], ["help", "--json"], ["help", "locks", "--json"], ["create", "--json", "--help"], ["--json"]):
        document = json.loads(krait(*words).out)
        assert document["success"] and "krait" in document["text"]


def test_every_exit_code_is_in_the_topic(krait):
    told = {line.split()[0] for line in krait("help", "exit-codes").out.splitlines() if line.startswith("  ")}
    assert told >= {str(code) for code in (*range(9), *range(10, 16), 126, 127, 130, 143)}


def test_a_question_that_nobody_answers(krait, own_channel):
    own_channel.add("tiny")
    krait("create", "-y", "-n", "x", "-c", own_channel, "--override-channels", "tiny")
    result = krait("env", "remove", "-n", "x", code=2)
    assert result.complaint == f"error: `Remove the environment {krait.root}/envs/x with 1 package?`: there is no terminal to ask on\nhint: add -y\n"


def test_an_interrupt_is_told_in_one_word(krait, own_channel, serve, tmp_path):
    archive = own_channel.add("tiny", files={"share/tiny": "x"})
    server = serve(own_channel.directory)
    server.faults[archive.name] = held = Held()
    running = krait.popen(
        "create", "-y", "-q", "-p", tmp_path / "env", "-c", server.url, "--override-channels", "tiny", stderr=subprocess.PIPE, text=True)
    held.wait()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    held.release()
    assert (running.returncode, err) == (130, "error: interrupted\n")


def test_no_subject_has_two_pairs_of_backticks(krait):
    assert krait("list", "-n", "a/b", code=2).complaint.startswith("error: `a/b`: is not a name of an environment")


def test_what_a_lock_leaves_out_is_told_once(krait, own_channel, tmp_path):
    for name in ("python", "pip"):
        own_channel.add(name)
    (tmp_path / "environment.yml").write_text(
        f"channels: [{own_channel}, nodefaults]\ndependencies: [python, pip, {{pip: [einops==0.8.1]}}]\n")
    for platform in (["linux-64"], ["osx-arm64"], ["linux-64", "osx-arm64"]):
        result = krait("lock", "-f", "environment.yml", "-p", ",".join(platform), cwd=tmp_path)
        (line,) = [line for line in result.err.splitlines() if line.startswith("warning: ")]
        assert line.startswith("warning: the lock leaves out what only pip can resolve: einops==0.8.1; ")
        assert "`krait create -f environment.yml --write-lock LOCK`" in line


def test_a_misspelt_environment(krait):
    for name in ("science", "other"):
        krait("create", "-y", "-q", "-n", name)
    for words in (["list", "-n", "sciense"], ["run", "-n", "sciense", "true"], ["env", "remove", "-y", "-n", "sciense"],
                  ["shell", "activate", "sciense"], ["update", "-n", "sciense", "--all"]):
        complaint = krait(*words, code=2).complaint
        assert complaint.endswith("hint: did you mean `science`? else make it with `krait create -n sciense`\n"), complaint


def test_a_file_without_its_option(krait, tmp_path):
    (tmp_path / "environment.yml").write_text("dependencies: []\n")
    result = krait("create", "environment.yml", code=2, cwd=tmp_path)
    assert result.complaint == "error: `environment.yml`: is a file, not a spec\nhint: read it with `-f environment.yml`\n"
    result = krait("create", "-n", "x", "./absent.yaml", code=2, cwd=tmp_path)
    assert result.complaint == "error: `./absent.yaml`: there is no such file\nhint: a file is read with -f\n"


def test_a_package_may_be_called_like_a_file(krait, own_channel, tmp_path):
    own_channel.add("ruamel.yaml", "1.0")
    krait.create(tmp_path / "env", "ruamel.yaml", channel=own_channel)
    assert (tmp_path / "env/conda-meta/ruamel.yaml-1.0-0.json").exists()
