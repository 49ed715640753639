# SPDX-License-Identifier: BSD-3-Clause
"""A section about servers that are far away: first environments and first solves over links with latency and a rate."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import create
import places
import tools

# Round trip in ms, Mbit/s.
LINKS = [(20, 1000), (50, 500), (100, 200), (200, 50)]


class FarServer:
    """nginx behind `link`, over plain HTTP/1.1 and over TLS with HTTP/2."""

    def __init__(self, bench, round_trip: int, rate: int):
        self.directory = Path(tempfile.mkdtemp(prefix="far-", dir=bench.build))
        self.authority = self.directory / "authority.pem"
        certificate = make_certificate(self.directory)
        near = {"http": places.free_port(), "https": places.free_port()}
        far = {"http": places.free_port(), "https": places.free_port()}
        self.urls = {scheme: f"{scheme}://127.0.0.1:{port}/channel" for scheme, port in far.items()}
        temporary = "".join(f"{kind}_temp_path {self.directory}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.directory / "nginx.conf").write_text(
            f"{'user root;' if os.getuid() == 0 else ''} worker_processes 1; daemon off; pid {self.directory}/pid;\n"
            f"error_log {self.directory}/error.log; events {{ worker_connections 1024; }}\n"
            f"http {{ access_log off; sendfile on; keepalive_requests 100000; {temporary}\n"
            f"ssl_certificate {certificate}; ssl_certificate_key {certificate}; ssl_session_cache shared:S:1m;\n"
            "ssl_protocols TLSv1.2 TLSv1.3;\n"
            f"server {{ listen 127.0.0.1:{near['http']}; listen 127.0.0.1:{near['https']} ssl http2;\n"
            f"location /channel/ {{ alias {bench.channel}/; }} }} }}\n")
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        words = [nginx, "-p", self.directory, "-c", "nginx.conf", "-e", self.directory / "error.log"]
        self.processes = [subprocess.Popen(words)]
        for scheme in near:
            words = [bench.build / "link", far[scheme], "127.0.0.1", near[scheme], round_trip, rate]
            self.processes.append(subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL))
        for port in [*near.values(), *far.values()]:
            await_port(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def await_port(port: int):
    for _ in range(200):
        if subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"], capture_output=True).returncode == 0:
            return
        time.sleep(0.02)
    raise OSError(f"nothing listens on port {port}")


def make_certificate(folder: Path) -> Path:
    """A key and certificate of 127.0.0.1 in one file, beside the `authority.pem` that vouches for it."""
    (folder / "extensions").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for words in (
            ["req", "-x509", *key, "-keyout", "authority.key", "-out", "authority.pem", "-days", "2", "-subj", "/CN=bench",
             "-addext", "keyUsage=critical,keyCertSign"],
            ["req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1"],
            ["x509", "-req", "-in", "server.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
             "-days", "2", "-extfile", "extensions", "-out", "server.crt"]):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    whole = folder / "server.pem"
    whole.write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())
    return whole


def floor_seconds(bench, lock: tools.Lock, round_trip: int, rate: int) -> float:
    """What the link itself takes: its bytes over its rate, and three round trips."""
    urls = [line.split("#")[0] for line in lock.explicit.read_text().splitlines() if "://" in line]
    bytes_ = sum((bench.channel / Path(*url.rsplit("/", 2)[1:])).stat().st_size for url in urls)
    return bytes_ * 8 / rate / 1e6 + 3 * round_trip / 1000


def trusting(tool, authority: Path):
    """The tool with the bench's own authority among what it trusts, by the variable that all of them read."""
    command = tool.command

    def trusting_command(*arguments, **how):
        made = command(*arguments, **how)
        made.environment["SSL_CERT_FILE"] = str(authority)
        return made

    tool.command = trusting_command
    return tool


def all_links(bench):
    links = LINKS[1:2] if bench.quick else LINKS
    requests = {"demo": bench.specs, "python pandas": ["python", "pandas"]}
    with contextlib.ExitStack() as stack:
        near = stack.enter_context(create.site(bench))
        locks = {}
        for name, specs in requests.items():
            near.specs = specs
            locks[name] = near.lock(name=f"lock-{len(locks)}")
        for round_trip, rate in links:
            with FarServer(bench, round_trip, rate) as server:
                for scheme, url in server.urls.items():
                    for name, specs in requests.items():
                        with create.site(bench, channel=url, specs=specs) as here:
                            actions = {tool.name: here.cold(trusting(tool, server.authority), "create", specs)
                                       for tool in tools.present()}
                            floor = floor_seconds(bench, locks[name], round_trip, rate)
                            actions["link's floor"] = lambda floor=floor: {"seconds": floor}
                            bench.compare(f"far/{round_trip} ms, {rate} Mbit/s/{scheme}/{name}", actions,
                                          count=min(bench.rounds, 5))
