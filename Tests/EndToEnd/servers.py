# SPDX-License-Identifier: BSD-3-Clause
"""Real HTTP and HTTPS servers of a directory that note each request and misbehave when told to."""

import http.server
import pathlib
import socket
import ssl
import struct
import subprocess
import threading


class ChannelServer(http.server.ThreadingHTTPServer):
    """Serves `directory` on a free port of `host` until `close`."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, directory, certificate=None, host="127.0.0.1"):
        self.directory = str(directory)
        #: the paths asked for, in order
        self.requests = []
        #: path suffix -> callable(handler) that answers itself and returns True, or returns a false value to pass
        self.faults = {}
        self.scheme = "https" if certificate else "http"
        super().__init__((host, 0), ChannelHandler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # The handshake is done by the thread of the connection, not by the one that accepts.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self):
        return "{}://{}:{}".format(self.scheme, *self.server_address)

    def paths(self, suffix=""):
        return [path for path in self.requests if path.endswith(suffix)]

    def packages(self):
        """The archives asked for."""
        return [path for path in self.requests if path.endswith((".conda", ".tar.bz2"))]

    def indexes(self):
        """What was asked for that is no archive: repodata and shards."""
        return [path for path in self.requests if not path.endswith((".conda", ".tar.bz2"))]

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()


class ChannelHandler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments, **more):
        server = arguments[2]
        super().__init__(*arguments, directory=server.directory, **more)

    def do_GET(self):
        self.server.requests.append(self.path)
        for suffix, fault in list(self.server.faults.items()):
            if self.path.endswith(suffix) and fault(self):
                return
        super().do_GET()

    def do_HEAD(self):
        for suffix, fault in list(self.server.faults.items()):
            if self.path.endswith(suffix) and fault(self):
                return
        super().do_HEAD()

    def file(self):
        """The bytes that would be served."""
        return pathlib.Path(self.translate_path(self.path)).read_bytes()

    def send(self, status, body, length=None, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        return True

    def reset(self):
        """Ends the connection with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        return True

    def log_message(self, *_):
        pass


def answers(status, *headers):
    """A fault: always this status."""
    return lambda handler: handler.send(status, b"", headers=headers)


def first(count, fault):
    """A fault that happens the first `count` times only."""
    left = [count]
    lock = threading.Lock()

    def once(handler):
        with lock:
            left[0] -= 1
            happens = left[0] >= 0
        return happens and fault(handler)

    return once


def truncated(handler):
    """A fault: half of the file, as if that were all of it."""
    body = handler.file()
    return handler.send(200, body[: len(body) // 2])


def garbled(handler):
    """A fault: the file with one byte in its middle changed."""
    body = bytearray(handler.file())
    body[len(body) // 2] ^= 0xFF
    return handler.send(200, bytes(body))


def cut(handler):
    """A fault: half of the promised bytes, then a reset."""
    body = handler.file()
    handler.send(200, body[: len(body) // 2], length=len(body), headers=[("Accept-Ranges", "bytes")])
    handler.wfile.flush()
    return handler.reset()


class Held:
    """A fault: half of the file, then nothing more until `release`. `reached` tells that a client waits."""

    def __init__(self):
        self.reached = threading.Semaphore(0)
        self.released = threading.Event()

    def __call__(self, handler):
        body = handler.file()
        handler.send(200, body[: len(body) // 2], length=len(body))
        handler.wfile.flush()
        self.reached.release()
        self.released.wait(120)
        handler.wfile.write(body[len(body) // 2 :])
        return True

    def wait(self):
        assert self.reached.acquire(timeout=60), "nobody asked for the file"

    def release(self):
        self.released.set()


def make_authority(folder):
    """A certificate authority and a certificate of 127.0.0.1 and localhost: (authority.pem, server.pem)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "extensions").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n")

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(
        "req",
        "-x509",
        *new_key,
        "-keyout",
        "authority.key",
        "-out",
        "authority.pem",
        "-days",
        "30",
        "-subj",
        "/CN=krait test authority",
        "-addext",
        "keyUsage=critical,keyCertSign",
    )
    openssl("req", *new_key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    openssl(
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "authority.pem",
        "-CAkey",
        "authority.key",
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        "extensions",
        "-out",
        "server.crt",
    )
    (folder / "server.pem").write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())
    return folder / "authority.pem", folder / "server.pem"
