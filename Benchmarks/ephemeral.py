# SPDX-License-Identifier: BSD-3-Clause
"""Sections about environments without a name: `exec` and launchers of `tool` beside uvx, with the same program in a conda
package and in a wheel."""

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import places
import tools
from measure import Command

UV = Path(sys.executable).parent / "uv"


def package(directory: Path, program: bytes):
    """A channel with one package of one program."""
    folder = directory / "noarch"
    folder.mkdir(parents=True)
    record = {"name": "probe", "version": "1.0", "build": "0", "build_number": 0, "depends": [], "subdir": "noarch",
              "noarch": "generic"}
    paths = [{"_path": "bin/probe", "path_type": "hardlink", "sha256": hashlib.sha256(program).hexdigest(),
              "size_in_bytes": len(program)}]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:bz2") as archive:
        for name, body in {"info/index.json": json.dumps(record).encode(), "bin/probe": program,
                           "info/paths.json": json.dumps({"paths_version": 1, "paths": paths}).encode()}.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(body), 0o755
            archive.addfile(member, io.BytesIO(body))
    body = buffer.getvalue()
    (folder / "probe-1.0-0.tar.bz2").write_bytes(body)
    record |= {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    (folder / "repodata.json").write_text(json.dumps({"packages": {"probe-1.0-0.tar.bz2": record}}))


def wheel(directory: Path, program: bytes):
    """The same program as a wheel: a script of its data."""
    directory.mkdir(parents=True)
    files = {"probe-1.0.data/scripts/probe": program,
             "probe-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n",
             "probe-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    lines = []
    for name, body in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(body)}")
    files["probe-1.0.dist-info/RECORD"] = "\n".join([*lines, "probe-1.0.dist-info/RECORD,,", ""]).encode()
    with zipfile.ZipFile(directory / "probe-1.0-py3-none-any.whl", "w") as archive:
        for name, body in files.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o755 << 16
            archive.writestr(member, body)


def again(bench):
    """A program in an environment that is there already, beside the program alone."""
    with places.tmpfs() as place:
        program = (bench.build / "hello").read_bytes()
        package(place / "channel", program)
        wheel(place / "wheels", program)
        settings = tools.environment(place, MAMBA_ROOT_PREFIX=str(place / "root"), UV_CACHE_DIR=str(place / "uv"))
        krait = tools.krait()
        channel = ["-c", place / "channel", "--override-channels"]
        quietly = {"env": settings, "check": True, "capture_output": True}
        subprocess.run([krait, "tool", "install", "probe", *channel], **quietly)
        installed = place / "home/.local/share/krait/tools/probe"
        commands = {
            "bare": [next(installed.glob("env-*")) / "bin/probe"],
            "krait exec": [krait, "exec", *channel, "probe"],
            "krait tool": [place / "home/.local/bin/probe"],
        }
        if UV.exists():
            commands["uvx"] = [UV, "tool", "run", "--offline", "--no-index", "--find-links", place / "wheels",
                               "--python", "/usr/bin/python3", "probe"]
        actions = {}
        for name, words in commands.items():
            command = Command(words, settings)
            bench.run(command)
            actions[name] = lambda command=command: bench.run(command)
        bench.compare("exec/again", actions, 20 if bench.quick else 100)


def first(bench):
    """The first `exec` with packages that are in the cache, beside `create`; its environments go between the rounds."""
    with places.tmpfs() as place:
        krait = tools.Conda("krait", tools.krait())
        cache = place / "cache"
        specs = [word for spec in bench.specs for word in ("-s", spec)]
        words = ["exec", "--no-rc", "-q", "--no-pyc", "-c", bench.channel, "--override-channels", *specs, "--", "true"]
        execute = krait.command(place, cache, words)

        def by_exec():
            shutil.rmtree(place / "home/.cache/krait/exec-v1", ignore_errors=True)
            return bench.run(execute)

        def by_create():
            shutil.rmtree(place / "env", ignore_errors=True)
            return bench.run(krait.create(place, cache, place / "env", bench.channel, bench.specs))

        by_create()
        bench.compare("exec/first", {"krait create": by_create, "krait exec": by_exec})
