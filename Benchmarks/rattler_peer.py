# SPDX-License-Identifier: BSD-3-Clause
"""py-rattler as its user would drive it. Started as a program of its own, so that the whole process can be measured;
the time without the interpreter's start and the imports goes to the file named by --report.

usage: rattler_peer.py [--report FILE] VERB ...
    create CACHE PREFIX CHANNEL SPEC...    solve and install
    lock CACHE LOCK EXPLICIT CHANNEL SPEC...  solve, write pixi.lock and an @EXPLICIT file
    install CACHE PREFIX LOCK [COMMAND...]  install from a lock, then become COMMAND
    query CACHE CHANNEL FLAT SPEC...       solve only; FLAT = yes: no shards
    run PREFIX COMMAND...                  activate and become COMMAND
    corpus DIRECTORY                       solve the requests on stdin, one JSON list a line; a line of JSON for each
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import rattler
from rattler.exceptions import SolverError

PLATFORMS = ["linux-64", "noarch"]


def gateway(cache, flat=False):
    config = rattler.SourceConfig(jlap_enabled=False, sharded_enabled=not flat)
    return rattler.Gateway(cache_dir=Path(cache, "repodata"), default_config=config)


async def solve(cache, channel, specs, flat=False):
    return await rattler.solve([rattler.Channel(channel)], specs, gateway=gateway(cache, flat), platforms=PLATFORMS,
                               virtual_packages=rattler.VirtualPackage.detect(), add_pip_as_python_dependency=True)


async def install(records, cache, prefix):
    await rattler.install(records, prefix, cache_dir=Path(cache, "pkgs"), show_progress=False)


async def create(cache, prefix, channel, *specs):
    await install(await solve(cache, channel, specs), cache, prefix)


async def lock(cache, path, explicit, channel, *specs):
    records = await solve(cache, channel, specs)
    platform = rattler.LockPlatform("linux-64")
    file = rattler.LockFile([platform])
    file.set_channels("default", [rattler.LockChannel(channel)])
    for record in records:
        file.add_conda_package("default", platform, record)
    file.to_path(Path(path))
    lines = [f"{record.url}#sha256:{record.sha256.hex()}" for record in records]
    Path(explicit).write_text("\n".join(["@EXPLICIT", *lines, ""]))


async def install_lock(cache, prefix, path, *_):
    environment = rattler.LockFile.from_path(Path(path)).default_environment()
    platform = environment.platforms()[0]
    await install(environment.conda_repodata_records_for_platform(platform), cache, prefix)


async def query(cache, channel, flat, *specs):
    await solve(cache, channel, specs, flat == "yes")


async def corpus(directory):
    channel = rattler.Channel(Path(directory).as_uri())
    loaded = [rattler.SparseRepoData(channel, subdir, Path(directory, subdir, "repodata.json"))
              for subdir in PLATFORMS]
    virtual = [rattler.GenericVirtualPackage(rattler.PackageName(name), rattler.Version(version),
                                          rattler.BuildString(build))
               for name, version, build in json.loads(sys.stdin.readline())]
    for line in sys.stdin:
        specs = [rattler.MatchSpec(spec) for spec in json.loads(line)]
        begin, used = time.perf_counter(), os.times()
        failed = 0
        try:
            await rattler.solve_with_sparse_repodata(specs, loaded, virtual_packages=virtual)
        except SolverError:
            failed = 1
        seconds, now = time.perf_counter() - begin, os.times()
        print(json.dumps({"seconds": seconds, "user": now.user - used.user, "system": now.system - used.system,
                          "failed": failed}), flush=True)


def become(prefix, command):
    sys.stdout.flush()
    os.execve(f"{prefix}/bin/{command[0]}", command, os.environ | {
        "PATH": f"{prefix}/bin:{os.environ['PATH']}", "CONDA_PREFIX": prefix})


def activate(prefix, command):
    from rattler.shell import ActivationVariables, Shell, activate
    path = [Path(part) for part in os.environ["PATH"].split(":")]
    activate(Path(prefix), ActivationVariables(None, path), Shell.bash)
    become(prefix, command)


def main(arguments):
    report = None
    if arguments[0] == "--report":
        report, arguments = arguments[1], arguments[2:]
    verb, *rest = arguments
    if verb == "run":
        activate(rest[0], rest[1:])
    verbs = {"create": create, "lock": lock, "install": install_lock, "query": query, "corpus": corpus}
    begin = time.perf_counter()
    asyncio.run(verbs[verb](*rest))
    if report:
        Path(report).write_text(str(time.perf_counter() - begin))
    if verb == "install" and rest[3:]:
        become(rest[1], rest[3:])
    # Its threads sometimes abort an interpreter that is being torn down; so it is not.
    sys.stdout.flush()
    os._exit(0)


main(sys.argv[1:])
