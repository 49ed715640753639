# SPDX-License-Identifier: BSD-3-Clause
"""Images and databases of vulnerabilities that lie, lead outside or grow: refused soon, and nothing of this machine gets into
what is packed of them."""

import gzip
import hashlib
import io
import json
import os
import struct
import tarfile
import zipfile
import zlib

import pytest

from packages import Channel
from strangers import Outside, run

KIND = "application/vnd.oci.image.layer.v1.tar+"


def sha256(body):
    return hashlib.sha256(body).hexdigest()


def tar(files=(), **members):
    """A tar of {path: bytes}; `members` are of paths that get other fields than those of a file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, body in dict(files).items():
            fields = body if isinstance(body, dict) else {}
            body = b"" if isinstance(body, dict) else body
            member = tarfile.TarInfo(name)
            member.size = len(body)
            for field, value in fields.items():
                setattr(member, field, value)
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def blanks(*sizes, name="lib/x"):
    """A compressed tar of files of nothing but zeros, which grow a thousandfold."""
    packer = zlib.compressobj(9, wbits=31)
    body = b""
    for number, size in enumerate(sizes):
        member = tarfile.TarInfo(name.format(number))
        member.size = size
        body += packer.compress(member.tobuf())
        for _ in range(size >> 20):
            body += packer.compress(bytes(1 << 20))
    return body + packer.compress(bytes(1024)) + packer.flush()


class World:
    def __init__(self, krait, folder):
        self.krait, self.folder = krait, folder
        self.outside = Outside(folder / "outside")
        self.channel = Channel(folder / "channel")
        self.channel.add("tiny", "1.0", {"share/tiny": "x\n"})
        self.out = folder / "out"

    def layout(self, plain=None, layer=None, kind="gzip", manifest=None, config=None, index=None):
        """A layout whose every document a function may change."""
        path = self.folder / "layout"
        (path / "blobs/sha256").mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        plain = tar({"lib/x": b"x"}) if plain is None else plain
        layer = gzip.compress(plain) if layer is None else layer

        def put(body):
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            (path / "blobs/sha256" / sha256(body)).write_bytes(body)
            return {"digest": f"sha256:{sha256(body)}", "size": len(body)}

        self.configuration = {"architecture": "amd64", "os": "linux", "config": {}}
        self.configuration["rootfs"] = {"type": "layers", "diff_ids": [f"sha256:{sha256(plain)}"]}
        (config or (lambda document: None))(self.configuration)
        self.manifest = {"schemaVersion": 2, "config": put(self.configuration), "layers": [{"mediaType": KIND + kind, **put(layer)}]}
        (manifest or (lambda document: None))(self.manifest)
        self.index = {"schemaVersion": 2, "manifests": [put(self.manifest)]}
        (index or (lambda document: None))(self.index)
        (path / "index.json").write_text(json.dumps(self.index))
        return path

    def archive(self, body, name="image.tar"):
        (self.folder / name).write_bytes(body)
        return self.folder / name

    def replace(self, path, what):
        """Something that is no file in the place of one."""
        path.unlink()
        if what == "fifo":
            os.mkfifo(path)
        elif what == "huge":
            path.touch()
            os.truncate(path, 1 << 38)
        else:
            path.symlink_to(what)

    def layer(self):
        return self.folder / "layout/blobs/sha256" / self.manifest["layers"][0]["digest"].removeprefix("sha256:")


def changed(part, **members):
    return lambda w: w.layout(**{part: lambda document: document.update(members)})


def first(list_name, part, **members):
    return lambda w: w.layout(**{part: lambda document: document[list_name][0].update(members)})


def many_layers(w):
    def manifest(document):
        document["layers"] *= 50_000

    def config(document):
        document["rootfs"]["diff_ids"] *= 50_000

    return w.layout(manifest=manifest, config=config)


def replaced(which, what):
    def spoil(w):
        path = w.layout()
        w.replace(path / "index.json" if which == "index" else w.layer(), str(w.outside.directory / "canary") if what == "link" else what)
        return path

    return spoil


def docker(document):
    return lambda w: w.archive(tar({"manifest.json": json.dumps(document).encode()}))


#: name -> makes the image; whether it may be taken all the same
IMAGES = {
    "layer-of-zeros": (lambda w: w.layout(layer=gzip.compress(bytes(100 << 20))), False),
    "layer-of-large-files": (lambda w: w.layout(layer=blanks(*[40 << 20] * 5)), False),
    "layer-of-one-large-file": (lambda w: w.layout(layer=blanks(200 << 20)), False),
    "layer-of-libraries": (lambda w: w.layout(layer=blanks(*[40 << 20] * 5, name="lib/libnss_files.so.{}")), False),
    "layer-of-a-wide-window": (lambda w: w.layout(layer=struct.pack("<IBBBBB", 0xFD2FB528, 0, 0xA0, 1, 0, 0), kind="zstd"), False),
    "layer-of-odd-names": (
        lambda w: w.layout(tar({
            "../../x": b"x", "/etc/x": b"x", "a\x1b[2J": b"x", "lib": {"type": tarfile.SYMTYPE, "linkname": "/etc"},
            "lib/libc.so.6": {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "x": {"type": tarfile.CHRTYPE},
        })),
        True,
    ),
    "layers-without-end": (many_layers, False),
    "size-below-zero": (first("layers", "manifest", size=-1), False),
    "size-of-two-to-64": (first("layers", "manifest", size=2**64 - 1), False),
    "size-of-two-to-70": (first("layers", "manifest", size=2**70), False),
    "size-of-another": (first("layers", "manifest", size=5), False),
    "digest-that-climbs": (first("layers", "manifest", digest="sha256:../../../outside/canary"), False),
    "image-that-climbs": (first("manifests", "index", digest="sha256:" + "/" * 64), False),
    "images-without-end": (lambda w: w.layout(index=lambda document: document["manifests"].extend(document["manifests"] * 50_000)), True),
    "architecture-of-controls": (changed("config", architecture="a\x1b[2J\x9b"), False),
    "odd-configuration": (changed("config", config={"Env": ["A=\n", 5, None], "Entrypoint": "x"}, history=5, created=[]), True),
    "index-fifo": (replaced("index", "fifo"), False),
    "index-device": (replaced("index", "/dev/zero"), False),
    "index-huge": (replaced("index", "huge"), False),
    "index-link": (replaced("index", "link"), False),
    "layer-fifo": (replaced("layer", "fifo"), False),
    "layer-device": (replaced("layer", "/dev/zero"), False),
    "layer-link": (replaced("layer", "link"), False),
    "archive-that-climbs": (docker([{"Config": "../../etc/passwd", "Layers": ["/etc/passwd"]}]), False),
    "archive-link": (lambda w: w.archive(tar({"manifest.json": {"type": tarfile.SYMTYPE, "linkname": "../../etc/passwd"}})), False),
    "archive-of-many-files": (lambda w: w.archive(tar({f"f{n}": b"" for n in range(2_100)})), False),
    "archive-of-zeros": (lambda w: w.archive(blanks(*[100 << 20] * 3), "image.tar.gz"), False),
    "archive-deep": (lambda w: w.archive(tar({"index.json": b"[" * 100_000})), False),
    "archive-of-values": (lambda w: w.archive(tar({"index.json": b'{"x": [' + b"1," * (7 << 20) + b"1]}"})), False),
}
VERBS = {
    "base": lambda w, image: ["pack", "-c", w.channel, "--override-channels", "tiny", "-o", w.out, "--format", "oci", "--base", image],
    "C library": lambda w, image: ["pack", "-c", w.channel, "--override-channels", "tiny", "-o", w.out, "--format", "oci", "--libc", image],
    "bill": lambda w, image: ["sbom", image],
}


def test_there_are_many():
    assert len(IMAGES) + len(DATABASES) >= 40


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_refused_or_read(krait, tmp_path, name, verb):
    make, may_succeed = IMAGES[name]
    world = World(krait, tmp_path)
    image = make(world)
    outcome = run(krait, *VERBS[verb](world, image), cwd=tmp_path)
    world.outside.check(outcome)
    if outcome.code:
        assert "error: " in outcome.err and not world.out.exists(), outcome
    else:
        assert may_succeed and verb == "base", outcome
        packed = [path.read_bytes() for path in world.out.rglob("*") if path.is_file()]
        packed += [gzip.decompress(body) for body in packed if body[:2] == b"\x1f\x8b"]
        assert not any(b"canary" in body or b"root:x:0" in body for body in packed)
    assert not [path for path in tmp_path.rglob(".krait-*")]


@pytest.mark.parametrize("order", ["files first", "files last"])
def test_an_image_that_takes_much_away(krait, tmp_path, order):
    """A layer may take as many paths away as another one brought."""
    world = World(krait, tmp_path)
    paths = [f"env/conda-meta/p{n}.json" for n in range(1_000)]
    away = {f"env/conda-meta/.wh.p{n}.json": b"" for n in range(1_000)}
    record = json.dumps({"name": "kept", "version": "1", "build": "0", "build_number": 0, "files": [], "depends": []}).encode()
    kept = {"env/conda-meta/kept-1-0.json": record, "env/conda-meta/p7.json": record}
    layers = [tar({path: b"{}" for path in paths}), tar({**kept, **away} if order == "files first" else {**away, **kept})]
    path = world.layout(plain=layers[0])
    more = gzip.compress(layers[1])
    (path / "blobs/sha256" / sha256(more)).write_bytes(more)
    world.manifest["layers"].append({"mediaType": KIND + "gzip", "digest": f"sha256:{sha256(more)}", "size": len(more)})
    world.configuration["rootfs"]["diff_ids"].append(f"sha256:{sha256(layers[1])}")
    for document in (world.configuration, world.manifest):
        body = json.dumps(document).encode()
        (path / "blobs/sha256" / sha256(body)).write_bytes(body)
        place = {"digest": f"sha256:{sha256(body)}", "size": len(body)}
        if document is world.configuration:
            world.manifest["config"] = place
        else:
            (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [place]}))
    outcome = run(krait, "sbom", path, cwd=tmp_path)
    assert outcome.code == 0 and outcome.out.count('"pkg:conda/kept') >= 1, outcome


ADVISORY = b'{"id": "A", "affected": [{"package": {"ecosystem": "PyPI", "name": "one"}, "versions": ["1.0"]}]}'


def packed_up(*bodies):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number, body in enumerate(bodies):
            archive.writestr(f"{number}.json", body)
    return buffer.getvalue()


def one_upon_another(count, body):
    """A ZIP whose members are all the same bytes of it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(body) + packer.flush()
    sizes = (zlib.crc32(body), len(data), len(body))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, *sizes, 6, 0) + b"a.json" + data
    directory = b""
    for number in range(count):
        name = b"%06d.json" % number
        directory += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, *sizes, len(name), 0, 0, 0, 0, 0, 0) + name
    return local + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), len(local), 0)


