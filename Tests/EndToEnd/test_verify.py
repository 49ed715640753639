# SPDX-License-Identifier: BSD-3-Clause
"""`krait env verify`: files, lock, channels, pip's lists and files of nobody, each with an exit code of its own."""
import base64
import hashlib
import json
import os
import time

import pytest
from packages import Channel, small_python


@pytest.fixture
def environment(krait, own_channel, serve, tmp_path):
    """(prefix, server of the channel, site-packages)"""
    small_python(own_channel)
    own_channel.add("tool", "1.0", {"bin/tool": "#!/bin/sh\n", "share/tool": "data"})
    server = serve(own_channel.directory)
    prefix = tmp_path / "env"
    krait.create(prefix, "python", "tool", "--no-pyc", channel=server.url)
    return prefix, server, prefix / "lib/python3.11/site-packages"


def as_pip(site, name, files):
    """Files and lists as pip leaves them."""
    information = f"{name}-1.0.dist-info"
    files = {**files, f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"}
    lines = []
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f'"{path}",sha256={digest},{len(text)}')
    lines += [f"{information}/RECORD,,", f"{name}/__pycache__/never.cpython-311.pyc,,"]
    (site / information / "RECORD").write_text("\n".join(lines) + "\n")


def verify(krait, prefix, *words, code, **more):
    document = krait("env", "verify", "-p", prefix, *words, "--json", code=code, **more).json
    assert document["success"] == (code == 0)
    return document


def later(channel, seconds=600):
    """The channel as of some time later: servers tell times in seconds."""
    for index in channel.directory.glob("*/repodata.json"):
        os.utime(index, (time.time() + seconds, time.time() + seconds))


def test_a_whole_environment(krait, environment, tmp_path):
    prefix, _, site = environment
    as_pip(site, "wheel_one", {"wheel_one/__init__.py": "", "wheel_one/b.py": "b = 1\n", "../../../bin/one": "#!/bin/sh\n"})
    # A lock of URLs holds nothing of pip.
    krait("export", "-p", prefix, "--explicit", "--sha256", "-f", tmp_path / "lock.txt")
    document = verify(krait, prefix, "--against", tmp_path / "lock.txt", "--against-channels", "--strict", code=0)
    assert document["failed"] == document["damaged"] == document["pip_damaged"] == document["channel_mismatches"] == []
    assert document["unchanged"] == 2 and document["packages"] == 2
    assert {one["origin"] for one in document["strays"]} == {"pip"}
    assert verify(krait, prefix, code=0)["channel_mismatches"] is None
    assert "As in the lock: 2 packages" in krait("env", "verify", "-p", prefix, "--against", tmp_path / "lock.txt").out


def test_files(krait, environment):
    prefix, _, _ = environment
    (prefix / "share/tool").unlink()
    (prefix / "share/tool").write_text("else")
    document = verify(krait, prefix, code=11)
    assert document["failed"] == ["files"] and [one["path"] for one in document["damaged"]] == ["share/tool"]


def test_what_can_no_longer_be_executed(krait, own_channel, serve, tmp_path):
    """Entry points, and what the archive in the cache says of the rest; nothing where it cannot be known."""
    small_python(own_channel)
    own_channel.add("tool", "1.0", {"bin/tool": "#!/bin/sh\n", "share/tool": "data"}, modes={"bin/tool": 0o755})
    script = {"site-packages/pure.py": "", "python-scripts/pure-script": "#!/bin/sh\n"}
    own_channel.add("pure", "1.0", script, noarch="python", depends=["python"], link={"noarch": {"type": "python", "entry_points": ["pure-point = pure:main"]}})
    server = serve(own_channel.directory)
    prefix, other = tmp_path / "env", tmp_path / "other"
    for place in (prefix, other):
        krait.create(place, "pure", "tool", "--no-pyc", channel=server.url)
    verify(krait, prefix, code=0)
    names = ("bin/pure-point", "bin/pure-script", "bin/tool")
    for name in names:
        (prefix / name).chmod(0o644)
    document = verify(krait, prefix, code=11)
    assert {(one["path"], one["problem"]) for one in document["damaged"]} == {(name, "mode") for name in names}
    assert "bin/tool  is not executable any more" in krait("doctor", "-p", prefix, code=1).out
    # A hard link takes the mode of the file in the cache along.
    krait("doctor", "-p", prefix, "--fix", code=None)
    assert all(os.access(prefix / name, os.X_OK) for name in names)
    verify(krait, prefix, code=0)
    (prefix / "bin/tool").chmod(0o644)
    (prefix / "bin/pure-point").chmod(0o644)
    document = verify(krait, prefix, code=11, env={"CONDA_PKGS_DIRS": tmp_path / "empty"})
    assert [one["path"] for one in document["damaged"]] == ["bin/pure-point"]


