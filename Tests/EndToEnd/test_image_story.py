# SPDX-License-Identifier: BSD-3-Clause
"""The README's story of an image, word by word and on loopback: lock, pack, push, run."""

import re
import subprocess

from c_library import sysroot
from conftest import CHANNEL, ROOT
from images import Layout


def commands():
    """The indented lines of the README's section."""
    text = (ROOT / "README.md").read_text()
    section = re.search(r"^## An image without a Dockerfile\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)[1]
    return [line.strip() for line in section.splitlines() if line.startswith("    ")]


def test_lock_pack_push_run(krait, registry, own_channel, tmp_path):
    sysroot(own_channel)
    krait.home.joinpath(".condarc").write_text(f"channels: [{own_channel}]\n")
    work = tmp_path / "work"
    (work / "app").mkdir(parents=True)
    (work / "app" / "main.py").write_text("import pandas\nprint(pandas.Series([40, 2]).sum())\n")
    (work / "environment.yml").write_text(f"channels: [{CHANNEL}, nodefaults]\ndependencies: [python=3.11, pandas]\n")
    lines = commands()
    assert [line.split()[1] for line in lines if line.startswith("krait")][:3] == ["lock", "pack", "push"]
    for line in lines:
        words = line.replace("registry.example.com", registry.host).split()
        if words[0] == "krait":
            krait(*words[1:], cwd=work)
    (place,) = [line.split()[-1] for line in lines if line.startswith("krait push")]
    place = place.replace("registry.example.com", registry.host)
    copy = ["skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", f"docker://{place}", f"oci:{work}/pulled:latest"]
    subprocess.run(copy, check=True, capture_output=True)
    assert Layout(work / "pulled").digest == Layout(work / "image").digest
    unpack = ["umoci", "unpack", "--rootless", "--image", f"{work}/pulled:latest", work / "bundle"]
    subprocess.run(unpack, check=True, capture_output=True)
    run = Layout(work / "pulled").config["config"]
    root = work / "bundle" / "rootfs"
    words = ["bwrap", "--bind", root, "/", "--clearenv", "--dev", "/dev", "--proc", "/proc"]
    for variable in run["Env"]:
        words += ["--setenv", *variable.split("=", 1)]
    done = subprocess.run([*map(str, words), *run["Entrypoint"]], capture_output=True, text=True)
    assert done.stdout == "42\n", done
