# SPDX-License-Identifier: BSD-3-Clause
"""Environments of strangers: no verb touches anything outside of them, and verbs that read touch nothing at all."""

import json
import os
import shutil
import subprocess

import pytest

from advisories import advisory
from prepared import CASES, RECORD, TRANSACTION, deep, python, replace
from prefixes import snapshot
from strangers import run

READING = {
    "list": ["list", "-p", "ENV"],
    "list revisions": ["list", "-p", "ENV", "--revisions"],
    "export": ["env", "export", "-p", "ENV"],
    "explicit": ["list", "-p", "ENV", "--explicit"],
    "info": ["info"],
    "repoquery": ["repoquery", "whoneeds", "tiny", "-p", "ENV"],
    "env list": ["env", "list"],
    "diff": ["env", "diff", "ENV", "GOOD"],
    "verify": ["env", "verify", "-p", "ENV"],
    "doctor": ["doctor", "-p", "ENV"],
    "vars": ["env", "config", "vars", "list", "-p", "ENV"],
    "run": ["run", "-p", "ENV", "true"],
    "activate": ["shell", "activate", "--shell", "bash", "ENV"],
    "list json": ["list", "-p", "ENV", "--json"],
    "canonical": ["list", "-p", "ENV", "--canonical", "--reverse"],
    "depends": ["repoquery", "depends", "tiny", "-p", "ENV"],
    "info json": ["info", "-p", "ENV", "--json"],
    "lock": ["export", "-p", "ENV", "--format", "conda-lock"],
    "compare": ["compare", "-p", "ENV", "FILE"],
    "reactivate": ["shell", "reactivate", "--shell", "zsh"],
    "deactivate": ["shell", "deactivate", "--shell", "fish"],
    "config": ["config", "list"],
    "config sources": ["config", "sources"],
    "cache": ["cache", "verify"],
    "search": ["search", "CHANNEL", "tiny"],
    "dry fix": ["doctor", "-p", "ENV", "--fix", "--dry-run"],
    "dry update": ["update", "-p", "ENV", "CHANNEL", "--all", "--dry-run"],
    "dry revision": ["install", "-p", "ENV", "CHANNEL", "--revision", "0", "--dry-run"],
    "dry file": ["env", "update", "-p", "ENV", "-f", "FILE", "--dry-run"],
    "dry clean": ["clean", "--all", "--dry-run"],
    "dry env remove": ["env", "remove", "-p", "ENV", "--dry-run"],
    "dry vars": ["env", "config", "vars", "set", "-p", "ENV", "--dry-run", "A=b"],
    "dry install": ["install", "-p", "ENV", "CHANNEL", "--dry-run", "other"],
    "dry remove": ["remove", "-p", "ENV", "--dry-run", "tiny"],
    "dry clone": ["create", "-p", "NEW", "--clone", "ENV", "--dry-run"],
    "sbom": ["sbom", "-p", "ENV"],
    "audit": ["audit", "-p", "ENV", "--database", "DATABASE"],
    "licenses": ["info", "-p", "ENV", "--licenses"],
    "pack": ["pack", "-p", "ENV", "-o", "ARCHIVE", "--no-pyc"],
    "pack an image": ["pack", "-p", "ENV", "-o", "LAYOUT", "--format", "oci"],
    "start": ["shell", "-p", "ENV"],
    "report": ["env", "report", "-p", "ENV"],
    "report as json": ["env", "report", "-p", "ENV", "--json"],
    "dry rename": ["rename", "-p", "ENV", "NEW", "--dry-run"],
}
CHANGING = {
    "install": ["install", "-p", "ENV", "CHANNEL", "other"],
    "update": ["update", "-p", "ENV", "CHANNEL", "--all"],
    "reinstall": ["install", "-p", "ENV", "CHANNEL", "--force-reinstall", "tiny"],
    "remove": ["remove", "-p", "ENV", "tiny"],
    "fix": ["doctor", "-p", "ENV", "--fix"],
    "set vars": ["env", "config", "vars", "set", "-p", "ENV", "A=b"],
    "revision": ["install", "-p", "ENV", "CHANNEL", "--revision", "0"],
    "file": ["env", "update", "-p", "ENV", "-f", "FILE"],
    "remove all": ["remove", "-p", "ENV", "--all"],
    "unset vars": ["env", "config", "vars", "unset", "-p", "ENV", "A"],
    "create": ["create", "-p", "ENV", "CHANNEL", "tiny"],
    "clone": ["create", "-p", "NEW", "--clone", "ENV"],
    "rename": ["rename", "-p", "ENV", "NEW"],
    "clean": ["clean", "--trash", "--packages"],
    "env remove": ["env", "remove", "-p", "ENV"],
}