def test_lock(krait, environment, own_channel, tmp_path):
    prefix, server, _ = environment
    krait("export", "-p", prefix, "--explicit", "--sha256", "-f", tmp_path / "lock.txt")
    own_channel.add("tool", "1.1", {"bin/tool": "#!/bin/sh\n"})
    later(own_channel)
    krait("update", "-y", "-p", prefix, "tool", "-c", server.url, "--override-channels", "--repodata-ttl", "0")
    document = verify(krait, prefix, "--against", tmp_path / "lock.txt", code=12)
    assert document["failed"] == ["lock"] and [one["to"]["version"] for one in document["changed"]] == ["1.1"]


def test_channels(krait, environment, own_channel):
    prefix, server, _ = environment
    words = ["--against-channels", "--repodata-ttl", "0"]
    own_channel.change("tool-1.0-0.tar.bz2", sha256="0" * 64)
    later(own_channel)
    document = verify(krait, prefix, *words, code=13)
    assert document["failed"] == ["channels"]
    assert document["channel_mismatches"] == [{"package": "tool-1.0-0", "channel": server.url, "problem": "hash"}]
    del own_channel.records["noarch"]["tool-1.0-0.tar.bz2"]
    own_channel.write()
    later(own_channel, 1200)
    (mismatch,) = verify(krait, prefix, *words, code=13)["channel_mismatches"]
    assert mismatch["problem"] == "gone"
    assert f"tool-1.0-0  no longer in  {server.url}" in krait("env", "verify", "-p", prefix, *words, code=13).out


def test_lists_of_pip(krait, environment):
    prefix, _, site = environment
    as_pip(site, "wheel_one", {"wheel_one/a.py": "a = 1\n", "wheel_one/b.py": "b = 1\n", "wheel_one/c, d.py": ""})
    (site / "wheel_one/a.py").write_text("a = 2\n")
    (site / "wheel_one/c, d.py").unlink()
    document = verify(krait, prefix, code=14)
    found = {(one["path"].rpartition("site-packages/")[2], one["problem"]) for one in document["pip_damaged"]}
    assert found == {("wheel_one/a.py", "changed"), ("wheel_one/c, d.py", "missing")}
    assert {one["distribution"] for one in document["pip_damaged"]} == {"wheel_one-1.0.dist-info"}
    assert "wheel_one/a.py  changed  (wheel_one-1.0.dist-info)" in krait("env", "verify", "-p", prefix, code=14).out


def test_files_of_nobody(krait, environment):
    prefix, _, _ = environment
    (prefix / "etc").mkdir()
    (prefix / "etc/secret.conf").write_text("whose?")
    assert [one["path"] for one in verify(krait, prefix, code=0)["strays"]] == ["etc/secret.conf"]
    assert verify(krait, prefix, "--strict", code=15)["failed"] == ["unowned"]


def test_several_at_once(krait, environment, tmp_path):
    prefix, _, _ = environment
    (tmp_path / "environment.yml").write_text("dependencies: [tool=2]\n")
    (prefix / "share/tool").unlink()
    (prefix / "more").write_text("")
    document = verify(krait, prefix, "--against", tmp_path / "environment.yml", "--strict", code=10)
    assert document["failed"] == ["files", "lock", "unowned"]
    out = krait("env", "verify", "-p", prefix, "--strict", code=10).out
    assert "Wrong: files, unowned" in out and json.dumps(str(prefix))[1:-1] in out


