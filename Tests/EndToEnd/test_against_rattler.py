# SPDX-License-Identifier: BSD-3-Clause
"""The same environment made by py-rattler and by krait, compared file by file."""

import asyncio
import fnmatch
import hashlib
import os
import re
import stat

import pytest
import rattler

from allowed_differences import ALLOWED, ALLOWED_IN_RECORDS, ALLOWED_SOMETIMES
from conftest import DEMO_SPECS, FEATURES
from prefixes import records

#: what py-rattler 0.28 cannot install from a directory: zip members with data descriptors, empty directories
NOT_FOR_RATTLER = {"feature-zip-descriptors", "feature-directory"}
#: it shares a path with feature-clobber-b, and neither depends on the other: no rule says which one is the last
NOT_FOR_RATTLER |= {"feature-clobber-c"}
SPECS = [*DEMO_SPECS, *(name for name in FEATURES if name not in NOT_FOR_RATTLER)]


async def solve(channel, specs):
    return await rattler.solve(
        [rattler.Channel(str(channel))],
        specs,
        platforms=["linux-64", "noarch"],
        virtual_packages=rattler.VirtualPackage.detect(),
        add_pip_as_python_dependency=True,
    )


@pytest.fixture(scope="module")
def pair(shared_krait, channel, tmp_path_factory):
    """(made by krait, made by py-rattler), at paths of the same length so that binaries can be compared."""
    folder = tmp_path_factory.mktemp("pair")
    ours, theirs = folder / "ours", folder / "peer"
    # No .pyc: py-rattler does not compile.
    shared_krait.create(ours, "--no-pyc", *SPECS)

    async def install():
        found = await solve(channel, SPECS)
        await rattler.install(
            found,
            theirs,
            cache_dir=folder / "cache",
            show_progress=False,
            execute_link_scripts=True,
            # py-rattler 0.28 wants the objects inside its own.
            requested_specs=[rattler.MatchSpec(spec)._match_spec for spec in SPECS],
        )

    asyncio.run(install())
    return ours, theirs


def tree(prefix, other):
    """{path: (mode, kind, content)} with the prefix in contents replaced by that of the other environment."""
    mine, replacement = os.fsencode(prefix), os.fsencode(other)
    found = {}
    for folder, folders, names in os.walk(prefix):
        for name in [*folders, *names]:
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            relative = os.path.relpath(path, prefix)
            if stat.S_ISLNK(mode):
                found[relative] = ("link", 0, os.readlink(path).replace(str(prefix), str(other)))
            elif stat.S_ISDIR(mode):
                found[relative] = ("directory", stat.S_IMODE(mode), None)
            else:
                with open(path, "rb") as file:
                    content = hashlib.sha256(file.read().replace(mine, replacement)).digest()
                found[relative] = ("file", stat.S_IMODE(mode), content)
    return found


@pytest.fixture(scope="module")
def trees(pair):
    return tree(pair[0], pair[1]), tree(pair[1], pair[1])


def differences(trees, kinds):
    """[(path, what differs, detail)]; `kinds` are the types that paths have in our records."""
    ours, theirs = trees
    found = []
    for path in sorted(ours.keys() | theirs.keys()):
        if path not in ours:
            found.append((path, "missing", ""))
        elif path not in theirs:
            found.append((path, "extra", ""))
        else:
            (kind, mode, content), (other_kind, other_mode, other_content) = ours[path], theirs[path]
            if kind != other_kind:
                found.append((path, "kind", f"{kind}, not {other_kind}"))
                continue
            if content != other_content:
                found.append((path, "target" if kind == "link" else "content", kinds.get(path, "")))
            if mode != other_mode:
                found.append((path, "mode", f"{mode:o}, not {other_mode:o}"))
    return found


def covers(allowance, path, aspect, kinds):
    """Whether an allowance is about this difference: its pattern is a path's or, with `type:`, a type's."""
    pattern, what, _ = allowance
    if what != aspect:
        return False
    if pattern.startswith("type:"):
        return kinds.get(path) == pattern.removeprefix("type:")
    return fnmatch.fnmatchcase(path, pattern)


@pytest.fixture(scope="module")
def kinds(pair):
    return {
        path["_path"]: path["path_type"]
        for record in records(pair[0]).values()
        for path in record["paths_data"]["paths"]
    }


def test_same_packages(pair):
    def chosen(prefix):
        return {name: (record["version"], record["build"]) for name, record in records(prefix).items()}

    assert chosen(pair[0]) == chosen(pair[1])


def test_same_paths_modes_links_and_contents(trees, kinds):
    found = [
        f"{aspect}: {path} {detail}".rstrip()
        for path, aspect, detail in differences(trees, kinds)
        if not any(covers(allowance, path, aspect, kinds) for allowance in [*ALLOWED, *ALLOWED_SOMETIMES])
    ]
    assert found == [], "\n".join([f"{len(found)} differences", *found[:60]])


def test_every_allowance_has_a_reason_and_is_used(trees, kinds):
    found = differences(trees, kinds)
    assert all(len(reason) > 20 for _, _, reason in ALLOWED)
    unused = [
        allowance
        for allowance in ALLOWED
        if not any(covers(allowance, path, aspect, kinds) for path, aspect, _ in found)
    ]
    assert unused == []


#: keys of a record that depend on the tool: where its cache is, how it came from there, what it notes for itself
OWN_KEYS = {
    "extracted_package_dir",
    "package_tarball_full_path",
    "link",
    "files",
    "paths_data",
    "requested_spec",
    "requested_specs",
    "channel",
    "legacy_bz2_md5",
    "legacy_bz2_size",
    "arch",
    "platform",
    "indexed_timestamp",
}


