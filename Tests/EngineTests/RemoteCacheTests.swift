// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Scenes
import Testing

@testable import Engine

@Suite("The cache that many machines share")
struct RemoteCacheTests {
    @Test(arguments: [
        ("https://h/c/", "https://h/c/sha256/"), ("s3://b/f", "s3://b/f/sha256/"), ("/mnt/x", "/mnt/x/sha256/"),
    ])
    func placesOfPackages(place: String, start: String) throws {
        let scene = try Scene()
        let context = try scene.context(["remote_cache": place])
        for spec in ["lib=1.0", "old"] {
            let record = try scene.plan(.create, [spec]).links[0].record
            let hash = try #require(record.sha256).hex
            let suffix = spec == "old" ? ".tar.bz2" : ".conda"
            #expect(RemoteCache(context).urls(of: record) == ["\(start)\(hash.prefix(2))/\(hash)\(suffix)"])
            var unknown = record
            unknown.sha256 = nil
            #expect(RemoteCache(context).urls(of: unknown).isEmpty)
        }
    }

    @Test func registriesKnowByDigest() throws {
        let scene = try Scene()
        let record = try scene.plan(.create, ["lib"]).links[0].record
        let context = try scene.context(["remote_cache": "oci://h/n"])
        #expect(RemoteCache(context).urls(of: record) == ["oci://h/n@sha256:\(record.sha256?.hex ?? "")"])
        #expect(RemoteCache(try scene.context()).urls(of: record).isEmpty)
    }

    @Test func pullFillsTheCache() throws {
        let scene = try Scene()
        let plan = try scene.plan(.create, ["app"])
        _ = try LockWriter(scene.context()).write(plan, to: "conda-lock.yml", isApplied: false)
        let request = scene.request(.create) { $0.files = ["conda-lock.yml"] }
        let first = try RemoteCache(scene.context()).pull(request)
        #expect(first.fetched == 2 && first.present == 0 && first.bytes == plan.downloadSize)
        let second = try RemoteCache(scene.context()).pull(request)
        #expect(second.fetched == 0 && second.present == 2)
    }

    /// Places, and why nothing is sent there.
    @Test(arguments: [
        ("", "is not set, so there is no place to send packages to"),
        ("cache", "`cache` is not a URL"), ("/mnt/x", "is a directory of this machine"),
        ("file:///mnt/x", "is a directory of this machine"),
    ])
    func nothingIsSent(place: String, reason: String) throws {
        let scene = try Scene()
        let context = try scene.context(place.isEmpty ? [:] : ["remote_cache": place])
        let failure = try failure { try RemoteCache(context).push(scene.request(.create)) }
        #expect(failure.code == .usage && failure.subject == "remote_cache" && failure.reason.hasSuffix(reason))
    }

    @Test func onlyLocks() throws {
        let scene = try Scene()
        try scene.write("specs.txt", "lib\n")
        let failure = try failure {
            try RemoteCache(scene.context()).pull(scene.request(.create) { $0.files = ["specs.txt"] })
        }
        #expect(failure.subject == "specs.txt" && failure.hint == "make one with `krait lock -f specs.txt`")
    }
}
