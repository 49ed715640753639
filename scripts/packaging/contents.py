# SPDX-License-Identifier: BSD-3-Clause
"""What goes along with the executable, as {path below the prefix: bytes}."""

import shutil
import subprocess
from pathlib import Path

COMPLETIONS = {
    "bash": "share/bash-completion/completions/krait",
    "zsh": "share/zsh/site-functions/_krait",
    "fish": "share/fish/vendor_completions.d/krait.fish",
}


def shared(krait, root):
    """Manual pages, completions and our own licence; the same for every processor."""

    def told(*words):
        return subprocess.run([krait, *words], check=True, capture_output=True).stdout

    files = {"share/doc/krait/LICENSE": (root / "LICENSE").read_bytes()}
    for name in told("help", "--man").decode().split():
        files[f"share/man/man{name[-1]}/{name}"] = told("help", "--man", name)
    for shell, path in COMPLETIONS.items():
        files[path] = told("shell", "completion", "--shell", shell)
    # zsh reads a function's file by its first line.
    files[COMPLETIONS["zsh"]] = b"#compdef krait\n" + files[COMPLETIONS["zsh"]]
    return files


def licences(deps, root):
    """The licences of what is linked in."""
    folder = "share/doc/krait/third-party"
    files = {f"{folder}/{path.name}": path.read_bytes() for path in sorted((deps / "licences").iterdir())}
    swift = Path(shutil.which("swiftc")).resolve().parents[1] / "share/swift/LICENSE.txt"
    files[f"{folder}/swift"] = swift.read_bytes()
    return files
