# SPDX-License-Identifier: BSD-3-Clause
"""Environments of strangers: no verb touches anything outside of them, and verbs that read touch nothing at all."""

import os
import resource
import shutil
import signal
import subprocess
import time

import pytest

from prepared import CASES, TRANSACTION
from prefixes import snapshot

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
    "activate": ["activate", "--shell", "bash", "ENV"],
    "dry install": ["install", "-p", "ENV", "CHANNEL", "--dry-run", "other"],
    "dry remove": ["remove", "-p", "ENV", "--dry-run", "tiny"],
    "dry clone": ["create", "-p", "NEW", "--clone", "ENV", "--dry-run"],
    "dry rename": ["rename", "-p", "ENV", "NEW", "--dry-run"],
}
CHANGING = {
    "install": ["install", "-p", "ENV", "CHANNEL", "other"],
    "update": ["update", "-p", "ENV", "CHANNEL", "--all"],
    "reinstall": ["install", "-p", "ENV", "CHANNEL", "--force-reinstall", "tiny"],
    "remove": ["remove", "-p", "ENV", "tiny"],
    "fix": ["doctor", "-p", "ENV", "--fix"],
    "set vars": ["env", "config", "vars", "set", "-p", "ENV", "A=b"],
    "create": ["create", "-p", "ENV", "CHANNEL", "tiny"],
    "clone": ["create", "-p", "NEW", "--clone", "ENV"],
    "rename": ["rename", "-p", "ENV", "NEW"],
    "clean": ["clean", "--trash", "--packages"],
    "env remove": ["env", "remove", "-p", "ENV"],
}
#: bytes; the kernel counts in kB
MEMORY = 200 << 20


class Sandbox:
    """An environment, somebody's precious directory beside it, and a way to run verbs with limits."""

    def __init__(self, krait, channel, place):
        self.krait = krait
        self.channel = channel
        self.place = place
        self.env, self.good, self.victim = place / "env", place / "good", place / "victim"
        krait.create(self.good, "tiny", channel=channel)

    def prepare(self, body):
        for path in self.place.iterdir():
            if path != self.good:
                shutil.rmtree(path)
        (self.victim / "empty").mkdir(parents=True)
        for name in ("important", "tiny"):
            (self.victim / name).write_text("keep\n")
        shutil.copytree(self.good, self.env, symlinks=True)
        body(self.env, self.victim)

    def outside(self):
        """Everything that is not the environment's, nor a cache's or the user's state."""
        others = [path for path in self.place.iterdir() if path.name not in ("env", "new")]
        return {path.name: snapshot(path) for path in others}

    def run(self, words):
        """The code, what was said, and whether the limits held."""
        places = {"ENV": [self.env], "NEW": [self.place / "new"], "GOOD": [self.good]}
        places["CHANNEL"] = ["-c", self.channel, "--override-channels"]
        words = [str(part) for word in words for part in places.get(word, [word])]
        if words[0] in ("install", "update", "remove", "create", "env", "clean", "doctor") and "--dry-run" not in words:
            words += ["-y"] if words[:2] not in (["env", "diff"], ["env", "list"]) and words[0] != "doctor" else []
        out = self.place.parent / "said"
        with open(out, "wb") as file:
            process = subprocess.Popen(
                [self.krait.binary, *words], env=self.krait.merged({}), cwd=self.krait.home,
                stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            )  # fmt: skip
            end = time.monotonic() + 10
            while time.monotonic() < end:
                done, status, usage = os.wait4(process.pid, os.WNOHANG)
                if done:
                    break
                time.sleep(0.002)
            else:
                os.kill(process.pid, signal.SIGKILL)
                _, status, usage = os.wait4(process.pid, 0)
                status = None
        process.returncode = 0
        said = out.read_bytes()[-2000:].decode(errors="replace")
        assert status is not None, f"krait {' '.join(words)}: does not end\n{said}"
        code = os.waitstatus_to_exitcode(status)
        assert 0 <= code < 128, f"krait {' '.join(words)}: ended by {code}\n{said}"
        # The kernel starts the count at what the process that forked had, which pytest's own size may exceed.
        floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        assert usage.ru_maxrss * 1024 <= max(MEMORY, floor), f"krait {' '.join(words)}: {usage.ru_maxrss} kB"
        return code, said


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    from conftest import Krait
    from packages import Channel

    folder = tmp_path_factory.mktemp("prepared")
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
        code, said = sandbox.run(words)
        assert sandbox.outside() == before, (verb, code, said)
        assert shown(sandbox.env) == inside, (verb, code, said)
        assert not (sandbox.place / "new").exists(), verb


@pytest.mark.parametrize("name", CASES)
def test_verbs_that_change_stay_inside(sandbox, name):
    for verb, words in CHANGING.items():
        sandbox.prepare(CASES[name])
        before = sandbox.outside()
        code, said = sandbox.run(words)
        assert sandbox.outside() == before, (verb, code, said)


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
        log = tmp_path / "log"
        places = {"ENV": [sandbox.env], "NEW": [sandbox.place / "new"], "GOOD": [sandbox.good]}
        places["CHANNEL"] = ["-c", sandbox.channel, "--override-channels"]
        words = [part for word in words for part in places.get(word, [word])]
        tool = ["strace", "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={changing}", "-o", log]
        sandbox.krait(*words, before=tool, code=None)
        for line in log.read_text(errors="replace").splitlines():
            if "= -1 " in line or line.endswith("<unfinished ...>") or "resumed>" in line:
                continue
            writes = "openat(" not in line or "O_WRONLY" in line or "O_RDWR" in line or "O_CREAT" in line
            assert not writes or caches in line or "/dev/" in line, (verb, line)
