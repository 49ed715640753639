# SPDX-License-Identifier: BSD-3-Clause
"""Two users in one directory: what one puts there neither harms the other nor keeps him from his work."""

import fcntl
import os
import stat
import subprocess

import pytest

from conftest import BINARY, Krait
from packages import Channel
from prefixes import snapshot
from prepared import TRANSACTION, journal

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
USER, STRANGER = 31001, 31002
ROOTS_HOME = 'mount --bind "$0" "$(getent passwd 0 | cut -d: -f6)" && exec "$@"'


def chown(path, owner):
    for folder, folders, names in os.walk(path):
        for name in [*folders, *names]:
            os.lchown(os.path.join(folder, name), owner, owner)
    os.lchown(path, owner, owner)


class Place:
    """A directory like /tmp, the home of a user with something precious in it, and a channel."""

    def __init__(self, folder):
        self.folder = folder
        self.shared, self.home, self.channel = folder / "shared", folder / "home", Channel(folder / "channel")
        self.channel.add("tiny", "1.0", {"share/tiny": "tiny\n", "bin/tiny": "#!/bin/sh\n"})
        self.roots = folder / "roots-home"
        self.roots.mkdir()
        self.shared.mkdir()
        self.shared.chmod(0o1777)
        self.precious = self.home / "precious"
        (self.precious / "deep").mkdir(parents=True)
        (self.precious / "file").write_text("keep\n")
        chown(self.home, USER)
        self.before = snapshot(self.precious)
        self.krait = Krait(folder / "world")
        self.binary = folder / "krait"
        self.binary.write_bytes(BINARY.read_bytes())
        self.binary.chmod(0o755)
        for path in (folder, self.channel.directory, folder / "world"):
            subprocess.run(["chmod", "-R", "go+rX", path], check=True)

    def run(self, *words, user=USER, env=None, umask=0o022):
        variables = {"HOME": str(self.home), "PATH": os.environ["PATH"], "MAMBA_ROOT_PREFIX": str(self.home / "root")}
        variables = {name: value for name, value in {**variables, **(env or {})}.items() if value is not None}
        # Root's own home is this machine's: another one lies over it.
        own = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ROOTS_HOME, self.roots] if user == 0 else []
        done = subprocess.run(
            [*own, self.binary, *map(str, words)], env=variables, cwd=self.folder, user=user, group=user,
            extra_groups=[], umask=umask, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
        )  # fmt: skip
        assert 0 <= done.returncode < 128, done
        return done

    def create(self, *words, **more):
        channel = ["-c", self.channel, "--override-channels"]
        return self.run("create", "-y", "-p", self.shared / "env", *channel, "tiny", *words, **more)

    def kept(self):
        return snapshot(self.precious) == self.before


@pytest.fixture
def place(open_path):
    return Place(open_path)


def directory(path, place):
    (path / "lib").mkdir(parents=True)
    (path / "lib/planted").write_text("planted\n")
    path.chmod(0o777)
    chown(path, STRANGER)


def link(path, place):
    path.symlink_to(place.precious)
    os.lchown(path, STRANGER, STRANGER)


def pipe(path, place):
    os.mkfifo(path)
    os.chown(path, STRANGER, STRANGER)


NAMES = [".krait-env", ".krait-unpack-env", ".krait-removed-env", ".krait-abcdefghijklmnop", ".krait-staging"]


@pytest.mark.parametrize("words", [[], ["--no-cache"]], ids=["cache", "no cache"])
@pytest.mark.parametrize("plant", [directory, link, pipe])
def test_what_a_stranger_puts_beside_the_prefix(place, plant, words):
    """Everything that has ever been a name of ours, at once: it is not used, not emptied and does not block."""
    for name in NAMES:
        plant(place.shared / name, place)
    before = snapshot(place.shared)
    done = place.create(*words)
    assert done.returncode == 0, done.stderr
    after = snapshot(place.shared)
    assert {path: what for path, what in after.items() if path.split("/")[0] != "env"} == before
    assert not (place.shared / "env/lib").exists() and place.kept()
    assert place.run("env", "remove", "-y", "-p", place.shared / "env").returncode == 0
    assert snapshot(place.shared) == before and place.kept()


