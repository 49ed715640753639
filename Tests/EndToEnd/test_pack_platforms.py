# SPDX-License-Identifier: BSD-3-Clause
"""`krait pack --platform`: for other processors without one of them, and for several in one image."""

import hashlib
import json
import subprocess
import tarfile

import pytest

from images import Layout
from packages import small_python

SEVERAL = ["--platform", "linux-64,linux-aarch64"]


@pytest.fixture
def channel(own_channel):
    """A python for two processors, one of which this machine has not, and packages for each and for all."""
    small_python(own_channel)
    (own_channel.directory / "linux-aarch64").mkdir()
    own_channel.records["linux-aarch64"] = {}
    own_channel.add("python", "3.11.50", {"bin/python3.11": "not for here"}, noarch=None, subdir="linux-aarch64", build="0_cpython")
    for subdir in ("linux-64", "linux-aarch64"):
        own_channel.add("native", "1", {"share/native": subdir}, noarch=None, subdir=subdir)
    files = {f"site-packages/hello/{name}.py": f"NAME = '{name}'\n" for name in ("__init__", "one", "two")}
    held = "PREFIX = '/placeholder_placehold_placehold_placehold_placehold_placehold'\n"
    files["site-packages/hello/place.py"] = held
    paths = {"site-packages/hello/place.py": {"prefix_placeholder": held.split("'")[1], "file_mode": "text"}}
    link = {"noarch": {"type": "python", "entry_points": ["hello = hello:main"]}, "package_metadata_version": 1}
    own_channel.add("hello", "1", files, noarch="python", link=link, depends=["python"], paths=paths)
    return own_channel


@pytest.fixture
def pack(krait, channel):
    def run(output, *words, specs=("python", "hello", "native"), **more):
        return krait("pack", "-c", channel, "--override-channels", "--no-pip", *specs, "-o", output, *words, **more)

    return run


