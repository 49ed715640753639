# SPDX-License-Identifier: BSD-3-Clause
"""Checks of the finished channel: every dependency has a candidate, and what py-rattler installs from it runs."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import arch

# Dependencies that nothing may provide, on purpose.
MISSING_ON_PURPOSE = {("feature-missing", "no-such-package"), ("feature-python-old", "python")}
ROOTS = ["python 3.11.*", "pip", "jupyterlab", "pandas", "scikit-learn", "matplotlib", "requests", "flask", "pyarrow"]
SHOULD_NOT_SOLVE = {"feature-conflict", "feature-cuda", "feature-new-glibc", "feature-osx-only", "feature-python-old"}

# What does not go together, fails on purpose, or what py-rattler cannot do (data descriptors in a local file, empty directories).
APART = {
    "feature-needs-old-idna",
    "feature-constrains",
    "feature-link-script-fails",
    "feature-zip-descriptors",
    "feature-directory",
}


def records(channel):
    """All records of the channel's repodata."""
    for path in sorted(channel.glob("*/repodata.json")):
        document = json.loads(path.read_text())
        for group in ("packages", "packages.conda"):
            yield from document[group].values()


def closure(channel):
    """The dependencies that no record of the channel satisfies, as lines."""
    from rattler import BuildString, MatchSpec, PackageRecord

    every = list(records(channel))
    by_name = {}
    for record in every:
        by_name.setdefault((record["subdir"], record["name"]), []).append(record)
    problems = []
    for record in every:
        for depend in record["depends"]:
            name = depend.split()[0]
            if name.startswith("__") or (record["name"], name) in MISSING_ON_PURPOSE:
                continue
            found = by_name.get((record["subdir"], name), []) + by_name.get(("noarch", name), [])
            if record["subdir"] == "noarch":
                found += by_name.get((arch.SUBDIR, name), [])
            spec = MatchSpec(depend)
            fits = any(
                spec.matches(
                    PackageRecord(
                        one["name"],
                        one["version"],
                        BuildString(one["build"]),
                        one["build_number"],
                        one["subdir"],
                        None,
                        None,
                    )
                )
                for one in found
            )
            if not fits:
                problems.append(f"  {record['subdir']}/{record['name']} {record['version']}: {depend}")
    return problems


async def solve_each(channel):
    """Solves for the newest build of each name alone, on both platforms; names that do not go, and should."""
    from rattler import BuildString, Channel, GenericVirtualPackage, PackageName, Version, VirtualPackage, solve

    detected = VirtualPackage.detect()
    apple = [
        GenericVirtualPackage(PackageName(name), Version(version), BuildString("0"))
        for name, version in (("__osx", "14.0"), ("__unix", "0"))
    ]
    wrong = []
    for platform, virtual in ((arch.SUBDIR, detected), ("osx-arm64", apple)):
        names = sorted(
            {
                record["name"]
                for record in records(channel)
                if record["subdir"] in (platform, "noarch")
                or platform == arch.SUBDIR
                and record["subdir"] != "osx-arm64"
            }
        )
        for name in names:
            if platform == "osx-arm64" and name.startswith(("feature-", "_python")):
                continue
            try:
                await solve([Channel(str(channel))], [name], platforms=[platform, "noarch"], virtual_packages=virtual)
                if name in SHOULD_NOT_SOLVE:
                    wrong.append(f"{platform} {name}: solved, but should not be")
            except Exception as error:  # noqa: BLE001
                if name not in SHOULD_NOT_SOLVE:
                    wrong.append(f"{platform} {name}: {error}")
    return wrong


async def install(channel, prefix, specs, cache, **more):
    """Solves and installs with py-rattler."""
    import rattler

    found = await rattler.solve(
        [rattler.Channel(str(channel))],
        specs,
        platforms=[arch.SUBDIR, "noarch"],
        virtual_packages=rattler.VirtualPackage.detect(),
        add_pip_as_python_dependency=True,
    )
    await rattler.install(found, prefix, cache_dir=cache, show_progress=False, **more)
    return found


