# SPDX-License-Identifier: BSD-3-Clause
"""Registries on loopback: Debian's, and one of a few lines that fails as a test wants it to."""

import base64
import datetime
import hashlib
import http.server
import json
import pathlib
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID


class Registry:
    """Debian's docker-registry, which keeps everything below `folder`; with `tokens` it lets in who has one of theirs."""

    def __init__(self, folder, tokens=None):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.host = f"127.0.0.1:{port}"
        configuration = folder / "registry.yml"
        configuration.write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
            f"http: {{addr: '{self.host}', secret: none}}\n" + (tokens.configuration(folder) if tokens else "")
        )
        self.process = subprocess.Popen(
            ["docker-registry", "serve", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        # It listens when it answers; the system refuses connections until then.
        while self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://{self.host}/v2/").read()
                return
            except urllib.error.HTTPError:
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


class TokenServer(http.server.ThreadingHTTPServer):
    """Gives the tokens of a `Registry`, signed, to who has the password (to everybody without one)."""

    daemon_threads = True

    def __init__(self, password=None):
        super().__init__(("127.0.0.1", 0), TokenAnswers)
        self.password = password
        #: the scopes asked for; with `stale` the first token of each has run out when it is given
        self.scopes, self.stale = [], False
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "krait test tokens")])
        now = datetime.datetime.now(datetime.timezone.utc)
        self.certificate = (
            x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def realm(self):
        return f"http://127.0.0.1:{self.server_address[1]}/token"

    def configuration(self, folder):
        (folder / "tokens.pem").write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return f"auth: {{token: {{realm: '{self.realm}', service: test, issuer: test, rootcertbundle: {folder}/tokens.pem}}}}\n"

    def token(self, scopes):
        is_old = self.stale and all(self.scopes.count(scope) == 1 for scope in scopes)
        end = int(time.time()) + (-600 if is_old else 600)
        access = [dict(zip(("type", "name", "actions"), (*scope.split(":")[:2], scope.split(":")[2].split(",")))) for scope in scopes]
        chain = base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()
        parts = [
            {"typ": "JWT", "alg": "ES256", "x5c": [chain]},
            {"iss": "test", "sub": "", "aud": "test", "exp": end, "nbf": 0, "iat": 0, "jti": "1", "access": access},
        ]
        text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
        numbers = utils.decode_dss_signature(self.key.sign(text, ec.ECDSA(hashes.SHA256())))
        signature = b"".join(number.to_bytes(32, "big") for number in numbers)
        return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()

    def close(self):
        self.shutdown()
        self.server_close()


class TokenAnswers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """An identity token, in the place of a password, is changed for a token."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = urllib.parse.parse_qs(body)
        kept = (self.server.password or "").partition(":")[2]
        self.give(form.get("grant_type") == ["refresh_token"] and form["refresh_token"] == [kept], form)

    def do_GET(self):
        password = self.server.password
        wanted = password and "Basic " + base64.b64encode(password.encode()).decode()
        let_in = wanted is None or self.headers.get("Authorization") == wanted
        self.give(let_in, urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query))

    def give(self, let_in, query):
        server, scopes = self.server, query.get("scope", [])
        server.scopes += scopes
        body = json.dumps({"token": server.token(scopes), "expires_in": 300} if let_in else {}).encode()
        self.send_response(200 if let_in else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def publish(registry, directory, namespace, tokens=None, index="+zst"):
    """Sends a channel as conda-oci-mirror does: a repository for each name and each index, tagged by version and build."""
    for path in sorted(pathlib.Path(directory).glob("*/*")):
        name = path.name
        if name == "repodata.json" + index.replace("+", "."):
            repository, tag, kind = "repodata.json", "latest", f"application/vnd.conda.repodata.v1+json{index}"
        elif match := re.fullmatch(r"(.+)-([^-]+-[^-]+)\.(conda|tar\.bz2)", name):
            repository = re.sub("^_", "zzz_", match[1])
            tag = match[2].replace("+", "__p__").replace("!", "__e__").replace("=", "__eq__")
            kind = "application/vnd.conda.package." + ("v2" if match[3] == "conda" else "v1")
        else:
            continue
        send_artifact(registry, f"{namespace}/{path.parent.name}/{repository}", tag, kind, path.read_bytes(), tokens)


def send_artifact(registry, repository, tag, kind, body, tokens=None):
    """A blob, the empty configuration, and a manifest of both; by the distribution API alone."""
    base = f"http://{registry.host}/v2/{repository}"
    fields = {"Authorization": "Bearer " + tokens.token([f"repository:{repository}:pull,push"])} if tokens else {}

    def ask(method, url, data=b"", **more):
        more = {name.replace("_", "-"): value for name, value in more.items()}
        request = urllib.request.Request(url, data, {**fields, **more}, method=method)
        return urllib.request.urlopen(request).headers

    def blob(data):
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        place = ask("POST", f"{base}/blobs/uploads/")["Location"]
        ask("PUT", f"{place}&digest={digest}", data, Content_Type="application/octet-stream")
        return {"digest": digest, "size": len(data)}

    layer, empty = blob(body), blob(b"{}")
    document = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **empty},
        "layers": [{"mediaType": kind, **layer}],
    }
    ask("PUT", f"{base}/manifests/{tag}", json.dumps(document).encode(), Content_Type=document["mediaType"])


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
