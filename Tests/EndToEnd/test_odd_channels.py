# SPDX-License-Identifier: BSD-3-Clause
"""What channels serve that they should not: bad records, stores that say "forbidden", pages instead of documents."""

import json

import pytest


def refuse(*suffixes, status=403, body=b"<Error><Code>AccessDenied</Code></Error>"):
    """Answers so for what ends in one of `suffixes`, or for all that is missing when there is none."""

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return True

    return {suffix: answer for suffix in suffixes}


SHARDS, ZSTD, JSON, BZIP2 = "repodata_shards.msgpack.zst", "repodata.json.zst", "/repodata.json", "repodata.json.bz2"


@pytest.fixture
def tiny(own_channel):
    own_channel.add("tiny", files={"share/tiny": "x"})
    return own_channel


@pytest.mark.parametrize("faults", [
    refuse(SHARDS, ZSTD),
    refuse(SHARDS, ZSTD, status=200, body=b"<html>not found</html>"),
    refuse(SHARDS, ZSTD, status=200, body=b""),
    # The platform's folder is not there at all.
    refuse(SHARDS, ZSTD, BZIP2, "linux-64/repodata.json"),
])
def test_the_plain_document_is_enough(krait, tiny, serve, tmp_path, faults):
    server = serve(tiny.directory)
    server.faults.update(faults)
    krait.create(tmp_path / "e", "tiny", channel=server.url)
    assert (tmp_path / "e/share/tiny").exists()


@pytest.mark.parametrize("faults, word", [
    (refuse(SHARDS, ZSTD, JSON, BZIP2), "403"),
    (refuse(JSON, status=200, body=b""), "empty"),
    (refuse(JSON, status=200, body=b" \n"), "empty"),
    (refuse("linux-64/repodata.json", status=200, body=b""), "empty"),
])
def test_no_document_is_no_empty_channel(krait, tiny, serve, tmp_path, faults, word):
    server = serve(tiny.directory)
    server.faults.update(faults)
    result = krait.create(tmp_path / "e", "tiny", channel=server.url, code=4)
    assert word in result.complaint and "repodata.json" in result.complaint
    # Nothing of it is believed later.
    server.faults.clear()
    krait.create(tmp_path / "e", "tiny", channel=server.url)


BAD = [
    None, 1, 1.5, "text", [], [{}], True, {}, {"depends": "x"}, {"depends": [1]}, {"name": None},
    {"sha256": "zz"}, {"size": "big"}, {"build_number": -1}, {"version": 2},
]


@pytest.mark.parametrize("group", ["packages", "packages.conda"])
@pytest.mark.parametrize("bad", BAD, ids=[json.dumps(bad) for bad in BAD])
def test_a_bad_record_costs_itself(krait, tiny, tmp_path, bad, group):
    file = tiny.directory / "noarch/repodata.json"
    document = json.loads(file.read_text())
    good = next(iter(document["packages"].values()))
    suffix = ".conda" if group == "packages.conda" else ".tar.bz2"
    if isinstance(bad, dict) and bad:
        bad = {**good, "version": "2.0", **bad}
    document[group] = {f"tiny-2.0-0{suffix}": bad, **document[group], f"tiny-3.0-0{suffix}": bad}
    file.write_text(json.dumps(document))
    result = krait.create(tmp_path / "e", "tiny", channel=tiny)
    assert f"2 records of file://{tiny}/noarch cannot be used and were skipped, first tiny-2.0-0{suffix}" in result.err
    result = krait.create(tmp_path / "f", "-v", "tiny", channel=tiny)
    assert f"tiny-2.0-0{suffix}, tiny-3.0-0{suffix}" in result.err
    assert (tmp_path / "e/share/tiny").exists()


def test_local_is_where_conda_builds(krait, tiny, tmp_path):
    words = ["create", "-y", "-p", tmp_path / "e", "--override-channels", "-c", "local", "tiny"]
    assert "there is no local channel" in krait(*words, code=2).complaint
    (krait.home / "conda-bld").symlink_to(tiny.directory)
    krait(*words)
    assert (tmp_path / "e/share/tiny").exists()
    krait(*words[:3], tmp_path / "f", *words[4:6], "local", "tiny", env={"CONDA_BLD_PATH": tiny})


def test_records_whose_names_lead_elsewhere_are_not_there(krait, tiny):
    """Names, versions and builds become names of files: what cannot be one is no package, wherever it is asked for."""
    place = tiny.directory / "noarch/repodata.json"
    document = json.loads(place.read_text())
    good = next(iter(document["packages"].values()))
    for name in ("../x", "a/b", "/x", "a\\b", "a b", "a\x7f", "a\nb"):
        for field in ("name", "version", "build"):
            record = {**good, "name": "bad", "version": "1.0", "build": "0", field: name}
            file_name = f"{record['name']}-{record['version']}-{record['build']}.tar.bz2"
            document["packages"][file_name] = record
            document["packages"][f"bad-2.0-{len(document['packages'])}.tar.bz2"] = record
    place.write_text(json.dumps(document))
    found = krait("search", "-c", tiny, "--override-channels", "*", "--json").json
    assert list(found) == ["tiny"], found
