// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Conda
package import Failures
import Locations

/// The records that some names and all they depend on have in some channels.
package struct LoadedRepodata: Sendable {
    /// What a solver chooses from; a row's `source` and `place` are for ``record(_:)`` only.
    package let table: CandidateTable
    /// The names that were asked for, but no channel has.
    package let missingNames: [String]
    /// What each channel's index said about itself.
    package let subdirs: [SubdirSummary]
    /// Some index was believed without asking its server, which was last asked longer ago than a minute.
    package var isDoubtful = false
    /// Why an index was taken in the form it was, one line for each subdir that offered a choice.
    package var notes: [String] = []
    private let blocks: [LoadedBlock]
    private let sources: [SubdirSource]

    init(
        table: CandidateTable, missingNames: [String], blocks: [LoadedBlock], sources: [SubdirSource],
        skippedFiles: [Int: [String]] = [:]
    ) {
        self.table = table
        self.missingNames = missingNames
        self.blocks = blocks
        self.sources = sources
        subdirs = sources.enumerated().map { SubdirSummary($1, skippedInShards: skippedFiles[$0] ?? []) }
    }

    /// Everything the channel says of row `row` of the table.
    package func record(_ row: Int) throws(Failure) -> PackageRecord {
        let candidate = table.rows[row]
        let loaded = blocks[Int(candidate.source)]
        let block = loaded.block
        let index = Int(candidate.place)
        let details = block.details(index)
        let fields = block.row(index)
        let source = sources[loaded.source]
        guard let version = block.text(fields.version), let build = block.text(fields.build) else {
            throw Failure(.integrity, loaded.name, "its record in the index of \(source.channel.name) is damaged")
        }
        let fileName = block.fileName(index, name: loaded.name)
        var record = PackageRecord(
            name: block.text(details.name) ?? loaded.name, version: version, build: build,
            buildNumber: fields.buildNumber, subdir: source.subdir.name, fileName: fileName,
            url: source.packagesURL + fileName.percentEncoded(allowing: "-._~!$&'()*+,;=:@"),
            channel: source.channel.baseURL)
        record.depends = block.texts(fields.depends)
        record.constrains = block.texts(fields.constrains)
        record.trackFeatures = block.texts(fields.trackFeatures)
        record.flags = block.texts(details.flags)
        record.noarch = candidate.noarch
        if fields.has.contains(.sha256) { record.sha256 = SHA256Digest(bytes: details.sha256) }
        if fields.has.contains(.md5) { record.md5 = MD5Digest(bytes: details.md5) }
        if fields.has.contains(.size) { record.size = details.size }
        if fields.has.contains(.timestamp) { record.timestamp = fields.timestamp }
        record.license = block.text(details.license)
        record.licenseFamily = block.text(details.licenseFamily)
        record.pythonSitePackagesPath = block.text(details.pythonSitePackagesPath)
        if let others = block.string(details.others) {
            // The members without braces, as they stood in the document.
            let text = [UInt8(ascii: "{")] + others + [UInt8(ascii: "}")]
            record.otherKeys = (try? JSON.parse(text, subject: fileName))?.object ?? []
        }
        if details.extraDepends != RecordBlock.absent {
            var groups: [(group: String, depends: [String])] = []
            block.forEachGroup(details.extraDepends) { name, depends in
                groups.append((block.text(name) ?? "", depends.map { block.text($0) ?? "" }))
            }
            record.extraDepends = groups
        }
        if fields.has.contains(.indexedTimestamp) {
            record.otherKeys.append(JSONMember("indexed_timestamp", .unsigned(fields.indexedTimestamp)))
        }
        return record
    }

    /// Every name that the channels have, for globs and for suggestions; sorted.
    package func allNames() -> [String] {
        var names: Set<String> = []
        for source in sources { names.formUnion(source.names) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether any channel has a package of this name.
    package func contains(_ name: String) -> Bool {
        sources.contains { source in
            switch source.content {
            case .empty: false
            case .index(let index): index.find(name) != nil
            case .shards(let shards): shards.index.nameNumber(name) != nil
            }
        }
    }
}

/// A block that rows were copied from.
struct LoadedBlock: Sendable {
    var block: RecordBlock
    /// The number of the source.
    var source: Int
    /// What the records are filed under.
    var name: String
}

/// What is worth telling of one subdir of a channel.
package struct SubdirSummary: Sendable {
    package let channel: Channel
    package let subdir: String
    /// False when the channel does not serve this subdir.
    package let isPresent: Bool
    /// True when records are fetched name by name (CEP 16).
    package let isSharded: Bool
    /// Records of the whole subdir, those left out as unfit, and those in forms that only newer clients know; of shards only
    /// what was looked at.
    package let records: Int
    package let skipped: Int
    package let hidden: Int
    /// The files of the first of those left out as unfit.
    package let skippedFiles: [String]
    /// What the channel says about revisions of the format (CEP 48): name and message.
    package let revisions: [(name: String, message: String)]

    init(_ source: SubdirSource, skippedInShards: [String] = []) {
        channel = source.channel
        subdir = source.subdir.name
        var revisions: [(name: String, message: String)] = []
        switch source.content {
        case .empty:
            isPresent = false
            isSharded = false
            (records, skipped, hidden, skippedFiles) = (0, 0, 0, [])
        case .index(let index):
            isPresent = true
            isSharded = false
            (records, skipped, hidden) = index.counts
            skippedFiles = index.skippedFiles
            for member in index.description["info"]?["repodata_revisions"]?.object ?? [] {
                if let message = member.value["message"]?.string { revisions.append((member.key, message)) }
            }
        case .shards:
            isPresent = true
            isSharded = true
            (records, skipped, hidden, skippedFiles) = (0, skippedInShards.count, 0, skippedInShards)
        }
        self.revisions = revisions
    }

    /// One sentence on the records that were left out as unfit; nil when there are none.
    package var unusableRecords: String? {
        guard skipped > 0 else { return nil }
        let place = "\(channel.name)/\(subdir)"
        if skipped == 1 {
            return "one record of \(place) cannot be used and was skipped"
                + (skippedFiles.first.map { ": \($0)" } ?? "")
        }
        return "\(skipped) records of \(place) cannot be used and were skipped"
            + (skippedFiles.first.map { ", first \($0) (-v names them)" } ?? "")
    }
}
