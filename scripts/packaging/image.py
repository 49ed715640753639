# SPDX-License-Identifier: BSD-3-Clause
"""An OCI image of one file, /krait, for each processor, as an archive that skopeo, podman and buildkit read."""

import gzip
import hashlib
import io
import json
import tarfile
import time

from forms import add

ARCHITECTURES = {"x86_64": {"architecture": "amd64"}, "aarch64": {"architecture": "arm64", "variant": "v8"}}
MEDIA = "application/vnd.oci.image"


def write(path, version, binaries, date):
    blobs = {}

    def blob(kind, data):
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    def document(kind, value):
        return blob(kind, json.dumps(value, sort_keys=True).encode())

    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(date))
    manifests = []
    for arch, binary in binaries.items():
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            add(tar, "krait", binary, 0o755, date)
        raw = layer.getvalue()
        config = document(
            f"{MEDIA}.config.v1+json",
            {
                **ARCHITECTURES[arch],
                "os": "linux",
                "created": created,
                "config": {"Entrypoint": ["/krait"]},
                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(raw).hexdigest()}"]},
            },
        )
        manifest = document(
            f"{MEDIA}.manifest.v1+json",
            {
                "schemaVersion": 2,
                "mediaType": f"{MEDIA}.manifest.v1+json",
                "config": config,
                "layers": [blob(f"{MEDIA}.layer.v1.tar+gzip", gzip.compress(raw, 9, mtime=0))],
                "annotations": {"org.opencontainers.image.version": version},
            },
        )
        manifests.append({**manifest, "platform": {**ARCHITECTURES[arch], "os": "linux"}})
    index = document(
        f"{MEDIA}.index.v1+json",
        {"schemaVersion": 2, "mediaType": f"{MEDIA}.index.v1+json", "manifests": manifests},
    )
    top = {**index, "annotations": {"org.opencontainers.image.ref.name": version}}
    files = {
        "oci-layout": json.dumps({"imageLayoutVersion": "1.0.0"}).encode(),
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [top]}, sort_keys=True).encode(),
        **dict(sorted(blobs.items())),
    }
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            add(tar, name, data, 0o644, date)
