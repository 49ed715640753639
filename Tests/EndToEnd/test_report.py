# SPDX-License-Identifier: BSD-3-Clause
"""`krait env report`: one page that tells what an environment weighs, the same as JSON, and that a browser shows in light and dark."""

import html.parser
import json
import os
import subprocess
import zlib

import pytest

from packages import small_python

SITE = "lib/python3.11/site-packages"


@pytest.fixture
def env(krait, own_channel, tmp_path):
    small_python(own_channel)
    own_channel.add("pure", "1", {"site-packages/pure/__init__.py": "a = 1\n", "site-packages/pure/tests/a.py": "b = 1\n"},
                    noarch="python", depends=["python"], index={"license": "MIT"})  # fmt: skip
    files = {f"{SITE}/fast/__init__.py": "c = 1\n", "share/big": "x" * 90_000, "include/fast.h": "#\n"}
    own_channel.add("fast", "2", files, depends=["python"], index={"license": "<b>&\"GPL"})
    krait.create(tmp_path / "env", "pure", "fast", channel=own_channel)
    return tmp_path / "env"


class Page(html.parser.HTMLParser):
    """A page that is well-formed; its texts, and what it refers to."""

    EMPTY = {"meta", "rect"}

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.references, self.areas = [], [], [], 0
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag not in self.EMPTY:
            self.open.append(tag)
        self.references += [value for name, value in attributes if name in {"src", "href", "action", "data"}]
        self.references += [tag for _ in [0] if tag in {"script", "link", "iframe", "img", "object"}]
        if tag == "rect":
            sizes = {name: int(value) for name, value in attributes if name in {"x", "y", "width", "height"}}
            assert 0 <= sizes["x"] <= sizes["x"] + sizes["width"] <= 10_000
            assert 0 <= sizes["y"] <= sizes["y"] + sizes["height"] <= 4_200
            self.areas += sizes["width"] * sizes["height"]

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def weighed(env):
    """{package: (files, bytes)} by the records and the files themselves."""
    found = {}
    for path in (env / "conda-meta").glob("*.json"):
        record = json.loads(path.read_text())
        sizes = [os.lstat(env / name).st_size for name in record["files"]]
        found[record["name"]] = (len(sizes), sum(sizes))
    return found


def test_what_it_tells_is_what_is_there(krait, env):
    report = krait("env", "report", "-p", env, "--json").json
    wanted = weighed(env)
    assert {one["name"]: (one["files"], one["size"]) for one in report["packages"]} == wanted
    assert (report["files"], report["size"]) == tuple(map(sum, zip(*wanted.values())))
    assert sum(one["size"] for one in report["directories"]) == report["size"]
    assert "share" in [one["name"] for one in report["directories"]] and f"{SITE}/pure" in [one["name"] for one in report["directories"]]
    assert {one["name"]: one["packages"] for one in report["licenses"]} == {'<b>&"GPL': 1, "MIT": 1, "": len(wanted) - 2}
    savings = {one["rule"]: one["files"] for one in report["savings"]}
    # With what python has compiled of them.
    assert savings["headers"] == 1 and savings["tests"] in {1, 2} and savings["docs"] == 0
    uncompiled = {one["name"]: one["not_compiled"] for one in report["packages"]}
    assert uncompiled["fast"] == 1, "python compiles packages for every platform only"
    for one in ("packages", "directories", "licenses"):
        assert [part["size"] for part in report[one]] == sorted((part["size"] for part in report[one]), reverse=True)


