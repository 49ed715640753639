# SPDX-License-Identifier: BSD-3-Clause
"""Registries, buckets, shared caches and advisory services that lie: nothing of this machine goes there, and it ends soon."""

import json
import random

import pytest

from liars import LIES, Liar, challenge, endless_body
from packages import Channel
from servers import ChannelServer
from strangers import Outside, run

SECRET = "SECRETOFTHISMACHINE"
ENVIRONMENT = {
    "no_proxy": "*",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_REGION": "eu-north-7",
    "AWS_ENDPOINT_URL": "{url}",
    "KRAIT_REMOTE_CACHE": "{url}/cache",
}
#: who asks -> the words
VERBS = {
    "registry": ["create", "-y", "-p", "NEW", "-c", "oci://HOST/channel", "--override-channels", "tiny"],
    "bucket": ["create", "-y", "-p", "NEW", "-c", "s3://bucket/channel", "--override-channels", "tiny"],
    "shared cache": ["create", "-y", "-p", "NEW", "-c", "SERVED", "--override-channels", "--no-cache", "tiny"],
    "lock": ["create", "-y", "-p", "NEW", "-f", "http://HOST/conda-lock.yml"],
    "exec": ["exec", "-c", "http://HOST/channel", "--override-channels", "-s", "tiny", "--", "true"],
    "advisories": ["audit", "-p", "ENV", "--database", "http://HOST/all.zip"],
    "advisory service": ["audit", "-p", "ENV", "--database", "http://HOST"],
    "base": ["pack", "-c", "CHANNEL", "--override-channels", "tiny", "-o", "OUT", "--format", "oci", "--base", "HOST/a/b:c"],
    "C library": ["pack", "-c", "CHANNEL", "--override-channels", "tiny", "-o", "OUT", "--format", "oci", "--libc", "HOST/a/b:c"],
    "push": ["push", "LAYOUT", "HOST/a/b:c"],
    "audited image": ["audit", "HOST/a/b:c", "--database", "DATABASE"],
}


class World:
    def __init__(self, krait, folder):
        self.krait, self.folder = krait, folder
        folder.mkdir()
        self.outside = Outside(folder / "outside")
        channel = Channel(folder / "channel")
        channel.add("tiny", "1.0", {"share/tiny": "x\n"})
        self.served = ChannelServer(channel.directory)
        self.env, self.layout, self.database = folder / "env", folder / "layout", folder / "database"
        krait.create(self.env, "tiny", channel=channel)
        krait("pack", "-p", self.env, "-o", self.layout, "--format", "oci")
        # A python package, so that there is something to ask of.
        record = {"name": "python", "version": "3.11.0", "build": "0", "build_number": 0, "files": [], "depends": []}
        record["paths_data"] = {"paths_version": 1, "paths": []}
        (self.env / "conda-meta/python-3.11.0-0.json").write_text(json.dumps(record))
        information = self.env / "lib/python3.11/site-packages/one-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text("Name: one\nVersion: 1.0\n")
        self.database.mkdir()
        (self.database / "a.json").write_text('{"id": "A", "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}}]}')
        # What a document might name as if it were a token.
        (folder / "token.json").write_text(json.dumps({"token": SECRET}))

    def ask(self, verb, answer, number=[0]):
        number[0] += 1
        server = Liar(answer)
        places = {
            "NEW": self.folder / f"new{number[0]}", "OUT": self.folder / f"out{number[0]}", "ENV": self.env, "LAYOUT": self.layout,
            "DATABASE": self.database, "CHANNEL": self.folder / "channel", "SERVED": self.served.url,
        }  # fmt: skip
        words = [str(places.get(word, word)).replace("HOST", server.host) for word in VERBS[verb]]
        env = {name: value.format(url=server.url) for name, value in ENVIRONMENT.items()}
        if verb != "shared cache":
            del env["KRAIT_REMOTE_CACHE"]
        if "--" in words:
            words[words.index("--") : words.index("--")] = ["--retries", "0"]
        else:
            words += ["--retries", "0"]
        outcome = run(self.krait, *words, env=env, cwd=self.folder)
        server.close()
        assert server.seen, outcome
        assert SECRET not in outcome.text and SECRET not in str(server.seen), outcome
        self.outside.check(outcome)
        assert not [path for path in self.folder.iterdir() if path.name.startswith(".krait-")]
        return outcome, server


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    from conftest import Krait

    folder = tmp_path_factory.mktemp("services")
    krait = Krait(folder / "home")
    world = World(krait, folder / "place")
    yield world
    world.served.close()
    krait.end()


