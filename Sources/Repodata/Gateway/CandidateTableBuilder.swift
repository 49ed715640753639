// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// Copies the rows of collected blocks into a ``CandidateTable``.
struct CandidateTableBuilder {
    private(set) var table = CandidateTable()
    /// The blocks that rows came from, by ``Candidate/source``.
    private(set) var blocks: [LoadedBlock] = []
    private(set) var removedCount = 0
    private let subdirs: [StringID]
    private let channels: [UInt16]
    private let prefersTarBzip2: Bool

    /// `sources` are in order of priority; those of one channel stand together.
    init(_ sources: [SubdirSource], channels: [Channel], prefersTarBzip2: Bool) {
        table.channels = channels
        var subdirs: [StringID] = []
        for source in sources { subdirs.append(table.strings.intern(source.subdir.name)) }
        self.subdirs = subdirs
        self.channels = sources.map { source in
            UInt16(channels.firstIndex { $0 == source.channel } ?? 0)
        }
        self.prefersTarBzip2 = prefersTarBzip2
    }

    /// Adds all records of one name, from all sources.
    mutating func add(_ name: String, _ records: [NameRecords]) {
        let first = table.rows.count
        let nameID = table.strings.intern(name)
        for found in records.sorted(by: { $0.source < $1.source }) {
            // The better archive of a build comes first and hides its twin (Rules §4.1).
            let preferred: ArchiveKind = prefersTarBzip2 ? .tarBzip2 : .conda
            var builds: Set<UInt64> = []
            var stems: Set<String> = []
            let better = found.blocks.filter { $0.kind == preferred }
            let others = found.blocks.filter { $0.kind != preferred }
            for block in better {
                add(
                    block, found, name, nameID, &builds, &stems, hides: false,
                    notes: !others.isEmpty || better.count > 1)
            }
            for block in others {
                add(block, found, name, nameID, &builds, &stems, hides: true, notes: others.count > 1)
            }
        }
        if table.rows.count > first { table.names[nameID] = first..<table.rows.count }
    }

    /// Adds the rows of one block. `notes` says whether later blocks have to know what is in it.
    private mutating func add(
        _ block: RecordBlock, _ found: NameRecords, _ name: String, _ nameID: StringID, _ builds: inout Set<UInt64>,
        _ stems: inout Set<String>, hides: Bool, notes: Bool
    ) {
        let number = UInt32(blocks.count)
        blocks.append(LoadedBlock(block: block, source: found.source, name: name))
        var translation = BlockTranslation(block)
        let hasEarlier = !builds.isEmpty || !stems.isEmpty
        var order: [Int]?
        if !block.isInOrder { order = (0..<block.rowCount).sorted { block.precedes($0, $1) } }
        for position in 0..<block.rowCount {
            let index = order?[position] ?? position
            let row = block.row(index)
            guard let version = translation.string(row.version, &table.strings),
                let build = translation.string(row.build, &table.strings)
            else { continue }
            if hasEarlier || notes || !found.removed.isEmpty {
                let details = block.details(index)
                let stem = block.text(details.fileName)
                if !found.removed.isEmpty {
                    let fileName = block.fileName(index, name: name)
                    if found.removed.contains(fileName) {
                        removedCount += 1
                        continue
                    }
                }
                let key = UInt64(version) << 32 | UInt64(build)
                if hasEarlier, stem.map({ stems.contains($0) }) ?? builds.contains(key) { continue }
                if notes {
                    if let stem { stems.insert(stem) } else { builds.insert(key) }
                }
            }
            var candidate = Candidate()
            candidate.name = nameID
            candidate.version = version
            candidate.build = build
            candidate.subdir = subdirs[found.source]
            candidate.buildNumber = row.buildNumber
            candidate.timestamp = Self.milliseconds(row.timestamp)
            candidate.indexedTimestamp = Self.milliseconds(row.indexedTimestamp)
            candidate.depends = translation.list(row.depends, &table)
            candidate.constrains = translation.list(row.constrains, &table)
            candidate.trackFeatures = translation.list(row.trackFeatures, &table)
            candidate.channel = channels[found.source]
            candidate.noarch = Noarch(rawValue: row.noarch) ?? .none
            if row.has.contains(.additions) {
                candidate.additions = table.keep(translation.additions(block.details(index), &table))
            }
            candidate.source = number
            candidate.place = UInt32(index)
            table.rows.append(candidate)
        }
    }

