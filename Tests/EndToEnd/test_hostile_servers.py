# SPDX-License-Identifier: BSD-3-Clause
"""Servers that lie, lead elsewhere or send too much: no file is read, no credential goes astray, and it ends soon."""

import hashlib
import json
import os
import zlib

import pytest
import zstandard

from packages import Channel, packed, write_shards
from servers import answers
from strangers import Outside, run

SECRET = "SECRETPASSWORD"


class World:
    """A channel of one package that a test spoils, and a second server that must not be trusted with anything."""

    def __init__(self, krait, folder, serve, authority):
        self.krait = krait
        self.folder = folder
        self.outside = Outside(folder / "outside")
        self.channel = Channel(folder / "channel")
        self.channel.add("tiny", "1.0", {"share/tiny": "x\n"})
        self.other = serve(self.channel.directory)
        self.seen = []
        self.other.faults[""] = lambda handler: self.seen.append(dict(handler.headers)) and False
        self.serve = serve
        self.authority = authority
        self.server = None

    def document(self, subdir="noarch"):
        return json.loads((self.channel.directory / subdir / "repodata.json").read_text())

    def say(self, info=None, records=None, subdir="noarch"):
        """Changes the document's `info`, or all of its records."""
        document = self.document(subdir)
        document["info"].update(info or {})
        for group in ("packages", "packages.conda"):
            if records:
                document[group] = records(document[group])
        (self.channel.directory / subdir / "repodata.json").write_text(json.dumps(document))

    def shard(self, **info):
        for subdir in ("noarch", "linux-64"):
            write_shards(self.document(subdir), self.channel.directory / subdir)
        digests = {}
        for path in (self.channel.directory / "noarch" / "s").iterdir():
            digests["tiny"] = hashlib.sha256(path.read_bytes()).digest()
        body = {"version": 1, "info": {"subdir": "noarch", "base_url": "", "shards_base_url": "./s/", **info}}
        (self.channel.directory / "noarch/repodata_shards.msgpack.zst").write_bytes(packed({**body, "shards": digests}))

    def place(self, name, body, subdir="noarch"):
        (self.channel.directory / subdir / name).write_bytes(body)

    def fault(self, suffix, fault):
        self.faults[suffix] = fault

    def create(self, protected=False, secret=True):
        certificate = self.authority[1] if protected else None
        self.server = self.serve(self.channel.directory, **({"certificate": certificate} if protected else {}))
        self.server.faults.update(self.faults)
        url = self.server.url
        if secret:
            url = url.replace("://", f"://user:{SECRET}@")
        env = {"SSL_CERT_FILE": self.authority[0], "no_proxy": "*"}
        prefix = self.folder / "env"
        return run(
            self.krait, "create", "-y", "-p", prefix, "--override-channels", "-c", url, "--retries", "0", "tiny", env=env
        )

    faults = None


def bomb(size, declared=True):
    compressor = zstandard.ZstdCompressor(level=1, write_content_size=declared)
    if declared:
        return compressor.compress(bytes(size))
    stream = compressor.compressobj()
    return b"".join(stream.compress(bytes(1 << 20)) for _ in range(size >> 20)) + stream.flush()


def wide_window():
    """300 MB that do not grow to 200 times what arrives, all of which a decoder has to keep."""
    body = b'{"x": "' + os.urandom(1 << 20).hex().encode() + b'",' + b" " * (300 << 20) + b'"packages": {}}'
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=30, source_size=len(body))
    return zstandard.ZstdCompressor(compression_params=parameters).compress(body)


def renamed(name):
    return lambda records: {name: record for record in records.values()}


def changed(**members):
    return lambda records: {name: {**record, **members} for name, record in records.items()}


def redirect(place):
    return answers(302, ("Location", place))


def endless(handler):
    """Promises more bytes than there are numbers for, and goes."""
    handler.close_connection = True
    return handler.send(200, b"{}", length=2**64 - 1)


def encoded(*encodings):
    """A document of 400 MB, nearly all of it blanks, sent in these encodings one about the other."""

    def fault(handler):
        return handler.send(200, bodies[encodings], headers=[("Content-Encoding", ", ".join(encodings))])

    if encodings not in bodies:
        body = b'{"packages": {' + b" " * (400 << 20) + b"}}"
        for encoding in encodings:
            if encoding == "zstd":
                body = zstandard.ZstdCompressor(level=1).compress(body)
            elif encoding != "br":
                packer = zlib.compressobj(6, wbits={"gzip": 31, "deflate": 15}[encoding])
                body = packer.compress(body) + packer.flush()
        bodies[encodings] = body
    return lambda w: w.fault("repodata.json", fault)


bodies = {}
BIG_MAP = zstandard.ZstdCompressor().compress(b"\xdf\xff\xff\xff\xff" + b"\xa1x\x01" * 10)
DEEP = b'{"packages": ' + b'{"x":' * 200_000 + b"1" + b"}" * 200_000 + b"}"

