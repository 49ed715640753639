# SPDX-License-Identifier: BSD-3-Clause
"""Where things are measured: file systems of their own, limited networks, small machines, read-only roots."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

MEGABYTES = 256


@contextlib.contextmanager
def tmpfs():
    """A tmpfs of our own, or a directory in /dev/shm where mounting is not allowed."""
    place = Path(tempfile.mkdtemp(prefix="krait-bench-", dir="/tmp"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", place], capture_output=True)
    if mounted.returncode != 0:
        place.rmdir()
        place = Path(tempfile.mkdtemp(prefix="krait-bench-", dir="/dev/shm"))
    try:
        yield furnish(place)
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", place], check=True)
            place.rmdir()
        else:
            shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def disk(build: Path):
    """A directory on the disk that holds the work tree."""
    place = Path(tempfile.mkdtemp(prefix="disk-", dir=build))
    try:
        yield furnish(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def furnish(place: Path) -> Path:
    for name in ("home", "tmp"):
        (place / name).mkdir()
    return place


class Server:
    """nginx on a free port of loopback; with `limit` in a network namespace whose loopback passes no more than that."""

    def __init__(self, build: Path, channels: dict, limit: str = ""):
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.directory = Path(tempfile.mkdtemp(prefix="nginx-", dir=build))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        places = "".join(f"location /{name}/ {{ alias {path}/; autoindex on; }}\n" for name, path in channels.items() if path)
        places += self.more_places()
        # A channel called flat-… has no shards, whatever its directory holds.
        places += "location ~ ^/flat-.*repodata_shards { return 404; }\n"
        (self.directory / "nginx.conf").write_text(
            f"{'user root;' if os.getuid() == 0 else ''} worker_processes 1; daemon off; pid {self.directory}/pid;\n"
            f"error_log {self.directory}/error.log; events {{ worker_connections 256; }}\n"
            "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; open_file_cache max=2000;\n"
            "default_type application/octet-stream; types { application/json json; }\n"
            + "".join(f"{kind}_temp_path {self.directory}/{kind};\n"
                      for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + f"server {{ listen 127.0.0.1:{port}; {places} }} }}\n")
        start = [nginx, "-p", str(self.directory), "-c", "nginx.conf", "-e", f"{self.directory}/error.log"]
        if limit:
            start = ["unshare", "--net", "sh", "-c",
                     f"ip link set lo up mtu 1500 && tc qdisc add dev lo root tbf rate {limit} burst 128kb "
                     'latency 100ms && exec "$@"', "sh", *start]
        self.process = subprocess.Popen(start)
        self.wrapper = ["nsenter", "--net", "--target", str(self.process.pid)] if limit else []
        for _ in range(200):
            if self.answers(port):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise OSError("nginx does not start" + " behind a limit" * bool(limit))

    def more_places(self) -> str:
        """What else is served, as nginx has it."""
        return ""

    def answers(self, port: int) -> bool:
        probe = [*self.wrapper, "bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"]
        return subprocess.run(probe, capture_output=True).returncode == 0

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def free_port() -> int:
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_only_root() -> list:
    """A wrapper for a command that may write only in the scratch tmpfs below /tmp, or [] where that cannot be had."""
    script = 'mount -o remount,bind,ro / && { ! mountpoint -q /dev/shm || mount -o remount,bind,ro /dev/shm; } && ' \
             'exec "$@"'
    wrapper = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"]
    return wrapper if subprocess.run([*wrapper, "true"], capture_output=True).returncode == 0 else []


@contextlib.contextmanager
def small_machine():
    """Gives (wrapper, what it is): one processor and 256 MB, page cache and tmpfs counted.

    The limit is a control group's, version 2 or 1, made where we may: in KRAIT_BENCH_CGROUP, else in the root. Where
    there is none it is a limit on writable private memory only, which page cache and tmpfs escape."""
    pin = ["taskset", "--cpu-list", "0"]
    group, limit = control_group()
    try:
        if limit:
            yield ["sh", "-c", f'echo $$ >{group}/cgroup.procs && exec "$@"', "sh", *pin], f"cgroup of {MEGABYTES} MB"
        else:
            yield ["prlimit", f"--data={MEGABYTES << 20}", *pin], f"RLIMIT_DATA of {MEGABYTES} MB, no cgroup here"
    finally:
        if group:
            group.rmdir()


def control_group() -> tuple:
    """A control group of our own and the name of its memory limit, or (None, None)."""
    named = os.environ.get("KRAIT_BENCH_CGROUP")
    for parent in [Path(named)] if named else [Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/memory")]:
        group = parent / f"krait-bench-{os.getpid()}"
        # Under version 1 the root is a plain tmpfs, which would take any file.
        if not (parent / "cgroup.procs").exists():
            continue
        try:
            group.mkdir()
        except OSError:
            continue
        for limit, swap in (("memory.max", "memory.swap.max"), ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")):
            try:
                (group / limit).write_text(str(MEGABYTES << 20))
            except OSError:
                continue
            with contextlib.suppress(OSError):  # kernels without swap accounting
                (group / swap).write_text("0" if limit == "memory.max" else str(MEGABYTES << 20))
            return group, limit
        group.rmdir()
    return None, None
