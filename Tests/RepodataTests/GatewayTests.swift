// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Synchronization
import Testing
import Transport

@testable import Repodata

/// A gateway of its own, as a new process would have it.
private func gateway(_ cache: TemporaryFolder?, _ change: (inout RepodataSettings) -> Void = { _ in })
    -> RepodataGateway
{
    var settings = RepodataSettings()
    settings.cacheDirectories = cache.map { [$0.path] } ?? []
    change(&settings)
    var transport = TransportSettings()
    transport.retries = 0
    transport.offline = settings.offline
    return RepodataGateway(Transport(transport), settings)
}

private func channel(_ base: String, _ name: String = "test") -> Channel { Channel(baseURL: base, name: name) }

private let linux = document(
    [
        record("a", "1", depends: ["b >=1"]), record("a", "2", depends: ["noarch-only"]), record("b", "1"),
        record("unrelated", "1"),
    ],
    tarBzip2: [record("b", "0")])
private let noarch = document(
    [record("noarch-only", "1", depends: ["__unix", "b"]), record("a", "3")], info: ["subdir": "noarch"])

private let wanted = ["a-1-0", "a-2-0", "a-3-0", "b-0-0", "b-1-0", "noarch-only-1-0"]

@Suite struct LocalChannelTests {
    private func folder() -> TemporaryFolder {
        let folder = TemporaryFolder()
        folder.write("linux-64/repodata.json", linux)
        folder.write("noarch/repodata.json", noarch)
        return folder
    }

    @Test func closureOverSubdirs() throws {
        let folder = folder()
        let loaded = try gateway(nil).load(
            channels: [channel("file://" + folder.path)], subdirs: [.linux64, .noarch], names: ["A"])
        #expect(loaded.distributions == wanted)
        #expect(loaded.missingNames.isEmpty)
        #expect(loaded.contains("unrelated") && !loaded.contains("none"))
        #expect(loaded.allNames() == ["a", "b", "noarch-only", "unrelated"])
        let record = try #require(try loaded.records()["linux-64/b-0-0.tar.bz2"])
        #expect(record.url == "file://\(folder.path)/linux-64/b-0-0.tar.bz2")
    }

    @Test func otherPlatformsHaveTheName() throws {
        let folder = folder()
        folder.write("osx-arm64/repodata.json", document([record("appnope", "1")]))
        folder.write("win-64/repodata.json", document([record("other", "1")]))
        let searched = [Subdir.linux64, .noarch]
        let local = [channel("file://" + folder.path)]
        #expect(gateway(nil).otherSubdirs(having: "AppNope", channels: local, besides: searched) == ["osx-arm64"])
        #expect(gateway(nil).otherSubdirs(having: "nothing", channels: local, besides: searched) == [])
        #expect(gateway(nil).otherSubdirs(having: "a", channels: local, besides: searched) == [])
        let server = ChannelServer()
        server.put(folder: folder.path)
        let remote = [channel(server.base)]
        #expect(gateway(nil).otherSubdirs(having: "appnope", channels: remote, besides: searched) == [])
        // Whole documents are too much for a message.
        #expect(!server.takeLog().contains { $0.contains("repodata.json") })
        try writeShards(document([record("appnope", "1")]), subdir: "osx-arm64", folder)
        server.put(folder: folder.path)
        let found = gateway(nil).otherSubdirs(having: "appnope", channels: remote, besides: searched)
        #expect(found == ["osx-arm64"])
    }

    @Test func patternsAndMissingNames() throws {
        let folder = folder()
        let loaded = try gateway(nil).load(
            channels: [channel("file://" + folder.path)], subdirs: [.linux64, .noarch], names: ["nothing", "__cuda"],
            patterns: [try StringMatcher("unrel*")])
        #expect(loaded.distributions == ["unrelated-1-0"])
        #expect(loaded.missingNames == ["nothing"])
    }

