# SPDX-License-Identifier: BSD-3-Clause
"""A section about bytes alone: `--download-only` of the demo lock over http, oci and s3, beside curl with the same files.

Filling the cache unpacks, which curl does not, so the same lock from files is measured too: what a server costs is the
difference. One nginx plays all three, so that only what krait does for a scheme differs.
"""

import json
import shutil
from pathlib import Path

import create
import places
import tools


def hashes(channel: Path) -> dict:
    """The SHA-256 of every archive of a channel, by `subdir/name`."""
    found = {}
    for path in channel.glob("*/repodata.json"):
        document = json.loads(path.read_text())
        for name, record in [*document["packages"].items(), *document["packages.conda"].items()]:
            found[f"{path.parent.name}/{name}"] = record["sha256"]
    return found


def blobs(bench, folder: Path) -> Path:
    """The archives of the channel as a registry's blobs, by digest."""
    folder.mkdir(parents=True)
    for name, sha256 in hashes(bench.channel).items():
        (folder / f"sha256:{sha256}").symlink_to(bench.channel / name)
    return folder


class Server(places.Server):
    """nginx, which is also a registry that knows blobs and a store that believes every signature."""

    def __init__(self, bench):
        self.blobs = blobs(bench, bench.build / "blobs")
        try:
            super().__init__(bench.build, {"channel": bench.channel, "lab/channel": bench.channel})
        except OSError:
            shutil.rmtree(self.blobs)
            raise

    def more_places(self) -> str:
        return (f"location = /v2/ {{ return 200; }}\n"
                f"location ~ ^/v2/channel/.*/blobs/(?<digest>sha256:[0-9a-f]+)$ {{ alias {self.blobs}/$digest; }}\n")

    def stop(self):
        super().stop()
        shutil.rmtree(self.blobs, ignore_errors=True)


def all_schemes(bench):
    with Server(bench) as server, create.site(bench, channel=f"{server.url}/channel") as here:
        lock = here.lock()
        names = ["/".join(line.split("#")[0].rsplit("/", 2)[1:]) for line in lock.explicit.read_text().splitlines()
                 if "://" in line]
        known = hashes(bench.channel)
        host = server.url.removeprefix("http://")
        bases = {"http": f"{server.url}/channel", "oci": f"oci://{host}/channel", "s3": "s3://lab/channel",
                 "files": bench.channel.as_uri()}
        keys = {"AWS_ENDPOINT_URL_S3": server.url, "AWS_REGION": "bench", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "secret"}
        krait = tools.Conda("krait", tools.krait(), options=("--download-only",))

        def action(base: str):
            lines = ["@EXPLICIT", *(f"{base}/{name}#sha256:{known[name]}" for name in names)]
            own = tools.Lock(here.place / f"{base.split(':')[0]}.txt", lock.pixi)
            own.explicit.write_text("\n".join(lines) + "\n")

            def run():
                cache = here.fresh("cache")
                command = krait.install(here.place, cache, here.fresh("env"), own)
                command.environment |= keys
                values = here.measured(command)
                shutil.rmtree(cache)
                return values
            return run

        inflate = create.decompression(bench, here, lock)

        def curl():
            command = create.downloads(bench, here, lock)
            values = here.measured(command)
            for folder in here.place.glob("downloads-*"):
                shutil.rmtree(folder)
            return values

        actions = {f"krait, {kind}": action(base) for kind, base in bases.items()}
        actions |= {"curl --parallel": curl, "decompression": lambda: here.measured(inflate)}
        bench.compare("download/lock", actions)
