# SPDX-License-Identifier: BSD-3-Clause
"""Sections about making environments: warm and empty cache, from specs and from a lock, time, memory, system calls."""

import contextlib
import itertools
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import places
import strace
import tools
from measure import Command


class Site:
    """A file system with what the tools need to make one environment again and again."""

    def __init__(self, bench, place: Path, channel, specs, on_disk: bool = False, wrapper: list = ()):
        self.bench, self.place, self.channel, self.specs = bench, place, channel, specs
        self.on_disk, self.wrapper = on_disk, list(wrapper)
        self.numbers = itertools.count()
        self.rattler = tools.Rattler()

    def fresh(self, kind: str) -> Path:
        return self.place / f"{kind}-{next(self.numbers)}"

    def lock(self, channel=None, name: str = "lock", wrapper: list = ()) -> tools.Lock:
        """A lock of the specs, with the packages' places in the given channel or that of the site."""
        return self.rattler.lock(self.place, channel or self.channel, self.specs, self.place / name, wrapper)

    def measured(self, command: Command, tool=None) -> dict:
        command.wrapper = [*self.wrapper, *command.wrapper]
        if self.on_disk:
            os.sync()
        values = self.bench.run(command)
        if isinstance(tool, tools.Rattler):
            values["inside"] = tool.inside()
        return values

    def once(self, tool, how: str, cache: Path, given, keep: bool = False) -> dict:
        """Makes an environment (`how`: create or install), measured, and removes it."""
        prefix = self.fresh("env")
        arguments = (self.channel, given) if how == "create" else (given,)
        values = self.measured(getattr(tool, how)(self.place, cache, prefix, *arguments), tool)
        if not (prefix / tool.mark).exists():
            raise OSError(f"{tool.name} made no environment")
        if keep:
            self.template = prefix
        else:
            shutil.rmtree(prefix)
        return values

    def warm(self, tool, how: str, given):
        """An action with a cache that holds everything: filled here, by an environment that is not measured."""
        cache = self.place / f"cache-{tool.name.replace(' ', '-')}"
        self.once(tool, how, cache, given)
        return lambda: self.once(tool, how, cache, given)

    def cold(self, tool, how: str, given):
        def action():
            cache = self.fresh("cache")
            values = self.once(tool, how, cache, given)
            shutil.rmtree(cache, ignore_errors=True)
            return values
        return action

    def make_template(self, lock: tools.Lock) -> dict:
        """A tree for what only links: py-rattler's, so that nobody can say the floor is made to measure."""
        self.once(self.rattler, "install", self.place / "cache-template", lock, keep=True)
        directories, files = [], []
        for top, names, leaves in os.walk(self.template):
            names.sort()
            inside = os.path.relpath(top, self.template)
            links = [name for name in names if os.path.islink(os.path.join(top, name))]
            if inside != ".":
                directories.append(inside)
            files += [os.path.normpath(os.path.join(inside, name)) for name in sorted(leaves) + links]
        self.list = self.place / "list"
        self.list.write_bytes(b"".join(os.fsencode(path) + b"\0" for path in [*directories, "", *files]))
        return {"files": len(files), "directories": len(directories)}

    def floor(self) -> Command:
        return self.plain([self.bench.build / "floor", self.list, self.template], self.fresh("floor"))

    def copy(self, how: str = "-al") -> Command:
        return self.plain(["cp", how, self.template], self.fresh("copy"))

    def plain(self, arguments: list, prefix: Path) -> Command:
        return Command([*arguments, prefix], tools.environment(self.place))

    def linked(self, make):
        def action():
            command = make()
            values = self.measured(command)
            shutil.rmtree(command.arguments[-1])
            return values
        return action


@contextlib.contextmanager
def site(bench, kind: str = "tmpfs", channel=None, specs=None, wrapper: list = ()):
    with places.disk(bench.build) if kind == "disk" else places.tmpfs() as place:
        yield Site(bench, place, channel or bench.channel, specs or bench.specs, kind == "disk", wrapper)


def warm(bench):
    """Everything is in the cache: what is left is to solve, link and record."""
    for kind in bench.kinds:
        with site(bench, kind) as here:
            lock = here.lock()
            facts = here.make_template(lock)
            plain = {"cp -al": here.linked(here.copy), "floor": here.linked(here.floor)}
            for how, given, key in (("create", here.specs, "specs"), ("install", lock, "lock")):
                actions = {tool.name: here.warm(tool, how, given) for tool in [*tools.present(), *uv(bench)]}
                bench.compare(f"warm/{kind}/{key}", actions | plain, **facts)
            with_pyc = {f"{tool.name} .pyc": here.warm(tool, "install", lock) for tool in tools.present(pyc=True)
                        if not isinstance(tool, tools.Rattler)}
            if with_pyc and kind == "tmpfs":
                without = {tool.name: here.warm(tool, "install", lock) for tool in tools.present()}
                bench.compare(f"warm/{kind}/lock, .pyc", with_pyc | without, **facts)


