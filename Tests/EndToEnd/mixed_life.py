# SPDX-License-Identifier: BSD-3-Clause
"""One environment in the hands of several tools: what scripts/mixed-life runs."""

import argparse
import asyncio
import collections
import json
import os
import pathlib
import random
import shutil
import stat
import subprocess
import tempfile

import rattler

from conftest import Krait
from moving import PACKAGES, PLACEHOLDER, VERSIONS, MovingChannel
from prefixes import packages_loaded_by_rattler, problems, records, sha256, versions

#: the programs with conda's words that take part where they are given, or found on PATH
PEERS = ["micromamba", "conda"]

#: what tools keep in an environment for themselves
OWN = {"CACHEDIR.TAG"}


def steady_channel(rng, directory):
    """Packages that every tool can take: a path has one kind in all versions, and one package."""
    channel = MovingChannel(directory)
    for index, name in enumerate(PACKAGES):
        pool = {}
        for number in range(12):
            place = rng.choice(["bin", "lib", f"share/{name}", f"share/{name}/deep/er", f"lib/{name}-\u00e9"])
            path = f"{place}/{name}-{number}"
            pool[path] = rng.choices(["file", "placeholder", "link"], [4, 2, 2])[0]
        for version in VERSIONS:
            paths = {}
            for path in sorted(rng.sample(sorted(pool), 7)):
                text = f"{path} {version}\n".encode()
                if pool[path] == "link":
                    # py-rattler hashes what a link leads to, and so it has to lead to a file.
                    leads = [other for other in paths if paths[other][0] == "hardlink"]
                    if not leads:
                        continue
                    target = os.path.relpath(rng.choice(leads), os.path.dirname(path))
                    paths[path] = ("softlink", target, 0o777)
                elif pool[path] == "placeholder":
                    paths[path] = ("hardlink", b"#!" + PLACEHOLDER.encode() + b"/bin/sh\n" + text, 0o755)
                else:
                    paths[path] = ("hardlink", text, 0o644)
            depends = [other for other in PACKAGES[index + 1 :] if rng.random() < 0.2]
            channel.add(name, version, paths, depends)
    channel.write()
    return channel


