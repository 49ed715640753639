# SPDX-License-Identifier: BSD-3-Clause
"""Debian's archive, read as mirrors are: files vanish, indexes are stale, answers are cut off.

What is fetched is known by its SHA-256, from a pin in this repository or from an index that Debian has signed, and is
kept in a cache that all work trees of a user share. Every file is asked for in all places before it counts as missing.
"""

import hashlib
import http.client
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from functools import cmp_to_key
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Where Debian itself is, after the mirrors of this machine; and its archive of a day, which drops nothing.
DEBIAN = "http://deb.debian.org/debian"
SNAPSHOT = "http://snapshot.debian.org/archive/debian/20250901T000000Z"
SUITES = ("bookworm", "trixie", "stable", "oldstable")
TRIES = 3


class Missing(Exception):
    """No place has the file, or none has it whole."""


def say(text):
    print(text, file=sys.stderr)


def places():
    """The mirrors to ask, in order, each as the URL of its `debian` directory.

    They come from `KRAIT_DEBIAN_MIRRORS` (words), else from apt's configuration, and Debian's own name comes last.
    """
    given = os.environ.get("KRAIT_DEBIAN_MIRRORS")
    if given:
        return [url.rstrip("/") for url in given.split()]
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"]
    told = subprocess.run(words, capture_output=True, text=True).stdout
    pairs = [line.split() for line in told.splitlines() if line.startswith(("http://", "https://"))]
    return list(dict.fromkeys([url.rstrip("/") for url, suite in pairs if suite in SUITES] + [DEBIAN]))


def base(place, suite):
    """Where a suite's files are: security updates have a directory of their own beside the others."""
    return f"{place}-security" if suite.endswith("-security") else place