    @Test func absentSubdirs() throws {
        let folder = folder()
        folder.remove("linux-64")
        let loaded = try gateway(nil).load(
            channels: [channel("file://" + folder.path)], subdirs: [.linux64, .noarch], names: ["a"])
        #expect(loaded.distributions == ["a-3-0"])
        #expect(loaded.subdirs.map(\.isPresent) == [false, true])
        folder.remove("noarch")
        let failure = #expect(throws: Failure.self) {
            try gateway(nil).load(
                channels: [channel("file://" + folder.path, "mine")], subdirs: [.linux64, .noarch], names: ["a"])
        }
        #expect(failure?.code == .network)
        #expect(failure?.subject == "mine")
        #expect(failure?.hint?.contains(folder.path) == true)
    }

    @Test func brokenDocumentsNameTheFile() {
        let folder = folder()
        folder.write("linux-64/repodata.json", Array(linux.dropLast(5)))
        let failure = #expect(throws: Failure.self) {
            try gateway(nil).load(
                channels: [channel("file://" + folder.path)], subdirs: [.linux64, .noarch], names: ["a"])
        }
        #expect(failure?.subject.contains("linux-64/repodata.json") == true)
    }

    @Test(.enabled(if: testData != nil, "the real data is absent")) func bzip2ComesLast() throws {
        let folder = TemporaryFolder()
        for subdir in ["linux-64", "noarch"] {
            let path = "repodata/conda-subchannel-demo/\(subdir)/repodata.json.bz2"
            let file = try #require(testData?.appendingPathComponent(path))
            folder.write("\(subdir)/repodata.json.bz2", Array(try Data(contentsOf: file)))
        }
        let cache = TemporaryFolder()
        func load(_ base: String) throws -> LoadedRepodata {
            try gateway(cache).load(
                channels: [channel(base)], subdirs: [.linux64, .noarch], names: [], patterns: [try StringMatcher("*")])
        }
        let local = try load("file://" + folder.path).distributions
        #expect(local.count > 100)
        let server = ChannelServer()
        server.put(folder: folder.path)
        #expect(try load(server.base).distributions == local)
        _ = server.takeLog()
        #expect(try load(server.base).distributions == local)
        #expect(server.takeLog().contains("/linux-64/repodata.json.bz2 304"))
        // Anything else is better.
        folder.write("linux-64/repodata.json", linux)
        server.put("linux-64/repodata.json", linux)
        for base in ["file://" + folder.path, server.base] {
            #expect(try load(base).distributions.contains("unrelated-1-0"))
        }
    }

    @Test func largeDocumentsAreKeptAndRenewed() throws {
        let folder = folder()
        let cache = TemporaryFolder()
        func load() throws -> ([String], Bool) {
            let wasCached = Mutex(false)
            let loaded = try gateway(cache) {
                $0.report = { event in
                    if case .ready(_, "linux-64", let isCached) = event { wasCached.withLock { $0 = isCached } }
                }
            }.load(channels: [channel("file://" + folder.path)], subdirs: [.linux64, .noarch], names: ["big"])
            return (loaded.distributions, wasCached.withLock { $0 })
        }
        func write(_ versions: Range<Int>) {
            let padding = JSONMember("summary", .string(String(repeating: "x", count: 2000)))
            folder.write("linux-64/repodata.json", document(versions.map { record("big", "\($0)", more: [padding]) }))
        }
        write(0..<600)
        #expect(try load().1 == false)
        let again = try load()
        #expect(again.0.count == 600 && again.1)
        write(0..<601)
        let renewed = try load()
        #expect(renewed.0.count == 601 && !renewed.1)
        // A damaged index is made anew without a word.
        for file in try FileManager.default.contentsOfDirectory(atPath: cache.path + "/krait-index-v1")
        where file.hasSuffix(".index") {
            let path = "krait-index-v1/" + file
            var bytes = Array(FileManager.default.contents(atPath: cache.path + "/" + path) ?? Data())
            bytes[bytes.count / 3] ^= 4
            cache.write(path, bytes)
            #expect(try load().0.count == 601)
            bytes.removeLast(100)
            cache.write(path, bytes)
            #expect(try load().0.count == 601)
        }
    }

    @Test func olderCompressedDocumentsAreNotBelieved() throws {
        let folder = folder()
        folder.write("linux-64/repodata.json.zst", try zstdCompress(document([record("a", "9")]), subject: "x"))
        let old = Date(timeIntervalSinceNow: -1000)
        try FileManager.default.setAttributes(
            [.modificationDate: old], ofItemAtPath: folder.path + "/linux-64/repodata.json.zst")
        let first = try gateway(nil).load(
            channels: [channel("file://" + folder.path)], subdirs: [.linux64, .noarch], names: ["a"])
        #expect(first.distributions == wanted)
        folder.remove("linux-64/repodata.json")
        let second = try gateway(nil).load(
            channels: [channel("file://" + folder.path)], subdirs: [.linux64, .noarch], names: ["a"])
        #expect(second.distributions == ["a-3-0", "a-9-0"])
    }

    @Test func channelsInOrder() throws {
        let (first, second) = (folder(), folder())
        let loaded = try gateway(nil).load(
            channels: [channel("file://" + first.path, "one"), channel("file://" + second.path, "two")],
            subdirs: [.linux64, .noarch], names: ["b"])
        #expect(loaded.table.channels.map(\.name) == ["one", "two"])
        #expect(loaded.table.rows.map(\.channel).sorted() == [0, 0, 1, 1])
    }
}

