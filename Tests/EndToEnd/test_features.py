# SPDX-License-Identifier: BSD-3-Clause
"""What packages can hold, each kind from a real archive of the channel."""

import os
import stat
import subprocess
import unicodedata

import pytest

from prefixes import packages_loaded_by_rattler, problems, records, snapshot, versions

#: with nothing of the machine that runs the tests, and so that python leaves no file behind
CLEAN = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}


def run(*words, env=None):
    """Runs a program and gives what it printed."""
    return subprocess.run(
        [str(word) for word in words], check=True, capture_output=True, text=True, env=env or CLEAN
    ).stdout


def test_all_together(features):
    assert problems(features) == ["var/feature/log.txt belongs to no package"]  # a link script made it
    assert len(packages_loaded_by_rattler(features)) == len(records(features)) > 45


# Containers


@pytest.mark.parametrize(
    "name", ["feature-tar-bz2", "feature-tar-bz2-generic", "feature-zip-info-first", "feature-zip-descriptors"]
)
def test_containers(features, name):
    assert (features / f"share/{name}/about.txt").read_text().startswith(f"{name} 1.0 ")


@pytest.mark.parametrize("name", ["feature-zip-descriptors", "feature-zip-info-first", "feature-big"])
def test_containers_from_a_server(krait, server, tmp_path, name):
    krait.create(tmp_path / "env", name, channel=server.url)
    assert problems(tmp_path / "env") == []


def test_conda_is_taken_before_tar_bz2(features):
    assert records(features)["feature-twin"]["fn"].endswith(".conda")


def test_tar_bz2_alone_on_request(krait):
    assert krait.solve("feature-twin", "--use-only-tar-bz2")["feature-twin"]["fn"].endswith(".tar.bz2")


def test_a_wide_zstd_window(features):
    assert (features / "share/feature-big/data.bin").stat().st_size == 20 << 20


# Placeholders


def test_text_prefix(features):
    assert run(features / "bin/feature-shell") == f"{features}\n"
    assert (features / "bin/feature-shell").read_text().splitlines()[1] == f"# of {features}"
    text = (features / "etc/feature-prefix-text.conf").read_text()
    assert text == f"# größer, 設定\nroot = {features}\npath = {features}/bin:{features}/sbin\nlast={features}"
    assert (features / "etc/feature-short.conf").read_text() == f"root={features}/x\n"


def test_text_prefix_in_python_scripts(features):
    assert run(features / "bin/feature-python") == f"{features}\n{features}\n"
    assert run(features / "bin/feature-python-options") == "1\n"


def test_binary_prefix(features):
    program = features / "bin/feature-binary"
    assert run(program) == f"{features}\n"
    assert run(program, "paths") == f"{features}/lib:{features}/share:{features}/etc\n"
    assert run(program, "library") == f"{features}/share/feature-prefix-binary\n"
    assert run(program, "marker") == "unchanged\n"


def test_binary_prefix_keeps_the_length(features):
    record = records(features)["feature-prefix-binary"]
    for path in record["paths_data"]["paths"]:
        if path.get("file_mode") == "binary":
            assert (features / path["_path"]).stat().st_size == path["size_in_bytes"]
    prefix = os.fsencode(features)
    table = (features / "share/feature-prefix-binary/table.bin").read_bytes()
    fields = [field for field in table.split(b"\0") if field]
    assert fields == [b"\x01\x02", prefix, prefix + b"/a:" + prefix + b"/b", b"tail", prefix + b"/end"]


def test_binary_prefix_at_the_end_of_a_file(features):
    body = (features / "share/feature-prefix-binary/open.bin").read_bytes()
    assert body.rstrip(b"\0") == b"\x7f\0" + os.fsencode(features) + b"/without-a-nul"


def test_rewritten_files_are_copies(features):
    for path in ("bin/feature-shell", "bin/feature-binary", "etc/feature-hard.conf"):
        assert (features / path).stat().st_nlink == 1, path


