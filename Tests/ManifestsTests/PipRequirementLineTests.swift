// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Foundation
import Manifests
import Testing

/// What pip's own reader of requirements files makes of each line: its options, its name, its link; null where it refuses.
private let oracle = #"""
    import json, os, sys, tempfile
    from pip._internal.req.req_file import get_line_parser, COMMENT_RE
    from pip._internal.req.constructors import parse_req_from_line, parse_editable, install_req_from_editable
    from pip._internal.exceptions import InstallationError
    from pip._vendor.packaging.utils import canonicalize_name
    os.chdir(tempfile.mkdtemp())
    os.makedirs("empty")
    class Finder: format_control = None
    parser = get_line_parser(None)
    def one(line):
        line = COMMENT_RE.sub("", line).strip()
        try:
            words, options = parser(line)
        except BaseException:
            return None
        row = {"requirements": options.requirements, "constraints": options.constraints, "editables": options.editables,
            "links": options.find_links or [], "extra": options.extra_index_urls or [], "index": options.index_url,
            "hashes": [f"{k}:{h}" for k, v in (getattr(options, "hashes", None) or {}).items() for h in v], "name": None, "link": None, "words": words}
        if words:
            try:
                parts = parse_req_from_line(words, None)
            except BaseException as error:
                row["error"] = str(error)[:80]
                return row
            if parts.requirement is not None: row["name"] = canonicalize_name(parts.requirement.name)
            if parts.link is not None:
                row["link"] = parts.link.url
                if row["name"] is None and parts.link.egg_fragment: row["name"] = canonicalize_name(parts.link.egg_fragment)
            if parts.requirement is not None and parts.requirement.url: row["link"] = parts.requirement.url
        elif options.editables:
            try:
                egg, url, extras = parse_editable(options.editables[0])
                row["link"] = url
                if egg: row["name"] = canonicalize_name(egg)
            except BaseException as error: row["error"] = str(error)[:80]
        return row
    print(json.dumps([one(line) for line in json.load(open(sys.argv[1]))]))
    """#

@Suite struct PipRequirementLineTests {
    @Test(.enabled(if: testData != nil && python != nil, "no data or no .venv"))
    func linesOfTheCorpusEqualPip() throws {
        var lines: Set<String> = []
        for file in dataFiles("environments/yml") {
            let read = try? EnvironmentFile(bytes: try bytes(of: file), subject: "", platform: .linux64)
            for requirement in read?.pip ?? [] { lines.insert(requirement.text) }
        }
        let sorted = lines.sorted()
        var (refused, kinds) = (0, [String: Int]())
        for (text, row) in zip(sorted, try #require(try runPython(oracle, input: .strings(sorted)).array)) {
            let line = PipRequirementLine(text)
            kinds["\(line.kind)".prefix { $0 != "(" }.description, default: 0] += 1
            guard !row.isNull else {
                refused += 1
                continue
            }
            func values(_ name: String) -> [String] { line.options.compactMap { $0.name == name ? $0.value : nil } }
            #expect(values("--requirement") == row["requirements"]?.strings ?? [], "\(text)")
            #expect(values("--constraint") == row["constraints"]?.strings ?? [], "\(text)")
            #expect(values("--editable") == row["editables"]?.strings ?? [], "\(text)")
            #expect(values("--find-links") == row["links"]?.strings, "\(text)")
            #expect(values("--extra-index-url") == row["extra"]?.strings, "\(text)")
            #expect(values("--index-url").last == row["index"]?.string, "\(text)")
            #expect(line.hashes == row["hashes"]?.strings, "\(text)")
            // A local directory that is not there: pip has nothing to say of it.
            if row["error"] != nil {
                #expect(line.kind == .path(text) || line.kind == .unknown || line.requirement == nil, "\(text): \(row)")
                continue
            }
            #expect(line.name == row["name"]?.string, "\(text)")
            if let link = row["link"]?.string {
                switch line.kind {
                case .url(let url), .repository(let url): #expect(url == link, "\(text)")
                case .path: #expect(link.hasPrefix("file:"), "\(text)")
                default: Issue.record("\(text): \(line.kind), yet pip sees \(link)")
                }
            } else {
                #expect(
                    line.kind == .package || row["words"]?.string == "" || line.kind == .unknown,
                    "\(text): \(line.kind)")
            }
        }
        print("pip: \(sorted.count) lines, \(refused) that pip refuses, \(kinds)")
    }

    @Test(arguments: [
        ("-r requirements.txt", "requirementsFile", "requirements:requirements.txt"),
        ("--requirement=a/b.txt", "requirementsFile", "requirements:a/b.txt"),
        ("-rfile:reqs.txt", "requirementsFile", "requirements:reqs.txt"),
        ("-c constraints.txt", "constraintsFile", "constraints:constraints.txt"),
        ("-e .", "path(\".\")", "project:."), ("-e ./../../[all]", "path(\"./../../\")", "project:./../../"),
        ("--editable ../[midoss]", "path(\"../\")", "project:../"), ("..", "path(\"..\")", "project:.."),
        (
            "./wheels/a-1.0-py3-none-any.whl", "path(\"./wheels/a-1.0-py3-none-any.whl\")",
            "archive:./wheels/a-1.0-py3-none-any.whl"
        ),
        ("a-1.0-py3-none-any.whl", "path(\"a-1.0-py3-none-any.whl\")", "archive:a-1.0-py3-none-any.whl"),
        ("x @ file:///opt/x%20y", "url(\"file:///opt/x%20y\")", "project:/opt/x y"),
        ("file:///opt/x-1.tar.gz#egg=x", "url(\"file:///opt/x-1.tar.gz#egg=x\")", "archive:/opt/x-1.tar.gz"),
        ("-f ./links", "options", "links:./links"), ("-f https://h/links.html", "options", ""),
        ("--pre --extra-index-url https://h/simple", "options", ""), ("-e ${HERE}/x", "path(\"${HERE}/x\")", ""),
        ("git+https://h/r.git@v1#egg=R_x", "repository(\"git+https://h/r.git@v1#egg=R_x\")", ""),
        ("-e git+ssh://git@h/r.git", "repository(\"git+ssh://git@h/r.git\")", ""),
        ("numpy>=1; python_version<'3.9'  # why", "package", ""),
        ("numpy  --hash=sha256:aa --hash=sha256:bb", "package", ""),
        ("", "unknown", ""), ("=1.0", "unknown", ""), ("# all", "unknown", ""), ("numpy=1.0", "unknown", ""),
    ])
    func kindsAndReferences(_ text: String, _ kind: String, _ references: String) {
        let line = PipRequirementLine(text)
        #expect("\(line.kind)" == kind)
        #expect(line.localReferences.map { "\($0.role):\($0.path)" }.joined(separator: " ") == references)
    }

    @Test func namesAndHashes() {
        #expect(PipRequirementLine("Foo.Bar__baz[x]==1").name == "foo-bar-baz")
        #expect(PipRequirementLine("git+https://h/r.git@v1#egg=R_x[a]&subdirectory=s").name == "r-x")
        #expect(PipRequirementLine("-e git+https://h/r.git#egg=R").isEditable)
        #expect(PipRequirementLine("https://h/My_Pkg-1.0-py3-none-any.whl?x=1").name == "my-pkg")
        #expect(PipRequirementLine("a --hash=sha256:aa --hash sha256:bb").hashes == ["sha256:aa", "sha256:bb"])
        #expect(PipRequirementLine("-e \"git+https://h/a b#egg=c\"").name == "c")
        #expect(
            PipRequirementLine("git+https://h/r@main; platform_system != \"Windows\"").kind
                == .repository("git+https://h/r@main"))
    }
}