@Suite struct RemoteChannelTests {
    private func serve(zstd: Bool = true) throws -> ChannelServer {
        let server = ChannelServer()
        if zstd {
            server.put("linux-64/repodata.json.zst", try zstdCompress(linux, subject: "x"))
            server.put("noarch/repodata.json.zst", try zstdCompress(noarch, subject: "x"))
        } else {
            server.put("linux-64/repodata.json", linux)
            server.put("noarch/repodata.json", noarch)
        }
        return server
    }

    private func load(
        _ server: ChannelServer, _ cache: TemporaryFolder?, names: [String] = ["a"],
        _ change: (inout RepodataSettings) -> Void = { _ in }
    ) throws -> [String] {
        try gateway(cache, change).load(channels: [channel(server.base)], subdirs: [.linux64, .noarch], names: names)
            .distributions
    }

    @Test(arguments: [true, false])
    func negotiationAndRevalidation(zstd: Bool) throws {
        let server = try serve(zstd: zstd)
        let cache = TemporaryFolder()
        #expect(try load(server, cache) == wanted)
        let asked = server.takeLog()
        #expect(asked.contains("/linux-64/repodata_shards.msgpack.zst 404"))
        #expect(asked.contains(zstd ? "/linux-64/repodata.json.zst 200" : "/linux-64/repodata.json 200"))
        #expect(asked.contains("/linux-64/repodata.json.zst 404") == !zstd)
        // The second time only what may have changed is asked.
        #expect(try load(server, cache) == wanted)
        let name = zstd ? "repodata.json.zst" : "repodata.json"
        #expect(server.takeLog() == ["/linux-64/\(name) 304", "/noarch/\(name) 304"])
        // A changed document is noticed.
        let changed = document([record("a", "7")])
        server.put("linux-64/\(name)", zstd ? try zstdCompress(changed, subject: "x") : changed)
        #expect(try load(server, cache) == ["a-3-0", "a-7-0"])
        // Without a network what is here is good.
        server.put("linux-64/\(name)", nil)
        #expect(try load(server, cache) { $0.offline = true } == ["a-3-0", "a-7-0"])
    }

    @Test func maximumAgeAndTimeToLive() throws {
        let server = try serve()
        let cache = TemporaryFolder()
        server.setHeaders(["Cache-Control: public, max-age=1200"])
        _ = try load(server, cache)
        _ = server.takeLog()
        #expect(try load(server, cache) == wanted)
        #expect(server.takeLog().isEmpty)
        _ = try load(server, cache) { $0.timeToLive = 0 }
        #expect(server.takeLog().count == 2)
        _ = try load(server, cache) { $0.timeToLive = 300 }
        #expect(server.takeLog().isEmpty)
    }

