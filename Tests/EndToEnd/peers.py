# SPDX-License-Identifier: BSD-3-Clause
"""What the peers print, reduced to what programs read of it: exit codes, keys and kinds of documents, columns and labels.

`Tests/Fixtures/peers/TOOL.json` has that of each recorded command; `python peers.py RECORDED TOOL.json` makes it from the
full recordings.
"""

import json
import pathlib
import re
import sys

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "Fixtures" / "peers"


def shape(value):
    """The keys and kinds of a document; of a list, what all its elements have; of a map of paths, of any of them."""
    if isinstance(value, dict):
        if value and all(key.startswith(("/", "$")) for key in value):
            return {"PATH": shape(next(iter(value.values())))}
        return {key: shape(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        shapes = [shape(element) for element in value]
        if shapes and all(isinstance(one, dict) for one in shapes):
            common = set(shapes[0]).intersection(*shapes)
            return [{key: value for key, value in shapes[0].items() if key in common}]
        return shapes[:1]
    return {bool: "bool", int: "number", float: "number", str: "text"}.get(type(value), "null")


def columns(text):
    """The heads of tables and the labels of `label : value` lines, in order."""
    found = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if re.fullmatch(r"[ ─]*─{8,}", below) and len(line.split()) > 1 and line.strip()[0].isupper():
            found.append(" ".join(line.split()[:4]) if "/" in line else " ".join(line.split()))
        elif line.startswith("# Name"):
            found.append(" ".join(line.split()))
        elif match := re.fullmatch(r" *([A-Za-z][A-Za-z:_ -]*?) +: .*|([a-z_]+):.*", line + " "):
            found.append(match[1] or match[2])
    return found


def reduced(recorded):
    """What one recorded command is compared by."""
    try:
        return {"exit": recorded["exit"], "shape": shape(json.loads(recorded["stdout"]))}
    except ValueError:
        return {"exit": recorded["exit"], "columns": columns(recorded["stdout"])}


if __name__ == "__main__":
    everything = json.loads(pathlib.Path(sys.argv[1]).read_text())
    lines = [json.dumps({"command": one["command"], **reduced(one)}, sort_keys=True) for one in everything]
    pathlib.Path(sys.argv[2]).write_text("[\n" + ",\n".join(lines) + "\n]\n")
