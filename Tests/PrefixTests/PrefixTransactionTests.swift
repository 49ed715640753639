// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform
import Testing

@testable import Prefix

@Suite struct PrefixTransactionTests {
    /// Changes the prefix and commits.
    @discardableResult
    private func change(
        _ prefix: String, remove: [String] = [], install: [LinkPackage] = [], order: [String] = [],
        _ edit: (inout PrefixChange) -> Void = { _ in }
    ) throws -> PrefixTransaction {
        let transaction = try PrefixTransaction(planned(prefix, remove, install, order, edit))
        let linked = try transaction.apply()
        try transaction.commit(linked)
        return transaction
    }

    private func planned(
        _ prefix: String, _ remove: [String], _ install: [LinkPackage], _ order: [String] = [],
        _ edit: (inout PrefixChange) -> Void = { _ in }
    ) throws -> PrefixChange {
        let state = try PrefixState.read(prefix)
        var change = PrefixChange(
            target: LinkTarget(prefix),
            revision: History.Revision(seconds: 1_700_000_001, arguments: ["krait", "test"], version: "0"))
        change.removed = remove.compactMap { state?[$0] }
        change.installed = install
        change.order = order
        change.python = try state?.pythonLayout()
        edit(&change)
        return change
    }

    private func snapshot(_ tree: TestTree) throws -> [String: String] {
        var snapshot: [String: String] = [:]
        for file in try tree.files("env") { snapshot[file] = (try? tree.read("env/\(file)")) ?? "?" }
        return snapshot
    }

