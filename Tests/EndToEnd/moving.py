# SPDX-License-Identifier: BSD-3-Clause
"""Random small packages whose paths move from version to version, and random lives of environments made of them.

Whatever sequence of changes leads to a set of packages, the tree and the records are those of one fresh create of it.
"""

import dataclasses
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import tarfile
import zipfile

from prefixes import packages_loaded_by_rattler, snapshot

try:
    from compression import zstd
except ImportError:
    from backports import zstd

PLACEHOLDER = "/opt/" + "placeholder_" * 12
#: names that two of a tree may share: two cases, two Unicode forms, a dot
NAMES = ["a", "b", "c", "A", "\u00e9", "e\u0301", ".d"]
PACKAGES = ["one", "two", "three", "four", "five"]
VERSIONS = ["1", "2", "3"]


def tar(members):
    """A tar of (path, kind, data, mode)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, kind, data, mode in members:
            member = tarfile.TarInfo(path)
            member.mode, member.mtime = mode, 1735689600
            if kind == "softlink":
                member.type, member.linkname = tarfile.SYMTYPE, data
                archive.addfile(member)
            elif kind == "directory":
                member.type, member.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(member)
            else:
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return zstd.compress(out.getvalue(), level=1)


class MovingChannel:
    """A channel of `.conda` packages with every kind of path."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.records = {}
        for subdir in ("noarch", "linux-64"):
            (self.directory / subdir).mkdir(parents=True)

    def add(self, name, version, paths, depends=()):
        """`paths` maps a path to (kind, data, mode); data is bytes or the text of a link."""
        record = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": list(depends),
                  "subdir": "noarch", "noarch": "generic", "timestamp": 1735689600000}  # fmt: skip
        listed, members = [], []
        for path, (kind, data, mode) in paths.items():
            members.append((path, kind, data, mode))
            body = data if isinstance(data, bytes) else b""
            entry = {"_path": path, "path_type": kind, "sha256": hashlib.sha256(body).hexdigest(),
                     "size_in_bytes": len(body)}  # fmt: skip
            if PLACEHOLDER.encode() in body:
                entry |= {"prefix_placeholder": PLACEHOLDER, "file_mode": "binary" if b"\0" in body else "text"}
            listed.append(entry)
        information = {"index.json": record, "paths.json": {"paths_version": 1, "paths": listed}}
        stem = f"{name}-{version}-0"
        target = self.directory / "noarch" / f"{stem}.conda"
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
            archive.writestr(f"pkg-{stem}.tar.zst", tar(members))
            info = [(f"info/{file}", "hardlink", json.dumps(value).encode(), 0o644)
                    for file, value in information.items()]  # fmt: skip
            archive.writestr(f"info-{stem}.tar.zst", tar(info))
        body = target.read_bytes()
        digests = {algorithm: hashlib.new(algorithm, body).hexdigest() for algorithm in ("md5", "sha256")}
        self.records[f"{stem}.conda"] = record | {"size": len(body)} | digests
        return target

    def write(self):
        for subdir, records in (("noarch", self.records), ("linux-64", {})):
            document = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": records, "repodata_version": 1}
            (self.directory / subdir / "repodata.json").write_text(json.dumps(document))


def random_paths(rng, name, version):
    """The paths of one package: from a small set of names, so that they meet those of others and of other versions."""
    paths, taken = {}, set()
    for _ in range(rng.randint(2, 7)):
        path = "/".join(rng.choice(NAMES) for _ in range(rng.choice([1, 2, 2, 3, 4])))
        above = {path[:index] for index, letter in enumerate(path) if letter == "/"}
        if path in paths or path in taken or above & paths.keys():
            continue
        taken |= above
        kind = rng.choices(["file", "link", "directory", "placeholder"], [6, 4, 1, 1])[0]
        text = f"{path} of {name} {version}".encode()
        if kind == "link":
            targets = ["b", "a/b", ".", "..", "../a", "nowhere", "/dev/null", "../../..", path.split("/")[-1],
                       *paths, os.path.relpath(rng.choice([*paths, "c"]), os.path.dirname(path) or ".")]  # fmt: skip
            paths[path] = ("softlink", rng.choice(targets), 0o777)
        elif kind == "directory":
            paths[path] = ("directory", None, 0o755)
        elif kind == "placeholder":
            paths[path] = ("hardlink", text + b" in " + PLACEHOLDER.encode() + rng.choice([b"\n", b"\0"]), 0o755)
        else:
            # Some files are the same from version to version, and in several packages.
            body = rng.choice([text, f"{path} of {name}".encode(), path.encode()])
            paths[path] = ("hardlink", body, rng.choice([0o644, 0o755, 0o600, 0o664]))
    # A directory that holds something is one anyway.
    for path in [path for path, (kind, *_) in paths.items() if kind == "directory" and path in taken]:
        del paths[path]
    return paths