def test_the_page_is_whole_and_loads_nothing(krait, env, tmp_path):
    krait("env", "report", "-p", env, "-o", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert krait("env", "report", "-p", env).out == text
    page = Page(text)
    assert page.references == [] and "url(" not in text and "http://" not in text and "https://" not in text
    assert '<b>&"GPL' in page.texts and "MIT" in page.texts and str(env) in page.texts
    # Two pictures, each full but for what rounding costs.
    assert 0.99 < page.areas / (2 * 10_000 * 4_200) <= 1


def pixels(path):
    """The set of colours of a PNG as Chromium writes it: 8 bits, RGB or RGBA, not interlaced."""
    data = path.read_bytes()
    width = int.from_bytes(data[16:20], "big")
    depth, kind = data[24], data[25]
    assert depth == 8 and kind in (2, 6)
    size = 3 if kind == 2 else 4
    place, packed = 8, b""
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == b"IDAT":
            packed += data[place + 8 : place + 8 + length]
        place += length + 12
    plain = zlib.decompress(packed)
    line = width * size
    before = bytes(line)
    found = set()
    for start in range(0, len(plain), line + 1):
        kind, row = plain[start], bytearray(plain[start + 1 : start + 1 + line])
        for index in range(line):
            left = row[index - size] if index >= size else 0
            up, corner = before[index], before[index - size] if index >= size else 0
            if kind == 4:
                guess = left + up - corner
                away = [abs(guess - one) for one in (left, up, corner)]
                add = (left, up, corner)[away.index(min(away))]
            else:
                add = (0, left, up, (left + up) // 2)[kind]
            row[index] = (row[index] + add) & 255
        found |= {tuple(row[index : index + 3]) for index in range(0, line, size)}
        before = row
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_browser_shows_it_in_light_and_dark(krait, env, tmp_path, theme):
    krait("env", "report", "-p", env, "-o", tmp_path / "page.html")
    words = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=500,400"]
    words += [f"--user-data-dir={tmp_path}/profile", f"--screenshot={tmp_path}/page.png", "--hide-scrollbars"]
    if theme == "dark":
        words.append("--blink-settings=preferredColorScheme=0")
    else:
        words.append("--blink-settings=preferredColorScheme=1")
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run([*words, f"file://{tmp_path}/page.html"], capture_output=True, text=True, env=home, timeout=120)
    assert (tmp_path / "page.png").exists(), done
    found = pixels(tmp_path / "page.png")
    background, letters, first = {"light": ((255,) * 3, (0x1B, 0x1F, 0x24), (0xA8, 0xD1, 0xFF)),
                                  "dark": ((0x14, 0x18, 0x1D), (0xE8, 0xED, 0xF2), (0x1F, 0x4D, 0x7A))}[theme]  # fmt: skip
    assert {background, letters, first} <= found
    other = {"light": (0x14, 0x18, 0x1D), "dark": (255, 255, 255)}[theme]
    assert other not in found


class Elements(html.parser.HTMLParser):
    """The elements of a page, and the names of their attributes."""

    def __init__(self, page):
        super().__init__()
        self.names, self.attributes, self.texts = set(), set(), ""
        self.feed(page)

    def handle_starttag(self, name, attributes):
        self.names.add(name)
        self.attributes |= {attribute for attribute, _ in attributes}

    def handle_data(self, text):
        self.texts += text


def test_names_of_others_are_text(krait, own_channel, tmp_path):
    """Whatever packages, files and directories are called, a page of them runs nothing and loads nothing."""
    code = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'&lt;'
    own_channel.add("tiny", "1.0", {"share/tiny": "x\n", "lib/x": "y\n"}, index={"license": f"MIT{code}"})
    env = tmp_path / f"env {code.replace('/', '-')}"
    krait.create(env, "tiny", channel=own_channel)
    plain = Elements(krait("env", "report", "-p", env).out)
    folder = env / code.replace("/", "-")
    folder.mkdir()
    (folder / "file.py").write_text("x" * 5000)
    result = krait("env", "report", "-p", env)
    page = Elements(result.out)
    assert page.names <= plain.names and page.attributes <= plain.attributes and not {"script", "img"} & plain.names
    assert 'MIT"><script>alert(1)</script>' in page.texts and "-script><img src=x onerror=alert(1)>" in page.texts
