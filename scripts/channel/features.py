# SPDX-License-Identifier: BSD-3-Clause
"""Small packages, one for each thing that an archive, a record or an environment can do."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tarfile
import tempfile
from pathlib import Path

import arch
from package import EPOCH, PLACEHOLDER, Package

# The placeholder of packages that say none, put together here so that no tool rewrites it.
OLD_PLACEHOLDER = "/opt/" + "anaconda1" + "anaconda2" + "anaconda3"

PROGRAM = r"""
#include <stdio.h>
#include <string.h>
/* Volatile, so that no length is known to the compiler: the prefix is shorter once it is rewritten. */
static const char prefix[] = PREFIX;
static const char paths[] = PREFIX "/lib:" PREFIX "/share:" PREFIX "/etc";
static const char marker[] = "unchanged";
static const char *volatile prefix_pointer = prefix;
static const char *volatile paths_pointer = paths;
const char *feature_library_prefix(void);
int main(int count, char **arguments) {
    if (count > 1 && !strcmp(arguments[1], "paths")) return puts(paths_pointer) < 0;
    if (count > 1 && !strcmp(arguments[1], "library")) return puts(feature_library_prefix()) < 0;
    if (count > 1 && !strcmp(arguments[1], "marker")) return puts(marker) < 0;
    return puts(prefix_pointer) < 0;
}
"""
LIBRARY = r"""
static const char data[] = PREFIX "/share/feature-prefix-binary";
static const char *volatile pointer = data;
const char *feature_library_prefix(void) { return pointer; }
"""


def small(name, version="1.0", **more):
    """A package with one text file that tells name, version and build."""
    package = Package(name, version, **more).finish()
    package.add(f"share/{name}/about.txt", f"{name} {version} {package.build}\n")
    return package


def generic(name, version="1.0", **more):
    """As `small`, for all platforms."""
    return small(name, version, **{"subdir": "noarch", "noarch": "generic", **more})


def meta(name, version="1.0", **more):
    """A package without files."""
    return Package(name, version, **{"subdir": "noarch", "noarch": "generic", **more}).finish()


def containers():
    """The two formats and the shapes they come in."""
    yield small("feature-tar-bz2", suffix=".tar.bz2")
    yield generic("feature-tar-bz2-generic", suffix=".tar.bz2")
    for suffix in (".conda", ".tar.bz2"):
        yield small("feature-twin", build="h0000000_0", suffix=suffix)
    yield small("feature-zip-info-first", zip_shape="info-first")
    # py-rattler reads this one from a server only.
    yield small("feature-zip-descriptors", zip_shape="descriptors")

    big = small("feature-big", long_window=True)
    block = random.Random(1).randbytes(1 << 20)
    # 20 MB in which everything repeats, but only within a window of 16 MB.
    blocks = [block] + [random.Random(seed).randbytes(1 << 14) + block[1 << 14 :] for seed in range(2, 20)]
    big.add("share/feature-big/data.bin", b"".join(blocks) + block)
    yield big


def prefixes():
    """Placeholders in text and in compiled code."""
    text = small("feature-prefix-text", depends=["python"])
    text.add("bin/feature-shell", f"#!/bin/sh\n# of {PLACEHOLDER}\necho {PLACEHOLDER}\n", 0o755)
    text.add(
        "bin/feature-python",
        f"#!{PLACEHOLDER}/bin/python\nimport sys\n\nprint(sys.prefix)\nprint('{PLACEHOLDER}')\n",
        0o755,
    )
    text.add(
        "bin/feature-python-options",
        f"#! {PLACEHOLDER}/bin/python3.11 -Es\nimport sys\n\nprint(sys.flags.no_user_site)\n",
        0o755,
    )
    text.add(
        "etc/feature-prefix-text.conf",
        f"# größer, 設定\nroot = {PLACEHOLDER}\npath = {PLACEHOLDER}/bin:{PLACEHOLDER}/sbin\nlast={PLACEHOLDER}",
    )
    text.add("lib/pkgconfig/feature.pc", f"prefix={PLACEHOLDER}\nlibdir=${{prefix}}/lib\n")
    # A placeholder of its own, shorter than most prefixes: text takes any length.
    text.add("etc/feature-short.conf", "root=/@P@/x\n", placeholder="/@P@")
    yield text

    binary = small("feature-prefix-binary")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "program.c").write_text(PROGRAM)
        (root / "library.c").write_text(LIBRARY)
        define = f'-DPREFIX="{PLACEHOLDER}"'
        common = [*arch.compiler(), "-O1", define, "-Wl,--build-id=none", "-s"]
        subprocess.run(
            [*common, "-shared", "-fPIC", "-Wl,-soname,libfeature.so.1", "-o", "libfeature.so.1", "library.c"],
            cwd=root,
            check=True,
        )
        subprocess.run(
            [*common, "-o", "program", "program.c", "./libfeature.so.1", "-Wl,-rpath,$ORIGIN/../lib"],
            cwd=root,
            check=True,
        )
        binary.add("bin/feature-binary", (root / "program").read_bytes(), 0o755)
        binary.add("lib/libfeature.so.1", (root / "libfeature.so.1").read_bytes(), 0o755)
    binary.symlink("lib/libfeature.so", "libfeature.so.1")
    nul = b"\0"
    field = PLACEHOLDER.encode()
    # Strings one after the other, two hits in one, one that ends with the file.
    binary.add(
        "share/feature-prefix-binary/table.bin",
        nul.join([b"\x01\x02", field, field + b"/a:" + field + b"/b", b"tail", field + b"/end"]) + nul,
        placeholder=PLACEHOLDER,
        file_mode="binary",
    )
    binary.add(
        "share/feature-prefix-binary/open.bin",
        b"\x7f" + nul + field + b"/without-a-nul",
        placeholder=PLACEHOLDER,
        file_mode="binary",
    )
    yield binary


def legacy():
    """What packages looked like before paths.json."""
    package = small("feature-legacy", suffix=".tar.bz2", legacy_info=True)
    package.add("bin/feature-legacy", f"#!/bin/sh\necho {OLD_PLACEHOLDER}\n", 0o755, placeholder=OLD_PLACEHOLDER)
    package.add(
        "share/feature-legacy/table.bin",
        b"\0" + PLACEHOLDER.encode() + b"/x\0",
        placeholder=PLACEHOLDER,
        file_mode="binary",
    )
    package.add("share/feature-legacy/copied.txt", "copied, never linked\n", no_link=True)
    package.symlink("share/feature-legacy/link", "copied.txt")
    yield package

    bare = generic("feature-legacy-default-prefix", suffix=".tar.bz2", legacy_info=True)
    # has_prefix with a path alone: text, and the default placeholder.
    bare.add("etc/feature-legacy.conf", f"root={OLD_PLACEHOLDER}\n", placeholder=None)
    bare.info["has_prefix"] = b"etc/feature-legacy.conf\n"
    yield bare

    no_link = small("feature-no-link")
    no_link.add("share/feature-no-link/copied.txt", "copied, never linked\n", no_link=True)
    yield no_link


def links_and_names():
    """Links of every kind, and names that trip up careless code."""
    links = small("feature-symlinks")
    links.add("share/feature-symlinks/real/file.txt", "real\n")
    links.add("lib/libsymlinks.so.1.0", "not a library\n", 0o755)
    links.symlink("lib/libsymlinks.so.1", "libsymlinks.so.1.0")
    links.symlink("lib/libsymlinks.so", "libsymlinks.so.1")
    links.symlink("share/feature-symlinks/to-file", "real/file.txt")
    links.symlink("share/feature-symlinks/to-directory", "real")
    links.symlink("share/feature-symlinks/up", "../../lib/libsymlinks.so")
    links.symlink("share/feature-symlinks/dangling", "nowhere/to/be/found")
    links.symlink("share/feature-symlinks/other-package", "../feature-no-link/copied.txt")
    yield links

    # Apart, because py-rattler cannot link an empty directory.
    directory = small("feature-directory")
    directory.directory("share/feature-directory/empty")
    yield directory

    for version, suffix in (("1.0", ".conda"), ("2.0", ".tar.bz2")):
        hard = small("feature-hard-links", version, suffix=suffix)
        hard.add("bin/feature-hard", f"#!/bin/sh\necho hard {version}\n", 0o755)
        hard.hardlink("bin/feature-hard-again", "bin/feature-hard")
        hard.hardlink("share/feature-hard-links/far", "bin/feature-hard")
        hard.add("etc/feature-hard.conf", f"root={PLACEHOLDER}\n")
        hard.hardlink("etc/feature-hard-again.conf", "etc/feature-hard.conf")
        yield hard

    for name, suffix, tar_format in (
        ("feature-names", ".conda", tarfile.PAX_FORMAT),
        ("feature-names-gnu", ".tar.bz2", tarfile.GNU_FORMAT),
    ):
        names = generic(name, suffix=suffix, tar_format=tar_format)
        folder = f"share/{name}"
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
            "/".join(["d" * 60] * 5) + "/deep.txt",
        ):
            names.add(f"{folder}/{path}", f"{path!r}\n")
        names.symlink(f"{folder}/link to ünïcödé", "ünïcödé.txt")
        names.symlink(f"{folder}/long link", "/".join(["d" * 60] * 5) + "/deep.txt")
        yield names

    case = generic("feature-case")
    case.add("share/feature-case/README", "upper\n")
    case.add("share/feature-case/readme", "lower\n")
    yield case

    modes = small("feature-modes")
    for mode in (0o755, 0o644, 0o444, 0o600, 0o775, 0o555, 0o664):
        modes.add(f"share/feature-modes/{mode:o}", f"{mode:o}\n", mode)
    yield modes


def pythons():
    """Noarch python packages."""
    for version, suffix in (("1.0", ".tar.bz2"), ("2.0", ".conda")):
        package = Package(
            "feature-noarch-python", version, subdir="noarch", noarch="python", build="pyhd8ed1ab_0", suffix=suffix
        )
        package.depends = ["python >=3.8"]
        package.entry_points = [
            "feature-main = feature_noarch.cli:main",
            "feature-nested = feature_noarch.cli:Group.run",
        ]
        package.add("site-packages/feature_noarch/__init__.py", f'__version__ = "{version}"\n')
        package.add(
            "site-packages/feature_noarch/cli.py",
            "import sys\n\nfrom feature_noarch import __version__\n\n\ndef main():\n    print('main', __version__, *sys.argv[1:])\n    return 3 if 'fail' in sys.argv else 0\n\n\nclass Group:\n    @staticmethod\n    def run():\n        print('nested', __version__)\n",
        )
        package.add("site-packages/feature_noarch/prefix.py", f'PREFIX = "{PLACEHOLDER}"\n')
        package.add("site-packages/feature_noarch/broken_syntax.py", "def broken(:\n")
        package.add("site-packages/feature_noarch/sub/__init__.py", "")
        if version == "1.0":
            package.add("site-packages/feature_noarch/gone_in_two.py", "")
        package.add("python-scripts/feature-script", f"#!{PLACEHOLDER}/bin/python\nprint('script {version}')\n", 0o755)
        package.add("share/feature-noarch-python/data.txt", version + "\n")
        info = f"site-packages/feature_noarch_python-{version}.dist-info"
        package.add(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: feature-noarch-python\nVersion: {version}\n")
        package.add(f"{info}/INSTALLER", "conda\n")
        yield package


def activation():
    """Scripts and variables of an activated environment."""
    package = generic("feature-activate")
    for number in (1, 2):
        name = f"feature-activate-{number}"
        package.add(
            f"etc/conda/activate.d/{name}.sh",
            f'export FEATURE_ACTIVATE_{number}="$CONDA_PREFIX/on {number}"\nexport FEATURE_ORDER="${{FEATURE_ORDER:-}}a{number}"\n',
        )
        package.add(
            f"etc/conda/activate.d/{name}.fish",
            f'set -gx FEATURE_ACTIVATE_{number} "$CONDA_PREFIX/on {number}"\nset -gx FEATURE_ORDER "$FEATURE_ORDER"a{number}\n',
        )
        package.add(
            f"etc/conda/deactivate.d/{name}.sh",
            f'unset FEATURE_ACTIVATE_{number}\nexport FEATURE_ORDER="${{FEATURE_ORDER:-}}d{number}"\n',
        )
        package.add(
            f"etc/conda/deactivate.d/{name}.fish",
            f'set -e FEATURE_ACTIVATE_{number}\nset -gx FEATURE_ORDER "$FEATURE_ORDER"d{number}\n',
        )
    variables = {
        "FEATURE_VARIABLE": "with spaces, 'single' and \"double\" quotes, $HOME and `date`",
        "FEATURE_UNICODE": "größer",
        "FEATURE_EMPTY": "",
    }
    package.add(
        "etc/conda/env_vars.d/feature-activate.json", json.dumps(variables, ensure_ascii=False, indent=2) + "\n"
    )
    package.add("etc/conda/env_vars.d/feature-later.json", json.dumps({"FEATURE_LATER": "later"}) + "\n")
    yield package


def link_scripts():
    """Packages whose scripts run when they are linked and unlinked."""
    for version in ("1.0", "2.0"):
        package = generic("feature-link-scripts", version)
        body = '#!/bin/sh\nset -e\nmkdir -p "$PREFIX/var/feature"\n'
        line = 'printf "%s %s %s %s %s\\n" {action} "$PKG_NAME" "$PKG_VERSION" "$PKG_BUILDNUM" "$PREFIX"'
        package.add(
            "bin/.feature-link-scripts-post-link.sh",
            body
            + line.format(action="post-link")
            + ' >> "$PREFIX/var/feature/log.txt"\necho "feature-link-scripts $PKG_VERSION is linked" >> "$PREFIX/.messages.txt"\n',
            0o755,
        )
        package.add(
            "bin/.feature-link-scripts-pre-unlink.sh",
            body
            + line.format(action="pre-unlink")
            + ' >> "$PREFIX/var/feature/log.txt"\necho "feature-link-scripts $PKG_VERSION goes" >> "$PREFIX/.messages.txt"\n',
            0o755,
        )
        yield package
    fails = generic("feature-link-script-fails")
    fails.add(
        "bin/.feature-link-script-fails-post-link.sh",
        '#!/bin/sh\necho "no luck" >> "$PREFIX/.messages.txt"\necho "said on stderr" >&2\nexit 7\n',
        0o755,
    )
    yield fails
    menu = generic("feature-menu")
    menu.add(
        "Menu/feature-menu.json",
        json.dumps(
            {
                "$schema": "https://schemas.conda.org/menuinst-1.schema.json",
                "menu_name": "Feature",
                "menu_items": [{"name": "Feature", "command": ["true"], "platforms": {"linux": {}}}],
            },
            indent=2,
        ),
    )
    yield menu


def clobbering():
    """Packages that own the same paths: b depends on a, c on neither."""
    for letter in "abc":
        package = generic(f"feature-clobber-{letter}", depends=["feature-clobber-a"] if letter == "b" else [])
        package.add("share/feature-clobber/shared.txt", f"from {letter}\n")
        package.add(f"share/feature-clobber/{letter}.txt", f"only {letter}\n")
        if letter != "c":
            package.add("etc/feature-clobber.conf", f"{letter}={PLACEHOLDER}\n")
        yield package


def updates():
    """Versions between which files come, go, change and change their kind."""
    one = generic("feature-update", "1.0")
    one.add("share/feature-update/same.txt", "same\n")
    one.add("share/feature-update/changed.txt", "one\n")
    one.add("share/feature-update/only-one/deep/gone.txt", "gone\n")
    one.add("share/feature-update/folder-then-file/inside.txt", "inside\n")
    one.add("share/feature-update/file-then-folder", "file\n")
    one.symlink("share/feature-update/link-then-file", "same.txt")
    one.add("share/feature-update/file-then-link", "file\n")
    yield one
    for version in ("1.1", "2.0"):
        two = generic("feature-update", version)
        two.add("share/feature-update/same.txt", "same\n")
        two.add("share/feature-update/changed.txt", f"{version}, longer than before\n")
        two.add("share/feature-update/folder-then-file", "file\n")
        two.add("share/feature-update/file-then-folder/inside.txt", "inside\n")
        two.add("share/feature-update/link-then-file", "file\n")
        two.symlink("share/feature-update/file-then-link", "same.txt")
        two.add(f"share/feature-update/only-{version}.txt", version)
        yield two


def solving():
    """Records that make a solver think."""
    yield meta("feature-empty")
    yield meta("feature-meta", depends=["requests >=2.30", "flask", "feature-empty"])
    yield meta("feature-constrains", constrains=["requests <2.32", "no-such-package >=1"])
    yield meta("feature-needs-old-idna", depends=["idna <3.8"])
    yield meta("feature-needs-new-idna", depends=["idna >=3.10"])
    yield meta("feature-conflict", depends=["feature-needs-old-idna", "feature-needs-new-idna"])
    yield small("feature-cuda", depends=["__cuda >=12"])
    yield small("feature-cuda-optional", build="cuda_1", build_number=1, depends=["__cuda >=12"])
    yield small("feature-cuda-optional", build="cpu_0", depends=[])
    yield small("feature-new-glibc", depends=["__glibc >=99"])
    yield generic("feature-osx-only", depends=["__osx"])
    yield generic("feature-unix-only", depends=["__unix"])
    yield small("feature-track", build="plain_0")
    yield small("feature-track", build="tracked_1", build_number=1, track_features="feature-track-me")
    yield generic("feature-builds", "1.0", build="h0000001_0", build_number=0, timestamp=EPOCH + 900)
    yield generic("feature-builds", "1.0", build="h0000002_1", build_number=1, timestamp=EPOCH + 100)
    yield generic("feature-builds", "1.0", build="h0000003_1", build_number=1, timestamp=EPOCH + 200)
    yield generic("feature-builds", "2.0a1", build="h0000004_0", timestamp=EPOCH + 300)
    yield generic("feature-missing", "1.0")
    yield generic("feature-missing", "2.0", depends=["no-such-package >=1"])
    yield generic("feature-cycle-a", depends=["feature-cycle-b"])
    yield generic("feature-cycle-b", depends=["feature-cycle-a"])
    yield generic("feature-arch-and-noarch", build="noarch_0")
    yield small("feature-arch-and-noarch", build="arch_0")
    yield meta("feature-python-old", depends=["python <3.9"])


def everything():
    """All feature packages."""
    os.umask(0o022)
    for group in (
        containers,
        prefixes,
        legacy,
        links_and_names,
        pythons,
        activation,
        link_scripts,
        clobbering,
        updates,
        solving,
    ):
        yield from group()