def test_rewritten_files_are_newer_than_packaged_ones(features):
    """So that no stale .pyc is trusted (Rules 12.4)."""
    packaged = (features / "share/feature-prefix-text/about.txt").stat().st_mtime
    assert (features / "bin/feature-shell").stat().st_mtime > packaged


def test_prefix_longer_than_the_placeholder(krait, tmp_path):
    folder = tmp_path / ("long" * 50) / ("longer" * 30)
    result = krait.create(folder / "env", "feature-prefix-binary", code=None)
    assert result.code in (2, 5, 6), result
    assert "feature-prefix-binary" in result.err
    assert "255" in result.err and str(len(str(folder / "env"))) in result.err
    assert not (folder / "env").exists()


def test_long_shebangs(krait, tmp_path):
    """A first line of more than 127 bytes is beyond what the kernel takes (Rules 12.4)."""
    prefix = tmp_path / ("long" * 30) / "env"
    krait.create(prefix, "feature-prefix-text", "feature-noarch-python")
    assert len(str(prefix)) > 127
    assert run(prefix / "bin/feature-python") == f"{prefix}\n{prefix}\n"
    assert run(prefix / "bin/feature-python-options") == "1\n"
    assert run(prefix / "bin/feature-main", "x") == "main 2.0 x\n"
    assert run(prefix / "bin/feature-script") == "script 2.0\n"
    assert problems(prefix) == []


def test_prefix_with_a_space(krait, tmp_path):
    prefix = tmp_path / "with space" / "env"
    krait.create(prefix, "feature-prefix-text", "feature-noarch-python", "feature-prefix-binary")
    assert run(prefix / "bin/feature-python") == f"{prefix}\n{prefix}\n"
    assert run(prefix / "bin/feature-main") == "main 2.0\n"
    assert run(prefix / "bin/feature-binary") == f"{prefix}\n"


# Legacy metadata


def test_legacy_info(features):
    assert run(features / "bin/feature-legacy") == f"{features}\n"
    assert (
        (features / "share/feature-legacy/table.bin").read_bytes().startswith(b"\0" + os.fsencode(features) + b"/x\0")
    )
    assert (features / "share/feature-legacy/copied.txt").stat().st_nlink == 1
    assert os.readlink(features / "share/feature-legacy/link") == "copied.txt"
    paths = {path["_path"]: path for path in records(features)["feature-legacy"]["paths_data"]["paths"]}
    assert paths["share/feature-legacy/link"]["path_type"] == "softlink"


def test_legacy_default_placeholder(features):
    assert (features / "etc/feature-legacy.conf").read_text() == f"root={features}\n"


def test_no_link_is_copied(features):
    assert (features / "share/feature-no-link/copied.txt").stat().st_nlink == 1
    assert (features / "share/feature-no-link/about.txt").stat().st_nlink > 1


# Links, names, modes


def test_symlinks(features):
    expected = {
        "lib/libsymlinks.so": "libsymlinks.so.1",
        "lib/libsymlinks.so.1": "libsymlinks.so.1.0",
        "share/feature-symlinks/to-file": "real/file.txt",
        "share/feature-symlinks/to-directory": "real",
        "share/feature-symlinks/up": "../../lib/libsymlinks.so",
        "share/feature-symlinks/dangling": "nowhere/to/be/found",
        "share/feature-symlinks/other-package": "../feature-no-link/copied.txt",
    }
    assert {path: os.readlink(features / path) for path in expected} == expected


def test_empty_directories(features):
    assert list((features / "share/feature-directory/empty").iterdir()) == []


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_hard_links_inside_an_archive(krait, tmp_path, version):
    prefix = tmp_path / "env"
    krait.create(prefix, f"feature-hard-links={version}")
    for path in ("bin/feature-hard", "bin/feature-hard-again", "share/feature-hard-links/far"):
        assert (prefix / path).read_text() == f"#!/bin/sh\necho hard {version}\n"
        assert os.access(prefix / path, os.X_OK)
    for path in ("etc/feature-hard.conf", "etc/feature-hard-again.conf"):
        assert (prefix / path).read_text() == f"root={prefix}\n"
    assert problems(prefix) == []