def test_there_are_many():
    assert len(LIES) * len(VERBS) >= 100


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("lie", LIES)
def test_a_service_gets_nothing(world, lie, verb):
    outcome, _ = world.ask(verb, LIES[lie])
    # A cache is a shortcut: without it the channel gives the package.
    if verb == "shared cache":
        assert outcome.code == 0, outcome
    else:
        assert outcome.code and "error: " in outcome.err, outcome


@pytest.mark.parametrize("verb", ["registry", "base", "push"])
@pytest.mark.parametrize("realm", ["file://{0}/token.json", "{0}/token.json?", "s3://bucket/key", "oci://{{host}}/a", "FILE://{0}/token.json"])
def test_a_token_is_nothing_of_this_machine(world, verb, realm):
    """A registry says where its tokens are had, and is told no file in their place, and gets no request with keys."""
    outcome, server = world.ask(verb, challenge(realm.format(world.folder)))
    assert "wants a token fetched from" in outcome.err, outcome
    assert not [fields for _, _, fields, _ in server.seen if "Authorization" in fields]


@pytest.mark.parametrize("end", [2**64 - 1, 2**64, 2**63, 10**30])
def test_a_registry_that_has_more_bytes_than_there_are_numbers(world, end):
    """Of an upload that broke off it says how far that got."""

    def answer(handler):
        if handler.command == "HEAD":
            return handler.send(404)
        if handler.command == "POST":
            return handler.send(202, Location="/v2/a/b/upload")
        if handler.command == "GET":
            return handler.send(204, Location="/v2/a/b/upload", Range=f"0-{end}")
        return handler.send(500)

    # Only what is longer than a piece is asked about.
    layer = world.folder / "large"
    if not layer.exists():
        channel = Channel(world.folder / "large-channel")
        # What does not compress.
        channel.add("large", "1.0", {"share/large": random.Random(1).randbytes(20 << 20)})
        world.krait("pack", "-c", channel, "--override-channels", "large", "-o", layer, "--format", "oci")
    server = Liar(answer)
    outcome = run(world.krait, "push", layer, f"{server.host}/a/b:c", "--retries", "1", env={"no_proxy": "*"})
    server.close()
    assert outcome.code and "error: " in outcome.err, outcome
    assert ("GET", "/v2/a/b/upload") in [seen[:2] for seen in server.seen]


def service(vulnerabilities, advisory, more=None):
    """Answers each query with these, and each advisory with this."""

    def answer(handler):
        if handler.path.endswith("querybatch"):
            result = {"vulns": vulnerabilities, **({"next_page_token": more} if more else {})}
            count = len(json.loads(handler.body)["queries"])
            return handler.send(body=json.dumps({"results": [result] * count}).encode())
        return handler.send(body=advisory)

    return answer


SERVICES = {
    "a-million-advisories": service([{"id": f"A-{number}"} for number in range(200_000)], b'{"id": "A"}'),
    "long-advisories": service([{"id": "A-0"}], b'{"id": "A", "x": "' + b"a" * (5 << 20) + b'"}'),
    "much-of-them": service([{"id": f"A-{n}"} for n in range(40)], b'{"id": "A", "x": "' + b"a" * (3 << 20) + b'"}'),
    "pages-without-end": service([], b"", more="x"),
    "values-without-end": lambda handler: handler.send(body=b'{"results": [' + b"1," * (7 << 20) + b"1]}"),
    "names-that-climb": service([{"id": "../../../x"}, {"id": "\x1b[2J"}, {"id": "a?b#c"}], b'{"id": "A"}'),
}


