# SPDX-License-Identifier: BSD-3-Clause
"""Rules of `--exclude` that have names: what each leaves out and keeps, in environments and images, and what it saved."""

import json
import subprocess
import sys
import tarfile

import pytest

from packages import small_python

SITE = "lib/python3.11/site-packages"
#: of a package for every platform, whose python files go where the environment's python has them
NOARCH = {
    "site-packages/pure/__init__.py": "value = 1\n",
    "site-packages/pure/tests/__init__.py": "",
    "site-packages/pure/tests/deep/data.bin": "0123456789",
    "site-packages/pure/testing/__init__.py": "",
    "site-packages/needed/__init__.py": "if True:\n    from .tests.runner import run\n",
    "site-packages/needed/tests/runner.py": "run = 1\n",
    "site-packages/word/__init__.py": "# tests import more\nfrom x_tests import y_tests\n",
    "site-packages/word/tests/a.py": "",
}
BINARY = {
    f"{SITE}/fast/__init__.py": "import fast.tests\n",
    f"{SITE}/fast/tests/__init__.py": "",
    f"{SITE}/fast/__init__.pyi": "value: int\n",
    f"{SITE}/fast/core.pyi": "value: int\n",
    f"{SITE}/fast/core.pxd": "",
    f"{SITE}/fast/include/fast.h": "",
    f"{SITE}/django/test/client.py": "",
    "lib/python3.11/test/test_x.py": "",
    "lib/python3.11/ctypes/test/test_y.py": "",
    "lib/python3.11/idlelib/idle.py": "",
    "bin/idle3.11": "",
    f"{SITE}/pip/_vendor/distlib/t64.exe": "MZ",
    "lib/libfast.a": "static",
    "lib/pkgconfig/fast.pc": "",
    "include/fast.h": "header",
    "share/doc/fast/index": "",
    "share/tests/data": "",
}
LEFT_OUT = {
    "tests": {
        f"{SITE}/pure/tests/__init__.py", f"{SITE}/pure/tests/deep/data.bin", f"{SITE}/word/tests/a.py",
        "lib/python3.11/test/test_x.py", "lib/python3.11/ctypes/test/test_y.py",
    },
    "stubs": {f"{SITE}/fast/core.pyi", f"{SITE}/fast/core.pxd"},
    "headers": {f"{SITE}/fast/include/fast.h", "lib/pkgconfig/fast.pc", "include/fast.h"},
    "static": {"lib/libfast.a"},
    "docs": {"share/doc/fast/index"},
    "idle": {"lib/python3.11/idlelib/idle.py", "bin/idle3.11", f"{SITE}/pip/_vendor/distlib/t64.exe"},
}  # fmt: skip


@pytest.fixture
def channel(own_channel):
    small_python(own_channel)
    own_channel.add("pure", "1", NOARCH, noarch="python", depends=["python"])
    own_channel.add("fast", "1", BINARY, depends=["python"])
    return own_channel


def records(prefix):
    return {path.name.split("-")[0]: json.loads(path.read_text()) for path in (prefix / "conda-meta").glob("*.json")}


def left(prefix):
    return {path for record in records(prefix).values() for path in record.get("left_out", [])}


@pytest.mark.parametrize("rule", LEFT_OUT)
def test_a_rule_leaves_out_what_it_says_and_nothing_else(krait, channel, tmp_path, rule):
    env = tmp_path / "env"
    result = krait.create(env, "pure", "fast", "--exclude", rule, "--json", channel=channel)
    assert left(env) == LEFT_OUT[rule]
    assert not [path for path in LEFT_OUT[rule] if (env / path).exists()]
    everything = {path.replace("site-packages/", f"{SITE}/", 1) for path in NOARCH} | set(BINARY)
    assert not [path for path in everything - LEFT_OUT[rule] if not (env / path).exists()]
    sizes = {path.replace("site-packages/", f"{SITE}/", 1): len(text) for path, text in NOARCH.items()}
    sizes |= {path: len(text) for path, text in BINARY.items()}
    (saving,) = result.json["left_out"]
    assert saving == {"rule": rule, "files": len(LEFT_OUT[rule]), "size": sum(sizes[path] for path in LEFT_OUT[rule])}


def test_all_rules_at_once_leave_an_environment_that_is_whole(krait, channel, tmp_path):
    env = tmp_path / "env"
    rules = ",".join(LEFT_OUT)
    result = krait.create(env, "pure", "fast", "--exclude", rules, "--exclude", "share/tests,nothing/here", channel=channel)
    assert left(env) == set().union(*LEFT_OUT.values(), {"share/tests/data"})
    assert "Left out: tests 5 files, 10 B; stubs 2 files, 11 B; headers 3 files" in result.err and "nothing/here (no file matches)" in result.err
    krait("doctor", "-p", env)
    krait("env", "verify", "-p", env)
    words = [sys.executable, "-c", "import pure, needed, fast"]
    subprocess.run(words, env={"PYTHONPATH": str(env / SITE)}, check=True)


def test_installing_later_leaves_out_too(krait, channel, tmp_path):
    env = tmp_path / "env"
    krait.create(env, "fast", channel=channel)
    result = krait("install", "-y", "-p", env, "-c", channel, "--override-channels", "pure", "--exclude", "tests", "--json")
    assert left(env) == {path for path in LEFT_OUT["tests"] if "pure" in path or "word" in path}
    assert result.json["left_out"] == [{"rule": "tests", "files": 3, "size": 10}]
    krait("doctor", "-p", env)


def test_packing_leaves_out_the_same(krait, channel, tmp_path):
    words = ["-c", channel, "--override-channels", "--no-pip", "pure", "fast", "--exclude", "tests,stubs"]
    krait("create", "-y", "-p", tmp_path / "env", *words)
    told = [krait("pack", *words, "-o", tmp_path / f"{name}.tar", "--json").json["left_out"] for name in "ab"]
    assert told[0] == told[1] and [saving["rule"] for saving in told[0]] == ["tests", "stubs"]
    with tarfile.open(tmp_path / "a.tar") as tar:
        tar.extractall(tmp_path / "packed", filter="tar")
    assert left(tmp_path / "packed") == left(tmp_path / "env") == LEFT_OUT["tests"] | LEFT_OUT["stubs"]
    image = krait("pack", *words, "--format", "oci", "-o", tmp_path / "image")
    assert "Left out: tests 5 files, 10 B; stubs 2 files, 11 B" in image.err


def test_what_is_neither_rule_nor_glob_is_refused(krait, channel, tmp_path):
    result = krait.create(tmp_path / "env", "fast", "--exclude", "tests,/etc", channel=channel, code=2)
    assert "--exclude /etc" in result.complaint and "tests, headers" in result.complaint
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize("word, near", [("testz", "tests"), ("doc", "docs"), ("header", "headers")])
def test_a_misspelt_rule_is_refused_before_anything_is_asked(krait, own_channel, tmp_path, word, near):
    own_channel.add("tiny", "1.0", {"share/tiny": "x"})
    for verb in ["create", "-p", tmp_path / "env"], ["pack", "--format", "oci", "-o", tmp_path / "image"]:
        words = [*verb, "-c", own_channel, "--override-channels", "tiny", "--exclude"]
        result = krait(*words, word, code=2)
        assert f"`--exclude {word}`: is not a rule" in result.err and f"did you mean `{near}`?" in result.err
        assert "Proceed" not in result.err
    krait("create", "-y", "-p", tmp_path / "env", "-c", own_channel, "--override-channels", "tiny", "--exclude", f"{word}/")
