# SPDX-License-Identifier: BSD-3-Clause
"""Tarball, wheel, .deb and conda package of one executable. Dates, owners and order are fixed: same input, same bytes."""

import base64
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channel"))

from package import Package, write

SUMMARY = "installs conda packages: one static executable, without Python and without a base environment"
# One static file runs with every C library; each name is one that some pip knows.
WHEEL_TAGS = {
    "x86_64": "manylinux1_x86_64.manylinux2014_x86_64.manylinux_2_5_x86_64.manylinux_2_17_x86_64.musllinux_1_1_x86_64",
    "aarch64": "manylinux2014_aarch64.manylinux_2_17_aarch64.musllinux_1_1_aarch64",
}
DEBIAN_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}
SUBDIRS = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}


def add(tar, name, data, mode, date):
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(data), mode, date
    tar.addfile(info, io.BytesIO(data))


def tarball(path, stem, binary, files, date):
    with open(path, "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=date) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            add(tar, f"{stem}/bin/krait", binary, 0o755, date)
            for name, data in sorted(files.items()):
                add(tar, f"{stem}/{name}", data, 0o644, date)


def wheel(folder, version, arch, binary, files, date):
    tag = f"py3-none-{WHEEL_TAGS[arch]}"
    info = f"krait-{version}.dist-info"
    tags = "".join(f"Tag: py3-none-{each}\n" for each in WHEEL_TAGS[arch].split("."))
    licence = files["share/doc/krait/LICENSE"]
    members = [(f"krait-{version}.data/scripts/krait", binary, 0o755)]
    members += [(f"krait-{version}.data/data/{name}", data, 0o644) for name, data in sorted(files.items())]
    members += [
        (f"{info}/licenses/LICENSE", licence, 0o644),
        (
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: krait\nVersion: {version}\nSummary: {SUMMARY}\nLicense: BSD-3-Clause\n"
            "Requires-Python: >=3.6\nLicense-File: LICENSE\n".encode(),
            0o644,
        ),
        (f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: krait\nRoot-Is-Purelib: false\n{tags}".encode(), 0o644),
    ]
    record = ""
    for name, data, _ in members:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(data)}\n"
    members.append((f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode(), 0o644))
    with zipfile.ZipFile(folder / f"krait-{version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in members:
            member = zipfile.ZipInfo(name, time.gmtime(max(date, 315532800))[:6])
            member.external_attr = (0o100000 | mode) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data)


def debian(folder, version, arch, binary, files, date):
    name = DEBIAN_NAMES[arch]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        root.chmod(0o755)
        place(root / "usr/bin/krait", binary, 0o755)
        for path, data in files.items():
            if path == "share/doc/krait/LICENSE":
                path = "share/doc/krait/copyright"
            if path.startswith("share/man/"):
                path, data = path + ".gz", gzip.compress(data, mtime=0)
            place(root / "usr" / path.replace("zsh/site-functions", "zsh/vendor-completions"), data, 0o644)
        size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
        control = (
            f"Package: krait\nVersion: {version}\nArchitecture: {name}\nMaintainer: krait developers <krait@localhost>\n"
            f"Installed-Size: {size}\nSection: utils\nPriority: optional\nDescription: {SUMMARY}\n"
        )
        place(root / "DEBIAN/control", control.encode(), 0o644)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(date)}
        for path in [root, *root.rglob("*")]:
            os.utime(path, (date, date))
        words = ["dpkg-deb", "--build", "--root-owner-group", "-Zxz", root, folder / f"krait_{version}_{name}.deb"]
        subprocess.run(words, check=True, env=environment, stdout=subprocess.DEVNULL)


def place(path, data, mode):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    parent = path.parent
    while parent.name and parent.stat().st_mode & 0o777 != 0o755:
        parent.chmod(0o755)
        parent = parent.parent


def conda(folder, version, arch, binary, files, date):
    package = Package("krait", version, "0", subdir=SUBDIRS[arch], summary=SUMMARY, timestamp=date)
    package.add("bin/krait", binary, 0o755, placeholder=None)
    for name, data in sorted(files.items()):
        package.add(name, data, placeholder=None)
    package.info["licenses/LICENSE"] = files["share/doc/krait/LICENSE"]
    write(package, folder / package.subdir)
