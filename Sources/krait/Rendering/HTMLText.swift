// SPDX-License-Identifier: BSD-3-Clause
import Codecs

/// Text in a page.
enum HTMLText {
    /// A table; the first columns of `rows` are text, up to three of them, the others are numbers.
    static func table(_ head: [String], texts: Int = 1, _ rows: [[String]]) -> String {
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(escapedMarkup($0))</\(tag)>" }.joined() + "</tr>\n"
        }
        return "<div class=\"wide\"><table class=\"t\(texts)\">\n<thead>\(row(head, "th"))</thead>\n<tbody>\n"
            + rows.map { row($0, "td") }.joined() + "</tbody></table></div>"
    }

    /// A whole page, which loads nothing.
    static func page(_ title: String, _ body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
        <title>\(escapedMarkup(title))</title><style>
        :root{--b:#fff;--f:#1b1f24;--m:#59636e;--l:#d1d9e0;--0:#a8d1ff;--1:#ffd08a;--2:#a9e5bb;--3:#e6c3ff;--4:#ffc2c7;--5:#d3dae3}
        @media(prefers-color-scheme:dark){:root{--b:#14181d;--f:#e8edf2;--m:#9aa7b4;--l:#3a434d;--0:#1f4d7a;--1:#6b4a12;--2:#1f5a36;--3:#54357a;--4:#6e2b35;--5:#3c4650}}
        body{background:var(--b);color:var(--f);font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{color:var(--m)}
        svg{width:100%;height:auto;display:block}svg text{fill:var(--f);font-size:150px}rect{stroke:var(--b);stroke-width:16}
        .c0{fill:var(--0)}.c1{fill:var(--1)}.c2{fill:var(--2)}.c3{fill:var(--3)}.c4{fill:var(--4)}.c5{fill:var(--5)}
        .wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:right;padding:.2rem .6rem;border-bottom:1px solid var(--l);font-variant-numeric:tabular-nums}
        .t1 :is(th,td):first-child,.t3 :is(th,td):nth-child(-n+3){text-align:left}th{color:var(--m);font-weight:600}
        </style></head><body>
        <h1>\(escapedMarkup(title))</h1>
        \(body)
        </body></html>

        """
    }
}
