# SPDX-License-Identifier: BSD-3-Clause
"""A conda package as a value, and how it becomes an archive (written by conda-package-streaming)."""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import os
import stat
import tarfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

try:
    import compression.zstd as zstd
except ImportError:
    import backports.zstd as zstd

import arch
from conda_package_streaming.create import conda_builder

# As long as conda-build makes it: 255 bytes, so that any shorter prefix fits into a binary.
PLACEHOLDER = ("/home/builder/channel/work/_h_env" + "_placehold" * 30)[:255]
# Everything is dated relative to this, so that two runs give the same bytes.
EPOCH = 1_735_689_600
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


@dataclass
class Entry:
    """One path of a package: `kind` is file, symlink, hardlink (both with `target`) or directory."""

    path: str
    kind: str = "file"
    data: bytes = b""
    mode: int = 0o644
    target: str = ""
    placeholder: str | None = None
    file_mode: str = "text"
    no_link: bool = False


@dataclass
class Package:
    """What a package holds and says about itself."""

    name: str
    version: str
    build: str = ""
    build_number: int = 0
    subdir: str = arch.SUBDIR
    noarch: str | None = None
    depends: list[str] = field(default_factory=list)
    constrains: list[str] = field(default_factory=list)
    license: str = "BSD-3-Clause"
    summary: str = ""
    timestamp: int = EPOCH
    track_features: str | None = None
    python_site_packages_path: str | None = None
    entries: list[Entry] = field(default_factory=list)
    entry_points: list[str] = field(default_factory=list)
    run_exports: dict | None = None
    info: dict[str, bytes] = field(default_factory=dict)
    # How it is written.
    suffix: str = ".conda"
    level: int = 12
    long_window: bool = False
    legacy_info: bool = False
    tar_format: int = tarfile.PAX_FORMAT
    zip_shape: str = "usual"

    def add(self, path, data=b"", mode=0o644, **more):
        """Adds a file; text with the placeholder in it is marked as such."""
        if isinstance(data, str):
            data = data.encode()
        if "placeholder" not in more and PLACEHOLDER.encode() in data:
            more["placeholder"] = PLACEHOLDER
            more.setdefault("file_mode", "binary" if b"\0" in data else "text")
        self.entries.append(Entry(path, "file", data, mode, **more))

    def symlink(self, path, target):
        """Adds a symbolic link with the given text."""
        self.entries.append(Entry(path, "symlink", target=target, mode=0o777))

    def hardlink(self, path, target):
        """Adds a second name for a file of this package."""
        self.entries.append(Entry(path, "hardlink", target=target))

    def directory(self, path, mode=0o755):
        """Adds an empty directory."""
        self.entries.append(Entry(path, "directory", mode=mode))

    def finish(self, prefix="h"):
        """Gives the package its build string, made from a hash of what it is, unless it has one."""
        if not self.build:
            seed = [self.name, self.version, self.depends, self.constrains, self.subdir, self.build_number]
            self.build = f"{prefix}{hashlib.sha1(json.dumps(seed).encode()).hexdigest()[:7]}_{self.build_number}"
        return self

    @property
    def stem(self):
        return f"{self.name}-{self.version}-{self.build}"

    @property
    def fn(self):
        return self.stem + self.suffix


def index_json(package):
    """`info/index.json`."""
    platform, _, machine = package.subdir.partition("-")
    value = {
        "arch": {"": None, "64": "x86_64"}.get(machine, machine),
        "build": package.build,
        "build_number": package.build_number,
        "constrains": package.constrains,
        "depends": package.depends,
        "license": package.license,
        "name": package.name,
        "platform": platform if machine else None,
        "subdir": package.subdir,
        "timestamp": package.timestamp * 1000,
        "version": package.version,
    }
    if not package.constrains:
        del value["constrains"]
    if package.noarch:
        value["noarch"] = package.noarch
    if package.track_features:
        value["track_features"] = package.track_features
    if package.python_site_packages_path:
        value["python_site_packages_path"] = package.python_site_packages_path
    return value


def resolve(package, entry, by_path, depth=0):
    """The file entry that a link leads to within the package, or None."""
    if entry.kind == "file":
        return entry
    if entry.kind == "directory" or depth > 20:
        return None
    if entry.kind == "hardlink":
        target = entry.target
    else:
        target = os.path.normpath(os.path.join(os.path.dirname(entry.path), entry.target))
    found = by_path.get(target)
    return resolve(package, found, by_path, depth + 1) if found else None


def paths_json(package):
    """`info/paths.json`, complete: type, hash and size of each path, and its placeholder."""
    by_path = {entry.path: entry for entry in package.entries}
    paths = []
    for entry in package.entries:
        item = {"_path": entry.path}
        if entry.kind == "directory":
            item["path_type"] = "directory"
            paths.append(item)
            continue
        item["path_type"] = "softlink" if entry.kind == "symlink" else "hardlink"
        content = resolve(package, entry, by_path)
        item["sha256"] = hashlib.sha256(content.data).hexdigest() if content else EMPTY_SHA256
        item["size_in_bytes"] = len(content.data) if content else 0
        source = content if entry.kind == "hardlink" else entry
        if source.placeholder:
            item["prefix_placeholder"] = source.placeholder
            item["file_mode"] = source.file_mode
        if entry.no_link:
            item["no_link"] = True
        paths.append(item)
    return {"paths": paths, "paths_version": 1}