def random_channel(rng, directory):
    channel = MovingChannel(directory)
    for index, name in enumerate(PACKAGES):
        for version in VERSIONS:
            depends = [other for other in PACKAGES[index + 1 :] if rng.random() < 0.12]
            if rng.random() < 0.1:
                depends.append(rng.choice(PACKAGES))
            depends = sorted(set(depends) - {name})
            channel.add(name, version, random_paths(rng, name, version), depends)
    channel.write()
    return channel


@dataclasses.dataclass
class State:
    """An environment: its tree without records, and what the records say of paths."""

    tree: dict
    records: dict
    packages: dict


def read(prefix):
    """The state of an environment; None when there is none."""
    prefix = pathlib.Path(prefix)
    if not prefix.exists():
        return None
    tree = {path: what for path, what in snapshot(prefix).items() if path.split("/")[0] != "conda-meta"}
    records, packages = {}, {}
    for file in sorted((prefix / "conda-meta").glob("*.json")):
        record = json.loads(file.read_text())
        paths = sorted(record["paths_data"]["paths"], key=lambda path: path["_path"])
        records[file.name] = (paths, sorted(record["files"]), record["depends"])
        packages[record["name"]] = record["version"]
    return State(tree, records, packages)


def difference(found, expected):
    """How two states differ, as lines."""
    lines = []
    for part in ("tree", "records"):
        one, other = getattr(found, part), getattr(expected, part)
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                lines.append(f"{part} {key!a}: {str(one.get(key))[:600]!a}\n   instead of {str(other.get(key))[:600]!a}")
    return "\n".join(lines[:12])


