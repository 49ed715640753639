# SPDX-License-Identifier: BSD-3-Clause
"""The tools that are compared, each told to do the same job in its own words."""

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from measure import Command

HERE = Path(__file__).parent


@dataclass
class Lock:
    """One solution in the forms that the tools read."""

    explicit: Path
    pixi: Path


def environment(place: Path, **more) -> dict:
    """Nothing of the caller's: the same for every tool."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(place / "home"), "TMPDIR": str(place / "tmp"),
            "LANG": "C.UTF-8", **more}


class Conda:
    """krait and micromamba: the same command line."""

    #: what an environment of its holds
    mark = "conda-meta"

    def __init__(self, name: str, program: Path, pyc: bool = False, options: tuple = ()):
        self.name, self.program, self.pyc, self.options = name, program, pyc, list(options)

    def command(self, place: Path, cache: Path, arguments: list, **how) -> Command:
        settings = environment(place, MAMBA_ROOT_PREFIX=str(cache), CONDA_PKGS_DIRS=str(cache / "pkgs"),
                               MAMBA_NO_RC="true")
        return Command([self.program, *arguments], settings, **how)

    def create_arguments(self, prefix: Path) -> list:
        pyc = [] if self.pyc else ["--no-pyc"]
        return ["create", "-y", "-q", "--no-rc", *pyc, *self.options, "-p", prefix]

    def create(self, place, cache, prefix, channel, specs, **how) -> Command:
        arguments = [*self.create_arguments(prefix), "-c", channel, "--override-channels", *specs]
        return self.command(place, cache, arguments, **how)

    def install(self, place, cache, prefix, lock: Lock, **how) -> Command:
        return self.command(place, cache, [*self.create_arguments(prefix), "-f", lock.explicit], **how)

    def install_and_run(self, place, cache, prefix, lock: Lock, program: list, **how) -> Command:
        command = self.install(place, cache, prefix, lock, **how)
        create = shlex.join(str(word) for word in command.arguments)
        then = shlex.join(str(word) for word in (self.program, "run", "-p", prefix, *program))
        command.arguments = ["sh", "-c", f"{create} >/dev/null && exec {then}"]
        return command

    def run(self, place, cache, prefix, program: list, **how) -> Command:
        return self.command(place, cache, ["run", "-p", prefix, *program], **how)


class Rattler:
    """py-rattler, through the program beside this file. `inside` holds its own time of the last run."""

    name = "py-rattler"
    mark = "conda-meta"

    def command(self, place: Path, arguments: list, **how) -> Command:
        self.report = place / "tmp" / "rattler-seconds"
        program = [sys.executable, HERE / "rattler_peer.py", "--report", self.report]
        return Command([*program, *arguments], environment(place), **how)

    def inside(self) -> float:
        return float(self.report.read_text())

    def create(self, place, cache, prefix, channel, specs, **how) -> Command:
        return self.command(place, ["create", cache, prefix, url(channel), *specs], **how)

    def install(self, place, cache, prefix, lock: Lock, **how) -> Command:
        return self.command(place, ["install", cache, prefix, lock.pixi], **how)

    def install_and_run(self, place, cache, prefix, lock: Lock, program: list, **how) -> Command:
        return self.command(place, ["install", cache, prefix, lock.pixi, *program], **how)

    def run(self, place, cache, prefix, program: list, **how) -> Command:
        return self.command(place, ["run", prefix, *program], **how)

    def lock(self, place, channel, specs, directory: Path, wrapper: list = ()) -> Lock:
        """Solves and writes the lock that every tool installs from."""
        import subprocess
        directory.mkdir(parents=True, exist_ok=True)
        lock = Lock(directory / "explicit.txt", directory / "pixi.lock")
        words = ["lock", directory / "cache", lock.pixi, lock.explicit, url(channel), *specs]
        command = self.command(place, words)
        subprocess.run([str(word) for word in (*wrapper, *command.arguments)], env=command.environment, check=True)
        return lock


class Uv:
    """uv with wheels of the same projects, from a directory or a server that lists them; the interpreter is the system's."""

    name = "uv"
    mark = "pyvenv.cfg"
    program = Path(sys.executable).parent / "uv"
    projects = ["jupyterlab", "pandas", "scikit-learn"]

    def __init__(self, wheels, requirements: Path):
        self.wheels, self.requirements = wheels, requirements

    @classmethod
    def collect(cls, directory: Path):
        """Downloads the wheels once, and locks them; None where uv or PyPI cannot be had."""
        import subprocess
        wheels, requirements = directory / "wheels", directory / "requirements.txt"
        if not cls.program.exists():
            return None
        if not requirements.exists():
            wheels.mkdir(parents=True, exist_ok=True)
            interpreter = directory / "interpreter"
            for words in ([cls.program, "venv", "-q", "--seed", "--python", "/usr/bin/python3", interpreter],
                          [interpreter / "bin/pip", "download", "-q", "--only-binary=:all:", "-d", wheels, *cls.projects]):
                if subprocess.run(words).returncode != 0:
                    return None
            lock = [cls.program, "pip", "compile", "-q", "--no-index", "--find-links", wheels, "--generate-hashes",
                    "--python", "/usr/bin/python3", "-", "-o", requirements]
            subprocess.run(lock, input="\n".join(cls.projects), text=True, check=True, stdout=subprocess.DEVNULL)
        return cls(wheels, requirements)

    def command(self, place: Path, cache: Path, prefix: Path, words: list, **how) -> Command:
        settings = environment(place, UV_CACHE_DIR=str(cache), UV_NO_CONFIG="1", UV_PYTHON_DOWNLOADS="never",
                               UV_LINK_MODE="hardlink")
        make = shlex.join([str(self.program), "venv", "-q", "--python", "/usr/bin/python3", str(prefix)])
        fill = shlex.join(str(word) for word in (
            self.program, "pip", *words, "-q", "--no-index", "--find-links", self.wheels, "--python", prefix))
        return Command(["sh", "-c", f"{make} && exec {fill}"], settings, **how)

    def create(self, place, cache, prefix, channel, specs, **how) -> Command:
        return self.command(place, cache, prefix, ["install", *self.projects], **how)

    def install(self, place, cache, prefix, lock: Lock, **how) -> Command:
        return self.command(place, cache, prefix, ["sync", self.requirements], **how)


def url(channel) -> str:
    text = str(channel)
    return text if "://" in text else Path(text).resolve().as_uri()


def krait() -> Path:
    """The executable under test."""
    return Path(os.environ.get("KRAIT", HERE.parent / ".build-static" / "krait")).absolute()


def present(pyc: bool = False) -> list:
    """Every tool of this machine that can create environments."""
    tools = [Rattler()]
    if krait().exists():
        tools.insert(0, Conda("krait", krait(), pyc))
    micromamba = shutil.which("micromamba")
    if micromamba:
        tools.append(Conda("micromamba", Path(micromamba), pyc))
    return tools
