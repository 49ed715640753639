# SPDX-License-Identifier: BSD-3-Clause
"""The budget of round trips. It is counted, not timed: the longest chain of requests of which each began after the one
before it had ended, opening a connection being one more and TLS another (`round_trips` of `--trace-network`).

                                               http   https
    what index there is, cold                     2       3
    solving from a small channel, cold            3       4
    solving from shards alone, cold              10       6
    the same, all of it having changed            8       6
    solving, the index to be revalidated          2       3
    solving, the index fresh, or from a lock      0       0
    200 packages of 20 kB, sizes unknown          6       6
"""

import json
import os
import shutil

import pytest

from far import FarServer, compiled_link
from packages import Channel
from servers import make_authority

SPECS = ["python=3.11", "jupyterlab", "pandas", "scikit-learn"]


@pytest.fixture(scope="session")
def link(tmp_path_factory):
    return compiled_link(tmp_path_factory.mktemp("link"))


@pytest.fixture
def far(tmp_path, link, authority):
    """`far(directory)` serves it from far away; further words are those of FarServer."""
    running = []

    def start(directory, **more):
        running.append(FarServer(tmp_path / f"far-{len(running)}", link, directory, authority[1], **more))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def traced(krait, tmp_path, authority):
    """Runs `create` from one channel and gives what was asked of servers."""

    def run(channel, *words, prefix="never"):
        trace = tmp_path / "trace.json"
        krait("create", "-y", "-q", "-p", tmp_path / prefix, "-c", channel, "--override-channels", "--cacert",
              authority[0], "--trace-network", trace, *words)
        found = json.loads(trace.read_text())
        # Shown when the test fails.
        for request in found["requests"]:
            print(*(request.get(key) for key in ("start_ms", "connected_ms", "first_byte_ms", "end_ms", "connection",
                                                 "status", "url")))
        return found

    return run


def fewest(limit, run):
    """The first of three runs that keeps within `limit` round trips, else the last: a wave of requests that go out together
    comes apart where the machine has no time for its sender."""
    for _ in range(3):
        trace = run()
        if trace["round_trips"] <= limit:
            break
    return trace


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_solving(traced, far, channel, scheme):
    server = far(channel)
    opening = {"http": 1, "https": 2}[scheme]
    url = getattr(server, scheme)
    cold = traced(url, "--dry-run", *SPECS)
    assert cold["round_trips"] <= opening + 2
    assert len(cold["requests"]) == 4
    again = traced(url, "--dry-run", "--repodata-ttl", "0", *SPECS)
    assert {request["status"] for request in again["requests"]} == {304}
    assert len(again["requests"]) == 2 and again["round_trips"] <= opening + 1
    fresh = traced(url, "--dry-run", "--repodata-ttl", "3600", *SPECS)
    assert fresh["requests"] == [] and fresh["round_trips"] == 0
    if scheme == "https":
        assert cold["connections"] == 1 and again["connections"] == 1


def test_why_an_index_was_chosen_is_said(krait, far, channel, tmp_path):
    words = ["create", "-y", "-v", "--dry-run", "-p", tmp_path / "env", "--override-channels", "-c"]
    far_away = krait(*words, far(channel).http, "python=3.11")
    assert far_away.err.count("the whole index, which takes less time than shards, a round trip being") == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_solving_from_shards(traced, far, channel, tmp_path, krait, scheme):
    """Without a whole document, all shards of a small channel are asked for at once."""
    server = far(channel, directives="location ~ repodata.json { return 404; }")
    url = getattr(server, scheme)

    def first():
        krait("clean", "-y", "--index-cache")
        return traced(url, "--dry-run", *SPECS)

    limit = {"http": 10, "https": 6}[scheme]
    assert fewest(limit, first)["round_trips"] <= limit
    again = traced(url, "--dry-run", "--repodata-ttl", "0", *SPECS)
    assert {request["status"] for request in again["requests"]} == {304}

    def changed():
        # Everything has changed, as it does in time: what the shards led to is known.
        for shard in krait.cache.glob("cache/krait-index-v1/shards/*/*"):
            shard.unlink()
        trace = traced(url, "--dry-run", "--repodata-ttl", "0", *SPECS)
        assert len([request for request in trace["requests"] if request["status"] == 200]) > 100
        return trace

    limit = {"http": 8, "https": 6}[scheme]
    assert fewest(limit, changed)["round_trips"] <= limit


def test_shards_never_change_the_answer(krait, far, serve, channel):
    near = krait.solve(*SPECS, channel=serve(channel).url)
    shards = far(channel, directives="location ~ repodata.json { return 404; }")
    assert krait.solve(*SPECS, channel=shards.http).keys() == near.keys()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_many_small_packages(krait, traced, far, tmp_path, scheme):
    many = Channel(tmp_path / "many")
    names = [f"small-{number}" for number in range(200)]
    for name in names:
        many.add(name, files={f"share/{name}": os.urandom(20_000)})
    server = far(many.directory)
    lock = tmp_path / "explicit.txt"
    url = getattr(server, scheme)
    archives = [path.name for path in (many.directory / "noarch").glob("*.tar.bz2")]
    lock.write_text("\n".join(["@EXPLICIT", *(f"{url}/noarch/{name}" for name in archives), ""]))

    def first():
        shutil.rmtree(tmp_path / "env", ignore_errors=True)
        krait("clean", "-y", "--packages")
        return traced(url, "-f", lock, "--no-pyc", prefix="env")

    trace = fewest(6, first)
    assert len(trace["requests"]) == 200
    assert len(list((tmp_path / "env/conda-meta").glob("small-*.json"))) == 200
    assert trace["round_trips"] <= 6
    if scheme == "https":
        assert trace["connections"] == 1


