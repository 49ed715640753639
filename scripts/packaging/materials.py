# SPDX-License-Identifier: BSD-3-Clause
"""What is inside an executable, as a CycloneDX document."""

import hashlib
import json
import re
import subprocess
import time
import uuid

# How each library of `levels` is called, and its licence.
LIBRARIES = {
    "libsolv": ("libsolv", "BSD-3-Clause"),
    "curl": ("libcurl", "curl"),
    "libarchive": ("libarchive", "BSD-2-Clause"),
    "libssl-dev": ("openssl", "Apache-2.0"),
    "libnghttp2-dev": ("nghttp2", "MIT"),
    "libc-ares-dev": ("c-ares", "MIT"),
    "libzstd-dev": ("zstd", "BSD-3-Clause"),
    "zlib1g-dev": ("zlib", "Zlib"),
    "libbz2-dev": ("bzip2", "bzip2-1.0.6"),
    "libyaml-dev": ("libyaml", "MIT"),
    "libc6-dev": ("glibc", "LGPL-2.1-or-later"),
}
SOURCES = {
    "libssl-dev": "openssl", "libnghttp2-dev": "nghttp2", "libc-ares-dev": "c-ares", "libzstd-dev": "libzstd",
    "zlib1g-dev": "zlib", "libbz2-dev": "bzip2", "libyaml-dev": "libyaml", "libc6-dev": "glibc",
}  # fmt: skip


def version(told):
    """The version in the answer of `info --json`."""
    return json.loads(told)["krait_version"]


def cyclonedx(version, arch, binary, levels, told, date):
    """`told` is what the executable of this machine says of itself: roots and commit are those of every processor."""
    told = json.loads(told)
    components = []
    for line in levels.read_text().splitlines():
        debian, upstream, revision = line.split()
        name, licence = LIBRARIES[debian]
        source = SOURCES.get(debian, debian)
        component = {"type": "library", "name": name, "version": upstream, "licenses": [{"license": {"id": licence}}]}
        if revision != "-":
            component["purl"] = f"pkg:deb/debian/{source}@{revision.replace('+', '%2B').replace(':', '%3A')}?arch=source"
        components.append(component)
    compiler = subprocess.run(["swiftc", "--version"], capture_output=True, text=True).stdout
    swift = re.search(r"Swift version (\S+)", compiler)[1]
    if arch != "x86_64":
        sysroot = (levels.parent.parent / f".build-sysroot-{arch}/levels").read_text()
        swift = re.search(r"^swiftlang (\S+)", sysroot, re.M)[1]
    roots = told["embedded_roots"]
    components += [
        {
            "type": "library", "name": "swift-standard-library", "version": swift,
            "licenses": [{"license": {"id": "Apache-2.0"}}],
        },
        {
            "type": "data", "name": "ca-certificates", "version": roots["source"].split()[-1],
            "licenses": [{"license": {"id": "MPL-2.0"}}],
        },
    ]  # fmt: skip
    digest = hashlib.sha256(binary).hexdigest()
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(date)),
            "component": {
                "type": "application",
                "bom-ref": "krait",
                "name": "krait",
                "version": version,
                "licenses": [{"license": {"id": "BSD-3-Clause"}}],
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "properties": [
                    {"name": "krait:commit", "value": told["krait_commit"] or ""},
                    {"name": "krait:processor", "value": arch},
                ],
            },
        },
        "components": sorted(components, key=lambda component: component["name"]),
    }
    return json.dumps(document, indent=2) + "\n"
