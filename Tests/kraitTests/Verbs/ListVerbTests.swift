// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Scenes
import Testing

@testable import krait

@Suite("list, search and repoquery, as typed")
struct ListVerbTests {
    /// What each form prints of an environment with `app 1.0` and `lib 1.1`, without comments and heads.
    @Test(arguments: [
        ("", ["app", "lib"]), ("app", ["app"]), ("^l", ["lib"]), ("ap", ["app"]), ("-f ap", []), ("-f app", ["app"]),
        ("--reverse", ["lib", "app"]), ("--export", ["app=1.0=0", "lib=1.1=0"]),
        ("--canonical", ["channel/noarch::app-1.0-0", "channel/noarch::lib-1.1-0"]), ("nothing", []),
        ("--explicit", ["@EXPLICIT", "CH/noarch/lib-1.1-0.conda", "CH/noarch/app-1.0-0.conda"]),
    ])
    func forms(options: String, expected: [String]) throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app=1"])
        let outcome = scene.run("list -n env \(options)")
        #expect(outcome.code == 0 && outcome.words.isEmpty, "\(outcome.words)")
        let rows = outcome.lines.filter { !$0.hasPrefix("#") }.map { line in
            String(line.split(separator: " ")[0]).replacing(scene.channel.url, with: "CH")
        }
        #expect(rows == expected, "\(outcome.output)")
    }

    /// The document and the text tell of the same packages, with all of their columns.
    @Test func documentsAndTexts() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app", "native"])
        let packages = try #require(scene.run("list -n env --json").json.array)
        let rows = scene.run("list -n env").lines.filter { !$0.hasPrefix("#") }
        #expect(packages.count == 3 && rows.count == 3)
        for (package, row) in zip(packages, rows) {
            let cells = ["name", "version", "build_string", "channel"].map { package[$0]?.string ?? "" }
            #expect(row.split(separator: " ").map { String($0) } == cells)
        }
        #expect(packages[2]["platform"] == "linux-64" && packages[0]["platform"] == "noarch")
        let lines = try scene.run("list -n env --export --json").json.strings
        #expect(lines == ["app=2.0=0", "lib=2.0=0", "native=1.0=0"])
    }

    @Test func hashesOfURLs() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["alone"])
        func hash(_ option: String) -> Int? {
            let line = scene.run("list -n env --explicit \(option)").lines.last { !$0.hasPrefix("@") }
            return line?.split(separator: "#").dropFirst().first?.utf8.count
        }
        #expect(hash("") == nil)
        #expect(hash("--md5") == 32)
        #expect((hash("--sha256") ?? 0) >= 64)
        let both = scene.run("list -n env --md5 --sha256")
        #expect(both.code == 2 && both.words.contains("cannot be combined with --sha256"))
    }

    @Test func revisions() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app=1"])
        _ = try scene.change(.update) { $0.all = true }
        let text = scene.run("list -n env --revisions").output
        #expect(text.contains("(rev 0)") && text.contains("(rev 1)"))
        #expect(text.contains("    +lib-1.1") && text.contains("     app  {1.0") && text.contains("-> 2.0"))
        let document = try #require(scene.run("list -n env --revisions --json").json.array)
        #expect(document.map { $0["rev"]?.int } == [0, 1])
        #expect(document[0]["install"]?.array?.count == 2 && document[1]["upgrade"]?.array?.count == 2)
        #expect(document[1]["downgrade"] == [] && document[1]["remove"] == [])
    }

    /// A change that was killed is told of in text, and stays out of documents.
    @Test func noEnvironment() throws {
        let scene = try Scene()
        for line in ["list -n env", "list -p place", "export -n env", "doctor -n env", "sbom -n env"] {
            let outcome = scene.run(line)
            #expect(outcome.code == 2 && outcome.words.contains("is not an environment"), "\(line): \(outcome.words)")
        }
        let unnamed = scene.run("list")
        #expect(unnamed.code == 2 && unnamed.words.contains("no environment was given"))
        #expect(unnamed.words.contains("hint: name it with -n NAME or -p DIR"))
    }

    @Test(arguments: [
        ("lib", ["lib 1.0", "lib 1.1", "lib 2.0"]), ("lib>=1.1", ["lib 1.1", "lib 2.0"]), ("lib=2", ["lib 2.0"]),
        ("l*", ["lib 1.0", "lib 1.1", "lib 2.0", "lost 1.0"]), ("app=2 alone", ["app 2.0", "alone 1.0"]),
        ("native", ["native 1.0"]), ("native --platform linux-aarch64", ["native 1.1"]),
    ])
    func search(words: String, found: [String]) throws {
        let scene = try Scene()
        let outcome = scene.run("search \(words)")
        let rows = outcome.lines.dropFirst().map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        #expect(outcome.code == 0 && rows.sorted() == found.sorted(), "\(outcome.output)")
        let document = try #require(scene.run("search \(words) --json").json.object)
        let records = document.flatMap { $0.value.array ?? [] }
        #expect(
            records.map { "\($0["name"]?.string ?? "") \($0["version"]?.string ?? "")" }.sorted() == found.sorted())
    }

    @Test func details() throws {
        let scene = try Scene()
        let text = scene.run("search app=2 --info").output
        #expect(text.hasPrefix("app 2.0 0\n---------\n"))
        #expect(text.contains("timestamp     :  2026-01-12 00:00:00 UTC\n"))
        #expect(text.contains("license       :  BSD-3-Clause\n") && text.hasSuffix("depends:\n  - lib >=2\n"))
    }

    @Test(arguments: [
        ("search nowhere", 3, "nowhere"), ("search", 2, "needs a spec"), ("search [", 2, "["),
        ("repoquery depends", 2, "needs a spec"), ("repoquery depends nowhere", 3, "nowhere"),
        ("repoquery depends -n env --remote app", 2, "--remote"), ("search --local app", 2, "no environment"),
    ])
    func nothingFound(line: String, code: Int, words: String) throws {
        let outcome = try Scene().run(line)
        #expect(Int(outcome.code) == code && outcome.words.contains(words), "\(outcome.code) \(outcome.words)")
    }

    @Test func trees() throws {
        let scene = try Scene()
        #expect(
            scene.run("repoquery depends plug --tree").output == """
                plug 1.0 0
                └─ app 2.0 0
                   └─ lib 2.0 0  [lib >=2]

                """)
        #expect(
            scene.run("repoquery whoneeds lib --tree").output == """
                lib 2.0 0
                └─ app 2.0 0
                   └─ plug 1.0 0

                """)
        let tree = try scene.run("repoquery depends plug --tree --json").json["result"]?["tree"]
        #expect(tree?["package"] == "plug-1.0-0")
        #expect(tree?["children"]?.array?.first?["package"] == "app-2.0-0")
        #expect(scene.run("repoquery depends lost").output.contains("nowhere  (no matching package)\n"))
        #expect(scene.run("repoquery depends gpu").output.contains("__cuda >=12  (virtual package)\n"))
        #expect(scene.run("repoquery depends lib").output == "it needs nothing\n")
        #expect(scene.run("repoquery whoneeds plug").output == "nothing needs it\n")
    }

    /// Of an environment what it has, not what channels have; the active one is asked where none is named.
    @Test func inAnEnvironment() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app=1"])
        let named = scene.run("repoquery depends -n env app --tree").output
        #expect(named == "app 1.0 0\n└─ lib 1.1 0  [lib >=1,<2]\n")
        let active = ["CONDA_PREFIX": scene.prefix()]
        #expect(scene.run("repoquery depends app --tree", variables: active).output == named)
        #expect(scene.run("repoquery depends --remote app --tree", variables: active).output.hasPrefix("app 2.0 0"))
        let channel = "repoquery depends -c \(scene.channel.path) app --tree"
        #expect(scene.run(channel, variables: active).output.hasPrefix("app 2.0 0"), "channels are named")
        #expect(scene.run("search --local app", variables: active).output.contains("app     1.0"))
        #expect(scene.run("search app=2", variables: active).code == 0)
    }
}
