# SPDX-License-Identifier: BSD-3-Clause
"""A server of one function, which may answer anything at all, and what strangers could think of."""

import http.server
import threading


class Liar(http.server.ThreadingHTTPServer):
    """`answer(handler)` is called for every request; `seen` is (method, path, headers, body) of each."""

    daemon_threads = True

    def __init__(self, answer):
        self.answer = answer
        self.seen = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, dict(self.headers), self.body))
        self.server.answer(self)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_one

    def send(self, status=200, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def endless_body(handler):
    """Pieces of a megabyte, of which no length is told, for as long as somebody takes them."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(3000):
        handler.wfile.write(b"100000\r\n" + bytes(1 << 20) + b"\r\n")


def endless_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1_000_000):
        handler.wfile.write(b"X-%d: %s\r\n" % (number, b"a" * 1000))


def endless_beginnings(handler):
    """Answers before the answer (RFC 9110 §15.2)."""
    for _ in range(1_000_000):
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n")


def challenge(realm):
    """A registry that wants a token of `realm`, whatever it gets."""

    def answer(handler):
        place = realm.format(host=handler.server.host)
        handler.send(401, b"{}", WWW_Authenticate=f'Bearer realm="{place}",service="test"')

    return answer


#: name -> what every request is answered with, whoever asks for what
LIES = {
    "endless-body": endless_body,
    "endless-headers": endless_headers,
    "endless-beginnings": endless_beginnings,
    "length-of-two-to-64": lambda handler: handler.send(body=b"{}", length=2**64 - 1),
    "negative-length": lambda handler: handler.send(body=b"{}", length=-1),
    "deep": lambda handler: handler.send(body=b"[" * 300_000),
    "nothing-but-null": lambda handler: handler.send(body=b"null"),
    "other-part": lambda handler: handler.send(
        206, b"{}", Content_Range="bytes 5-18446744073709551615/18446744073709551615"
    ),
    "redirect-to-a-file": lambda handler: handler.send(302, Location="file:///etc/passwd"),
    "redirect-in-a-circle": lambda handler: handler.send(307, Location=handler.path),
    "controls": lambda handler: handler.send(500, b"\x1b[2J", X="\x1b[31m"),
    "challenge-of-nothing": lambda handler: handler.send(401, WWW_Authenticate='Bearer realm=",,,==="""",='),
    "challenge-in-a-circle": challenge("http://{host}/v2/token"),
}
