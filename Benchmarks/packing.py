# SPDX-License-Identifier: BSD-3-Clause
"""What packing costs over compression alone, and from a pack to the first line after `import pandas`."""

import importlib.util
import shutil
import subprocess
import sys

import create
import places
import tools
from measure import Command

SPECS = ["python=3.11", "pandas"]
PROGRAM = ["python", "-c", "import pandas; print('ready')"]


def packs(bench):
    """From a warm cache, each layer made anew, beside compressing the same bytes."""
    with create.site(bench, specs=SPECS) as here:
        krait = tools.Conda("krait", tools.krait(), pyc=True)
        cache, lock = here.fresh("cache"), here.lock()

        def pack(name: str, *words):
            output = here.fresh("pack") if name == "" else here.place / f"pack.{name}"
            arguments = ["pack", "-q", "--no-rc", "-f", lock.explicit, "-o", output, *words]
            return krait.command(here.place, cache, arguments), output

        command, plain = pack("tar")
        here.measured(command)  # fills the cache, and the store of compiled files

        def packed(name: str, *words, wrapper=()):
            def action():
                shutil.rmtree(cache / "pkgs" / "cache" / "krait-layers-v1", ignore_errors=True)
                command, output = pack(name, *words)
                command.wrapper = list(wrapper)
                values = here.measured(command)
                shutil.rmtree(output) if output.is_dir() else output.unlink()
                return values
            return action

        def compressed(line: str):
            words = ["sh", "-c", f'cat "$0" | {line} > "$0.out"', plain]
            return lambda: here.measured(Command(words, tools.environment(here.place)))

        facts = {"specs": SPECS, "megabytes": round(plain.stat().st_size / 1e6)}
        actions = {"krait": packed("", "--format", "oci")}
        if shutil.which("pigz"):
            actions |= {"pigz -6": compressed("pigz -6")}
        bench.compare("pack/oci, gzip", actions, **facts)
        bench.compare("pack/tar.zst", {"krait": packed("tar.zst"), "zstd -3": compressed("zstd -q -3")}, **facts)
        two, one = packed("", "--format", "oci"), packed("", "--format", "oci", wrapper=["taskset", "-c", "0"])
        bench.compare("pack/oci, processors", {"krait, two": two, "krait, one": one}, **facts)


def starts(bench):
    """From an empty directory to the first line after `import pandas`, from files that are here."""
    with places.small_machine() as (small, kind):
        for name, wrapper, place in (("", [], "tmpfs"), (f", one processor, {kind}", small, "disk")):
            with create.site(bench, place, specs=SPECS, wrapper=wrapper) as here:
                ways(bench, name, here)


def ways(bench, name: str, here):
    krait = tools.Conda("krait", tools.krait(), pyc=True)
    cache, lock, prefix = here.fresh("cache"), here.lock(), here.place / "unpacked"

    def make(path, *words):
        here.bench.run(krait.command(here.place, cache, ["pack", "-q", "--no-rc", "-f", lock.explicit, "-o", path, *words]))
        return path

    def line(text: str, *words):
        environment = tools.environment(here.place)

        def action():
            values = here.measured(Command(["sh", "-c", text, *words], environment, first_line=True))
            shutil.rmtree(prefix, ignore_errors=True)
            return values
        return action

    program = "python -c \"import pandas; print('ready')\""
    archive = make(here.place / "env.tar.zst", "--prefix", prefix)
    exe = make(here.place / "env.exe", "--format", "exe")
    actions = {
        "tar.zst": line(f'mkdir "$1" && zstd -qdc "$0" | tar -x -C "$1" && exec "$1"/bin/{program}', archive, prefix),
        "exe": line(f'exec "$0" -- {program}', exe),
        "exe --prefix": line(f'exec "$0" --prefix "$1" -- {program}', exe, prefix),
    }
    # The shape of pixi-pack: archives of packages, which are installed where they are unpacked.
    command = krait.install_and_run(here.place, here.place / "none", prefix, lock, PROGRAM, first_line=True)
    command.arguments[-1] = command.arguments[-1].replace(" create ", " create --no-cache --no-pyc ", 1)

    def archives():
        values = here.measured(Command(command.arguments, command.environment, first_line=True))
        shutil.rmtree(prefix)
        return values
    actions["archives, lock"] = archives
    if importlib.util.find_spec("conda_pack"):
        installed = here.fresh("installed")
        here.bench.run(krait.install(here.place, cache, installed, lock))
        packed = here.place / "conda-pack.tar.gz"
        words = [sys.executable, "-m", "conda_pack.cli", "-q", "-p", installed, "-o", packed]
        subprocess.run([*map(str, words)], check=True, capture_output=True)
        shutil.rmtree(installed)
        unpack = f'mkdir "$1" && tar -xzf "$0" -C "$1" && "$1"/bin/python "$1"/bin/conda-unpack && exec "$1"/bin/{program}'
        actions["conda-pack"] = line(unpack, packed, prefix)
    else:
        print("conda-pack is not here: no row of it")
    sizes = {path.name: round(path.stat().st_size / 1e6, 1) for path in here.place.glob("*.*") if path.is_file()}
    bench.compare(f"unpack/import pandas{name}", actions, specs=SPECS, megabytes=sizes)
