# SPDX-License-Identifier: BSD-3-Clause
"""The index of a channel: old forms are read, and damage of any kind is refused and fetched anew, never believed."""

import bz2
import json
import os
import shutil
from email.utils import formatdate

import pytest
import zstandard

from packages import write_shards
from servers import answers, garbled, truncated

SPECS = ["numpy", "feature-names", "feature-tar-bz2"]


@pytest.fixture
def only_bz2(channel, tmp_path):
    """A channel that serves its index in the oldest form alone."""
    for subdir in ("linux-64", "noarch"):
        (tmp_path / "old" / subdir).mkdir(parents=True)
        text = (channel / subdir / "repodata.json").read_bytes()
        (tmp_path / "old" / subdir / "repodata.json.bz2").write_bytes(bz2.compress(text))
    return tmp_path / "old"


def chosen(krait, channel, *more, **settings):
    return {name: record["fn"] for name, record in krait.solve(*SPECS, *more, channel=channel, **settings).items()}


def test_a_channel_with_bz2_only(krait, only_bz2, serve, channel):
    server = serve(only_bz2)
    expected = chosen(krait, channel)
    assert chosen(krait, server.url) == expected
    assert sorted(server.paths("repodata.json.bz2")) == ["/linux-64/repodata.json.bz2", "/noarch/repodata.json.bz2"]
    assert chosen(krait, only_bz2) == expected
    # From the cache, and again when the server is asked whether anything is new.
    assert chosen(krait, server.url, "--offline") == expected
    assert chosen(krait, server.url, "--repodata-ttl", "0") == expected


