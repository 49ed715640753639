# SPDX-License-Identifier: BSD-3-Clause
"""A server in front of another one, where every third request goes wrong, each time in another way."""

import http.client
import http.server
import itertools
import ssl
import threading
import urllib.parse

from servers import ChannelHandler


def status(code, *headers):
    def answer(handler, _):
        return handler.send(code, b"out of order", headers=headers)

    return answer


def reset(handler, _):
    return handler.reset()


def cut(handler, answer):
    """Half of the body, and then a reset."""
    handler.pass_on(answer, answer.body[: len(answer.body) // 2], len(answer.body))
    handler.wfile.flush()
    return handler.reset()


def short(handler, answer):
    """Half of the body, as if that were all of it."""
    half = answer.body[: len(answer.body) // 2]
    handler.pass_on(answer, half, len(half))


def garbled(handler, answer):
    """One byte is another one."""
    body = bytearray(answer.body)
    if body:
        body[len(body) // 2] ^= 0xFF
    handler.pass_on(answer, bytes(body), len(body))


LOUD = [reset, status(408), status(413, ("Retry-After", "0")), status(429, ("Retry-After", "0")), status(500), cut, status(502), status(503)]


class FaultyFront(http.server.ThreadingHTTPServer):
    """Passes requests on to `url`; every third one goes wrong in the next of the ways `faults`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, url, faults, certificate=None, every=3):
        self.backend = urllib.parse.urlsplit(url).netloc
        self.faults, self.every = itertools.cycle(faults), every
        self.count, self.failed = 0, 0
        self.lock = threading.Lock()
        #: paths with this in them lead to a signed URL of the server `other`
        self.redirects, self.other = None, None
        super().__init__(("127.0.0.1", 0), Passing)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.url = f"{'https' if certificate else 'http'}://{self.host}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def fault(self):
        with self.lock:
            self.count += 1
            if self.count % self.every or self.redirects:
                return None
            self.failed += 1
            return next(self.faults)

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""

    def close(self):
        self.shutdown()
        self.server_close()


class Passing(ChannelHandler):
    def __init__(self, *arguments):
        http.server.BaseHTTPRequestHandler.__init__(self, *arguments)

    def do_GET(self):
        connection = http.client.HTTPConnection(self.server.backend)
        connection.request(self.command, self.path, headers=dict(self.headers))
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        fault = self.server.fault()
        if self.server.redirects and self.server.redirects in self.path and answer.status == 200:
            return self.send(307, b"", headers=[("Location", f"{self.server.other}{self.path}?X-Signed=1")])
        if fault:
            return fault(self, answer)
        return self.pass_on(answer, answer.body, answer.headers.get("Content-Length", len(answer.body)))

    do_HEAD = do_GET

    def pass_on(self, answer, body, length):
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
