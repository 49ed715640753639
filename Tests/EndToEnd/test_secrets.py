# SPDX-License-Identifier: BSD-3-Clause
"""Nothing that lets somebody in stands in what krait writes: output, logs, records, history, locks, caches, traces."""

import base64
import json
import urllib.parse

import pytest

from buckets import REGION, Store
from prefixes import versions
from registries import Registry, TokenServer, publish

SECRET = "s3cr3t+w0rd"
ESCAPED = urllib.parse.quote(SECRET, safe="")
#: the secret as it may be written, without the signs that only some forms escape
FORMS = {SECRET, ESCAPED, "w0rd", base64.b64encode(SECRET.encode()).decode().rstrip("="), base64.b64encode(f"me:{SECRET}".encode()).decode()}


class World:
    """A channel behind a server, a home with a secret in it, and what is said and written there."""

    def __init__(self, krait, packages, serve, folder):
        self.krait, self.folder, self.packages = krait, folder, packages
        site = folder / "site"
        (site / "t").mkdir(parents=True)
        for name in (SECRET, ESCAPED):
            (site / "t" / name).symlink_to(packages.directory.parent)
        (site / "channel").symlink_to(packages.directory)
        self.server = serve(site)
        self.host = self.server.url.removeprefix("http://")
        self.channel = f"{self.server.url}/channel"
        self.env = {}
        #: the user's own files that hold the secret
        self.own = set()
        self.said = []
        self.ends = []

    def keep(self, name, text):
        path = self.krait.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        self.own.add(path)

    def run(self, *words, code=0):
        result = self.krait(*words, env=self.env, code=code)
        self.said.append((words, result.out + result.err))
        return result


def url_password(world):
    world.channel = world.channel.replace("//", f"//me:{ESCAPED}@")


def url_token(world):
    world.channel = f"{world.server.url}/t/{ESCAPED}/{world.packages.directory.name}"


def url_without_scheme(world):
    world.channel = f"{world.host}/t/{SECRET}/channel"


def environment_variable(world):
    world.env = {"KRAIT_AUTH_127_0_0_1": f"bearer:{SECRET}"}


def store_of_micromamba(world):
    password = base64.b64encode(SECRET.encode()).decode()
    entry = {"type": "BasicHTTPAuthentication", "user": "me", "password": password}
    world.keep(".mamba/auth/authentication.json", {world.host: entry})


def store_of_rattler(world):
    world.keep(".rattler/credentials.json", {"127.0.0.1": {"BearerToken": SECRET}})


def netrc(world):
    world.keep(".netrc", f"machine 127.0.0.1 login me password {SECRET}\n")


def token_of_anaconda(world):
    (world.folder / "site/t" / SECRET / "channel").symlink_to(world.packages.directory)
    name = urllib.parse.quote(f"http://{world.host}", safe="")
    world.keep(f".continuum/anaconda-client/tokens/{name}.token", SECRET)


def settings(world):
    """A proxy's password, and a channel's in `custom_channels` and `mirrored_channels`."""
    secret = world.server.url.replace("//", f"//me:{ESCAPED}@")
    world.keep(
        ".condarc",
        f"proxy_servers: {{https: 'http://me:{ESCAPED}@127.0.0.1:9'}}\ncustom_channels: {{lab: '{secret}/channel'}}\n"
        f"mirrored_channels: {{'{world.channel}': ['{secret}/channel']}}\nchannels: ['{world.host}/t/{SECRET}/channel']\n",
    )


def keys_of_amazon(world):
    world.store = Store(("AKIDEXAMPLE", SECRET, None))
    world.ends.append(world.store.shutdown)
    world.store.take(world.packages.directory, "/lab/channel")
    world.channel = "s3://lab/channel"
    world.env = {"AWS_ENDPOINT_URL_S3": world.store.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}


def session_of_amazon(world):
    keys_of_amazon(world)
    world.store.keys.token = SECRET
    world.store.keys.secret_key = "other"
    world.env |= {"AWS_SECRET_ACCESS_KEY": "other", "AWS_SESSION_TOKEN": SECRET}


def token_of_google(world):
    keys_of_amazon(world)
    world.store.bearer = SECRET
    world.channel = "gs://lab/channel"
    world.env = {"STORAGE_EMULATOR_HOST": world.store.url, "GOOGLE_OAUTH_ACCESS_TOKEN": SECRET}


def password_of_docker(world):
    """And the token that the registry's server gives for it."""
    tokens = TokenServer()
    (world.folder / "registry").mkdir()
    registry = Registry(world.folder / "registry", tokens)
    world.ends += [registry.close, tokens.close]
    publish(registry, world.packages.directory, "lab/channel", tokens, index="")
    tokens.password = f"me:{SECRET}"
    world.keep(".docker/config.json", {"auths": {registry.host: {"auth": base64.b64encode(tokens.password.encode()).decode()}}})
    world.channel = f"oci://{registry.host}/lab/channel"