def blob(image, digest):
    data = (image / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()
    assert hashlib.sha256(data).hexdigest() == digest.removeprefix("sha256:")
    return data


def compiled(archive):
    with tarfile.open(archive) as tar:
        return {member.name: (tar.extractfile(member).read(), member.mtime) for member in tar if member.name.endswith(".pyc")}


@pytest.mark.parametrize("mode", ["timestamp", "unchecked-hash", "checked-hash"])
def test_what_is_compiled_for_another_processor_is_what_it_compiles_itself(krait, pack, channel, tmp_path, mode):
    words = ["--pyc", mode, "--no-cache"]
    result = pack(tmp_path / "there.tar", "--platform", "linux-aarch64", *words)
    assert "not compiled" not in result.err
    pack(tmp_path / "here.tar", "--platform", "linux-64", *words)
    there = compiled(tmp_path / "there.tar")
    assert there == compiled(tmp_path / "here.tar")
    names = {name.rpartition("/")[2] for name in there}
    assert names == {f"{name}.cpython-311.pyc" for name in ("__init__", "one", "two", "place")}
    with tarfile.open(tmp_path / "there.tar") as tar:
        assert tar.extractfile("bin/python3.11").read() == b"not for here"


def test_what_one_processor_has_compiled_is_taken_for_the_other(krait, pack, channel, tmp_path):
    """The store knows nothing of processors: no python is asked for when it has all."""
    specs = ["python", "hello"]
    pack(tmp_path / "here.tar", "--exclude", "*/place.py", specs=specs)
    (channel.directory / "linux-64" / "repodata.json").unlink()
    result = pack(tmp_path / "there.tar", "--platform", "linux-aarch64", "--exclude", "*/place.py", specs=specs)
    assert "not compiled" not in result.err
    assert compiled(tmp_path / "there.tar") == compiled(tmp_path / "here.tar") != {}


def test_without_a_python_for_this_machine_it_is_said_and_made(krait, pack, channel, tmp_path):
    del channel.records["linux-64"]["python-3.11.99-0_cpython.tar.bz2"]
    channel.write()
    result = pack(tmp_path / "there.tar", "--platform", "linux-aarch64")
    assert "python files were not compiled: python 3.11: is in no channel for linux-64" in result.err
    assert compiled(tmp_path / "there.tar") == {}


def test_several_platforms_are_one_image_with_a_list(krait, pack, tmp_path):
    image = tmp_path / "image"
    result = pack(image, "--format", "oci", *SEVERAL, "--json")
    assert any("AWS Lambda refuses" in warning for warning in result.json["warnings"])
    index = json.loads((image / "index.json").read_text())
    (entry,) = index["manifests"]
    assert entry["digest"] == result.json["digest"] and entry["mediaType"] == "application/vnd.oci.image.index.v1+json"
    listed = json.loads(blob(image, entry["digest"]))["manifests"]
    assert [one["platform"] for one in listed] == [{"architecture": name, "os": "linux"} for name in ("amd64", "arm64")]
    assert [one["digest"] for one in listed] == [one["digest"] for one in result.json["images"]]
    assert [one["platform"] for one in result.json["images"]] == ["linux-64", "linux-aarch64"]
    named = {entry["digest"]}
    for one in listed:
        manifest = json.loads(blob(image, one["digest"]))
        named |= {one["digest"], manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])}
    assert {f"sha256:{path.name}" for path in (image / "blobs" / "sha256").iterdir()} == named
    # Each is what it is alone.
    for number, platform in enumerate(["linux-64", "linux-aarch64"]):
        pack(tmp_path / platform, "--format", "oci", "--platform", platform)
        assert Layout(tmp_path / platform).digest == listed[number]["digest"]
    pack(tmp_path / "image.tar", "--format", "oci-archive", *SEVERAL)
    for source in (f"oci:{image}:latest", f"oci-archive:{tmp_path}/image.tar:latest"):
        for architecture, one in zip(("amd64", "arm64"), listed):
            words = ["skopeo", "--insecure-policy", "--override-arch", architecture, "copy", source]
            target = tmp_path / f"copy-{source.partition(':')[0]}-{architecture}"
            subprocess.run([*words, f"oci:{target}:latest"], check=True, capture_output=True)
            assert Layout(target).digest == one["digest"]
    # One platform in the place of two leaves nothing of the other.
    pack(image, "--format", "oci", "--platform", "linux-aarch64")
    assert Layout(image).config["architecture"] == "arm64"


def test_of_a_lock_of_several_this_machines_is_packed_and_said(krait, channel, registry, tmp_path):
    several, other = tmp_path / "several.yml", tmp_path / "other.yml"
    words = ["-c", channel, "--override-channels", "--no-pip", "python", "native"]
    krait("lock", *words, *SEVERAL, "-o", several)
    krait("lock", *words, "--platform", "linux-aarch64", "-o", other)
    result = krait("pack", "-f", several, "--format", "oci", "-o", tmp_path / "image")
    assert "for linux-64 in" in result.err and Layout(tmp_path / "image").config["architecture"] == "amd64"
    assert "for linux-64, " in krait("pack", "-f", several, "-o", tmp_path / "env.tar").err
    assert "for linux-64: " in krait("push", several, f"{registry.host}/team/one:1").err
    both = krait("pack", "-f", several, *SEVERAL, "--format", "oci", "-o", tmp_path / "both")
    assert "for linux-64, linux-aarch64 in" in both.err
    refused = krait("pack", "-f", other, "--format", "oci", "-o", tmp_path / "no", code=3)
    assert "only for linux-aarch64" in refused.complaint and "name one of those with --platform" in refused.complaint
    assert not (tmp_path / "no").exists()
    krait("pack", "-f", other, "--platform", "linux-aarch64", "--format", "oci", "-o", tmp_path / "there")


