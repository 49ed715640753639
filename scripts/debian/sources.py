#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: sources.py fetch DIR     unpacks and patches the sources into DIR/NAME, and writes DIR/levels
       sources.py newest LEVELS  tells what has become newer than a build's levels

Upstream's tarballs, pinned in upstream.txt, are what is built. Debian's patches are the newest revision of the same
upstream version that any of its suites has; an older one, or none, when the mirrors lack it, and then a line says so.
"""

import subprocess
import sys
from pathlib import Path

from archive import Archive, Missing, newest_first, say

SUITES = ("trixie-security", "trixie-updates", "trixie")
NEXT = "sid"


def pins():
    """(name, version, path, SHA-256, upstream's URL) of each library."""
    lines = Path(__file__).with_name("upstream.txt").read_text().splitlines()
    return [tuple(line.split()) for line in lines if line.strip() and not line.startswith("#")]


def revisions(archive, suites=SUITES):
    """What the suites' indexes have of the pinned packages, newest first, by name."""
    names = [name for name, *_ in pins()]
    found = [stanza for suite in suites for stanza in archive.index(suite, "source", names)]
    return {name: newest_first([stanza for stanza in found if stanza.name == name]) for name in names}


def patches(archive, name, version, candidates):
    """(revision, file with Debian's changes) of the newest revision that can be had; (None, None) when there is none."""
    lacking = []
    for stanza in candidates:
        if stanza.upstream != version:
            continue
        changes = [pair for pair in stanza.source_files() if ".debian.tar." in pair[1]]
        for digest, file in changes:
            try:
                path = archive.file(stanza.urls(archive, f"{stanza['Directory']}/{file}"), digest)
            except Missing:
                if stanza.version not in lacking:
                    lacking.append(stanza.version)
                continue
            if lacking and stanza.version not in lacking:
                say(f"{name}: no mirror has Debian's revision {', '.join(lacking)}; taking {stanza.version}")
            return stanza.version, path
    reason = f"no mirror has {', '.join(lacking)}" if lacking else f"no index names one of {version}"
    say(f"{name}: without Debian's patches, {reason}")
    return None, None


def unpack(tarball, changes, target):
    """Upstream's files with Debian's patches applied."""
    target.mkdir(parents=True)
    subprocess.run(["tar", "-xf", tarball, "-C", target, "--strip-components=1", "--no-same-owner"], check=True)
    if not changes:
        return
    subprocess.run(["tar", "-xf", changes, "-C", target, "--no-same-owner"], check=True)
    series = target / "debian/patches/series"
    for line in series.read_text().splitlines() if series.exists() else ():
        patch = line.partition("#")[0].split()
        if patch:
            with open(series.with_name(patch[0]), "rb") as text:
                words = ["patch", "-p1", "--silent", "--no-backup-if-mismatch", "-d", target]
                subprocess.run(words, stdin=text, check=True)


def fetch(folder):
    archive = Archive()
    tarballs = {}
    for name, version, path, digest, upstream in pins():
        try:
            tarballs[name] = archive.pinned(path, digest, upstream)
        except Missing as missing:
            sys.exit(f"{name} {version} cannot be had:\n{missing}")
    known = revisions(archive)
    levels = []
    for name, version, *_ in pins():
        revision, changes = patches(archive, name, version, known[name])
        unpack(tarballs[name], changes, folder / name)
        levels.append(f"{name} {version} {revision or '-'}\n")
    (folder / "levels").write_text("".join(levels))


def newest(levels):
    """One line for each library that has something newer; the exit code is 0 either way."""
    archive = Archive()
    known, later = revisions(archive), revisions(archive, (NEXT,))
    for line in levels.read_text().splitlines():
        name, version, revision = line.split()
        if name not in known:
            continue
        built = version if revision == "-" else revision
        news = [stanza for stanza in known[name][:1] if stanza.version != built]
        news += [stanza for stanza in later[name][:1] if stanza.upstream != version]
        told = ", ".join(f"{stanza.version} in {stanza.suite}" for stanza in news)
        print(f"{name} {built}: {told or 'nothing newer'}")
    for line in levels.read_text().splitlines():
        package, _, installed = line.split()
        if package in known:
            continue
        told = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True).stdout
        offered = next((line.split()[1] for line in told.splitlines() if "Candidate:" in line), installed)
        print(f"{package} {installed}: " + ("nothing newer" if offered == installed else f"{offered} on this machine's mirror"))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fetch", folder]:
            fetch(Path(folder))
        case ["newest", levels]:
            newest(Path(levels))
        case _:
            sys.exit(__doc__)
