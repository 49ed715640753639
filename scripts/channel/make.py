# SPDX-License-Identifier: BSD-3-Clause
"""Makes the local channel of real packages; see scripts/make-channel."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import arch
import check
import debian
import download
import features
import mirror
import runtime
import wheels
from package import index_json, write

HERE = Path(__file__).parent
STAMP = ".channel-stamp"
# Channels of other processors, and what they are made of, stand beside.
SUFFIX = "" if arch.NAME == "x86_64" else f"-{arch.NAME}"
# Versions that exist in two builds.
TWO_BUILDS = {("requests", "2.34.2"), ("click", "8.1.8")}
# Wheels that python's ensurepip carries for `python -m venv`.
BUNDLED = {"pip": "24.0", "setuptools": "69.5.1"}


def digest(*paths, more=""):
    """A short hash of some files' contents."""
    state = hashlib.sha256(more.encode())
    for path in paths:
        state.update(path.read_bytes())
    return state.hexdigest()[:16]


def sources(*names):
    """The named modules of this folder, which what they make depends on."""
    return [HERE / f"{name}.py" for name in names]


def keep(package, folder):
    """Writes a package into a folder of the cache, with its record beside it."""
    target = Path(folder) / package.subdir
    write(package, target)
    (target / (package.fn + ".record")).write_text(json.dumps(index_json(package)))


def make_wheel(path, build_number, folder, interpreter):
    """One job: a wheel's package, unless the cache has it."""
    folder = Path(folder)
    if folder.exists():
        return
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    keep(wheels.convert(path, build_number, interpreter), fresh)
    fresh.rename(folder)


