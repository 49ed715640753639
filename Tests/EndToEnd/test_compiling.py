# SPDX-License-Identifier: BSD-3-Clause
"""`.pyc` files that are made while packages still arrive."""

import signal
import subprocess
import time

import pytest
from prefixes import problems
from servers import Held


def stored(krait):
    return list(krait.cache.glob("krait-pyc-v1/*/*/*.pyc"))


def until(condition, process):
    """Waits as long as `process` may still bring it about."""
    end = time.monotonic() + 120
    while not condition():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def waiting(krait, server, channel, tmp_path):
    """(a `create` that waits for its last archive, the environment's path, what lets it go on)"""
    [last] = [path.name for path in channel.glob("linux-64/feature-big-1.0-*.conda")]
    held = server.faults[last] = Held()
    prefix = tmp_path / "env"
    words = ["python=3.11", "jupyterlab", "feature-big", "-c", server.url, "--override-channels", "--no-pip"]
    run = krait.popen("create", "-y", "-p", prefix, *words, stderr=subprocess.PIPE)
    held.wait()
    yield run, prefix, held
    held.release()


def test_python_compiles_while_packages_arrive(krait, waiting):
    run, prefix, held = waiting
    until(lambda: len(stored(krait)) > 1000, run)
    assert not prefix.exists()
    held.release()
    errors = run.communicate(timeout=120)[1]
    assert run.returncode == 0, errors
    assert problems(prefix) == [] and krait("doctor", "-p", prefix).code == 0
    site = prefix / "lib/python3.11/site-packages"
    linked = list((site / "jupyterlab").rglob("__pycache__/*.pyc"))
    assert len(linked) == len(list((site / "jupyterlab").rglob("*.py"))) > 20
    kept = {(path.stat().st_dev, path.stat().st_ino) for path in stored(krait)}
    assert all((path.stat().st_dev, path.stat().st_ino) in kept for path in linked)
    assert not list(krait.cache.glob("krait-pyc-v1/.staging-*"))


def test_an_interrupted_create_leaves_no_python(krait, waiting, tmp_path):
    run, prefix, _ = waiting
    until(lambda: stored(krait) or list(krait.cache.glob("krait-pyc-v1/.staging-*/*")), run)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == 130
    assert not list(tmp_path.glob(".krait*")) and not prefix.exists()
    assert not list(krait.cache.glob("krait-pyc-v1/.staging-*"))
    found = subprocess.run(["pgrep", "-f", f"{tmp_path}.*py_compile"], capture_output=True, text=True).stdout
    assert found == ""


def test_a_python_that_does_not_run_yet_is_asked_at_the_end(krait, own_channel, serve, tmp_path):
    """What python needs is there only when all is: nothing is compiled before, and all of it then."""
    body = '#!/bin/sh\ntest -e "${0%/*}/../share/needed" || exit 1\nexec /usr/bin/python3.11 "$@"\n'
    files = {"bin/python3.11": body, "bin/python": body}
    depends = ["other"]
    own_channel.add("other", "1.0", {"share/other": "1"})
    own_channel.add("python", "3.11.99", files, noarch=None, subdir="linux-64", build="0_cpython", depends=depends)
    own_channel.add("needed", "1.0", {"share/needed": "1"})
    sources = {f"site-packages/lib/mod{number:03}.py": f"x = {number}\n" for number in range(400)}
    own_channel.add("lib", "1.0", sources, noarch="python")
    server = serve(own_channel.directory)
    held = server.faults["needed-1.0-0.tar.bz2"] = Held()
    prefix = tmp_path / "env"
    words = ["lib", "python", "needed", "-c", server.url, "--override-channels", "--no-pip"]
    run = krait.popen("create", "-y", "-p", prefix, *words, stderr=subprocess.PIPE)
    held.wait()
    until(lambda: len(list(krait.cache.glob("krait-v1/*"))) >= 3, run)
    held.release()
    errors = run.communicate(timeout=60)[1]
    assert run.returncode == 0 and b"compile" not in errors, errors
    assert len(list((prefix / "lib/python3.11/site-packages/lib/__pycache__").iterdir())) == 400
