# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of images read: layouts, layers, and trees that have been unpacked."""

import hashlib
import io
import json
import os
import pathlib
import stat
import tarfile


class Layout:
    """An OCI image layout in a directory, every blob of it checked against its name."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        assert json.loads((self.path / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
        (entry,) = json.loads((self.path / "index.json").read_text())["manifests"]
        self.digest = entry["digest"]
        self.manifest = json.loads(self.blob(entry["digest"]))
        self.config = json.loads(self.blob(self.manifest["config"]["digest"]))
        self.layers = [layer["digest"] for layer in self.manifest["layers"]]
        named = {self.digest, self.manifest["config"]["digest"], *self.layers}
        assert {f"sha256:{path.name}" for path in (self.path / "blobs" / "sha256").iterdir()} == named

    def blob(self, digest):
        data = (self.path / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest.removeprefix("sha256:")
        return data

    def plain(self, digest):
        """The tar in a gzip layer."""
        import gzip

        return gzip.decompress(self.blob(digest))

    def members(self, digest):
        with tarfile.open(fileobj=io.BytesIO(self.plain(digest))) as tar:
            return tar.getmembers()


def tree(root, but=()):
    """{path: (kind, executable, content)} of everything below `root`; files of `conda-meta` are left to `records`."""
    found = {}
    for folder, folders, names in os.walk(root):
        for name in [*folders, *names]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            relative = os.path.relpath(path, root)
            if relative.startswith("conda-meta/") or relative in but:
                continue
            if stat.S_ISLNK(status.st_mode):
                found[relative] = ("link", False, os.readlink(path))
            elif stat.S_ISDIR(status.st_mode):
                found[relative] = ("directory", False, None)
            else:
                content = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
                found[relative] = ("file", bool(status.st_mode & 0o111), content)
    return found


def records(root):
    """The records of an environment, without what they tell of a cache; and its history without dates and commands."""
    found = {}
    for path in (pathlib.Path(root) / "conda-meta").glob("*.json"):
        record = json.loads(path.read_text())
        for key in ("extracted_package_dir", "package_tarball_full_path", "link"):
            record.pop(key, None)
        found[path.name] = record
    lines = (pathlib.Path(root) / "conda-meta" / "history").read_text().splitlines()
    found["history"] = [line for line in lines if not line.startswith(("==>", "# cmd:"))]
    return found