def test_a_list_of_images_is_pushed_whole(krait, pack, channel, registry, tmp_path):
    image = tmp_path / "image"
    digest = pack(image, "--format", "oci", *SEVERAL, "--json").json["digest"]
    place = f"{registry.host}/team/several:1"
    first = krait("push", image, place, "--json").json
    assert first["digest"] == digest and first["sent_blobs"] == first["blobs"]
    again = krait("push", image, place, "--json").json
    assert (again["sent_blobs"], again["sent_bytes"], again["digest"]) == (0, 0, digest)
    lock = tmp_path / "conda-lock.yml"
    words = ["-c", channel, "--override-channels", "--no-pip"]
    krait("lock", *words, *SEVERAL, "python", "hello", "native", "-o", lock)
    pushed = krait("push", lock, f"{registry.host}/team/lock:1", *SEVERAL, "--json").json
    assert pushed["sent_blobs"] == pushed["blobs"] and any("AWS Lambda" in warning for warning in pushed["warnings"])
    for name in ("several", "lock"):
        for architecture, text in {"amd64": "linux-64", "arm64": "linux-aarch64"}.items():
            words = ["skopeo", "--insecure-policy", "--override-arch", architecture, "copy", "--src-tls-verify=false"]
            target = tmp_path / f"{name}-{architecture}"
            subprocess.run([*words, f"docker://{registry.host}/team/{name}:1", f"oci:{target}:latest"], check=True, capture_output=True)
            layout = Layout(target)
            texts = []
            for layer in layout.layers:
                subprocess.run(["tar", "-xzf", target / "blobs" / "sha256" / layer[7:], "-C", tmp_path], check=True)
                texts += [member.name for member in layout.members(layer) if member.name.endswith("native")]
            assert texts == ["env/share/native"] and (tmp_path / "env/share/native").read_text() == text
    # What lies below may be such a list too.
    based = pack(tmp_path / "based", "--format", "oci", "--base", image, "--prefix", "/other", "--platform", "linux-aarch64", "--json", code=None)
    assert based.code in (0, 3), based


@pytest.mark.parametrize(
    "words, said",
    [
        (["--format", "tar", *SEVERAL], "names several platforms, and tar holds one"),
        (["--format", "docker-archive", *SEVERAL], "names several platforms, and docker-archive holds one"),
        (["--format", "exe", *SEVERAL], "names several platforms, and exe holds one"),
        (["--format", "oci", "--for", "lambda", "--cmd", "x.y", *SEVERAL], "takes an image for one platform"),
        (["--format", "oci", "--for", "cloud-run", *SEVERAL], "takes an image for one platform"),
        (["--format", "oci", *SEVERAL, "--platform", "linux-64"], "names linux-64 twice"),
        (["--format", "oci", "--platform", "linux-64,nonsense"], "nonsense"),
        (["--format", "oci", "--platform", "linux-64,osx-arm64"], "osx-arm64"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_several_platforms_cannot_be_in(krait, own_channel, tmp_path, words, said):
    (own_channel.directory / "linux-aarch64").mkdir()
    (own_channel.directory / "osx-arm64").mkdir()
    own_channel.records |= {"linux-aarch64": {}, "osx-arm64": {}}
    own_channel.add("only", "1", {"share/only": "x"})
    result = krait("pack", "-c", own_channel, "--override-channels", "only", "-o", tmp_path / "x", *words, code=None)
    assert result.code in (2, 3) and said in result.complaint, result
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("hook", ["pre-link", "post-link"])
def test_link_scripts_of_another_platform_are_named(krait, pack, channel, tmp_path, hook):
    channel.add("scripted", "1", {f"bin/.scripted-{hook}.sh": "exit 1\n"})
    channel.add("twice", "1", {"bin/.twice-post-link.sh": "exit 1\n"})
    words = ["--platform", "linux-aarch64"]
    result = pack(tmp_path / "e.tar", *words, specs=["scripted", "twice", "native"], code=3)
    assert "`scripted, twice`: have link scripts" in result.complaint and "--no-link-scripts" in result.complaint
    assert not (tmp_path / "e.tar").exists()
    result = pack(tmp_path / "e.tar", *words, "--no-link-scripts", specs=["scripted", "twice", "native"])
    assert "link scripts were not run" in result.err
