# SPDX-License-Identifier: BSD-3-Clause
"""A wheel becomes a conda package: pure ones noarch, the others for one processor and python 3.11."""

from __future__ import annotations

import base64
import calendar
import configparser
import hashlib
import re
import zipfile
from email import message_from_bytes
from pathlib import Path

from packaging.utils import parse_wheel_filename

import runtime
import specs
from package import EPOCH, PLACEHOLDER, Package

SITE_PACKAGES = "lib/python3.11/site-packages"
SHEBANG = f"#!{PLACEHOLDER}/bin/python"
SCRIPT = """\
{shebang}
import sys

from {module} import {first}

if __name__ == "__main__":
    sys.argv[0] = sys.argv[0].removesuffix(".exe").removesuffix("-script.pyw")
    sys.exit({call}())
"""
# What conda-forge has and wheels do not say.
MORE_DEPENDS = {"pip": ["setuptools", "wheel"]}
CONSTRAINS = {"requests": ["chardet >=3.0.2,<8"], "pandas": ["pyarrow >=13.0.0"], "urllib3": ["brotli >=1.2.0"]}
# Written as .tar.bz2, as conda-forge did in the years of these versions.
OLD_FORMAT = {("idna", "3.7"), ("six", "1.16.0"), ("pytz", "2025.2"), ("certifi", "2024.2.2"), ("flask", "2.3.3")}


class Wheel:
    """The parts of a wheel that matter here."""

    def __init__(self, path):
        self.path = Path(path)
        _, version, _, self.tags = parse_wheel_filename(self.path.name)
        self.archive = zipfile.ZipFile(self.path)
        self.info = next(name.split("/")[0] for name in self.archive.namelist() if name.endswith(".dist-info/METADATA"))
        self.metadata = message_from_bytes(self.archive.read(f"{self.info}/METADATA"))
        self.project = specs.canonicalize_name(self.metadata["Name"])
        self.version = str(version)
        self.name = specs.conda_name(self.project)
        self.requirements = self.metadata.get_all("Requires-Dist") or []

    @property
    def pure(self):
        return any(tag.platform == "any" for tag in self.tags)

    @property
    def stable_abi(self):
        return any(tag.abi == "abi3" for tag in self.tags)

    @property
    def glibc(self):
        minors = [re.match(r"manylinux_2_(\d+)_", tag.platform) for tag in self.tags]
        return min([int(match[1]) for match in minors if match] + [17])

    @property
    def timestamp(self):
        dates = [info.date_time for info in self.archive.infolist() if 2017 <= info.date_time[0] <= 2030]
        return max([calendar.timegm(date + (0, 0, 0)) for date in dates], default=EPOCH)

    @property
    def license(self):
        text = str(self.metadata["License-Expression"] or self.metadata["License"] or "")
        if text and len(text) < 60 and "\n" not in text:
            return text
        classifiers = [
            line.split(" :: ")[-1] for line in self.metadata.get_all("Classifier") or [] if line.startswith("License")
        ]
        return classifiers[-1] if classifiers else "LicenseRef-unknown"

    def entry_points(self):
        """The console and graphical scripts, as `name = module:function`."""
        name = f"{self.info}/entry_points.txt"
        if name not in self.archive.namelist():
            return []
        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
        parser.optionxform = str
        parser.read_string(self.archive.read(name).decode())
        lines = []
        for section in ("console_scripts", "gui_scripts"):
            if parser.has_section(section):
                lines += [f"{key} = {value.split('[')[0].strip()}" for key, value in parser.items(section)]
        return sorted(lines)


def destination(wheel, name, noarch):
    """Where a member of the wheel goes in the package; None when it stays out."""
    if name.endswith("/") or name == f"{wheel.info}/RECORD" or name.startswith(f"{wheel.info}/RECORD."):
        return None
    site = "site-packages" if noarch else SITE_PACKAGES
    match = re.match(r"[^/]+\.data/(\w+)/(.*)", name)
    if not match:
        return f"{site}/{name}"
    scheme, rest = match.groups()
    folder = {
        "purelib": site,
        "platlib": site,
        "scripts": "python-scripts" if noarch else "bin",
        "data": "",
        "headers": f"include/python3.11/{wheel.project}",
    }[scheme]
    return f"{folder}/{rest}".lstrip("/")


def record(package, wheel, noarch):
    """The RECORD of what is installed, as pip would write it."""
    lines = []

    def line(path, data):
        digest = (
            base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() if data is not None else ""
        )
        lines.append(f"{path},{'sha256=' + digest if digest else ''},{len(data) if data is not None else ''}\n")

    site = ("site-packages" if noarch else SITE_PACKAGES) + "/"
    for entry in package.entries:
        path = entry.path.removeprefix(site) if entry.path.startswith(site) else f"../../../{entry.path}"
        path = path.replace("../../../python-scripts/", "../../../bin/")
        line(path, None if entry.placeholder or path.endswith(".pyc") else entry.data)
    if noarch:
        for entry_point in package.entry_points:
            line(f"../../../bin/{entry_point.split(' =')[0]}", None)
    lines.append(f"{wheel.info}/RECORD,,\n")
    return "".join(sorted(lines))


