# SPDX-License-Identifier: BSD-3-Clause
"""A server that is far away: nginx, over HTTP/1.1 and over TLS with HTTP/2, behind Benchmarks/link.c."""

import pathlib
import shutil
import socket
import subprocess
import time

LINK = pathlib.Path(__file__).resolve().parents[2] / "Benchmarks/link.c"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def compiled_link(folder):
    program = pathlib.Path(folder) / "link"
    subprocess.run(["cc", "-O2", "-o", program, LINK], check=True)
    return program


class FarServer:
    """Serves `directory` with `round_trip` milliseconds between; `directives` go into nginx's server block."""

    def __init__(self, folder, link, directory, certificate, round_trip=80, mbit=1000, directives=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        near = {"http": free_port(), "https": free_port()}
        far = {"http": free_port(), "https": free_port()}
        self.http, self.https = (f"{scheme}://127.0.0.1:{far[scheme]}" for scheme in far)
        places = "".join(
            f"{kind}_temp_path {self.folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"daemon off; pid {self.folder}/pid; worker_processes 1; user root;\n"
            f"error_log {self.folder}/error.log; events {{ worker_connections 1024; }}\n"
            "http { log_format requests '$connection $status $ssl_session_reused $server_protocol $request_uri';\n"
            f"access_log {self.folder}/access.log requests; keepalive_requests 100000;\n{places}"
            f"ssl_certificate {certificate}; ssl_certificate_key {certificate}; ssl_session_cache shared:S:1m;\n"
            f"server {{ listen 127.0.0.1:{near['http']}; listen 127.0.0.1:{near['https']} ssl http2;\n"
            f"root {directory}; {directives} }} }}\n"
        )
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.processes = [subprocess.Popen([nginx, "-p", self.folder, "-c", "nginx.conf", "-e", self.folder / "error.log"])]
        for scheme in near:
            words = [link, str(far[scheme]), "127.0.0.1", str(near[scheme]), str(round_trip), str(mbit)]
            self.processes.append(subprocess.Popen(words, stdout=subprocess.DEVNULL))
        for port in [*near.values(), *far.values()]:
            self.wait(port)

    def wait(self, port):
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise OSError(f"nothing listens on port {port}: {(self.folder / 'error.log').read_text()}")

    def take_log(self):
        """(connection, status, r if the TLS session was continued, protocol, path) of each request since the last call."""
        log = self.folder / "access.log"
        lines = [line.split() for line in log.read_text().splitlines()]
        log.write_text("")
        return lines

    def close(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
