# SPDX-License-Identifier: BSD-3-Clause
"""Runs commands under `timer` and turns lists of runs into minimum, median and maximum."""

import json
import random
import statistics
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path


class CommandFailed(Exception):
    pass


@dataclass
class Command:
    """One thing to measure: what to run, and in what surroundings."""

    arguments: list
    environment: dict
    first_line: bool = False
    anonymous: bool = False
    accepted: tuple = (0,)
    wrapper: list = field(default_factory=list)  # put before the timer, so that it is not measured


def run(timer: Path, command: Command) -> dict:
    """Runs a command once; a failure of it is an error of the benchmark."""
    with tempfile.NamedTemporaryFile("r", dir=command.environment["TMPDIR"]) as report, \
            tempfile.TemporaryFile("w+", dir=command.environment["TMPDIR"]) as errors:
        flags = ["-l"] * command.first_line + ["-a"] * command.anonymous
        arguments = [*command.wrapper, timer, *flags, report.name, *command.arguments]
        arguments = [str(argument) for argument in arguments]
        outcome = subprocess.run(arguments, env=command.environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=errors, cwd="/")
        text = report.read()
        values = json.loads(text) if text else {"status": outcome.returncode or 1}
        if values["status"] not in command.accepted:
            errors.seek(0)
            raise CommandFailed(f"{' '.join(arguments)}\n{errors.read()[-2000:]}")
        if not command.first_line:
            del values["first_line"]
        elif values["first_line"] < 0:
            raise CommandFailed(f"{' '.join(arguments)}\nended well, but printed nothing")
        if not command.anonymous:
            del values["anonymous_kb"]
        values["failed"] = int(values.pop("status") != 0)
        return values


def rounds(actions: dict, count: int, say=lambda text: None) -> dict:
    """Calls every action once a round, in an order that is drawn anew each round; gives the runs of each in order."""
    order = list(actions)
    runs = {name: [] for name in order}
    for number in range(count):
        random.shuffle(order)
        for name in order:
            runs[name].append(actions[name]())
        say(f"round {number + 1} of {count}")
    return runs


def spread(values: list) -> dict:
    """Minimum, median and maximum."""
    return {"min": min(values), "median": statistics.median(values), "max": max(values), "runs": len(values)}


def summary(runs: dict) -> dict:
    """Runs by name, each run a dictionary of numbers, to spreads by name and number."""
    return {name: {key: spread([run[key] for run in list_]) for key in list_[0]} for name, list_ in runs.items()}


def paired_ratio(first: list, second: list, key: str) -> dict:
    """The spread of first ÷ second, round by round: what drifts slowly touches both of a round alike."""
    return spread([a[key] / b[key] for a, b in zip(first, second)])
