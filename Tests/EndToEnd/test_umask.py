# SPDX-License-Identifier: BSD-3-Clause
"""Modes are those of the packages less the umask of who creates, whatever umask the cache was filled under."""

import re

import pytest

from packages import small_python
from prefixes import snapshot

SHIPPED = ["755", "644", "444", "600", "775", "555", "664"]


@pytest.fixture
def make(krait, own_channel, tmp_path):
    small_python(own_channel)
    files = {f"share/modes/{mode}": mode for mode in SHIPPED}
    own_channel.add("modes", files=files, modes={path: int(mode, 8) for path, mode in files.items()})
    site = {"site-packages/lib/__init__.py": "x = 1\n", "python-scripts/tool": "#!/bin/sh\n"}
    own_channel.add("lib", files=site, noarch="python", depends=["python"])
    holder = "/old/prefix" * 9
    own_channel.add("text", files={"share/text": f"at {holder}\n"}, paths={
        "share/text": {"prefix_placeholder": holder, "file_mode": "text"}})

    def make(name, mask, *words):
        under = ["sh", "-c", f'umask {mask}; exec "$@"', "sh"]
        krait.create(tmp_path / name, "lib", "modes", "text", *words, channel=own_channel, before=under)
        return tmp_path / name

    return make


def modes(prefix):
    return {path: mode for path, (mode, _) in snapshot(prefix).items()}


@pytest.mark.parametrize("filled, mask", [
    ("002", "002"), ("022", "022"), ("077", "077"), ("022", "077"), ("077", "022"), ("027", "002"), ("022", "027")])
def test_modes_are_the_same_with_and_without_a_cache(make, filled, mask):
    make("first", filled)
    fresh = modes(make("fresh", mask, "--no-cache"))
    assert any(path.endswith(".pyc") for path in fresh)
    if mask == "077":
        assert {mode[4:] for mode in fresh.values()} == {"------"}
    for number, words in enumerate([[], ["--copy"]]):
        assert modes(make(f"env{number}", mask, *words)) == fresh


def test_what_the_umask_leaves_alone_is_linked(make):
    """The group may write to no file of a package, so a umask of 002 is no reason to copy what 022 left."""
    make("first", "022")
    environment = make("second", "002")
    assert all((environment / "share/modes" / mode).stat().st_nlink > 1 for mode in SHIPPED)


def test_what_is_in_the_making_is_its_users_alone(krait, own_channel, tmp_path):
    """Until a new environment is in its place nobody else can look into it or put anything there."""
    own_channel.add("tiny", "1.0", {"share/tiny": "tiny\n"})
    log = tmp_path / "log"
    under = ["sh", "-c", 'umask 0; exec "$@"', "sh", "strace", "-f", "-qq", "-e", "trace=mkdir,mkdirat,chmod,fchmod,fchmodat", "-o", log]
    for words in ([], ["--no-cache"]):
        krait.create(tmp_path / f"env{len(words)}", "tiny", *words, channel=own_channel, before=under)
        made = [line for line in log.read_text().splitlines() if re.search(r'mkdir(at)?\(.*"(.*/)?\.krait-\w+"', line)]
        assert made and all("0700)" in line for line in made), made


def test_the_umask_is_never_another_one_beside_a_thread(krait, own_channel, tmp_path):
    """It can only be read by setting it: what another thread makes in between would be for its user alone."""
    own_channel.add("tiny", "1.0", {"share/tiny": "tiny\n"})
    log = tmp_path / "log"
    under = ["strace", "-f", "-qq", "-e", "trace=umask,clone,clone3", "-o", log]
    for words in ([], ["--copy"], ["--no-cache"]):
        krait.create(tmp_path / f"env{''.join(words)}", "tiny", *words, channel=own_channel, before=under)
        calls = re.findall(r"(umask|clone)", log.read_text())
        assert "clone" in calls and "umask" not in calls[calls.index("clone"):], calls
