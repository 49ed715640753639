# SPDX-License-Identifier: BSD-3-Clause
"""Grows a real repodata to the size of conda-forge; see scripts/make-large-channel.

Every name exists eight times: once as it is, seven times with a suffix, in copies whose dependencies are renamed alike, so
that a solve sees one copy. Every record exists twice: the second build is older and otherwise the same, so that it is
never better. Hashes are new for each, so that the files compress as real ones do.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import struct
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

try:
    import compression.zstd as zstd
except ImportError:
    import backports.zstd as zstd

COPIES = 8
SUBDIRS = ("linux-64", "noarch")
GROUPS = ("packages", "packages.conda")
NAME = re.compile(r"[A-Za-z0-9_.-]+")
STAMP = ".large-channel-stamp"


def load(source, subdir):
    """The repodata that is grown."""
    return json.loads(zstd.decompress((source / subdir / "repodata.json.zst").read_bytes()))


def renamed(spec, suffix, names):
    """A dependency of a copy: the copy's name when the channel has it."""
    match = NAME.match(spec)
    if match is None or match[0] not in names:
        return spec
    return match[0] + suffix + spec[match.end() :]


def vary(record, extension, copy, second, names, cache):
    """One of the sixteen records made from one, with its file name."""
    # Records without a date get one older than any, so that of two builds the second is always the older.
    made = {**record, "timestamp": record.get("timestamp", 172_800_000)}
    suffix = f"-copy{copy}" if copy else ""
    if suffix:
        made["name"] = record["name"] + suffix
        for key in ("depends", "constrains"):
            if key in record:
                made[key] = [
                    cache.get(spec) or cache.setdefault(spec, renamed(spec, suffix, names)) for spec in record[key]
                ]
    if second:
        made["build"] = "second_" + record["build"]
        made["timestamp"] -= 86_400_000
    if suffix or second:
        for key, length in (("md5", 32), ("sha256", 64)):
            if record.get(key):
                made[key] = hashlib.sha256(f"{record[key]}{copy}{second}".encode()).hexdigest()[:length]
    return f"{made['name']}-{made['version']}-{made['build']}{extension}", made


def extension_of(file_name):
    """`.conda` or `.tar.bz2`."""
    return ".conda" if file_name.endswith(".conda") else ".tar.bz2"


def variants():
    """The sixteen forms of a record."""
    return [(copy, second) for copy in range(COPIES) for second in (False, True)]


def flat(source, target, subdir, names):
    """Writes repodata.json and repodata.json.zst, one record at a time in order of file names; returns how many."""
    document = load(source, subdir)
    caches = [{} for _ in range(COPIES)]
    count = 0
    options = {zstd.CompressionParameter.compression_level: 9}
    folder = target / subdir
    folder.mkdir(parents=True, exist_ok=True)
    with (
        open(folder / "repodata.json", "wb") as plain,
        zstd.ZstdFile(folder / "repodata.json.zst", "w", options=options) as packed,
    ):

        def put(text):
            data = text.encode()
            plain.write(data)
            packed.write(data)

        put('{"info":' + json.dumps(document["info"]))
        for group in GROUPS:
            order = []
            for key, record in document[group].items():
                stem = record["name"]
                rest = f"-{record['version']}-"
                for copy, second in variants():
                    order.append(
                        (
                            f"{stem}{f'-copy{copy}' if copy else ''}{rest}{'second_' if second else ''}{record['build']}",
                            key,
                            copy,
                            second,
                        )
                    )
            order.sort()
            put(f',"{group}":{{')
            lines = []
            for number, (_, key, copy, second) in enumerate(order):
                name, made = vary(document[group][key], extension_of(key), copy, second, names, caches[copy])
                lines.append(f'"{name}":{json.dumps(made, separators=(",", ":"))}')
                if len(lines) == 2000 or number == len(order) - 1:
                    put(("" if number < 2000 else ",") + ",".join(lines))
                    lines = []
            count += len(order)
            put("}")
        put(',"removed":[],"repodata_version":1}')
    return count


def pack(value, out):
    """MessagePack, as far as shards need it."""
    if value is None:
        out.append(b"\xc0")
    elif value is True or value is False:
        out.append(b"\xc3" if value else b"\xc2")
    elif isinstance(value, int):
        if 0 <= value < 128:
            out.append(bytes([value]))
        else:
            out.append(struct.pack(">BQ", 0xCF, value) if value >= 0 else struct.pack(">Bq", 0xD3, value))
    elif isinstance(value, float):
        out.append(struct.pack(">Bd", 0xCB, value))
    elif isinstance(value, str):
        data = value.encode()
        out.append(bytes([0xA0 | len(data)]) if len(data) < 32 else struct.pack(">BI", 0xDB, len(data)))
        out.append(data)
    elif isinstance(value, bytes):
        out.append(struct.pack(">BI", 0xC6, len(value)) if len(value) > 255 else struct.pack(">BB", 0xC4, len(value)))
        out.append(value)
    elif isinstance(value, (list, tuple)):
        out.append(struct.pack(">BI", 0xDD, len(value)) if len(value) > 15 else bytes([0x90 | len(value)]))
        for item in value:
            pack(item, out)
    else:
        out.append(struct.pack(">BI", 0xDF, len(value)) if len(value) > 15 else bytes([0x80 | len(value)]))
        for key, item in value.items():
            pack(key, out)
            pack(item, out)


