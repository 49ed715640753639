# SPDX-License-Identifier: BSD-3-Clause
"""What pip is given with a secret in it stands in a file of this user's alone, not in words that everybody can read."""

import json
import os
import stat

import pytest

SECRET = "SECRETTOKEN"
#: stands for python: notes what its pip was asked for, and who can read the lists that it was given
PYTHON = """#!/bin/sh
[ "$1 $2" = "-m pip" ] || exit 0
printf '%s\\n' "$@" >> "{log}/words"
tr '\\0' '\\n' < /proc/$$/environ | grep -v '^PWD=' >> "{log}/variables"
for word; do
    [ -f "$word" ] && stat -c '%a %n' "$word" "$(dirname "$word")" >> "{log}/modes" && cat "$word" >> "{log}/lists"
done
exit {status}
"""
LINES = [
    f"--index-url https://user:{SECRET}@127.0.0.1:9/simple",
    f"--extra-index-url https://127.0.0.1:9/t/{SECRET}/simple",
    f"--find-links https://user:{SECRET}@127.0.0.1:9/links",
    f"one @ https://user:{SECRET}@127.0.0.1:9/one-1.0-py3-none-any.whl",
    f"two @ git+https://{SECRET}@127.0.0.1:9/two.git",
    f"https://127.0.0.1:9/three-1.0-py3-none-any.whl?token={SECRET}",
    f"-e git+https://user:{SECRET}@127.0.0.1:9/four.git#egg=four",
]


@pytest.mark.parametrize("status", [0, 1])
@pytest.mark.parametrize("kind", ["file", "lock", "web"])
def test_no_secret_in_words(krait, own_channel, serve, tmp_path, status, kind):
    log = tmp_path / "log"
    log.mkdir()
    script = PYTHON.format(log=log, status=status)
    pip = {"bin/python": script, "bin/python3.11": script, "lib/python3.11/site-packages/pip/__init__.py": ""}
    own_channel.add("python", "3.11.0", files=pip)
    own_channel.add("pip", "24.0", files={"share/pip": ""})
    file = tmp_path / "environment.yml"
    text = f"dependencies: [python, {{pip: {json.dumps(LINES)}}}]\n"
    if kind == "lock":
        file = tmp_path / "conda-lock.yml"
        package = {"name": "one", "version": "1.0", "manager": "pip", "platform": "linux-64", "dependencies": {}}
        package |= {"url": LINES[3].split(" @ ")[1], "hash": {"sha256": "0" * 64}, "category": "main"}
        python = {"name": "python", "version": "3.11.0", "manager": "conda", "platform": "linux-64", "dependencies": {}}
        archive = next(own_channel.directory.glob("*/python*"))
        python |= {"url": archive.as_uri(), "hash": {}, "category": "main"}
        metadata = {"content_hash": {}, "channels": [], "platforms": ["linux-64"]}
        text = json.dumps({"version": 1, "metadata": metadata, "package": [python, package]})
    file.write_text(text)
    if kind == "web":
        (tmp_path / "files").mkdir()
        file = file.rename(tmp_path / "files/environment.yml")
        file = f"{serve(tmp_path / 'files').url}/environment.yml"
    path = ":".join(part for part in os.environ["PATH"].split(":") if not os.path.exists(f"{part}/uv"))
    words = ["create", "-y", "-v", "-p", tmp_path / "env", "-c", own_channel, "--override-channels", "-f", file]
    done = krait(*words, code=None, env={"PATH": path})
    assert (done.code == 0) == (status == 0), done
    assert SECRET in (log / "lists").read_text()
    assert SECRET not in (log / "words").read_text() + (log / "variables").read_text() + done.out + done.err
    modes = [line.split(" ", 1) for line in (log / "modes").read_text().splitlines()]
    assert modes and {mode for mode, _ in modes} == {"600", "700"}
    assert not [name for _, name in modes if os.path.exists(name)]
    history = tmp_path / "env/conda-meta/history"
    assert SECRET not in history.read_text() and stat.S_ISREG(history.lstat().st_mode)