    @Test func offlineWithoutACache() throws {
        let server = try serve()
        let failure = #expect(throws: Failure.self) { try load(server, TemporaryFolder()) { $0.offline = true } }
        #expect(failure?.code == .network)
        #expect(failure?.hint?.contains("--offline") == true)
        #expect(server.takeLog().isEmpty)
    }

    @Test func unknownChannelsAndForbiddenOnes() throws {
        let server = ChannelServer()
        let failure = #expect(throws: Failure.self) { try load(server, TemporaryFolder()) }
        #expect(failure?.reason.contains("no such channel") == true)
        let closed = try serve()
        // A store that answers 403 for what it lacks has the next form; one that refuses every form is closed.
        closed.fail(["noarch/repodata.json.zst", "noarch/repodata.json.bz2", "noarch/repodata.json"])
        #expect(throws: Failure.self) { try load(closed, TemporaryFolder()) }
    }

    @Test func cutOffDocumentsAreNotKept() throws {
        let server = try serve()
        let cache = TemporaryFolder()
        let whole = try zstdCompress(linux, subject: "x")
        server.put("linux-64/repodata.json.zst", Array(whole.dropLast(20)))
        #expect(throws: Failure.self) { try load(server, cache) }
        server.put("linux-64/repodata.json.zst", whole)
        #expect(try load(server, cache) == wanted)
        let left = try FileManager.default.contentsOfDirectory(atPath: cache.path + "/krait-index-v1")
        #expect(left.allSatisfy { !$0.hasPrefix(".new") })
    }

    @Test func withoutAWritableCache() throws {
        let server = try serve()
        #expect(try load(server, nil) == wanted)
        let missing = TemporaryFolder()
        let nowhere = try load(server, nil) {
            $0.cacheDirectories = ["/proc/nowhere"]
            $0.temporaryDirectory = missing.path + "/none"
        }
        #expect(nowhere == wanted)
        #expect(try load(server, nil) { $0.temporaryDirectory = missing.path } == wanted)
        #expect(try FileManager.default.contentsOfDirectory(atPath: missing.path).isEmpty)
    }
}

@Suite struct ShardedChannelTests {
    private func serve() throws -> (ChannelServer, TemporaryFolder) {
        let folder = TemporaryFolder()
        try writeShards(linux, subdir: "linux-64", folder)
        try writeShards(noarch, subdir: "noarch", folder)
        let server = ChannelServer()
        server.put(folder: folder.path)
        return (server, folder)
    }

    private func load(
        _ server: ChannelServer, _ cache: TemporaryFolder?, names: [String] = ["a"],
        _ change: (inout RepodataSettings) -> Void = { _ in }
    ) throws -> LoadedRepodata {
        try gateway(cache, change).load(channels: [channel(server.base)], subdirs: [.linux64, .noarch], names: names)
    }

    @Test func shardsEqualTheWholeDocument() throws {
        let (server, _) = try serve()
        let cache = TemporaryFolder()
        let sharded = try load(server, cache)
        #expect(sharded.distributions == wanted)
        #expect(sharded.subdirs.map(\.isSharded) == [true, true])
        #expect(server.takeLog().filter { $0.contains("unrelated") }.isEmpty)
        server.put("linux-64/repodata.json", linux)
        server.put("noarch/repodata.json", noarch)
        let flat = try load(server, TemporaryFolder()) { $0.usesShards = false }
        #expect(try sharded.records() == flat.records())
        // In the same order, too.
        let order = try sharded.table.rows.indices.map { try sharded.record($0) }
        #expect(try flat.table.rows.indices.map { try flat.record($0) } == order)
        _ = server.takeLog()
        // The second time nothing but the index is asked for.
        #expect(try load(server, cache).distributions == wanted)
        #expect(server.takeLog().allSatisfy { $0.hasSuffix("repodata_shards.msgpack.zst 304") })
        #expect(try load(server, cache) { $0.offline = true }.distributions == wanted)
        #expect(server.takeLog().isEmpty)
        #expect(try load(server, cache, names: ["nothing"]).missingNames == ["nothing"])
    }