KINDS = [
    url_password, url_token, url_without_scheme, environment_variable, store_of_micromamba, store_of_rattler, netrc,
    token_of_anaconda, settings, keys_of_amazon, session_of_amazon, token_of_google, password_of_docker,
]  # fmt: skip


def later_ways(world, prefix, channel, made):
    """A cache that is filled on the way, commands and scripts, advisories, images: each with what the channel takes, and a
    cache that takes the secret itself."""
    before, lock = world.env, made / "conda-lock.yml"
    world.env = {**before, "KRAIT_REMOTE_CACHE": f"http://me:{ESCAPED}@{world.host}/cache"}
    world.krait("clean", "--packages", "-y")
    world.run("create", "-y", "-vv", "-p", world.folder / "filling", *channel, "tool")
    for verb in ("push", "pull"):
        world.run("cache", verb, lock, "-vv", code=None)
    world.env = before
    world.run("exec", "-vv", *channel, "--spec", "tool", "true")
    script = world.folder / "script.py"
    script.write_text(f"# /// script\n# dependencies = []\n# [tool.krait]\n# channels = ['{world.channel}']\n# ///\n")
    world.run("exec", "-vv", script, code=None)
    for place in (f"{world.channel}/advisories.zip", f"http://me:{ESCAPED}@{world.host}/advisories.zip"):
        world.run("audit", "-vv", "-p", prefix, "--database", place, code=None)
    for place in (f"me:{SECRET}@{world.host}/lab/image:1", f"{world.channel.partition('://')[2]}/image:1"):
        world.run("push", "-vv", lock, place, code=None)
    for format in ("cyclonedx", "spdx"):
        world.run("sbom", "-p", prefix, "--format", format)
    world.run("env", "verify", "-vv", "-p", prefix, code=None)
    world.run("pack", "-vv", "-f", lock, "--format", "oci", "-o", made / "image", code=None)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_nothing_written_holds_a_secret(krait, own_channel, serve, tmp_path, kind):
    own_channel.add("tool", "1.0", {"share/tool": "tool\n"})
    own_channel.add("more", "1.0", {"share/more": "more\n"}, depends=["nowhere"])
    world = World(krait, own_channel, serve, tmp_path)
    kind(world)
    works = kind is not url_without_scheme
    code = 0 if works else None
    prefix, channel = tmp_path / "env", ["-c", world.channel, "--override-channels"]
    made = tmp_path / "made"
    made.mkdir()
    files = ["--trace-network", made / "trace.json", "--debug-testcase", made / "case"]
    world.run("create", "-y", "-vvv", "-p", prefix, *channel, "tool", *files, code=code)
    world.run("create", "-y", "--json", "-p", tmp_path / "other", *channel, "tool", code=code)
    world.run("install", "-y", "-vv", "-p", prefix, *channel, "more", code=None)
    world.run("lock", "tool", *channel, "--lockfile", made / "conda-lock.yml", code=code)
    world.run("search", "--json", *channel, "tool", code=code)
    world.run("config", "list", "--json", *channel, code=None)
    for words in (["config", "list", "--sources"], ["config", "--show"], ["info"], ["info", "--json"], ["auth", "list"]):
        world.run(*words, code=None)
    if works:
        assert versions(prefix) == {"tool": "1.0"}
        for words in (["list", "--explicit"], ["list", "--json"], ["env", "export"], ["env", "export", "--format", "conda-lock"]):
            world.run(*words, "-p", prefix)
        world.run("auth", "test", world.channel)
        later_ways(world, prefix, channel, made)
    # What goes wrong is told of with the place where it did.
    world.server.faults[".tar.bz2"] = lambda handler: handler.send(500, SECRET.encode())
    krait("clean", "--all", "-y")
    world.run("create", "-y", "-vv", "-p", tmp_path / "broken", *channel, "tool", "--retries", "0", code=None)
    world.run("create", "-y", "-p", tmp_path / "broken", f"{world.channel}/noarch/none-1-0.tar.bz2", code=None)
    for end in world.ends:
        end()
    told = [" ".join(map(str, words)) for words, text in world.said if any(form in text for form in FORMS)]
    assert not told
    skipped = world.own | set((tmp_path / "registry").rglob("*"))
    for folder in (krait.home, prefix, made):
        for path in folder.rglob("*"):
            assert not any(form in path.name for form in FORMS) or path in skipped, path
            if path.is_file() and path not in skipped:
                text = path.read_bytes().decode(errors="replace")
                assert not any(form in text for form in FORMS), path
