# SPDX-License-Identifier: BSD-3-Clause
"""`krait pack`: an environment straight into an archive or image, the same files as `create` makes, in layers that stay."""

import io
import json
import os
import pathlib
import shutil
import stat
import subprocess
import tarfile
import zipfile

import pytest

from conftest import ARCHITECTURE, CHANNEL, FEATURES
from images import Layout, records, tree
from packages import small_python

#: one of each kind of file, but no link scripts, which nobody can run where nothing stands
SPECS = ["python=3.11", *(name for name in FEATURES if name not in {"feature-link-scripts", "feature-meta"})]
PREFIX = "/env"


def sh(*words, **more):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, **more)
    assert done.returncode == 0, done
    return done.stdout


@pytest.fixture
def channels(own_channel):
    return ["-c", small_python(own_channel), "-c", CHANNEL, "--override-channels", "--no-pip"]


@pytest.fixture
def pack(krait, channels):
    """`pack(output, …)` packs the packages above; `specs` are others."""

    def run(output, *words, specs=SPECS, **more):
        return krait("pack", *channels, *specs, "-o", output, *words, **more)

    return run


def unpacked(archive, into):
    into.mkdir()
    sh("tar", "-xf", archive, "-C", into)
    return into


@pytest.mark.parametrize("words", [[], ["--pyc", "unchecked-hash"], ["--no-pyc"], ["--exclude", "*.h"]], ids=" ".join)
def test_packing_and_creating_give_the_same_files(krait, pack, channels, tmp_path, words):
    """Created where it will be, in a file system of its own, and packed for there."""
    env = {"SOURCE_DATE_EPOCH": 1735689600}
    prefix = tmp_path / "there" / "env"
    krait("create", "-y", "-p", prefix, *channels, *SPECS, *words, env=env)
    pack(tmp_path / "env.tar", "--prefix", prefix, *words, env=env)
    packed = unpacked(tmp_path / "env.tar", tmp_path / "packed")
    assert tree(packed) == tree(prefix)
    assert records(packed) == records(prefix)
    krait("doctor", "-p", packed, "--json", code=None)


def test_a_lock_and_the_environment_made_from_it_pack_alike(krait, channels, tmp_path):
    krait("create", "-y", "-p", tmp_path / "env", *channels, *SPECS)
    lock = tmp_path / "lock.txt"
    krait("env", "export", "-p", tmp_path / "env", "-f", lock)
    trees = []
    for name, words in {"lock": ["-f", lock], "env": ["-p", tmp_path / "env"]}.items():
        krait("pack", *words, "--prefix", PREFIX, "-o", tmp_path / f"{name}.tar")
        trees.append(unpacked(tmp_path / f"{name}.tar", tmp_path / f"unpacked-{name}"))
    assert tree(trees[0]) == tree(trees[1]) and len(tree(trees[0])) > 150
    # The environment remembers what was asked for; of a lock that is everything in it.
    kept = records(tmp_path / "env")
    assert records(trees[1]).keys() == kept.keys()
    asked = [{spec for line in one["history"] if "specs:" in line for spec in json.loads(line.partition(":")[2])} for one in (kept, records(trees[1]))]
    assert asked[0] == asked[1] and len(asked[0]) == len(SPECS)


def test_every_archive_holds_the_same(pack, tmp_path):
    for name in ("e.tar", "e.tar.gz", "e.tar.zst", "e.zip"):
        pack(tmp_path / name)
    plain = (tmp_path / "e.tar").read_bytes()
    assert subprocess.run(["gzip", "-dc", tmp_path / "e.tar.gz"], capture_output=True, check=True).stdout == plain
    assert subprocess.run(["zstd", "-dc", tmp_path / "e.tar.zst"], capture_output=True, check=True).stdout == plain
    sh("python3", "-m", "zipfile", "-t", tmp_path / "e.zip")
    with zipfile.ZipFile(tmp_path / "e.zip") as archive, tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        members = {entry.filename: entry for entry in archive.infolist()}
        assert [name.rstrip("/") for name in members] == tar.getnames()
        for member in tar:
            entry = members[member.name + ("/" if member.isdir() else "")]
            mode = entry.external_attr >> 16
            assert stat.S_IMODE(mode) == member.mode
            if member.isfile():
                assert archive.read(entry) == tar.extractfile(member).read()
            elif member.issym():
                assert stat.S_ISLNK(mode) and archive.read(entry).decode() == member.linkname


