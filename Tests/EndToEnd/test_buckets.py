# SPDX-License-Identifier: BSD-3-Clause
"""Channels and package caches in buckets: `s3://` and `gs://`, where keys and tokens come from, `remote_cache`."""

import hashlib
import json
import re
import time

import boto3
import pytest
from moto.server import ThreadedMotoServer

from buckets import REGION, Store
from conftest import Krait
from prefixes import problems, versions

ODD = "odd-names"


@pytest.fixture
def store():
    store = Store()
    yield store
    store.shutdown()


@pytest.fixture
def packages(own_channel):
    """A channel whose file names hold what signatures and URLs treat apart."""
    own_channel.add("tool", "1.0+local.1", {"share/tool": "tool\n"}, depends=["base-thing"])
    own_channel.add("base-thing", "2!3.0", {"share/base": "base\n"}, build="h~1")
    return own_channel


def variables(store, **more):
    return {
        "AWS_ENDPOINT_URL_S3": store.url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": store.keys.access_key,
        "AWS_SECRET_ACCESS_KEY": store.keys.secret_key,
        **more,
    }


def test_a_channel_in_a_bucket(krait, store, packages, tmp_path):
    store.take(packages.directory, "/lab/team/channel")
    krait.create(tmp_path / "env", "tool", channel="s3://lab/team/channel", env=variables(store))
    assert store.refused == []
    assert versions(tmp_path / "env") == {"tool": "1.0+local.1", "base-thing": "2!3.0"}
    assert problems(tmp_path / "env") == []
    record = json.loads(next((tmp_path / "env/conda-meta").glob("tool-*.json")).read_text())
    assert record["url"].startswith("s3://lab/team/channel/noarch/tool-1.0+local.1-0")


def test_wrong_keys_are_told(krait, store, packages, tmp_path):
    store.take(packages.directory, "/lab/channel")
    env = variables(store, AWS_SECRET_ACCESS_KEY="another/secret+key")
    result = krait.create(tmp_path / "env", "tool", channel="s3://lab/channel", env=env, code=4)
    assert "s3://lab/channel" in result.err and "403" in result.err
    assert "another/secret" not in result.out + result.err
    assert not (tmp_path / "env").exists()


def test_auth_test_tells_which_keys_were_taken(krait, store, packages):
    store.take(packages.directory, "/lab/channel")
    result = krait("auth", "test", "s3://lab/channel", env=variables(store))
    assert "keys of the variables" in result.out and "200" in result.out, result
    result = krait("auth", "test", "s3://lab/channel", env=variables(store, AWS_SECRET_ACCESS_KEY="other"), code=4)
    assert "403 to the pair of keys of the variables" in result.err and "AWS_PROFILE" in result.err, result


def test_a_session_token_goes_along_signed(krait, packages, tmp_path):
    store = Store(("ASIAEXAMPLE", "secret/of+a/session", "token+of/the==session"))
    store.take(packages.directory, "/lab/channel")
    env = variables(store, AWS_SESSION_TOKEN=store.keys.token)
    krait.create(tmp_path / "env", "tool", channel="s3://lab/channel", env=env)
    assert store.refused == []
    store.shutdown()


def test_keys_of_a_profile(krait, store, packages, tmp_path):
    store.take(packages.directory, "/lab/channel")
    folder = krait.home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        f"[default]\naws_access_key_id = X\naws_secret_access_key = Y\n\n# the one\n[lab]\n"
        f"aws_access_key_id={store.keys.access_key}\naws_secret_access_key = {store.keys.secret_key}\n"
    )
    (folder / "config").write_text(
        f"[profile lab]\nregion = {REGION}\ns3 =\n  addressing_style = path\n  endpoint_url = {store.url}\n"
    )
    krait.create(tmp_path / "env", "tool", channel="s3://lab/channel", env={"AWS_PROFILE": "lab"})
    assert store.refused == []