@pytest.mark.parametrize("name", ["feature-names", "feature-names-gnu"])
def test_names(features, name):
    folder = features / "share" / name
    deep = "/".join(["d" * 60] * 5) + "/deep.txt"
    for path in (
        "ünïcödé.txt",
        "日本語/ファイル.txt",
        "with space.txt",
        " leading and trailing ",
        "with\nnewline.txt",
        "quote\"s and 's",
        "back\\slash",
        "$HOME `x`",
        "-dash",
        "l" * 200,
        deep,
    ):
        assert (folder / path).read_text() == f"{path!r}\n"
        assert unicodedata.is_normalized("NFC", path)
    assert os.readlink(folder / "link to ünïcödé") == "ünïcödé.txt"
    assert os.readlink(folder / "long link") == deep


def test_names_that_differ_in_case_only(features):
    assert (features / "share/feature-case/README").read_text() == "upper\n"
    assert (features / "share/feature-case/readme").read_text() == "lower\n"


def test_modes(features, channel, tmp_path):
    folder = features / "share/feature-modes"
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.name != "about.txt"}
    # As packaged, less what the umask of the user takes from group and others.
    assert found == {name: int(name, 8) & ~0o022 for name in ("755", "644", "444", "600", "775", "555", "664")}


# Python


def test_noarch_python_goes_to_site_packages(features):
    site = features / "lib/python3.11/site-packages"
    assert (site / "feature_noarch/__init__.py").read_text() == '__version__ = "2.0"\n'
    assert (site / "feature_noarch/prefix.py").read_text() == f'PREFIX = "{features}"\n'
    assert (features / "share/feature-noarch-python/data.txt").read_text() == "2.0\n"
    assert not (features / "site-packages").exists() and not (features / "python-scripts").exists()
    assert run(features / "bin/feature-script") == "script 2.0\n"


def test_entry_points(features):
    assert run(features / "bin/feature-main", "a", "b") == "main 2.0 a b\n"
    assert run(features / "bin/feature-nested") == "nested 2.0\n"
    assert subprocess.run([features / "bin/feature-main", "fail"], env=CLEAN, capture_output=True).returncode == 3
    assert stat.S_IMODE((features / "bin/feature-main").stat().st_mode) == 0o755
    paths = {path["_path"]: path for path in records(features)["feature-noarch-python"]["paths_data"]["paths"]}
    assert paths["bin/feature-main"]["path_type"] == "unix_python_entry_point"


def compiled(prefix):
    return sorted(
        path.name for path in (prefix / "lib/python3.11/site-packages/feature_noarch").glob("**/__pycache__/*.pyc")
    )


def test_pyc_as_conda(features):
    # broken_syntax.py does not compile, which is no error.
    assert compiled(features) == [
        "__init__.cpython-311.pyc",
        "__init__.cpython-311.pyc",
        "cli.cpython-311.pyc",
        "prefix.cpython-311.pyc",
    ]
    listed = {
        path["_path"]
        for path in records(features)["feature-noarch-python"]["paths_data"]["paths"]
        if path["path_type"] == "pyc_file"
    }
    site = "lib/python3.11/site-packages/feature_noarch"
    assert f"{site}/__pycache__/cli.cpython-311.pyc" in listed
    assert f"{site}/sub/__pycache__/__init__.cpython-311.pyc" in listed


IMPORT = "import feature_noarch.cli, feature_noarch.sub, feature_noarch.prefix; print(feature_noarch.cli.__cached__)"


