# SPDX-License-Identifier: BSD-3-Clause
"""Machines that start at once from one shared cache: what scripts/fleet runs, in a network namespace of its own."""

import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile
import time

import boto3
from buckets import REGION, Store
from conftest import CHANNEL, Krait
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from prefixes import problems
from servers import ChannelServer

SPECS = ["python=3.11", "jupyterlab", "pandas", "scikit-learn"]
HOST = "10.77.0.1"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Machine:
    """A network namespace with a home of its own, on the bridge; it starts when told to."""

    def __init__(self, number, folder, *arguments, env):
        self.krait = Krait(folder / f"machine{number}")
        self.prefix = self.krait.home / "env"
        script = (
            f"read go; ip link set lo up; ip addr add 10.77.0.{number + 2}/24 dev eth0; ip link set eth0 up; echo ready; "
            'read go; exec "$@"'
        )
        self.process = self.krait.popen(
            "create", "-y", "-p", self.prefix, "--no-pyc", *arguments, env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, before=["unshare", "--net", "sh", "-c", script, "sh"],
        )  # fmt: skip
        name = f"machine{number}"
        # The other end is made in the namespace of the process as soon as that has one.
        while subprocess.run(["readlink", f"/proc/{self.process.pid}/ns/net"], capture_output=True).stdout == OWN:
            time.sleep(0.01)
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(self.process.pid))
        ip("link", "set", name, "master", "fleet", "up")
        self.say("go")
        self.process.stdout.readline()

    def say(self, line):
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()


OWN = subprocess.run(["readlink", "/proc/self/ns/net"], capture_output=True).stdout


def bucket(kind):
    """(what ends it, the variables that krait takes)"""
    if kind == "store":
        store = Store(host=HOST)
        keys, url, region, end = store.keys, store.url, REGION, store.close
        names = (keys.access_key, keys.secret_key)
    else:
        server = ThreadedMotoServer(ip_address=HOST, port=0)
        server.start()
        url = "http://{}:{}".format(*server.get_host_and_port())
        names, region, end = ("test", "test"), "us-east-1", server.stop
        client = boto3.client(
            "s3", endpoint_url=url, aws_access_key_id="test", aws_secret_access_key="test", region_name=region
        )
        client.create_bucket(Bucket="cache")
    return end, {
        "AWS_ENDPOINT_URL_S3": url, "AWS_REGION": region, "AWS_ACCESS_KEY_ID": names[0],
        "AWS_SECRET_ACCESS_KEY": names[1], "KRAIT_REMOTE_CACHE": "s3://cache/conda",
    }  # fmt: skip


def run(options, folder):
    """How many packages there are, and how many left the channel how often."""
    origin = ChannelServer(CHANNEL, host=HOST)
    lock = folder / "conda-lock.yml"
    Krait(folder / "locker")("lock", *SPECS, "-c", origin.url, "--override-channels", "--lockfile", lock)
    origin.requests.clear()
    end, env = bucket(options.over)
    machines = [Machine(number, folder, "-f", lock, env=env) for number in range(options.machines)]
    began = time.monotonic()
    for machine in machines:
        machine.say("go")
    if options.kill:
        time.sleep(0.5)
        machines[0].process.kill()
    failed = 0
    for number, machine in enumerate(machines):
        errors = machine.process.communicate(timeout=900)[1]
        if options.kill and number == 0:
            continue
        wrong = problems(machine.prefix) if machine.process.returncode == 0 else errors.decode()[-600:]
        failed += bool(wrong)
        if wrong:
            print(f"machine {number}: {wrong}", flush=True)
    counts = collections.Counter(collections.Counter(origin.packages()).values())
    print(f"{time.monotonic() - began:.1f} s, {failed} machines failed; times that a package left the channel: "
          f"{dict(sorted(counts.items()))}", flush=True)  # fmt: skip
    end()
    origin.close()
    return failed or (counts.keys() != {1} and not options.kill)


def main():
    parser = argparse.ArgumentParser(usage="scripts/fleet [--machines N] [--rounds N] [--over store|moto] [--kill]")
    parser.add_argument("--machines", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--over", default="store", choices=["store", "moto"])
    parser.add_argument("--kill", action="store_true", help="one machine, half a second after the start")
    options = parser.parse_args()
    ip("link", "set", "lo", "up")
    ip("link", "add", "fleet", "type", "bridge")
    ip("addr", "add", f"{HOST}/24", "dev", "fleet")
    ip("link", "set", "fleet", "up")
    bad = 0
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
            bad += bool(run(options, pathlib.Path(folder)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
