// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Prefix

/// A change that was interrupted is ended only by who began it: with the same key, in the same directory where the mark
/// says nothing else, and by whoever may write there where there are no keys.
@Suite struct ChangeKeyTests {
    private let tree = TestTree()
    private var prefix: String { "\(tree.path)/env" }

    private func key(_ name: String) -> ChangeKey { ChangeKey(directory: "\(tree.path)/\(name)/krait") }

    /// An environment of one package whose update was stopped after new files came.
    private func interrupted(by key: ChangeKey, begunOnly: Bool = false) throws {
        let old = try PackageFixture.make("a", in: tree, [("lib/x", .file("1")), ("lib/gone", .file("1"))])
        _ = try LinkPlan.create([old], at: prefix)
        let new = try PackageFixture.make("a", version: "2.0", in: tree, [("lib/x", .file("2"))])
        var change = PrefixChange(
            target: LinkTarget(prefix),
            revision: History.Revision(seconds: 1_700_000_001, arguments: ["krait", "test"], version: "0"))
        change.removed = try PrefixState.read(prefix)?.records ?? []
        change.installed = [new]
        change.key = key
        do {
            let transaction = try PrefixTransaction(change)
            if begunOnly { try transaction.begin() } else { _ = try transaction.apply() }
            // What a process that dies here leaves.
            try FileSystem.createDirectories("\(tree.path)/copy")
            try copy("env", "copy/env")
        }
        try FileSystem.removeTree(prefix)
        try FileSystem.rename(from: "\(tree.path)/copy/env", to: prefix)
    }

    private func copy(_ from: String, _ to: String) throws {
        let whole = "\(tree.path)/\(to)"
        try FileSystem.createDirectories(whole)
        for entry in try FileSystem.entries("\(tree.path)/\(from)") {
            if entry.kind == .directory {
                try copy("\(from)/\(entry.name)", "\(to)/\(entry.name)")
            } else {
                try tree.write("\(to)/\(entry.name)", try tree.read("\(from)/\(entry.name)"))
            }
        }
        if Path.name(from) == ".krait-transaction" { try FileSystem.setMode(whole, 0o700) }
    }

    /// Processes that begin at once on a machine without a key all use the one that stays.
    @Test func oneKeyForAllThatBeginAtOnce() throws {
        for round in 0..<100 {
            let keys = (0..<4).map { _ in key("first-\(round)") }
            let marks = try inParallel(64, workers: 4) { (index) throws(Failure) in
                keys[index % 4].mark([1], in: 1)
            }
            #expect(Set(marks) == [key("first-\(round)").mark([1], in: 1)])
        }
    }

    @Test func whoBeganItEndsIt() throws {
        try interrupted(by: key("mine"))
        // Read anew from its file, as by the next process; also in a copy of the environment.
        #expect(try Recovery.run(prefix, key: key("mine")) == .undone)
        #expect(try tree.read("env/lib/x") == "1" && tree.read("env/lib/gone") == "1")
    }

    @Test(arguments: [false, true]) func nobodyElseDoes(begunOnly: Bool) throws {
        try interrupted(by: key("mine"), begunOnly: begunOnly)
        let before = try tree.files("env")
        // Another machine's, one that is made now, and one of a state directory that has a key of another length.
        try tree.write("odd/krait/change-key", "short", mode: 0o600)
        for name in ["another", "new", "odd"] {
            #expect(throws: Failure.self) { try Recovery.run(prefix, key: key(name)) }
        }
        #expect(try tree.files("env") == before)
        // `doctor --fix` does when it is told to.
        #expect(try Recovery.run(prefix, key: key("another"), isForced: true) == .undone)
        #expect(try tree.read("env/lib/x") == "1")
    }

    /// What has no contents says nothing of what there is to do, so that it counts in the directory that it was made in alone:
    /// what `interrupted` leaves is a copy.
    @Test func aMarkerIsOfItsDirectory() throws {
        try interrupted(by: key("mine"), begunOnly: true)
        let before = try tree.files("env")
        #expect(throws: Failure.self) { try Recovery.run(prefix, key: key("mine")) }
        try FileSystem.rename(
            from: "\(prefix)/\(TransactionDirectory.begun)", to: "\(prefix)/\(TransactionDirectory.unfinished)")
        #expect(throws: Failure.self) { try Recovery.run(prefix, key: key("mine")) }
        #expect(try tree.files("env").count == before.count && tree.read("env/lib/x") == "1")
    }