def test_a_profile_that_names_its_services(krait, store, packages, tmp_path):
    store.take(packages.directory, "/lab/channel")
    folder = krait.home / ".aws"
    folder.mkdir()
    (folder / "config").write_text(
        f"[profile lab]\nregion = {REGION}\nservices = own\naws_access_key_id = {store.keys.access_key}\n"
        f"aws_secret_access_key = {store.keys.secret_key}\n\n[services own]\ns3 =\n  endpoint_url = {store.url}\n"
    )
    krait.create(tmp_path / "env", "tool", channel="s3://lab/channel", env={"AWS_PROFILE": "lab"})
    assert store.refused == []


def test_keys_of_rattlers_store(krait, store, packages, tmp_path):
    """Kept for a bucket, or for a folder of it."""
    store.take(packages.directory, "/lab/team/channel")
    keys = {"access_key_id": store.keys.access_key, "secret_access_key": store.keys.secret_key}
    (tmp_path / "kept.json").write_text(json.dumps({"s3://lab/team": {"S3Credentials": keys}}))
    env = {"RATTLER_AUTH_FILE": tmp_path / "kept.json"}
    krait.create(
        tmp_path / "env", "tool", channel="s3://lab/team/channel", env=variables(store, AWS_SECRET_ACCESS_KEY="other", **env)
    )
    assert store.refused == []


def test_keys_of_a_container(krait, store, packages, tmp_path, serve):
    """ECS and EKS give an endpoint in a variable, with a token for it in a file."""
    store.take(packages.directory, "/lab/channel")
    (tmp_path / "web").mkdir()
    keys = {"AccessKeyId": store.keys.access_key, "SecretAccessKey": store.keys.secret_key}
    (tmp_path / "web/keys").write_text(json.dumps(keys))
    (tmp_path / "token").write_text("the-token\n")
    server = serve(tmp_path / "web")
    seen = []
    server.faults["/keys"] = lambda handler: seen.append(handler.headers["Authorization"])
    env = {
        "AWS_ENDPOINT_URL_S3": store.url,
        "AWS_REGION": REGION,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/keys",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": tmp_path / "token",
    }
    krait.create(tmp_path / "env", "tool", channel="s3://lab/channel", env=env)
    assert store.refused == [] and set(seen) == {"the-token"}


def test_a_bucket_of_google(krait, store, packages, tmp_path):
    store.bearer = "ya29.token"
    store.take(packages.directory, "/lab/channel")
    env = {"STORAGE_EMULATOR_HOST": store.url, "GOOGLE_OAUTH_ACCESS_TOKEN": store.bearer}
    krait.create(tmp_path / "env", "tool", channel="gs://lab/channel", env=env)
    assert store.refused == []


def test_a_token_of_google_that_has_ended_is_had_anew(krait, store, packages, tmp_path, serve):
    """The machine's service keeps a token for a while, and gives one that has hardly any time left."""
    store.bearer = "ya29.second"
    store.take(packages.directory, "/lab/channel")
    tokens = ["ya29.first", "ya29.second"]
    server = serve(tmp_path)
    server.faults["/token"] = lambda handler: handler.send(
        200, json.dumps({"access_token": tokens.pop(0) if len(tokens) > 1 else tokens[0], "expires_in": 1}).encode()
    )
    env = {"STORAGE_EMULATOR_HOST": store.url, "GCE_METADATA_HOST": server.url.removeprefix("http://")}
    krait.create(tmp_path / "env", "tool", channel="gs://lab/channel", env=env)
    assert versions(tmp_path / "env") == {"tool": "1.0+local.1", "base-thing": "2!3.0"}


