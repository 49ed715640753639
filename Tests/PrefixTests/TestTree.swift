// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Failures
import Foundation
import Platform
import Prefix

/// A directory for one test, gone at its end.
final class TestTree {
    let path: String

    init() {
        path =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path + "/"
            + temporaryName(prefix: "prefix-test-")
        do { try FileSystem.createDirectories(path) } catch { preconditionFailure("no place for tests: \(error)") }
    }

    deinit { try? FileSystem.removeTree(path) }

    func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
        let whole = "\(path)/\(name)"
        try FileSystem.createDirectories(Path.parent(whole))
        try writeNewFile(whole, Array(text.utf8), mode: mode)
    }

    func read(_ name: String) throws -> String {
        String(decoding: try readFile("\(path)/\(name)"), as: UTF8.self)
    }

    func exists(_ name: String) -> Bool {
        (try? FileSystem.status("\(path)/\(name)", followLinks: false)) ?? nil != nil
    }

    /// Every path below `name` but directories, sorted.
    func files(_ name: String = "") throws -> [String] {
        var found: [String] = []
        func walk(_ directory: String, _ shown: String) throws {
            for entry in try FileSystem.entries(directory) {
                let next = shown.isEmpty ? entry.name : "\(shown)/\(entry.name)"
                if entry.kind == .directory {
                    try walk("\(directory)/\(entry.name)", next)
                } else {
                    found.append(next)
                }
            }
        }
        try walk(name.isEmpty ? path : "\(path)/\(name)", "")
        return found.sorted()
    }
}

/// A small package on disk with its manifest.
struct PackageFixture {
    enum Content {
        case file(String, mode: UInt16 = 0o644, noLink: Bool = false)
        case text(String, placeholder: String, mode: UInt16 = 0o644)
        case binary([UInt8], placeholder: String)
        case link(String)
        case directory
    }

    static let placeholder = "/" + String(repeating: "placehold_", count: 25) + "abcd"

    static func make(
        _ name: String, version: String = "1.0", build: String = "0", in tree: TestTree, noarch: Noarch = .none,
        depends: [String] = [], entryPoints: [String] = [], requested: [String] = [],
        sitePackages: String? = nil, _ contents: [(String, Content)]
    ) throws -> LinkPackage {
        let source = "\(tree.path)/cache/\(name)-\(version)-\(build)"
        try FileSystem.removeTree(source)
        try FileSystem.createDirectories(source)
        var builder = LinkManifestBuilder(subject: name)
        builder.noarch = noarch
        for (path, content) in contents {
            let whole = "\(source)/\(path)"
            try FileSystem.createDirectories(Path.parent(whole))
            switch content {
            case .file(let text, let mode, let noLink):
                try writeNewFile(whole, Array(text.utf8), mode: UInt32(mode))
                try builder.add(
                    .init(
                        path: path, mode: mode, size: UInt64(text.utf8.count), digest: sha256(of: Array(text.utf8)),
                        noLink: noLink))
            case .text(let text, let placeholder, let mode):
                try add(Array(text.utf8), placeholder, .text, mode, whole, path, &builder)
            case .binary(let bytes, let placeholder):
                try add(bytes, placeholder, .binary, 0o755, whole, path, &builder)
            case .link(let target):
                try FileSystem.symbolicLink(target: target, path: whole)
                try builder.add(.init(path: path, kind: .softLink, target: target))
            case .directory:
                try FileSystem.createDirectory(whole)
                try builder.add(.init(path: path, kind: .directory))
            }
        }
        for point in entryPoints { builder.entryPoints.append(try EntryPoint(point)) }
        var record = PackageRecord(
            name: name, version: version, build: build, subdir: noarch == .none ? "linux-64" : "noarch",
            fileName: "\(name)-\(version)-\(build).conda",
            url: "https://example.org/channel/linux-64/\(name)-\(version)-\(build).conda",
            channel: "https://example.org/channel")
        record.noarch = noarch
        record.depends = depends
        record.pythonSitePackagesPath = sitePackages
        record.sha256 = sha256(of: Array("\(name)\(version)\(build)".utf8))
        record.timestamp = 1_700_000_000_000
        record.size = 4711
        return LinkPackage(record: record, source: source, manifest: try builder.finish(), requestedSpecs: requested)
    }

    private static func add(
        _ bytes: [UInt8], _ placeholder: String, _ mode: LinkManifest.PlaceholderMode, _ bits: UInt16, _ whole: String,
        _ path: String, _ builder: inout LinkManifestBuilder
    ) throws {
        try writeNewFile(whole, bytes, mode: UInt32(bits))
        var offsets: [UInt64] = []
        var start = 0
        while let found = bytes.withUnsafeBytes({ $0.firstOffset(of: Array(placeholder.utf8), from: start) }) {
            offsets.append(UInt64(found))
            start = found + placeholder.utf8.count
        }
        try builder.add(
            .init(
                path: path, mode: bits, size: UInt64(bytes.count), digest: sha256(of: bytes),
                placeholder: .init(text: placeholder, mode: mode, offsets: offsets)))
    }
}

extension LinkPlan {
    /// Links into a new prefix, records and all.
    static func create(
        _ packages: [LinkPackage], at prefix: String, options: LinkOptions = LinkOptions()
    ) throws -> LinkedPackages {
        let fresh = try FreshPrefix(prefix)
        let plan = try LinkPlan(
            packages, target: LinkTarget(root: fresh.buildDirectory, prefix: prefix), options: options)
        let linked = try plan.execute(at: fresh.root, isFresh: true)
        try linked.writeRecords(into: "conda-meta", at: fresh.root)
        try History.append(
            History.Revision(
                seconds: 1_700_000_000, arguments: ["krait", "create"], version: "0", linked: packages.map(\.record)),
            at: fresh.root)
        try fresh.commit()
        return linked
    }
}

/// The shared test data, or nil where it is absent.
let testData: String? = {
    let environment = ProcessInfo.processInfo.environment["KRAIT_TEST_DATA"]
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().resolvingSymlinksInPath().path
    let path = environment ?? Path.absolute("../shared/data", base: root)
    return FileSystem.isDirectory(path) ? path : nil
}()

/// A python that has py-rattler, or nil.
let oraclePython: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().resolvingSymlinksInPath().path
    for path in [ProcessInfo.processInfo.environment["KRAIT_TEST_PYTHON"], "\(root)/.venv/bin/python"].compactMap({ $0 }
    ) {
        let environment = ProcessEnvironment.current().variables
        if let output = try? runProgram([path, "-c", "import rattler"], environment: environment),
            output.status.isSuccess
        {
            return path
        }
    }
    return nil
}()

/// What a python program prints.
func python(_ program: String, _ arguments: [String]) throws -> String {
    let output = try runProgram(
        [oraclePython ?? "python3", "-c", program] + arguments, environment: ProcessEnvironment.current().variables,
        errors: .withOutput)
    let text = String(decoding: output.output, as: UTF8.self)
    guard output.status.isSuccess else { throw Failure(.other, "python", text) }
    return text
}
