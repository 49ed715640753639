// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Foundation

/// Fills a table of candidates from repodata documents, or by hand.
struct ChannelBuilder {
    private(set) var table = CandidateTable()
    /// The file name of each row.
    private(set) var fileNames: [String] = []
    private var rows: [(row: Candidate, file: String)] = []

    /// Adds a channel after those that are there; returns its number.
    mutating func channel(_ name: String) -> UInt16 {
        table.channels.append(Channel(baseURL: "https://conda.test/\(name)", name: name))
        return UInt16(table.channels.count - 1)
    }

    /// Adds the records of one subdir's repodata. Foundation reads it: another reader than the product's, and one that
    /// is fast in debug builds too.
    mutating func add(repodata: [UInt8], subdir: String, channel: UInt16) throws {
        let document = try JSONSerialization.jsonObject(with: Data(repodata)) as? [String: Any] ?? [:]
        var stems: Set<String> = []
        for (section, ending) in [("packages.conda", ".conda"), ("packages", ".tar.bz2")] {
            let records = document[section] as? [String: [String: Any]] ?? [:]
            for file in records.keys.sorted() {
                guard stems.insert(String(file.dropLast(ending.count))).inserted else { continue }
                add(records[file] ?? [:], file: file, subdir: subdir, channel: channel)
            }
        }
    }

    private mutating func add(_ record: [String: Any], file: String, subdir: String, channel: UInt16) {
        var row = Candidate()
        row.name = table.strings.intern(record["name"] as? String ?? "")
        row.version = table.strings.intern(record["version"] as? String ?? "")
        row.build = table.strings.intern(record["build"] as? String ?? "")
        row.subdir = table.strings.intern(subdir)
        row.buildNumber = (record["build_number"] as? NSNumber)?.uint64Value ?? 0
        row.timestamp = (record["timestamp"] as? NSNumber)?.uint64Value ?? 0
        row.depends = list(record["depends"] as? [String] ?? [])
        row.constrains = list(record["constrains"] as? [String] ?? [])
        row.trackFeatures = list(Self.features(record["track_features"]))
        row.channel = channel
        let noarch = record["noarch"] as? String
        row.noarch = noarch == "python" ? .python : noarch == nil ? .none : .generic
        let groups = record["extra_depends"] as? [String: [String]] ?? [:]
        row.additions = additions(
            record["flags"] as? [String] ?? [], groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        rows.append((row, file))
    }

    /// Adds one record: `add("numpy 1.2 py_0", depends: ["python >=3"])`.
    mutating func add(
        _ text: String, depends: [String] = [], constrains: [String] = [], trackFeatures: [String] = [],
        subdir: String = "linux-64", channel: UInt16 = 0, timestamp: UInt64 = 0, noarch: Noarch = .none,
        flags: [String] = [], extras: [(String, [String])] = []
    ) {
        let words = text.split(separator: " ").map(String.init)
        let build = words.count > 2 ? words[2] : "0"
        var row = Candidate()
        row.name = table.strings.intern(words[0])
        row.version = table.strings.intern(words[1])
        row.build = table.strings.intern(build)
        row.subdir = table.strings.intern(subdir)
        row.buildNumber = UInt64(build.split(separator: "_").last ?? "0") ?? 0
        row.timestamp = timestamp
        row.depends = list(depends)
        row.constrains = list(constrains)
        row.trackFeatures = list(trackFeatures)
        row.channel = channel
        row.noarch = noarch
        row.additions = additions(flags, extras)
        rows.append((row, "\(words[0])-\(words[1])-\(build).conda"))
    }

    /// Puts the rows of each name together.
    mutating func finish() {
        rows.sort { $0.row.name < $1.row.name }
        table.rows = rows.map(\.row)
        fileNames = rows.map(\.file)
        var start = 0
        while start < table.rows.count {
            var end = start
            while end < table.rows.count, table.rows[end].name == table.rows[start].name { end += 1 }
            table.names[table.rows[start].name] = start..<end
            start = end
        }
    }

    private mutating func additions(_ flags: [String], _ extras: [(String, [String])]) -> UInt32 {
        var additions = CandidateAdditions()
        additions.flags = flags.map { table.strings.intern($0) }
        for (group, depends) in extras { additions.groups.append((table.strings.intern(group), list(depends))) }
        return table.keep(additions)
    }

    private mutating func list(_ texts: [String]) -> Range<UInt32> {
        let start = UInt32(table.lists.count)
        for text in texts { table.lists.append(table.strings.intern(text)) }
        return start..<UInt32(table.lists.count)
    }

    private static func features(_ value: Any?) -> [String] {
        if let text = value as? String { return text.split { $0 == " " || $0 == "," }.map(String.init) }
        return value as? [String] ?? []
    }
}