@pytest.mark.parametrize(
    "words, flags",
    [([], 0), (["--pyc", "timestamp"], 0), (["--pyc", "checked-hash"], 3), (["--pyc", "unchecked-hash"], 1)],
)
def test_pyc_modes(krait, tmp_path, words, flags):
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-noarch-python", *words)
    cached = run(prefix / "bin/python", "-c", IMPORT, env={"PATH": "/usr/bin:/bin"}).strip()
    with open(cached, "rb") as file:
        header = file.read(16)
    assert int.from_bytes(header[4:8], "little") == flags
    # Python takes it as it is: nothing is compiled again.
    done = subprocess.run([prefix / "bin/python", "-v", "-c", IMPORT], capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if "feature_noarch" in line]
    assert any("matches" in line for line in lines)
    assert not any("wrote" in line or "stale" in line or "bad" in line for line in lines), lines


@pytest.mark.parametrize("words", [["--no-pyc"], ["--pyc", "none"]])
def test_no_pyc(krait, tmp_path, words):
    krait.create(tmp_path / "env", "feature-noarch-python", *words)
    assert compiled(tmp_path / "env") == []
    assert problems(tmp_path / "env") == []


def test_pyc_outlives_a_touch(krait, tmp_path):
    """Requirements R-16: with unchecked-hash nothing is compiled again after touch, zip or COPY."""
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-noarch-python", "--pyc", "unchecked-hash")
    source = prefix / "lib/python3.11/site-packages/feature_noarch/cli.py"
    source.unlink(), source.write_text("raise SystemExit('compiled again')\n")
    done = subprocess.run([prefix / "bin/python", "-v", "-c", IMPORT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-300:]
    assert not [line for line in done.stderr.splitlines() if "wrote" in line and "feature_noarch" in line]


def free_threaded(own_channel):
    """A python that keeps its modules elsewhere (CEP 17), and a module."""
    own_channel.add(
        "python",
        "3.13.1",
        {"bin/python3.13t": "#!/bin/sh\necho python\n"},
        noarch=None,
        subdir="linux-64",
        build="0_cp313t",
        index={"python_site_packages_path": "lib/python3.13t/site-packages"},
    )
    own_channel.add(
        "module",
        "1.0",
        {"site-packages/module.py": "x = 1\n", "python-scripts/script": "#!/bin/sh\n"},
        noarch="python",
        depends=["python"],
        link={"package_metadata_version": 1, "noarch": {"type": "python", "entry_points": ["go = module:go"]}},
    )


def test_python_site_packages_path(krait, own_channel, tmp_path):
    free_threaded(own_channel)
    prefix = tmp_path / "env"
    krait.create(prefix, "module", "--no-pyc", channel=own_channel)
    assert (prefix / "lib/python3.13t/site-packages/module.py").read_text() == "x = 1\n"
    assert f"{prefix}/bin/python3.13" in (prefix / "bin/go").read_text().splitlines()[0]
    assert os.access(prefix / "bin/script", os.X_OK)


def test_noarch_python_without_python(krait, own_channel, tmp_path):
    own_channel.add(
        "module",
        "1.0",
        {"site-packages/module.py": "x = 1\n"},
        noarch="python",
        link={"package_metadata_version": 1, "noarch": {"type": "python"}},
    )
    result = krait.create(tmp_path / "env", "module", channel=own_channel, code=None)
    assert result.code in (1, 3, 5), result
    assert "python" in result.err and "module" in result.err
    assert not (tmp_path / "env").exists()


def test_entry_point_that_climbs_out(krait, own_channel, tmp_path):
    """GHSA-q53q-5r4j-5729."""
    own_channel.add("python", "3.11.0", {"bin/python3.11": "#!/bin/sh\n"}, noarch=None, subdir="linux-64")
    own_channel.add(
        "module",
        "1.0",
        {"site-packages/module.py": ""},
        noarch="python",
        depends=["python"],
        link={"package_metadata_version": 1, "noarch": {"type": "python", "entry_points": ["../../evil = module:go"]}},
    )
    result = krait.create(tmp_path / "env", "module", "--no-pyc", channel=own_channel, code=5)
    assert "module" in result.err and "evil" in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "own-channel"]