def test_same_records(pair):
    ours, theirs = records(pair[0]), records(pair[1])
    differences = []
    for name in sorted(ours.keys() & theirs.keys()):
        for key in sorted((ours[name].keys() | theirs[name].keys()) - OWN_KEYS):
            mine, other = ours[name].get(key), theirs[name].get(key)
            expected = any(fnmatch.fnmatchcase(name, who) and key == which for who, which, _ in ALLOWED_IN_RECORDS)
            # Absent, null and empty say the same.
            if (mine or None) != (other or None) and not expected:
                differences.append(f"{name} {key}: {mine!r}, not {other!r}")
    assert differences == [], "\n".join(differences[:40])


def test_same_recorded_paths(pair):
    ours, theirs = records(pair[0]), records(pair[1])
    keys = ("path_type", "sha256", "size_in_bytes", "file_mode", "prefix_placeholder", "no_link")
    # Texts and sizes of entry points are the tool's own; legacy packages tell no hash, and rattler makes none; sizes of
    # rewritten files are those before rewriting (Rules 13), rattler's those after; of links, the text's or target's.
    own = {"unix_python_entry_point": ("sha256", "size_in_bytes"), "softlink": ("size_in_bytes",)}
    differences = []
    for name in sorted(ours.keys() & theirs.keys()):
        # A file that lost is noted under the name it is kept as, with its own as `original_path`.
        mine, other = (
            {path.get("original_path") or path["_path"]: path for path in side[name]["paths_data"]["paths"]}
            for side in (ours, theirs)
        )
        if mine.keys() != other.keys():
            differences.append(f"{name}: {sorted(mine.keys() ^ other.keys())[:5]}")
        for path in sorted(mine.keys() & other.keys()):
            for key in keys:
                if (
                    key in own.get(mine[path]["path_type"], ())
                    or key == "size_in_bytes"
                    and "prefix_placeholder" in mine[path]
                ):
                    continue
                if key == "sha256" and name.startswith("feature-legacy"):
                    continue
                if (mine[path].get(key) or None) != (other[path].get(key) or None):
                    differences.append(f"{name} {path} {key}: {mine[path].get(key)!r}, not {other[path].get(key)!r}")
    assert differences == [], "\n".join([f"{len(differences)} differences", *differences[:40]])


def test_requested_specs_as_rattler_writes_them(pair):
    ours, theirs = records(pair[0]), records(pair[1])

    def requested(side):
        return {
            name: sorted(re.sub(r"[ =]+", "=", spec) for spec in record.get("requested_specs") or [])
            for name, record in side.items()
        }

    assert {name for name, specs in requested(ours).items() if specs} == {
        name for name, specs in requested(theirs).items() if specs
    }


@pytest.mark.parametrize(
    "specs",
    [
        ["python=3.11", "matplotlib", "pyarrow"],
        ["flask<3", "requests=2.31"],
        ["numpy<2", "pandas"],
        ["feature-constrains", "requests"],
        ["feature-needs-old-idna", "requests"],
        ["jupyterlab", "numpy=2.2"],
        ["feature-builds"],
        ["feature-builds<2a0"],
        ["feature-track"],
        ["feature-missing"],
        ["feature-arch-and-noarch"],
    ],
    ids=" ".join,
)
def test_same_solutions(krait, channel, specs):
    ours = krait.solve(*specs)
    theirs = asyncio.run(solve(channel, specs))
    assert {name: (record["version"], record["build_string"]) for name, record in ours.items()} == {
        record.name.normalized: (str(record.version), str(record.build)) for record in theirs
    }


def test_rattler_installs_into_our_environment(krait, channel, tmp_path):
    """The reverse of reading our records: py-rattler adds to, updates and removes from what krait made."""
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-hard-links=1.0", "feature-tar-bz2", "feature-symlinks")

    async def change():
        found = await solve(channel, ["feature-hard-links=2.0", "feature-names"])
        await rattler.install(found, prefix, cache_dir=tmp_path / "cache", show_progress=False)

    asyncio.run(change())
    assert set(records(prefix)) == {"feature-hard-links", "feature-names"}
    assert not (prefix / "share/feature-symlinks").exists()
    assert "hard 2.0" in (prefix / "bin/feature-hard").read_text()
    listed = krait("list", "-p", prefix, "--json").json
    assert sorted(record["name"] for record in listed) == ["feature-hard-links", "feature-names"]


def test_what_came_back_without_a_word_is_no_dependency(krait, own_channel, tmp_path):
    """py-rattler and pixi write no history: of what they bring it says at most that it went once."""
    for name in ("one", "two", "three"):
        own_channel.add(name, "1.0", {f"share/{name}": name})
    prefix = tmp_path / "env"
    krait.create(prefix, "one", "two", "three", channel=own_channel)
    krait("remove", "-y", "-p", prefix, "three")

    async def change():
        found = await rattler.solve([rattler.Channel(str(own_channel))], ["one", "two", "three"], platforms=["noarch"])
        await rattler.install(found, prefix, cache_dir=tmp_path / "cache", show_progress=False)

    asyncio.run(change())
    exported = krait("env", "export", "-p", prefix, "--from-history", "--json").json
    assert exported["dependencies"] == ["one", "three", "two"]
    krait("remove", "-y", "-p", prefix, "two")
    assert set(records(prefix)) == {"one", "three"}
