# SPDX-License-Identifier: BSD-3-Clause
"""Channels, mirrors, packages and caches in registries: `oci://`, with and without a server of tokens."""

import bz2
import json

import pytest
import zstandard

from conftest import CHANNEL, Krait
from prefixes import problems, versions
from registries import Registry, TokenServer, publish


@pytest.fixture
def guarded(tmp_path):
    """(a registry that wants tokens, the server that gives them)"""
    folder = tmp_path / "guarded"
    folder.mkdir()
    tokens = TokenServer()
    registry = Registry(folder, tokens)
    yield registry, tokens
    registry.close()
    tokens.close()


@pytest.fixture
def packages(own_channel):
    """A channel whose file names hold what tags and names of repositories may not."""
    own_channel.add("tool", "1.0+local.1", {"share/tool": "tool\n"}, depends=["base-thing", "_mutex"])
    own_channel.add("base-thing", "2!3.0", {"share/base": "base\n"}, build="h_1")
    own_channel.add("_mutex", "1", {"share/mutex": "mutex\n"})
    compress(own_channel.directory)
    return own_channel


def compress(directory):
    for path in directory.glob("*/repodata.json"):
        path.with_name("repodata.json.zst").write_bytes(zstandard.compress(path.read_bytes()))


EXPECTED = {"tool": "1.0+local.1", "base-thing": "2!3.0", "_mutex": "1"}


@pytest.mark.parametrize("index", ["+zst", "", "+bz2"])
def test_a_channel_in_a_registry(krait, registry, packages, tmp_path, index):
    namespace = f"lab/channel{index.replace('+', '-')}"
    if index == "+bz2":
        for path in packages.directory.glob("*/repodata.json"):
            path.with_name("repodata.json.bz2").write_bytes(bz2.compress(path.read_bytes()))
    publish(registry, packages.directory, namespace, index=index)
    url = f"oci://{registry.host}/{namespace}"
    krait.create(tmp_path / "env", "tool", channel=url)
    assert versions(tmp_path / "env") == EXPECTED and problems(tmp_path / "env") == []
    record = json.loads(next((tmp_path / "env/conda-meta").glob("tool-*.json")).read_text())
    assert record["url"].startswith(f"{url}/noarch/tool-1.0+local.1-0")
    assert record["channel"].startswith(url)


def test_tokens_are_had_for_each_repository_and_renewed(krait, guarded, packages, tmp_path):
    registry, tokens = guarded
    publish(registry, packages.directory, "lab/channel", tokens)
    tokens.stale = True
    krait.create(tmp_path / "env", "tool", channel=f"oci://{registry.host}/lab/channel")
    assert versions(tmp_path / "env") == EXPECTED
    scopes = {scope: tokens.scopes.count(scope) for scope in tokens.scopes}
    assert scopes["repository:lab/channel/noarch/zzz_mutex:pull"] == 2
    assert set(scopes.values()) == {2} and all(scope.endswith(":pull") for scope in scopes)


def test_the_password_goes_to_the_server_of_tokens(krait, guarded, packages, tmp_path):
    registry, tokens = guarded
    publish(registry, packages.directory, "lab/channel", tokens)
    tokens.password = "me:hidden-word"
    channel = f"oci://{registry.host}/lab/channel"
    result = krait.create(tmp_path / "env", "tool", channel=channel, code=4)
    assert "401" in result.complaint and "krait auth login" in result.complaint
    krait("auth", "login", registry.host, "--username", "me", "--password-stdin", input="hidden-word\n")
    result = krait.create(tmp_path / "env", "tool", "-vvv", channel=channel)
    assert versions(tmp_path / "env") == EXPECTED and "hidden-word" not in result.out + result.err
    typed = channel.replace("oci://", "oci://me:hidden-word@")
    krait("auth", "logout", registry.host)
    krait("clean", "--all", "-y")
    result = krait.create(tmp_path / "other", "tool", channel=typed)
    text = result.out + result.err + "".join(path.read_text() for path in (tmp_path / "other/conda-meta").iterdir())
    assert "hidden-word" not in text


def test_a_mirror_and_packages_by_url_and_lock(krait, registry, packages, tmp_path):
    """Records keep the channel's own URL; a lock with `oci://` in it needs no index."""
    publish(registry, packages.directory, "lab/mirror")
    url = f"oci://{registry.host}/lab/mirror"
    (krait.home / ".condarc").write_text(f"mirrored_channels:\n  http://127.0.0.1:9/gone: [{url}]\n")
    krait.create(tmp_path / "env", "tool", channel="http://127.0.0.1:9/gone")
    record = json.loads(next((tmp_path / "env/conda-meta").glob("tool-*.json")).read_text())
    assert record["url"].startswith("http://127.0.0.1:9/gone/noarch/")
    (krait.home / ".condarc").unlink()
    names = sorted(path.name for path in packages.directory.glob("noarch/*.tar.bz2"))
    krait("clean", "--all", "-y")
    # Without a hash each is looked up by its tag.
    krait("create", "-y", "-p", tmp_path / "urls", *[f"{url}/noarch/{name}" for name in names])
    assert versions(tmp_path / "urls") == EXPECTED
    lock = tmp_path / "conda-lock.yml"
    krait("lock", "tool", "-c", url, "--override-channels", "--lockfile", lock)
    krait("clean", "--all", "-y")
    krait("create", "-y", "-p", tmp_path / "locked", "-f", lock)
    assert versions(tmp_path / "locked") == EXPECTED and problems(tmp_path / "locked") == []