class Sandbox:
    """An environment, somebody's precious directory beside it, and a way to run verbs with limits."""

    def __init__(self, krait, channel, place):
        self.krait = krait
        self.channel = channel
        self.place = place
        self.env, self.good, self.victim = place / "env", place / "good", place / "victim"
        self.file = place.parent / "environment.yml"
        self.layout, self.archive = place.parent / "layout", place.parent / "packed.tar"
        self.file.write_text(f"channels: [{channel}, nodefaults]\ndependencies: [tiny]\n")
        krait.create(self.good, "tiny", channel=channel)

    def prepare(self, body):
        # Some are too deep for shutil.
        subprocess.run(["rm", "-rf", *(path for path in self.place.iterdir() if path != self.good)], check=True)
        (self.victim / "empty").mkdir(parents=True)
        for name in ("important", "tiny"):
            (self.victim / name).write_text("keep\n")
        shutil.copytree(self.good, self.env, symlinks=True)
        body(self.env, self.victim)

    def outside(self):
        """Everything that is not the environment's, nor a cache's or the user's state."""
        others = [path for path in self.place.iterdir() if path.name not in ("env", "new")]
        return {path.name: snapshot(path) for path in others}

    def spelled(self, words):
        """The words of a verb with the names of the sandbox filled in."""
        places = {"ENV": [self.env], "NEW": [self.place / "new"], "GOOD": [self.good], "FILE": [self.file]}
        (self.place.parent / "database").mkdir(exist_ok=True)
        (self.place.parent / "database/A-1.json").write_text(json.dumps(advisory("A-1", "other", ("introduced", "0"))))
        places["DATABASE"] = [self.place.parent / "database"]
        subprocess.run(["rm", "-rf", self.layout, self.archive], check=True)
        places |= {"LAYOUT": [self.layout], "ARCHIVE": [self.archive]}
        places["CHANNEL"] = ["-c", self.channel, "--override-channels"]
        return [str(part) for word in words for part in places.get(word, [word])]

    def active(self, words):
        """The variables of a shell in which the environment is active, for verbs that have no objection to that."""
        if "rename" in words or words[:2] == ["env", "remove"]:
            return {}
        return {"CONDA_PREFIX": self.env, "CONDA_SHLVL": "1", "CONDA_DEFAULT_ENV": "env"}

    def run(self, words, env=None, before=()):
        """The code and what was said; the limits of `strangers.run` hold."""
        words = self.spelled(words)
        if words[0] in ("install", "update", "remove", "create", "env", "clean", "doctor") and "--dry-run" not in words:
            words += ["-y"] if words[:2] not in (["env", "diff"], ["env", "list"]) and words[0] != "doctor" else []
        outcome = run(self.krait, *words, env=env, before=before)
        return outcome.code, outcome.text[-2000:]


@pytest.fixture(scope="module")
def sandbox(memory):
    from conftest import Krait
    from packages import Channel

    folder = memory / "prepared"
    folder.mkdir()
    channel = Channel(folder / "channel")
    channel.add("tiny", "1.0", {"share/tiny": "tiny\n", "bin/tiny": "#!/bin/sh\n", "share/mod.py": "x = 1\n"})
    channel.add("other", "1.0", {"share/other": "other\n", "share/deep/other": "other\n"})
    krait = Krait(folder / "home")
    (folder / "place").mkdir()
    yield Sandbox(krait, channel, folder / "place")
    krait.end()


def shown(path):
    """A directory with everything in it, also what is not a file."""
    found = {}
    for directory, names, files in os.walk(path):
        for name in names + files:
            whole = os.path.join(directory, name)
            status = os.lstat(whole)
            found[os.path.relpath(whole, path)] = (status.st_mode, status.st_ino, status.st_size, status.st_mtime_ns)
    return found


