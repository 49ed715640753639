# SPDX-License-Identifier: BSD-3-Clause
"""A web server that misbehaves as the query asks. Prints its port (and the TLS port and CA file) and serves until
its standard input closes.

/file/SIZE   deterministic bytes; the query chooses faults, counted per `key`:
    resets=N after=K   the first N answers are cut by a reset after K body bytes
    cuts=N after=K     the same with an orderly close
    stalls=N after=K   the same, but nothing more comes until the client goes away
    errors=N status=S retry_after=T   the first N answers have that status
    norange=1  Range is ignored      noetag=1  no validator is sent     changes=1  other bytes and etag each time
    drip=MS    one byte each MS milliseconds for the first 20 bytes     claim=N  Content-Length says N
    chunked=1  no length is told
"""
import json, os, socket, ssl, struct, subprocess, sys, tempfile, threading, time, base64
from urllib.parse import urlsplit, parse_qsl

lock = threading.Lock()
counts, log = {}, {}


def content(size, salt=0):
    block = bytes((i * 131 + (i >> 8) + salt) & 255 for i in range(65536))
    return (block * (size // 65536 + 1))[:size]


class Closed(Exception):
    pass


class Connection:
    def __init__(self, sock):
        self.sock, self.buffer = sock, b""

    def lines(self):
        while b"\r\n\r\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise Closed
            self.buffer += data
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head.decode("latin-1").split("\r\n")

    def send(self, status, body=b"", headers=(), length=None, head_only=False):
        lines = [f"HTTP/1.1 {status} X"] + [f"{k}: {v}" for k, v in headers]
        lines.append(f"Content-Length: {len(body) if length is None else length}")
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (b"" if head_only else body))

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        raise Closed

    def serve(self):
        try:
            while True:
                first, *rest = self.lines()
                method, target, _ = first.split(" ")
                fields = {k.lower(): v.strip() for k, v in (l.split(":", 1) for l in rest)}
                self.answer(method, target, fields)
        except (Closed, OSError):
            pass
        finally:
            try:
                self.sock.close()
            except OSError:
                pass

    def answer(self, method, target, fields):
        url = urlsplit(target)
        query = dict(parse_qsl(url.query))
        key = query.get("key", url.path)
        with lock:
            number = counts[key] = counts.get(key, 0) + 1
            entry = {"target": target, "sent": 0, "range": fields.get("range"), "if-range": fields.get("if-range"),
                     "authorization": fields.get("authorization"), "host": fields.get("host")}
            if url.path != "/log":
                log.setdefault(key, []).append(entry)
        head = method == "HEAD"
        if url.scheme == "http":  # as a proxy
            self.send(200, ("proxied " + target).encode())
        elif url.path == "/log":
            with lock:
                body = json.dumps(log.get(query["key"], [])).encode()
            self.send(200, body)
        elif url.path.startswith("/file/"):
            self.file(int(url.path[6:]), query, fields, number, entry, head)
        elif url.path == "/etag":
            if fields.get("if-none-match") == '"e1"':
                self.send(304, headers=[("ETag", '"e1"')])
            else:
                self.send(200, b"fresh", [("ETag", '"e1"'), ("Cache-Control", "max-age=30"),
                                          ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")])
        elif url.path == "/redirect":
            self.send(302, b"moved", [("Location", query["to"])])
        elif url.path == "/loop":
            self.send(302, b"", [("Location", "/loop")])
        elif url.path == "/basic":
            want = "Basic " + base64.b64encode(b"user:pass word").decode()
            ok = fields.get("authorization") == want
            self.send(200 if ok else 401, b"in" if ok else b"no", [] if ok else [("WWW-Authenticate", 'Basic realm="x"')])
        elif url.path == "/bearer":
            ok = fields.get("authorization") == "Bearer sesame"
            self.send(200 if ok else 401, b"in" if ok else b"no")
        elif url.path.startswith("/t/tk-123/"):
            self.send(200, b"in")
        elif url.path == "/status":
            self.send(int(query["status"]), b"body of an error")
        elif url.path == "/gzip":
            import gzip
            body = gzip.compress(content(100000))
            if "gzip" in fields.get("accept-encoding", ""):
                self.send(200, body, [("Content-Encoding", "gzip")])
            else:
                self.send(200, content(100000))
        else:
            self.send(404, b"nothing here", head_only=head)

    def file(self, size, query, fields, number, entry, head):
        def asked(name):
            return int(query.get(name, 0))

        if number <= asked("errors"):
            extra = [("Retry-After", query["retry_after"])] if "retry_after" in query else []
            return self.send(asked("status") or 503, b"busy", extra)
        version = number if asked("changes") else 0
        body = content(size, version)
        etag = f'"v{version}"'
        headers = [] if asked("noetag") else [("ETag", etag)]
        status, start = 200, 0
        wanted = fields.get("range")
        if wanted and not asked("norange") and fields.get("if-range", etag) == etag:
            start = int(wanted[6:].rstrip("-").split("-")[0])
            if start >= size:
                return self.send(416, b"", [("Content-Range", f"bytes */{size}")])
            status = 206
            headers.append(("Content-Range", f"bytes {start}-{size - 1}/{size}"))
        part = body[start:]
        length = asked("claim") or len(part)
        lines = [f"HTTP/1.1 {status} X"] + [f"{k}: {v}" for k, v in headers]
        lines.append("Connection: close" if asked("chunked") else f"Content-Length: {length}")
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        if head:
            return
        faults = asked("resets") + asked("cuts") + asked("stalls")
        limit = asked("after") if number <= faults else len(part)
        try:
            for at in range(0, min(asked("drip") and 20, limit)):
                self.sock.sendall(part[at:at + 1])
                entry["sent"] += 1
                time.sleep(asked("drip") / 1000)
            at = entry["sent"]
            while at < limit:
                count = self.sock.send(part[at:min(at + 65536, limit)])
                at += count
                entry["sent"] = at
        except OSError:
            raise Closed
        if number <= faults:
            if asked("resets"):
                time.sleep(0.05)  # a reset throws away what the other side has not read yet
                self.reset()
            if asked("stalls"):
                while self.sock.recv(1024):
                    pass
            raise Closed
        if asked("chunked") or asked("claim"):
            raise Closed


def listen(context=None):
    server = socket.create_server(("127.0.0.1", 0), backlog=256)

    def loop():
        while True:
            sock, _ = server.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=one, args=(sock,), daemon=True).start()

    def one(sock):
        try:
            if context:
                sock = context.wrap_socket(sock, server_side=True)
        except (OSError, ssl.SSLError):
            return
        Connection(sock).serve()

    threading.Thread(target=loop, daemon=True).start()
    return server.getsockname()[1]


def main():
    folder = tempfile.mkdtemp()
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "ca.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    print(listen(), listen(context), certificate, flush=True)
    sys.stdin.read()


main()
