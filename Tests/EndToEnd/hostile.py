# SPDX-License-Identifier: BSD-3-Clause
"""Archives that lie, lead outside or ask for too much, made byte by byte: no library would write them."""

import bz2
import dataclasses
import io
import json
import struct
import zipfile

import zstandard


class Tar:
    """A tar whose every field can be wrong."""

    def __init__(self):
        self.bytes = b""

    def add(self, name, data=b"", kind=b"0", target=b"", mode=0o644, size=None, prefix=b"", magic=b"ustar\x0000"):
        name, data, target = (text.encode() if isinstance(text, str) else text for text in (name, data, target))
        size = len(data) if size is None else size
        field = b"%011o\0" % size if isinstance(size, int) else size
        header = struct.pack(
            "100s8s8s8s12s12s8s1s100s8s32s32s8s8s155s12x",
            name, b"%07o\0" % mode, b"0000000\0", b"0000000\0", field, b"%011o\0" % 1735689600, b" " * 8, kind,
            target, magic, b"", b"", b"0000000\0", b"0000000\0", prefix,
        )  # fmt: skip
        total = b"%06o\0 " % sum(header)
        self.bytes += header[:148] + total + header[156:] + data + bytes(-len(data) % 512)
        return self

    def pax(self, kind=b"x", **records):
        body = b""
        for key, value in records.items():
            value = value if isinstance(value, bytes) else str(value).encode()
            rest = b" " + key.replace("__", ".").encode() + b"=" + value + b"\n"
            length = len(rest)
            while length != len(rest) + len(str(length)):
                length = len(rest) + len(str(length))
            body += str(length).encode() + rest
        return self.add("PaxHeader", body, kind)

    def finished(self):
        return self.bytes + bytes(1024)


def honest():
    return Tar().add("bin/tool", "#!/bin/sh\n", mode=0o755).add("lib/data.txt", "data")


@dataclasses.dataclass
class Case:
    """A package that has to be refused."""

    name: str
    #: part of the reason that is told
    reason: str
    #: changes the tar of the payload
    payload: object = None
    #: changes the tar of `info/`
    info: object = None
    #: index.json beyond the usual; None leaves the file out
    index: object = dataclasses.field(default_factory=dict)
    paths: object = None
    link: object = None
    suffix: str = ".conda"
    #: changes the bytes of the whole archive
    whole: object = None
    #: makes the members of the .conda: (name, bytes) from those that would be right
    members: object = None
    #: makes the compressed payload from the tar
    compressed: object = None
    #: changes what the channel says of it
    record: dict = dataclasses.field(default_factory=dict)
    env: dict = dataclasses.field(default_factory=dict)
    code: int = 5

    def index_json(self):
        return {
            "name": self.name, "version": "1.0", "build": "0", "build_number": 0, "depends": [], "subdir": "noarch",
            **(self.index or {}),
        }  # fmt: skip

    def information(self):
        tar = Tar()
        if self.info:
            self.info(tar)
        if self.index is not None:
            tar.add("info/index.json", json.dumps(self.index_json()))
        for name, document in (("paths", self.paths), ("link", self.link)):
            if document is not None:
                tar.add(f"info/{name}.json", document if isinstance(document, str) else json.dumps(document))
        return tar

    def archive(self):
        payload = honest()
        replaced = self.payload(payload) if self.payload else None
        tar = replaced if isinstance(replaced, bytes) else payload.finished()
        if self.suffix == ".tar.bz2":
            body = bz2.compress(self.information().bytes + tar)
        else:
            compressed = (self.compressed or zstd)(tar)
            members = [
                ("metadata.json", b'{"conda_pkg_format_version": 2}'),
                (f"pkg-{self.name}-1.0-0.tar.zst", compressed),
                (f"info-{self.name}-1.0-0.tar.zst", zstd(self.information().finished())),
            ]
            body = zipped(self.members(members) if self.members else members)
        return self.whole(body) if self.whole else body


def zstd(body, level=3):
    return zstandard.ZstdCompressor(level=level).compress(body)


