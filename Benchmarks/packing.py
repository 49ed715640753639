# SPDX-License-Identifier: BSD-3-Clause
"""What packing costs over compression alone, and from a pack to the first line after `import pandas`."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import create
import places
import tools
from measure import Command

SPECS = ["python=3.11", "pandas"]
PROGRAM = ["python", "-c", "import pandas; print('ready')"]
LIMIT = "200mbit"


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
    """From an empty directory to the first line after `import pandas`, from files that are here, and over a network."""
    with places.small_machine() as (small, kind):
        for name, wrapper, place in (("", [], "tmpfs"), (f", one processor, {kind}", small, "disk")):
            with create.site(bench, place, specs=SPECS, wrapper=wrapper) as here:
                ways(bench, name, here)
    with tempfile.TemporaryDirectory(dir=bench.build) as folder:
        try:
            server = places.Server(bench.build, {"channel": bench.channel, "packs": folder}, LIMIT)
        except OSError as problem:
            print(f"unpack, {LIMIT}: not possible here ({problem})")
            return
        with server, create.site(bench, specs=SPECS, wrapper=server.wrapper) as here:
            ways(bench, f", {LIMIT}", here, server, Path(folder))


def ways(bench, name: str, here, server=None, folder=None):
    """`server` gives what is in `folder`, and the channel; without one the files are read where they are."""
    krait = tools.Conda("krait", tools.krait(), pyc=True)
    folder = folder or here.place
    cache, local, prefix, fetched = here.fresh("cache"), here.lock(bench.channel), here.place / "unpacked", here.place / "fetched"
    lock = here.lock(f"{server.url}/channel", "remote", server.wrapper) if server else local
    read = 'curl -fsS "$0" |' if server else '<"$0"'

    def make(path, *words):
        here.bench.run(krait.command(here.place, cache, ["pack", "-q", "--no-rc", "-f", local.explicit, "-o", path, *words]))
        return place_of(path)

    def place_of(path):
        return f"{server.url}/packs/{path.name}" if server else path

    def line(text: str, *words):
        environment = tools.environment(here.place)

        def action():
            values = here.measured(Command(["sh", "-c", text, *words], environment, first_line=True))
            shutil.rmtree(prefix, ignore_errors=True)
            return values
        return action

    program = "python -c \"import pandas; print('ready')\""
    archive = make(folder / "env.tar.zst", "--prefix", prefix)
    exe = make(folder / "env.exe", "--format", "exe")
    fetch = 'curl -fsS -o "$2" "$0" && chmod +x "$2" && set -- "$2" "$1" && exec "$1"' if server else 'set -- "$0" "$1" && exec "$1"'
    actions = {
        "tar.zst": line(f'mkdir "$1" && {read} zstd -qdc | tar -x -C "$1" && exec "$1"/bin/{program}', archive, prefix),
        "exe": line(f'{fetch} -- {program}', exe, prefix, fetched),
        "exe --prefix": line(f'{fetch} --prefix "$2" -- {program}', exe, prefix, fetched),
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
        here.bench.run(krait.install(here.place, cache, installed, local))
        packed = folder / "conda-pack.tar.gz"
        words = [sys.executable, "-m", "conda_pack.cli", "-q", "-p", installed, "-o", packed]
        subprocess.run([*map(str, words)], check=True, capture_output=True)
        shutil.rmtree(installed)
        unpack = f'mkdir "$1" && {read} tar -xz -C "$1" && "$1"/bin/python "$1"/bin/conda-unpack && exec "$1"/bin/{program}'
        actions["conda-pack"] = line(unpack, place_of(packed), prefix)
    else:
        print("conda-pack is not here: no row of it")
    sizes = {path.name: round(path.stat().st_size / 1e6, 1) for path in folder.glob("*.*") if path.is_file()}
    count = min(bench.rounds, 5) if server else 0
    bench.compare(f"unpack/import pandas{name}", actions, count=count, specs=SPECS, megabytes=sizes)
