# SPDX-License-Identifier: BSD-3-Clause
"""What lies below a packed environment: a base of a layout, an archive or a registry, or a C library on scratch."""

import glob
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile

import pytest

from c_library import LOADER, TRIPLE, machine_libraries, sysroot
from conftest import ARCHITECTURE, CHANNEL, glibc_version
from images import Layout
from packages import small_python
from registries import FakeRegistry, Registry


def sh(*words, **more):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, **more)
    assert done.returncode == 0, done
    return done.stdout


def layer(files, links=()):
    """A plain tar of `files`, with `links` {path: target}."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, body in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
        for path, target in dict(links).items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
        member = tarfile.TarInfo("dev/null")
        member.type = tarfile.CHRTYPE
        tar.addfile(member)
    return buffer.getvalue()


class Base:
    """An image made of plain tars, written as a layout by hand: what krait reads is not what krait wrote."""

    def __init__(self, layers, architecture=ARCHITECTURE, compress="gzip", **config):
        self.blobs = {}
        descriptors = []
        for plain in layers:
            data = plain if compress is None else sh_bytes([compress, "-c"], plain)
            kind = "application/vnd.docker.image.rootfs.diff.tar" + (".gzip" if compress == "gzip" else "")
            if compress == "zstd":
                kind = "application/vnd.oci.image.layer.v1.tar+zstd"
            descriptors.append({"mediaType": kind, **self.add(data)})
        self.config = {
            "architecture": architecture, "os": "linux", "config": config, "history": [{"created_by": "somebody"}] * len(layers),
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(plain).hexdigest()}" for plain in layers]},
        }  # fmt: skip
        kind = "application/vnd.docker.container.image.v1+json"
        manifest = {
            "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {"mediaType": kind, **self.add(json.dumps(self.config).encode())}, "layers": descriptors,
        }  # fmt: skip
        self.manifest = {"mediaType": manifest["mediaType"], **self.add(json.dumps(manifest).encode())}
        self.layers = [one["digest"] for one in descriptors]

    def add(self, data):
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return {"digest": f"sha256:{digest}", "size": len(data)}

    def write(self, folder, *others):
        """As a layout, of several platforms when there are `others`."""
        (folder / "blobs/sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        entries = []
        for image in [self, *others]:
            for digest, data in image.blobs.items():
                (folder / "blobs/sha256" / digest).write_bytes(data)
            entries.append({**image.manifest, "platform": {"os": "linux", "architecture": image.config["architecture"]}})
        if not others:
            del entries[0]["platform"]
        (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
        return folder


def sh_bytes(words, data):
    return subprocess.run(words, input=data, capture_output=True, check=True).stdout


def debian(**more):
    """Like Debian's own: one tree of libraries below usr, links to it at the root."""
    links = {"lib": "usr/lib", "lib64": "usr/lib64", f"usr/{LOADER}": f"/usr/lib/{TRIPLE}/{pathlib.Path(LOADER).name}"}
    files = machine_libraries() | {"usr/share/doc/libc6/copyright": b"LGPL\n"}
    config = {"Env": ["PATH=/base/bin", "SSL_CERT_FILE=/etc/certs"], "Entrypoint": ["/init"], "Cmd": ["sh"]}
    config |= {"User": "65532", "WorkingDir": "/home", "Labels": {"from": "base"}, "StopSignal": "SIGINT"}
    return Base([layer(files, links), layer({"etc/base": b"base\n"})], **(config | more))


@pytest.fixture
def pack(krait, own_channel):
    small_python(own_channel)
    own_channel.add("app", "1", {"share/app": "app\n"}, depends=["__glibc >=2.17,<3.0.a0"])
    own_channel.add("newest", "1", {"share/newest": "n\n"}, depends=["__glibc >=2.90"])
    channels = ["-c", own_channel, "--override-channels", "--no-pip", "--virtual-package", "__glibc=2.99"]

    def run(output, *words, specs=("app",), **more):
        return krait("pack", *channels, *specs, "--format", "oci", "-o", output, *words, **more)

    return run


