# SPDX-License-Identifier: BSD-3-Clause
"""Small channels made on the spot, for what no package of the big one does."""

import hashlib
import io
import json
import pathlib
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts/channel"))
from large import packed  # noqa: E402


class Channel:
    """A channel in a directory, to which packages are added one by one."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.records = {"noarch": {}, "linux-64": {}}
        for subdir in self.records:
            (self.directory / subdir).mkdir(parents=True)
        self.write()

    def __str__(self):
        return str(self.directory)

    def add(
        self,
        name,
        version="1.0",
        files=None,
        *,
        build="0",
        build_number=0,
        depends=(),
        noarch="generic",
        subdir="noarch",
        index=None,
        link=None,
        hashes=("md5", "sha256"),
        modes=None,
        paths=None,
    ):
        """Adds a `.tar.bz2`; `files` maps paths to text or bytes. Returns the archive's path.

        `index` is added to index.json and the record, `link` is link.json, `paths` adds keys to paths.json entries.
        """
        contents = {path: text.encode() if isinstance(text, str) else text for path, text in (files or {}).items()}
        record = {
            "name": name,
            "version": version,
            "build": build,
            "build_number": build_number,
            "depends": list(depends),
            "subdir": subdir,
            "timestamp": 1735689600000,
        }
        if noarch:
            record["noarch"] = noarch
        record.update(index or {})
        listed = [
            {
                "_path": path,
                "path_type": "hardlink",
                "sha256": hashlib.sha256(body).hexdigest(),
                "size_in_bytes": len(body),
                **((paths or {}).get(path, {})),
            }
            for path, body in contents.items()
        ]
        info = {"info/index.json": record, "info/paths.json": {"paths_version": 1, "paths": listed}}
        if link:
            info["info/link.json"] = link
        members = {**{path: json.dumps(value).encode() for path, value in info.items()}, **contents}
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:bz2") as archive:
            for path, body in members.items():
                member = tarfile.TarInfo(path)
                member.size = len(body)
                member.mode = (modes or {}).get(path, 0o755 if path.startswith("bin/") else 0o644)
                member.mtime = 1735689600
                archive.addfile(member, io.BytesIO(body))
        return self.put(f"{name}-{version}-{build}.tar.bz2", buffer.getvalue(), record, hashes)

    def put(self, file_name, body, record, hashes=("md5", "sha256")):
        """Adds an archive that exists already."""
        path = self.directory / record["subdir"] / file_name
        path.write_bytes(body)
        record = {**record, "size": len(body)}
        for algorithm in hashes:
            record[algorithm] = hashlib.new(algorithm, body).hexdigest()
        self.records[record["subdir"]][file_name] = record
        self.write()
        return path

    def move_to_v3(self):
        """Puts all records where only newer clients look (CEP 48); nothing may be added afterwards."""
        for path in self.directory.glob("*/repodata.json"):
            document = json.loads(path.read_text())
            kinds = {"tar.bz2": {}, "conda": {}}
            for group in ("packages", "packages.conda"):
                for name, record in document[group].items():
                    kind = "conda" if name.endswith(".conda") else "tar.bz2"
                    kinds[kind][name.removesuffix("." + kind)] = record
                document[group] = {}
            document["info"]["repodata_revisions"] = {"v3": {"n_packages": sum(map(len, kinds.values()))}}
            path.write_text(json.dumps({**document, "v3": kinds}))

    def change(self, file_name, **members):
        """Changes the record of an archive and leaves the archive as it is."""
        for records in self.records.values():
            if file_name in records:
                records[file_name].update(members)
        self.write()

    def write(self):
        for subdir, records in self.records.items():
            groups = {"packages": {}, "packages.conda": {}}
            for name, record in records.items():
                groups["packages.conda" if name.endswith(".conda") else "packages"][name] = record
            document = {"info": {"subdir": subdir}, **groups, "removed": [], "repodata_version": 1}
            (self.directory / subdir / "repodata.json").write_text(json.dumps(document))


def small_python(channel):
    """Adds a python of one file that starts the machine's: what is compiled is compiled, and environments are small."""
    body = '#!/bin/sh\nexec /usr/bin/python3.11 "$@"\n'
    files = {"bin/python3.11": body, "bin/python": body}
    channel.add("python", "3.11.99", files, noarch=None, subdir="linux-64", build="0_cpython")
    return channel


def write_shards(document, folder):
    """The document's records as shards (CEP 16)."""
    shards = {}
    for group in ("packages", "packages.conda"):
        for file_name, record in document[group].items():
            for digest in {"md5", "sha256"} & record.keys():
                record = {**record, digest: bytes.fromhex(record[digest])}
            shards.setdefault(record["name"], {"packages": {}, "packages.conda": {}})[group][file_name] = record
    for kind, records in document.get("v3", {}).items():
        for stem, record in records.items():
            for digest in {"md5", "sha256"} & record.keys():
                record = {**record, digest: bytes.fromhex(record[digest])}
            shard = shards.setdefault(record["name"], {"packages": {}, "packages.conda": {}})
            shard.setdefault("v3", {}).setdefault(kind, {})[stem] = record
    index = {}
    (folder / "s").mkdir(exist_ok=True)
    for name, shard in shards.items():
        body = packed(shard)
        digest = hashlib.sha256(body)
        (folder / "s" / f"{digest.hexdigest()}.msgpack.zst").write_bytes(body)
        index[name] = digest.digest()
    info = {"subdir": folder.name, "base_url": "", "shards_base_url": "./s/"}
    body = packed({"version": 1, "info": info, "shards": index})
    (folder / "repodata_shards.msgpack.zst").write_bytes(body)
