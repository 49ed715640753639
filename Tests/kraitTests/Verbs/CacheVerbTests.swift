// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Scenes
import Testing

@testable import krait

@Suite("cache, clean and doctor, as typed")
struct CacheVerbTests {
    private func scene() throws -> Scene {
        let scene = try Scene()
        _ = try scene.change(.create, ["app"])
        return scene
    }

    /// The distribution of an entry, whose name ends with a part of its hash.
    private func name(_ entry: JSON) -> String {
        (entry["name"]?.string ?? "").split(separator: "-").prefix(3).joined(separator: "-")
    }

    @Test func contents() throws {
        let scene = try scene()
        let entries = try #require(scene.run("cache list --json").json.array)
        #expect(entries.map(name) == ["app-2.0-0", "lib-2.0-0"])
        #expect(entries.allSatisfy { $0["used"] == true })
        let rows = scene.run("cache list").lines.dropFirst()
        #expect(rows.map { $0.split(separator: " ").first.map { String($0) } } == entries.map { $0["name"]?.string })
        #expect(scene.run("cache dir").output == "\(scene.path)/pkgs\n")
        #expect(try scene.run("cache dir --json").json == [.string("\(scene.path)/pkgs")])
        let sizes = try scene.run("cache size --json").json
        let parts = ["packages", "compiled", "indexes"].compactMap { sizes[$0]?.unsigned }
        #expect(parts.count == 3 && sizes["total"]?.unsigned == parts.reduce(0, +))
        let bytes = entries.compactMap { $0["bytes"]?.unsigned }.reduce(0, +)
        #expect(parts[0] >= bytes, "with what the list does not tell of")
        #expect(scene.run("cache size").lines.count == 4)
    }

    /// A damaged package is found, discarded, and then all is well.
    @Test func verification() throws {
        let scene = try scene()
        #expect(scene.run("cache verify").output == "2 packages checked, 0 damaged\n")
        let entry = try #require(scene.run("cache list --json").json.array?.first?["path"]?.string)
        try scene.write("\(entry.dropFirst(scene.path.count + 1))/share/app.txt", "changed\n")
        let found = scene.run("cache verify")
        #expect(found.code == 1 && found.output.contains("\n  share/app.txt  digest\n"), "\(found.output)")
        let document = try scene.run("cache verify --json").json
        #expect(document["success"] == false && document["checked"]?.int == 2)
        #expect(document["damaged"]?.array?.first?["discarded"] == false)
        let fixed = scene.run("cache verify --fix")
        #expect(fixed.code == 0 && fixed.output.contains("  (removed)\n"))
        #expect(scene.run("cache verify").output == "1 package checked, 0 damaged\n")
    }

    @Test(arguments: ["cache push", "cache pull", "cache push a b", "clean"])
    func refusals(line: String) throws {
        let outcome = try Scene().run(line)
        #expect(outcome.code == 2 && outcome.words.contains("hint: "), "\(outcome.words)")
    }

    /// What each option removes; what an environment uses stays.
    @Test(arguments: [
        ("--all", ["packages"]), ("--packages", ["packages"]), ("--index-cache", []),
        ("--tarballs", []), ("--trash", []), ("--environments", []), ("--ci", ["packages"]),
    ])
    func cleaning(option: String, kinds: [String]) throws {
        let scene = try scene()
        #expect(scene.run("remove -y -n env app --force").code == 0)
        let trial = try scene.run("clean \(option) --dry-run --json").json
        let items = try #require(trial["removed"]?.array)
        #expect(
            Set(items.compactMap { $0["kind"]?.string }).sorted() == kinds)
        #expect(items.compactMap { $0["bytes"]?.unsigned }.reduce(0, +) == trial["bytes"]?.unsigned)
        #expect(trial["dry_run"] == true)
        let text = scene.run("clean \(option) -y")
        for item in items { #expect(text.output.contains(item["path"]?.string ?? "?")) }
        #expect(text.words.contains(items.isEmpty ? "Nothing to remove." : "Removed \(items.count) item"))
        #expect(try scene.run("clean \(option) --dry-run --json").json["removed"] == [])
        let left = try #require(scene.run("cache list --json").json.array).map(name)
        #expect(left.contains("lib-2.0-0") || option == "--ci", "an environment uses it")
    }

    @Test func cleaningAsks() throws {
        let scene = try scene()
        #expect(scene.run("env remove -y -n env").code == 0)
        let no = scene.run("clean --packages", input: "n\n")
        #expect(no.words.contains("Remove 2 items, ") && no.words.hasSuffix("Aborted; nothing was removed.\n"))
        #expect(scene.run("cache list").lines.count == 3)
        #expect(scene.run("clean --packages", input: "y\n").words.contains("Removed 2 items"))
        #expect(scene.run("cache list").lines.count == 1)
    }

    @Test func doctor() throws {
        let scene = try scene()
        let well = scene.run("doctor -n env")
        #expect(well.code == 0 && well.output.hasSuffix("Every file matches its record.\n"))
        try scene.write("root/envs/env/share/app.txt", "changed\n")
        let ill = scene.run("doctor -n env")
        #expect(
            ill.code == 1 && ill.output.contains("Damaged: 1\n  share/app.txt  changed  (app)\n"), "\(ill.output)"
        )
        let document = try scene.run("doctor -n env --json").json
        #expect(document["success"] == false)
        #expect(document["damaged"]?.array?.map { $0["path"] } == ["share/app.txt"])
        #expect(scene.run("doctor -n env --fix --dry-run").code == 1)
        #expect(try scene.read("root/envs/env/share/app.txt") == "changed\n")
        let healed = scene.run("doctor -n env --fix --json")
        #expect(healed.code == 0)
        #expect(try healed.json["repair"]?["relinked"]?.strings == ["app-2.0-0"])
        #expect(try healed.json["remaining"]?["damaged"] == [] && healed.json["damaged"] != [])
        #expect(try scene.read("root/envs/env/share/app.txt") == "app 2.0\n")
    }
}
