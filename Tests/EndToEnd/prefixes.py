# SPDX-License-Identifier: BSD-3-Clause
"""What is in a directory or an environment, read without krait."""

import hashlib
import json
import os
import pathlib
import stat

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def records(prefix):
    """The conda-meta records of an environment, by name."""
    found = {}
    for path in sorted(pathlib.Path(prefix, "conda-meta").glob("*.json")):
        record = json.loads(path.read_text())
        found[record["name"]] = record
    return found


def versions(prefix):
    """The packages of an environment as {name: version}."""
    return {name: record["version"] for name, record in records(prefix).items()}


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def files(directory):
    """Every path below that is no directory, relative."""
    found = set()
    for folder, folders, names in os.walk(directory):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        found.update(os.path.relpath(os.path.join(folder, name), directory) for name in [*names, *links])
    return found


def directories(directory):
    """Every directory below, relative; links to directories are none."""
    return {
        os.path.relpath(os.path.join(folder, name), directory)
        for folder, folders, _ in os.walk(directory)
        for name in folders
        if not os.path.islink(os.path.join(folder, name))
    }


def snapshot(directory):
    """Everything below with kind, mode and content: equal snapshots mean that nothing was changed."""
    found = {}
    for folder, folders, names in os.walk(directory):
        for name in [*folders, *names]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(status.st_mode):
                content = sha256(path)
            else:
                content = None
            found[os.path.relpath(path, directory)] = (stat.filemode(status.st_mode), content)
    return found


def problems(prefix):
    """What is not as the records of an environment say, as lines; empty for a sound one."""
    prefix = pathlib.Path(prefix)
    found = []
    owned = {"conda-meta/history", "conda-meta/.krait-index", "conda-meta/created_at", "conda-meta/state"}
    for name, record in records(prefix).items():
        paths = record["paths_data"]["paths"]
        owned.add(f"conda-meta/{record['fn'].removesuffix('.conda').removesuffix('.tar.bz2')}.json")
        listed = {path["_path"] for path in paths}
        if listed != set(record["files"]):
            found.append(f"{name}: files and paths_data differ: {sorted(listed ^ set(record['files']))[:5]}")
        for path in paths:
            where = prefix / path["_path"]
            owned.add(path["_path"])
            if path["path_type"] == "pyc_file" and not where.exists():
                continue  # listed whether or not it compiles, as micromamba does
            if not os.path.lexists(where):
                found.append(f"{name}: {path['_path']} is missing")
            elif path["path_type"] == "directory":
                if not where.is_dir():
                    found.append(f"{name}: {path['_path']} is no directory")
            elif path["path_type"] == "softlink":
                if not where.is_symlink():
                    found.append(f"{name}: {path['_path']} is no link")
                # The hash of the link's text or that of what it leads to: both are in use (Rules 12.3).
                text = hashlib.sha256(os.readlink(where).encode(errors="surrogateescape")).hexdigest()
                target = sha256(where) if where.is_file() else EMPTY_SHA256
                if path.get("sha256_in_prefix") not in (None, text, target):
                    found.append(f"{name}: {path['_path']} has another hash than its link")
            elif where.is_symlink() or not where.is_file():
                found.append(f"{name}: {path['_path']} is no file")
            elif path["path_type"] == "pyc_file":
                continue
            elif "sha256_in_prefix" not in path:
                found.append(f"{name}: {path['_path']} has no sha256_in_prefix")
            elif path["sha256_in_prefix"] != sha256(where):
                found.append(f"{name}: {path['_path']} has another hash than recorded")
    for path in sorted(files(prefix) - owned):
        found.append(f"{path} belongs to no package")
    return found


def packages_loaded_by_rattler(prefix):
    """The environment's records as py-rattler reads them, by name; its errors are raised."""
    from rattler import PrefixRecord

    loaded = [PrefixRecord.from_path(path) for path in sorted(pathlib.Path(prefix, "conda-meta").glob("*.json"))]
    return {record.name.normalized: record for record in loaded}
