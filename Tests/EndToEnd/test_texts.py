# SPDX-License-Identifier: BSD-3-Clause
"""Every text that krait can show, in one file beside this one: messages, hints, questions, help.

The sources are read, not the executable: whatever stands between quotes there and has two words in a row is a text.
What is put in when it is shown is `{…}`, and each line of a longer text stands for itself. Code for shells, Python
and browsers is left out.
"""

import os
import pathlib
import re

from conftest import ROOT

SNAPSHOT = pathlib.Path(__file__).with_name("texts.txt")
REFRESH = "KRAIT_RECORD_SNAPSHOTS=1 .venv/bin/python -m pytest Tests/EndToEnd/test_texts.py"

#: two words, or a word and what is put in
PROSE = re.compile(r"(?=.*[a-z]{2})(?:^|[^-\w])[\w’'{…}`]+[,:;.)`]* [-(`<]*[a-z{][\w`…]")
#: what only code has
CODE = re.compile(
    r"""\$\(|\$[\w{?#*]|\\[($!]|</?\w+[^>]*[>=]|==\ |\ &&\ |;;|\{\ |^\.\w|[a-z]\(|^[a-z_]+\ =\ |"\$|;$
    |^(?:set|setenv|unset|complete|compadd|if|elif|case|functions?|command|return|local|switch|test|eval)\ .*[]["$;*]
    |^(?:import|Copy-Item|Remove-Item|compadd|set\ -)""",
    re.VERBOSE,
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": ""}


def literals(source):
    """What stands between quotes, interpolations as {…}."""
    found, at = [], 0

    def read(at, hashes):
        quote = '"""' if source.startswith('"""', at) else '"'
        end, escape, text = quote + hashes, "\\" + hashes, ""
        at += len(quote)
        while not source.startswith(end, at):
            if not source.startswith(escape, at):
                text, at = text + source[at], at + 1
                continue
            at += len(escape)
            if source[at] == "(":
                text, depth, at = text + "{…}", 1, at + 1
                while depth:
                    if source[at] == '"':
                        at = read(at, "")
                        continue
                    depth += {"(": 1, ")": -1}.get(source[at], 0)
                    at += 1
            elif source[at] == "u":
                stop = source.index("}", at)
                text, at = text + chr(int(source[at + 2:stop], 16)), stop + 1
            else:
                text, at = text + ESCAPES.get(source[at], source[at]), at + 1
        found.append(text)
        return at + len(end)

    while at < len(source):
        if source.startswith("//", at):
            at = source.find("\n", at) % (len(source) + 1)
        elif opening := re.compile(r'(#*)"').match(source, at):
            at = read(opening.end() - 1, opening[1])
        else:
            at += 1
    return found


def texts():
    """All of them, sorted, each once."""
    lines = set()
    for file in (ROOT / "Sources").rglob("*.swift"):
        for text in literals(file.read_text()):
            lines.update(line.strip() for line in text.split("\n"))
    return sorted(line for line in lines if PROSE.search(line) and not CODE.search(line.replace("{…}", "X")))


def test_texts_are_as_in_the_snapshot():
    """Who changes a text sees in the diff of this file what others will read."""
    found = texts()
    if os.environ.get("KRAIT_RECORD_SNAPSHOTS"):
        SNAPSHOT.write_text("\n".join(found) + "\n")
    kept = SNAPSHOT.read_text().splitlines()
    new, gone = sorted(set(found) - set(kept)), sorted(set(kept) - set(found))
    assert found == kept, f"read them, then `{REFRESH}`; new: {new}; gone: {gone}"


def test_literals_are_found():
    """What the reader of sources makes of each kind of literal."""
    source = r'''
    // "no text"
    let a = "one \(two("in it", (3))) `b` \"c\"\u{20}d" + #"raw \n \#(x)"#
    let b = """
        first \
        second
        """
    '''
    assert literals(source) == ["in it", 'one {…} `b` "c" d', "raw \\n {…}", "\n        first         second\n        "]


def test_house_words():
    """Phrases that people have to read twice."""
    wrong = re.compile(
        r"(?<!there )\bis no (?!longer|more\b)|\bare no (?:list|text)|\bnobody is|on your wish|\bGo on\?|\bcut off\b|\bpassed over\b"
        r"|\bwhat logs in\b|\bpromised\b|\bstands? (?:behind|in a row|here)\b|\bknown by (?:md5|MD5|no hash)|\bone a line\b"
    )
    assert [text for text in texts() if wrong.search(text)] == []