def test_origin_is_not_checked_and_that_is_said(krait, environment, own_channel):
    prefix, server, _ = environment
    assert verify(krait, prefix, code=0)["origin"] == {"checked": False, "attested": 0}
    own_channel.add("signed", "1.0", {"share/signed": ""})
    own_channel.change("signed-1.0-0.tar.bz2", attestations_sha256="0" * 64)
    later(own_channel)
    krait("install", "-y", "-p", prefix, "signed", "-c", server.url, "--override-channels", "--repodata-ttl", "0")
    assert verify(krait, prefix, code=0)["origin"] == {"checked": False, "attested": 1}
    assert "Origin: not checked" in krait("env", "verify", "-p", prefix).out


def test_another_channel_is_told(krait, environment, tmp_path):
    prefix, server, _ = environment
    other = Channel(tmp_path / "other")
    other.add("tool", "2.0", {"bin/tool": ""})
    words = ["install", "-y", "-p", prefix, "tool=2", "-c", other, "-c", server.url, "--override-channels", "--no-pyc", "--dry-run"]
    warning = f"tool comes from another channel: {other.directory.as_uri()} in place of {server.url}"
    assert krait(*words, "--json").json["warnings"] == [warning]
    assert f"warning: {warning}\n" in krait(*words).err


def test_channels_of_one_short_name_are_told_apart(krait, own_channel, serve, tmp_path):
    """In the summary of a change, in what it replaces and in the list, with as much of the URL as it takes."""
    for folder, names in (("one/conda-forge", ("first",)), ("two/conda-forge", ("second", "third")), ("third", ("other",))):
        channel = Channel(tmp_path / "www" / folder)
        for name in names:
            channel.add(name, "1.0", {f"share/{name}": ""})
        if folder == "one/conda-forge":
            channel.add("second", "2.0", {"share/second": ""})
    url = serve(tmp_path / "www").url
    channels = [word for folder in ("two/conda-forge", "one/conda-forge", "third") for word in ("-c", f"{url}/{folder}")]
    prefix = tmp_path / "env"

    def column(text):
        return {line.split()[1]: line.split()[-1] for line in text.splitlines() if line[2:3] in "+~" and line[:2] == "  "}

    alone = krait("create", "-y", "-p", prefix, "second", "other", *channels, "--override-channels")
    assert column(alone.out + alone.err) == {"second": "conda-forge", "other": "third"}
    both = krait("install", "-y", "-p", prefix, "first", "second=2", *channels, "--override-channels", "--no-channel-priority")
    assert f"{url}/two/conda-forge -> {url}/one/conda-forge" in both.out + both.err and column(both.out + both.err)["first"] == f"{url}/one/conda-forge"
    krait("install", "-y", "-p", prefix, "third", *channels, "--override-channels")
    listed = {line.split()[0]: line.split()[-1] for line in krait("list", "-p", prefix).out.splitlines() if not line.startswith("#") and line}
    assert listed == {"first": f"{url}/one/conda-forge", "second": f"{url}/one/conda-forge", "third": f"{url}/two/conda-forge", "other": "third"}


def test_age_of_packages_and_channels(krait, own_channel, tmp_path):
    other = Channel(tmp_path / "other")
    for channel in (own_channel, other):
        for name in ("one", "two") if channel is own_channel else ("three",):
            for version, day in (("1", 1577836800000), ("2", 1735689600000)):
                channel.add(name, version, {f"share/{name}": version}, index={"timestamp": day})

    def chosen(*words):
        channels = ["-c", own_channel, "-c", other, "--override-channels"]
        linked = krait("create", "-p", tmp_path / "env", "one", "two", "three", *channels, *words, "--dry-run", "--json").json
        return {record["name"]: record["version"] for record in linked["actions"]["LINK"]}

    newest = {"one": "2", "two": "2", "three": "2"}
    assert chosen() == newest
    assert chosen("--exclude-newer", "2022-01-01") == {"one": "1", "two": "1", "three": "1"}
    assert chosen("--exclude-newer-package", "one=2022-01-01") == {**newest, "one": "1"}
    assert chosen("--exclude-newer-channel", f"{other}=2022-01-01") == {**newest, "three": "1"}
    mixed = ["--exclude-newer", "2022-01-01", "--exclude-newer-channel", f"{own_channel}=none", "--exclude-newer-package", "two=2023-01-01"]
    assert chosen(*mixed) == {"one": "2", "two": "1", "three": "1"}
    (krait.home / ".condarc").write_text("exclude_newer_package: [one=2022-01-01]\n")
    assert chosen() == {**newest, "one": "1"}
    assert "WHAT=TIME" in krait("create", "-p", tmp_path / "env", "one", "-c", own_channel, "--exclude-newer-package", "one", "--dry-run", code=2).err