@pytest.mark.parametrize("name", CASES)
def test_verbs_that_read_change_nothing(sandbox, name):
    sandbox.prepare(CASES[name])
    before, inside = sandbox.outside(), shown(sandbox.env)
    for verb, words in READING.items():
        code, said = sandbox.run(words, env=sandbox.active(words))
        assert sandbox.outside() == before, (verb, code, said)
        assert shown(sandbox.env) == inside, (verb, code, said)
        assert not (sandbox.place / "new").exists(), verb
    # What lies outside is not handed on; a hard link is the environment's own file.
    if sandbox.archive.exists() and "hard links" not in name:
        assert b"keep\n" not in sandbox.archive.read_bytes()


@pytest.mark.parametrize("name", CASES)
def test_verbs_that_change_stay_inside(sandbox, name):
    for verb, words in CHANGING.items():
        sandbox.prepare(CASES[name])
        before = sandbox.outside()
        code, said = sandbox.run(words)
        assert sandbox.outside() == before, (verb, code, said)


#: makes a directory one that nobody can write to, for the program that follows
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


@pytest.mark.parametrize("name", ["", "journal puts back outside", "staging mark of a stranger"])
def test_verbs_that_read_need_no_permission_to_write(sandbox, isolated, name):
    """With everything but the caches on a read-only mount they say the same."""
    sandbox.prepare(CASES.get(name, lambda env, victim: None))
    before = [*isolated, "sh", "-c", READ_ONLY, sandbox.place]
    for verb, words in READING.items():
        there = sandbox.run(words, env=sandbox.active(words))
        mounted = sandbox.run(words, env=sandbox.active(words), before=before)
        assert mounted == there, verb
        # An audit that could check nothing says so with a 2.
        assert name or there[0] == (2 if verb == "audit" else 0), (verb, there)


def test_directories_deeper_than_paths_can_name(sandbox):
    """Every verb ends, and by itself; what it cannot reach it says."""
    try:
        for number, (verb, words) in enumerate({**READING, **CHANGING}.items()):
            # Those that read leave it as it is, as others tell.
            if number == 0 or verb in CHANGING:
                sandbox.prepare(lambda env, victim: deep(env))
            before = sandbox.outside()
            code, said = sandbox.run(words)
            assert sandbox.outside() == before, (verb, code, said)
    finally:
        sandbox.prepare(lambda env, victim: None)


@pytest.mark.parametrize("file, name, count", [(RECORD, "x", 12 << 20), ("conda-meta/state", "env_vars", 7 << 20)])
def test_values_do_not_fill_the_memory(sandbox, file, name, count):
    """Each is two bytes long, and takes many more when it has been read."""
    sandbox.prepare(lambda env, victim: None)
    path = sandbox.env / file
    rest = path.read_text().lstrip().removeprefix("{") if file == RECORD else '"version": 1}'
    path.write_text(f'{{"{name}": [{"1," * count}1], {rest}')
    for verb in ("list", "sbom", "vars"):
        sandbox.run(READING[verb])


def test_a_strangers_change_is_not_ended_unasked(sandbox):
    """Everything else is refused, and says the verb that ends it; that verb tells what it does."""
    sandbox.prepare(lambda env, victim: None)
    from prepared import journal

    journal(sandbox.env, "Oshare/back", "Nshare/tiny")
    code, said = sandbox.run(["list", "-p", "ENV"])
    assert code == 0 and "interrupted" in said and "doctor" in said
    for words in (CHANGING["install"], CHANGING["remove"], CHANGING["env remove"], CHANGING["clone"]):
        code, said = sandbox.run(words)
        assert code == 1 and "doctor" in said and (sandbox.env / TRANSACTION).exists(), said
    code, said = sandbox.run(["doctor", "-p", "ENV"])
    assert code == 1 and "1 new files would be removed" in said
    code, said = sandbox.run(["doctor", "-p", "ENV", "--fix"])
    assert code == 0 and "would be removed" in said and not (sandbox.env / TRANSACTION).exists(), said
    assert (sandbox.env / "share/back").read_text() == "planted\n" and (sandbox.env / "share/tiny").exists()