    @Test func allRecordsComeFromTheWholeDocument() throws {
        let (server, _) = try serve()
        func loadAll(_ cache: TemporaryFolder, offline: Bool = false) throws -> LoadedRepodata {
            try gateway(cache) { $0.offline = offline }.load(
                channels: [channel(server.base)], subdirs: [.linux64, .noarch], names: [],
                patterns: [try StringMatcher("*")], followsDependencies: false, wantsAll: true)
        }
        // Where there are only shards, they have to do.
        let cache = TemporaryFolder()
        let sharded = try loadAll(cache)
        #expect(sharded.subdirs.map(\.isSharded) == [true, true])
        #expect(try loadAll(cache, offline: true).distributions == sharded.distributions)
        server.put("linux-64/repodata.json", linux)
        server.put("noarch/repodata.json", noarch)
        _ = server.takeLog()
        let flat = try loadAll(cache)
        #expect(flat.subdirs.map(\.isSharded) == [false, false])
        #expect(flat.distributions == sharded.distributions)
        #expect(!server.takeLog().contains { $0.contains("shards") })
        #expect(try loadAll(cache, offline: true).subdirs.map(\.isSharded) == [false, false])
    }

    @Test func damagedShardsInTheCacheAreFetchedAgain() throws {
        let (server, _) = try serve()
        let cache = TemporaryFolder()
        _ = try load(server, cache)
        let root = cache.path + "/krait-index-v1/shards"
        let walker = FileManager.default.enumerator(atPath: root)
        while let name = walker?.nextObject() as? String {
            guard name.hasSuffix(".zst") else { continue }
            var bytes = Array(FileManager.default.contents(atPath: root + "/" + name) ?? Data())
            bytes[bytes.count / 2] ^= 1
            cache.write("krait-index-v1/shards/" + name, bytes)
        }
        #expect(try load(server, cache).distributions == wanted)
    }

    @Test func shardsThatFailFallBackToTheDocument() throws {
        let (server, folder) = try serve()
        server.put("linux-64/repodata.json", linux)
        server.put("noarch/repodata.json", noarch)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/linux-64/shards") {
            server.put("linux-64/shards/" + name, Array("damaged".utf8))
        }
        let loaded = try load(server, TemporaryFolder())
        #expect(loaded.distributions == wanted)
        #expect(loaded.subdirs.map(\.isSharded) == [false, true])
        // And without a document the failure is told.
        server.put("linux-64/repodata.json", nil)
        #expect(throws: Never.self) { _ = try load(server, TemporaryFolder()) }
        server.put("noarch/repodata.json", nil)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/noarch/shards") {
            server.put("noarch/shards/" + name, nil)
        }
        #expect(throws: Failure.self) { try load(server, TemporaryFolder()) }
    }

    @Test func brokenShardIndexesFallBackToTheDocument() throws {
        let (server, _) = try serve()
        server.put("linux-64/repodata.json", linux)
        server.put("linux-64/repodata_shards.msgpack.zst", Array("what".utf8))
        #expect(try load(server, TemporaryFolder()).distributions == wanted)
    }

    @Test func staleIndexesAreAskedAboutBeforeANameIsUnknown() throws {
        let (server, _) = try serve()
        let cache = TemporaryFolder()
        server.setHeaders(["Cache-Control: max-age=100000"])
        _ = try load(server, cache)
        // An hour goes by, and somebody uploads a package.
        for file in try FileManager.default.contentsOfDirectory(atPath: cache.path + "/krait-index-v1")
        where file.hasSuffix("state") {
            let path = "krait-index-v1/" + file
            var json = try JSON.parse(
                Array(FileManager.default.contents(atPath: cache.path + "/" + path) ?? Data()), subject: file)
            var members = json.object ?? []
            members.set("confirmed", .integer((json["confirmed"]?.integer ?? 0) - 3600))
            json = .object(members)
            cache.write(path, json.serialized())
        }
        let folder = TemporaryFolder()
        try writeShards(document([record("new", "1")]), subdir: "linux-64", folder)
        server.put(folder: folder.path)
        #expect(try load(server, cache, names: ["new"]).distributions == ["new-1-0"])
    }
}
