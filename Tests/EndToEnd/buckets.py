# SPDX-License-Identifier: BSD-3-Clause
"""An object store that believes no request it cannot check: botocore, Amazon's own signer, is the judge."""

import email.utils
import http.server
import re
import threading
import time
import urllib.parse
import zlib

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "eu-north-7"


class Store(http.server.ThreadingHTTPServer):
    """Objects by their path (`/bucket/key`, decoded); `keys` may read and write, all others get 403."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, keys=("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCY", None), host="127.0.0.1"):
        self.keys = Credentials(*keys)
        self.objects = {}
        #: path -> seconds since 1970 when the object was written
        self.times = {}
        self.lock = threading.Lock()
        #: like old stores and most servers of WebDAV: `If-None-Match` is passed over, and a second PUT is told by 204
        self.ignores_conditions = False
        #: (method, path) of every request that was let in, and of those that were not
        self.requests, self.refused = [], []
        #: the bearer token that is let in instead, as Google's store wants it
        self.bearer = None
        super().__init__((host, 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return "http://{}:{}".format(*self.server_address)

    def take(self, directory, below):
        """Every file of a directory as an object below `/bucket/folder`."""
        for path in directory.rglob("*"):
            if path.is_file():
                self.objects[f"{below}/{path.relative_to(directory)}"] = path.read_bytes()

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def is_let_in(self):
        given = self.headers.get("Authorization", "")
        if self.server.bearer:
            return given == f"Bearer {self.server.bearer}"
        match = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/s3/aws4_request, ?"
            r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})",
            given,
        )
        if not match or match[1] != self.server.keys.access_key or match[2] != REGION:
            return False
        signed = {name: self.headers[name] for name in match[3].split(";")}
        judge = S3SigV4Auth(self.server.keys, "s3", REGION)
        url = f"http://{self.headers['Host']}{self.path}"
        request = AWSRequest(self.command, url, headers=signed)
        request.context["timestamp"] = signed["x-amz-date"]
        text = judge.string_to_sign(request, judge.canonical_request(request))
        return judge.signature(text, request) == match[4] and (
            self.server.keys.token is None or signed.get("x-amz-security-token") == self.server.keys.token
        )

    def answer(self, status, body=b"", made=None, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if made:
            self.send_header("Last-Modified", email.utils.formatdate(made, usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def admitted(self):
        path = urllib.parse.unquote(self.path.partition("?")[0])
        let_in = self.is_let_in()
        (self.server.requests if let_in else self.server.refused).append((self.command, path))
        return path if let_in else None

    def do_GET(self):
        path = self.admitted()
        if path is None:
            return self.answer(401 if self.server.bearer else 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        body = self.server.objects.get(path)
        if body is None:
            return self.answer(404)
        headers = [("ETag", f'"{zlib.crc32(body):08x}"')]
        if found := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            begin = int(found[1])
            if begin >= len(body):
                return self.answer(416)
            headers.append(("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}"))
            return self.answer(206, body[begin:], self.server.times.get(path), headers)
        return self.answer(200, body, self.server.times.get(path), headers)

    do_HEAD = do_GET

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.admitted()
        if path is None:
            return self.answer(403)
        with self.server.lock:
            was_there = path in self.server.objects
            if was_there and self.headers.get("If-None-Match") == "*" and not self.server.ignores_conditions:
                return self.answer(412)
            self.server.objects[path] = body
            self.server.times[path] = time.time()
        self.answer((204 if was_there else 201) if self.server.ignores_conditions else 200)

    def do_DELETE(self):
        path = self.admitted()
        if path is None:
            return self.answer(403)
        self.server.objects.pop(path, None)
        self.answer(204)

    def log_message(self, *_):
        pass
