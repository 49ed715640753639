# SPDX-License-Identifier: BSD-3-Clause
"""Archives, records and places that are odd and all right, as the peers take them; and what is told of the rest."""

import hashlib
import json
import os
import stat
import zipfile

import pytest

from moving import tar
from packages import Channel
from prefixes import files, problems


@pytest.fixture
def odd(tmp_path):
    return Channel(tmp_path / "channel")


def conda_archive(path, name, contents, method, modes=None):
    """A `.conda` whose members are compressed by `method`; gives its record."""
    record = {"name": name, "version": "1.0", "build": "0", "build_number": 0, "depends": [], "subdir": "noarch",
              "noarch": "generic"}  # fmt: skip
    listed = [{"_path": file, "path_type": "hardlink", "sha256": hashlib.sha256(body).hexdigest(),
               "size_in_bytes": len(body)} for file, body in contents.items()]  # fmt: skip
    information = {"index.json": record, "paths.json": {"paths_version": 1, "paths": listed}}
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
        archive.writestr(f"info-{name}-1.0-0.tar.zst", tar([
            (f"info/{file}", "hardlink", json.dumps(value).encode(), 0o644) for file, value in information.items()
        ]))  # fmt: skip
        archive.writestr(f"pkg-{name}-1.0-0.tar.zst", tar([
            (file, "hardlink", body, (modes or {}).get(file, 0o644)) for file, body in contents.items()
        ]))  # fmt: skip
    return record


@pytest.mark.parametrize("cache", [[], ["--no-cache"]])
def test_deflated_members(krait, odd, tmp_path, cache):
    path = tmp_path / "deflated.conda"
    body = bytes(range(256)) * 4000
    record = conda_archive(path, "deflated", {"share/deflated": body}, zipfile.ZIP_DEFLATED)
    odd.put("deflated-1.0-0.conda", path.read_bytes(), record)
    krait.create(tmp_path / "env", "deflated", *cache, channel=odd)
    assert (tmp_path / "env/share/deflated").read_bytes() == body and problems(tmp_path / "env") == []


def test_members_compressed_in_another_way(krait, odd, tmp_path):
    path = tmp_path / "lzma.conda"
    record = conda_archive(path, "lzma", {"share/lzma": b"x"}, zipfile.ZIP_LZMA)
    odd.put("lzma-1.0-0.conda", path.read_bytes(), record)
    result = krait.create(tmp_path / "env", "lzma", channel=odd, code=5)
    assert "compressed by method 14" in result.err


def test_zeros_after_bzip2(krait, odd, tmp_path):
    archive = odd.add("padded", files={"share/padded": "x"})
    record = odd.records["noarch"][archive.name]
    odd.put(archive.name, archive.read_bytes() + bytes(10240), record)
    krait.create(tmp_path / "env", "padded", channel=odd)
    assert (tmp_path / "env/share/padded").read_text() == "x" and problems(tmp_path / "env") == []


@pytest.mark.parametrize("cache", [[], ["--no-cache"]])
def test_set_id_bits_are_dropped_and_told(krait, odd, tmp_path, cache):
    odd.add("su", files={"bin/su": "x", "bin/sg": "x"}, modes={"bin/su": 0o4755, "bin/sg": 0o2755})
    result = krait.create(tmp_path / "env", "su", *cache, channel=odd)
    assert "`bin/su` and 1 more are set-user-id or set-group-id in the archive of su-1.0-0" in result.err
    for name in ("su", "sg"):
        assert stat.S_IMODE((tmp_path / "env/bin" / name).stat().st_mode) == 0o755
    assert problems(tmp_path / "env") == []


def place(prefix, *paths):
    for path in paths:
        target = prefix / path
        if path.endswith("/"):
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()


@pytest.mark.parametrize("paths", [
    [], ["lost+found/"], ["lost+found/#12"], [".keep"], ["a/b/c/"], ["share/tiny/"], ["data/.gitkeep", "conda-meta/"],
])  # fmt: skip
def test_what_does_not_fill_a_prefix(krait, odd, tmp_path, paths):
    odd.add("tiny", files={"share/tiny": "x"})
    prefix = tmp_path / "env"
    prefix.mkdir()
    place(prefix, *paths)
    krait.create(prefix, "tiny", channel=odd)
    assert (prefix / "share/tiny").read_text() == "x"
    assert [line for line in problems(prefix) if line.split()[0] not in paths] == []
    for path in paths:
        assert (prefix / path).exists()
    # What was there is nobody's to remove.
    krait("remove", "-y", "-p", prefix, "tiny")
    assert all((prefix / path).exists() for path in paths if not path.startswith("share"))


@pytest.mark.parametrize("paths", [["file"], ["a/b/file"], ["keep"], ["a/lost+found/file"], [".condarc"]])
def test_what_fills_a_prefix(krait, odd, tmp_path, paths):
    odd.add("tiny", files={"share/tiny": "x"})
    prefix = tmp_path / "env"
    prefix.mkdir()
    place(prefix, *paths)
    result = krait.create(prefix, "tiny", channel=odd, code=2)
    assert "neither empty nor an environment" in result.err
    assert sorted(files(prefix)) == paths


def test_links_and_pipes_fill_a_prefix(krait, odd, tmp_path):
    odd.add("tiny", files={"share/tiny": "x"})
    for name, make in {"link": lambda path: path.symlink_to("."), "pipe": os.mkfifo}.items():
        prefix = tmp_path / name
        prefix.mkdir()
        make(prefix / ".keep")
        krait.create(prefix, "tiny", channel=odd, code=2)


@pytest.mark.parametrize("text, reason", [
    ("tiny >=1,<<2", "`<<2` has an unknown operator"), ("tiny >=1 [[", "`[` in the brackets"), ("", "it is empty"),
])  # fmt: skip
def test_a_dependency_that_is_none_is_named(krait, odd, tmp_path, text, reason):
    odd.add("tiny", files={"share/tiny": "x"})
    odd.add("wrong", depends=[text])
    odd.add("above", depends=["wrong"])
    for asked in ("wrong", "above"):
        result = krait.create(tmp_path / "env", asked, channel=odd, code=3)
        assert f"`{text}` is not a spec: " in result.err and reason in result.err, result