def uv(bench, wheels: str = "") -> list:
    """uv with its wheels, from the address `wheels` where one is given; none where PyPI cannot be reached."""
    found = tools.Uv.collect(bench.build / "uv")
    if found is None:
        print("uv: not possible here (it takes the wheels of jupyterlab, pandas and scikit-learn from PyPI once)")
        return []
    return [tools.Uv(wheels or found.wheels, found.requirements)]


def downloads(bench, here: Site, lock: tools.Lock) -> Command:
    """curl fetching the files of a lock, as many at a time as it likes to."""
    directory = here.fresh("downloads")
    directory.mkdir()
    urls = [line.split("#")[0] for line in lock.explicit.read_text().splitlines() if "://" in line]
    config = here.place / "curl.txt"
    config.write_text("".join(f'url = "{url}"\noutput = "{directory}/{url.rsplit("/", 1)[1]}"\n' for url in urls))
    arguments = ["curl", "--silent", "--fail", "--parallel", "--config", config]
    return Command(arguments, tools.environment(here.place))


def decompression(bench, here: Site, lock: tools.Lock) -> Command:
    """Decompression of the members of the .conda packages of a lock, and nothing else."""
    members = here.place / "members"
    members.mkdir()
    for line in lock.explicit.read_text().splitlines():
        path = bench.channel / Path(*line.split("#")[0].rsplit("/", 2)[1:])
        if path.suffix == ".conda":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".tar.zst"):
                        (members / name).write_bytes(archive.read(name))
    files = sorted(members.iterdir(), key=lambda path: -path.stat().st_size)
    return Command([bench.build / "inflate", *files], tools.environment(here.place))


def processors(bench):
    """One processor beside two: from both follows what is done one after another, and so what many would take."""
    here = os.sched_getaffinity(0)
    if len(here) < 2:
        print("processors: there is only one here")
        return
    first, second = sorted(here)[:2]

    def on(cpus: str, action, site):
        def pinned():
            site.wrapper = ["taskset", "--cpu-list", cpus]
            return action()
        return pinned

    for how, key in (("warm", "warm/tmpfs"), ("cold", "cold/tmpfs")):
        with places.Server(bench.build, {"channel": bench.channel}) as server, \
                site(bench, channel=bench.channel if how == "warm" else f"{server.url}/channel") as here:
            lock = here.lock()
            peers = [*tools.present(), *(uv(bench) if how == "warm" else [])]
            actions = {}
            for tool in peers:
                action = getattr(here, how)(tool, "install", lock)
                actions[f"{tool.name}, one"] = on(f"{first}", action, here)
                actions[f"{tool.name}, two"] = on(f"{first},{second}", action, here)
            bench.compare(f"processors/{key}/lock", actions, names=[tool.name for tool in peers])


def no_cache() -> list:
    return [tools.Conda("krait --no-cache", tools.krait(), options=("--no-cache",))] if tools.krait().exists() else []


def cold(bench, limits=("", "200mbit")):
    """Nothing is in the cache: everything comes over HTTP."""
    for limit in limits:
        try:
            uv(bench)
            server = places.Server(bench.build, {"channel": bench.channel, "wheels": bench.build / "uv/wheels"}, limit)
        except OSError as problem:
            print(f"cold, {limit}: not possible here ({problem})")
            continue
        with server, site(bench, channel=f"{server.url}/channel", wrapper=server.wrapper) as here:
            lock = here.lock(wrapper=server.wrapper)
            curl = {"curl --parallel": lambda: here.measured(downloads(bench, here, lock))}
            if limit:
                actions = {tool.name: here.cold(tool, "install", lock) for tool in [*tools.present(), *no_cache()]}
                bench.compare(f"cold/{limit}/lock", actions | curl, count=min(bench.rounds, 5))
                continue
            inflate = decompression(bench, here, lock)
            curl["decompression"] = lambda: here.measured(inflate)
            for how, given, key in (("create", here.specs, "specs"), ("install", lock, "lock")):
                peers = [*tools.present(), *uv(bench, f"{server.url}/wheels/")]
                actions = {tool.name: here.cold(tool, how, given) for tool in peers}
                if how == "install":
                    actions |= {f"{tool.name} .pyc": here.cold(tool, how, given) for tool in tools.present(pyc=True)
                                if not isinstance(tool, tools.Rattler)}
                bench.compare(f"cold/tmpfs/{key}", actions | curl)
        if not limit and "disk" in bench.kinds:
            with places.Server(bench.build, {"channel": bench.channel}) as server, \
                    site(bench, "disk", channel=f"{server.url}/channel") as here:
                lock = here.lock()
                actions = {tool.name: here.cold(tool, "install", lock) for tool in tools.present()}
                bench.compare("cold/disk/lock", actions)