def zipped(members, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return buffer.getvalue()


def bomb(tar):
    """Files that are small each and large together."""
    for number in range(4):
        tar.add(f"lib/zeros{number}", bytes(8 << 20))


def outside(folder):
    """All cases; where one leads outside by an absolute path, that is below `folder`."""
    target = f"{folder}/outside"

    def tar(name, reason, change, **more):
        return Case(name, reason, payload=change, **more)

    def listed(name, reason, *paths, **more):
        return Case(name, reason, paths={"paths_version": 1, "paths": list(paths)}, **more)

    def entry(name, point):
        link = {"package_metadata_version": 1, "noarch": {"type": "python", "entry_points": [point]}}
        return Case(name, "entry point", link=link, index={"noarch": "python"}, record={"noarch": "python"})

    small = {"CONDA_MAXIMUM_PACKAGE_SIZE": "10000000"}
    few = {"CONDA_MAXIMUM_PACKAGE_ENTRIES": "1000"}
    frame = struct.pack("<IBBBBB", 0xFD2FB528, 0, 0xA0, 1, 0, 0)
    return [
        # names
        tar("dot-dot", "leads out", lambda tar: tar.add("../outside", "x")),
        tar("dot-dot-inside", "leads out", lambda tar: tar.add("lib/../../outside", "x")),
        tar("dot-dot-directory", "leads out", lambda tar: tar.add("lib/..", kind=b"5")),
        tar("absolute", "is absolute", lambda tar: tar.pax(path=target).add("innocent", "x")),
        tar("gnu-long-name", "leads out", lambda tar: tar.add("././@LongLink", "../outside\0", b"L").add("x", "x")),
        tar("ustar-prefix", "leads out", lambda tar: tar.add("outside", "x", prefix=b"lib/../..")),
        tar("escape-sequence", "control character", lambda tar: tar.add("lib/\x1b[2J", "x")),
        tar("delete", "control character", lambda tar: tar.add("lib/a\x7fb", "x")),
        tar("nul-in-pax", "control character", lambda tar: tar.pax(path=b"lib/a\0b").add("x", "x")),
        tar("no-utf8", "not UTF-8", lambda tar: tar.add(b"lib/\xff\xfe", "x")),
        tar("long-name", "too long", lambda tar: tar.pax(path="a" * 256).add("x", "x")),
        tar("long-path", "too long", lambda tar: tar.pax(path="a/" * 2000 + "b").add("x", "x")),
        tar("twice", "twice", lambda tar: tar.add("bin/tool", "again")),
        tar("twice-otherwise", "twice", lambda tar: tar.add("./bin//tool", "again")),
        tar("link-over-file", "twice", lambda tar: tar.add("bin/tool", kind=b"2", target="data")),
        tar("through-a-file", "through a file or link", lambda tar: tar.add("bin/tool/x", "x")),
        tar("directory-over-file", "through a file or link", lambda tar: tar.add("bin/tool", kind=b"5")),
        tar("our-own-name", ".krait", lambda tar: tar.add(".krait/manifest", "x")),
        Case("twice-in-both", "twice", info=lambda tar: tar.add("bin/tool", "again")),
        # links
        tar("symlink-then-write", "through a file or link",
            lambda tar: tar.add("out", kind=b"2", target=str(folder)).add("out/outside", "x")),
        tar("symlink-then-directory", "through a file or link",
            lambda tar: tar.add("out", kind=b"2", target="..").add("out/", kind=b"5")),
        tar("symlink-then-replace", "twice",
            lambda tar: tar.add("out", kind=b"2", target=target).add("out", "x")),
        tar("hard-link-absolute", "is absolute", lambda tar: tar.add("stolen", kind=b"1", target="/etc/passwd")),
        tar("hard-link-out", "leads out", lambda tar: tar.add("stolen", kind=b"1", target="../../canary")),
        tar("hard-link-to-nothing", "before it", lambda tar: tar.add("stolen", kind=b"1", target="lib/absent")),
        tar("hard-link-through-link", "before it",
            lambda tar: tar.add("out", kind=b"2", target="..").add("stolen", kind=b"1", target="out/canary")),
        tar("link-with-data", "a link has data", lambda tar: tar.add("lib/link", "xyz", b"2", "data")),
        # kinds and modes
        tar("device", "a device", lambda tar: tar.add("dev/null", kind=b"3")),
        tar("block-device", "a device", lambda tar: tar.add("dev/sda", kind=b"4")),
        tar("fifo", "a fifo", lambda tar: tar.add("lib/fifo", kind=b"6")),
        tar("unknown-kind", "unknown kind", lambda tar: tar.add("lib/odd", kind=b"Z")),
        tar("sparse", "sparse", lambda tar: tar.add("lib/sparse", kind=b"S")),
        tar("sparse-pax", "sparse",
            lambda tar: tar.pax(GNU__sparse__major=1, GNU__sparse__realsize=1 << 40).add("lib/sparse", "x")),
        # what info/ says
        listed("paths-out", "relative path", {"_path": "../outside", "path_type": "hardlink"}),
        listed("paths-absolute", "relative path", {"_path": target, "path_type": "hardlink"}),
        listed("paths-absent", "not in the archive", {"_path": "lib/absent", "path_type": "hardlink"}),
        listed("paths-twice", "twice", {"_path": "bin/tool"}, {"_path": "bin/tool"}),
        listed("paths-placeholder", "placeholder",
               {"_path": "bin/tool", "prefix_placeholder": "p" * 5000, "file_mode": "text"}),
        Case("paths-damaged", "damaged", paths="{"),
        Case("paths-deep", "damaged", paths="[" * 100_000 + "]" * 100_000),
        Case("link-damaged", "damaged", link="nothing"),
        entry("entry-point-out", "../../outside = os:system"),
        entry("entry-point-absolute", f"{target} = os:system"),
        entry("entry-point-with-code", "x = os:system(')"),
        Case("no-index", "no info/index.json", index=None),
        # tars
        tar("no-end", "no end mark", lambda tar: tar.bytes),
        tar("cut-off", "truncated", lambda tar: tar.add("lib/x", "x" * 2000).bytes[:-700]),
        tar("checksum", "checksum", lambda tar: tar.bytes[:1124] + b"7" + tar.bytes[1125:] + bytes(1024)),
        tar("more-after-the-end", "after the end", lambda tar: tar.finished() + b"more" + bytes(508)),
        tar("negative-size", "", lambda tar: tar.add("lib/x", size=b"\xff" * 12)),
        tar("enormous-size", "too large", lambda tar: tar.add("lib/x", size=b"\x80" + b"\xff" * 11)),
        tar("enormous-pax", "too large", lambda tar: tar.add("x", kind=b"x", size=1 << 30)),
        tar("pax-for-all", "for all entries", lambda tar: tar.pax(b"g", path="lib/all").add("lib/x")),
        # containers
        Case("cut-zip", "truncated", whole=lambda body: body[:-300]),
        Case("half-zip", "", whole=lambda body: body[: len(body) // 2]),
        Case("data-after-zip", "after its end", whole=lambda body: body + b"\0"),
        Case("no-zip", "ZIP", whole=lambda body: b"#!/bin/sh\necho hello\n" * 20),
        Case("empty", "", whole=lambda body: b""),
        Case("two-payloads", "two pkg", members=lambda members: [*members, ("pkg-other.tar.zst", members[1][1])]),
        Case("no-payload", "no pkg", members=lambda members: [members[0], members[2]]),
        Case("no-information", "no info", members=lambda members: members[:2]),
        Case("future-format", "version",
             members=lambda members: [("metadata.json", b'{"conda_pkg_format_version": 3}'), *members[1:]]),
        Case("member-out", "", members=lambda members: [*members, ("../../outside", b"x"), ("pkg-x.tar.zst", b"x")]),
        Case("cut-zstd", "truncated", compressed=lambda tar: zstd(tar)[:-4]),
        Case("data-after-zstd", "zstd", compressed=lambda tar: zstd(tar) + b"garbage!"),
        Case("huge-window", "memory", compressed=lambda tar: frame),
        Case("cut-bzip2", "bzip2", suffix=".tar.bz2", whole=lambda body: body[:-20]),
        Case("data-after-bzip2", "bzip2", suffix=".tar.bz2", whole=lambda body: body + b"garbage"),
        Case("zip-as-bzip2", "not bzip2", suffix=".tar.bz2", whole=lambda body: zipped([("x", b"x")])),
        tar("bzip2-dot-dot", "leads out", lambda tar: tar.add("../outside", "x"), suffix=".tar.bz2"),
        tar("bzip2-hard-link-out", "leads out", lambda tar: tar.add("stolen", kind=b"1", target="../canary"),
            suffix=".tar.bz2"),
        # too much
        tar("zstd-bomb", "far beyond", bomb, env=small),
        tar("bzip2-bomb", "far beyond", bomb, suffix=".tar.bz2", env=small),
        tar("zeros-after-the-end", "too much", lambda tar: tar.finished() + bytes(32 << 20)),
        tar("one-large-file", "too large", lambda tar: tar.add("lib/x", size=50_000_000), env=small),
        tar("many-files", "more than 1000 entries", lambda tar: [tar.add(f"share/{n}") for n in range(1100)][0] and None,
            env=few),
        tar("many-directories", "more than 1000 entries",
            lambda tar: [tar.add(f"share/{n}/{n}/x") for n in range(600)][0] and None, env=few),
    ]  # fmt: skip