@pytest.mark.parametrize("limit", ["keepalive_requests 7", "http2_max_concurrent_streams 2"])
def test_http_2_servers_of_few_streams(traced, far, tmp_path, limit):
    """One that says GOAWAY after a few requests, and one that refuses the streams that are too many."""
    many = Channel(tmp_path / "many")
    names = [f"small-{number}" for number in range(60)]
    for name in names:
        many.add(name, files={f"share/{name}": os.urandom(20_000)})
    server = far(many.directory, round_trip=10, directives=f"{limit};")
    trace = traced(server.https, *names, prefix="env")
    assert len(list((tmp_path / "env/conda-meta").glob("small-*.json"))) == 60
    # One that the server sent away unanswered has neither a version nor a status, and is asked for again.
    sent_away = [request for request in trace["requests"] if request["http_version"] == ""]
    answered = [request for request in trace["requests"] if request["http_version"] == "2"]
    assert len(sent_away) + len(answered) == len(trace["requests"])
    assert not [request for request in sent_away if request.get("status")]
    assert {request["url"] for request in sent_away} <= {request["url"] for request in answered}
    assert {request["status"] for request in answered} <= {200, 404}
    # Nothing that was answered is asked for again.
    served = [path for _, status, _, _, path in server.take_log() if status == "200"]
    assert len(served) == len(set(served))
    if limit.startswith("keepalive"):
        assert trace["connections"] >= 60 / 7


def test_tls_sessions_are_continued(traced, far, channel, krait):
    server = far(channel, round_trip=1)

    def solve():
        traced(server.https, "--dry-run", "--repodata-ttl", "0", "python=3.11")
        return [reused for _, _, reused, *_ in server.take_log()]

    assert set(solve()) == {"."}
    [ticket] = krait.cache.glob("cache/krait-index-v1/tls/*")
    assert ticket.stat().st_mode & 0o777 == 0o600
    assert set(solve()) == {"r"}
    # What others can read is no secret; it is made anew.
    [ticket] = krait.cache.glob("cache/krait-index-v1/tls/*")
    ticket.chmod(0o644)
    assert set(solve()) == {"."}
    ticket.write_bytes(b"no ticket")
    ticket.chmod(0o600)
    assert set(solve()) == {"."}
    assert set(solve()) == {"r"}
    # Neither is a link to somewhere else a ticket.
    ticket.rename(ticket.with_name("elsewhere"))
    ticket.symlink_to("elsewhere")
    assert set(solve()) == {"."}
    assert set(solve()) == {"r"}
    assert not ticket.is_symlink()


def test_sessions_are_not_continued_elsewhere(traced, far, channel):
    """Where a redirection leads is another host, also where the same server would take the ticket."""
    server = far(channel, round_trip=1, directives=r"""
        if ($http_host ~ ^127\.0\.0\.1(:.*)$) { return 302 https://localhost$1$request_uri; }""")
    for continued in [".", "r"]:
        traced(server.https, "--dry-run", "--repodata-ttl", "0", "python=3.11")
        log = server.take_log()
        assert {reused for _, status, reused, *_ in log if status == "302"} == {continued}
        assert {reused for _, status, reused, *_ in log if status != "302"} == {"."}


def test_sessions_are_bound_to_what_is_believed(traced, far, channel, krait, tmp_path, authority):
    server = far(channel, round_trip=1)
    traced(server.https, "--dry-run", "python=3.11")
    other, _ = make_authority(tmp_path / "other")
    krait("create", "-y", "--dry-run", "-p", tmp_path / "env", "-c", server.https, "--override-channels",
          "--repodata-ttl", "0", "--cacert", other, "python=3.11", code=4)


def test_the_trace_is_a_page_too(krait, serve, channel, tmp_path):
    server = serve(channel)
    secret = server.url.replace("://", "://user:hidden@")
    krait("create", "-y", "-q", "--dry-run", "-p", tmp_path / "env", "-c", secret, "--override-channels",
          "--trace-network", tmp_path / "net.json", "python=3.11")
    trace = json.loads((tmp_path / "net.json").read_text())
    page = (tmp_path / "net.html").read_text()
    assert len(trace["requests"]) == len(server.requests) == page.count("<title>") - 1
    for request in trace["requests"]:
        assert request["queued_ms"] <= request["start_ms"] <= request["first_byte_ms"] <= request["end_ms"]
        assert request["url"].rsplit("/", 1)[1] in page
    assert sum(request["bytes"] for request in trace["requests"]) == trace["bytes"] > 0
    assert "hidden" not in page + json.dumps(trace)
    assert "<script" not in page and "src=" not in page


def test_a_failed_command_leaves_its_trace(krait, serve, channel, tmp_path):
    krait("create", "-y", "--dry-run", "-p", tmp_path / "env", "-c", serve(channel).url + "/absent",
          "--override-channels", "--trace-network", tmp_path / "net", "python", code=4)
    trace = json.loads((tmp_path / "net").read_text())
    assert {request["status"] for request in trace["requests"]} == {404}
    assert (tmp_path / "net.html").exists()
