# SPDX-License-Identifier: BSD-3-Clause
"""`krait audit IMAGE` and `krait sbom IMAGE`: the same of an image as of the environment in it, whoever made the image."""

import gzip
import hashlib
import io
import json
import tarfile

import pytest

from advisories import advisory, write
from packages import small_python
from registries import Registry

KNOWN = [
    advisory("PYSEC-1", "idna", ("introduced", "0"), ("fixed", "3.7")),
    advisory("PYSEC-2", "urllib3", ("introduced", "0"), ("fixed", "2.2.2")),
    advisory("PYSEC-3", "requests", ("introduced", "0")),
]


def metadata(name, version):
    information = f"site-packages/{name}-{version}.dist-info"
    return {f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", f"{information}/RECORD": ""}


@pytest.fixture
def world(krait, own_channel, tmp_path):
    """(an environment, a lock of it, a database that knows some of its packages)"""
    small_python(own_channel)
    for name, version in {"idna": "3.6", "urllib3": "2.2.2"}.items():
        own_channel.add(name, version, metadata(name, version), noarch="python", depends=["python"], index={"license": "MIT"})
    lock, prefix = tmp_path / "conda-lock.yml", tmp_path / "env"
    krait("lock", "-c", own_channel, "--override-channels", "--no-pip", "python", "idna", "urllib3", "-o", lock)
    krait("create", "-y", "-p", prefix, "-f", lock)
    return prefix, lock, write(tmp_path / "known.zip", *KNOWN)


def findings(krait, *words, **more):
    result = krait("audit", *words, "--json", code=None, **more)
    assert result.code in (0, 1), result
    return {(one["name"], one["id"]) for one in result.json["findings"]}, result.json["checked"]


@pytest.mark.parametrize("form", ["oci", "oci-archive", "docker-archive", "registry"])
def test_an_image_says_what_its_environment_does(krait, world, tmp_path, form):
    prefix, lock, database = world
    image = tmp_path / "image"
    registry = Registry(tmp_path) if form == "registry" else None
    if registry:
        image = f"{registry.host}/team/science:1"
        krait("push", lock, image)
    else:
        krait("pack", "-f", lock, "--format", form, "-o", image)
    expected = findings(krait, "-p", prefix, "--database", database)
    assert expected == ({("idna", "PYSEC-1")}, 2)
    assert findings(krait, image, "--database", database) == expected
    for words in ([], ["--format", "spdx"]):
        env = {"SOURCE_DATE_EPOCH": "1700000000"}
        assert krait("sbom", image, *words, env=env).out == krait("sbom", "-p", prefix, *words, env=env).out
    assert not list(krait.root.glob(".krait-*"))
    if registry:
        registry.close()


@pytest.mark.parametrize("prefix, name", [("/env", "env"), ("/opt/team/env", "opt-team-env")])
def test_an_image_holds_its_bill(krait, world, tmp_path, prefix, name):
    _, lock, _ = world
    layout = tmp_path / "image"
    krait("pack", "-f", lock, "--format", "oci", "--prefix", prefix, "-o", layout)
    manifest = json.loads((layout / "index.json").read_text())["manifests"][0]
    manifest = json.loads((layout / "blobs" / manifest["digest"].replace(":", "/")).read_text())
    found = {}
    for place, blob in enumerate(manifest["layers"]):
        with tarfile.open(layout / "blobs" / blob["digest"].replace(":", "/")) as tar:
            found.update((member.name, (place, tar.extractfile(member).read())) for member in tar if ".cdx" in member.name)
    assert list(found) == [f"usr/share/sbom/{name}.cdx.json"]
    place, document = found.popitem()[1]
    assert place == len(manifest["layers"]) - 1
    assert document.decode() == krait("sbom", layout).out


def layer(*members):
    """A gzip layer of (path, text), (path, None) for a directory, (path, ("link", target))."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, what in members:
            member = tarfile.TarInfo(path)
            if isinstance(what, tuple):
                member.type, member.linkname = tarfile.LNKTYPE, what[1]
            body = what.encode() if isinstance(what, str) else b""
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def layout(path, *layers):
    """An image of other makers."""
    (path / "blobs/sha256").mkdir(parents=True)

    def blob(body, kind):
        digest = hashlib.sha256(body).hexdigest()
        (path / "blobs/sha256" / digest).write_bytes(body)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(body)}

    plain = [f"sha256:{hashlib.sha256(gzip.decompress(body)).hexdigest()}" for body in layers]
    config = {"architecture": "arm64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": plain}}
    manifest = {
        "schemaVersion": 2,
        "config": blob(json.dumps(config).encode(), "config.v1+json"),
        "layers": [blob(body, "layer.v1.tar+gzip") for body in layers],
    }
    index = {"schemaVersion": 2, "manifests": [blob(json.dumps(manifest).encode(), "manifest.v1+json")]}
    (path / "index.json").write_text(json.dumps(index))
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return path


def members(prefix, below, names=("*",)):
    """What an environment has of records and metadata, as members of a layer."""
    found = []
    for pattern in ("conda-meta/*", "lib/python3.11/site-packages/*.dist-info/*"):
        for path in sorted(prefix.glob(pattern)):
            if any(path.match(f"{name}") or name in str(path) for name in names):
                found.append((f"{below}/{path.relative_to(prefix)}", path.read_text()))
    return found


def test_layers_of_others(krait, world, tmp_path):
    """Another processor's; links between files as pip and conda in a Dockerfile leave them; what a later layer removes."""
    prefix, _, database = world
    whole = members(prefix, "./opt/conda")
    kept = "opt/conda/pkgs/idna/site-packages/idna-3.6.dist-info/METADATA"
    linked = [(path, ("link", kept)) if path.endswith("idna-3.6.dist-info/METADATA") else (path, text) for path, text in whole]
    text = dict(whole)["./opt/conda/lib/python3.11/site-packages/idna-3.6.dist-info/METADATA"]
    pip = "opt/conda/lib/python3.11/site-packages/requests-2.0.dist-info"
    more = [(f"{pip}/METADATA", "Metadata-Version: 2.1\nName: requests\nVersion: 2.0\n"), (f"{pip}/INSTALLER", "pip\n")]
    image = layout(tmp_path / "one", layer((kept, text), *linked), layer(*more))
    assert findings(krait, image, "--database", database) == ({("idna", "PYSEC-1"), ("requests", "PYSEC-3")}, 3)
    record = next(path for path, _ in whole if "conda-meta/idna" in path).removeprefix("./")
    folder, name = record.rsplit("/", 1)
    site = "opt/conda/lib/python3.11/site-packages"
    gone = layer((f"{folder}/.wh.{name}", ""), (f"{site}/.wh.idna-3.6.dist-info", ""), (f"{pip}/.wh..wh..opq", ""))
    image = layout(tmp_path / "two", layer((kept, text), *linked), layer(*more), gone)
    assert findings(krait, image, "--database", database) == (set(), 1)


def test_which_environment_of_an_image(krait, world, tmp_path):
    prefix, _, database = world
    image = layout(tmp_path / "image", layer(*members(prefix, "opt/a"), *members(prefix, "opt/b")))
    result = krait("audit", image, "--database", database, code=2)
    assert "/opt/a, /opt/b" in result.complaint and "-p /opt/a" in result.complaint
    assert findings(krait, image, "-p", "/opt/b", "--database", database)[1] == 2
    assert "contains environments at" in krait("sbom", image, "-p", "/opt", code=2).complaint
    empty = layout(tmp_path / "empty", layer(("etc/passwd", "")))
    assert "contains no environment" in krait("sbom", empty, code=2).complaint
    assert "neither a layout nor an archive" in krait("sbom", "nowhere", code=2).complaint
    assert "takes one image" in krait("sbom", image, image, code=2).complaint
    assert "is for environments" in krait("audit", image, "--fix", "--dry-run", "--database", database, code=2).complaint


def test_members_that_lead_out(krait, world, tmp_path):
    """Names and links of a stranger's layer reach nothing else."""
    prefix, _, database = world
    outside = tmp_path / "outside.json"
    bad = [(f"{'../' * 20}{str(outside)[1:]}", "x"), ("../../conda-meta/out-1-0.json", "{}"), ("opt/a/conda-meta/in-1-0.json", ("link", "/etc/passwd"))]
    image = layout(tmp_path / "image", layer(*members(prefix, "opt/a"), *bad))
    assert findings(krait, image, "--database", database)[1] == 2
    assert not outside.exists()