def opener():
    """Proxies are those of the environment (`http_proxy`), else apt's."""
    proxies = urllib.request.getproxies()
    for scheme in ("http", "https"):
        if scheme not in proxies:
            told = subprocess.run(
                ["apt-config", "shell", "P", f"Acquire::{scheme}::Proxy"], capture_output=True, text=True
            ).stdout
            url = told.partition("'")[2].rpartition("'")[0]
            if url and url != "DIRECT":
                proxies[scheme] = url
    return urllib.request.build_opener(urllib.request.ProxyHandler(proxies))


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Archive:
    def __init__(self, keyring=None, cache=None):
        self.places = places()
        self.history = [] if os.environ.get("KRAIT_DEBIAN_MIRRORS") else [SNAPSHOT]
        self.keyring = keyring or os.environ.get("KRAIT_DEBIAN_KEYRING") or KEYRING
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        self.cache = Path(cache or os.environ.get("KRAIT_BUILD_CACHE") or Path(home) / "krait-build")
        self.opener = opener()

    def download(self, url, path):
        """Brings a URL into a file, once. True when it is there, False when the server has no such file.

        Whoever cannot answer now (503, a cut connection) raises OSError or HTTPException.
        """
        try:
            with self.opener.open(url, timeout=60) as answer, open(path, "wb") as file:
                shutil.copyfileobj(answer, file, 1 << 20)
                told = answer.headers.get("Content-Length")
            if told and int(told) != path.stat().st_size:
                raise http.client.IncompleteRead(b"")
            return True
        except urllib.error.HTTPError as error:
            if error.code in (403, 404, 410):
                return False
            raise

    def first(self, urls, path, check, tries=TRIES):
        """Tries each URL several times until `check(path)` is content.

        A file that is whole and wrong is asked for once more (a proxy may have kept half of it), then the next URL.

        - Throws: `Missing` that tells what each place said.
        """
        said = []
        for url in urls:
            for attempt in range(tries):
                try:
                    if not self.download(url, path):
                        said.append(f"{url}: not there")
                        break
                    if check(path):
                        return
                    trouble = "not what its hash says"
                except (OSError, http.client.HTTPException) as error:
                    trouble = str(getattr(error, "reason", "")) or str(error) or type(error).__name__
                if attempt + 1 == tries:
                    said.append(f"{url}: {trouble}")
                else:
                    time.sleep(float(os.environ.get("KRAIT_RETRY_SECONDS", 1)) * 2**attempt)
        path.unlink(missing_ok=True)
        raise Missing("\n".join(said))

    def file(self, urls, digest):
        """The file of this SHA-256, from the cache or the first place that has it whole."""
        name = urls[0].rpartition("/")[2]
        kept = self.cache / f"{digest[:16]}-{name}"
        if kept.exists() and sha256(kept) == digest:
            return kept
        self.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            fresh = Path(folder) / name
            self.first(urls, fresh, lambda path: sha256(path) == digest)
            fresh.replace(kept)
        return kept

    def pinned(self, path, digest, *elsewhere):
        """A file of the pool, by its path below the archive's directory; `elsewhere` are URLs of the same file."""
        return self.file([*(f"{place}/{path}" for place in [*self.places, *self.history]), *elsewhere], digest)

    def release(self, place, suite):
        """The signed list of a suite's indexes, as {path: SHA-256}; the signature is checked."""
        url = f"{base(place, suite)}/dists/{suite}/InRelease"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "InRelease"
            self.first([url], path, lambda path: self.is_signed(path))
            text = path.read_text()
        part = re.search(r"^SHA256:\n((?: .*\n)+)", text, re.M)
        return {line.split()[2]: line.split()[0] for line in part[1].splitlines()} if part else {}

    def is_signed(self, path):
        words = ["gpgv", "--quiet", "--keyring", self.keyring, path]
        return subprocess.run(words, capture_output=True).returncode == 0

    def index(self, suite, kind, names):
        """Stanzas of the packages `names`, from every place that has the suite's index whole.

        `kind` is `source` or `binary-ARCH`. Places that have no such index, or one that is not the signed one, are
        told in one line and left out. When no place has one, what was found last time counts: it is in the cache.
        """
        found, answered = [], False
        for place in self.places:
            try:
                found += self.stanzas(place, suite, kind, names)
                answered = True
            except Missing as missing:
                say(f"no index of {suite} from {place}: {str(missing).splitlines()[-1].rpartition(': ')[2]}")
        asked = hashlib.sha256(" ".join(sorted(names)).encode()).hexdigest()[:16]
        kept = self.cache / f"index-{suite}-{kind}-{asked}"
        if answered:
            self.cache.mkdir(parents=True, exist_ok=True)
            fresh = kept.with_name(f"{kept.name}.{os.getpid()}")
            fresh.write_text("\n\n".join(stanza.text for stanza in found))
            fresh.replace(kept)
        elif kept.exists():
            say(f"taking the index of {suite} as it was when it was last read")
            found = [Stanza(text, self.places[0], suite) for text in kept.read_text().split("\n\n") if text]
        return found

    def package(self, known, name):
        """(stanza, .deb) of the newest version of a binary package that can be had; None when there is none."""
        for stanza in newest_first([stanza for stanza in known if stanza.name == name]):
            try:
                return stanza, self.file(stanza.urls(self, stanza["Filename"]), stanza["SHA256"])
            except Missing:
                say(f"{name}: no mirror has {stanza.version}")
        return None

    def stanzas(self, place, suite, kind, names):
        listing = f"main/{kind}/{'Sources' if kind == 'source' else 'Packages'}.xz"
        hashes = self.release(place, suite)
        if listing not in hashes:
            return []
        folder = f"{base(place, suite)}/dists/{suite}/{listing.rpartition('/')[0]}"
        digest = hashes[listing]
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / "index.xz"
            urls = [f"{folder}/by-hash/SHA256/{digest}", f"{folder}/{listing.rpartition('/')[2]}"]
            self.first(urls, path, lambda path: sha256(path) == digest)
            text = lzma.decompress(path.read_bytes()).decode()
        wanted = re.compile(rf"^Package: (?:{'|'.join(map(re.escape, names))})\n")
        return [Stanza(text, place, suite) for text in text.split("\n\n") if wanted.match(text)]


class Stanza:
    """One package of an index."""

    def __init__(self, text, place, suite):
        self.text, self.place, self.suite = text, place, suite
        self.fields = {}
        for line in text.splitlines():
            if line.startswith(" "):
                self.fields[last] += line + "\n"
            else:
                last, _, value = line.partition(":")
                self.fields[last] = value.strip() + "\n" if value.strip() else ""

    def __getitem__(self, name):
        return self.fields.get(name, "").strip()

    @property
    def name(self):
        return self["Package"]

    @property
    def version(self):
        return self["Version"]

    @property
    def upstream(self):
        """The version without epoch and Debian's revision."""
        return self.version.partition(":")[2].rpartition("-")[0] or self.version.rpartition("-")[0] or self.version

    def source_files(self):
        """(SHA-256, name) of what belongs to a source package."""
        return [(line.split()[0], line.split()[2]) for line in self["Checksums-Sha256"].splitlines() if line.strip()]

    def urls(self, archive, name):
        """Where a file of this package may be: its own place first, then the others."""
        bases = [base(place, self.suite) for place in dict.fromkeys([self.place, *archive.places])]
        return [f"{where}/{name}" for where in bases]


def newest_first(stanzas):
    """Sorted by Debian's rule for versions."""

    def compare(a, b):
        if a.version == b.version:
            return 0
        newer = subprocess.run(["dpkg", "--compare-versions", a.version, "gt", b.version]).returncode == 0
        return -1 if newer else 1

    return sorted(stanzas, key=cmp_to_key(compare))