#: name -> (what spoils the channel, over TLS?, may it succeed?)
CASES = {
    "base-url-file": (lambda w: w.say({"base_url": w.outside.directory.as_uri()}), False, False),
    "base-url-file-short": (lambda w: w.say({"base_url": f"file:{w.outside.directory}"}), False, False),
    "base-url-upper-case-file": (lambda w: w.say({"base_url": f"FILE://{w.outside.directory}"}), False, False),
    "base-url-without-tls": (lambda w: w.say({"base_url": w.other.url}), True, False),
    "base-url-elsewhere": (lambda w: w.say({"base_url": w.other.url + "/noarch"}), False, True),
    "base-url-with-user": (lambda w: w.say({"base_url": w.other.url.replace("://", "://a:b@") + "/noarch"}), False, True),
    "base-url-climbs": (lambda w: w.say({"base_url": "../" * 40 + "noarch"}), False, True),
    "base-url-of-controls": (lambda w: w.say({"base_url": "\x1b[2J\r\nX: y"}), False, False),
    "base-url-unknown-scheme": (lambda w: w.say({"base_url": "gopher://127.0.0.1/x"}), False, False),
    "shards-base-url-file": (lambda w: w.shard(shards_base_url=w.outside.directory.as_uri()), False, True),
    "shards-base-url-without-tls": (lambda w: w.shard(shards_base_url=w.other.url + "/noarch/s"), True, True),
    "shards-base-url-elsewhere": (lambda w: w.shard(shards_base_url=w.other.url + "/noarch/s"), False, True),
    "redirect-to-file": (lambda w: w.fault("repodata.json", redirect(w.outside.directory.as_uri())), False, False),
    "redirect-without-tls": (lambda w: w.fault("repodata.json", redirect(w.other.url)), True, False),
    "redirect-elsewhere": (
        lambda w: w.fault("tar.bz2", redirect(f"{w.other.url}/noarch/tiny-1.0-0.tar.bz2")),
        False,
        True,
    ),
    "redirect-in-a-circle": (lambda w: w.fault("repodata.json", redirect("repodata.json")), False, False),
    "shard-index-bomb": (lambda w: w.place("repodata_shards.msgpack.zst", bomb(900 << 20)), False, True),
    "shard-index-bomb-undeclared": (
        lambda w: w.place("repodata_shards.msgpack.zst", bomb(900 << 20, declared=False)),
        False,
        True,
    ),
    # The next form of the document is taken.
    "document-bomb": (lambda w: w.place("repodata.json.zst", bomb(900 << 20)), False, True),
    "document-of-a-wide-window": (lambda w: w.place("repodata.json.zst", wide_window()), False, True),
    "answer-of-400-mb-in-gzip": (encoded("gzip"), False, False),
    "answer-of-400-mb-in-deflate": (encoded("deflate"), False, False),
    "answer-of-400-mb-in-gzip-twice": (encoded("gzip", "gzip"), False, False),
    "answer-in-an-encoding-not-asked-for": (encoded("zstd"), False, False),
    "map-of-four-billion": (lambda w: w.place("repodata_shards.msgpack.zst", BIG_MAP), False, True),
    "deep-document": (lambda w: w.place("repodata.json", DEEP), False, False),
    "name-that-climbs": (lambda w: w.say(records=renamed("../../../outside/tiny-1.0-0.tar.bz2")), False, False),
    "name-of-controls": (lambda w: w.say(records=renamed("tiny-1.0-\x1b[2J.tar.bz2")), False, False),
    "record-url-file": (lambda w: w.say(records=changed(url=w.outside.directory.as_uri() + "/canary")), False, True),
    "record-of-large-numbers": (
        lambda w: w.say(records=changed(size=2**64 - 1, timestamp=2**63, build_number=2**64)),
        False,
        False,
    ),
    "length-of-two-to-64": (
        lambda w: w.fault("repodata.json", endless),
        False,
        False,
    ),
    "header-of-controls": (
        lambda w: w.fault("repodata.json", answers(403, ("X-Reason", "\x1b[31m\x07"))),
        False,
        False,
    ),
    "retry-after-ages": (lambda w: w.fault("repodata.json", answers(503, ("Retry-After", "9" * 30))), False, False),
    **{
        f"retry-after-{part}-without-end": (
            lambda w, date=date: w.fault("repodata.json", answers(503, ("Retry-After", date))), False, False)
        for part, date in {
            "a-year": f"Mon, 01 Jan {2**63 - 1} 00:00:00 GMT",
            "a-year-before": f"Mon, 01 Jan {-(2**63)} 00:00:00 GMT",
            "a-day": f"Mon, {2**63 - 1} Jan 2026 00:00:00 GMT",
            "an-hour": f"Mon, 01 Jan 2026 {2**63 - 1}:00:00 GMT",
        }.items()
    },
}


def test_there_are_many():
    assert len(CASES) >= 15


@pytest.mark.parametrize("name", CASES)
def test_a_server_gets_nothing(krait, tmp_path, serve, authority, name):
    spoil, protected, may_succeed = CASES[name]
    world = World(krait, tmp_path, serve, authority)
    world.faults = {}
    spoil(world)
    outcome = world.create(protected)
    world.outside.check(outcome)
    assert SECRET not in outcome.text, outcome
    if not may_succeed:
        assert outcome.code != 0 and "error: " in outcome.err, outcome
        assert not (tmp_path / "env" / "conda-meta").exists()
    # The user named the first server only.
    assert not [headers for headers in world.seen if "Authorization" in headers]
    if protected:
        assert world.seen == []


