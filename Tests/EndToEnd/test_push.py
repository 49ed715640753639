# SPDX-License-Identifier: BSD-3-Clause
"""`krait push`: what a registry has is not sent again, what breaks off goes on, and what fails says so once."""

import os
import subprocess

import pytest

from conftest import CHANNEL
from images import Layout
from packages import small_python
from registries import FakeRegistry


@pytest.fixture
def fake():
    running = []

    def start(*words, **more):
        running.append(FakeRegistry(*words, **more))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture
def world(krait, own_channel, tmp_path):
    """A channel of four packages, one of them in two versions, and a lock for each of those."""
    small_python(own_channel)
    for name, size in {"large": 300_000, "middle": 40_000, "small": 3_000}.items():
        own_channel.add(name, "1", {f"share/{name}.bin": os.urandom(size).hex()})
    own_channel.add("middle", "2", {"share/middle.bin": os.urandom(40_000).hex()})
    locks = {}
    for version in (1, 2):
        locks[version] = tmp_path / f"lock{version}.yml"
        krait("lock", "-c", own_channel, "--override-channels", "--no-pip", "python", "large", "small", f"middle={version}", "-o", locks[version])
    return locks


@pytest.fixture
def image(krait, world, tmp_path):
    krait("pack", "-f", world[1], "--format", "oci", "--layers", "4", "-o", tmp_path / "image")
    return tmp_path / "image"


def test_a_layer_of_several_megabytes_is_not_sent_again(krait, own_channel, registry, tmp_path):
    """What a registry says of the length of a layer is not the length of its answer."""
    own_channel.add("heavy", "1", {"share/heavy.bin": os.urandom(4_500_000).hex()})
    lock, place = tmp_path / "lock.txt", f"{registry.host}/team/heavy:1"
    krait("lock", "-c", own_channel, "--override-channels", "heavy", "-o", lock)
    assert krait("push", lock, place, "--json").json["sent_blobs"] > 0
    assert krait("push", lock, place, "--json").json["sent_blobs"] == 0
    assert "pkg:conda/heavy@1" in krait("sbom", place).out


def test_an_image_arrives_and_is_not_sent_again(krait, registry, image, tmp_path):
    place = f"{registry.host}/team/first:1.0"
    layout = Layout(image)
    first = krait("push", image, place, "--json").json
    assert first["digest"] == layout.digest and first["sent_blobs"] == first["blobs"] == 5
    assert registry.manifest("team/first", "1.0") == layout.manifest
    again = krait("push", image, place, "--json").json
    assert (again["sent_blobs"], again["sent_bytes"]) == (0, 0)
    source = f"docker://{place}"
    words = ["skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", source, f"oci:{tmp_path}/back:latest"]
    subprocess.run(words, check=True, capture_output=True)
    assert Layout(tmp_path / "back").digest == layout.digest


def test_another_repository_of_the_registry_gives_its_layers(krait, registry, image):
    krait("push", image, f"{registry.host}/team/given:1")
    result = krait("push", image, f"{registry.host}/team/taken:1", "--mount-from", "team/given", "--json").json
    assert result["sent_bytes"] == 0
    assert registry.manifest("team/taken", "1") == Layout(image).manifest


def test_one_changed_package_sends_its_layer_and_the_top_one(krait, registry, world):
    words = ["--layers", "4", "--json"]
    first = krait("push", world[1], f"{registry.host}/team/lock:1", *words).json
    assert first["sent_blobs"] == 5
    again = krait("push", world[1], f"{registry.host}/team/lock:again", *words).json
    assert (again["digest"], again["sent_blobs"]) == (first["digest"], 0)
    changed = krait("push", world[2], f"{registry.host}/team/lock:2", *words).json
    # The configuration names the layers.
    assert changed["sent_blobs"] == 3
    one, other = (registry.manifest("team/lock", tag)["layers"] for tag in ("1", "2"))
    assert [left == right for left, right in zip(one, other)].count(False) == 2


def test_layers_made_before_are_not_made_again(krait, registry, world, tmp_path):
    """The files of the packages are gone, and nobody misses them."""
    place = f"{registry.host}/team/memo:1"
    first = krait("push", world[1], place, "--layers", "4", "--json").json
    for path in krait.cache.glob("krait-v1/*/share/*.bin"):
        path.unlink()
    again = krait("push", world[1], place, "--layers", "4", "--json").json
    assert (again["digest"], again["sent_blobs"]) == (first["digest"], 0)
    result = krait("push", world[1], place, "--layers", "4", "--prefix", "/other", code=5)
    assert "its cache entry has lost `share/" in result.complaint


def test_a_layout_keeps_the_layers_that_it_has(krait, world, image):
    before = {path: path.stat().st_ino for path in (image / "blobs" / "sha256").iterdir()}
    layout = Layout(image)
    krait("pack", "-f", world[2], "--format", "oci", "--layers", "4", "-o", image)
    kept = [path for path in before if path.exists()]
    assert len(kept) == 2 and all(path.stat().st_ino == before[path] for path in kept)
    assert Layout(image).digest != layout.digest


