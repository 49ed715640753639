# SPDX-License-Identifier: BSD-3-Clause
"""Every third request goes wrong, over http, https, s3 and oci, and the environment is made all the same."""

import hashlib
import os
import re

import pytest
import zstandard

from buckets import REGION, Store
from faults import LOUD, FaultyFront, expired, garbled, redirect, short, stall
from prefixes import problems, versions
from registries import Registry, TokenServer, publish
from test_registries import compress

NAMES = [f"part-{number}" for number in range(24)]


@pytest.fixture
def packages(own_channel):
    for number, name in enumerate(NAMES):
        # Some are longer than what is held of a package until somebody unpacks it.
        size = 1_500_000 if number % 4 == 0 else 20_000
        own_channel.add(name, "1.0", {f"share/{name}": os.urandom(size).hex()})
    compress(own_channel.directory)
    return own_channel


@pytest.fixture
def ends():
    running = []
    yield running
    for one in running:
        one()


def place(kind, packages, serve, authority, ends, folder, faults):
    """(a front that fails, the channel behind it, the variables that it takes)"""
    if kind in ("http", "https"):
        front = FaultyFront(serve(packages.directory).url, faults, authority[1] if kind == "https" else None)
        channel, env = front.url, {"SSL_CERT_FILE": authority[0]}
    elif kind == "s3":
        store = Store(("ASIAEXAMPLE", "secret/of+a/session", "token+of/the==session"))
        ends.append(store.shutdown)
        store.take(packages.directory, "/lab/channel")
        front = FaultyFront(store.url, faults)
        channel = "s3://lab/channel"
        env = {"AWS_ENDPOINT_URL_S3": front.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": store.keys.access_key, "AWS_SECRET_ACCESS_KEY": store.keys.secret_key, "AWS_SESSION_TOKEN": store.keys.token}
    else:
        tokens = TokenServer()
        (folder / "registry").mkdir()
        registry = Registry(folder / "registry", tokens)
        ends += [registry.close, tokens.close]
        publish(registry, packages.directory, "lab/channel", tokens)
        # Each token has run out once.
        tokens.stale = True
        front = FaultyFront(f"http://{registry.host}", faults)
        front.realm = tokens.realm
        channel, env = f"oci://{front.host}/lab/channel", {}
    ends.append(front.close)
    return front, channel, {**env, "KRAIT_REMOTE_BACKOFF_FACTOR": "0.02", "KRAIT_REMOTE_READ_TIMEOUT_SECS": "1"}


@pytest.mark.parametrize("kind", ["http", "https", "s3", "oci"])
def test_every_third_request_fails(krait, packages, serve, authority, ends, tmp_path, kind):
    faults = [*LOUD, redirect, stall] + [expired] * (kind in ("s3", "oci"))
    front, channel, env = place(kind, packages, serve, authority, ends, tmp_path, faults)
    krait.create(tmp_path / "env", *NAMES, channel=channel, env=env)
    assert set(versions(tmp_path / "env")) == set(NAMES) and problems(tmp_path / "env") == []
    assert front.failed >= len(faults) and front.signed.refused == 0
    # The server behind http and https knows no parts of files.
    assert kind in ("http", "https") or max(front.again, default=0) <= 1 << 20


@pytest.mark.parametrize("kind", ["http", "https", "s3", "oci"])
@pytest.mark.parametrize("fault", [garbled, short])
def test_wrong_bytes_are_fetched_again(krait, packages, serve, authority, ends, tmp_path, kind, fault):
    """What says nothing of its being wrong is found by the hash, and asked for once more."""
    front, channel, env = place(kind, packages, serve, authority, ends, tmp_path, [fault])
    front.every = 10**9
    lock = tmp_path / "conda-lock.yml"
    krait("lock", *NAMES, "-c", channel, "--override-channels", "--lockfile", lock, env=env)
    front.count, front.every = 0, 3
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock, env=env)
    assert set(versions(tmp_path / "env")) == set(NAMES) and problems(tmp_path / "env") == []
    assert front.failed >= 8


def test_an_index_is_what_its_manifest_names(krait, packages, serve, authority, ends, tmp_path):
    """A registry tells the digest of all it has: neither a manifest nor an index with other words in it is believed."""
    changes = {"manifest": 0, "index": 0}

    def changed(handler, answer):
        body = answer.body
        if "/manifests/latest" in handler.path and changes["manifest"] < 2:
            changes["manifest"] += 1
            body = re.sub(rb"(sha256:)(.)", lambda found: found[1] + (b"1" if found[2] == b"0" else b"0"), body)
        elif body.startswith(b"\x28\xb5\x2f\xfd") and changes["index"] < 2:
            changes["index"] += 1
            body = zstandard.compress(zstandard.ZstdDecompressor().decompressobj().decompress(body).replace(b"part-", b"qart-"))
        handler.pass_on(answer, body, len(body))

    front, channel, env = place("oci", packages, serve, authority, ends, tmp_path, [changed])
    front.every = 1
    krait.create(tmp_path / "env", *NAMES, channel=channel, env=env)
    assert set(versions(tmp_path / "env")) == set(NAMES) and problems(tmp_path / "env") == []
    assert changes == {"manifest": 2, "index": 2}


def test_signed_urls_of_another_host(krait, packages, serve, authority, ends, tmp_path):
    """As registries keep their blobs: the token stays at home."""
    front, channel, env = place("oci", packages, serve, authority, ends, tmp_path, [])
    store, seen = serve(packages.directory), []
    blobs = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in packages.directory.rglob("*.*") if path.is_file()}

    def signed(handler):
        seen.append((handler.path, handler.headers.get("Authorization")))
        return handler.send(200, blobs[handler.path.split("sha256:")[1][:64]].read_bytes())

    store.faults["X-Signed=1"] = signed
    front.other, front.redirects = store.url, "/blobs/"
    krait.create(tmp_path / "env", *NAMES, channel=channel, env=env)
    assert set(versions(tmp_path / "env")) == set(NAMES) and problems(tmp_path / "env") == []
    assert len(seen) >= len(NAMES) and {authorization for _, authorization in seen} == {None}
