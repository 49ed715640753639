# SPDX-License-Identifier: BSD-3-Clause
"""`krait pack --for`: what a place needs is set, what it refuses is refused before there is an output, its limits hold."""

import io
import os
import pathlib
import shlex
import subprocess
import tarfile
import zipfile

import pytest

from images import Layout
from packages import small_python
from test_pack_base import Base, layer, machine_libraries


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


SSHD = pathlib.Path("/usr/sbin/sshd")


@pytest.fixture
def openssh(own_channel):
    """The machine's own programs as packages."""
    files = {"sbin/sshd": SSHD.read_bytes(), "bin/ssh-keygen": pathlib.Path("/usr/bin/ssh-keygen").read_bytes()}
    own_channel.add("openssh", "9", files, noarch=None, subdir="linux-64", modes={path: 0o755 for path in files})
    shell = {"bin/bash": pathlib.Path("/bin/bash").read_bytes()}
    own_channel.add("bash", "5", shell, noarch=None, subdir="linux-64", modes={"bin/bash": 0o755})
    own_channel.add("activated", "1", {"share/x": ""}, noarch=None, subdir="linux-64")
    return own_channel


def test_ssh_logs_a_user_in_with_the_environment(pack, openssh, tmp_path):
    specs = ["python", "openssh", "bash"]
    pack(tmp_path / "image", "ssh", "--env", 'QUOTED=a "b" \\c', specs=specs)
    layout = Layout(tmp_path / "image")
    run = layout.config["config"]
    assert run["User"] == "1000:1000" and run["WorkingDir"] == "/home/user" and run["ExposedPorts"] == {"2222/tcp": {}}
    top = {member.name: member for member in layout.members(layout.layers[-1])}
    assert top["home/user"].mode == 0o1777 and top["var/empty"].mode == 0o755 and top["etc/passwd"].mode == 0o644
    root = tmp_path / "bundle" / "rootfs"
    subprocess.run(["umoci", "unpack", "--rootless", "--image", f"{tmp_path}/image:latest", tmp_path / "bundle"], check=True, capture_output=True)
    assert "user:x:1000:1000:user:/home/user:/env/bin/bash" in (root / "etc/passwd").read_text().splitlines()
    # No key is in the image: each container makes its own.
    assert not [path for path in root.rglob("*host*key*")]
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    run_in = ["bwrap", "--bind", root, "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--clearenv"]
    for name in ("usr", "lib", "lib64"):
        (root / name).mkdir(exist_ok=True)
        run_in += ["--ro-bind", f"/{name}", f"/{name}"]
    run_in += ["--unshare-user", "--uid", "1000", "--gid", "1000", "--setenv", "AUTHORIZED_KEYS", (tmp_path / "key.pub").read_text()]
    for variable in run["Env"]:
        run_in += ["--setenv", *variable.split("=", 1)]
    # `-i` speaks over standard input: no port is needed.
    server = tmp_path / "server"
    server.write_text("#!/bin/sh\nexec " + shlex.join(map(str, [*run_in, *run["Entrypoint"], "-i"])) + "\n")
    server.chmod(0o755)
    words = ["ssh", "-F", "none", "-o", f"ProxyCommand={server}", "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known"]
    words += ["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]
    ask = 'echo "$CONDA_PREFIX|$QUOTED|$HOME"; command -v python'
    done = subprocess.run([*words, "-i", tmp_path / "key", "user@image", ask], capture_output=True, text=True)
    assert done.stdout.splitlines() == ['/env|a "b" \\c|/home/user', "/env/bin/python"], done
    # Another key opens nothing, and passwords are not asked for.
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    done = subprocess.run([*words, "-i", tmp_path / "other", "user@image", "true"], capture_output=True, text=True)
    assert done.returncode == 255 and "Permission denied (publickey)" in done.stderr


def test_ssh_takes_the_programs_of_a_base_and_keeps_its_accounts(pack, openssh, tmp_path):
    users = b"root:x:0:0:root:/root:/bin/bash\nme:x:1000:1000::/me:/bin/false\n_apt:x:42:65534::/:/bin/false\n"
    older = layer({**machine_libraries(), "etc/passwd": b"nobody knows\n", "etc/group": b"root:x:0:\n"})
    Base([older, layer({"etc/passwd": users})]).write(tmp_path / "debian")
    pack(tmp_path / "image", "ssh", "--base", tmp_path / "debian")
    layout = Layout(tmp_path / "image")
    entrypoint = layout.config["config"]["Entrypoint"]
    assert entrypoint[0] == "/bin/sh" and "exec /usr/sbin/sshd " in entrypoint[2] and "/usr/bin/ssh-keygen" in entrypoint[2]
    with tarfile.open(fileobj=io.BytesIO(layout.plain(layout.layers[-1]))) as tar:
        users = tar.extractfile("etc/passwd").read().decode().splitlines()
        groups = tar.extractfile("etc/group").read().decode().splitlines()
    assert users == [
        "root:x:0:0:root:/root:/bin/bash", "_apt:x:42:65534::/:/bin/false", "me:x:1000:1000:me:/home/user:/bin/sh",
        "sshd:x:74:74:sshd:/var/empty:/sbin/nologin",
    ]  # fmt: skip
    assert groups == ["root:x:0:", "me:x:1000:", "sshd:x:74:"]
    # What the user says counts.
    pack(tmp_path / "own", "ssh", "--base", tmp_path / "debian", "--entrypoint", "/bin/x", "--user", "0")
    run = Layout(tmp_path / "own").config["config"]
    assert run["Entrypoint"] == ["/bin/x"] and run["User"] == "0"


def test_ssh_needs_a_server_and_a_shell(pack, openssh, tmp_path):
    result = pack(tmp_path / "no", "ssh", code=2)
    assert "needs `sshd`" in result.complaint and "add openssh" in result.complaint
    result = pack(tmp_path / "no", "ssh", specs=["python", "openssh"], code=2)
    assert "needs `sh`" in result.complaint and "add bash" in result.complaint
    assert "takes no tar" in pack(tmp_path / "no.tar", "ssh", specs=["python", "openssh", "bash"], form="tar", code=2).complaint
    assert not (tmp_path / "no").exists() and not (tmp_path / "no.tar").exists()


def test_other_places_are_refused(pack, tmp_path):
    result = pack(tmp_path / "no", "mars", code=2)
    assert "is not a place that krait knows" in result.complaint and "lambda, cloud-run, jupyter" in result.complaint