# Link scripts


def test_link_scripts_run_and_are_named(krait, tmp_path):
    prefix = tmp_path / "env"
    result = krait.create(prefix, "feature-link-scripts")
    assert (prefix / "var/feature/log.txt").read_text() == f"post-link feature-link-scripts 2.0 0 {prefix}\n"
    assert "feature-link-scripts 2.0 is linked" in result.err, "the message of the package is not shown"
    assert result.err.count("feature-link-scripts") >= 2, "the package with a script is not named"
    assert not (prefix / ".messages.txt").exists()
    assert result.out == ""


def test_link_scripts_and_json(krait, tmp_path):
    document = krait.create(tmp_path / "env", "--json", "feature-link-scripts").json
    assert document["success"] is True
    assert [script.split()[0] for script in document["link_scripts"]] == ["feature-link-scripts"]
    assert "feature-link-scripts 2.0 is linked" in document["messages"]


@pytest.mark.parametrize("flag", ["--no-link-scripts", "--skip-run-link-scripts"])
def test_no_link_scripts(krait, tmp_path, flag):
    prefix = tmp_path / "env"
    krait.create(prefix, flag, "feature-link-scripts", "feature-link-script-fails")
    assert not (prefix / "var").exists()
    assert (prefix / "bin/.feature-link-scripts-post-link.sh").is_file()
    assert problems(prefix) == []


def test_a_link_script_that_fails(krait, tmp_path):
    prefix = tmp_path / "env"
    result = krait.create(prefix, "feature-link-script-fails", "feature-tar-bz2", code=1)
    assert "feature-link-script-fails" in result.err
    assert "7" in result.err, "the exit code of the script is not told"
    assert "said on stderr" in result.err
    assert "no luck" in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


# Clobbering


def test_the_last_in_topological_order_wins(krait, tmp_path):
    prefix = tmp_path / "env"
    result = krait.create(prefix, "feature-clobber-b", "feature-clobber-a")
    assert (prefix / "share/feature-clobber/shared.txt").read_text() == "from b\n"
    assert (prefix / "etc/feature-clobber.conf").read_text() == f"b={prefix}\n"
    lines = [
        line
        for line in result.err.splitlines()
        if "share/feature-clobber/shared.txt" in line or "etc/feature-clobber.conf" in line
    ]
    assert len(lines) == 1, result.err
    assert "feature-clobber-a" in lines[0] and "feature-clobber-b" in lines[0]
    assert problems(prefix) == []


def test_the_winner_does_not_depend_on_the_order_asked(krait, tmp_path):
    names = ["feature-clobber-a", "feature-clobber-b", "feature-clobber-c"]
    for number, order in enumerate((names, names[::-1], [names[1], names[2], names[0]])):
        krait.create(tmp_path / f"env{number}", *order)
    found = {(tmp_path / f"env{number}/share/feature-clobber/shared.txt").read_text() for number in range(3)}
    assert len(found) == 1 and found != {"from a\n"}


def test_clobbering_is_undone_on_remove(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "feature-clobber-b", "feature-clobber-a")
    krait("remove", "-y", "-p", prefix, "feature-clobber-b", "--no-prune-deps")
    assert (prefix / "share/feature-clobber/shared.txt").read_text() == "from a\n"
    assert (prefix / "etc/feature-clobber.conf").read_text() == f"a={prefix}\n"
    assert not (prefix / "share/feature-clobber/b.txt").exists()
    assert problems(prefix) == []


# Packages without files, for other machines, with cycles


def test_empty_packages(krait, tmp_path):
    krait.create(tmp_path / "env", "feature-empty")
    assert versions(tmp_path / "env") == {"feature-empty": "1.0"}
    assert records(tmp_path / "env")["feature-empty"]["files"] == []


def test_a_package_of_packages(features):
    assert {"requests", "flask", "feature-empty"} <= set(records(features))


def test_a_cycle(features):
    assert {"feature-cycle-a", "feature-cycle-b"} <= set(records(features))


