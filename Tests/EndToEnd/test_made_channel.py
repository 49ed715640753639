# SPDX-License-Identifier: BSD-3-Clause
"""How scripts/make-channel takes Debian's packages: links lead where they led, whatever moved."""

import os
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.append(str(ROOT / "scripts/channel"))

import arch  # noqa: E402
import debian  # noqa: E402

#: a link of a .deb, what it says there, and what it says in a prefix
LINKS = [
    ("usr/share/zoneinfo/Asia/Istanbul", "../Europe/Istanbul", "../Europe/Istanbul"),
    ("usr/share/zoneinfo/America/Argentina/Here", "../../Europe/Istanbul", "../../Europe/Istanbul"),
    ("usr/share/zoneinfo/Turkey", "Europe/Istanbul", "Europe/Istanbul"),
    ("usr/share/zoneinfo/Other", "/usr/share/zoneinfo/Europe/Istanbul", "Europe/Istanbul"),
    (f"usr/lib/{arch.TRIPLE}/libz.so", f"/lib/{arch.TRIPLE}/libz.so.1", "libz.so.1"),
    (f"usr/lib/{arch.TRIPLE}/liby.so", f"../../../lib/{arch.TRIPLE}/libz.so.1", "libz.so.1"),
    ("usr/lib/libx.so", f"{arch.TRIPLE}/libz.so.1", "libz.so.1"),
    ("usr/lib/one/libw.so", f"../{arch.TRIPLE}/libz.so.1", "../libz.so.1"),
    ("usr/bin/tool", "../lib/one/tool.py", "../lib/one/tool.py"),
]


@pytest.fixture
def unpacked(tmp_path):
    files = ["usr/share/zoneinfo/Europe/Istanbul", f"lib/{arch.TRIPLE}/libz.so.1", "usr/lib/one/tool.py"]
    for path in files:
        (tmp_path / "deb" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "deb" / path).write_text(path)
    # Both ends have one place in a prefix.
    for path, text in [*((path, text) for path, text, _ in LINKS), ("usr/lib/libz.so.1", f"{arch.TRIPLE}/libz.so.1"),
                       (f"usr/lib/{arch.TRIPLE}/libz.so.1", f"../../../lib/{arch.TRIPLE}/libz.so.1")]:
        (tmp_path / "deb" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "deb" / path).symlink_to(text)
    (tmp_path / "deb/DEBIAN").mkdir()
    (tmp_path / "deb/DEBIAN/control").write_text(
        "Package: some\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: some\n")
    subprocess.run(["dpkg-deb", "-b", tmp_path / "deb", tmp_path / "some.deb"], check=True, capture_output=True)
    debian.unpack({"some": tmp_path / "some.deb"}, ["some"], tmp_path / "prefix")
    return tmp_path / "prefix"


@pytest.mark.parametrize("path, _, text", LINKS)
def test_links_of_a_deb_lead_where_they_led(unpacked, path, _, text):
    link = unpacked / debian.place(path)
    assert os.readlink(link) == text
    assert link.is_file()


def test_a_link_to_what_takes_its_place_is_dropped(unpacked):
    assert (unpacked / "lib/libz.so.1").read_text() == f"lib/{arch.TRIPLE}/libz.so.1"