def make_system(debs, paths, cache):
    """The packages from Debian, and the python that compiles; both from the cache when they are there."""
    names = json.dumps([path.name for path in debs.values()])
    key = digest(*sources("package", "runtime", "debian"), more=names + json.dumps(BUNDLED))
    folder, tree = cache / "built" / f"debian-{key}", cache / "built" / f"runtime-{key}"
    if not folder.exists() or not (tree.exists() or not arch.NATIVE):
        shutil.rmtree(tree, ignore_errors=True)
        fresh = folder.with_name(folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        libraries, versions = debian.libraries(debs)
        bundled = {name: paths[name, version] for name, version in BUNDLED.items()}
        python, _ = debian.python(debs, versions, bundled, libraries, tree)
        for package in [*libraries, python, *debian.data_packages(debs)]:
            keep(package, fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return folder, tree / "bin/python3.11" if arch.NATIVE else runtime.own()


def fill(cache, target, jobs):
    """Makes every package (or takes it from the cache) and puts it into the channel's folders."""
    began = time.monotonic()
    paths = download.fetch(cache / "wheels")
    debs = debian.fetch(cache / "debs")
    say(f"downloads: {len(paths)} wheels, {len(debs)} .debs", began)

    began = time.monotonic()
    (cache / "built").mkdir(exist_ok=True)
    system, interpreter = make_system(debs, paths, cache)
    folders = [system]
    say("python and its libraries", began)

    began = time.monotonic()
    code = digest(*sources("package", "runtime", "specs", "wheels"))
    with ProcessPoolExecutor(jobs) as pool:
        waiting = []
        for (name, version), path in sorted(paths.items(), key=lambda item: -item[1].stat().st_size):
            for number in (0, 1) if (name, version) in TWO_BUILDS else (0,):
                folder = cache / "built" / f"{digest(path, more=f'{code} {number}')}-{name}-{version}"
                folders.append(folder)
                waiting.append(pool.submit(make_wheel, path, number, folder, str(interpreter)))
        for job in as_completed(waiting):
            if job.exception():
                pool.shutdown(cancel_futures=True)
            job.result()
    say("packages of wheels", began)

    began = time.monotonic()
    for folder in folders:
        shutil.copytree(folder, target, dirs_exist_ok=True)
    records = [json.loads(path.read_text()) for path in sorted(target.rglob("*.record"))]
    for path in target.rglob("*.record"):
        path.unlink()
    small = [*wheels.metapackages([wheels.Wheel(path) for path in paths.values()])]
    for package in [*small, *features.everything(), *mirror.packages(records)]:
        write(package, target / package.subdir)
    say("feature packages and osx-arm64", began)
    prune({folder.name for folder in folders} | {interpreter.parent.parent.name}, cache / "built")


def prune(used, folder):
    """Removes what an older version of these scripts left in the cache."""
    for path in folder.iterdir():
        if path.name not in used and time.time() - path.stat().st_mtime > 3600:
            shutil.rmtree(path, ignore_errors=True)


def index(target):
    """Writes repodata.json, repodata.json.zst and shards with py-rattler's indexer.

    It dates each record with the moment it first sees it, and keeps a date that is there (CEP 47): so the first run's
    dates are replaced by some that follow from the build's, and the second run's output is the same each time.
    """
    from rattler.index import index_fs

    asyncio.run(index_fs(target, write_zst=False, write_shards=False, force=True))
    for path in target.glob("*/repodata.json"):
        document = json.loads(path.read_text())
        for group in ("packages", "packages.conda"):
            for record in document.get(group, {}).values():
                record["indexed_timestamp"] = record["timestamp"] + 3_600_000
        path.write_text(json.dumps(document))
    asyncio.run(index_fs(target, write_zst=True, write_shards=True, force=True))


def say(what, began):
    """One line about a step, with the time it took."""
    print(f"make-channel: {what} ({time.monotonic() - began:.1f} s)", file=sys.stderr, flush=True)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="make-channel", description="Makes a channel of real packages from PyPI and Debian."
    )
    parser.add_argument(
        "directory", nargs="?", default=f".build-channel{SUFFIX}", help="where the channel goes (default: %(default)s)"
    )
    parser.add_argument("--cache", help="where downloads and built packages are kept (default: .build-channel-cache)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--force", action="store_true", help="make it again even if nothing has changed")
    parser.add_argument(
        "--check", action="store_true", help="also install from it with py-rattler and run what is installed"
    )
    arguments = parser.parse_args()

    began = time.monotonic()
    target = Path(arguments.directory).resolve()
    cache = Path(arguments.cache).resolve() if arguments.cache else HERE.parent.parent / f".build-channel-cache{SUFFIX}"
    makers = [path for path in sorted(HERE.glob("*.py")) if path.name not in ("check.py", "large.py")]
    stamp = digest(*makers, *download.PINS)
    held = target / STAMP
    cache.mkdir(parents=True, exist_ok=True)
    lock = open(cache / ".lock", "w")  # noqa: SIM115 # held until the end
    fcntl.flock(lock, fcntl.LOCK_EX)
    if arguments.force or not held.exists() or held.read_text() != stamp:
        if (
            target.exists()
            and any(target.iterdir())
            and not (held.exists() or (target / "noarch/repodata.json").exists())
        ):
            sys.exit(f"make-channel: {target} is not empty and no channel")
        fresh = target.with_name(target.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        fill(cache, fresh, arguments.jobs)
        step = time.monotonic()
        index(fresh)
        shutil.rmtree(fresh / ".tmp", ignore_errors=True)
        (fresh / STAMP).write_text(stamp)
        problems = check.closure(fresh)
        if problems:
            sys.exit("\n".join(["make-channel: dependencies that nothing provides:", *problems]))
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
        say("index", step)
    archives = [path for path in target.glob("*/*") if path.name.endswith((".conda", ".tar.bz2"))]
    size = sum(path.stat().st_size for path in archives)
    say(f"{target}: {len(archives)} packages, {size / 1e6:.0f} MB", began)
    if arguments.check:
        check.run(target, cache)


if __name__ == "__main__":
    main()
    # py-rattler's threads may outlive the interpreter and abort it.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