def test_virtual_packages_choose_builds(krait):
    def build(**env):
        return krait.solve("feature-cuda-optional", env=env)["feature-cuda-optional"]["build_string"]

    assert build(CONDA_OVERRIDE_CUDA="12.4") == "cuda_1"
    assert build(CONDA_OVERRIDE_CUDA="11.8") == "cpu_0"
    assert build(CONDA_OVERRIDE_CUDA="") == "cpu_0"
    cuda = krait.solve("feature-cuda", "--virtual-package", "__cuda=12.8")
    assert cuda["feature-cuda"]["version"] == "1.0"


def test_another_platform(krait, channel):
    chosen = krait.solve("--platform", "osx-arm64", "python", env={"CONDA_OVERRIDE_OSX": "14.0"})
    assert chosen["python"]["platform"] == "osx-arm64"
    assert (
        "__osx" in krait.solve("--platform", "osx-arm64", "python", env={"CONDA_OVERRIDE_OSX": "10.9"}, code=3)["error"]
    )


def test_activation_scripts_are_linked(features):
    assert len(list((features / "etc/conda/activate.d").glob("*.sh"))) == 2
    assert len(list((features / "etc/conda/env_vars.d").iterdir())) == 2


# Ways of linking


@pytest.mark.parametrize(
    "words, links",
    [([], True), (["--always-copy"], False), (["--link-mode", "copy"], False), (["--link-mode", "hardlink"], True)],
)
def test_link_modes(krait, tmp_path, words, links):
    prefix = tmp_path / "env"
    krait.create(prefix, *words, "feature-modes")
    assert ((prefix / "share/feature-modes/755").stat().st_nlink > 1) == links
    assert problems(prefix) == []


def test_links_across_disks_become_copies(krait, mounted):
    disk = mounted("20m")
    result = krait.create(disk / "env", "feature-modes", "feature-symlinks")
    assert "warning" not in result.err.lower(), "uv warns each time, and users ask not to"
    assert problems(disk / "env") == []


def test_soft_links_on_request(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "--link-mode", "softlink", "feature-tar-bz2")
    path = prefix / "share/feature-tar-bz2/about.txt"
    assert path.is_symlink() and path.read_text().startswith("feature-tar-bz2 1.0")


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "time.sleep(1000)"])
def test_a_python_that_dies_or_hangs_costs_its_file(krait, own_channel, tmp_path, end):
    """The others are compiled, and the environment is made."""
    compiler = f"""
import os, py_compile, time
real = py_compile.compile
def compile(source, cfile, **more):
    if source.endswith("bad.py"):
        open(cfile + ".1234", "w").close()
        {end}
    return real(source, cfile, **more)
py_compile.compile = compile
"""
    hook = tmp_path / "hook.py"
    hook.write_text(compiler)
    body = f'''#!/bin/sh
exec /usr/bin/python3.11 -c "exec(open('{hook}').read()); import sys; exec(sys.argv.pop(1))" "$6" "$7"
'''
    files = {"bin/python3.11": body, "bin/python": body}
    own_channel.add("python", "3.11.99", files, noarch=None, subdir="linux-64", build="0_cpython")
    sources = {f"site-packages/mod{number:02}.py": f"x = {number}\n" for number in range(20)}
    own_channel.add("lib", "1.0", {**sources, "site-packages/bad.py": "y = 1\n"}, noarch="python")
    result = krait.create(tmp_path / "env", "lib", "python", "--no-pip", channel=own_channel, env={"KRAIT_PYC_TIMEOUT": "1"})
    assert "1 of the files it compiled, first lib/python3.11/site-packages/bad.py" in result.err
    made = sorted(path.name for path in (tmp_path / "env/lib/python3.11/site-packages/__pycache__").iterdir())
    assert made == [f"mod{number:02}.cpython-311.pyc" for number in range(20)]
    assert krait("doctor", "-p", tmp_path / "env").code == 0