def test_reading_verbs_call_nothing_that_changes(sandbox, tmp_path):
    """On the level of the kernel: nothing is written, renamed or removed but in caches."""
    changing = "openat,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat"
    sandbox.prepare(CASES["journal puts back outside"])
    caches = str(sandbox.krait.root / "pkgs")
    for verb, words in READING.items():
        if verb.startswith("pack"):
            continue  # writes what was asked for, beside its place
        log = tmp_path / "log"
        words = sandbox.spelled(words)
        tool = ["strace", "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={changing}", "-o", log]
        sandbox.krait(*words, before=tool, env=sandbox.active(words), code=None)
        for line in log.read_text(errors="replace").splitlines():
            if "= -1 " in line or line.endswith("<unfinished ...>") or "resumed>" in line:
                continue
            writes = "openat(" not in line or "O_WRONLY" in line or "O_RDWR" in line or "O_CREAT" in line
            assert not writes or caches in line or "/dev/" in line, (verb, line)


@pytest.mark.parametrize("words, name", [
    (["lock", "CHANNEL", "-f", "environment.yml"], "conda-lock.yml"),
    (["lock", "CHANNEL", "-f", "environment.yml", "--format", "explicit", "--platform", "linux-64"], "conda-linux-64.lock"),
    (["config", "set", "--env", "-p", "./env", "channel_priority", "strict"], "env/.condarc"),
])
def test_no_name_that_the_user_did_not_type_is_written_through(sandbox, words, name):
    """A link of a directory that somebody handed on leads wherever that one chose."""
    sandbox.prepare(lambda env, victim: None)
    (sandbox.place / "environment.yml").write_text("dependencies: [tiny]\n")
    rc = sandbox.victim / "rc"
    rc.write_text("channels: []\n")
    link = sandbox.place / name
    link.symlink_to(rc)
    refused = sandbox.krait(*sandbox.spelled(words), cwd=sandbox.place, code=2)
    assert name in refused.complaint and "is a link" in refused.complaint and rc.read_text() == "channels: []\n"
    option = "--lockfile" if words[0] == "lock" else "--file"
    assert f"`{option} " in refused.complaint
    words = [word for word in words if word not in ("--env", "-p", "./env")]
    sandbox.krait(*sandbox.spelled(words), option, link, cwd=sandbox.place)
    assert link.is_symlink() and rc.read_text() != "channels: []\n"


@pytest.mark.parametrize("part", ["blobs", "blobs/sha256"])
def test_an_image_is_not_written_through_a_link(sandbox, part):
    """What the image does not need is removed from its layout: not from where a link in that leads."""
    sandbox.prepare(lambda env, victim: None)
    layout = sandbox.place / "layout"
    sandbox.krait(*sandbox.spelled(["pack", "-p", "ENV", "--format", "oci", "--no-pyc", "-o"]), layout)
    outside = sandbox.victim / part
    shutil.move(layout / part, outside) if part == "blobs" else shutil.copytree(layout / part, outside)
    replace(layout / part, outside)
    (sandbox.victim / "blobs/sha256/precious").write_text("keep\n")
    before = snapshot(sandbox.victim)
    refused = sandbox.krait(
        *sandbox.spelled(["pack", "CHANNEL", "tiny", "--format", "oci", "--no-pyc", "-o"]), layout, code=2)
    assert "whose blobs do not lie in it" in refused.complaint
    assert snapshot(sandbox.victim) == before


@pytest.fixture
def linked_root(sandbox):
    """The root prefix as micromamba leaves it, an environment below, and a link to it in a directory of somebody's."""
    sandbox.prepare(lambda env, victim: None)
    root = sandbox.krait.root
    (root / "conda-meta").mkdir(exist_ok=True)
    (root / "conda-meta/history").touch()
    sandbox.krait(*sandbox.spelled(["create", "-y", "-n", "science", "CHANNEL", "tiny"]))
    (sandbox.place / "env").rename(sandbox.place / "other")
    sandbox.env.symlink_to(root)
    yield root
    shutil.rmtree(root / "conda-meta", ignore_errors=True)
    shutil.rmtree(root / "envs", ignore_errors=True)