def wide(place):
    """ZIP64 numbers as large as they get, with the record of them at `place`."""
    record = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, *[2**64 - 1] * 4)
    locator = struct.pack("<IIQI", 0x07064B50, 0, place, 1)
    return record + locator + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)


def field(offset):
    body = bytearray(packed_up(ADVISORY))
    start = body.find(b"PK\x01\x02")
    body[start + offset : start + offset + 4] = b"\xff" * 4
    return bytes(body)


VALUES = ADVISORY[:-1] + b', "x": [' + b"1," * (3 << 20) + b"1]}"
#: a ZIP, or the one file of a directory
DATABASES = {
    "zip-of-blanks": packed_up(*[ADVISORY + b" " * (60 << 20)] * 4),
    "zip-upon-itself": one_upon_another(4000, ADVISORY + b" " * (60 << 20)),
    "zip-of-values": packed_up(VALUES),
    "zip-size": field(24),
    "zip-offset": field(42),
    "zip64-at-0": wide(0),
    "zip64-at-the-end": wide(2**64 - 1),
    "zip64-at-the-middle": wide(2**63),
    "zip64-in-itself": wide(40),
    "zip-of-nothing": b"PK\x05\x06" + b"\xff" * 18,
    "directory-of-values": {"a.json": VALUES},
    "directory-deep": {"a.json": b'{"id": "x", "affected": ' + b"[" * 200_000},
    "directory-fifo": {"a.json": "fifo"},
    "directory-device": {"a.json": "/dev/zero"},
    "directory-huge": {"a.json": "huge"},
}


@pytest.mark.parametrize("name", DATABASES)
def test_a_database_is_refused(krait, tmp_path, name):
    world = World(krait, tmp_path)
    env = tmp_path / "env"
    krait.create(env, "tiny", channel=world.channel)
    record = {"name": "python", "version": "3.11.0", "build": "0", "build_number": 0, "files": [], "depends": []}
    (env / "conda-meta/python-3.11.0-0.json").write_text(json.dumps({**record, "paths_data": {"paths_version": 1, "paths": []}}))
    information = env / "lib/python3.11/site-packages/one-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Name: one\nVersion: 1.0\n")
    database = tmp_path / "all.zip"
    if isinstance(DATABASES[name], bytes):
        database.write_bytes(DATABASES[name])
    else:
        database.mkdir()
        for file, body in DATABASES[name].items():
            (database / file).write_bytes(body if isinstance(body, bytes) else b"")
            if isinstance(body, str):
                world.replace(database / file, body)
    outcome = run(krait, "audit", "-p", env, "--database", database, cwd=tmp_path)
    assert outcome.code and "error: " in outcome.err, outcome