@pytest.mark.parametrize("program", ["tar2sqfs", "sqfstar"])
def test_a_file_system_in_a_file_holds_the_same(pack, tmp_path, program):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / program).symlink_to(shutil.which(program))
    env = {"PATH": str(tmp_path / "bin")}
    for name in ("one", "two"):
        pack(tmp_path / f"{name}.squashfs", "--pyc", "none", env=env)
    # sqfstar gives the root directory the time of the day.
    if program == "tar2sqfs":
        assert (tmp_path / "one.squashfs").read_bytes() == (tmp_path / "two.squashfs").read_bytes()
    pack(tmp_path / "plain.tar", "--pyc", "none")
    sh("unsquashfs", "-q", "-n", "-d", tmp_path / "out", tmp_path / "one.squashfs")
    assert tree(tmp_path / "out") == tree(unpacked(tmp_path / "plain.tar", tmp_path / "plain"))
    (tmp_path / "bin" / program).unlink()
    result = pack(tmp_path / "no.squashfs", env=env, code=2)
    assert "needs `tar2sqfs` or `sqfstar`" in result.complaint and not (tmp_path / "no.squashfs").exists()
    (tmp_path / "bin" / program).write_text("#!/bin/false\n")
    (tmp_path / "bin" / program).chmod(0o755)
    assert f"{program} ended with 1" in pack(tmp_path / "no.squashfs", env=env, code=1).complaint
    assert not [name for name in os.listdir(tmp_path) if name.startswith((".krait", "no"))]


