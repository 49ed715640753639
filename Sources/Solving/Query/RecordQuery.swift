// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// Questions about records, without solving: what answers a spec, what a record needs, what needs it.
package struct RecordQuery: Sendable {
    package let table: CandidateTable

    /// Asks the records of channels.
    package init(_ table: CandidateTable) { self.table = table }

    /// Asks an environment; rows are the numbers of `installed`.
    package init(installed: [PackageRecord]) { self.init(CandidateTable(records: installed)) }

    /// The rows that answer `spec`, by name, of each the newest first. Hashes and licences are not looked at.
    package func rows(matching spec: MatchSpec) -> [Int] {
        names(matching: spec).flatMap { name in
            newestFirst((table.names[name] ?? 0..<0).filter { matches($0, spec) })
        }
    }

    /// What the newest record that answers `spec` needs: one step, or as deep as it is; nil when none answers.
    package func depends(on spec: MatchSpec, recursive: Bool) -> QueryTree? {
        guard let name = names(matching: spec).first, let row = preferred(answers(name, spec)) else { return nil }
        var seen: Set<StringID> = [table.rows[row].name]
        return needs(of: row, title(row), isRecursive: recursive, &seen)
    }

    private func answers(_ name: StringID, _ spec: MatchSpec) -> [Int] {
        (table.names[name] ?? 0..<0).filter { matches($0, spec) }
    }

    private func needs(of row: Int, _ text: String, isRecursive: Bool, _ seen: inout Set<StringID>) -> QueryTree {
        var tree = QueryTree(row: row, text: text)
        for place in table.rows[row].depends {
            let id = table.lists[Int(place)]
            let text = table.strings[id]
            guard let spec = dependency(id), let name = names(matching: spec).first,
                let needed = preferred(answers(name, spec))
            else {
                tree.children.append(QueryTree(row: nil, text: text))
                continue
            }
            if !isRecursive {
                tree.children.append(QueryTree(row: needed, text: text))
            } else if seen.insert(name).inserted {
                tree.children.append(needs(of: needed, text, isRecursive: true, &seen))
            } else {
                tree.children.append(QueryTree(row: needed, text: text, isRepeated: true))
            }
        }
        return tree
    }

    /// What needs the newest record that answers `spec`, of each name the newest that does. Where no record answers, what
    /// names it; nil when nothing does.
    package func whoNeeds(_ spec: MatchSpec, recursive: Bool) -> QueryTree? {
        if let name = names(matching: spec).first, let row = preferred(answers(name, spec)) {
            let steps = DependentSteps(self, root: row, isRecursive: recursive)
            var seen: Set<StringID> = [name]
            return users(of: row, steps, isRecursive: recursive, &seen)
        }
        guard let name = spec.exactName else { return nil }
        let found = Dictionary(grouping: DependentSteps.dependents(self, on: name)) {
            table.strings[table.rows[$0].name]
        }
        guard !found.isEmpty else { return nil }
        var tree = QueryTree(row: nil, text: "\(spec)")
        for (_, rows) in found.sorted(by: { $0.key < $1.key }) {
            if let row = preferred(rows) { tree.children.append(QueryTree(row: row, text: title(row))) }
        }
        return tree
    }

    private func users(of row: Int, _ steps: DependentSteps, isRecursive: Bool, _ seen: inout Set<StringID>)
        -> QueryTree
    {
        var tree = QueryTree(row: row, text: title(row))
        for user in steps.users[row] ?? [] {
            if !isRecursive {
                tree.children.append(QueryTree(row: user, text: title(user)))
            } else if seen.insert(table.rows[user].name).inserted, steps.users[user] != nil {
                tree.children.append(users(of: user, steps, isRecursive: true, &seen))
            } else {
                tree.children.append(QueryTree(row: user, text: title(user), isRepeated: true))
            }
        }
        return tree
    }

    /// Every row that needs the newest record that answers `spec`, by name, of each the newest first.
    package func rowsNeeding(_ spec: MatchSpec) -> [Int] {
        let row = names(matching: spec).first.flatMap { preferred(answers($0, spec)) }
        let found =
            row.map { DependentSteps.dependents(self, of: [$0])[$0] ?? [] }
            ?? spec.exactName.map { DependentSteps.dependents(self, on: $0) } ?? []
        return Dictionary(grouping: found) { table.strings[table.rows[$0].name] }.sorted { $0.key < $1.key }
            .flatMap { newestFirst($0.value) }
    }
}

/// Records in the order in which they need each other.
package struct QueryTree: Sendable {
    /// Nil where no record answers.
    package let row: Int?
    /// The dependency that led here, or the record's name and version.
    package let text: String
    /// Its children are shown elsewhere.
    package var isRepeated = false
    package var children: [QueryTree] = []

    /// Every row below, once, in the order of the tree.
    package var rows: [Int] {
        var seen: Set<Int> = []
        var rows: [Int] = []
        func collect(_ tree: QueryTree) {
            for child in tree.children {
                if let row = child.row, seen.insert(row).inserted { rows.append(row) }
                collect(child)
            }
        }
        collect(self)
        return rows
    }
}