def packed(value):
    """A value as MessagePack, compressed."""
    out = []
    pack(value, out)
    return zstd.compress(b"".join(out), options={zstd.CompressionParameter.compression_level: 5})


def shards(source, target, subdir, names):
    """Writes repodata_shards.msgpack.zst and a shard for each name; returns how many."""
    document = load(source, subdir)
    folder = target / subdir / "shards"
    folder.mkdir(parents=True, exist_ok=True)
    by_name = {}
    for group in GROUPS:
        for key, record in document[group].items():
            by_name.setdefault(record["name"], []).append((group, key))
    index = {}
    caches = [{} for _ in range(COPIES)]
    for name, entries in sorted(by_name.items()):
        for copy in range(COPIES):
            shard = {group: {} for group in GROUPS}
            shard["removed"] = []
            for group, key in entries:
                for second in (False, True):
                    file_name, made = vary(document[group][key], extension_of(key), copy, second, names, caches[copy])
                    for hash_name in ("md5", "sha256"):
                        if made.get(hash_name):
                            made[hash_name] = bytes.fromhex(made[hash_name])
                    shard[group][file_name] = made
            data = packed(shard)
            digest = hashlib.sha256(data)
            (folder / f"{digest.hexdigest()}.msgpack.zst").write_bytes(data)
            index[name + (f"-copy{copy}" if copy else "")] = digest.digest()
    info = {"subdir": subdir, "base_url": "", "shards_base_url": "./shards/", "created_at": "2026-01-01T00:00:00Z"}
    (target / subdir / "repodata_shards.msgpack.zst").write_bytes(packed({"version": 1, "info": info, "shards": index}))
    return len(index)


def main():
    """The command line."""
    here = Path(__file__).resolve()
    data = os.environ.get("KRAIT_TEST_DATA") or here.parent.parent.parent.parent / "shared/data"
    parser = argparse.ArgumentParser(
        prog="make-large-channel", description="Makes repodata of conda-forge's size from a real sample."
    )
    parser.add_argument(
        "directory", nargs="?", default=".build-large-channel", help="where it goes (default: %(default)s)"
    )
    parser.add_argument("--shards", action="store_true", help="also write sharded repodata")
    parser.add_argument(
        "--source", default=Path(data) / "repodata/conda-forge-all", help="what is grown (default: %(default)s)"
    )
    parser.add_argument("--force", action="store_true", help="make it again even if nothing has changed")
    arguments = parser.parse_args()

    began = time.monotonic()
    target, source = Path(arguments.directory).resolve(), Path(arguments.source)
    inputs = [here] + [source / subdir / "repodata.json.zst" for subdir in SUBDIRS]
    for path in inputs:
        if not path.exists():
            sys.exit(f"make-large-channel: no {path}; set KRAIT_TEST_DATA")
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    held = target / STAMP
    done = held.read_text().split() if held.exists() and not arguments.force else []
    if stamp not in done:
        if target.exists() and any(target.iterdir()) and not held.exists():
            sys.exit(f"make-large-channel: {target} is not empty and no large channel")
        shutil.rmtree(target, ignore_errors=True)
        done = []
    wanted = [("flat", flat)] + ([("shards", shards)] if arguments.shards else [])
    steps = [(name, make) for name, make in wanted if stamp not in done or name not in done]
    if steps:
        names = {
            record["name"] for subdir in SUBDIRS for group in GROUPS for record in load(source, subdir)[group].values()
        }
        with ProcessPoolExecutor(2) as pool:
            jobs = [
                (name, subdir, pool.submit(make, source, target, subdir, names))
                for name, make in steps
                for subdir in SUBDIRS
            ]
            for name, subdir, job in jobs:
                unit = "records" if name == "flat" else "shards"
                print(f"make-large-channel: {subdir}: {job.result()} {unit}", file=sys.stderr)
        held.write_text(" ".join(dict.fromkeys([stamp, *done, *(name for name, _ in steps)])))
    size = sum((target / subdir / "repodata.json").stat().st_size for subdir in SUBDIRS)
    print(
        f"make-large-channel: {target}: {size / 1e6:.0f} MB of JSON ({time.monotonic() - began:.1f} s)", file=sys.stderr
    )


if __name__ == "__main__":
    main()
