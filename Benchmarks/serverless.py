# SPDX-License-Identifier: BSD-3-Clause
"""From exec to the first line that Python prints: as a function in the cloud begins."""

import shutil

import create
import places
import tools

PROGRAM = ["python", "-c", "print('ready')"]


def all_ways(bench):
    with places.small_machine() as (small, kind):
        # On disk, as in the cloud: a tmpfs would be taken from the 256 MB.
        surroundings = {"": ([], "whole machine"), ", small": (small, f"one processor, {kind}, on disk")}
        read_only = places.read_only_root()
        if read_only:
            surroundings[", read-only"] = (read_only, "root read-only, only a tmpfs below /tmp is writable")
        else:
            print("serverless, read-only: not possible here")
        for name, (wrapper, text) in surroundings.items():
            ways(bench, name, wrapper, text, "disk" if wrapper is small else "tmpfs")


def ways(bench, name: str, wrapper: list, text: str, place: str):
    with places.Server(bench.build, {"channel": bench.channel}) as server, \
            create.site(bench, place, specs=bench.small_specs, wrapper=wrapper) as here:
        lock = here.lock()
        remote = here.lock(f"{server.url}/channel", "remote")
        facts = {"where": text, "specs": here.specs}
        bench.compare(f"serverless/a: warm cache, lock{name}", actions(here, lock, True), **facts)
        bench.compare(f"serverless/b: empty cache, HTTP, lock{name}", actions(here, remote, False), **facts)

        runs = {}
        for tool in everyone():
            cache, prefix = here.fresh("cache"), here.fresh("env")
            here.bench.run(tool.install(here.place, cache, prefix, lock))
            command = tool.run(here.place, cache, prefix, PROGRAM, first_line=True, wrapper=wrapper)
            runs[tool.name] = lambda command=command: bench.run(command)
            if isinstance(tool, tools.Rattler):
                bare = here.plain([prefix / "bin" / "python", *PROGRAM[1:-1]], PROGRAM[-1])
                bare.first_line, bare.wrapper = True, wrapper
                runs["bare"] = lambda: bench.run(bare)
        bench.compare(f"serverless/c: run{name}", runs, **facts)


def everyone() -> list:
    """krait also with .pyc, its default: what costs time once saves it at every start."""
    with_pyc = [tool for tool in tools.present(pyc=True) if not isinstance(tool, tools.Rattler)]
    for tool in with_pyc:
        tool.name += " .pyc"
    return [*tools.present(), *with_pyc]


def actions(here, lock, warm: bool) -> dict:
    return {tool.name: action(here, tool, lock, warm) for tool in everyone()}


def action(here, tool, lock, warm: bool):
    cache = here.fresh("cache")
    if warm:
        here.once(tool, "install", cache, lock)

    def once():
        place = cache if warm else here.fresh("cache")
        prefix = here.fresh("env")
        command = tool.install_and_run(here.place, place, prefix, lock, PROGRAM, first_line=True)
        values = here.measured(command)
        shutil.rmtree(prefix)
        if not warm:
            shutil.rmtree(place, ignore_errors=True)
        return values
    return once
