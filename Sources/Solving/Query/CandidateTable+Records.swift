// SPDX-License-Identifier: BSD-3-Clause
import Conda

extension CandidateTable {
    /// Rows of whole records, each with the number of its record, so that an environment can be asked as a channel can.
    init(records: [PackageRecord]) {
        self.init()
        var places: [Channel: UInt16] = [:]
        for (number, record) in records.enumerated() {
            let name = record.channel.split(separator: "/").last.map { String($0) } ?? record.channel
            let channel = Channel(baseURL: record.channel, name: name)
            if places[channel] == nil {
                places[channel] = UInt16(clamping: channels.count)
                channels.append(channel)
            }
            var row = Candidate()
            row.name = strings.intern(record.name)
            row.version = strings.intern(record.version)
            row.build = strings.intern(record.build)
            row.subdir = strings.intern(record.subdir)
            row.buildNumber = record.buildNumber
            row.timestamp = record.timestamp ?? 0
            row.depends = add(record.depends)
            row.constrains = add(record.constrains)
            row.trackFeatures = add(record.trackFeatures)
            row.additions = keepAdditions(record)
            row.channel = places[channel] ?? 0
            row.noarch = record.noarch
            rows.append(row)
            // An environment has one record of a name.
            names[row.name] = number..<number + 1
        }
    }

    private mutating func keepAdditions(_ record: PackageRecord) -> UInt32 {
        var additions = CandidateAdditions()
        additions.flags = record.flags.map { strings.intern($0) }
        for (group, depends) in record.extraDepends {
            additions.groups.append((strings.intern(group), add(depends)))
        }
        return keep(additions)
    }

    private mutating func add(_ texts: [String]) -> Range<UInt32> {
        let start = UInt32(lists.count)
        for text in texts { lists.append(strings.intern(text)) }
        return start..<UInt32(lists.count)
    }
}