def info_files(package):
    """All of `info/`, by path."""
    files = dict(package.info)

    def put(name, value):
        files[name] = (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()

    put("index.json", index_json(package))
    put("about.json", {"license": package.license, "summary": package.summary})
    files["files"] = "".join(entry.path + "\n" for entry in package.entries if "\n" not in entry.path).encode()
    if package.legacy_info:
        prefixed = [entry for entry in package.entries if entry.placeholder]
        if prefixed:
            files["has_prefix"] = "".join(
                f"{entry.placeholder} {entry.file_mode} {entry.path}\n" for entry in prefixed
            ).encode()
        unlinked = [entry.path for entry in package.entries if entry.no_link]
        if unlinked:
            files["no_link"] = ("\n".join(unlinked) + "\n").encode()
    else:
        put("paths.json", paths_json(package))
    if package.noarch == "python":
        noarch = {"type": "python"}
        if package.entry_points:
            noarch["entry_points"] = package.entry_points
        put("link.json", {"noarch": noarch, "package_metadata_version": 1})
    elif package.noarch == "generic" and not package.legacy_info:
        put("link.json", {"noarch": {"type": "generic"}, "package_metadata_version": 1})
    if package.run_exports:
        put("run_exports.json", package.run_exports)
    return files


def members(package):
    """The archive's members in order: (TarInfo, bytes or None)."""
    everything = [Entry("info/" + name, data=data) for name, data in sorted(info_files(package).items())]
    everything += package.entries
    by_path = {entry.path: entry for entry in package.entries}
    for entry in everything:
        member = tarfile.TarInfo(entry.path)
        member.mtime = package.timestamp
        # Python's tarfile sets the mode of each name again; another one would change the file behind all of them.
        member.mode = (resolve(package, entry, by_path) or entry).mode if entry.kind == "hardlink" else entry.mode
        data = None
        if entry.kind == "symlink":
            member.type, member.linkname = tarfile.SYMTYPE, entry.target
        elif entry.kind == "hardlink":
            member.type, member.linkname = tarfile.LNKTYPE, entry.target
        elif entry.kind == "directory":
            member.type = tarfile.DIRTYPE
        else:
            data, member.size = entry.data, len(entry.data)
        yield member, data


class LongWindow:
    """A compressor in the form conda-package-streaming takes: level 19 and a 128 MB window."""

    def stream_writer(self, writer, *, size, closefd):
        options = {
            zstd.CompressionParameter.compression_level: 19,
            zstd.CompressionParameter.window_log: 27,
            zstd.CompressionParameter.enable_long_distance_matching: 1,
        }
        return zstd.ZstdFile(writer, "w", options=options)


class Unseekable(io.RawIOBase):
    """A stream that cannot seek: zipfile then writes sizes into data descriptors."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


def reshape(path, stem, shape):
    """Writes the same zip members again: info first, or with data descriptors."""
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    if shape == "info-first":
        parts.sort(key=lambda part: ["meta", "info", "pkg-"].index(part[0][:4]))
    with open(path, "wb") as file:
        target = Unseekable(file) if shape == "descriptors" else file
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for name, data in parts:
                archive.writestr(zipfile.ZipInfo(name), data)


def write(package, folder):
    """Writes the archive into the folder (the channel's subdir) and returns its path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / package.fn
    path.unlink(missing_ok=True)
    package.entries.sort(key=lambda entry: (entry.kind == "hardlink", entry.path))
    if package.suffix == ".tar.bz2":
        with bz2.open(path, "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w|", format=package.tar_format) as archive:
                for member, data in members(package):
                    archive.addfile(member, io.BytesIO(data) if data is not None else None)
        return path
    how = {"compressor": LongWindow()} if package.long_window else {"compression_level": package.level}
    fixed = mock.patch.object(zipfile.time, "localtime", lambda *_: time.gmtime(package.timestamp))
    with fixed, conda_builder(package.stem, folder, **how) as archive:
        archive.format = archive.info_tar.format = package.tar_format
        for member, data in members(package):
            archive.addfile(member, io.BytesIO(data) if data is not None else None)
    if package.zip_shape != "usual":
        reshape(path, package.stem, package.zip_shape)
    return path


def read_tree(package, root, mapping=lambda path: path, transform=None):
    """Adds what lies under a folder: links as links, hard links as hard links, files through `transform`."""
    seen = {}
    root = Path(root)
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        name = mapping(str(path.relative_to(root)))
        if name is None or stat.S_ISDIR(status.st_mode):
            continue
        if stat.S_ISLNK(status.st_mode):
            package.symlink(name, os.readlink(path))
            continue
        if status.st_nlink > 1 and status.st_ino in seen:
            package.hardlink(name, seen[status.st_ino])
            continue
        seen[status.st_ino] = name
        mode = 0o755 if status.st_mode & 0o111 else 0o644
        data = path.read_bytes()
        package.add(name, transform(name, data) if transform else data, mode)