    /// A time of a record in milliseconds: small numbers are seconds (Rules §4.2).
    static func milliseconds(_ timestamp: UInt64) -> UInt64 {
        timestamp > 253_402_300_799 ? timestamp : timestamp &* 1000
    }
}

/// What the numbers of one block are in the table.
private struct BlockTranslation {
    private let block: RecordBlock
    private var strings: [UInt32]
    /// Where each list of the block begins in the table; `absent` for not yet copied.
    private var lists: [UInt32]

    init(_ block: RecordBlock) {
        self.block = block
        strings = Array(repeating: RecordBlock.absent, count: block.stringCount)
        lists = Array(repeating: RecordBlock.absent, count: block.listWordCount)
    }

    mutating func string(_ number: UInt32, _ table: inout StringTable) -> StringID? {
        guard number < block.stringCount else { return nil }
        let known = strings[Int(number)]
        if known != RecordBlock.absent { return known }
        guard let bytes = block.string(number) else { return nil }
        let id = table.intern(bytes)
        strings[Int(number)] = id
        return id
    }

    mutating func list(_ place: UInt32, _ table: inout CandidateTable) -> Range<UInt32> {
        guard let count = block.listCount(place) else { return 0..<0 }
        let known = lists[Int(place)]
        if known != RecordBlock.absent { return known..<known + UInt32(count) }
        let begin = UInt32(table.lists.count)
        for index in 0..<count {
            // A number that leads nowhere would be damage that the checksum did not see.
            table.lists.append(string(block.listElement(place, index), &table.strings) ?? 0)
        }
        lists[Int(place)] = begin
        return begin..<begin + UInt32(count)
    }

    /// The flags and groups of a row.
    mutating func additions(_ details: RecordBlock.Details, _ table: inout CandidateTable) -> CandidateAdditions {
        var result = CandidateAdditions()
        result.flags = list(details.flags, &table).map { table.lists[Int($0)] }
        var groups: [(UInt32, [UInt32])] = []
        block.forEachGroup(details.extraDepends) { groups.append(($0, $1)) }
        for (name, depends) in groups {
            guard let name = string(name, &table.strings) else { continue }
            let begin = UInt32(table.lists.count)
            for number in depends { table.lists.append(string(number, &table.strings) ?? 0) }
            result.groups.append((name, begin..<UInt32(table.lists.count)))
        }
        return result
    }
}

extension RecordBlock {
    /// The file's name of row `index`, filed under `name`.
    func fileName(_ index: Int, name: String) -> String {
        let details = details(index)
        if let stem = text(details.fileName) { return stem + kind.suffix.description }
        let row = row(index)
        return "\(text(details.name) ?? name)-\(text(row.version) ?? "")-\(text(row.build) ?? "")\(kind.suffix)"
    }

    /// Whether the rows stand in the order of their files' names, as well-made documents have them.
    var isInOrder: Bool {
        for index in stride(from: 1, to: rowCount, by: 1) where precedes(index, index - 1) { return false }
        return true
    }

    /// Whether row `left` comes before row `right`, by version and build as they are written, a dash between.
    func precedes(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (row(left), row(right))
        if left.version == right.version {
            if left.build == right.build { return false }
            guard let first = string(left.build), let second = string(right.build) else { return false }
            return first.lexicographicallyPrecedes(second)
        }
        guard let first = string(left.version), let second = string(right.version) else { return false }
        let common = min(first.count, second.count)
        for index in 0..<common where first[index] != second[index] { return first[index] < second[index] }
        // The shorter one goes on with a dash.
        if first.count == second.count { return false }
        if first.count < second.count { return UInt8(ascii: "-") < second[common] }
        return first[common] < UInt8(ascii: "-")
    }
}