class Environment:
    """The environment and what was asked for in it."""

    def __init__(self, folder, rng, peers):
        self.folder, self.rng = pathlib.Path(folder), rng
        self.channel = steady_channel(rng, self.folder / "channel")
        self.prefix = self.folder / "env"
        self.krait = Krait(self.folder / "home")
        self.options = ["-y", "-q", "-c", self.channel.directory, "--override-channels"]
        self.told = []
        self.peers = peers
        self.tools = {"krait": self.by_krait, "rattler": self.by_rattler}
        for name, program in peers.items():
            self.tools[name] = self.by(name, program)

    def by_krait(self, added, removed, updated=()):
        if added:
            self.krait("install", "-p", self.prefix, *self.options, *added)
        if updated:
            self.krait("update", "-p", self.prefix, *self.options, *updated)
        if removed:
            self.krait("remove", "-p", self.prefix, "-y", "-q", "--no-prune-deps", *removed)

    def by(self, name, program):
        """Another program with conda's words."""

        def change(added, removed, updated=()):
            channels = ["-c", self.channel.directory, "--override-channels"]
            for verb, words in (("install", added), ("update", updated), ("remove", removed)):
                if words:
                    more = ["--force"] if verb == "remove" else channels
                    self.ask(name, verb, "-y", "-q", *more, *words)

        return change

    def ask(self, name, *words):
        """What another program with conda's words answers on stdout about the environment."""
        home = {**self.krait.environment, "CONDA_PKGS_DIRS": str(self.folder / f"pkgs-{name}")}
        words = [self.peers[name], words[0], "-p", self.prefix, *words[1:]]
        done = subprocess.run(words, env=home, capture_output=True, text=True)
        assert done.returncode == 0, (done.returncode, done.stdout + done.stderr)
        return done.stdout

    def by_rattler(self, added, removed, updated=()):
        async def change():
            present = [record for name, record in packages_loaded_by_rattler(self.prefix).items()]
            kept = [record for record in present if record.name.normalized not in removed]
            target = kept
            if added or updated:
                target = await rattler.solve(
                    [rattler.Channel(str(self.channel.directory))],
                    [*added, *(name for name in versions(self.prefix) if name not in {s.split("=")[0] for s in added})],
                    platforms=["linux-64", "noarch"],
                    locked_packages=[record for record in kept if record.name.normalized not in updated],
                )
            await rattler.install(target, self.prefix, cache_dir=self.folder / "rattler", show_progress=False)

        asyncio.run(change())

    def change(self):
        """One change by one tool."""
        present = list(versions(self.prefix))
        added, removed, updated = [], [], []
        if present and self.rng.random() < 0.2:
            updated = self.rng.sample(present, 1)
        elif not present or self.rng.random() < 0.65:
            names = self.rng.sample(PACKAGES, self.rng.randint(1, 2))
            added = [f"{name}={self.rng.choice(VERSIONS)}" for name in names]
        else:
            # No tool may take what others need along, so that all tools mean the same.
            needed = {name for record in records(self.prefix).values() for name in record["depends"]}
            free = [name for name in present if name not in needed]
            removed = self.rng.sample(free, 1) if free else []
        name = self.rng.choice(sorted(self.tools))
        self.told.append(f"{name} {added} -{removed} ^{updated}")
        self.tools[name](added, removed, updated)
        return name

    def tree(self, prefix):
        """Files as kind, content and whether they can be run: modes are each tool's own."""
        found = {}
        for folder, folders, names in os.walk(prefix):
            if folder == str(prefix):
                folders[:] = [name for name in folders if name != "conda-meta"]
            for name in {*folders, *names} - OWN:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                content = os.readlink(path) if stat.S_ISLNK(status.st_mode) else None
                if stat.S_ISREG(status.st_mode):
                    content = pathlib.Path(path).read_bytes().replace(os.fsencode(prefix), b"@")
                found[os.path.relpath(path, prefix)] = (stat.S_IFMT(status.st_mode), content, status.st_mode & 0o100)
        return found

    def check(self):
        """What every tool sees is the same, and it is what a fresh create makes."""
        state = versions(self.prefix)
        listed = {record["name"]: record["version"] for record in self.krait("list", "-p", self.prefix, "--json").json}
        loaded = {name: str(record.version) for name, record in packages_loaded_by_rattler(self.prefix).items()}
        assert state == listed == loaded, (state, listed, loaded)
        # py-rattler tells one digest of a file that it did not change.
        found = [line for line in problems(self.prefix)
                 if line.split()[0] not in OWN and not line.endswith("has no sha256_in_prefix")]  # fmt: skip
        assert found == [], found
        document = self.krait("doctor", "-p", self.prefix, "--json", code=None).json
        assert (document["success"], document["strays"]) == (True, []), document
        self.check_by_peers(state)
        specs = [f"{name}={version}" for name, version in state.items()]
        if not specs:
            return
        fresh = self.folder / "fresh"
        self.krait("create", "-p", fresh, *self.options, "--no-deps", *specs)
        ours, theirs = self.tree(self.prefix), self.tree(fresh)
        different = sorted(path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path))
        assert not different, [(path, ours.get(path), theirs.get(path)) for path in different[:5]]
        shutil.rmtree(fresh)
        plan = self.krait("install", "--dry-run", "--json", "-p", self.prefix, *self.options, *specs, code=None)
        if plan.code == 0:
            assert not plan.json.get("actions", {}).get("LINK"), plan
        else:
            # Removed without those that need them: then there is nothing to be had for these specs.
            assert plan.json["solver_problems"], plan


    def check_by_peers(self, state):
        """What the other programs say of it, where they have a word for it."""
        explicit = urls(self.krait("list", "-p", self.prefix, "--explicit", "--md5").out)
        for name in self.peers:
            listed = json.loads(self.ask(name, "list", "--json"))
            listed = listed["packages"] if isinstance(listed, dict) else listed
            assert {record["name"]: record["version"] for record in listed} == state, (name, listed, state)
            assert urls(self.ask(name, "list", "--explicit", "--md5")) == explicit, name
            if name == "conda":
                report = self.ask(name, "doctor")
                assert "no packages with missing files" in report, report
                altered = report.partition("Altered Files:")[2].partition("\u2705")[0].split("\n")
                named = {line.split(":")[0].rsplit("-", 2)[0] for line in altered if ": " in line}
                # py-rattler's digest of a link is of the link, conda's of what it leads to.
                links = {name for name, record in records(self.prefix).items()
                         for path in record["paths_data"]["paths"] if path["path_type"] == "softlink"
                         and path.get("sha256_in_prefix") not in (None, sha256(self.prefix / path["_path"]))}  # fmt: skip
                assert named <= links, (named, links, report)


def urls(text):
    return sorted(line for line in text.splitlines() if "://" in line and not line.startswith("#"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--operations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    for name in PEERS:
        parser.add_argument(f"--{name}", metavar="PATH", default=shutil.which(name))
    given = parser.parse_args()
    peers = {name: vars(given)[name] for name in PEERS if vars(given)[name]}
    done = collections.Counter()
    seed = given.seed
    while done.total() < given.operations:
        rng = random.Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            environment = Environment(folder, rng, peers)
            environment.krait("create", "-p", environment.prefix, *environment.options, rng.choice(PACKAGES))
            try:
                for _ in range(min(20, given.operations - done.total())):
                    done[environment.change()] += 1
                    environment.check()
            except Exception as error:
                raise SystemExit(f"seed {seed}:\n" + "\n".join(environment.told) + f"\n{error!r}") from error
        seed += 1
    print(json.dumps({"operations": done.total(), **done, "environments": seed - given.seed}))


if __name__ == "__main__":
    main()
