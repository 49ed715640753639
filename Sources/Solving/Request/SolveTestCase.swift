// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// A solve as text that replays (`--debug-testcase`): the request, and every record of the names it reaches.
///
/// One fact a line, tab-separated; a line that begins with a tab belongs to the last `installed` or `record` line.
/// Full records are not in it: specs with `md5`, `url` and the like replay as specs that nothing answers.
package struct SolveTestCase {
    /// The text.
    package private(set) var text = "krait-testcase\t1\n"

    package init(_ request: SolveRequest, candidates: CandidateTable) {
        for channel in candidates.channels { add("channel", channel.name, channel.baseURL) }
        add("channel-priority", request.channelPriority.rawValue)
        for package in request.virtualPackages { add("virtual", package.name, package.version, package.build) }
        for spec in request.specs { add("install", "\(spec)") }
        for spec in request.update { add("update", "\(spec)") }
        for spec in request.remove { add("remove", "\(spec)") }
        for spec in request.keep { add("keep", "\(spec)") }
        for spec in request.pins { add("pin", "\(spec)") }
        let flags = [
            ("update-all", request.updateAll), ("freeze-installed", request.freezeInstalled), ("prune", request.prune),
            ("add-pip", request.addPip), ("no-deps", request.noDependencies), ("only-deps", request.onlyDependencies),
            ("force-reinstall", request.forceReinstall),
        ]
        for (name, isSet) in flags where isSet { add(name) }
        if let moment = request.excludeNewer { add("exclude-newer", "\(moment)") }
        for (name, moment) in request.excludeNewerPackages.sorted(by: { $0.key < $1.key }) {
            add("exclude-newer-package", name, "\(moment)")
        }
        for (url, moment) in request.excludeNewerChannels.sorted(by: { $0.key < $1.key }) {
            add("exclude-newer-channel", url, "\(moment)")
        }
        for spec in request.disallowed { add("disallow", "\(spec)") }
        for record in request.installed { add(record) }
        for row in Self.reachedRows(request, candidates) { add(row, candidates) }
    }

    private mutating func add(_ fields: String...) {
        text += fields.joined(separator: "\t")
        text += "\n"
    }

    private mutating func add(_ record: PackageRecord) {
        add(
            "installed", record.name, record.version, record.build, "\(record.buildNumber)", record.subdir,
            record.channel, "\(record.noarch.rawValue)", "\(record.timestamp ?? 0)")
        for text in record.depends { add("", "depends", text) }
        for text in record.constrains { add("", "constrains", text) }
        for text in record.trackFeatures { add("", "track_features", text) }
        for text in record.flags { add("", "flags", text) }
        for (group, depends) in record.extraDepends {
            add("", "group", group)
            for text in depends { add("", "extra", text) }
        }
    }

    private mutating func add(_ row: Int, _ table: CandidateTable) {
        let candidate = table.rows[row]
        let strings = table.strings
        add(
            "record", strings[candidate.name], strings[candidate.version], strings[candidate.build],
            "\(candidate.buildNumber)", strings[candidate.subdir], "\(candidate.channel)",
            "\(candidate.noarch.rawValue)", "\(candidate.timestamp)", "\(candidate.indexedTimestamp)", "")
        for place in candidate.depends { add("", "depends", strings[table.lists[Int(place)]]) }
        for place in candidate.constrains { add("", "constrains", strings[table.lists[Int(place)]]) }
        for place in candidate.trackFeatures { add("", "track_features", strings[table.lists[Int(place)]]) }
        guard let additions = table.additions(of: candidate) else { return }
        for flag in additions.flags { add("", "flags", strings[flag]) }
        for group in additions.groups {
            add("", "group", strings[group.name])
            for place in group.depends { add("", "extra", strings[table.lists[Int(place)]]) }
        }
    }

    /// The rows of all names that a solve of the request comes to look at, in the table's order.
    private static func reachedRows(_ request: SolveRequest, _ table: CandidateTable) -> [Int] {
        var problem = Attempt(addsPip: request.addPip, keepsEarlier: false, reductions: []).pose(request, table)
        problem.reach()
        let rows = problem.universe.names.filter(\.isLoaded).compactMap { $0.id.flatMap { table.names[$0] } }
        return rows.flatMap { Array($0) }.sorted()
    }
}