def convert(path, build_number=0, interpreter=None):
    """The package of a wheel."""
    wheel = Wheel(path)
    noarch = wheel.pure or wheel.stable_abi
    package = Package(wheel.name, wheel.version, build_number=build_number, license=wheel.license)
    package.summary = str(wheel.metadata["Summary"] or "")
    package.timestamp = wheel.timestamp + build_number * 86400
    package.constrains = CONSTRAINS.get(wheel.name, [])
    package.depends, _ = specs.dependencies(wheel.requirements)
    package.depends += MORE_DEPENDS.get(wheel.name, [])
    if (wheel.name, wheel.version) in OLD_FORMAT:
        package.suffix = ".tar.bz2"
    content = {}
    for info in wheel.archive.infolist():
        target = destination(wheel, info.filename, noarch)
        if target is None:
            continue
        data = wheel.archive.read(info)
        mode = 0o755 if (info.external_attr >> 16) & 0o111 else 0o644
        if re.match(r"[^/]+\.data/scripts/", info.filename):
            mode = 0o755
            data = re.sub(rb"\A#!pythonw?[^\n]*", SHEBANG.encode(), data)
        content[target] = (data, mode)
        if ".dist-info/licenses/" in info.filename or re.search(
            r"\.dist-info/(LICEN[SC]E|COPYING)[^/]*$", info.filename
        ):
            package.info["licenses/" + info.filename.split(".dist-info/")[1].removeprefix("licenses/")] = data
    site = "site-packages" if noarch else SITE_PACKAGES
    content[f"{site}/{wheel.info}/INSTALLER"] = (b"conda\n", 0o644)
    for target, (data, mode) in content.items():
        package.add(target, data, mode)
    if noarch:
        package.noarch, package.entry_points = "python", wheel.entry_points()
    if wheel.pure:
        package.subdir = "noarch"
        package.depends.append(specs.python_spec(wheel.metadata["Requires-Python"]))
        package.build = f"pyhd8ed1ab_{build_number}"
    else:
        package.depends += binary_depends(wheel, content)
    package.depends.sort()
    if not noarch:
        for line in wheel.entry_points():
            name, target = line.split(" = ")
            module, _, call = target.partition(":")
            text = SCRIPT.format(shebang=SHEBANG, module=module.strip(), first=call.split(".")[0], call=call)
            package.add(f"bin/{name}", text, 0o755)
        runtime.compile_package(package, interpreter)
    package.add(f"{site}/{wheel.info}/RECORD", record(package, wheel, noarch))
    return package.finish("abi3h" if wheel.stable_abi else "py311h")


def binary_depends(wheel, content):
    """What compiled code needs: C library, compiler's libraries, and the interpreter's binary interface."""
    needed = set()
    for data, _ in content.values():
        if data[:4] == b"\x7fELF":
            for library, name in (
                (b"\0libstdc++.so.6\0", "libstdcxx"),
                (b"\0libgcc_s.so.1\0", "libgcc"),
                (b"\0libz.so.1\0", "libzlib"),
            ):
                if library in data:
                    needed.add(name)
    versions = {"libstdcxx": ">=12", "libgcc": ">=12", "libzlib": ">=1.2.13,<2.0a0"}
    depends = [f"{name} {versions[name]}" for name in sorted(needed | {"libgcc"})]
    depends.append(f"__glibc >=2.{wheel.glibc},<3.0.a0")
    if wheel.stable_abi:
        floor = min(int(tag.interpreter[3:]) for tag in wheel.tags if tag.interpreter.startswith("cp3"))
        return depends + ["python", "_python_abi3_support 1.*", f"cpython >=3.{max(floor, 8)}"]
    return depends + ["python >=3.11,<3.12.0a0", "python_abi 3.11.* *_cp311"]


def metapackages(wheels):
    """One package for each extra that some wheel asks for, and conda-forge's names for two projects."""
    latest = {}
    for wheel in wheels:
        held = latest.get(wheel.project)
        if held is None or specs.parse_version(wheel.version) > specs.parse_version(held.version):
            latest[wheel.project] = wheel
    wanted, made = set(), {}
    for wheel in wheels:
        wanted |= specs.dependencies(wheel.requirements)[1]
    while wanted:
        project, extra = wanted.pop()
        if (project, extra) in made:
            continue
        wheel = latest[project]
        depends, more = specs.dependencies(wheel.requirements, extra)
        wanted |= more
        made[project, extra] = noarch_metapackage(
            specs.with_extra(project, extra), wheel, [f"{wheel.name} =={wheel.version}", *depends]
        )
    typing = latest["typing-extensions"]
    made["typing-extensions", ""] = noarch_metapackage(
        "typing-extensions", typing, [f"typing_extensions =={typing.version}"]
    )
    if plot := latest.get("matplotlib"):
        made["matplotlib", ""] = noarch_metapackage(
            "matplotlib", plot, [f"matplotlib-base >={plot.version}", "tornado >=5"]
        )
    return [made[key] for key in sorted(made)]


def noarch_metapackage(name, wheel, depends):
    """A package without files."""
    package = Package(
        name, wheel.version, subdir="noarch", noarch="python", license=wheel.license, timestamp=wheel.timestamp
    )
    package.depends = sorted([*depends, specs.python_spec(wheel.metadata["Requires-Python"])])
    package.build = "pyhd8ed1ab_0"
    return package