def nocache(bench):
    """Straight into the prefix, beside a cache that begins empty."""
    with places.Server(bench.build, {"channel": bench.channel}) as server, \
            site(bench, channel=f"{server.url}/channel") as here:
        lock = here.lock()
        for how, given, key in (("create", here.specs, "specs"), ("install", lock, "lock")):
            actions = {tool.name: here.cold(tool, how, given) for tool in [here.rattler, *no_cache()]}
            bench.compare(f"nocache/tmpfs/{key}", actions)


def clone(bench):
    """A second environment from a first, beside making one from the warm cache and copying the files."""
    program = tools.krait()
    if not program.exists() or "--clone" not in subprocess.check_output([program, "create", "--help"], text=True):
        print("clone: krait cannot do that yet")
        return
    for kind in bench.kinds:
        for pyc in (False, True):
            with site(bench, kind) as here:
                facts = here.make_template(here.lock())
                krait = tools.Conda("krait", program, pyc)
                cache = here.place / "cache-krait"
                here.once(krait, "create", cache, here.specs, keep=True)
                made = here.template

                def clone():
                    verb, *rest = krait.create_arguments(here.fresh("clone"))
                    return krait.command(here.place, cache, [verb, "--clone", made, *rest])

                actions = {"krait": here.linked(clone), "krait create": here.warm(krait, "create", here.specs)}
                copies = {"cp -a": here.linked(lambda: here.copy("-a")), "cp -al": here.linked(here.copy)}
                bench.compare(f"clone/{kind}{', .pyc' * pyc}", actions | ({} if pyc else copies), **facts)


def noise(bench):
    """The same thing twice under two names: how far from 1 chance alone takes a ratio."""
    for kind in bench.kinds:
        with site(bench, kind) as here:
            lock = here.lock()
            facts = here.make_template(lock)
            tool = tools.present()[0]
            actions = {"A": here.warm(tool, "install", lock), "B": here.warm(tool, "install", lock),
                       "floor A": here.linked(here.floor), "floor B": here.linked(here.floor)}
            bench.compare(f"noise/{kind} ({tool.name})", actions, **facts)


def syscalls(bench):
    """Counts by strace; one run each, they hardly vary."""
    with site(bench) as here:
        lock = here.lock()
        facts = here.make_template(lock)
        total = facts["files"] + facts["directories"]
        for how, given, key in (("create", here.specs, "specs"), ("install", lock, "lock")):
            runs = {}
            for tool in tools.present():
                cache = here.place / f"cache-{tool.name}"
                here.once(tool, how, cache, given)
                arguments = (here.channel, given) if how == "create" else (given,)
                prefix = here.fresh("env")
                command = getattr(tool, how)(here.place, cache, prefix, *arguments)
                runs[tool.name] = [strace.count(bench, command, total)]
                shutil.rmtree(prefix)
            if key == "lock":
                command = here.floor()
                runs["floor"] = [strace.count(bench, command, total)]
            bench.keep(f"syscalls/warm/{key}", runs, **facts)
        starts = {"krait": [tools.krait(), "--version"]} if tools.krait().exists() else {}
        starts["hello"] = [bench.build / "hello"]
        runs = {name: [strace.count(bench, Command(arguments, tools.environment(here.place)), 1)]
                for name, arguments in starts.items()}
        bench.keep("syscalls/version", runs)


def memory(bench):
    """Peak memory; few runs are enough. Every other section has it too."""
    with places.Server(bench.build, {"channel": bench.channel}) as server, \
            site(bench, channel=f"{server.url}/channel") as here:
        lock = here.lock()
        present = tools.present()
        bench.compare("memory/cold", {tool.name: here.cold(tool, "create", here.specs) for tool in present}, 3)
        bench.compare("memory/warm", {tool.name: here.warm(tool, "create", here.specs) for tool in present}, 3)
        bench.compare("memory/nocache", {tool.name: here.cold(tool, "install", lock)
                                         for tool in [here.rattler, *no_cache()]}, 3)