def test_a_base_lies_below_as_it_is_and_its_configuration_stays(pack, tmp_path):
    base = debian()
    result = pack(tmp_path / "image", "--base", base.write(tmp_path / "base"), "--json")
    layout = Layout(tmp_path / "image")
    assert layout.layers[:2] == base.layers and len(layout.layers) > 2
    assert [one["digest"] for one in result.json["layers"]] == layout.layers
    assert layout.config["rootfs"]["diff_ids"][:2] == base.config["rootfs"]["diff_ids"]
    assert len(layout.config["history"]) == len(layout.layers) and layout.config["history"][0] == {"created_by": "somebody"}
    assert {one["mediaType"] for one in layout.manifest["layers"]} == {"application/vnd.oci.image.layer.v1.tar+gzip"}
    run = layout.config["config"]
    assert run["Env"][:1] == ["SSL_CERT_FILE=/etc/certs"] and "PATH=/env/bin:/base/bin" in run["Env"]
    assert (run["Entrypoint"], run["Cmd"], run["User"], run["WorkingDir"]) == (["/init"], ["sh"], "65532", "/home")
    assert run["StopSignal"] == "SIGINT" and run["Labels"]["from"] == "base"
    assert result.json["glibc"] == glibc_version()
    words = ["--entrypoint", "/env/bin/x", "--user", "7", "--workdir", "/app", "--label", "from=here"]
    pack(tmp_path / "other", "--base", tmp_path / "base", *words)
    run = Layout(tmp_path / "other").config["config"]
    assert (run["Entrypoint"], run["User"], run["WorkingDir"]) == (["/env/bin/x"], "7", "/app")
    assert "Cmd" not in run and run["Labels"]["from"] == "here"


def test_every_form_of_a_base_gives_one_image(pack, tmp_path):
    debian().write(tmp_path / "base")
    policy = ["skopeo", "--insecure-policy", "copy"]
    sh(*policy, f"oci:{tmp_path}/base", f"oci-archive:{tmp_path}/base.tar:latest")
    sh(*policy, f"oci:{tmp_path}/base", f"docker-archive:{tmp_path}/docker.tar:base:latest")
    for number, base in enumerate(["base", "base.tar"]):
        pack(tmp_path / f"image{number}", "--base", tmp_path / base)
    # skopeo writes the members of the configuration in another order.
    assert Layout(tmp_path / "image0").config == Layout(tmp_path / "image1").config
    assert Layout(tmp_path / "image0").layers == Layout(tmp_path / "image1").layers
    # Docker's archives are not compressed: the same files, compressed here.
    pack(tmp_path / "image2", "--base", tmp_path / "docker.tar")
    one, other = Layout(tmp_path / "image0"), Layout(tmp_path / "image2")
    assert one.config["rootfs"] == other.config["rootfs"]
    assert {layer["mediaType"] for layer in other.manifest["layers"]} == {"application/vnd.oci.image.layer.v1.tar+gzip"}
    sh(*policy, f"oci:{tmp_path}/image2", f"oci:{tmp_path}/copy:latest")


def test_the_right_one_of_several_platforms_is_taken(pack, tmp_path):
    other = {"amd64": "arm64", "arm64": "amd64"}[ARCHITECTURE]
    foreign = debian(architecture=other)
    debian().write(tmp_path / "both", foreign)
    pack(tmp_path / "image", "--base", tmp_path / "both")
    assert Layout(tmp_path / "image").layers[:2] == debian().layers
    foreign.write(tmp_path / "foreign")
    result = pack(tmp_path / "no", "--base", tmp_path / "foreign", code=3)
    assert f"is for linux/{other}, and the packages are for linux/{ARCHITECTURE}" in result.complaint
    assert not (tmp_path / "no").exists()


def test_what_packages_need_of_glibc_is_asked_first(pack, tmp_path):
    base = debian().write(tmp_path / "base")
    env = {"CONDA_PKGS_DIRS": tmp_path / "empty"}
    result = pack(tmp_path / "no", "--base", base, specs=["newest"], code=3, env=env)
    version = glibc_version()
    assert f"has glibc {version}, and newest-1-0 needs __glibc >=2.90" in result.complaint
    # Before anything is fetched.
    assert not glob.glob(f"{tmp_path}/empty/krait-v1/*") and not (tmp_path / "no").exists()
    bare = Base([layer({"etc/x": b""})]).write(tmp_path / "bare")
    assert "has no glibc" in pack(tmp_path / "no", "--base", bare, code=3).complaint
    pack(tmp_path / "yes", "--base", bare, specs=["python"])


def test_methods_of_compression_are_never_mixed(pack, tmp_path):
    base = debian(compress="zstd").write(tmp_path / "base")
    pack(tmp_path / "image", "--base", base)
    assert {one["mediaType"][-5:] for one in Layout(tmp_path / "image").manifest["layers"]} == {"+zstd"}
    result = pack(tmp_path / "no", "--base", base, "--compress", "gzip", code=2)
    assert "compressed with zstd" in result.complaint and "--compress zstd" in result.complaint