def test_damaged_bz2_is_refused(krait, only_bz2, serve):
    path = only_bz2 / "noarch/repodata.json.bz2"
    body = path.read_bytes()
    path.write_bytes(body[: len(body) // 2])
    server = serve(only_bz2)
    assert "noarch/repodata.json.bz2" in krait.solve(*SPECS, channel=server.url, code=5)["error"]


def flip(body, place):
    return body[:place] + bytes([body[place] ^ 4]) + body[place + 1:]


#: what can become of a file
DAMAGE = {
    "empty": lambda body: b"",
    "cut off": lambda body: body[: len(body) * 2 // 3],
    "one byte less": lambda body: body[:-1],
    "oversized": lambda body: body + b"\0" * 4096,
    "twice": lambda body: body + body,
    "first byte": lambda body: flip(body, 0),
    "header": lambda body: flip(body, 17),
    "early": lambda body: flip(body, len(body) // 5),
    "middle": lambda body: flip(body, len(body) // 2),
    "tables": lambda body: flip(body, len(body) - 100),
    "zeros": lambda body: body[: len(body) // 4] + bytes(len(body) // 2) + body[len(body) * 3 // 4:],
    "another version": lambda body: body[:8] + b"\x01" + body[9:],
}


@pytest.mark.parametrize("suffix, damage", [
    *(("index", damage) for damage in DAMAGE),
    *((suffix, damage) for suffix in ("state", "shards", "shards.state", "msgpack.zst")
      for damage in ("empty", "cut off", "oversized", "middle"))])
def test_a_damaged_file_of_the_cache_is_made_anew(krait, server, damage, suffix):
    flat = ["--no-shards"] if suffix in ("index", "state") else []
    if not flat:
        # On a busy machine the server looks far away, and a whole document would be taken in place of shards.
        server.faults["repodata.json.zst"] = answers(404)
    # The files are believed for an hour, so nothing but their state speaks against them.
    words = [*flat, "--repodata-ttl", "3600"]
    expected = chosen(krait, server.url, *words)
    files = [path for path in (krait.cache / "cache/krait-index-v1").glob("**/*")
             if path.is_file() and path.name.split(".", 1)[1] == suffix]
    assert files
    for path in files:
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert chosen(krait, server.url, *words) == expected
    server.requests.clear()
    assert chosen(krait, server.url, *words) == expected
    assert not [path for path in server.indexes() if not path.endswith("repodata_shards.msgpack.zst")]


def oversized(handler):
    """A fault: the file, and then more."""
    return handler.send(200, handler.file() + b"\0" * 100_000)


# One wrong bit shows in shards only: their digests are known, an index has none.
@pytest.mark.parametrize("fault, of", [
    (truncated, ".msgpack.zst"), (garbled, ".msgpack.zst"), (oversized, ".msgpack.zst"),
    (truncated, "repodata_shards.msgpack.zst"), (oversized, "repodata_shards.msgpack.zst")])
def test_damaged_shards_are_not_believed(krait, server, channel, fault, of):
    expected = chosen(krait, channel)

    def fails(handler):
        # Shards and their index end alike.
        is_index = handler.path.endswith("repodata_shards.msgpack.zst")
        return is_index == (of == "repodata_shards.msgpack.zst") and fault(handler)

    server.faults[".msgpack.zst"] = fails
    assert chosen(krait, server.url) == expected
    assert server.paths("repodata.json.zst"), "the whole document was not asked for"
    # When the server is well again, shards are in use again.
    server.faults.clear()
    server.faults["repodata.json.zst"] = answers(404)
    shutil.rmtree(krait.cache / "cache/krait-index-v1")
    server.requests.clear()
    assert chosen(krait, server.url) == expected
    assert server.paths(".msgpack.zst") and not server.paths("repodata.json")


@pytest.mark.parametrize("fault", [truncated, oversized])
def test_a_damaged_document_is_refused(krait, server, fault):
    server.faults["noarch/repodata.json.zst"] = fault
    result = krait("create", "--dry-run", "--json", "-p", krait.home / "never", "-c", server.url, "--override-channels",
                   "--no-shards", *SPECS, code=5)
    assert "noarch/repodata.json.zst" in json.loads(result.out)["error"]
    server.faults.clear()
    chosen(krait, server.url, "--no-shards")


def test_a_small_index_damaged_on_the_way_is_asked_for_again(krait, own_channel, serve):
    """All of it is in one block, so nothing was read before the damage; another form of it, there is none."""
    own_channel.add("tiny", "1.0")
    for path in own_channel.directory.glob("*/repodata.json"):
        compressor = zstandard.ZstdCompressor(write_checksum=True)
        path.with_suffix(".json.zst").write_bytes(compressor.compress(path.read_bytes()))
        path.unlink()
    server = serve(own_channel.directory)
    wrong = [garbled, truncated]
    server.faults["noarch/repodata.json.zst"] = lambda handler: wrong.pop()(handler) if wrong else False
    assert krait.solve("tiny", channel=server.url)["tiny"]["version"] == "1.0"
    assert wrong == []


def damaged(own_channel, path, was, becomes):
    """Answers once with an index that has other bytes in it and says to be as new as the right one is."""
    file = own_channel.directory / path
    times = [0]

    def answer(handler):
        times[0] += 1
        if times[0] > 1:
            return False
        body = file.read_bytes()
        assert was.encode() in body
        return handler.send(200, body.replace(was.encode(), becomes.encode()), headers=[
            ("Last-Modified", formatdate(file.stat().st_mtime, usegmt=True)), ("Cache-Control", "max-age=3600")])

    return answer


@pytest.fixture
def tiny(own_channel):
    """A channel of one package, without any checksum of its index."""
    own_channel.add("tiny", "1.0", {"bin/tiny": "#!/bin/sh\necho tiny\n"})
    own_channel.record = own_channel.records["noarch"]["tiny-1.0-0.tar.bz2"]
    return own_channel


WAYS = {
    "create": ("create", "{}", "-y", "-p", "./env", "tiny"),
    "exec": ("exec", "{}", "tiny"),
    "tool": ("tool", "install", "{}", "tiny"),
    "pack": ("pack", "{}", "--format", "tar", "-o", "env.tar", "tiny"),
}


@pytest.mark.parametrize("what", ["sha256", "size", "file"])
@pytest.mark.parametrize("way", WAYS)
def test_an_index_that_came_damaged_is_fetched_anew(krait, tiny, serve, what, way):
    """What it says of an archive is not so, nothing else tells that it is damaged, and the cache believes it."""
    wrong = {"sha256": (tiny.record["sha256"], "0" * 64), "size": (f'"size": {tiny.record["size"]}', '"size": 7'),
             "file": ("tiny-1.0-0.tar.bz2", "tjny-1.0-0.tar.bz2")}[what]
    server = serve(tiny.directory)
    server.faults["noarch/repodata.json"] = damaged(tiny, "noarch/repodata.json", *wrong)
    words = []
    for word in WAYS[way]:
        words += ["-c", server.url, "--override-channels"] if word == "{}" else [word]
    result = krait(*words)
    assert server.paths("noarch/repodata.json") == ["/noarch/repodata.json"] * 2
    assert len(server.paths("linux-64/repodata.json")) == 1
    if way == "create":
        assert "was damaged or out of date" in result.err
        assert (krait.home / "env/bin/tiny").exists()
    # The cache has the right one.
    server.requests.clear()
    krait("create", "-y", "-p", krait.home / "other", "-c", server.url, "--override-channels", "--offline", "tiny")
    assert server.requests == []


def test_an_archive_that_is_wrong_by_itself_asks_for_the_index_once(krait, tiny, serve):
    right = dict(tiny.record)
    tiny.add("tiny", "1.0", {"bin/tiny": "#!/bin/sh\necho another\n"})
    tiny.change("tiny-1.0-0.tar.bz2", **right)
    server = serve(tiny.directory)
    result = krait.create(krait.home / "env", "tiny", channel=server.url, code=5)
    assert f"expected {right['sha256']}" in result.err or "bytes" in result.err
    assert len(server.paths("noarch/repodata.json")) == 2
    assert not (krait.home / "env").exists()
    # One that cannot be read either was damaged by itself.
    server.faults["tiny-1.0-0.tar.bz2"] = garbled
    server.requests.clear()
    krait.create(krait.home / "env", "tiny", "--repodata-ttl", "3600", channel=server.url, code=5)
    assert len(server.paths("noarch/repodata.json")) <= 1
    server.faults["tiny-1.0-0.tar.bz2"] = answers(404)
    server.requests.clear()
    assert "404" in krait.create(krait.home / "env", "tiny", channel=server.url, code=4).err
    assert len(server.paths("noarch/repodata.json")) <= 2


def test_a_lock_has_no_index_to_ask(krait, tiny, serve):
    server = serve(tiny.directory)
    (krait.home / "lock.txt").write_text(f"@EXPLICIT\n{server.url}/noarch/tiny-1.0-0.tar.bz2#sha256:{'0' * 64}\n")
    krait("create", "-y", "-p", krait.home / "env", "--file", krait.home / "lock.txt", code=5)
    assert server.indexes() == []


def test_an_archive_that_the_channel_has_replaced_since(krait, tiny, serve):
    """The cached index is believed for as long as it may be, and leads to what is no longer there."""
    server = serve(tiny.directory)
    words = ["--repodata-ttl", "3600"]
    assert krait.solve("tiny", *words, channel=server.url)["tiny"]["version"] == "1.0"
    tiny.records["noarch"].clear()
    (tiny.directory / "noarch/tiny-1.0-0.tar.bz2").unlink()
    tiny.add("tiny", "1.1")
    server.requests.clear()
    result = krait.create(krait.home / "env", "tiny", *words, channel=server.url)
    assert (krait.home / "env/conda-meta/tiny-1.1-0.json").exists()
    assert "was damaged or out of date" in result.err
    assert server.paths("noarch/repodata.json") == ["/noarch/repodata.json"]
    assert "linux-64" not in " ".join(server.indexes())


@pytest.mark.parametrize("words", [["create", "-y", "-p", "PREFIX", "app"], ["exec", "app"]])
@pytest.mark.parametrize("run", range(3))
def test_archives_of_both_subdirs_that_the_channel_has_replaced_since(krait, own_channel, serve, run, words):
    """Whichever of them is met with first, and however many meet it at the same time."""
    names = [f"s{number}" for number in range(8)]

    def fill(version):
        for number, name in enumerate(names):
            own_channel.add(name, version, **[{}, {"subdir": "linux-64", "noarch": None}][number % 2])
        own_channel.add("app", version, {"bin/app": "#!/bin/sh\n"}, depends=names)

    fill("1.0")
    server = serve(own_channel.directory)
    common = ["-c", server.url, "--override-channels"]
    krait("create", "-y", "--dry-run", "-p", krait.home / "env", *common, "app")
    for subdir in ("noarch", "linux-64"):
        own_channel.records[subdir].clear()
        for archive in (own_channel.directory / subdir).glob("*.tar.bz2"):
            archive.unlink()
    fill("1.1")
    (krait.home / ".condarc").write_text("local_repodata_ttl: 3600\n")
    words = [str(krait.home / "env") if word == "PREFIX" else word for word in words]
    krait(words[0], *common, *words[1:])


@pytest.mark.parametrize("flat", [True, False])
def test_an_old_index_is_asked_about_before_there_is_no_solution(krait, own_channel, serve, flat):
    """A dependency that is there by now (Requirements R-14)."""
    own_channel.add("tool", "1.0", depends=["lib >=2"])
    own_channel.add("lib", "1.0")
    words = ["--repodata-ttl", "3600", *(["--no-shards"] if flat else [])]
    if not flat:
        for subdir in ("linux-64", "noarch"):
            write_shards(json.loads((own_channel.directory / subdir / "repodata.json").read_text()),
                         own_channel.directory / subdir)
    server = serve(own_channel.directory)
    assert "lib >=2" in krait.solve("tool", *words, channel=server.url, code=3)["error"]
    own_channel.add("lib", "2.0")
    if not flat:
        write_shards(json.loads((own_channel.directory / "noarch/repodata.json").read_text()),
                     own_channel.directory / "noarch")
    for path in own_channel.directory.glob("noarch/repodata*"):
        os.utime(path, (2_000_000_000, 2_000_000_000))  # the server tells whole seconds only
    # Within the first minute the index is good enough.
    krait.solve("tool", *words, channel=server.url, code=3)
    for path in (krait.cache / "cache/krait-index-v1").glob("*.state"):
        state = json.loads(path.read_text())
        path.write_text(json.dumps({**state, "confirmed": state["confirmed"] - 120}))
    assert krait.solve("tool", *words, channel=server.url)["lib"]["version"] == "2.0"
