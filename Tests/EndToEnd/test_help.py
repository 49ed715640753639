# SPDX-License-Identifier: BSD-3-Clause
"""Topics, manual pages and what krait says of its own installation; all made from the tables that parsing uses."""

import re
import shutil
import subprocess

import pytest

from conftest import Krait

TOPICS = ["channels", "specs", "locks", "images", "cold-starts", "exit-codes", "configuration"]


@pytest.mark.parametrize("topic", TOPICS)
def test_topics(shared_krait, topic):
    assert topic in shared_krait("help").out
    assert len(shared_krait("help", topic).out.splitlines()) > 4


@pytest.mark.parametrize("words", [["create"], ["env", "export"], ["config"]])
def test_help_of_a_command_is_its_own(shared_krait, words):
    assert shared_krait("help", *words).out == shared_krait(*words, "--help").out


def test_what_is_neither(shared_krait):
    result = shared_krait("help", "chanels", code=2)
    assert "chanels" in result.err and "did you mean `channels`?" in result.err


def test_topics_name_only_commands_and_options_that_there_are(shared_krait):
    """Each `krait VERB --option` of the topics is in that verb's help."""
    for topic in TOPICS:
        for line in shared_krait("help", topic).out.splitlines():
            if not line.startswith("  krait "):
                continue
            words = re.split(r"\s{2,}|#", line.strip())[0].split()[1:]
            path = words[:2] if words[0] in ("env", "config", "shell") else words[:1]
            told = shared_krait(*path, "--help").out
            for option in [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]:
                if path != ["run"] or words.index(option) < 3:
                    assert re.search(rf"(^|\s){re.escape(option)}\b", told, re.M), (line, option)


def test_every_option_is_on_its_manual_page(shared_krait):
    pages = shared_krait("help", "--man").out.split()
    assert pages[0] == "krait.1" and len(pages) == len(set(pages))
    assert {f"krait-{topic}.7" for topic in TOPICS} < set(pages)
    text = shared_krait("help", "--man", "krait-create.1").out
    for option in re.findall(r"(--[a-z][a-z-]+)", shared_krait("create", "--help").out):
        assert option.replace("-", "\\-") in text
    for page in pages:
        text = shared_krait("help", "--man", page).out
        assert text.startswith(".TH ") and "\n.SH NAME\n" in text
        # A line that begins with a dot is a request; text is kept from looking like one.
        assert set(re.findall(r"^\.(\w+)", text, re.M)) <= {"TH", "SH", "TP", "B", "I", "BR", "nf", "fi"}


def test_groff_has_nothing_to_say_of_the_manual_pages(shared_krait):
    """With every warning on, as `man --warnings` shows a page."""
    groff = ["groff", "-man", "-Tutf8", "-Kutf8", "-ww"]
    for page in shared_krait("help", "--man").out.split():
        text = shared_krait("help", "--man", page).out
        shown = subprocess.run(groff, input=text, capture_output=True, text=True, encoding="utf-8")
        assert (shown.returncode, shown.stderr) == (0, ""), page
        assert page.rpartition(".")[0].upper() in shown.stdout, page


def test_self_update_tells_how_it_was_installed(krait, tmp_path):
    """By what lies around it: the file alone, in a conda environment, in a tool environment of uv."""
    cases = {
        "file/krait": ("file", None),
        "env/bin/krait": ("conda", "env/conda-meta/krait-0.2.0-0.json"),
        "venv/bin/krait": ("wheel", "venv/lib/python3.11/site-packages/krait-0.2.0.dist-info/METADATA"),
        "uv/tools/krait/bin/krait": ("uv-tool", "uv/tools/krait/lib/python3.12/site-packages/krait-0.2.0.dist-info/METADATA"),
        "other/bin/krait": ("file", "other/conda-meta/krait-tools-1.0-0.json"),
    }
    for place, (kind, beside) in cases.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True)
        shutil.copy(krait.binary, path)
        if beside:
            (tmp_path / beside).parent.mkdir(parents=True)
            (tmp_path / beside).write_text("{}")
        document = Krait(tmp_path / "home", path)("self-update", "--json").json
        assert document["installed_as"] == kind, place
        assert document["executable"] == str(path)
