// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Scenes
import Testing

@testable import krait

@Suite("env, create --clone and rename, as typed")
struct EnvironmentVerbTests {
    private func scene() throws -> Scene {
        let scene = try Scene()
        _ = try scene.change(.create, ["app=1"])
        return scene
    }

    @Test func listsThem() throws {
        let scene = try scene()
        _ = try scene.change(.create, ["alone"], in: "other")
        let document = try #require(scene.run("env list --json").json["envs"]?.strings)
        #expect(document.sorted() == [scene.root, scene.prefix(), scene.prefix("other")])
        let rows = scene.run("env list", variables: ["CONDA_PREFIX": scene.prefix("other")]).lines.dropFirst()
        #expect(rows.map { $0.split(separator: " ").last.map { String($0) } } == document)
        #expect(rows.filter { $0.contains(" * ") }.map { $0.hasSuffix("/other") } == [true])
        #expect(scene.run("info --envs").output == scene.run("env list").output)
    }

    @Test func removes() throws {
        let scene = try scene()
        let trial = scene.run("env remove -n env --dry-run")
        #expect(trial.words == "Would remove the environment \(scene.prefix()) with 2 packages\n")
        let asked = scene.run("env remove -n env", input: "n\n").words
        #expect(asked.hasPrefix("Remove the environment \(scene.prefix()) with 2 packages? [Y/n] "))
        #expect(scene.run("remove -y -n env --all").words == "Removed \(scene.prefix())\n")
        #expect(!scene.directory.exists("root/envs/env"))
        #expect(scene.run("env remove -y -n env").code == 2)
        // Without a name nothing stands in.
        #expect(
            scene.run("env remove -y", variables: ["CONDA_PREFIX": "/x"]).words.contains("no environment was given"))
    }

    @Test func keepsAnEmptiedOne() throws {
        let scene = try scene()
        #expect(scene.run("remove -y -n env --all --keep-env").code == 0)
        #expect(try scene.installed().isEmpty && scene.directory.exists("root/envs/env/conda-meta/history"))
    }

    @Test func clones() throws {
        let scene = try scene()
        let trial = scene.run("create -n copy --clone env --dry-run").words
        #expect(
            trial == "Would make \(scene.prefix("copy")) from \(scene.prefix()): 2 packages linked from the cache\n")
        let document = try scene.run("create -n copy --clone env --json").json
        #expect(document["source"]?.string == scene.prefix() && document["dry_run"] == false)
        #expect(document["linked"]?.int == 2 && document["copied"]?.int == 0)
        #expect(try scene.installed("copy") == scene.installed())
        #expect(try scene.read("root/envs/copy/bin/app") == "#!\(scene.prefix("copy"))/bin/sh\n")
    }

    @Test func renames() throws {
        let scene = try scene()
        #expect(scene.run("rename -n env").words.contains("needs the new name or path"))
        #expect(scene.run("rename new").words.contains("no environment was given"))
        let active = scene.run("rename -n env new", variables: ["CONDA_PREFIX": scene.prefix()])
        #expect(active.code == 2 && active.words.contains("is active"))
        let inside = scene.run("rename -n env \(scene.prefix())/new")
        #expect(inside.code == 2 && inside.words.contains("is inside the environment"))
        #expect(scene.run("rename -n env new --dry-run").code == 0)
        #expect(scene.directory.exists("root/envs/env"))
        let done = scene.run("rename -n env new")
        #expect(done.code == 0 && done.words.hasSuffix("Removed \(scene.prefix())\n"))
        #expect(!scene.directory.exists("root/envs/env"))
        #expect(try scene.installed("new") == ["app-1.0", "lib-1.1"])
    }

    @Test func variables() throws {
        let scene = try scene()
        let verb = "env config vars"
        #expect(scene.run("\(verb) set -n env A=1 B=x=y").code == 0)
        #expect(scene.run("\(verb) list -n env").output == "A = 1\nB = x=y\n")
        #expect(scene.run("\(verb) set -n env C=1 --dry-run").words.hasPrefix("Would change the variables of "))
        #expect(try scene.run("\(verb) list -n env --json").json == ["A": "1", "B": "x=y"])
        let active = scene.run("\(verb) unset -n env A", variables: ["CONDA_PREFIX": scene.prefix()])
        #expect(active.words.contains("`krait reactivate` applies the change"))
        #expect(scene.run("\(verb) list -n env").output == "B = x=y\n")
        for wrong in ["set -n env", "set -n env =1", "set -n env word", "unset -n env"] {
            #expect(scene.run("\(verb) \(wrong)").code == 2, "\(wrong)")
        }
    }

    @Test func differences() throws {
        let scene = try scene()
        _ = try scene.change(.create, ["app", "alone"], in: "other")
        let text = scene.run("env diff env other").output
        #expect(text.contains("1.0 -> 2.0") && text.contains("1.1 -> 2.0"))
        #expect(text.contains("\n1 added; 2 changed; "), "\(text)")
        let document = try scene.run("env diff env other --json").json
        #expect(document["added"]?.array?.map { $0["name"] } == ["alone"])
        #expect(document["changed"]?.array?.count == 2 && document["removed"] == [])
        #expect(scene.run("env diff env env").output == "No difference in 2 packages.\n")
        #expect(scene.run("env diff env").code == 2)
        #expect(scene.run("env diff env nowhere").code == 2)
    }

    /// Each kind of difference has an exit code of its own, and several have one.
    @Test func verification() throws {
        let scene = try scene()
        let prefix = "root/envs/env"
        #expect(scene.run("env verify -n env").code == 0)
        #expect(scene.run("env verify -n env --against-channels").code == 0)
        _ = scene.run("lock app=1 -o \(scene.path)/same.lock --format explicit --platform linux-64")
        #expect(scene.run("env verify -n env --against \(scene.path)/same.lock").code == 0)
        _ = scene.run("lock app -o \(scene.path)/other.lock --format explicit --platform linux-64")
        let drift = scene.run("env verify -n env --against \(scene.path)/other.lock")
        #expect(drift.code == 12 && drift.output.contains("Different from the lock:\n"), "\(drift)")
        try scene.write("\(prefix)/stray", "")
        #expect(scene.run("env verify -n env").code == 0)
        #expect(scene.run("env verify -n env --strict").code == 15)
        try scene.write("\(prefix)/share/lib.txt", "changed\n")
        let damaged = scene.run("env verify -n env")
        #expect(damaged.code == 11 && damaged.output.contains("share/lib.txt  changed  (lib"))
        let document = scene.run("env verify -n env --strict --json")
        #expect(document.code == 10)
        #expect(try document.json["success"] == false && document.json["failed"]?.array?.count == 2)
    }

    @Test func sizes() throws {
        let scene = try scene()
        let page = scene.run("env report -n env").output
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("<td>app</td>") && page.contains("2 packages"))
        let written = scene.run("env report -n env -o \(scene.path)/page.html")
        #expect(written.output.isEmpty && written.words == "Wrote \(scene.path)/page.html\n")
        #expect(try scene.read("page.html") == page)
        let packages = try scene.run("env report -n env --json").json["packages"]?.array
        #expect(packages?.compactMap { $0["name"]?.string }.sorted() == ["app", "lib"])
    }
}