def test_archives_are_as_the_strictest_platform_wants_them(pack, tmp_path):
    pack(tmp_path / "image", "--format", "oci", "--prefix", "/opt/my/env")
    layout = Layout(tmp_path / "image")
    assert len(layout.layers) <= 10
    times = set()
    for digest in layout.layers:
        # No time and no name in the gzip header.
        assert layout.blob(digest)[:10] == bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
        seen = set()
        members = layout.members(digest)
        assert [member.name.encode() for member in members] == sorted(member.name.encode() for member in members)
        for member in members:
            assert member.isfile() or member.isdir() or member.issym(), f"{member.name} is a hard link or worse"
            assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
            assert member.mode == (0o777 if member.issym() else 0o755 if member.isdir() else member.mode)
            assert member.mode in (0o755, 0o644, 0o777)
            parent = os.path.dirname(member.name)
            assert parent == "" or parent in seen, f"{parent} comes before {member.name}"
            assert member.name not in seen
            seen.add(member.name)
            times.add(member.mtime)
            needs_pax = not member.name.isascii() or len(member.name) > 256 or len(member.linkname) > 100
            assert bool(member.pax_headers) == needs_pax or len(member.name) > 100
    assert 0 not in times
    assert layout.manifest["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json"
    assert {layer["mediaType"] for layer in layout.manifest["layers"]} == {"application/vnd.oci.image.layer.v1.tar+gzip"}


def test_two_runs_and_any_number_of_threads_give_one_digest(krait, pack, tmp_path):
    digests = set()
    for number, before in enumerate([[], ["taskset", "-c", "0"], []]):
        env = {"CONDA_PKGS_DIRS": tmp_path / f"pkgs{number % 2}", "TZ": ["UTC", "Asia/Tokyo"][number % 2]}
        result = pack(tmp_path / f"image{number}", "--format", "oci", "--json", env=env, before=before)
        digests.add(result.json["digest"])
    result = pack(tmp_path / "image3", "--format", "oci", "--json", "--no-cache")
    assert digests == {result.json["digest"]}
    assert Layout(tmp_path / "image0").digest in digests


def test_a_changed_package_changes_its_layer_and_the_top_one(krait, own_channel, tmp_path):
    small_python(own_channel)
    for name, size in {"large": 300_000, "middle": 40_000, "small": 3_000, "tiny": 100}.items():
        data = {f"share/{name}.bin": os.urandom(size).hex()}
        own_channel.add(name, "1", data)
        if name == "middle":
            own_channel.add(name, "2", {f"share/{name}.bin": os.urandom(size).hex()})
    words = ["-c", own_channel, "--override-channels", "--no-pip", "--layers", "4", "--format", "oci"]
    layouts = []
    for version in (1, 2):
        krait("pack", *words, "python", "large", "small", "tiny", f"middle={version}", "-o", tmp_path / str(version))
        layouts.append(Layout(tmp_path / str(version)))
    old, new = layouts
    changed = [number for number, pair in enumerate(zip(old.layers, new.layers)) if pair[0] != pair[1]]
    assert len(old.layers) == len(new.layers) == 4 and len(changed) == 2 and changed[-1] == 3
    names = [member.name for member in new.members(new.layers[changed[0]])]
    # Its record lies beside its files.
    assert "env/share/middle.bin" in names and any(name.startswith("env/conda-meta/middle-2-") for name in names)
    top = [member.name for member in new.members(new.layers[3])]
    added = ["usr", "usr/share", "usr/share/sbom", "usr/share/sbom/env.cdx.json"]
    assert top == ["env", "env/conda-meta", "env/conda-meta/history", *added]


def test_packages_that_share_a_path_share_a_layer(pack, tmp_path):
    result = pack(tmp_path / "image", "--format", "oci", "--layers", "100", "--json")
    (shared,) = [layer for layer in result.json["layers"] if "feature-clobber-a" in layer["packages"]]
    assert {"feature-clobber-a", "feature-clobber-b", "feature-clobber-c"} <= set(shared["packages"])
    layout = Layout(tmp_path / "image")
    paths = {}
    for digest in layout.layers:
        for member in layout.members(digest):
            if not member.isdir():
                assert member.name not in paths, f"{member.name} is in two layers"
                paths[member.name] = digest


def test_the_number_of_layers_is_as_asked(pack, tmp_path):
    for count in (1, 2, 5):
        result = pack(tmp_path / f"image{count}", "--format", "oci", "--layers", count, "--json")
        assert len(result.json["layers"]) == count == len(Layout(tmp_path / f"image{count}").layers)
    for wrong in ("0", "101", "many"):
        result = pack(tmp_path / "image", "--format", "oci", "--layers", wrong, code=2)
        assert f"--layers {wrong}" in result.complaint


def test_an_image_says_how_it_is_run(pack, tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("print('hello')\n")
    (tmp_path / "app" / "run").write_text("#!/bin/sh\n")
    (tmp_path / "app" / "run").chmod(0o700)
    (tmp_path / "app" / "again").symlink_to("main.py")
    pack(
        tmp_path / "image", "--format", "oci", "--add", f"{tmp_path / 'app'}:/app", "--entrypoint", "python", "--entrypoint",
        "/app/main.py", "--user", "1000:1000", "--workdir", "/app", "--env", "COLOUR=blue", "--label", "team=one",
    )  # fmt: skip
    layout = Layout(tmp_path / "image")
    run = layout.config["config"]
    assert run["Entrypoint"] == ["python", "/app/main.py"] and run["User"] == "1000:1000" and run["WorkingDir"] == "/app"
    assert run["Env"][0].startswith("PATH=/env/bin:") and "COLOUR=blue" in run["Env"]
    assert "CONDA_PREFIX=/env" in run["Env"] and run["Labels"]["team"] == "one"
    assert (layout.config["architecture"], layout.config["os"]) == (ARCHITECTURE, "linux")
    assert len(layout.config["rootfs"]["diff_ids"]) == len(layout.layers) == len(layout.config["history"])
    top = {member.name: member for member in layout.members(layout.layers[-1])}
    assert top["app/run"].mode == 0o755 and top["app/main.py"].mode == 0o644 and top["app/again"].linkname == "main.py"


def test_what_reads_images_reads_these(pack, tmp_path, open_path):
    pack(tmp_path / "image", "--format", "oci")
    pack(tmp_path / "image.tar", "--format", "oci-archive")
    pack(tmp_path / "docker.tar", "--format", "docker-archive")
    layout = Layout(tmp_path / "image")
    policy = ["skopeo", "--insecure-policy"]
    for number, source in enumerate([f"oci:{tmp_path}/image", f"oci-archive:{tmp_path}/image.tar"]):
        sh(*policy, "copy", source, f"oci:{tmp_path}/copy{number}:latest")
        assert Layout(tmp_path / f"copy{number}").digest == layout.digest
    sh(*policy, "copy", f"docker-archive:{tmp_path}/docker.tar", f"oci:{tmp_path}/copy2:latest")
    assert Layout(tmp_path / "copy2").config["rootfs"] == layout.config["rootfs"]
    sh("umoci", "unpack", "--rootless", "--image", f"{tmp_path}/image:latest", tmp_path / "bundle")
    plain = unpacked_from_tar(pack, tmp_path)
    assert tree(tmp_path / "bundle" / "rootfs" / "env") == tree(plain)
    assert records(tmp_path / "bundle" / "rootfs" / "env") == records(plain)
    # What podman and buildah store images with.
    buildah = ["buildah", "--root", tmp_path / "store", "--runroot", open_path, "--storage-driver", "vfs"]
    more = {"env": {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}}
    sh(*buildah, "from", "--name", "one", f"oci:{tmp_path}/image:latest", **more)
    root = pathlib.Path(sh(*buildah, "mount", "one", **more).strip())
    assert tree(root / "env") == tree(plain) and records(root / "env") == records(plain)
    sh(*buildah, "rm", "one", **more)
    podman = ["podman", *buildah[1:]]
    found = [sh(*podman, "pull", "-q", f"oci-archive:{tmp_path}/image.tar", **more).strip()]
    for name in ("image.tar", "docker.tar"):
        loaded = sh(*podman, "load", "-q", "-i", tmp_path / name, **more).split()[-1]
        found.append(sh(*podman, "image", "inspect", "--format", "{{.Id}}", loaded, **more).strip())
    assert set(found) == {layout.manifest["config"]["digest"].removeprefix("sha256:")}


def unpacked_from_tar(pack, tmp_path):
    pack(tmp_path / "plain.tar")
    return unpacked(tmp_path / "plain.tar", tmp_path / "plain")


def test_zstd_layers_are_all_zstd(pack, tmp_path):
    pack(tmp_path / "image", "--format", "oci", "--compress", "zstd")
    pack(tmp_path / "plain", "--format", "oci")
    layout, plain = Layout(tmp_path / "image"), Layout(tmp_path / "plain")
    assert {layer["mediaType"] for layer in layout.manifest["layers"]} == {"application/vnd.oci.image.layer.v1.tar+zstd"}
    assert layout.config["rootfs"] == plain.config["rootfs"]
    sh("skopeo", "--insecure-policy", "copy", f"oci:{tmp_path}/image", f"oci:{tmp_path}/copy:latest")
    result = pack(tmp_path / "d.tar", "--format", "docker-archive", "--compress", "zstd", code=2)
    assert "--compress zstd" in result.complaint


def test_a_layout_that_is_there_gets_the_new_image_and_nothing_else_is_touched(pack, tmp_path):
    pack(tmp_path / "image", "--format", "oci", specs=["python=3.11"])
    pack(tmp_path / "image", "--format", "oci")
    # Layout itself makes sure that no blob of the old image is left.
    assert len(Layout(tmp_path / "image").layers) == 10
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    result = pack(tmp_path / "mine", "--format", "oci", code=2)
    assert "exists and is not an image layout" in result.complaint
    assert (tmp_path / "mine" / "file").read_text() == "mine"


def test_link_scripts_are_refused_by_name(pack, tmp_path):
    result = pack(tmp_path / "e.tar", specs=["feature-link-scripts"], code=3)
    assert "feature-link-scripts" in result.complaint and "--no-link-scripts" in result.complaint
    assert not (tmp_path / "e.tar").exists()
    result = pack(tmp_path / "e.tar", "--no-link-scripts", specs=["feature-link-scripts"])
    assert "link scripts were not run" in result.err and (tmp_path / "e.tar").exists()


def test_a_full_disk_leaves_nothing(pack, mounted):
    disk = mounted("200k")
    for name, words in {"image": ["--format", "oci"], "e.tar.zst": [], "e.zip": [], "i.tar": ["--format", "oci-archive"], "e": ["--format", "exe"]}.items():
        result = pack(disk / name, *words, code=6)
        assert result.complaint.count("error:") <= 1 and "No space left" in result.complaint
        assert os.listdir(disk) == []


def left(directory):
    """What is written there before it has its name."""
    return [name for name in os.listdir(directory) if name.startswith(".krait-")]


@pytest.mark.parametrize("kind", ["pipe", "device", "link", "dangling", "directory"])
def test_nothing_but_a_file_makes_way_for_a_file(pack, tmp_path, kind):
    """As root `-o /dev/null` would leave all others a file of that name."""
    place = tmp_path / "out.tar"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        if subprocess.run(["mknod", place, "c", "1", "3"], capture_output=True).returncode:
            pytest.skip("no devices can be made here")
    elif kind == "directory":
        place.mkdir()
    else:
        if kind == "link":
            (tmp_path / "other").write_text("mine")
        place.symlink_to("other")
    before = place.lstat()
    for words in ([], ["--format", "oci-archive"], ["--format", "exe"]):
        assert "is a " in pack(place, *words, specs=["feature-modes"], code=2).complaint
    after = place.lstat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode) and left(tmp_path) == []
    assert (tmp_path / "other").exists() == (kind == "link")


def test_several_at_once_leave_one_whole_layout(krait, channels, tmp_path):
    """Where none is yet, and where one is: they wait for one another, and what one names no other takes away."""
    image = tmp_path / "image"
    for _ in range(2):
        running = []
        for number in range(6):
            specs = ["feature-modes"] if number % 2 else ["python=3.11", "feature-modes"]
            words = ["pack", *channels, *specs, "--format", "oci", "-o", image, "--layers", str(2 + number // 2)]
            running.append(subprocess.Popen([krait.binary, *map(str, words)], env=krait.environment, stderr=subprocess.PIPE))
        for process in running:
            _, told = process.communicate()
            assert process.returncode == 0, told
        # It makes sure that every blob is there and no other.
        Layout(image)
    assert left(tmp_path) == []


def test_what_a_killed_one_left_goes_with_the_next(krait, channels, tmp_path):
    words = ["pack", *channels, "python=3.11", "pandas", "--format", "oci", "-o", tmp_path / "image"]
    process = subprocess.Popen([krait.binary, *map(str, words)], env=krait.environment, stderr=subprocess.DEVNULL)
    while process.poll() is None and not left(tmp_path):
        pass
    process.kill()
    process.wait()
    krait("pack", *channels, "feature-modes", "-o", tmp_path / "small.tar")
    assert not (tmp_path / "image").exists() and left(tmp_path) == []


@pytest.mark.parametrize("value", ["never", "-1", "1e9", "253402300800", "9223372036854775808"])
def test_a_time_that_images_cannot_tell_is_refused(pack, tmp_path, value):
    result = pack(tmp_path / "image", "--format", "oci", specs=["feature-modes"], code=2, env={"SOURCE_DATE_EPOCH": value})
    assert f"`{value}` is not a number of seconds" in result.complaint and not (tmp_path / "image").exists()


@pytest.mark.parametrize(
    "words, said",
    [
        (["--format", "rar", "-o", "x"], "is not a format"),
        (["-o", "x"], "does not imply a format"),
        (["-o", "x.tar", "--user", "me"], "is for images, and tar is not one"),
        (["-o", "x.tar", "--prefix", "env"], "is not a plain path from the root"),
        (["-o", "x.tar", "--add", "nothing"], "is not SRC:DST"),
        (["-o", "x.tar", "--add", "/etc/hostname:/etc/hostname"], "is not in the environment"),
        (["-o", "x", "--format", "oci", "--add", "missing:/x"], "there is no such file"),
        (["-o", "x", "--format", "oci", "--env", "NAME"], "is not NAME=VALUE"),
        (["-o", "x", "--format", "oci", "--layers", "1", "--add", "/etc/hostname:/env/conda-meta"], "is a file or link"),
        (["-o", "x", "--format", "oci", "--tag", "a b"], "is not a tag"),
        (["-o", "x", "--format", "oci", "--tag", "team/x:1"], "is not a tag"),
        (["-o", "x", "--format", "oci", "--workdir", "app"], "is not a path from the root"),
        (["-o", "x", "--format", "oci", "--base", "./nope"], "is neither a layout nor an archive here"),
        (["-o", "-", "--format", "tar"], "no output was given"),
        ([], "no output was given"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_words_are_refused(krait, tmp_path, channels, words, said):
    result = krait("pack", *channels, "feature-modes", *words, code=2, cwd=tmp_path)
    assert said in result.complaint
    assert not (tmp_path / "x").exists() and not (tmp_path / "x.tar").exists()


def test_an_image_for_another_processor_needs_none_of_it(krait, own_channel, tmp_path):
    folder = own_channel.directory / "linux-aarch64"
    folder.mkdir()
    own_channel.records["linux-aarch64"] = {}
    own_channel.add("python", "3.11.99", {"bin/python3.11": "not for here"}, noarch=None, subdir="linux-aarch64", build="0_cpython")
    link = {"noarch": {"type": "python", "entry_points": ["hello = hello:main"]}, "package_metadata_version": 1}
    own_channel.add("hello", "1", {"site-packages/hello.py": "def main(): pass\n"}, noarch="python", link=link, depends=["python"])
    own_channel.add("scripted", "1", {"bin/.scripted-post-link.sh": "exit 1\n"})
    words = ["-c", own_channel, "--override-channels", "--no-pip", "--platform", "linux-aarch64", "--format", "oci"]
    krait("pack", *words, "hello", "-o", tmp_path / "image")
    layout = Layout(tmp_path / "image")
    assert layout.config["architecture"] == "arm64"
    names = {member.name for digest in layout.layers for member in layout.members(digest)}
    assert {"env/bin/hello", "env/lib/python3.11/site-packages/hello.py"} <= names
    result = krait("pack", *words, "scripted", "-o", tmp_path / "other", code=3)
    assert "scripted" in result.complaint and "--no-link-scripts" in result.complaint
