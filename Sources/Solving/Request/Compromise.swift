// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// A package that was asked for by name and is not the newest that its specs admit.
package struct Compromise: Sendable {
    package let name: String
    /// The version of the solution.
    package let version: String
    /// The newest version.
    package let newest: String
    /// What keeps the newest out.
    package let reason: String
}

extension SolveRequest {
    /// Says of each named package that is not its newest what keeps that out: each is asked for once more with its newest
    /// version. For new environments; as slow as so many solves, of which there are `limit` at most.
    package func compromises(_ solution: Solution, _ table: CandidateTable, limit: Int = 12) -> [Compromise] {
        var universe = Attempt(addsPip: false, keepsEarlier: true).pose(self, table).universe
        let rows = Self.rows(solution, table)
        var names: [String] = []
        for name in specs.compactMap(\.exactName) where !names.contains(name) { names.append(name) }
        var found: [Compromise] = []
        for name in names where found.count < limit {
            guard let row = rows[name], let newest = universe.newest(name),
                let (one, two) = universe.versions(row, newest, table), one < two,
                let wish = try? MatchSpec("\(name) ==\(two.text)")
            else { continue }
            var request = self
            request.specs.insert(wish, at: 0)
            found.append(
                Compromise(
                    name: name, version: one.text, newest: two.text,
                    reason: request.cost(names.filter { $0 != name }, rows, table, &universe)))
        }
        return found
    }

    /// What this request, which has one wish more, would cost the named packages of a solution.
    private func cost(
        _ names: [String], _ rows: [String: Int], _ table: CandidateTable, _ universe: inout Universe
    ) -> String {
        guard let other = Attempt(addsPip: false, keepsEarlier: true).solve(self, table) else {
            var builder = ExplanationBuilder(self, table, isThorough: false)
            let root = builder.build().roots.first
            return [root, root?.children.first].compactMap { $0?.text }.joined(separator: " ")
        }
        let others = Self.rows(other, table)
        var older: [String] = []
        for name in names {
            guard let mine = rows[name], let theirs = others[name],
                let (one, two) = universe.versions(theirs, mine, table), one < two
            else { continue }
            older.append("\(name) \(one.text) in place of \(two.text)")
        }
        if older.isEmpty { return "packages that it needs would be older" }
        return "it would take \(older.prefix(4).joined(separator: ", "))" + (older.count > 4 ? ", …" : "")
    }

    private static func rows(_ solution: Solution, _ table: CandidateTable) -> [String: Int] {
        var rows: [String: Int] = [:]
        for case .candidate(let row) in solution.chosen { rows[table.strings[table.rows[row].name]] = row }
        return rows
    }
}

extension Universe {
    /// The row of the newest version that the request admits of a name.
    fileprivate mutating func newest(_ text: String) -> Int? {
        let name = name(text)
        load(name)
        let best = names[Int(name)].contenders.first { contenders[$0].state != .blocked && contenders[$0].source >= 0 }
        return best.map { Int(contenders[$0].source) }
    }

    /// The versions of two rows.
    fileprivate mutating func versions(_ left: Int, _ right: Int, _ table: CandidateTable) -> (Version, Version)? {
        let (one, two) = (version(table.rows[left].version), version(table.rows[right].version))
        return one < 0 || two < 0 ? nil : (versions[Int(one)], versions[Int(two)])
    }
}