def test_a_damaged_base_is_refused(pack, tmp_path):
    base = debian()
    folder = base.write(tmp_path / "base")
    blob = folder / "blobs/sha256" / base.layers[1].removeprefix("sha256:")
    blob.write_bytes(sh_bytes(["gzip", "-c"], layer({"etc/evil": b"evil"})))
    result = pack(tmp_path / "no", "--base", folder, code=5)
    assert "does not match" in result.complaint and not (tmp_path / "no").exists()
    blob.unlink()
    pack(tmp_path / "no", "--base", folder, code=None)
    assert not [name for name in os.listdir(tmp_path) if name.startswith((".krait", "no"))]


@pytest.mark.parametrize(
    "words, said",
    [
        (["--base", "nowhere"], "is neither a layout nor an archive here"),
        (["--base", "/etc"], "is not an image layout"),
        (["--base", "docker.io/x@sha256:12"], "is neither a layout"),
        (["--base", "/etc", "--libc", "auto"], "is for images without a base"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_no_base_is_refused(pack, tmp_path, words, said):
    assert said in pack(tmp_path / "no", *words, code=2).complaint
    assert not (tmp_path / "no").exists()


# Registries


def test_a_base_of_a_registry_is_mounted_and_not_sent(krait, pack, own_channel, tmp_path):
    base = debian()
    base.write(tmp_path / "base")
    (tmp_path / "registry").mkdir()
    registry = Registry(tmp_path / "registry")
    try:
        place = f"{registry.host}/team/base"
        sh("skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", f"oci:{tmp_path}/base", f"docker://{place}:1")
        named = f"{place}@{base.manifest['digest']}"
        result = pack(tmp_path / "image", "--base", f"{place}:1")
        assert named in result.err, "a tag is told with its digest"
        result = pack(tmp_path / "again", "--base", named, "--json")
        assert not result.json["warnings"] and Layout(tmp_path / "again").layers[:2] == base.layers
        krait("lock", "-c", own_channel, "--override-channels", "app", "-o", tmp_path / "lock.yml")
        words = ["push", tmp_path / "lock.yml", f"{registry.host}/team/app:1", "--base", named, "--json"]
        sent = krait(*words).json
        sizes = sum(len(base.blobs[one.removeprefix("sha256:")]) for one in base.layers)
        assert sent["sent_bytes"] < 10_000 < sizes
        assert [one["digest"] for one in registry.manifest("team/app", "1")["layers"]][:2] == base.layers
        assert krait(*words).json["sent_bytes"] == 0
    finally:
        registry.close()


def test_a_registry_that_fails_in_the_middle_of_a_base(pack, tmp_path):
    base = debian()

    def fault(handler, body):
        if "/manifests/" in handler.path:
            return handler.answer(200, base.blobs[base.manifest["digest"].removeprefix("sha256:")]) or True
        digest = handler.path.rpartition("sha256:")[2]
        if handler.command == "HEAD":
            return handler.answer(200) or True
        if f"sha256:{digest}" == base.layers[0]:
            answer = {"gone": lambda: handler.answer(404), "other": lambda: handler.answer(200, b"x" * len(base.blobs[digest]))}
            return answer[handler.server.kind]() or True
        return handler.answer(200, base.blobs[digest]) or True

    registry = FakeRegistry(fault)
    try:
        for registry.kind, code in {"gone": 4, "other": 5}.items():
            result = pack(tmp_path / "no", "--base", f"{registry.host}/team/base:1", code=None)
            assert result.code == code and result.complaint.count("error:") <= 1, result
            assert not [name for name in os.listdir(tmp_path) if name.startswith((".krait", "no"))]
        result = pack(tmp_path / "no", "--base", f"{registry.host}/team/base@sha256:{'0' * 64}", code=5)
        assert "does not match" in result.complaint
    finally:
        registry.close()


@pytest.mark.parametrize("platforms", [1, 2])
def test_a_registry_is_asked_for_each_thing_where_it_has_it(pack, tmp_path, platforms):
    """Debian's registry answers 500 where a configuration is asked for as a manifest."""
    base = debian()
    index = {"mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
        {**base.manifest, "platform": {"os": "linux", "architecture": ARCHITECTURE}},
        {**base.manifest, "platform": {"os": "linux", "architecture": "s390x"}}]}
    manifests = {base.manifest["digest"]: base.blobs[base.manifest["digest"].removeprefix("sha256:")]}
    manifests["1"] = manifests[base.manifest["digest"]] if platforms == 1 else json.dumps(index).encode()

    def fault(handler, body):
        place, _, name = handler.path.rpartition("/")
        if place.endswith("/manifests"):
            known = name in manifests
            return handler.answer(200 if known else 500, manifests.get(name, b"{}")) or True
        digest = name.removeprefix("sha256:")
        known = digest in base.blobs and name not in manifests
        return handler.answer(200 if known else 404, base.blobs.get(digest, b"") if known else b"") or True

    registry = FakeRegistry(fault)
    try:
        result = pack(tmp_path / "image", "--base", f"{registry.host}/team/base:1", "--json")
        assert result.json["glibc"] == glibc_version()
        asked = [path.rpartition("/")[2] for _, path in registry.seen if "/manifests/" in path]
        assert set(asked) <= set(manifests) and len(asked) == platforms
    finally:
        registry.close()


# A C library on scratch


def unpacked(layout, into):
    sh("umoci", "unpack", "--rootless", "--image", f"{layout}:latest", into)
    return into / "rootfs"


def in_root(root, *words):
    return sh("bwrap", "--bind", root, "/", "--dev", "/dev", "--proc", "/proc", "--clearenv", "--setenv", "PATH", "/env/bin", *words)


@pytest.mark.parametrize("source", ["auto", "image"])
def test_an_image_on_scratch_runs_with_nothing_else(krait, own_channel, tmp_path, source):
    sysroot(own_channel)
    if source == "image":
        debian().write(tmp_path / "debian")
    words = ["-c", own_channel, "-c", CHANNEL, "--override-channels", "--no-pip", "python=3.11", "--user", "1000:1000"]
    libc = "auto" if source == "auto" else tmp_path / "debian"
    result = krait("pack", *words, "--base", "scratch", "--libc", libc, "--format", "oci", "-o", tmp_path / "image", "--json")
    version = glibc_version()
    assert result.json["glibc"] == version
    assert any(f"={version}=0" in warning for warning in result.json["warnings"]) == (source == "auto")
    again = krait("pack", *words, "--libc", libc, "--format", "oci", "-o", tmp_path / "again", "--json")
    assert again.json["digest"] == result.json["digest"]
    layout = Layout(tmp_path / "image")
    members = {member.name: member for member in layout.members(layout.layers[0])}
    assert members["tmp"].mode == 0o1777 and members[LOADER].mode == 0o755 and members["etc/passwd"].mode == 0o644
    assert not [name for name in members if name.endswith((".h", "libc.so")) or members[name].issym()]
    assert any(name.startswith("usr/share/licenses/glibc/") for name in members)
    root = unpacked(tmp_path / "image", tmp_path / "bundle")
    code = "import ssl, sqlite3, socket, getpass, pwd, tempfile; print(pwd.getpwuid(1000).pw_name, socket.gethostbyname('localhost'))"
    assert in_root(root, "python", "-c", code).split() == ["user", "127.0.0.1"]


def test_the_c_library_has_to_be_new_enough(krait, own_channel, pack, tmp_path):
    sysroot(own_channel)
    result = pack(tmp_path / "no", "--libc", "auto", specs=["newest"], code=3)
    assert f"glibc {glibc_version()}" in result.complaint and "newest-1-0" in result.complaint
    result = pack(tmp_path / "no", "--libc", "sysroot_linux-64=1.0", code=3)
    assert "sysroot_linux-64" in result.complaint
    assert not (tmp_path / "no").exists()


def test_without_any_package_of_it_there_is_no_c_library(pack, tmp_path):
    assert "sysroot_" in pack(tmp_path / "no", "--libc", "auto", code=3).complaint


def test_an_image_in_which_nothing_can_start_is_told(krait, pack, own_channel, tmp_path):
    said = "the image has no C library, so its programs cannot start: add --base IMAGE or --libc auto"
    # `app` is for every platform, and has no program.
    assert said not in pack(tmp_path / "one").err
    assert said in pack(tmp_path / "two", specs=["python"]).err
    assert said in pack(tmp_path / "two", "--json", specs=["python"]).json["warnings"]
    assert said not in pack(tmp_path / "three", "--base", "scratch", specs=["python"]).err
    debian().write(tmp_path / "debian")
    assert said not in pack(tmp_path / "four", "--base", tmp_path / "debian", specs=["python"]).err
    words = ["-c", own_channel, "--override-channels", "--no-pip", "python"]
    assert said not in krait("pack", *words, "-o", tmp_path / "env.tar").err