def test_a_registry_of_tokens_gets_the_stored_password_and_no_other(krait, fake, image):
    registry = fake(tokens=["one"], password="me:secret")
    result = krait("push", image, f"{registry.host}/team/x:1", code=4)
    assert "401" in result.complaint and "krait auth login" in result.complaint and "secret" not in result.err
    krait("auth", "login", registry.host, "--username", "me", "--password", "secret")
    krait("push", image, f"{registry.host}/team/x:1")
    assert registry.manifests["1"] == Layout(image).manifest


def test_a_token_that_runs_out_is_renewed(krait, fake, image):
    def expire(request, body):
        if request.command == "POST" and len(registry.uploads) == 0 and len(registry.blobs) == 2 and len(registry.tokens) == 1:
            registry.tokens.append("two")
            request.answer(401, b"{}", WWW_Authenticate=f'Bearer realm="http://{registry.host}/token",service="test"')
            return True
        return False

    registry = fake(expire, tokens=["one"])
    krait("push", image, f"{registry.host}/team/x:1")
    assert registry.manifests["1"] == Layout(image).manifest and len(registry.tokens) == 2


@pytest.mark.parametrize("status", [500, 503])
def test_a_registry_that_fails_in_the_middle_gives_one_error(krait, fake, image, status):
    def fail(request, body):
        if request.command == "PUT":
            request.refuse(status, "UNKNOWN", "out of order")
        return request.command == "PUT"

    registry = fake(fail)
    result = krait("push", image, f"{registry.host}/team/x:1", "--retries", "0", code=4)
    assert str(status) in result.complaint and result.err.count("error:") == 1
    assert registry.manifests == {}


def test_a_registry_that_computes_another_digest_is_believed_to_be_broken(krait, fake, image):
    def spoil(request, body):
        if request.command == "PUT" and "/up/" in request.path:
            request.refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            return True
        return False

    result = krait("push", image, f"{fake(spoil).host}/team/x:1", code=5)
    assert "DIGEST_INVALID" in result.complaint


@pytest.mark.parametrize("times", [1, 100])
def test_a_manifest_that_is_refused_in_passing_is_sent_again(krait, fake, image, times):
    """As Distribution 2.8 does while another upload writes anew where a blob lies."""
    refused = []

    def refuse(request, body):
        if request.command == "PUT" and "/manifests/" in request.path and len(refused) < times:
            refused.append(body)
            request.refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            return True
        return False

    server = fake(refuse)
    result = krait("push", image, f"{server.host}/team/x:1", code=0 if times == 1 else 5)
    if times == 1:
        assert server.manifests["1"] == Layout(image).manifest
    else:
        assert len(refused) == 5 and "asked to take the manifest: DIGEST_INVALID" in result.complaint
    assert len([path for method, path in server.seen if method == "PUT" and "/up/" in path]) == 5


def test_a_large_layer_goes_on_where_it_broke_off(krait, fake, own_channel, tmp_path):
    small_python(own_channel)
    own_channel.add("huge", "1", {"share/huge.bin": os.urandom(17 << 20)})
    lock = tmp_path / "lock.yml"
    krait("lock", "-c", own_channel, "--override-channels", "--no-pip", "huge", "-o", lock)
    krait("pack", "-f", lock, "--format", "oci", "--compress", "none", "-o", tmp_path / "image")
    broken = []

    def tear(request, body):
        if request.command == "PATCH" and not broken and any(registry.uploads.values()):
            broken.append(len(body))
            (number,) = registry.uploads
            # Half of it has arrived.
            registry.uploads[number] += body[: len(body) // 2]
            request.connection.close()
            request.close_connection = True
            return True
        return False

    registry = fake(tear)
    layout = Layout(tmp_path / "image")
    result = krait("push", tmp_path / "image", f"{registry.host}/team/x:1", "--json").json
    assert broken and set(registry.blobs) >= set(layout.layers)
    assert result["sent_bytes"] == sum(len(blob) for blob in registry.blobs.values())


@pytest.mark.parametrize(
    "words, said",
    [
        (["image", "science"], "names no registry"),
        (["image", "team/science:1"], "is not a registry's host"),
        (["image", "localhost:1/Team/x"], "is not an image's name"),
        (["image", "localhost:1/team/x:"], "is not a tag"),
        (["image"], "needs an image and a place"),
        (["missing", "localhost:1/team/x"], "there is no such file"),
        (["image", "localhost:1/team/x", "--layers", "3"], "applies when packing"),
        ([".", "localhost:1/team/x"], "is not an image layout"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_words_are_refused(krait, image, tmp_path, words, said):
    result = krait("push", *words, code=2, cwd=tmp_path)
    assert said in result.complaint


def test_a_registry_that_is_not_there_is_told_of_once(krait, image):
    result = krait("push", image, "127.0.0.1:9/team/x:1", "--retries", "0", code=4)
    assert result.err.count("error:") == 1 and "127.0.0.1:9" in result.complaint


def test_a_blob_that_is_a_link_is_not_sent(krait, fake, image, tmp_path):
    """An image that somebody handed on may name a file of the user by its size."""
    layout = Layout(image)
    blob = image / "blobs/sha256" / layout.layers[0].removeprefix("sha256:")
    blob.rename(tmp_path / "elsewhere")
    blob.symlink_to(tmp_path / "elsewhere")
    server = fake()
    refused = krait("push", image, f"{server.host}/team/linked:1", code=5)
    assert blob.name in refused.complaint and not server.seen