def test_ages_of_nothing_are_told(krait, own_channel, tmp_path):
    for version, day in (("1", 1577836800000), ("2", 1735689600000)):
        own_channel.add("one", version, {"share/one": version}, index={"timestamp": day})
    words = ["create", "-p", tmp_path / "env", "-c", own_channel, "--override-channels", "--dry-run"]

    def told(*more):
        result = krait(*words, "one", *more, "--json").json
        return result["actions"]["LINK"][0]["version"], result["warnings"]

    day = "2022-01-01"
    assert told("--exclude-newer-package", f"ONE={day}") == ("1", [])
    version, (warning,) = told("--exclude-newer-package", f"onne={day}")
    assert version == "2" and "no effect on onne: no channel has a package of that name" in warning
    version, (warning,) = told("--exclude-newer-channel", f"https://h.example/other={day}")
    assert version == "2" and "no effect on https://h.example/other: it is not one of the channels" in warning
    # A file holds for every environment, and what is typed is stronger than what it says.
    (krait.home / ".condarc").write_text(f"exclude_newer_package: [one={day}, other={day}]\nexclude_newer_channel: [https://h.example/other={day}]\nexclude_newer: {day}\n")
    assert told() == ("1", [])
    assert told("--exclude-newer-package", "one=none")[0] == "2"
    assert told("--exclude-newer-package", "one=none", "--exclude-newer", "none")[0] == "2"
    (krait.home / ".condarc").unlink()
    for option, value, reason in (
        ("", "-5", "`-5` is neither"), ("", "soon", "`soon` is neither a date nor an age"), ("", "", "has no date or age"),
        ("", "2026-01-31T12:00:9223372036854775807", "is neither"), ("", "2026-01-31T12::00", "is neither"),
        ("-package", "", "is not WHAT=TIME"), ("-package", "=7d", "is not WHAT=TIME"), ("-package", "one=", "has no date or age"),
        ("-package", "o ne=7d", "it has a character that is not allowed"), ("-package", "one>=1=7d", "`>` is not allowed in it"),
        ("-channel", "a=", "has no date or age"), ("-channel", "=7d", "is not WHAT=TIME"), ("-channel", "a b=7d", "not the name of a channel"),
    ):
        complaint = krait(*words, "one", f"--exclude-newer{option}", value, code=2).err
        assert reason in complaint, (option, value)
        if value != "a b=7d":
            assert value in complaint and f"exclude_newer{option.replace('-', '_')}" in complaint
    url = (own_channel.directory / "noarch/one-2-0.tar.bz2").as_uri()
    for option, value in (("--exclude-newer", day), ("--exclude-newer-package", f"one={day}"), ("--exclude-newer-channel", f"{own_channel}={day}")):
        result = krait(*words, url, option, value, "--json").json
        assert any(f"`{option}` has no effect: the lock or list says" in warning for warning in result["warnings"])
        assert "is neither" in krait(*words, url, option, value.replace(day, "soon"), code=2).err


@pytest.mark.parametrize("cut", [2, 40, 300])
def test_a_cut_record_is_told(krait, environment, cut):
    prefix, _, _ = environment
    record = prefix / "conda-meta/tool-1.0-0.json"
    record.write_bytes(record.read_bytes()[:-cut])
    (prefix / "bin/tool").unlink()
    (prefix / "bin/tool").write_text("else")
    document = verify(krait, prefix, code=11)
    assert [one["package"] for one in document["unreadable_records"]] == ["tool-1.0-0"]
    assert "Unreadable records: 1" in krait("doctor", "-p", prefix, code=1).out
    krait("doctor", "-p", prefix, "--fix", code=None)
    assert (prefix / "bin/tool").read_text() == "#!/bin/sh\n"
    verify(krait, prefix, code=0)


