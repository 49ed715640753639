// SPDX-License-Identifier: BSD-3-Clause
import Conda

extension RecordQuery {
    /// The names that a spec may mean, in order.
    func names(matching spec: MatchSpec) -> [StringID] {
        if let name = spec.exactName { return table.strings.find(name).map { [$0] } ?? [] }
        return table.names.keys.map { ($0, table.strings[$0]) }.filter { spec.matches(name: $0.1) }
            .sorted { $0.1.utf8.lexicographicallyPrecedes($1.1.utf8) }.map(\.0)
    }

    /// Whether a row answers what the table can tell of `spec`; hashes, licences and the like only records can.
    func matches(_ row: Int, _ spec: MatchSpec) -> Bool {
        let candidate = table.rows[row]
        if let subdir = spec.subdir, !subdir.matches(table.strings[candidate.subdir]) { return false }
        if spec.channel != nil, !spec.matches(channel: table.channels[Int(candidate.channel)]) { return false }
        if spec.version == nil, spec.build == nil, spec.buildNumber == nil { return true }
        guard let version = try? Version(table.strings[candidate.version]) else { return false }
        return spec.matches(
            version: version, build: table.strings[candidate.build], buildNumber: candidate.buildNumber)
    }

    /// Rows of one name: the newest version first, of that the highest build, the youngest, the best channel.
    func newestFirst(_ rows: [Int]) -> [Int] {
        guard rows.count > 1 else { return rows }
        let keyed = rows.map { (row: $0, version: try? Version(table.strings[table.rows[$0].version])) }
        return keyed.sorted { left, right in
            if let one = left.version, let two = right.version, one != two { return two < one }
            let (one, two) = (table.rows[left.row], table.rows[right.row])
            if one.buildNumber != two.buildNumber { return one.buildNumber > two.buildNumber }
            if one.timestamp != two.timestamp { return one.timestamp > two.timestamp }
            return (one.channel, left.row) < (two.channel, right.row)
        }.map(\.row)
    }

    /// The newest of rows of one name among those that track no features, if there are any.
    func preferred(_ rows: [Int]) -> Int? {
        let plain = rows.filter { table.rows[$0].trackFeatures.isEmpty }
        return newestFirst(plain.isEmpty ? rows : plain).first
    }

    /// `numpy 2.1.0`
    func title(_ row: Int) -> String {
        "\(table.strings[table.rows[row].name]) \(table.strings[table.rows[row].version])"
    }

    /// A dependency as records write it; nil when it cannot be read.
    func dependency(_ text: StringID) -> MatchSpec? {
        table.strings.withBytes(of: text) { try? MatchSpec(dependency: $0) }
    }
}
