// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Synchronization
import Testing

@testable import Platform

/// Names that strangers chose, with the kernel's own call and without it.
@Suite(.serialized) struct BeneathTests {
    private let temporary = TemporaryDirectory()
    private let root: String
    private let outside: String

    init() throws {
        root = temporary / "root"
        outside = temporary / "outside"
        for path in [root + "/a/b", root + "/real/deep", outside + "/deep"] { try FileSystem.createDirectories(path) }
        try writeNewFile(outside + "/file", Array("keep".utf8))
        try writeNewFile(outside + "/deep/file", Array("keep".utf8))
        try writeNewFile(root + "/real/file", Array("mine".utf8))
        for (name, target) in [
            ("out", "../outside"), ("absolute", outside), ("dots", "a/../../outside"), ("a/up", "../../outside"),
            ("chain", "out"), ("loop", "loop"), ("proc", "/proc/self/root"), ("inside", "real"),
            ("a/inside", "../real"), ("file", "../outside/file"), ("twice", "a/inside"),
        ] { try FileSystem.symbolicLink(target: target, path: "\(root)/\(name)") }
    }

    private func outsideIsAsBefore() throws -> Bool {
        try readFile(outside + "/file") == Array("keep".utf8)
            && FileSystem.entries(outside).map(\.name).sorted() == ["deep", "file"]
            && FileSystem.entries(outside + "/deep").map(\.name) == ["file"]
    }

    /// Parents that lead out, whatever links are followed.
    private static let ways = [
        "out", "absolute", "dots", "a/up", "chain", "loop", "proc", "..", "a/../..", "out/deep", "/",
    ]

    @Test(arguments: [LinksOnTheWay.refused, .followedBeneath]) func nothingLeadsOut(_ links: LinksOnTheWay) throws {
        let opened = try Descriptor.openDirectory(root)
        for knows in [false, true] {
            BeneathWalk.kernelKnows.store(knows, ordering: .relaxed)
            for way in Self.ways + [outside] {
                for name in ["file", "deep", "new"] {
                    let path = "\(way)/\(name)"
                    var tree = Beneath(opened.reference, links: links)
                    #expect(throws: Errno.self) { try tree.unlink(path) }
                    #expect(throws: Errno.self) { try tree.removeDirectory(path) }
                    #expect(throws: Errno.self) { try tree.createDirectory(path) }
                    #expect(throws: Errno.self) { try tree.createDirectories(path + "/more") }
                    #expect(throws: Errno.self) { try tree.rename(from: "real/file", to: path) }
                    #expect(throws: Errno.self) { try tree.rename(from: path, to: "stolen") }
                    #expect(throws: Errno.self) { try tree.link(from: "real/file", to: path) }
                    #expect(throws: Errno.self) { try tree.link(from: path, to: "stolen") }
                    #expect(throws: Errno.self) { try tree.copyFile(from: path, to: "stolen") }
                    #expect(throws: Errno.self) { try tree.symbolicLink(target: "x", path: path) }
                    #expect(throws: Errno.self) { try tree.status(path) }
                    #expect(throws: Failure.self) { try tree.writeNewFile(path, [1]) }
                    try? tree.removeTree(path)
                }
            }
            #expect(try outsideIsAsBefore())
            #expect(try readFile(root + "/real/file") == Array("mine".utf8))
        }
    }

    @Test func theLastComponentIsNeverFollowed() throws {
        let opened = try Descriptor.openDirectory(root)
        for knows in [false, true] {
            BeneathWalk.kernelKnows.store(knows, ordering: .relaxed)
            var tree = Beneath(opened.reference, links: .followedBeneath)
            #expect(throws: Errno.self) { _ = try tree.open("file", .readOnly) }
            #expect(throws: Errno.self) { _ = try tree.open("inside", .directory) }
            #expect(throws: Errno.self) { try tree.unlink("..") }
            #expect(throws: Errno.self) { try tree.rename(from: "real/file", to: "") }
            try FileSystem.symbolicLink(target: outside, path: root + "/last")
            try tree.removeTree("last")
            #expect(try FileSystem.status(root + "/last", followLinks: false) == nil)
            #expect(try outsideIsAsBefore())
        }
    }

    @Test func linksThatStayBeneathAreFollowedWhereAsked() throws {
        let opened = try Descriptor.openDirectory(root)
        for knows in [false, true] {
            BeneathWalk.kernelKnows.store(knows, ordering: .relaxed)
            for way in ["inside", "a/inside", "twice", "a/../real", "./real"] {
                var following = Beneath(opened.reference, links: .followedBeneath)
                #expect(try following.status("\(way)/file").size == 4)
            }
            for way in ["inside", "a/inside", "twice"] {
                var refusing = Beneath(opened.reference)
                #expect(throws: Errno.loop) { _ = try refusing.status("\(way)/file") }
            }
        }
    }

    @Test func whatIsBeneathIsDone() throws {
        let opened = try Descriptor.openDirectory(root)
        for knows in [false, true] {
            BeneathWalk.kernelKnows.store(knows, ordering: .relaxed)
            var tree = Beneath(opened.reference)
            try tree.createDirectories("x/y/z")
            try tree.createDirectories("x/y/z")
            try tree.writeNewFile("x/y/z/one", [1])
            try tree.link(from: "x/y/z/one", to: "x/y/two")
            try tree.rename(from: "x/y/z/one", to: "a/b/three")
            try tree.copyFile(from: "a/b/three", to: "x/y/z/four")
            try tree.symbolicLink(target: "/nowhere", path: "x/link")
            #expect(try readFile(root + "/a/b/three") == [1])
            try tree.unlink("a/b/three")
            try tree.unlink("x/y/z/four")
            try tree.removeDirectory("x/y/z")
            try tree.removeTree("x")
            try tree.removeTree("x")
            #expect(try FileSystem.entries(root + "/a/b").isEmpty)
            #expect(!FileSystem.exists(root + "/x"))
        }
    }
}
