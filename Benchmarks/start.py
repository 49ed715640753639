# SPDX-License-Identifier: BSD-3-Clause
"""Sections about the start of a process."""

import shutil

import measure
import places
import tools
from measure import Command

COPIES = 3


def interleaved(bench, key: str, commands: dict):
    """Starts fresh copies of programs in turn; `commands` names a program and makes the arguments from a copy of it."""
    with places.tmpfs() as place:
        actions = {}
        for name, (program, arguments) in commands.items():
            for copy in range(COPIES):
                target = place / f"{name.replace(' ', '-')}-{copy}"
                shutil.copy(program, target)
                surroundings = tools.environment(place, MAMBA_ROOT_PREFIX=str(place / "root"))
                command = Command(arguments(target, place), surroundings)
                actions[name, copy] = lambda command=command: bench.run(command)
        runs = measure.rounds(actions, 20 if bench.quick else 200)
        merged = {name: [run for (owner, _), list_ in runs.items() if owner == name for run in list_]
                  for name in commands}
        bench.keep(key, merged)


def versions(bench):
    """`--version` beside a static C program."""
    commands = {"hello": (bench.build / "hello", lambda program, place: [program])}
    for tool in tools.present():
        if not isinstance(tool, tools.Rattler):
            commands[tool.name] = (tool.program, lambda program, place: [program, "--version"])
    interleaved(bench, "start/version", commands)


def runs(bench):
    """`run` beside the bare command, in an environment without activate.d."""
    bare = bench.build / "hello"

    def run(program, place):
        history = place / "env" / "conda-meta" / "history"
        if not history.exists():
            history.parent.mkdir(parents=True)
            history.touch()
        return [program, "run", "-p", place / "env", bare]

    commands = {"bare": (bare, lambda program, place: [program])}
    commands |= {tool.name: (tool.program, run) for tool in tools.present() if not isinstance(tool, tools.Rattler)}
    interleaved(bench, "start/run", commands)
