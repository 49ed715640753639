// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Failures
import Locations
import Prefix
import Repodata

/// A package whose channel says something else of it than its record in the environment.
package struct ChannelMismatch: Sendable, Equatable {
    package enum Problem: String, Sendable {
        /// The channel has another archive under the name.
        case hash
        /// The channel has it no more.
        case gone
        /// No place, or no hash, is known that could be compared.
        case unknown
    }

    /// `name-version-build`
    package let distribution: String
    package let channel: String
    package let problem: Problem
}

extension Context {
    /// Compares the hash of every record with what its channel says now.
    ///
    /// - Throws: `Failure` for channels that cannot be read.
    func mismatches(_ state: PrefixState) throws(Failure) -> [ChannelMismatch] {
        let pip = try PipPackage.survey(state)
        let records = try state.heads().map(\.record).filter { pip.replacing[$0.name] == nil }
        let configuration = ChannelConfiguration(settings, environment)
        var found: [ChannelMismatch] = []
        for (base, group) in Dictionary(grouping: records, by: \.channelBase).sorted(by: { $0.key < $1.key }) {
            func mismatch(_ record: PackageRecord, _ problem: ChannelMismatch.Problem) -> ChannelMismatch {
                ChannelMismatch(distribution: record.distribution, channel: base, problem: problem)
            }
            if base.isEmpty {
                found += group.map { mismatch($0, .unknown) }
                continue
            }
            var subdirs: [Subdir] = []
            for name in Set(group.map(\.subdir)).sorted() { subdirs.append(try Subdir(name)) }
            let loaded = try repodata.load(
                channels: try configuration.resolve(base), subdirs: subdirs, names: group.map(\.name),
                followsDependencies: false, revalidates: true)
            var known: [String: PackageRecord] = [:]
            let wanted = Set(group.map { "\($0.name) \($0.version) \($0.build)" })
            let strings = loaded.table.strings
            for (index, row) in loaded.table.rows.enumerated()
            where wanted.contains("\(strings[row.name]) \(strings[row.version]) \(strings[row.build])") {
                let record = try loaded.record(index)
                known["\(record.subdir)/\(record.fileName)"] = record
            }
            for record in group {
                let name = record.url.split(separator: "/").last.map { String($0).percentDecoded } ?? record.fileName
                guard let there = known["\(record.subdir)/\(name)"] else {
                    found.append(mismatch(record, .gone))
                    continue
                }
                if let same = record.hasSameHash(as: there) {
                    if !same { found.append(mismatch(record, .hash)) }
                } else {
                    found.append(mismatch(record, .unknown))
                }
            }
        }
        return found.sorted { $0.distribution < $1.distribution }
    }
}

extension PackageRecord {
    /// The channel as the URL of the archive tells; empty without one.
    fileprivate var channelBase: String {
        let parts = url.separatingCredentials.plain.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 2 ? parts.dropLast(2).joined(separator: "/") : ""
    }

    /// By the strongest hash that both have; nil when they have none in common.
    fileprivate func hasSameHash(as other: PackageRecord) -> Bool? {
        if let sha256, let theirs = other.sha256 { return sha256 == theirs }
        if let md5, let theirs = other.md5 { return md5 == theirs }
        return nil
    }
}