class Life:
    """One environment and what happens to it."""

    def __init__(self, krait, rng, folder, interrupt=None):
        self.krait, self.rng, self.interrupt = krait, rng, interrupt
        self.folder = pathlib.Path(folder)
        self.channel = random_channel(rng, self.folder / "channel")
        self.prefix = self.folder / "env"
        self.story = []
        self.krait.environment["CONDA_PKGS_DIRS"] = str(self.folder / "pkgs")
        self.options = ["-y", "-q", "-c", self.channel.directory, "--override-channels"]
        self.killed = 0

    def run(self, *words, before=()):
        result = self.krait(*words, code=None, before=before)
        self.story.append(f"{' '.join(map(str, words))} -> {result.code} {result.err[-300:]}")
        return result

    def random_spec(self, name):
        return name if self.rng.random() < 0.2 else f"{name}={self.rng.choice(VERSIONS)}"

    def next_words(self, state):
        """A random command on the environment."""
        rng, prefix = self.rng, ["-p", self.prefix]
        specs = [self.random_spec(name) for name in rng.sample(PACKAGES, rng.randint(1, 3))]
        if state is None:
            return ["create", *prefix, *self.options, *specs]
        installed = list(state.packages)
        choices = ["install"] * 5 + ["remove"] * 3 + ["update", "reinstall", "revision", "explicit"]
        match rng.choice(choices if installed else ["install"]):
            case "remove":
                names = rng.sample(installed, rng.randint(1, min(2, len(installed))))
                return ["remove", *prefix, *rng.choice([[], ["--no-prune-deps"]]), "-y", "-q", *names]
            case "update":
                return ["update", *prefix, *self.options, "--all"]
            case "reinstall":
                name = rng.choice(installed)
                return ["install", *prefix, *self.options, "--force-reinstall", f"{name}={state.packages[name]}"]
            case "explicit":
                urls = [self.url(name, rng.choice(VERSIONS)) for name in rng.sample(PACKAGES, 2)]
                return ["install", *prefix, "-y", "-q", *urls]
            case "revision":
                count = (self.prefix / "conda-meta/history").read_text().count("==> ")
                return ["install", *prefix, "-y", "-q", "--revision", str(rng.randrange(max(count, 1)))]
        return ["install", *prefix, *self.options, *rng.choice([[], [], ["--no-cache"], ["--copy"]]), *specs]

    def url(self, name, version):
        return f"file://{self.channel.directory}/noarch/{name}-{version}-0.conda"

    def leave_files(self):
        """Puts files of a user's into directories of the environment; gives them by path."""
        folders = [path for path in self.prefix.rglob("*") if path.is_dir() and not path.is_symlink()]
        folders = sorted(path for path in folders if path.relative_to(self.prefix).parts[0][0] not in "_c")
        mine = {folder / "mine": f"mine in {folder.name}" for folder in self.rng.sample(folders, min(2, len(folders)))}
        for path, text in mine.items():
            path.write_text(text)
        return mine

    def take_files(self, mine):
        """The user's files are as they were; takes them away again, and lets what made way for them come back."""
        for path, text in mine.items():
            assert path.is_file() and path.read_text() == text, f"{self.told()}\n{path} is not what it was"
            path.unlink()
            for folder in path.parents:
                if folder == self.prefix or any(folder.iterdir()):
                    break
                folder.rmdir()
        if mine and self.prefix.exists():
            self.run("doctor", "--fix", "-p", self.prefix)

    def fresh(self, packages):
        """The state of a new environment of just these packages, at the same path."""
        away = self.folder / "away"
        self.prefix.rename(away)
        file = self.folder / "explicit.txt"
        urls = [self.url(name, version) for name, version in packages.items()]
        self.rng.shuffle(urls)
        file.write_text("\n".join(["@EXPLICIT", *urls, ""]))
        result = self.krait("create", "-p", self.prefix, "-y", "-q", "--file", file, code=None)
        assert result.code == 0, f"{self.told()}\n{result}"
        state = read(self.prefix)
        shutil.rmtree(self.prefix)
        away.rename(self.prefix)
        return state

    def step(self):
        before = read(self.prefix)
        words = self.next_words(before)
        mine = self.leave_files() if before and self.rng.random() < 0.2 else {}
        if self.interrupt and self.rng.random() < 0.33:
            tool = [self.interrupt, "changing", "kill", str(self.rng.randint(1, 60)), self.folder / "report"]
            self.run(*words, before=tool)
            self.killed += 1
            # What comes next finds it undone or finished.
            repair = ["doctor", "--fix", "-p", self.prefix]
            self.run(*self.rng.choice([words, words, repair, repair]))
            code = 0
        else:
            code = self.run(*words).code
        self.take_files(mine)
        after = read(self.prefix)
        if code != 0 and before is not None and not mine:
            assert after is not None and not difference(after, before), f"{self.told()}\n{difference(after, before)}"
        self.check(after)

    def check(self, state):
        if state is None:
            return
        expected = self.fresh(state.packages)
        assert not difference(state, expected), f"{self.told()}\n{difference(state, expected)}"
        result = self.krait("doctor", "-p", self.prefix, "--json", code=None)
        document = result.json
        assert (document["success"], document["strays"]) == (True, []), f"{self.told()}\n{result}"

    def told(self):
        return "\n".join(["", *self.story])


def play(krait, seed, folder, interrupt=None, steps=5):
    """One random life; gives how many commands there were and how many of them were killed."""
    folder = pathlib.Path(folder)
    folder.mkdir()
    life = Life(krait, random.Random(seed), folder, interrupt)
    try:
        for _ in range(steps):
            life.step()
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}") from None
    if life.prefix.exists() and list((life.prefix / "conda-meta").glob("*.json")):
        packages_loaded_by_rattler(life.prefix)
    shutil.rmtree(folder)
    return len(life.story), life.killed