@pytest.mark.parametrize("words", [
    ["env", "remove", "-y", "-p", "ENV"],
    ["remove", "-y", "--all", "-p", "ENV"],
    ["rename", "-p", "ENV", "NEW"],
], ids=" ".join)
def test_a_link_to_the_root_prefix_does_not_take_it_away(sandbox, linked_root, words):
    before = snapshot(linked_root / "envs")
    refused = sandbox.krait(*sandbox.spelled(words), code=2)
    assert "is the root prefix" in refused.complaint
    assert snapshot(linked_root / "envs") == before and (linked_root / "pkgs").is_dir()


def test_the_directory_of_the_root_prefix_is_no_environment_to_remove(sandbox, linked_root):
    """Who names what lies above it, with records that somebody has put there."""
    home = linked_root.parent
    (home / "conda-meta").mkdir()
    (home / "conda-meta/history").touch()
    before = snapshot(linked_root / "envs")
    channel = ["-c", sandbox.channel, "--override-channels"]
    for words in (["env", "remove", "-y", "-p", home], ["create", "-y", "-p", home, *channel, "tiny"]):
        sandbox.krait(*words, code=2)
        assert snapshot(linked_root / "envs") == before
    shutil.rmtree(home / "conda-meta")


@pytest.mark.parametrize("words", [["create", "-y", "-p", "NEW"], ["create", "-y", "-p", "NEW", "--copy"], ["install", "-y", "-p", "ENV", "--force-reinstall"]], ids=" ".join)
def test_a_cache_that_somebody_handed_on_leads_nowhere(sandbox, words):
    """The list of a package's files in it is read like everything else: what leads out is none, and is made again."""
    sandbox.prepare(lambda env, victim: None)
    sandbox.channel.add("climber", "1.0", {"zz/bbb/important": "planted\n"})
    channel = ["-c", sandbox.channel, "--override-channels"]
    sandbox.krait("install", "-y", "-p", sandbox.env, *channel, "climber")
    [manifest] = sandbox.krait.root.glob("pkgs/krait-v1/climber-*/.krait/manifest")
    body = manifest.read_bytes()
    for old, new in ((b"\0zz\0", b"\0..\0"), (b"\0zz/bbb\0", b"\0../bbb\0"), (b"\0zz/bbb/important\0", b"\0../bbb/important\0")):
        assert old in body
        body = body.replace(old, new)
    manifest.write_bytes(body)
    planted = manifest.parents[2] / "bbb/important"
    planted.parent.mkdir(exist_ok=True)
    planted.write_text("planted\n")
    (sandbox.place / "bbb").mkdir()
    before = sandbox.outside()
    sandbox.krait(*sandbox.spelled(words), *channel, "climber")
    assert sandbox.outside() == before
    place = sandbox.place / "new" if "NEW" in words else sandbox.env
    assert (place / "zz/bbb/important").read_text() == "planted\n"
    shutil.rmtree(planted.parent)


def test_what_pip_is_said_to_have_installed_outside_stays(sandbox):
    """conda's package of the same name takes the place of pip's, and with that goes what its RECORD lists."""
    sandbox.channel.add("six", "1.16", {
        "site-packages/six.py": "x = 1\n", "site-packages/six-1.16.dist-info/METADATA": "Name: six\nVersion: 1.16\n",
    }, noarch="python", depends=["python"])  # fmt: skip
    site = sandbox.env / "lib/python3.11/site-packages"

    def prepare(env, victim):
        python(env)
        information = site / "six-1.15.dist-info"
        information.mkdir(parents=True)
        (site / "old.py").touch()
        (information / "METADATA").write_text("Name: six\nVersion: 1.15\n")
        (env / "sub").symlink_to(victim)
        listed = ["old.py", "../../../../victim/important", f"{victim}/important", "../../../sub/important", "../../../sub/../victim/tiny"]
        (information / "RECORD").write_text("".join(f"{path},,\n" for path in listed))

    sandbox.prepare(prepare)
    before = sandbox.outside()
    sandbox.krait(*sandbox.spelled(["install", "-y", "-p", "ENV", "CHANNEL", "six", "--no-deps", "--no-pyc"]))
    assert not (site / "six-1.15.dist-info").exists() and not (site / "old.py").exists()
    assert sandbox.outside() == before and (sandbox.env / "sub").is_symlink()
