# SPDX-License-Identifier: BSD-3-Clause
"""JupyterLab of the demo environment: starts, answers, computes, and goes when told."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.request
import uuid

import pytest

CLIENT = r"""
import asyncio, json, sys, uuid
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

base, token, code = sys.argv[1:]

async def main():
    headers = {"Authorization": f"token {token}"}
    answer = await AsyncHTTPClient().fetch(HTTPRequest(f"{base}/api/kernels", method="POST", headers=headers, body="{}"))
    kernel = json.loads(answer.body)["id"]
    url = f"{base.replace('http', 'ws')}/api/kernels/{kernel}/channels"
    socket = await websocket_connect(HTTPRequest(url, headers=headers))
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": "s", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    await socket.write_message(json.dumps({
        "header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}))
    while True:
        message = json.loads(await socket.read_message())
        if message["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        if message["msg_type"] == "stream":
            print(message["content"]["text"], end="")
        if message["msg_type"] == "error":
            sys.exit("\n".join(message["content"]["traceback"]))
        if message["msg_type"] == "execute_reply":
            return

asyncio.run(asyncio.wait_for(main(), 90))
"""


def processes_with(mark):
    """The processes that have this text in their environment."""
    found = set()
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def wait_until_it_listens(address, seconds=60):
    """JupyterLab tells its address a moment before it listens there."""
    host, port = address.removeprefix("http://").split(":")
    end = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection((host, int(port)), timeout=seconds).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end, f"nobody listens at {address}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def lab(shared_krait, demo, tmp_path_factory):
    """(process, address, token, what marks its processes)"""
    folder = tmp_path_factory.mktemp("lab")
    token, mark = uuid.uuid4().hex, uuid.uuid4().hex
    env = {
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
        "JUPYTER_CONFIG_DIR": folder / "config",
        "JUPYTER_DATA_DIR": folder / "data",
        "IPYTHONDIR": folder / "ipython",
        "KRAIT_TEST_MARK": mark,
    }
    with open(folder / "log", "w") as log:
        process = shared_krait.popen(
            "run",
            "-p",
            str(demo),
            "jupyter",
            "lab",
            "--no-browser",
            "--ip=127.0.0.1",
            "--port=0",
            "--allow-root",
            f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={folder}",
            env=env,
            stdout=log,
            stderr=subprocess.PIPE,
            text=True,
        )
    address = None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "http://127.0.0.1:" in line:
            address = "http://127.0.0.1:" + line.split("http://127.0.0.1:")[1].split("/")[0]
            break
    assert address, "".join(lines)
    wait_until_it_listens(address)
    yield process, address, token, mark
    for one in processes_with(mark):
        os.kill(one, signal.SIGKILL)
    process.stderr.close()
    process.wait()


def ask(lab, path):
    request = urllib.request.Request(lab[1] + path, headers={"Authorization": f"token {lab[2]}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def test_it_answers(lab):
    assert "started" in json.loads(ask(lab, "/api/status"))
    assert b"JupyterLab" in ask(lab, "/lab")


def test_it_is_the_process_that_was_started(lab, demo):
    command = pathlib.Path(f"/proc/{lab[0].pid}/cmdline").read_bytes().split(b"\0")
    assert os.fsencode(demo) in command[0], "krait is still there"


def test_its_kernel_computes_in_the_environment(lab, shared_krait, demo):
    code = (
        "import os, subprocess, sys, pandas, sklearn\n"
        "print(sys.prefix, os.environ['CONDA_PREFIX'], pandas.DataFrame({'a': [40, 2]}).a.sum())\n"
        "print(subprocess.run(['python', '-c', 'import sys; print(sys.prefix)'], capture_output=True, text=True).stdout)\n"
    )
    out = shared_krait("run", "-p", demo, "python", "-c", CLIENT, lab[1], lab[2], code).out.split()
    assert out == [str(demo), str(demo), "42", str(demo)]


def test_sigterm_leaves_no_process(lab):
    process, _, _, mark = lab
    assert len(processes_with(mark)) >= 2, "the server and its kernel"
    process.terminate()
    process.stderr.read()
    assert process.wait(60) in (0, -signal.SIGTERM, 143)
    assert processes_with(mark) == set()
