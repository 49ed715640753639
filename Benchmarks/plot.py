# SPDX-License-Identifier: BSD-3-Clause
"""The picture: bars relative to py-rattler, readable on light and dark pages."""

from xml.sax.saxutils import escape

import report

PANELS = [
    ("Warm cache, from specs", "warm/tmpfs/specs"),
    ("Warm cache, from a lock", "warm/tmpfs/lock"),
    ("Empty cache over HTTP, from a lock", "cold/tmpfs/lock"),
    ("… without keeping a cache", "nocache/tmpfs/lock"),
    ("Empty cache, 200 Mbit/s", "cold/200mbit/lock"),
    ("Function: warm cache, to Python's first line", "serverless/a: warm cache, lock"),
    ("Function: empty cache, to Python's first line", "serverless/b: empty cache, HTTP, lock"),
    ("Channel of 730,000 records, first", "index/flat, first"),
    ("Channel of 730,000 records, later", "index/flat, later"),
]
STYLE = """
text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 } .panel { font-weight: 600 } .small { font-size: 11px; fill: #57606a }
.peer { fill: #9aa4af } .krait { fill: #2da44e } .floor { fill: #d0d7de } .spread { stroke: #57606a; stroke-width: 1 }
.grid { stroke: #d0d7de; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .small { fill: #9198a1 } .peer { fill: #6e7681 } .krait { fill: #3fb950 }
.floor { fill: #30363d } .spread { stroke: #9198a1 } .grid { stroke: #30363d } }
"""
LEFT, WIDTH, TOTAL, ROW = 150, 420, 760, 20


def drawing(document: dict) -> str:
    """An SVG document; panels that were not measured are left out."""
    parts, y = [], 62
    for name, key in PANELS:
        entry = document["results"].get(key)
        if entry and report.reference(entry) == "py-rattler":
            drawn, y = panel(name, entry, y)
            parts += drawn
    foot = f"Median, line from minimum to maximum. {report.title(document)}"
    parts.append(f'<text class="small" x="12" y="{y + 14}">{escape(foot)}</text>')
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {TOTAL} {y + 28}" width="{TOTAL}" height="{y + 28}" '
            'role="img" aria-label="Times of krait and its peers">', f"<style>{STYLE}</style>",
            '<text class="title" x="12" y="24">Time to an environment, relative to py-rattler</text>',
            '<text class="small" x="12" y="42">jupyterlab, pandas, scikit-learn; whole process; shorter is better; '
            "on tmpfs</text>"]
    return "\n".join([*head, *parts, "</svg>", ""])


def panel(name: str, entry: dict, y: int):
    """Bars of one comparison; gives them and the place for the next."""
    times = {tool: values[report.main_number(values)] for tool, values in entry["tools"].items()}
    base = times["py-rattler"]["median"]
    longest = max(time["max"] for time in times.values())
    scale = WIDTH / longest
    parts = [f'<text class="panel" x="12" y="{y + 12}">{escape(name)}</text>']
    y += 20
    mark = LEFT + base * scale
    height = ROW * len(times)
    parts.append(f'<line class="grid" x1="{mark:.1f}" x2="{mark:.1f}" y1="{y}" y2="{y + height - 4}"/>')
    for tool, time in sorted(times.items(), key=lambda item: item[1]["median"]):
        kind = "krait" if tool.startswith("krait") else "peer" if tool in ("py-rattler", "micromamba", "uv") else "floor"
        length, low, high = (time[which] * scale for which in ("median", "min", "max"))
        middle = y + ROW / 2 - 2
        label = f"{time['median'] / base:.2f} × · {report.seconds(time['median'])}"
        parts += [f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(tool)}</text>',
                  f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{max(length, 1):.1f}" height="{ROW - 4}" rx="2"/>',
                  f'<line class="spread" x1="{LEFT + low:.1f}" x2="{LEFT + high:.1f}" y1="{middle}" y2="{middle}"/>',
                  f'<text class="small" x="{LEFT + high + 8:.1f}" y="{middle + 4}">{escape(label)}</text>']
        y += ROW
    return parts, y + 10
