# SPDX-License-Identifier: BSD-3-Clause
"""`krait pack --for`: what a place needs is set, what it refuses is refused before there is an output, its limits hold."""

import os
import subprocess
import zipfile

import pytest

from images import Layout
from packages import small_python


@pytest.fixture
def pack(krait, own_channel):
    small_python(own_channel)
    own_channel.add("awslambdaric", "3", {"share/ric": ""})
    own_channel.add("jupyterlab", "4", {"share/lab": ""})
    channels = ["-c", own_channel, "--override-channels", "--no-pip"]

    def run(output, place, *words, specs=("python",), form="oci", **more):
        return krait("pack", *channels, *specs, "--for", place, "--format", form, "-o", output, *words, **more)

    return run


def test_lambda_runs_a_handler(pack, tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context): pass\n")
    specs = ["python", "awslambdaric"]
    pack(tmp_path / "image", "lambda", "--cmd", "app.handler", "--add", f"{tmp_path}/app.py:/var/task/app.py", specs=specs)
    layout = Layout(tmp_path / "image")
    run = layout.config["config"]
    assert run["Entrypoint"] == ["/env/bin/python", "-m", "awslambdaric"] and run["Cmd"] == ["app.handler"]
    assert run["WorkingDir"] == "/var/task" and {"HOME=/tmp", "LAMBDA_TASK_ROOT=/var/task"} <= set(run["Env"])
    assert "var/task/app.py" in {member.name for member in layout.members(layout.layers[-1])}
    assert {layer["mediaType"][-5:] for layer in layout.manifest["layers"]} == {"+gzip"}
    assert "needs the name of a handler" in pack(tmp_path / "no", "lambda", specs=specs, code=2).complaint
    assert "awslambdaric" in pack(tmp_path / "no", "lambda", "--cmd", "app.handler", code=2).complaint
    assert "gzip only" in pack(tmp_path / "no", "lambda", "--compress", "zstd", specs=specs, code=2).complaint
    assert not (tmp_path / "no").exists()
    # What the user says counts.
    words = ["--entrypoint", "/bin/x", "--workdir", "/x", "--env", "HOME=/x"]
    pack(tmp_path / "own", "lambda", *words)
    run = Layout(tmp_path / "own").config["config"]
    assert (run["Entrypoint"], run["WorkingDir"]) == (["/bin/x"], "/x") and "HOME=/x" in run["Env"] and "HOME=/tmp" not in run["Env"]


def test_a_zip_for_lambda_is_a_layer_that_fits(pack, tmp_path):
    result = pack(tmp_path / "layer.zip", "lambda", form="zip")
    with zipfile.ZipFile(tmp_path / "layer.zip") as archive:
        assert "conda-meta/history" in archive.namelist() and b"--prefix /opt" in archive.read("conda-meta/history")
    with open(tmp_path / "huge", "wb") as huge:
        huge.truncate(263_000_000)
    words = ["--add", f"{tmp_path}/huge:/opt/huge"]
    result = pack(tmp_path / "huge.zip", "lambda", *words, form="zip", code=2)
    assert "takes 250 MiB unpacked, and this has 251" in result.complaint and "--exclude" in result.complaint
    assert not (tmp_path / "huge.zip").exists()
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".krait")]
    # What a layer that was made before unpacks to is remembered with it.
    sizes = {pack(tmp_path / name, "lambda", "--entrypoint", "x", "--json").json["unpacked_size"] for name in "ab"}
    assert len(sizes) == 1 and sizes.pop() > 1000


def test_cloud_run_takes_one_platform_and_images(pack, tmp_path):
    pack(tmp_path / "image", "cloud-run", "--entrypoint", "serve", "--compress", "zstd")
    # Its layers are zstd: only the documents are read here.
    assert {"HOME=/tmp", "PYTHONUNBUFFERED=1"} <= set(Layout(tmp_path / "image").config["config"]["Env"])
    assert "takes no tar" in pack(tmp_path / "e.tar", "cloud-run", form="tar", code=2).complaint
    result = pack(tmp_path / "no", "cloud-run", "--platform", "linux-aarch64", specs=["jupyterlab"], code=2)
    assert "runs linux-64" in result.complaint and not (tmp_path / "no").exists()


def test_jupyter_has_a_home_that_its_user_writes_to(pack, tmp_path):
    pack(tmp_path / "image", "jupyter", specs=["python", "jupyterlab"])
    layout = Layout(tmp_path / "image")
    run = layout.config["config"]
    assert run["Cmd"][:2] == ["jupyter", "lab"] and run["User"] == "1000:1000" and run["ExposedPorts"] == {"8888/tcp": {}}
    assert run["WorkingDir"] == "/home/jovyan" and "HOME=/home/jovyan" in run["Env"]
    home = {member.name: member for member in layout.members(layout.layers[-1])}["home/jovyan"]
    assert home.isdir() and home.mode == 0o1777
    subprocess.run(["umoci", "unpack", "--rootless", "--image", f"{tmp_path}/image:latest", tmp_path / "bundle"], check=True)
    assert (tmp_path / "bundle/rootfs/home/jovyan").stat().st_mode & 0o7777 == 0o1777
    assert "needs jupyterlab" in pack(tmp_path / "no", "jupyter", code=2).complaint
    pack(tmp_path / "own", "jupyter", "--cmd", "mine")
    assert Layout(tmp_path / "own").config["config"]["Cmd"] == ["mine"]


def test_other_places_are_refused(pack, tmp_path):
    result = pack(tmp_path / "no", "mars", code=2)
    assert "is not a place that krait knows" in result.complaint and "lambda, cloud-run, jupyter" in result.complaint