    @Test func whatNobodyHasBegunStays() throws {
        try tree.write("env/\(TransactionDirectory.path)/thesis", "years")
        try FileSystem.setMode("\(prefix)/\(TransactionDirectory.path)", 0o700)
        #expect(throws: Failure.self) { try Recovery.run(prefix, key: key("mine")) }
        #expect(try tree.read("env/\(TransactionDirectory.path)/thesis") == "years")
    }

    /// A directory of a name of ours goes only with a mark of ours in it, of that directory, and when it is this user's.
    @Test func leftoversAreKnownByTheirMarks() throws {
        let key = key("mine")
        let own = try StagingDirectory(in: tree.path, key: key)
        let mark = try tree.read("\(Path.name(own.path))/\(StagingDirectory.markName)")
        for (name, text) in [("a", mark), ("b", String(repeating: "0", count: 64)), ("c", "x")] {
            let directory = ".krait-\(String(repeating: name, count: 16))"
            try tree.write("\(directory)/\(StagingDirectory.markName)", text, mode: 0o600)
            try tree.write("\(directory)/thesis", "years")
            try FileSystem.setMode("\(tree.path)/\(directory)", 0o700)
        }
        // One that is in use, by this process, is not left.
        #expect(StagingDirectory.left(in: tree.path, key: key) == [])
        StagingDirectory.removeLeft(in: tree.path, key: key)
        for name in ["a", "b", "c"] {
            #expect(try tree.read(".krait-\(String(repeating: name, count: 16))/thesis") == "years")
        }
        let empty = "\(tree.path)/.krait-\(String(repeating: "d", count: 16))"
        try FileSystem.createDirectories(empty, mode: 0o700)
        #expect(StagingDirectory.left(in: tree.path, key: key) == [empty])
        if effectiveUserID() == 0, chown(empty, 65534, 65534) == 0 {
            #expect(StagingDirectory.left(in: tree.path, key: key) == [])
        }
        own.remove()
    }

    @Test func withoutKeysOwnershipDecides() throws {
        try interrupted(by: .none)
        // Who has a key believes nothing that has no mark.
        #expect(throws: Failure.self) { try Recovery.run(prefix, key: key("mine")) }
        #expect(try Recovery.run(prefix, key: .none) == .undone)
    }

    @Test func aMarkIsOfItsContents() throws {
        let key = key("mine")
        let mark = key.mark([1, 2, 3], in: 7)
        #expect(mark.utf8.count == 64 && key.vouches(for: [1, 2, 3], in: 7, mark: mark))
        #expect(!key.vouches(for: [1, 2], in: 7, mark: mark) && !key.vouches(for: [1, 2, 3], in: 8, mark: mark))
        for wrong in ["", String(mark.dropLast()), mark + "0", mark.uppercased(), String(repeating: "0", count: 64)] {
            #expect(!key.vouches(for: [1, 2, 3], in: 7, mark: wrong))
        }
        #expect(!self.key("another").vouches(for: [1, 2, 3], in: 7, mark: mark))
    }

    @Test func aJournalThatWasChangedIsNobodys() throws {
        try interrupted(by: key("mine"))
        let journal = try tree.read("env/\(TransactionDirectory.journal)")
        try FileSystem.unlink("\(prefix)/\(TransactionDirectory.journal)")
        let other = journal.replacingOccurrences(of: "lib/gone", with: "lib/mine")
        try tree.write("env/\(TransactionDirectory.journal)", other)
        #expect(throws: Failure.self) { try Recovery.run(prefix, key: key("mine")) }
        // Nor one that is to be finished.
        try FileSystem.unlink("\(prefix)/\(TransactionDirectory.journal)")
        let finished = journal.replacingOccurrences(of: "Olib/x", with: "Dlib/x")
        try tree.write("env/\(TransactionDirectory.committed)", finished)
        #expect(throws: Failure.self) { try Recovery.run(prefix, key: key("mine")) }
    }

    /// A key that others can read, or that is no file, is none: another takes its place.
    @Test func aKeyIsTheUsersAlone() throws {
        let first = key("mine").mark([1], in: 1)
        #expect(key("mine").mark([1], in: 1) == first)
        let path = "\(tree.path)/mine/krait/change-key"
        try FileSystem.setMode(path, 0o644)
        let second = key("mine").mark([1], in: 1)
        #expect(second != first && key("mine").mark([1], in: 1) == second)
        try FileSystem.unlink(path)
        try tree.write("elsewhere", String(repeating: "k", count: 32), mode: 0o600)
        try FileSystem.symbolicLink(target: "\(tree.path)/elsewhere", path: path)
        #expect(!key("mine").vouches(for: [1], in: 1, mark: second))
        #expect(try tree.read("elsewhere") == String(repeating: "k", count: 32))
    }
}
