// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Solving

/// Says what is wrong with a solution, by `MatchSpec.matches` alone: no index, rank or clause of the solver is used.
struct SolutionChecker {
    struct Package {
        var record: PackageRecord
        var isVirtual = false
    }

    let request: SolveRequest
    let table: CandidateTable

    /// The record of a row.
    func record(_ row: Int) -> PackageRecord {
        if let full = try? request.fullRecord?(row) { return full }
        let candidate = table.rows[row]
        func texts(_ range: Range<UInt32>) -> [String] { range.map { table.strings[table.lists[Int($0)]] } }
        var record = PackageRecord(
            name: table.strings[candidate.name], version: table.strings[candidate.version],
            build: table.strings[candidate.build], buildNumber: candidate.buildNumber,
            subdir: table.strings[candidate.subdir], fileName: "", url: "",
            channel: table.channels[Int(candidate.channel)].baseURL)
        record.depends = texts(candidate.depends)
        record.constrains = texts(candidate.constrains)
        record.trackFeatures = texts(candidate.trackFeatures)
        record.noarch = candidate.noarch
        if let additions = table.additions(of: candidate) {
            record.flags = additions.flags.map { table.strings[$0] }
            record.extraDepends = additions.groups.map { (table.strings[$0.name], texts($0.depends)) }
        }
        return record
    }

    /// Everything that is wrong with the chosen packages.
    func violations(_ chosen: [Solution.Choice]) -> [String] {
        var packages = request.virtualPackages.map { package in
            Package(
                record: PackageRecord(
                    name: package.name, version: package.version, build: package.build, subdir: "", fileName: "",
                    url: "", channel: ""),
                isVirtual: true)
        }
        var problems: [String] = []
        for choice in chosen {
            switch choice {
            case .candidate(let row): packages.append(Package(record: record(row)))
            case .installed(let index): packages.append(Package(record: request.installed[index]))
            }
        }
        var byName: [String: PackageRecord] = [:]
        for package in packages {
            if byName.updateValue(package.record, forKey: package.record.name) != nil {
                problems.append("two records of \(package.record.name)")
            }
        }
        let active = ActiveNeeds(byName, request)
        for package in packages {
            for text in active.depends(of: package.record) where !holds(text, byName) {
                problems.append("\(package.record.distribution) needs \(text)")
            }
            for text in package.record.constrains {
                guard let spec = try? MatchSpec(text), active.counts(spec), let name = spec.exactName,
                    let other = byName[name]
                else { continue }
                if !spec.matches(other) {
                    problems.append("\(package.record.distribution) excludes \(other.distribution)")
                }
            }
        }
        for spec in request.specs + request.update
        where active.counts(spec) && !byName.values.contains(where: spec.matches) {
            problems.append("\(spec) is not met")
        }
        for pin in request.pins {
            if let name = pin.exactName, let record = byName[name], !pin.matches(record) {
                problems.append("\(record.distribution) breaks the pin \(pin)")
            }
        }
        for spec in request.remove where byName.values.contains(where: spec.matches) {
            problems.append("\(spec) is still there")
        }
        return problems
            + disorder(
                chosen.map { choice in
                    switch choice {
                    case .candidate(let row): record(row)
                    case .installed(let index): request.installed[index]
                    }
                }, active)
    }

    private func holds(_ text: String, _ byName: [String: PackageRecord]) -> Bool {
        guard let spec = try? MatchSpec(text), let name = spec.exactName, let record = byName[name] else {
            return false
        }
        return spec.matches(record)
    }

    /// Packages that come before what they need, unless that needs them in turn.
    private func disorder(_ records: [PackageRecord], _ active: ActiveNeeds) -> [String] {
        var place: [String: Int] = [:]
        for (index, record) in records.enumerated() { place[record.name] = index }
        let edges = records.map { record in
            active.depends(of: record).compactMap { text in (try? MatchSpec(text))?.exactName.flatMap { place[$0] } }
        }
        var problems: [String] = []
        for (index, record) in records.enumerated() {
            for needed in edges[index] where needed > index && !leads(needed, to: index, edges) {
                problems.append("\(record.name) comes before \(records[needed].name)")
            }
            if record.noarch == .python, let python = place["python"], python > index {
                problems.append("noarch \(record.name) comes before python")
            }
        }
        return problems
    }

    private func leads(_ start: Int, to end: Int, _ edges: [[Int]]) -> Bool {
        var seen: Set<Int> = []
        var pending = [start]
        while let node = pending.popLast() {
            if node == end { return true }
            if seen.insert(node).inserted { pending += edges[node] }
        }
        return false
    }
}
