# SPDX-License-Identifier: BSD-3-Clause
"""Every real archive unpacks into the cache as conda-package-streaming unpacks it, or is refused with a reason."""

import os
import re
import shutil
import stat
import warnings

import pytest
from conda_package_streaming import extract

from conftest import DATA
from prefixes import sha256

ARCHIVES = sorted(path for path in DATA.glob("packages/**/*") if path.name.endswith((".conda", ".tar.bz2")))

#: (file name's pattern, part of the reason): what other tools unpack and krait does not
REFUSED = [
    (r"zlib-1\.2\.11-.*\.conda", "has no usable target"),
    (r"(flask|fly|nano|spiffy-test-app)-.*\.tar\.bz2", "is listed but not in the archive"),
    (r"ca-certificates-2024\.7\.4-.*\.conda", "no pkg member"),  # all lies in a folder
    (r"info-only-1\.0\.0-0\.conda", "no pkg member"),
    (r"pkg_with_unicode\.conda", "metadata.json of the archive is damaged"),
    # No packages at all: archives of other things.
    (r"(dummy-channel|subfolder2?|repodata|pkg_with_unicode|unicode-files)\.tar\.bz2", "no info/index.json"),
]

#: what conda-package-streaming cannot open: sizes in an extra field of the ZIP, which krait takes
ONLY_OURS = {"zip64-extra-field-test.conda"}

#: whose own paths.json tells of other contents than the archive has: the cache says so
LISTED_WRONGLY = {"zip64-extra-field-test", "zlib-1.2.11-h1de35cc_3", "zlib-1.2.11-h7b6447c_3"}


def tree(directory):
    """{path: kind, execute bit, content}; what tools note of their own is not among it."""
    found = {}
    for folder, folders, names in os.walk(directory):
        for name in [*folders, *names]:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, directory)
            mode = os.lstat(path).st_mode
            if relative.split("/")[0] == ".krait" or relative == "info/repodata_record.json":
                continue
            if stat.S_ISLNK(mode):
                found[relative] = ("link", os.readlink(path))
            elif stat.S_ISDIR(mode):
                found[relative] = ("directory", None)
            else:
                found[relative] = ("program" if mode & 0o100 else "file", sha256(path))
    return found


def unpacked(krait, archive, folder):
    """The entry of the cache, or the reason why there is none."""
    digest = sha256(archive)
    if len(archive.name.removesuffix(".conda").removesuffix(".tar.bz2").split("-")) < 3:
        # No name of a package: as one.
        named = folder / f"{archive.name.split('.')[0]}-1.0-0{'.conda' if archive.suffix == '.conda' else '.tar.bz2'}"
        shutil.copy(archive, named)
        archive = named
    words = ["create", "-y", "-p", folder / "never", "--download-only", "--override-channels", "--offline", archive]
    result = krait(*words, code=None)
    if other := re.search(r"is for (\S+), not for", result.err):
        result = krait(*words, "--platform", other[1], code=None)
    if result.code:
        assert result.code == 5, result
        return result.complaint
    shown = next((krait.cache / "krait-v1").glob(f"*-{digest[:16]}"))
    return tree(shown)


@pytest.mark.skipif(not ARCHIVES, reason=f"no archives below {DATA}: set KRAIT_TEST_DATA")
def test_every_archive_unpacks_as_conda_package_streaming_does_it(krait, tmp_path):
    equal = refused = only_ours = 0
    wrong = []
    for number, archive in enumerate(ARCHIVES):
        ours = unpacked(krait, archive, tmp_path)
        if isinstance(ours, str):
            refused += 1
            expected = [reason for name, reason in REFUSED if re.fullmatch(name, archive.name)]
            if not any(reason in ours for reason in expected):
                wrong.append(f"{archive.name}: {ours}")
            continue
        if archive.name in ONLY_OURS:
            only_ours += 1
            continue
        theirs = tmp_path / str(number)
        theirs.mkdir()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            extract.extract(str(archive), dest_dir=str(theirs))
        other = tree(theirs)
        if ours != other:
            paths = sorted(path for path in ours.keys() | other.keys() if ours.get(path) != other.get(path))
            wrong.append(f"{archive.name}: {[(path, ours.get(path), other.get(path)) for path in paths[:3]]}")
        equal += ours == other
        shutil.rmtree(theirs)
    assert wrong == [], "\n".join(wrong)
    assert equal + refused + only_ours == len(ARCHIVES), (equal, refused, only_ours)
    print(f"{equal} equal, {refused} refused, {only_ours} only ours")
    # Nothing of what was refused is left.
    assert not [name for name in os.listdir(krait.cache / "krait-v1") if name.startswith(".")]
    said = krait("cache", "verify", code=None).out
    assert {line.rpartition("-")[0] for line in said.splitlines()[:-1] if not line.startswith(" ")} == LISTED_WRONGLY