def test_against_moto(krait, packages, tmp_path):
    """A server that speaks S3 and STS: keys by a web identity, a channel in a bucket, a lock of it made again."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=url, **keys)
    client.create_bucket(Bucket="lab")
    for path in packages.directory.rglob("*.*"):
        client.put_object(Bucket="lab", Key=f"channel/{path.relative_to(packages.directory)}", Body=path.read_bytes())
    (tmp_path / "identity").write_text("eyJhbGciOi.part.part\n")
    env = {
        "AWS_ENDPOINT_URL": url,
        "AWS_WEB_IDENTITY_TOKEN_FILE": tmp_path / "identity",
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/reader",
    }
    krait.create(tmp_path / "env", "tool", channel="s3://lab/channel", env=env)
    explicit = krait("list", "-p", tmp_path / "env", "--explicit", "--sha256").out
    (tmp_path / "explicit.txt").write_text(explicit)
    assert "s3://lab/channel/noarch/tool-1.0+local.1-0" in explicit
    krait("clean", "--all", "-y")
    krait("create", "-y", "-p", tmp_path / "again", "-f", tmp_path / "explicit.txt", env=env)
    assert versions(tmp_path / "again") == versions(tmp_path / "env")
    server.stop()


def test_a_mirror_in_a_bucket(krait, store, packages, tmp_path):
    store.take(packages.directory, "/lab/mirror")
    (krait.home / ".condarc").write_text("mirrored_channels:\n  http://127.0.0.1:9/gone: [s3://lab/mirror]\n")
    krait.create(tmp_path / "env", "tool", channel="http://127.0.0.1:9/gone", env=variables(store))
    assert store.refused == []


def cached(store):
    return {path for path in store.objects if path.startswith("/cache/")}


@pytest.fixture
def locked(krait, serve, packages, tmp_path):
    """(origin, a lock of two packages there)"""
    origin = serve(packages.directory)
    lock = tmp_path / "conda-lock.yml"
    krait("lock", "tool", "-c", origin.url, "--override-channels", "--lockfile", lock)
    origin.requests.clear()
    return origin, lock


def test_a_cache_that_many_share(krait, store, locked, tmp_path):
    """`push` fills it, the next machine asks the origin for nothing, and a second push sends nothing."""
    origin, lock = locked
    env = variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda")
    report = krait("cache", "push", lock, "--json", env=env).json
    assert (report["sent"], report["present"], report["unknown"]) == (2, 0, [])
    for path, body in store.objects.items():
        hash = hashlib.sha256(body).hexdigest()
        assert re.fullmatch(rf"/cache/conda/sha256/{hash[:2]}/{hash}\.(conda|tar\.bz2)", path)
    again = krait("cache", "push", lock, "--json", env=env).json
    assert (again["sent"], again["present"]) == (0, 2)
    origin.requests.clear()
    assert krait("cache", "pull", lock, "--json", env=env).json["fetched"] == 2
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock, env=env)
    assert origin.requests == [] and problems(tmp_path / "env") == []
    assert store.refused == []


def test_what_the_cache_lacks_or_spoils_comes_from_the_channel(krait, store, locked, tmp_path):
    origin, lock = locked
    env = variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda")
    krait("cache", "push", lock, env=env)
    spoilt, lacking = sorted(store.objects)
    store.objects[spoilt] = b"not an archive"
    del store.objects[lacking]
    origin.requests.clear()
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock, env=env)
    assert len(origin.packages()) == 2 and problems(tmp_path / "env") == []


def test_the_beginning_of_a_package_in_the_cache_is_replaced(krait, store, packages, serve, tmp_path):
    """A machine that died while it sent may have left it; the channel says how long the package is."""
    origin = serve(packages.directory)
    env = variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda")
    krait.create(tmp_path / "first", "tool", channel=origin.url, env=env)
    whole = dict(store.objects)
    spoilt = sorted(store.objects)[0]
    store.objects[spoilt] = store.objects[spoilt][:100]
    other = Krait(tmp_path / "other")
    other.create(tmp_path / "second", "tool", channel=origin.url, env=env)
    assert problems(tmp_path / "second") == [] and store.objects == whole


def test_wrong_bytes_in_the_cache_are_replaced(krait, store, packages, serve, tmp_path):
    """Also those that are as many as they should be: who finds them takes them away, and who comes next brings the right ones."""
    origin = serve(packages.directory)
    env = variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda")
    krait.create(tmp_path / "first", "tool", channel=origin.url, env=env)
    whole = dict(store.objects)
    spoilt = sorted(store.objects)[0]
    store.objects[spoilt] = bytes(len(whole[spoilt]))
    for number in range(2):
        other = Krait(tmp_path / f"other{number}")
        other.create(tmp_path / f"again{number}", "tool", channel=origin.url, env=env)
        assert problems(tmp_path / f"again{number}") == []
        # Gone after the first, right after the second.
        assert store.objects == {path: body for path, body in whole.items() if number == 1 or path != spoilt}
    assert store.objects == whole


def test_a_cache_that_is_gone_costs_the_cache(krait, locked, tmp_path):
    origin, lock = locked
    env = {"KRAIT_REMOTE_CACHE": "http://127.0.0.1:9/cache"}
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock, env=env)
    assert problems(tmp_path / "env") == []


@pytest.fixture
def many(krait, serve, own_channel, tmp_path):
    """(origin, a lock of 20 packages there)"""
    for number in range(20):
        own_channel.add(f"part{number:02}", "1", {f"share/{number}": str(number)})
    origin = serve(own_channel.directory)
    lock = tmp_path / "conda-lock.yml"
    specs = [f"part{number:02}" for number in range(20)]
    krait("lock", *specs, "-c", origin.url, "--override-channels", "--lockfile", lock)
    origin.requests.clear()
    return origin, lock


def on_machines(count, tmp_path, lock, env):
    """`count` machines that know nothing make the environment of a lock at the same moment."""
    machines = [Krait(tmp_path / f"machine{number}") for number in range(count)]
    runs = [machine.popen("create", "-y", "-p", machine.home / "env", "-f", lock, env=env) for machine in machines]
    for machine, run in zip(machines, runs):
        assert run.wait(120) == 0
        assert problems(machine.home / "env") == []


@pytest.mark.parametrize("ignores_conditions", [False, True])
def test_each_package_leaves_its_channel_once(store, many, tmp_path, ignores_conditions):
    """Eight machines that start at once fill an empty cache, and share the work."""
    origin, lock = many
    store.ignores_conditions = ignores_conditions
    on_machines(8, tmp_path, lock, variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda"))
    asked = origin.packages()
    # Without conditions two machines may both find no claim; each is still told that it was not the first.
    assert len(asked) == len(set(asked)) == 20
    assert len([path for path in store.objects if "/sha256/" in path]) == 20
    assert not [path for path in store.objects if "/claims/" in path]
    assert store.refused == []


def claims(store, lock, made):
    """A claim for each package of a lock, of a machine that made it at `made` and was heard of no more."""
    hashes = re.findall(r"sha256: '?([0-9a-f]{64})", lock.read_text())
    assert len(hashes) == 2
    for sha256 in hashes:
        store.objects[f"/cache/conda/claims/{sha256}"] = b""
        store.times[f"/cache/conda/claims/{sha256}"] = made
    return hashes


def test_an_old_claim_is_no_claim(krait, store, locked, tmp_path):
    origin, lock = locked
    claims(store, lock, time.time() - 3600)
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock, env=variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda"))
    assert len([path for path in store.objects if "/sha256/" in path]) == len(origin.packages()) == 2
    assert not [path for path in store.objects if "/claims/" in path]


def test_a_claim_that_nobody_keeps_is_not_waited_for_long(krait, store, locked, tmp_path):
    origin, lock = locked
    claims(store, lock, time.time() - 28)
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock, env=variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda"))
    assert len(origin.packages()) == 2 and problems(tmp_path / "env") == []


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_claim_that_is_made_anew_is_waited_for(krait, store, packages, locked, tmp_path, has_begun):
    """However long another machine takes: a claim is old only when nobody renews it, and the beginning of a package is
    not the package."""
    origin, lock = locked
    archives = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in packages.directory.glob("*/*.*")}

    def put(sha256, count=None):
        suffix = ".conda" if archives[sha256].suffix == ".conda" else ".tar.bz2"
        store.objects[f"/cache/conda/sha256/{sha256[:2]}/{sha256}{suffix}"] = archives[sha256].read_bytes()[:count]

    class Renewed(dict):
        def get(self, path):
            if "/claims/" not in path:
                return super().get(path)
            sha256, is_first = path.rpartition("/")[2], path not in self
            self[path] = time.time() - (28 if is_first else 0)
            if not is_first:
                put(sha256)
            return self[path]

    for sha256 in claims(store, lock, 0):
        if has_begun:
            put(sha256, 100)
    store.times = Renewed()
    env = variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda")
    # Locks do not tell sizes.
    krait.create(tmp_path / "env", "tool", channel=origin.url, env=env)
    assert origin.packages() == [] and problems(tmp_path / "env") == []


def test_a_size_without_end_makes_nobody_wait_without_end(krait, store, serve, own_channel, tmp_path):
    """How long another machine may take goes by the size, which a channel tells."""
    own_channel.add("tiny", "1.0", {"share/tiny": "tiny\n"})
    place = own_channel.directory / "noarch/repodata.json"
    document = json.loads(place.read_text())
    for record in [*document["packages"].values(), *document["packages.conda"].values()]:
        record["size"] = 2**64 - 1
        store.objects[f"/cache/conda/claims/{record['sha256']}"] = b""
        store.times[f"/cache/conda/claims/{record['sha256']}"] = time.time() - 898
    place.write_text(json.dumps(document))
    env = variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda")
    channel = ["-c", serve(own_channel.directory).url, "--override-channels", "--retries", "0"]
    krait("create", "-y", "-p", tmp_path / "env", *channel, "tiny", env=env, code=5)


def test_a_cache_that_may_only_be_read(krait, serve, locked, tmp_path):
    """It is told once, and `remote_cache_fill` ends it."""
    origin, lock = locked
    (tmp_path / "web").mkdir()
    web = serve(tmp_path / "web")
    env = {"KRAIT_REMOTE_CACHE": web.url}
    result = krait("create", "-y", "-p", tmp_path / "env", "-f", lock, env=env)
    assert result.err.count("packages are not kept there") == 1 and "remote_cache_fill false" in result.err
    assert problems(tmp_path / "env") == [] and len(origin.packages()) == 2
    krait("config", "set", "remote_cache_fill", "false")
    krait("clean", "--packages", "-y")
    result = krait("create", "-y", "-p", tmp_path / "other", "-f", lock, env=env)
    assert "not kept there" not in result.err and problems(tmp_path / "other") == []


def test_what_the_channel_refuses_is_its_own_fault(krait, store, locked, tmp_path):
    origin, lock = locked
    origin.faults["h~1.conda"] = origin.faults["h~1.tar.bz2"] = lambda handler: handler.send_error(404) or True
    env = variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda")
    result = krait("create", "-y", "-p", tmp_path / "env", "-f", lock, env=env, code=4)
    assert origin.url in result.complaint and "remote_cache" not in result.err
    assert not [path for path in store.objects if "/claims/" in path] and not (tmp_path / "env").exists()


def test_nothing_is_brought_when_nothing_may_be_fetched(krait, store, locked, tmp_path):
    _, lock = locked
    env = variables(store, KRAIT_REMOTE_CACHE="s3://cache/conda")
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock, "--offline", env=env, code=4)
    assert store.requests == []


def test_push_without_a_place(krait, locked):
    _, lock = locked
    result = krait("cache", "push", lock, code=2)
    assert "remote_cache" in result.err and "krait config append remote_cache" in result.err
    krait("config", "append", "remote_cache", "https://cache.example.org")
