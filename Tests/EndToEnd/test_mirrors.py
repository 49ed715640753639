# SPDX-License-Identifier: BSD-3-Clause
"""Several places for one channel, of which some are dead and some lack things."""

import pytest
from servers import answers

DEAD = "http://127.0.0.1:1/dead"
GONE = "http://127.0.0.1:9/gone"
ARCHIVE = "noarch/tiny-1.0-0.tar.bz2"


@pytest.fixture
def server(own_channel, serve, krait):
    own_channel.add("tiny", files={"share/tiny": "x"})
    server = serve(own_channel.directory)
    krait.environment["MAMBA_REMOTE_BACKOFF_FACTOR"] = "0"
    return server


def create(krait, *places, **more):
    (krait.home / ".condarc").write_text(f"mirrored_channels:\n  '{GONE}': [{', '.join(map(repr, places))}]\n")
    return krait("create", "-y", "-n", "e", "-c", GONE, "--override-channels", "--retries", "1", "tiny", **more)


@pytest.mark.parametrize("turned", [False, True])
def test_what_a_place_lacks_counts_though_another_is_dead(krait, server, turned):
    """Shards and compressed indexes are in none of them: the flat index is read then."""
    places = [DEAD, server.url]
    create(krait, *(reversed(places) if turned else places))
    assert (krait.root / "envs/e/share/tiny").exists()


@pytest.mark.parametrize("turned", [False, True])
def test_an_archive_that_no_place_gives(krait, server, turned):
    server.faults[ARCHIVE] = answers(404)
    places = [DEAD, server.url]
    result = create(krait, *(reversed(places) if turned else places), code=4)
    assert f"`{server.url}/{ARCHIVE}`: the server answered 404 Not Found" in result.complaint
    assert f"`{DEAD}/{ARCHIVE}`: failed to connect" in result.complaint
    assert "caused by: " in result.complaint