def test_a_channel_that_is_not_there(krait, registry, tmp_path):
    result = krait.create(tmp_path / "env", "tool", channel=f"oci://{registry.host}/no/channel", code=None)
    assert result.code in (3, 4) and f"oci://{registry.host}/no/channel" in result.complaint
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize("is_guarded", [False, True])
def test_a_cache_in_a_registry(krait, registry, guarded, packages, serve, tmp_path, is_guarded):
    """`push` fills it, the next machine asks the origin for nothing, and a second push sends nothing."""
    if is_guarded:
        registry, _ = guarded
    origin = serve(packages.directory)
    lock = tmp_path / "conda-lock.yml"
    krait("lock", "tool", "-c", origin.url, "--override-channels", "--lockfile", lock)
    env = {"KRAIT_REMOTE_CACHE": f"oci://{registry.host}/team/cache"}
    assert krait("cache", "push", lock, "--json", env=env).json["sent"] == 3
    again = krait("cache", "push", lock, "--json", env=env).json
    assert (again["sent"], again["present"]) == (0, 3)
    origin.requests.clear()
    krait("create", "-y", "-p", tmp_path / "env", "-f", lock, env=env)
    assert origin.requests == [] and problems(tmp_path / "env") == []
    if not is_guarded:
        url = next(line.split()[-1] for line in lock.read_text().splitlines() if "sha256:" in line)
        layer = registry.manifest("team/cache", f"sha256-{url}")["layers"][0]
        assert layer["mediaType"] == "application/vnd.conda.package.v1"
        assert layer["annotations"]["org.opencontainers.image.title"].endswith(".tar.bz2")


def test_a_registry_is_filled(krait, registry, packages, serve, tmp_path):
    origin = serve(packages.directory)
    env = {"KRAIT_REMOTE_CACHE": f"oci://{registry.host}/team/filled"}
    result = krait.create(tmp_path / "env", "tool", channel=origin.url, env=env)
    assert "not kept there" not in result.err, result
    assert problems(tmp_path / "env") == [] and len(origin.packages()) == 3
    origin.requests.clear()
    other = Krait(tmp_path / "other")
    other.create(tmp_path / "again", "tool", channel=origin.url, env=env)
    assert origin.packages() == [] and problems(tmp_path / "again") == []


def test_a_registry_that_is_gone_costs_the_cache(krait, packages, serve, tmp_path):
    origin = serve(packages.directory)
    env = {"KRAIT_REMOTE_CACHE": "oci://127.0.0.1:9/team/cache"}
    krait.create(tmp_path / "env", "tool", "--retries", "0", channel=origin.url, env=env)
    assert problems(tmp_path / "env") == []


SPECS = ["python=3.11", "numpy"]


def test_many_packages(krait, guarded, tmp_path):
    """All of it from a registry that wants tokens: its packages in as many repositories, and an index of them."""
    registry, tokens = guarded
    chosen = krait.solve(*SPECS)
    part = tmp_path / "channel"
    for subdir in ("noarch", "linux-64"):
        (part / subdir).mkdir(parents=True)
        index = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": {}}
        for record in chosen.values():
            if record["subdir"] == subdir:
                kind = "packages.conda" if record["fn"].endswith(".conda") else "packages"
                index[kind][record["fn"]] = {key: record[key] for key in record if key not in ("fn", "url", "channel")}
                (part / subdir / record["fn"]).symlink_to(CHANNEL / subdir / record["fn"])
        (part / subdir / "repodata.json").write_text(json.dumps(index))
    compress(part)
    publish(registry, part, "mirror/demo", tokens)
    krait.create(tmp_path / "env", *SPECS, "--pyc", "none", channel=f"oci://{registry.host}/mirror/demo")
    assert versions(tmp_path / "env") == {name: record["version"] for name, record in chosen.items()}
    assert problems(tmp_path / "env") == []


def helper(folder, name, body):
    folder.mkdir(exist_ok=True)
    path = folder / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return folder


