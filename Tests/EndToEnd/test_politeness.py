# SPDX-License-Identifier: BSD-3-Clause
"""Servers that take little at a time, or speak little, are served politely and to the end."""

import http.server
import os
import socketserver
import threading

import pytest

from packages import Channel
from servers import ChannelHandler, ChannelServer

COUNT = 40


@pytest.fixture
def many(tmp_path):
    channel = Channel(tmp_path / "many")
    for number in range(COUNT):
        channel.add(f"small-{number}", files={f"share/small-{number}": os.urandom(3000)})
    return channel


def create(krait, url, tmp_path, code=0):
    names = [f"small-{number}" for number in range(COUNT)]
    krait("create", "-y", "-q", "-p", tmp_path / "env", "-c", url, "--override-channels", *names, code=code)
    assert len(list((tmp_path / "env/conda-meta").glob("small-*.json"))) == COUNT


def test_http_1_0(krait, many, serve, tmp_path, monkeypatch):
    monkeypatch.setattr(ChannelHandler, "protocol_version", "HTTP/1.0")
    server = serve(many.directory)
    create(krait, server.url, tmp_path)
    assert len(set(server.packages())) == len(server.packages()) == COUNT


@pytest.mark.parametrize("status", [429, 503])
def test_two_at_a_time(krait, many, serve, tmp_path, status):
    """Whatever is more than two at a time is refused."""
    server = serve(many.directory)
    running, lock, refused = [0], threading.Lock(), [0]

    def limited(handler):
        with lock:
            is_refused = running[0] >= 2
            if is_refused:
                refused[0] += 1
            else:
                running[0] += 1
        if is_refused:
            return handler.send(status, b"", headers=[("Retry-After", "1")] if status == 429 else [])
        try:
            body = handler.file()
            # The body of one is not whole before others have had the time to come.
            handler.send(200, body[:100], length=len(body))
            handler.wfile.flush()
            threading.Event().wait(0.02)
            handler.wfile.write(body[100:])
        finally:
            with lock:
                running[0] -= 1
        return True

    server.faults["bz2"] = limited
    create(krait, server.url, tmp_path)
    assert len(server.packages()) == COUNT + refused[0]
    # It learns: not every package is refused again and again.
    assert refused[0] < 3 * COUNT


class TwoThreads(ChannelServer):
    """Serves two connections, as long as they last; others wait until one of them ends."""

    def __init__(self, directory):
        self.room = threading.Semaphore(2)
        super().__init__(directory)

    def process_request(self, request, client_address):
        self.waiting = threading.Thread(target=self.take, args=(request, client_address), daemon=True)
        self.waiting.start()

    def take(self, request, client_address):
        with self.room:
            super().process_request_thread(request, client_address)


def test_two_connections(krait, many, tmp_path):
    server = TwoThreads(many.directory)
    try:
        create(krait, server.url, tmp_path)
        assert set(server.packages()) and len(set(server.packages())) == COUNT
    finally:
        server.close()
