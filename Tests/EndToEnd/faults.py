# SPDX-License-Identifier: BSD-3-Clause
"""A server in front of another one, where every third request goes wrong, each time in another way."""

import fcntl
import http.client
import http.server
import itertools
import re
import select
import ssl
import struct
import termios
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
    """Half of the body, and then a reset. The half has arrived: what is asked for again of it is fetched again."""
    half = len(answer.body) // 2
    handler.pass_on(answer, answer.body[:half], len(answer.body))
    handler.wfile.flush()
    while unsent(handler.connection) and not is_gone(handler.connection, 0.001):
        pass
    if handler.command == "GET" and answer.status in (200, 206):
        handler.server.note_cut(handler.path, begin_of(answer) + half)
    return handler.reset()


def unsent(connection):
    """Bytes that the other side has not said to have."""
    return struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)))[0]


def is_gone(connection, seconds):
    """Whether the other side ends the connection, or sends something, within so many seconds."""
    return bool(select.select([connection], [], [], seconds)[0])


def begin_of(answer):
    """The place of an answer's first byte in the file."""
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else 0


def stall(handler, answer):
    """Half of the body, and then nothing more, for as long as somebody waits."""
    handler.pass_on(answer, answer.body[: len(answer.body) // 2], len(answer.body))
    handler.wfile.flush()
    is_gone(handler.connection, 60)
    handler.close_connection = True


def silent(handler, _):
    """No answer, for as long as somebody waits."""
    is_gone(handler.connection, 60)
    handler.close_connection = True


EXPIRED_KEYS = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"


def expired(handler, answer):
    """What lets in has ended: a registry's token, or a store's keys."""
    if not handler.path.startswith("/v2/"):
        return handler.send(400, EXPIRED_KEYS)
    realm = handler.server.realm
    return handler.send(401, b"{}", headers=[("WWW-Authenticate", f'Bearer realm="{realm}",service="test"')] if realm else [])


def redirect(handler, answer):
    """The bytes are at a signed URL of another host, which takes no other proof along with it."""
    return handler.send(307, b"", headers=[("Location", handler.server.signed.keep(answer))])


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


def secure(server, certificate):
    """Lets a server speak TLS, where there is a certificate."""
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.scheme = "https" if certificate else "http"


class FaultyFront(http.server.ThreadingHTTPServer):
    """Passes requests on to `url`; every third one goes wrong in the next of the ways `faults`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, url, faults, certificate=None, every=3, signed_by=None):
        self.backend = urllib.parse.urlsplit(url).netloc
        self.faults, self.every = itertools.cycle(faults), every
        self.count, self.failed = 0, 0
        #: where the last answer of a path was broken off, and how many bytes before that place were asked for again
        self.cuts, self.again = {}, []
        self.signed = SignedURLs(certificate or signed_by)
        #: who gives the tokens of the registry behind
        self.realm = None
        self.lock = threading.Lock()
        #: paths with this in them lead to a signed URL of the server `other`
        self.redirects, self.other = None, None
        super().__init__(("127.0.0.1", 0), Passing)
        secure(self, certificate)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.url = f"{self.scheme}://{self.host}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def fault(self):
        with self.lock:
            self.count += 1
            if self.count % self.every or self.redirects:
                return None
            self.failed += 1
            return next(self.faults)

    def note_cut(self, path, place):
        with self.lock:
            self.cuts[path] = place

    def note_request(self, path, field):
        """After a cut: how much of what had come is asked for again."""
        with self.lock:
            if (place := self.cuts.pop(path, None)) is not None:
                found = re.match(r"bytes=(\d+)-", field or "")
                self.again.append(place - int(found[1]) if found else place)

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""

    def close(self):
        self.signed.close()
        self.shutdown()
        self.server_close()


class SignedURLs(http.server.ThreadingHTTPServer):
    """Another host, which gives each answer that it keeps for one URL; who sends a password or a token along is refused."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, certificate):
        self.answers, self.refused = [], 0
        super().__init__(("127.0.0.1", 0), SignedAnswers)
        secure(self, certificate)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def keep(self, answer):
        self.answers.append(answer)
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}/{len(self.answers) - 1}?X-Signature=1"

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""

    def close(self):
        self.shutdown()
        self.server_close()


class SignedAnswers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers.get("Authorization") or self.headers.get("X-Amz-Security-Token"):
            self.server.refused += 1
            return self.send_error(400, "only one way to sign is allowed")
        answer = self.server.answers[int(self.path[1:].partition("?")[0])]
        return pass_on(self, answer, answer.body, len(answer.body))

    def log_message(self, *_):
        pass


class Passing(ChannelHandler):
    def __init__(self, *arguments):
        http.server.BaseHTTPRequestHandler.__init__(self, *arguments)

    def do_GET(self):
        self.server.note_request(self.path, self.headers.get("Range"))
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
        return pass_on(self, answer, body, length)


def pass_on(handler, answer, body, length):
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)