@pytest.mark.parametrize("name", SERVICES)
def test_an_advisory_service_is_not_waited_for(world, name):
    outcome, server = world.ask("advisory service", SERVICES[name])
    assert ("error: " in outcome.err) == (name != "names-that-climb"), outcome
    assert {path for _, path, _, _ in server.seen if path.startswith("/v1/vulns/")} - {"/v1/vulns/A"} <= {
        "/v1/vulns/..%2F..%2F..%2Fx", "/v1/vulns/%1B%5B2J", "/v1/vulns/a%3Fb%23c", *(f"/v1/vulns/A-{n}" for n in range(40)),
    }  # fmt: skip


@pytest.mark.parametrize("suffix", ["repodata_shards.msgpack.zst", "repodata.json.zst", "repodata.json"])
def test_an_index_without_end(world, suffix):
    def answer(handler):
        return endless_body(handler) if handler.path.endswith(f"noarch/{suffix}") else handler.send(404)

    server = Liar(answer)
    words = ["create", "-y", "-p", world.folder / "never", "-c", server.url, "--override-channels", "--retries", "0", "tiny"]
    outcome = run(world.krait, *words, env={"no_proxy": "*"})
    server.close()
    assert outcome.code and "error: " in outcome.err and not (world.folder / "never").exists(), outcome


def test_a_bucket_gets_no_keys_of_another_host(world):
    """Requests for a bucket are signed, and not those that it leads to."""
    other = Liar(lambda handler: handler.send(404))
    outcome, server = world.ask("bucket", lambda handler: handler.send(307, Location=f"{other.url}{handler.path}"))
    other.close()
    assert [fields for _, _, fields, _ in server.seen if "Authorization" in fields]
    assert other.seen and not [fields for _, _, fields, _ in other.seen if "Authorization" in fields]
    assert outcome.code


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_tokens_of_amazon_stay_with_their_host(world, status):
    """curl itself holds back only what is called Authorization."""
    other = Liar(lambda handler: handler.send(404))
    token = "SESSIONTOKENOFTHISMACHINE"

    def leave(handler):
        return handler.send(status, Location=f"{other.url}{handler.path}")

    def machine(handler):
        """The service of a machine's own role, which gives a token for itself and sends who has it elsewhere."""
        if handler.path.endswith("/api/token"):
            return handler.send(body=token.encode())
        return leave(handler)

    words = ["create", "-y", "-p", world.folder / "never", "-c", "s3://bucket/channel", "--override-channels", "--retries", "0", "tiny"]
    servers = Liar(leave), Liar(machine)
    keys = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B", "AWS_SESSION_TOKEN": token}
    for server, env in zip(servers, (keys, {"AWS_EC2_METADATA_SERVICE_ENDPOINT": servers[1].url})):
        outcome = run(world.krait, *words, env={"no_proxy": "*", "AWS_REGION": "x", "AWS_ENDPOINT_URL": server.url, **env})
        server.close()
        assert token in str([fields for _, _, fields, _ in server.seen]), outcome
        assert outcome.code and token not in outcome.text + str(other.seen), (outcome, other.seen)
    other.close()


@pytest.mark.parametrize("verb", ["registry", "base"])
def test_a_registry_gets_no_token_of_another_host(world, verb):
    other = Liar(lambda handler: handler.send(404))

    def answer(handler):
        if handler.path.startswith("/token"):
            return handler.send(body=b'{"token": "TOKENOFTHEREGISTRY"}')
        if "Authorization" not in handler.headers:
            return challenge("http://{host}/token")(handler)
        return handler.send(307, Location=f"{other.url}{handler.path}")

    outcome, server = world.ask(verb, answer)
    other.close()
    assert [fields for _, _, fields, _ in server.seen if "Authorization" in fields]
    assert other.seen and "TOKENOFTHEREGISTRY" not in str(other.seen) and "TOKENOFTHEREGISTRY" not in outcome.text
