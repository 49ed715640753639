# SPDX-License-Identifier: BSD-3-Clause
"""Registries on loopback: Debian's, and one of a few lines that fails as a test wants it to."""

import base64
import hashlib
import http.server
import json
import re
import socket
import subprocess
import threading
import urllib.parse
import urllib.request


class Registry:
    """Debian's docker-registry, which keeps everything below `folder`."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.host = f"127.0.0.1:{port}"
        configuration = folder / "registry.yml"
        configuration.write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
            f"http: {{addr: '{self.host}', secret: none}}\n"
        )
        self.process = subprocess.Popen(
            ["docker-registry", "serve", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        # It listens when it answers; the system refuses connections until then.
        while self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://{self.host}/v2/").read()
                return
            except OSError:
                continue
        raise AssertionError("docker-registry ended")

    def manifest(self, name, reference):
        request = urllib.request.Request(
            f"http://{self.host}/v2/{name}/manifests/{reference}",
            headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
        )
        return json.loads(urllib.request.urlopen(request).read())

    def close(self):
        self.process.kill()
        self.process.wait()


class FakeRegistry(http.server.ThreadingHTTPServer):
    """Enough of the distribution API to push to. `faults` are called before each answer and may give one of their own."""

    daemon_threads = True

    def __init__(self, fault=None, tokens=None, password=None):
        super().__init__(("127.0.0.1", 0), Answers)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.fault = fault
        #: which tokens open it, newest last; none when it is open to everybody
        self.tokens = tokens
        self.password = password
        self.blobs, self.uploads, self.manifests, self.seen = {}, {}, {}, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message):
        self.answer(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode())

    def handle_one(self):
        server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        place = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(place.query))
        server.seen.append((self.command, place.path))
        if place.path == "/token":
            if server.password and self.headers.get("Authorization") != "Basic " + base64.b64encode(server.password.encode()).decode():
                return self.refuse(401, "UNAUTHORIZED", "wrong password")
            return self.answer(200, json.dumps({"token": server.tokens[-1]}).encode())
        if server.tokens and self.headers.get("Authorization") != f"Bearer {server.tokens[-1]}":
            challenge = f'Bearer realm="http://{server.host}/token",service="test",scope="repository:team/x:pull,push"'
            return self.answer(401, b"{}", WWW_Authenticate=challenge)
        if server.fault and server.fault(self, body):
            return None
        return self.serve(place.path, query, body)

    def serve(self, path, query, body):
        server = self.server
        if found := re.search(r"/blobs/(sha256:[0-9a-f]{64})$", path):
            known = found[1] in server.blobs
            return self.answer(200 if known else 404, server.blobs.get(found[1], b""))
        if path.endswith("/blobs/uploads/"):
            number = f"upload-{len(server.uploads)}"
            server.uploads[number] = b""
            return self.answer(202, Location=f"/v2/up/{number}")
        if found := re.fullmatch(r"/v2/up/(upload-\d+)", path):
            number = found[1]
            if self.command == "GET":
                return self.answer(204, Location=path, Range=f"0-{max(0, len(server.uploads[number]) - 1)}")
            server.uploads[number] += body
            if self.command == "PATCH":
                return self.answer(202, Location=path, Range=f"0-{len(server.uploads[number]) - 1}")
            data = server.uploads.pop(number)
            if f"sha256:{hashlib.sha256(data).hexdigest()}" != query["digest"]:
                return self.refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            server.blobs[query["digest"]] = data
            return self.answer(201)
        if "/manifests/" in path and self.command == "PUT":
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            server.manifests[path.rsplit("/", 1)[1]] = json.loads(body)
            return self.answer(201, Docker_Content_Digest=digest)
        return self.refuse(404, "NAME_UNKNOWN", "no such place")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_one
