# SPDX-License-Identifier: BSD-3-Clause
"""usage: make.py DIR ARCH...

Packs built executables in every form that people install; see scripts/release.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import contents
import forms
import image
import materials

ROOT = Path(__file__).resolve().parents[2]


def main(output, archs):
    native = Path(os.environ.get("KRAIT", ROOT / ".build-static/krait"))
    told = subprocess.run([native, "info", "--json", "--no-rc"], check=True, capture_output=True, text=True).stdout
    version = materials.version(told)
    commit_time = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True).stdout
    date = int(os.environ.get("SOURCE_DATE_EPOCH") or commit_time or 0)
    fresh = output.with_name(output.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    shared = contents.shared(native, ROOT)
    binaries = {}
    for arch in archs:
        suffix = "" if arch == "x86_64" else f"-{arch}"
        binary = (ROOT / f".build-static{suffix}/krait").read_bytes()
        binaries[arch] = binary
        deps = ROOT / f".build-deps{suffix}"
        files = {**shared, **contents.licences(deps, ROOT)}
        stem = f"krait-{version}-linux-{arch}"
        (fresh / stem).write_bytes(binary)
        (fresh / stem).chmod(0o755)
        forms.tarball(fresh / f"{stem}.tar.gz", stem, binary, files, date)
        forms.wheel(fresh, version, arch, binary, files, date)
        forms.debian(fresh, version, arch, binary, files, date)
        forms.conda(fresh, version, arch, binary, files, date)
        document = materials.cyclonedx(version, arch, binary, deps / "levels", told, date)
        (fresh / f"{stem}.cdx.json").write_text(document)
    image.write(fresh / f"krait-{version}-oci.tar", version, binaries, date)
    paths = sorted(path for path in fresh.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(fresh)}\n" for path in paths]
    (fresh / "SHA256SUMS").write_text("".join(lines))
    shutil.rmtree(output, ignore_errors=True)
    fresh.rename(output)
    for path in paths:
        size = (output / path.relative_to(fresh)).stat().st_size
        print(f"{size:>10}  {path.relative_to(fresh)}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