    @Test func updateReplacesFiles() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let old = try PackageFixture.make(
            "a", in: tree, [("lib/same", .file("1")), ("lib/gone/x", .file("x")), ("d", .file("was a file"))])
        let other = try PackageFixture.make("b", in: tree, [("lib/b", .file("b"))])
        _ = try LinkPlan.create([old, other], at: prefix)
        let new = try PackageFixture.make(
            "a", version: "2.0", in: tree, [("lib/same", .file("2")), ("lib/new/y", .file("y")), ("d/e", .file("e"))])
        try change(prefix, remove: ["a"], install: [new])
        let files = try tree.files("env")
        #expect(
            files == [
                "conda-meta/a-2.0-0.json", "conda-meta/b-1.0-0.json", "conda-meta/history", "d/e", "lib/b",
                "lib/new/y", "lib/same",
            ])
        #expect(try tree.read("env/lib/same") == "2")
        #expect(!tree.exists("env/lib/gone"))
        #expect(try History.read(prefix).revisions.count == 2)
        #expect(try Recovery.run(prefix) == .none)
        // The cache is unharmed.
        #expect(try tree.read("cache/a-1.0-0/lib/same") == "1")
    }

    /// Whoever may write to the prefix can put a link in the place of a directory between the plan and what is done.
    @Test(arguments: ["../outside", "/outside", "../env2/../outside"], [false, true])
    func aDirectoryThatBecomesALink(target: String, isStaged: Bool) throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        _ = try LinkPlan.create([try PackageFixture.make("a", in: tree, [("lib/a", .file("1"))])], at: prefix)
        try FileSystem.createDirectories("\(tree.path)/outside")
        try FileSystem.createDirectories("\(tree.path)/env2")
        let contents: [PackageFixture.Content] = [
            .file("new"), .text("at /old/prefix", placeholder: "/old/prefix"), .link("a"), .file("b", noLink: true),
        ]
        for (number, content) in contents.enumerated() {
            for path in ["lib/new", "lib/sub/new", "lib/deep/er/new"] {
                var package = try PackageFixture.make("b\(number)", in: tree, [(path, content)])
                package.isStaged = isStaged
                let transaction = try PrefixTransaction(planned(prefix, [], [package]))
                try FileSystem.rename(from: "\(prefix)/lib", to: "\(prefix)/away")
                let target = target.hasPrefix("/") ? tree.path + target : target
                try FileSystem.symbolicLink(target: target, path: "\(prefix)/lib")
                #expect(throws: Failure.self) { try transaction.apply() }
                #expect(try tree.files("outside").isEmpty)
                try FileSystem.unlink("\(prefix)/lib")
                try FileSystem.rename(from: "\(prefix)/away", to: "\(prefix)/lib")
                _ = try? Recovery.run(prefix)
            }
        }
        #expect(try FileSystem.entries("\(tree.path)/outside").isEmpty)
    }

    @Test func removeLeavesWhatIsNotItsOwn() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let package = try PackageFixture.make(
            "a", in: tree, [("lib/p/m.py", .file("1")), ("lib/q/n.py", .file("1")), ("var/empty", .directory)])
        _ = try LinkPlan.create([package], at: prefix)
        try tree.write("env/lib/p/__pycache__/m.cpython-311.pyc", "")
        try tree.write("env/lib/q/__pycache__/n.cpython-311.pyc", "")
        try tree.write("env/lib/q/mine.txt", "")
        try tree.write("env/lib/q/__pycache__/other.cpython-311.pyc", "")
        try change(prefix, remove: ["a"])
        #expect(
            try tree.files("env") == [
                "conda-meta/history", "lib/q/__pycache__/other.cpython-311.pyc", "lib/q/mine.txt",
            ])
        #expect(!tree.exists("env/lib/p") && !tree.exists("env/var"))
    }

    @Test func rollBackRestoresEverything() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let old = try PackageFixture.make(
            "a", in: tree,
            [("lib/same", .file("1")), ("lib/only-old", .file("o")), ("f", .file("file")), ("dir/x", .file("x"))])
        _ = try LinkPlan.create([old], at: prefix)
        try tree.write("env/lib/unowned", "user's")
        try tree.write("env/dir/user", "user's")
        try FileSystem.unlink("\(prefix)/lib/only-old")
        let before = try snapshot(tree)
        let new = try PackageFixture.make(
            "a", version: "2", in: tree,
            [
                ("lib/same", .file("2")), ("lib/unowned", .file("pkg")), ("f/g", .file("g")),
                ("dir", .file("now a file")),
                ("new/deep/file", .file("n")), ("lib/only-old", .file("new at a missing one")),
            ])
        let transaction = try PrefixTransaction(planned(prefix, ["a"], [new]))
        #expect(transaction.replacedFiles == ["lib/unowned"])
        _ = try transaction.apply()
        #expect(try tree.read("env/lib/unowned") == "pkg")
        // A directory in which the user has something stays.
        #expect(try tree.read("env/dir/user") == "user's" && tree.read("env/__clobbers__/a/dir") == "now a file")
        #expect(try tree.read("env/f/g") == "g")
        try transaction.rollBack()
        #expect(try snapshot(tree) == before)
        #expect(!tree.exists("env/new"))

        // The same, committed.
        try change(prefix, remove: ["a"], install: [new])
        #expect(try tree.read("env/lib/only-old") == "new at a missing one")
        #expect(
            try tree.files("env") == [
                "__clobbers__/a/dir", "conda-meta/a-2-0.json", "conda-meta/history", "dir/user", "f/g",
                "lib/only-old", "lib/same", "lib/unowned", "new/deep/file",
            ])
    }

    @Test func failureRestoresEverything() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let old = try PackageFixture.make("a", in: tree, (0..<50).map { ("lib/f\($0)", .file("old")) })
        _ = try LinkPlan.create([old], at: prefix)
        let before = try snapshot(tree)
        let new = try PackageFixture.make("a", version: "2", in: tree, (0..<50).map { ("lib/f\($0)", .file("new")) })
        try FileSystem.unlink("\(new.source)/lib/f49")
        let failure = #expect(throws: Failure.self) { try change(prefix, remove: ["a"], install: [new]) }
        #expect(failure?.code == .integrity)
        #expect(try snapshot(tree) == before)
    }

    /// Every prefix of the steps of a transaction, as a killed process leaves it, is undone or finished.
    @Test func recoversFromEveryPoint() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let old = try PackageFixture.make("a", in: tree, [("lib/x", .file("1")), ("lib/old", .file("1"))])
        _ = try LinkPlan.create([old], at: prefix)
        let before = try snapshot(tree)
        let new = try PackageFixture.make(
            "a", version: "2", in: tree, [("lib/x", .file("2")), ("lib/new", .file("2"))])

        var journal = Journal()
        journal.moved = ["lib/x"]
        journal.removed = ["lib/old"]
        journal.made = ["lib/x", "lib/new"]
        journal.records = ["a-1.0-0.json"]
        let steps: [(TestTree) throws -> Void] = [
            { tree in try FileSystem.createDirectory("\(tree.path)/env/conda-meta/.krait-transaction") },
            { tree in try FileSystem.createDirectory("\(tree.path)/env/conda-meta/.krait-transaction/old") },
            { tree in try FileSystem.createDirectory("\(tree.path)/env/conda-meta/.krait-transaction/records") },
            { tree in try tree.write("env/conda-meta/.krait-transaction/journal.new", "H") },
            { tree in
                try FileSystem.unlink("\(tree.path)/env/conda-meta/.krait-transaction/journal.new")
                try writeNewFile("\(tree.path)/env/conda-meta/.krait-transaction/journal", journal.serialized())
            },
            { tree in
                try FileSystem.rename(
                    from: "\(tree.path)/env/lib/x", to: "\(tree.path)/env/conda-meta/.krait-transaction/old/0")
            },
            { tree in try FileSystem.link(from: "\(new.source)/lib/x", to: "\(tree.path)/env/lib/x") },
            { tree in try FileSystem.link(from: "\(new.source)/lib/new", to: "\(tree.path)/env/lib/new") },
            { tree in try tree.write("env/conda-meta/.krait-transaction/records/a-2-0.json", "{}") },
            { tree in
                try FileSystem.rename(
                    from: "\(tree.path)/env/conda-meta/.krait-transaction/journal",
                    to: "\(tree.path)/env/conda-meta/.krait-transaction/committed")
            },
            { tree in
                try FileSystem.rename(
                    from: "\(tree.path)/env/conda-meta/.krait-transaction/records/a-2-0.json",
                    to: "\(tree.path)/env/conda-meta/a-2-0.json")
            },
            { tree in try FileSystem.unlink("\(tree.path)/env/lib/old") },
            { tree in try FileSystem.removeTree("\(tree.path)/env/conda-meta/.krait-transaction/old") },
        ]
        for count in 0...steps.count {
            try FileSystem.removeTree(prefix)
            _ = try LinkPlan.create([old], at: prefix)
            for step in steps[..<count] { try step(tree) }
            let outcome = try Recovery.run(prefix)
            if count < 10 {
                #expect(outcome == (count == 0 ? .none : .undone), "after \(count) steps")
                #expect(try snapshot(tree) == before, "after \(count) steps")
            } else {
                #expect(outcome == .finished, "after \(count) steps")
                #expect(
                    try tree.files("env") == ["conda-meta/a-2-0.json", "conda-meta/history", "lib/new", "lib/x"])
                #expect(try tree.read("env/lib/x") == "2")
            }
            #expect(try Recovery.run(prefix) == .none)
        }
    }

    /// Another process looks for what killed ones left while this one has made `conda-meta` and nothing in it yet.
    @Test func whatIsLockedIsNotClearedAway() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        try FileSystem.createDirectory(prefix)
        let package = try PackageFixture.make("a", in: tree, [("lib/x", .file("1"))])
        let transaction = try PrefixTransaction(planned(prefix, [], [package]))
        #expect(try Recovery.run(prefix) == .none)
        try transaction.commit(try transaction.apply())
        #expect(try tree.read("env/lib/x") == "1")
        try FileSystem.createDirectories("\(tree.path)/left/conda-meta")
        #expect(try Recovery.run("\(tree.path)/left") == .none)
        #expect(!tree.exists("left/conda-meta"))
    }

    /// A history that somebody edited, and left without an end to its last line.
    @Test func aRevisionBeginsOnALineOfItsOwn() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        _ = try LinkPlan.create([try PackageFixture.make("a", in: tree, [("lib/x", .file("1"))])], at: prefix)
        try FileSystem.unlink("\(prefix)/conda-meta/history")
        try tree.write("env/conda-meta/history", "==> 2024-01-01 00:00:00 <==\n# update specs: ['a']")
        try change(prefix, remove: ["a"], install: [])
        let revisions = try History.read(prefix).revisions
        #expect(revisions.map(\.updateSpecs) == [["a"], []])
    }

    @Test func createsInAnEmptyDirectory() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        try FileSystem.createDirectory(prefix)
        let package = try PackageFixture.make("a", in: tree, [("lib/x", .file("1"))])
        let first = try PrefixTransaction(planned(prefix, [], [package]))
        _ = try first.apply()
        try first.rollBack()
        #expect(try FileSystem.entries(prefix).isEmpty)
        try change(prefix, install: [package])
        #expect(try tree.files("env") == ["conda-meta/a-1.0-0.json", "conda-meta/history", "lib/x"])
    }

    @Test func clobbersComeAndGo() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let one = try PackageFixture.make("one", in: tree, [("share/x", .file("1")), ("share/1", .file("1"))])
        let two = try PackageFixture.make("two", in: tree, [("share/x", .file("2"))])
        _ = try LinkPlan.create([one], at: prefix)
        let transaction = try change(prefix, install: [two], order: ["one", "two"])
        #expect(transaction.clobbers == [Clobber(path: "share/x", winner: "two", loser: "one")])
        #expect(try tree.read("env/share/x") == "2" && tree.read("env/__clobbers__/one/share/x") == "1")
        let record = try #require(try PrefixState.read(prefix)?["one"])
        #expect(try record.paths().contains { $0.path == "__clobbers__/one/share/x" && $0.originalPath == "share/x" })
        #expect(try record.head().record == one.record)

        // Removing the winner brings the loser's file back.
        try change(prefix, remove: ["two"])
        #expect(try tree.read("env/share/x") == "1")
        #expect(!tree.exists("env/__clobbers__"))
        #expect(try record.paths().map(\.path).sorted() == ["share/1", "share/x"])
        #expect(try record.paths().allSatisfy { $0.originalPath == nil })

        // An earlier one in order loses to what is there.
        let three = try PackageFixture.make("three", in: tree, [("share/x", .file("3"))])
        try change(prefix, install: [three], order: ["three", "one"])
        #expect(try tree.read("env/share/x") == "1" && tree.read("env/__clobbers__/three/share/x") == "3")
        try change(prefix, remove: ["one"])
        #expect(try tree.read("env/share/x") == "3")
    }

    @Test func refreshesRequestedSpecs() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let package = try PackageFixture.make("a", in: tree, requested: ["a"], [("x", .file("1"))])
        _ = try LinkPlan.create([package], at: prefix)
        try change(prefix) { $0.requestedSpecs = ["a": ["a >=1", "a <9"]] }
        let record = try #require(try PrefixState.read(prefix)?["a"])
        #expect(try record.head().requestedSpecs == ["a >=1", "a <9"])
        try change(prefix) { $0.requestedSpecs = ["a": []] }
        #expect(try record.head().requestedSpecs == [])
        #expect(try record.paths().map(\.path) == ["x"])
    }

    @Test func frozenAndLocked() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let package = try PackageFixture.make("a", in: tree, [("x", .file("1"))])
        _ = try LinkPlan.create([package], at: prefix)
        let transaction = try PrefixTransaction(planned(prefix, ["a"], []))
        let failure = #expect(throws: Failure.self) {
            try PrefixTransaction(planned(prefix, [], []) { $0.lockSeconds = 0 })
        }
        #expect(failure?.code == .lockTimeout && failure?.reason.contains("\(processID())") == true)
        try transaction.rollBack()
        _ = consume transaction
        try tree.write("env/conda-meta/frozen", "")
        #expect(throws: Failure.self) { try PrefixTransaction(planned(prefix, ["a"], [])) }
        _ = try PrefixTransaction(planned(prefix, ["a"], []) { $0.overridesFrozen = true })
    }

    @Test func linksLeadingOutAreRefused() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        _ = try LinkPlan.create([try PackageFixture.make("a", in: tree, [("x", .file("1"))])], at: prefix)
        try FileSystem.createDirectory("\(tree.path)/outside")
        try FileSystem.symbolicLink(target: "../outside", path: "\(prefix)/share")
        let bad = try PackageFixture.make("b", in: tree, [("share/x", .file("1"))])
        #expect(throws: Failure.self) { try change(prefix, install: [bad]) }
        try FileSystem.unlink("\(prefix)/share")
        try FileSystem.createDirectory("\(prefix)/real")
        try FileSystem.symbolicLink(target: "real", path: "\(prefix)/share")
        try change(prefix, install: [bad])
        #expect(try tree.read("env/real/x") == "1")
    }

    /// As conda leaves it: a record lists files by a path that leads through another package's link.
    @Test func filesThroughAnotherPackagesLink() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let one = try PackageFixture.make(
            "one", in: tree, [("lib64", .link("lib")), ("lib/own", .file("1")), ("lib/empty", .directory)])
        _ = try LinkPlan.create([one], at: prefix)
        try tree.write("env/lib/two", "2")
        try tree.write(
            "env/conda-meta/two-1.0-0.json",
            #"{"name": "two", "version": "1.0", "build": "0", "files": ["lib64/two", "lib64/own"]}"#)
        let new = try PackageFixture.make("three", in: tree, [("lib/own", .file("3")), ("lib64/more", .file("3"))])
        try change(prefix, remove: ["two"], install: [new], order: ["one", "three"])
        #expect(try tree.read("env/lib/own") == "3" && tree.read("env/__clobbers__/one/lib/own") == "1")
        #expect(!tree.exists("env/lib/two") && tree.exists("env/lib/empty"))
        // A directory wins over the link of its name, and the link comes back.
        #expect(try tree.read("env/lib64/more") == "3" && !tree.exists("env/lib/more"))
        try change(prefix, remove: ["three"], order: ["one"])
        #expect(try tree.read("env/lib64/own") == "1" && FileSystem.readLink("\(prefix)/lib64") == "lib")
        #expect(!tree.exists("env/__clobbers__"))
    }

    @Test func journalReadsBack() throws {
        var journal = Journal()
        journal.moved = ["a\nb", "c"]
        journal.removed = ["d"]
        journal.made = ["é"]
        journal.madeDirectories = ["x", "x/y"]
        journal.records = ["r.json"]
        journal.emptied = ["var"]
        journal.madeMetadata = true
        journal.process = 42
        #expect(try Journal(journal.serialized()) == journal)
        #expect(try Journal(Array(journal.serialized().dropLast(2))) == nil)
        for path in ["../out", "/out", "a/../out", "a//b", "."] {
            for list in [\Journal.moved, \.removed, \.made, \.madeDirectories, \.emptied, \.records] {
                var unsafe = Journal()
                unsafe[keyPath: list] = ["a", path]
                #expect(throws: Failure.self, "\(path)") { try Journal(unsafe.serialized()) }
            }
        }
    }
}