def test_files_whose_records_say_nothing_are_counted(krait, environment):
    prefix, _, _ = environment
    path = prefix / "conda-meta/tool-1.0-0.json"
    record = json.loads(path.read_text())
    del record["paths_data"]
    path.write_text(json.dumps(record))
    assert verify(krait, prefix, code=0)["not_compared"] == 2
    assert "neither hash nor size: 2 files" in krait("env", "verify", "-p", prefix).out


def test_a_link_out_of_the_environment_is_no_file(krait, environment, own_channel, tmp_path):
    prefix, server, _ = environment
    (tmp_path / "outside").write_bytes((prefix / "bin/tool").read_bytes())
    (prefix / "bin/tool").unlink()
    (prefix / "bin/tool").symlink_to(tmp_path / "outside")
    assert [(one["path"], one["problem"]) for one in verify(krait, prefix, code=11)["damaged"]] == [("bin/tool", "kind")]
    # Links into the unpacked package are how packages are linked where that is asked for.
    soft = tmp_path / "soft"
    krait.create(soft, "tool", "--always-softlink", channel=server.url)
    assert (soft / "bin/tool").is_symlink()
    verify(krait, soft, code=0)


@pytest.mark.parametrize("algorithm", ["sha384", "sha512", "md5", "sha256=!!!"])
def test_other_hashes_of_pip(krait, environment, algorithm):
    prefix, _, site = environment
    as_pip(site, "wheel_one", {"wheel_one/a.py": "a = 1\n"})
    lists = site / "wheel_one-1.0.dist-info/RECORD"
    text = lists.read_text()
    (line,) = [line for line in text.splitlines() if line.startswith('"wheel_one/a.py"')]
    name, equals, digest = algorithm.partition("=")
    if not equals:
        digest = base64.urlsafe_b64encode(hashlib.new(name, b"a = 1\n").digest()).rstrip(b"=").decode()
    lists.write_text(text.replace(line, f"wheel_one/a.py,{name}={digest},6"))
    known = algorithm in ("sha384", "sha512")
    problems = [one["problem"] for one in verify(krait, prefix, code=0 if known else 14)["pip_damaged"]]
    assert problems == ([] if known else ["not comparable"])
    (site / "wheel_one/a.py").write_text("a = 2\n")
    assert len(verify(krait, prefix, code=14)["pip_damaged"]) == 1


@pytest.mark.parametrize("left, problem", [(None, "missing"), ("", "empty")])
def test_lists_of_pip_that_say_nothing(krait, environment, left, problem):
    prefix, _, site = environment
    as_pip(site, "wheel_one", {"wheel_one/a.py": "a = 1\n"})
    lists = site / "wheel_one-1.0.dist-info/RECORD"
    lists.unlink() if left is None else lists.write_text(left)
    (one,) = verify(krait, prefix, code=14)["pip_damaged"]
    assert one["path"].endswith("wheel_one-1.0.dist-info/RECORD") and one["problem"] == problem


def test_a_lock_without_hashes(krait, environment, tmp_path):
    prefix, server, _ = environment
    lock = tmp_path / "lock.txt"
    krait("export", "-p", prefix, "--explicit", "-f", lock)
    plain = "".join(line.partition("#")[0] + "\n" for line in lock.read_text().splitlines())
    lock.write_text(plain)
    document = verify(krait, prefix, "--against", lock, code=0)
    assert document["hash_not_compared"] == document["unchanged"] == 2
    assert "Hash not compared, as the lock has none: 2 packages" in krait("env", "verify", "-p", prefix, "--against", lock).out
    lock.write_text(plain.replace(server.url, "https://conda.anaconda.org/elsewhere"))
    assert len(verify(krait, prefix, "--against", lock, code=12)["changed"]) == 2
    assert f"elsewhere -> {server.url}" in krait("env", "verify", "-p", prefix, "--against", lock, code=12).out