def run(channel, cache):
    """Installs and runs what is installed; ends the program when something is wrong."""
    failures = []
    work = Path(tempfile.mkdtemp(prefix="check-", dir=cache))
    prefix = work / "environment"
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(work), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}

    def program(*command, expect=None, env=clean):
        result = subprocess.run([str(part) for part in command], env=env, capture_output=True, text=True, cwd=work)
        output = result.stdout.strip()
        good = result.returncode == 0 and (expect is None or expect == output or (callable(expect) and expect(output)))
        label = " ".join(str(part).replace(str(prefix), "ENV") for part in command)
        print(f"{'ok  ' if good else 'FAIL'} {label[:110]}", file=sys.stderr)
        if not good:
            failures.append(label)
            print((result.stdout + result.stderr)[-2000:], file=sys.stderr)
        return output

    wrong = asyncio.run(solve_each(channel))
    failures += wrong
    print("\n".join(wrong) or "ok   each name solves alone where it should", file=sys.stderr)

    began = time.monotonic()
    found = asyncio.run(install(channel, prefix, ROOTS, work / "packages"))
    files = sum(len(names) for _, _, names in os.walk(prefix))
    print(f"     py-rattler: {len(found)} packages, {files} files, {time.monotonic() - began:.1f} s", file=sys.stderr)
    python = prefix / "bin/python"
    program(
        python,
        "-c",
        "import numpy, pandas, scipy, sklearn, jupyterlab, ssl, sqlite3, pyarrow, matplotlib.pyplot, flask, requests",
    )
    program(
        python,
        "-c",
        "import ctypes, bz2, lzma, readline, curses, zoneinfo, uuid, zlib, crypt, hashlib, decimal, pyexpat, curses.panel",
    )
    program(
        python,
        "-c",
        "import sys; print(sys.prefix, sys.base_prefix, sys.exec_prefix)",
        expect=" ".join([str(prefix)] * 3),
    )
    program(python, "-c", "import sys; print([p for p in sys.path if p and not p.startswith(sys.prefix)])", expect="[]")
    program(
        python,
        "-c",
        "import site, sysconfig, sys; print(sysconfig.get_path('purelib') == site.getsitepackages()[0] == sys.prefix + '/lib/python3.11/site-packages')",
        expect="True",
    )
    program(
        python,
        "-c",
        "import os, sysconfig, zoneinfo; print(zoneinfo.TZPATH[0] == os.path.join(os.sys.prefix, 'share/zoneinfo'), zoneinfo.ZoneInfo('Europe/Berlin'))",
        expect="True Europe/Berlin",
    )
    program(
        python,
        "-c",
        "import ctypes, sys; maps = open('/proc/self/maps'); import ssl, sqlite3, lzma, bz2, readline, uuid, _ctypes, pyexpat; print([l.split()[-1] for l in open('/proc/self/maps') if '.so' in l and sys.prefix not in l and not any(n in l for n in ('/libc.so', '/libm.so', '/ld-linux', 'gconv'))])",
        expect="[]",
    )
    program(
        python,
        "-c",
        "import json; print(len(json.__cached__) > 0 and __import__('os').path.exists(json.__cached__))",
        expect="True",
    )
    program(prefix / "bin/jupyter", "lab", "--version")
    program(prefix / "bin/pip", "list", expect=lambda text: "jupyterlab " in text)
    program(prefix / "bin/pip", "check")
    program(prefix / "bin/openssl", "version")
    program(prefix / "bin/python3-config", "--includes", expect=lambda text: str(prefix) in text)
    program(python, "-m", "venv", work / "venv")
    program(work / "venv/bin/python", "-c", "import sys, pip; print(sys.prefix != sys.base_prefix)", expect="True")
    wheel = next((cache / "wheels").glob("idna-3.20*.whl"), None) or next((cache / "wheels").glob("idna-*.whl"))
    program(prefix / "bin/pip", "install", "--no-index", "--no-deps", "--force-reinstall", wheel)
    program(
        python,
        "-c",
        "import idna, sys; print(idna.__file__.startswith(sys.prefix + '/lib/python3.11/site-packages'))",
        expect="True",
    )

    other = work / "features"
    names = sorted(
        {record["name"] for record in records(channel) if record["name"].startswith("feature-")} - SHOULD_NOT_SOLVE
    )
    names = [name for name in names if name not in APART]
    prefix = other
    asyncio.run(install(channel, other, ["python 3.11.*", *names], work / "packages", execute_link_scripts=True))
    program(other / "bin/feature-binary", expect=str(other))
    program(other / "bin/feature-binary", "paths", expect=f"{other}/lib:{other}/share:{other}/etc")
    program(other / "bin/feature-binary", "library", expect=f"{other}/share/feature-prefix-binary")
    program(other / "bin/feature-shell", expect=str(other))
    program(other / "bin/feature-python", expect=f"{other}\n{other}")
    program(other / "bin/feature-python-options", expect="1")
    program(other / "bin/feature-legacy", expect=str(other))
    program(other / "bin/feature-hard-again", expect="hard 2.0")
    program(other / "bin/feature-main", "x", expect="main 2.0 x")
    program(other / "bin/feature-nested", expect="nested 2.0")
    program(other / "bin/feature-script", expect="script 2.0")
    program("cat", other / "var/feature/log.txt", expect=f"post-link feature-link-scripts 2.0 0 {other}")
    program("cat", other / "share/feature-names/with\nnewline.txt", other / "share/feature-names-gnu/with\nnewline.txt")
    program("cat", other / "share/feature-clobber/shared.txt")
    shutil.rmtree(work)
    if failures:
        sys.exit(f"make-channel: {len(failures)} checks failed")
    print("make-channel: all checks passed", file=sys.stderr)
