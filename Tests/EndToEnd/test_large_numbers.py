# SPDX-License-Identifier: BSD-3-Clause
"""Numbers that strangers tell, of any size: sums and conversions of them end no run, and memory does not follow them."""

import json
import os
import pathlib
import struct
import tempfile

import pytest

from packages import Channel
from strangers import Outside, run

#: Spelled out, as JSON libraries would not write all of them.
NUMBERS = ["18446744073709551615", "9223372036854775808", "18446744073709551616", "-1", "1e308", "1.5", "9" * 400]
FIELDS = ["size", "timestamp", "build_number"]
READING = [["list"], ["list", "--json"], ["env", "export"], ["list", "--explicit"], ["doctor"], ["history"]]


def told(text, fields, number):
    """A document in which all `fields` have another number, to the letter."""
    mark = 1234567890123
    document = json.loads(text)
    for record in [record for group in document.values() if isinstance(group, dict) for record in group.values()] + [document]:
        if isinstance(record, dict) and "name" in record:
            record.update(dict.fromkeys(fields, mark))
    return json.dumps(document).replace(str(mark), number)


@pytest.fixture
def channel(tmp_path):
    made = Channel(tmp_path / "channel")
    for name in ["one", "two", "three"]:
        made.add(name, "1.0", {f"share/{name}": f"{name}\n"})
    return made


@pytest.mark.parametrize("number", NUMBERS)
def test_of_a_document(krait, tmp_path, channel, number):
    """The plan is shown or refused; what was promised otherwise is not installed."""
    outside = Outside(tmp_path / "outside")
    place = channel.directory / "noarch/repodata.json"
    place.write_text(told(place.read_text(), FIELDS, number))
    words = ["--override-channels", "-c", channel]
    for more in [["--dry-run"], ["--dry-run", "--json"], []]:
        outcome = run(krait, "create", "-y", "-p", tmp_path / "env", *words, *more, "one", "two", "three")
        assert outcome.code in {0, 3, 4, 5}, outcome
        outside.check(outcome)
    for more in [[], ["--json"], ["--info"]]:
        assert run(krait, "search", *words, *more, "*").code in {0, 2, 3, 4}


@pytest.mark.parametrize("number", NUMBERS)
def test_of_records(krait, tmp_path, channel, number):
    words = ["--override-channels", "-c", channel]
    for name in ["env", "other"]:
        assert run(krait, "create", "-y", "-p", tmp_path / name, *words, "one", "two", "three").code == 0
    for record in (tmp_path / "env/conda-meta").glob("*.json"):
        record.write_text(told(record.read_text(), FIELDS, number))
    for verb in READING:
        outcome = run(krait, *verb, "-p", tmp_path / "env")
        assert outcome.code in {0, 1, 2, 5}, outcome
    assert run(krait, "env", "diff", tmp_path / "env", tmp_path / "other").code in {0, 1}
    for verb in [["install", "one"], ["update", "--all"], ["remove", "two"]]:
        outcome = run(krait, verb[0], "-y", "-p", tmp_path / "env", *(words if verb[0] != "remove" else []), *verb[1:])
        assert outcome.code in {0, 1, 2, 3}, outcome


@pytest.mark.parametrize("size", [2**64 - 1, 2**63, 2**62, 2**40])
def test_of_link_manifests(krait, tmp_path, channel, size):
    """A cache entry whose manifest tells another size of each file: nothing is believed that a look does not confirm."""
    words = ["--override-channels", "-c", channel]
    assert run(krait, "create", "-y", "-p", tmp_path / "env", *words, "one", "two").code == 0
    manifests = list(krait.home.rglob(".krait/manifest"))
    assert manifests
    for manifest in manifests:
        body = manifest.read_bytes()
        real = struct.pack("<Q", 4)
        assert real in body
        manifest.write_bytes(body.replace(real, struct.pack("<Q", size)))
    for more in [["--copy"], [], ["--safety-checks", "full"]]:
        prefix = tmp_path / f"env{len(more)}"
        outcome = run(krait, "create", "-y", "-p", prefix, *words, *more, "one", "two")
        assert outcome.code in {0, 1, 2, 5, 6}, outcome


@pytest.mark.parametrize("time", [-(2**63), 2**63 - 1])
def test_of_times_of_files(krait, tmp_path, channel, time):
    """Some file systems keep whatever time an archive tells of a file."""
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("there is no file system here that is known to")
    words = ["--override-channels", "-c", channel]
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        place = pathlib.Path(place)
        prefix, cache, packed = place / "env", place / "pkgs", place / "packed"
        assert run(krait, "create", "-y", "-p", prefix, *words, "one", env={"CONDA_PKGS_DIRS": cache}).code == 0
        (prefix / "share/mine").write_text("mine\n")
        (cache / "krait-v1/.staging-old").mkdir()
        packed.mkdir()
        for path in [*prefix.rglob("*"), *cache.rglob("*")]:
            os.utime(path, (time, time), follow_symlinks=False)
        if abs((prefix / "share/mine").stat().st_mtime) < 2**62:
            pytest.skip("this file system has its own idea of time")
        for verb in (
            ["list", "-p", prefix], ["doctor", "-p", prefix], ["env", "report", "-p", prefix], ["cache", "list"],
            ["clean", "--all", "--dry-run"], ["pack", "-p", prefix, "-o", packed / "a.zip"],
            ["pack", "-p", prefix, "-o", packed / "a.tar"], ["pack", *words, "one", "--format", "exe", "-o", packed / "a"],
            ["create", "-y", "-p", place / "clone", "--clone", prefix], ["create", "-y", "-p", place / "new", *words, "one"],
            ["install", "-y", "-p", prefix, *words, "--force-reinstall", "one"], ["clean", "--all", "-y"],
        ):  # fmt: skip
            outcome = run(krait, *verb, env={"CONDA_PKGS_DIRS": cache})
            assert outcome.code == 0 or verb[0] == "doctor", outcome
