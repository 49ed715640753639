# SPDX-License-Identifier: BSD-3-Clause
"""Transcripts of real shells."""

import pathlib
import subprocess

SHELLS = ["bash", "zsh", "dash", "fish"]

#: how each shell is started so that it reads none of the machine's start-up files
START = {
    "bash": ["bash", "--norc", "--noprofile"],
    "zsh": ["zsh", "--no-rcs"],
    "dash": ["dash"],
    "fish": ["fish", "--no-config"],
}


class Transcript:
    """What a script in one shell printed, and the environment at each place it was marked."""

    def __init__(self, done, marks):
        self.out, self.err, self.code = done.stdout, done.stderr, done.returncode
        self.marks = marks

    def __getitem__(self, mark):
        return self.marks[mark]


def hook(krait, shell):
    """The line that loads krait's functions into a shell."""
    name = "posix" if shell == "dash" else shell
    if shell == "fish":
        return f"{krait.binary} shell hook -s {name} | source"
    return f'eval "$({krait.binary} shell hook -s {name})"'


def play(krait, shell, lines, folder, env=None, start=None):
    """Runs `lines` in a shell; a line `mark NAME` notes the environment as other programs see it, and the prompt."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    script = []
    for line in lines:
        if line.startswith("mark "):
            path = folder / line.split()[1]
            script.append(f"env -0 > '{path}'")
            prompt = "fish_prompt" if shell == "fish" else 'printf %s "${PS1-}"'
            if shell != "fish" or start is None:
                script.append(f"{prompt} > '{path}.prompt'")
        else:
            script.append(line)
    done = subprocess.run(
        [*(start or START[shell]), "-c", "\n".join(script)],
        env=krait.merged(env),
        cwd=krait.home,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    marks = {}
    for line in lines:
        if line.startswith("mark ") and (folder / line.split()[1]).exists():
            path = folder / line.split()[1]
            pairs = (pair.partition("=") for pair in path.read_text().split("\0") if pair)
            marks[path.name] = {name: value for name, _, value in pairs if name not in ("_", "SHLVL", "PWD", "OLDPWD")}
            prompt = path.with_name(path.name + ".prompt")
            marks[path.name]["PROMPT"] = prompt.read_text() if prompt.exists() else ""
    return Transcript(done, marks)