def test_no_stored_credential_goes_without_tls_to_a_host_that_a_document_named(krait, tmp_path, serve, authority):
    world = World(krait, tmp_path, serve, authority)
    world.faults = {}
    host = world.other.url.removeprefix("http://")
    world.say({"base_url": world.other.url + "/noarch"})
    rattler = krait.home / ".rattler" / "credentials.json"
    rattler.parent.mkdir(parents=True)
    rattler.write_text(json.dumps({host: {"BearerToken": SECRET}}))
    (krait.home / ".netrc").write_text(f"default login someone password {SECRET}\n")
    outcome = world.create(secret=False)
    assert outcome.code == 0, outcome
    assert world.seen and not [headers for headers in world.seen if "Authorization" in headers]
    assert not [path for path in world.server.requests if SECRET in path]


@pytest.mark.parametrize("scheme", ["file", "path", "relative", "lock", "http"])
def test_a_list_of_the_network_names_nothing_of_this_machine(krait, tmp_path, serve, authority, scheme):
    world = World(krait, tmp_path, serve, authority)
    archive = world.channel.directory / "noarch/tiny-1.0-0.tar.bz2"
    url = {"file": archive.as_uri(), "path": archive, "lock": archive.as_uri(), "http": world.other.url + "/noarch/x-1-0.conda"}
    place = url.get(scheme, "noarch/tiny-1.0-0.tar.bz2")
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "all.txt").write_text(f"@EXPLICIT\n{place}\n")
    package = {"name": "tiny", "version": "1.0", "manager": "conda", "platform": "linux-64", "dependencies": {}}
    package |= {"url": str(place), "hash": {"sha256": hashlib.sha256(archive.read_bytes()).hexdigest()}, "category": "main"}
    metadata = {"content_hash": {}, "channels": [], "platforms": ["linux-64"]}
    (lists / "conda-lock.yml").write_text(json.dumps({"version": 1, "metadata": metadata, "package": [package]}))
    server = serve(lists, certificate=authority[1])
    name = "conda-lock.yml" if scheme == "lock" else "all.txt"
    env = {"SSL_CERT_FILE": authority[0], "no_proxy": "*"}
    words = ["create", "-y", "-p", tmp_path / "env", "-f"]
    outcome = run(krait, *words, f"{server.url}/{name}", env=env, cwd=world.channel.directory)
    assert outcome.code == 2 and "which a file of the web may not" in outcome.err, outcome
    assert not (tmp_path / "env").exists() and world.seen == []
    if scheme != "http":
        # The same in a file of the user is his own word.
        assert run(krait, *words, lists / name, env=env, cwd=world.channel.directory).code == 0


#: what an environment.yml says of the machine that it is read on; channels of it are channels as any other
LOCAL = {
    "channel-without-tls": ("channels: ['{other}']", "- tiny"),
    "archive": ("", "- file://{channel}/noarch/tiny-1.0-0.tar.bz2"),
    "path-of-an-archive": ("", "- {channel}/noarch/tiny-1.0-0.tar.bz2"),
    "pip-list": ("", "- pip: ['-r {outside}/list']"),
    "pip-list-of-a-relative-path": ("", "- pip: ['-r list']"),
    "pip-constraints": ("", "- pip: ['-c file://{outside}/list']"),
    "pip-project": ("", "- pip: ['-e {outside}']"),
    "pip-url": ("", "- pip: ['x @ file://{outside}/x.whl']"),
    "pip-repository": ("", "- pip: ['git+file://{outside}']"),
    "pip-links": ("", "- pip: ['--find-links {outside}', x]"),
    "pip-index": ("", "- pip: ['--index-url file://{outside}', x]"),
    "pip-variable": ("", "- pip: ['--extra-index-url https://127.0.0.1/${{HOME}}', x]"),
}


@pytest.mark.parametrize("name", LOCAL)
def test_an_environment_of_the_network_names_nothing_of_this_machine(krait, tmp_path, serve, authority, name):
    world = World(krait, tmp_path, serve, authority)
    (tmp_path / "files").mkdir()
    places = {"channel": world.channel.directory, "outside": world.outside.directory, "other": world.other.url}
    channels, dependency = (text.format(**places) for text in LOCAL[name])
    (tmp_path / "files/environment.yml").write_text(f"{channels}\ndependencies:\n  {dependency}\n")
    server = serve(tmp_path / "files", certificate=authority[1])
    env = {"SSL_CERT_FILE": authority[0], "no_proxy": "*"}
    words = ["create", "-y", "-p", tmp_path / "env", "-f", f"{server.url}/environment.yml"]
    outcome = run(krait, *words, env=env, cwd=tmp_path)
    assert outcome.code == 2 and "which a file of the web may not" in outcome.err, outcome
    assert not (tmp_path / "env").exists() and world.seen == []
    world.outside.check(outcome)
