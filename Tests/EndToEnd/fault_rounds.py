# SPDX-License-Identifier: BSD-3-Clause
"""The demo environment from servers where every third request goes wrong, many times: what scripts/faults runs."""

import argparse
import collections
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from buckets import REGION, Store
from conftest import CHANNEL, Krait
from faults import LOUD, FaultyFront, expired, garbled, redirect, short, silent, stall, status
from prefixes import problems, versions
from registries import Registry, TokenServer, publish
from servers import make_authority

SPECS = ["python=3.11", "jupyterlab", "pandas", "scikit-learn"]

FAULTS = {
    "reset": LOUD[0], "cut": LOUD[5], "408": LOUD[1], "413": LOUD[2], "429": LOUD[3], "500": LOUD[4], "502": LOUD[6],
    "503": LOUD[7], "504": status(504), "silent": silent, "stall": stall, "short": short, "garbled": garbled,
    "redirect": redirect, "expired": expired,
}  # fmt: skip

#: bytes that had come before a reset and may be fetched again
AGAIN = 1 << 20

#: where a token or keys can be had again
RENEWED = ["oci", "s3"]


def counting(name, fault, counts):
    """The fault, and a note that it was one of this name."""

    def answer(handler, passed):
        counts[name] += 1
        return fault(handler, passed)

    return answer


class Nginx:
    """nginx with a piece of configuration for its one server, which listens on `port`."""

    def __init__(self, folder, listen, server):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        places = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.getuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(
            f"daemon off; pid {self.folder}/pid; worker_processes 1; {user} error_log {self.folder}/error.log;\n"
            f"events {{ worker_connections 1024; }} http {{ access_log off; {places} proxy_buffering off;\n"
            f"server {{ listen 127.0.0.1:{self.port} {listen}; {server} }} }}\n"
        )
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([nginx, "-p", self.folder, "-c", "nginx.conf", "-e", self.folder / "error.log"])
        while self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise OSError((self.folder / "error.log").read_text())

    def close(self):
        self.process.terminate()
        self.process.wait()


class Place:
    """A channel behind a server that fails: `front`, `channel`, and the variables that krait takes."""

    def __init__(self, kind, folder, names):
        self.counts, self.ends, self.env = collections.Counter(), [], {}
        faults = {name: FAULTS[name] for name in names if name != "expired" or kind in RENEWED}
        if kind == "s3":
            self.store = self.kept(Store())
            self.store.take(CHANNEL, "/lab/channel")
            backend = self.store.url
        elif kind == "oci":
            tokens = self.kept(TokenServer())
            (folder / "registry").mkdir()
            registry = self.kept(Registry(folder / "registry", tokens))
            publish(registry, CHANNEL, "lab/channel", tokens)
            backend = f"http://{registry.host}"
        else:
            server = self.kept(Nginx(folder / "backend", "", f"root {CHANNEL};"))
            backend = f"http://127.0.0.1:{server.port}"
        authority, certificate = make_authority(folder / "authority") if kind == "https" else (None, None)
        named = [counting(name, faults[name], self.counts) for name in faults]
        self.front = self.kept(FaultyFront(backend, named, signed_by=certificate))
        self.channel = self.front.url
        self.front.realm = tokens.realm if kind == "oci" else None
        if kind == "s3":
            keys = {"AccessKeyId": self.store.keys.access_key, "SecretAccessKey": self.store.keys.secret_key}
            (folder / "keys").write_text(json.dumps(keys))
            giver = self.kept(Nginx(folder / "giver", "", f"root {folder};"))
            self.channel = "s3://lab/channel"
            self.env = {
                "AWS_ENDPOINT_URL_S3": self.front.url,
                "AWS_REGION": REGION,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{giver.port}/keys",
            }
        elif kind == "oci":
            self.channel = f"oci://{self.front.host}/lab/channel"
        elif kind == "https":
            server = (
                f"ssl_certificate {certificate}; ssl_certificate_key {certificate}; keepalive_requests 3;\n"
                f"location / {{ proxy_pass {self.front.url}; }}"
            )
            # Every third request of a connection is its last, which HTTP/2 tells by GOAWAY.
            outer = self.kept(Nginx(folder / "outer", "ssl http2", server))
            self.channel = f"https://127.0.0.1:{outer.port}"
            self.env = {"SSL_CERT_FILE": authority}

    def kept(self, one):
        self.ends.append(one.close)
        return one

    def close(self):
        for end in reversed(self.ends):
            end()


def rounds(kind, options, report):
    with tempfile.TemporaryDirectory(prefix=f"faults-{kind}-") as folder:
        folder = pathlib.Path(folder)
        place = Place(kind, folder, options.faults)
        try:
            krait = Krait(folder / "home")
            env = {**place.env, "KRAIT_REMOTE_READ_TIMEOUT_SECS": options.patience, **dict(options.setting)}
            expected, seconds, failed = None, [], []
            for number in range(1, options.rounds + 1):
                shutil.rmtree(krait.home, ignore_errors=True)
                krait.home.mkdir()
                prefix = krait.home / "env"
                began = time.monotonic()
                result = krait.create(prefix, "--no-pyc", *SPECS, channel=place.channel, env=env, code=None, timeout=900)
                seconds.append(time.monotonic() - began)
                wrong = [] if result.code else problems(prefix) if number % 20 == 1 else []
                if result.code == 0:
                    found = versions(prefix)
                    expected = expected or found
                    wrong += [] if found == expected else ["other packages"]
                if result.code or wrong:
                    failed.append(number)
                    report(f"{kind} {number}: {wrong or result.err.strip()[-600:]}")
                if (most := max(place.front.again, default=0)) > AGAIN:
                    failed.append(number)
                    report(f"{kind} {number}: {most} bytes were fetched again after a reset")
                    place.front.again.clear()
                place.front.signed.answers.clear()
                if number % 5 == 0 or number == options.rounds:
                    front, again = place.front, place.front.again
                    report(
                        f"{kind}: {number - len(set(failed))} of {number}, median {sorted(seconds)[number // 2]:.1f} s; "
                        f"{front.count} requests, {front.failed} faults {dict(place.counts)}; fetched again after a "
                        f"reset: {max(again, default=0)} bytes at most, of {len(again)}; signed URLs that got a password "
                        f"along: {front.signed.refused}"
                    )
            return failed
        finally:
            place.close()


def main():
    parser = argparse.ArgumentParser(usage="scripts/faults [--rounds N] [--over KIND...] [--faults NAME...]")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--over", nargs="+", default=["http", "https", "oci", "s3"], choices=["http", "https", "oci", "s3"])
    parser.add_argument("--faults", nargs="+", default=list(FAULTS), choices=list(FAULTS))
    parser.add_argument("--patience", default="2", help="remote_read_timeout_secs, which a stall costs")
    parser.add_argument("--setting", nargs=2, action="append", default=[], metavar=("VARIABLE", "VALUE"))
    options = parser.parse_args()
    failures = {}

    def work(kind):
        failures[kind] = [0]
        failures[kind] = rounds(kind, options, lambda line: print(line, flush=True))

    threads = [threading.Thread(target=work, args=(kind,)) for kind in options.over]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 1 if any(failures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