def test_a_strangers_lock_does_not_block(place):
    directory(place.shared / ".krait-env", place)
    held = os.open(place.shared / ".krait-env", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert place.create().returncode == 0
    os.close(held)


def test_a_strangers_lock_on_an_environment_does_not_block(place):
    """Whoever can read a directory can lock it."""
    assert place.create().returncode == 0
    env = place.shared / "env"
    words = ["flock", env / "conda-meta", "sh", "-c", "echo; read line"]
    holder = subprocess.Popen(words, user=STRANGER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    done = place.run("install", "-y", "-p", env, "-c", place.channel, "--override-channels", "--force-reinstall", "tiny")
    assert done.returncode == 0, done.stderr
    assert place.run("remove", "-y", "-p", env, "tiny").returncode == 0
    # Nor does it keep what was interrupted from being ended.
    (env / TRANSACTION).mkdir()
    chown(env / TRANSACTION, USER)
    assert place.run("doctor", "-p", env).returncode in (0, 1)
    done = place.run("doctor", "-p", env, "--fix")
    assert done.returncode == 0 and not (env / TRANSACTION).exists(), done.stderr
    holder.communicate(b"\n")


def test_a_directory_of_the_user_that_was_given_one_of_our_names(place):
    """In a directory without the sticky bit anybody can rename what is ours."""
    place.shared.chmod(0o777)
    thesis = place.shared / ".krait-abcdefghijklmnop"
    thesis.mkdir(mode=0o700)
    (thesis / "thesis").write_text("years\n")
    chown(thesis, USER)
    assert place.create().returncode == 0
    place.run("doctor", "-p", place.shared / "env", "--fix")
    place.run("clean", "--trash", "-y")
    assert (thesis / "thesis").read_text() == "years\n"


def test_a_link_in_the_place_of_the_environment(place):
    link(place.shared / "env", place)
    assert place.create().returncode != 0
    place.run("env", "remove", "-y", "-p", place.shared / "env")
    assert place.kept()


@pytest.mark.parametrize("owner", [USER, STRANGER])
def test_a_link_to_an_environment_of_the_user(place, owner):
    """Who removes an environment by a link that he made himself removes what it leads to; else it is kept."""
    real = place.home / "real"
    channel = ["-c", place.channel, "--override-channels"]
    assert place.run("create", "-y", "-p", real, *channel, "tiny").returncode == 0
    (place.shared / "env").symlink_to(real)
    os.lchown(place.shared / "env", owner, owner)
    done = place.run("env", "remove", "-y", "-p", place.shared / "env")
    assert (done.returncode == 0) == (owner == USER), done.stderr
    assert (real / "share/tiny").exists() == (owner == STRANGER)


def test_a_change_that_a_stranger_began(place):
    assert place.create().returncode == 0
    env = place.shared / "env"
    (env / "conda-meta").chmod(0o777)
    journal(env, "Dshare/tiny", name="committed")
    chown(env / TRANSACTION, STRANGER)
    done = place.run("remove", "-y", "-p", env, "tiny")
    assert done.returncode == 1 and str(STRANGER) in done.stderr, done.stderr
    assert (env / "share/tiny").exists()
    done = place.run("doctor", "-p", env, "--fix")
    assert done.returncode == 1 and (env / "share/tiny").exists()


def test_a_change_that_anybody_could_write_to(place):
    assert place.create().returncode == 0
    env = place.shared / "env"
    journal(env, "Dshare/tiny", name="committed")
    (env / TRANSACTION).chmod(0o777)
    chown(env / TRANSACTION, USER)
    assert place.run("remove", "-y", "-p", env, "tiny").returncode == 1
    assert place.run("doctor", "-p", env, "--fix").returncode == 1
    assert (env / "share/tiny").exists()


def test_a_cache_that_everybody_can_write_to(place):
    """It is told once, and nothing of it comes into an environment; unless the user trusts the others."""
    cache = place.shared / "pkgs"
    cache.mkdir()
    cache.chmod(0o777)
    env = {"CONDA_PKGS_DIRS": str(cache)}
    assert place.create(user=STRANGER, env={**env, "HOME": "/nonexistent", "MAMBA_TRUSTED_CACHE": "true"}).returncode == 0
    for path in cache.rglob("share/tiny"):
        path.unlink()
        path.write_text("EVIL\n")
    place.run("env", "remove", "-y", "-p", place.shared / "env", user=STRANGER)
    done = place.create(env=env)
    assert done.returncode == 0 and done.stderr.count("other users can write to") == 1, done.stderr
    assert (place.shared / "env/share/tiny").read_text() == "tiny\n"


def test_root_with_the_home_of_a_user(place):
    """Nothing there is followed or written."""
    target = place.folder / "roots"
    target.mkdir()
    for name in (".conda", ".local", ".config", ".cache"):
        (place.home / name).symlink_to(target)
    chown(place.home, USER)
    before, beside = snapshot(place.home), snapshot(target)
    env = {"MAMBA_ROOT_PREFIX": str(place.folder / "roots-own")}
    done = place.create(user=0, env=env)
    assert done.returncode == 0, done.stderr
    assert snapshot(place.home) == before and snapshot(target) == beside


def test_root_reads_an_environment_of_a_user(place):
    """What root makes, changes and removes with the user's home and in his environments stays in those."""
    env = place.home / "env"
    channel = ["-c", place.channel, "--override-channels"]
    assert place.run("create", "-y", "-p", env, *channel, "tiny").returncode == 0
    target = place.folder / "roots"
    target.mkdir()
    (target / "file").write_text("keep\n")
    (env / "share").rename(env / "gone")
    (env / "share").symlink_to(target)
    for name in ("conda-meta/state", ".messages.txt", "conda-meta/pinned"):
        (env / name).symlink_to(target / "file")
        os.lchown(env / name, USER, USER)
    for name in (".condarc", ".netrc", ".conda/environments.txt", ".local/state/krait/change-key"):
        path = place.home / name
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target / "file")
    before, home = snapshot(target), snapshot(place.home / ".local")
    roots = {"MAMBA_ROOT_PREFIX": str(place.folder / "roots-own")}
    for words in (
        ["list", "-p", env], ["doctor", "-p", env], ["doctor", "-p", env, "--fix"], ["install", "-p", env, "-y", *channel, "tiny"],
        ["update", "-p", env, "-y", *channel, "--all"], ["env", "config", "vars", "set", "-p", env, "A=b"],
        ["remove", "-p", env, "-y", "tiny"], ["create", "-p", place.shared / "copy", "-y", "--clone", env],
        ["env", "remove", "-p", env, "-y"],
    ):  # fmt: skip
        place.run(*words, user=0, env=roots)
        assert snapshot(target) == before and snapshot(place.home / ".local") == home, words


#: what of a home krait reads or writes, and the same as directories
FILES = [
    ".bashrc", ".bash_profile", ".profile", ".zshrc", ".tcshrc", ".xonshrc", ".condarc", ".mambarc", ".netrc",
    ".rattler/credentials.json", ".docker/config.json", ".mamba/auth/authentication.json", ".conda/environments.txt",
    ".config/fish/config.fish", ".config/powershell/profile.ps1", ".local/state/krait/change-key",
]  # fmt: skip
DIRECTORIES = [".conda", ".config", ".local", ".cache", ".mamba", ".rattler", ".docker", ".aws", "micromamba"]


def nothing(place, target):
    """A home of somebody who has never used anything."""


def links_to_files(place, target):
    for name in FILES:
        (place.home / name).parent.mkdir(parents=True, exist_ok=True)
        (place.home / name).symlink_to(target / "file")


def links_to_directories(place, target):
    for name in DIRECTORIES:
        (place.home / name).symlink_to(target / "directory")


def plain_files(place, target):
    for name in FILES:
        (place.home / name).parent.mkdir(parents=True, exist_ok=True)
        (place.home / name).write_text("{}\n" if name.endswith(".json") else "")
    (place.home / ".condarc").write_text(f"pkgs_dirs: [{target}/directory]\nenvs_dirs: [{target}/directory]\n")


@pytest.mark.parametrize("prepare", [nothing, links_to_files, links_to_directories, plain_files])
def test_root_with_the_whole_home_of_a_user(place, prepare, isolated):
    """Whatever is in it, and with nothing that says where else: no verb writes there, or where it leads."""
    target = place.folder / "target"
    (target / "directory").mkdir(parents=True)
    (target / "file").write_text("keep: this\n")
    prepare(place, target)
    chown(place.home, USER)
    before = snapshot(place.home), snapshot(target)
    env = place.folder / "env"
    channel = ["-c", place.channel, "--override-channels"]
    shells = [["shell", "init", "--shell", name] for name in ("bash", "zsh", "fish", "tcsh", "xonsh", "powershell", "posix")]
    variables = {"MAMBA_ROOT_PREFIX": None, "XDG_CONFIG_HOME": str(place.home / ".config"), "XDG_DATA_HOME": str(place.home / ".local/share")}
    for words in (
        *shells, ["config", "set", "channel_priority", "strict"], ["config", "append", "channels", "foo"],
        ["auth", "login", "127.0.0.1:9", "--token", "secret"], ["auth", "logout", "127.0.0.1:9"],
        ["create", "-y", "-n", "one", *channel, "tiny"], ["create", "-y", "-p", env, *channel, "tiny"],
        ["exec", *channel, "-s", "tiny", "--", "true"], ["tool", "install", *channel, "tiny"], ["tool", "remove", "tiny"],
        ["pack", *channel, "tiny", "-o", place.folder / "x.tar"], ["audit", "-p", env, "--database", place.folder],
        ["env", "config", "vars", "set", "-p", env, "A=b"], ["rename", "-y", "-p", env, place.folder / "env2"],
        ["env", "remove", "-y", "-n", "one"], ["clean", "--all", "-y"], ["cache", "verify"], ["self-update"], ["info"],
        ["env", "list"], ["shell", "deinit", "--shell", "bash"],
    ):  # fmt: skip
        done = place.run(*words, user=0, env=variables)
        assert (snapshot(place.home), snapshot(target)) == before, (words, done)
        if words[0] in ("create", "exec", "config") or words[:2] in (["auth", "login"], ["shell", "init"]):
            assert done.returncode == 0, (words, done.stderr)
    # All of it is in root's own.
    assert (place.roots / ".zshrc").exists() and (place.roots / ".local/share/mamba").exists()
    assert (place.roots / ".mamba/auth/authentication.json").exists()


def test_umask_zero(place):
    done = place.create(umask=0)
    assert done.returncode == 0, done.stderr
    place.run("env", "config", "vars", "set", "-p", place.shared / "env", "TOKEN=secret", umask=0)
    for top in (place.shared / "env", place.home):
        for path in [top, *top.rglob("*")]:
            mode = path.lstat().st_mode
            assert stat.S_ISLNK(mode) or not mode & 0o002, path
    state = place.shared / "env/conda-meta/state"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    keys = list((place.home / ".local/state/krait").iterdir())
    assert [stat.S_IMODE(path.stat().st_mode) for path in keys] == [0o600]


def test_names_of_environments_are_not_ours(place):
    for name in ("unpack-foo", "removed-foo", ".krait-foo", ".krait-abcdefghijklmnop"):
        env = place.shared / name
        done = place.run("create", "-y", "-p", env, "-c", place.channel, "--override-channels", "tiny")
        assert done.returncode == 0, done.stderr
        for verb in (["list", "-p", env], ["list", "-p", place.shared / name.removeprefix(".krait-")]):
            place.run(*verb)
        assert place.create().returncode == 0
        assert (env / "share/tiny").exists()
        place.run("env", "remove", "-y", "-p", place.shared / "env")
        assert (env / "share/tiny").exists()


@pytest.mark.parametrize("user", [USER, 0])
def test_a_packed_executable_runs_nothing_that_a_stranger_has_unpacked(place, user):
    """Whoever has the executable can unpack it where somebody else will, and put other programs there."""
    app, env = place.folder / "app", place.shared / "app"
    done = place.run(
        "pack", "-c", place.channel, "--override-channels", "tiny", "--format", "exe", "-o", app, "--cmd", "/env/bin/tiny",
        user=0)
    assert done.returncode == 0, done.stderr
    own, place.binary = place.binary, app
    assert place.run("--prefix", env, user=STRANGER).returncode == 0
    (env / "bin/tiny").write_text("#!/bin/sh\necho planted\n")
    done = place.run("--prefix", env, user=user)
    assert done.returncode == 2 and "planted" not in done.stdout and "another user" in done.stderr, done
    assert place.run("--prefix", place.shared / "other", user=user).returncode == 0
    # What an administrator has unpacked is for everybody.
    assert place.run("--prefix", place.shared / "roots", user=0).returncode == 0
    assert place.run("--prefix", place.shared / "roots", user=USER).returncode == 0
    place.binary = own