@pytest.mark.parametrize("way", ["auths", "credsStore", "credHelpers", "identity token"])
def test_what_docker_keeps(krait, guarded, packages, tmp_path, way):
    """Docker's own file and the programs it keeps passwords with; those are asked for registries alone."""
    registry, tokens = guarded
    publish(registry, packages.directory, "lab/channel", tokens)
    tokens.password = "me:hidden:word"
    asked = tmp_path / "asked"
    program = f'read host; echo "$host" >> {asked}; echo noise >&2\necho \'{{"Username": "me", "Secret": "hidden:word"}}\''
    folder = helper(tmp_path / "bin", "vault", program)
    settings = {
        "auths": {"auths": {f"http://{registry.host}/v1/": {"auth": "bWU6aGlkZGVuOndvcmQ="}}},
        "credsStore": {"auths": {registry.host: {}}, "credsStore": "vault"},
        "credHelpers": {"credHelpers": {registry.host: "vault"}, "credsStore": "missing"},
        "identity token": {"auths": {registry.host: {"identitytoken": "hidden:word"}}},
    }[way]
    (krait.home / "docker").mkdir()
    (krait.home / "docker/config.json").write_text(json.dumps(settings))
    env = {"DOCKER_CONFIG": krait.home / "docker", "PATH": f".:{folder}:{krait.environment['PATH']}"}
    channel = f"oci://{registry.host}/lab/channel"
    result = krait.create(tmp_path / "env", "tool", "-vvv", channel=channel, env=env)
    assert versions(tmp_path / "env") == EXPECTED and "hidden" not in result.out + result.err
    if way.startswith("cred"):
        assert set(asked.read_text().split()) == {registry.host}
        asked.unlink()
        origin = packages.directory
        krait.create(tmp_path / "other", "tool", channel=origin, env=env)
        assert not asked.exists()


@pytest.mark.parametrize("body", ["exit 1", "echo '{'", "echo '{\"Username\": 1}'"])
def test_a_helper_that_has_nothing(krait, guarded, packages, tmp_path, body):
    registry, tokens = guarded
    publish(registry, packages.directory, "lab/channel", tokens)
    folder = helper(tmp_path / "bin", "vault", body)
    (krait.home / ".docker").mkdir()
    (krait.home / ".docker/config.json").write_text('{"credsStore": "vault"}')
    env = {"PATH": f"{folder}:{krait.environment['PATH']}"}
    krait.create(tmp_path / "env", "tool", channel=f"oci://{registry.host}/lab/channel", env=env)
    assert versions(tmp_path / "env") == EXPECTED


def test_auth_test(krait, guarded, serve, packages, tmp_path):
    registry, tokens = guarded
    tokens.password = "me:hidden-word"
    place = f"oci://{registry.host}/team/x"
    result = krait("auth", "test", place, code=4)
    assert "401" in result.complaint and "no credentials are kept" in result.complaint
    krait("auth", "login", registry.host, "--username", "me", "--password-stdin", input="hidden-word\n")
    result = krait("auth", "test", place)
    assert result.out == f"oci://{registry.host}/team/x: a password of micromamba's store; the server answered 200\n"
    assert krait("auth", "test", f"oci://{registry.host}", "--json").json["kind"] == "password"
    server = serve(packages.directory.parent)
    channel = f"{server.url}/{packages.directory.name}"

    def wants(handler):
        if handler.headers["Authorization"] != "Bearer hidden-token":
            handler.send(403, b"")
            return True
        return False

    server.faults["repodata.json"] = wants
    result = krait("auth", "test", channel + "/", code=4)
    assert "403, and no credentials" in result.complaint
    host = server.url.removeprefix("http://")
    krait("auth", "login", host, "--bearer-stdin", input="hidden-token\n")
    result = krait("auth", "test", channel, "--json").json
    assert (result["kind"], result["source"], result["status"]) == ("bearer token", "micromamba's store", 200)
    assert "hidden" not in json.dumps(result)
    assert "needs a host" in krait("auth", "test", code=2).complaint
    assert "is not a host" in krait("auth", "test", "/tmp", code=2).complaint


def test_what_is_kept_is_found_and_names_no_secret(krait, guarded, packages):
    registry, tokens = guarded
    publish(registry, packages.directory, "lab/channel", tokens, index="")
    tokens.password = "me:hidden-word"
    words = ["search", "-c", f"oci://{registry.host}/lab/channel", "--override-channels", "tool"]
    host = registry.host.replace("127.0.0.1", "LocalHost")
    for typed in (f"oci://{registry.host}/lab", f"oci://me:other@{registry.host}/lab/", f"http://{registry.host}", registry.host + "/lab"):
        krait("auth", "login", typed, "--username", "me", "--password-stdin", input="hidden-word\n")
        krait("clean", "--all", "-y")
        krait(*words)
        assert krait("auth", "list").out.strip() in (f"{registry.host}/lab", registry.host)
        krait("auth", "logout", typed)
        krait("clean", "--all", "-y")
        assert "401" in krait(*words, code=4).complaint
    krait("auth", "login", f"https://me:hidden@{host}/t/hidden/x", "--bearer", "abc")
    assert krait("auth", "list").out == f"{host.lower()}/x\n"
    for typed in ("a host", "s3://bucket", "https://", "/path", "host?query"):
        result = krait("auth", "login", typed, "--bearer", "abc", code=2)
        assert "is not a host" in result.complaint, result
    assert "--token" in krait("auth", "login", "host", "--token", "", code=2).complaint
    (krait.home / ".mamba/auth/authentication.json").write_text('{"me:hidden@host": {"type": "BearerToken", "token": "abc"}}')
    assert "hidden" not in krait("auth", "list").out + krait("auth", "list", "--json").out
    krait("auth", "logout", "me:hidden@host")
