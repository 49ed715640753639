// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// Who needs whom, found level by level: each level is one look at all dependencies, however many rows it asks about.
struct DependentSteps {
    /// For each row, the rows with a dependency that it answers; of each name the newest, by name.
    private(set) var users: [Int: [Int]] = [:]

    /// Looks from `root` one step, or as far as there is anything.
    init(_ query: RecordQuery, root: Int, isRecursive: Bool) {
        var level = [root]
        var known: Set<StringID> = [query.table.rows[root].name]
        while !level.isEmpty {
            let found = Self.dependents(query, of: level)
            var next: [Int] = []
            for row in level {
                let rows = Dictionary(grouping: found[row] ?? []) { query.table.rows[$0].name }
                let newest = rows.values.compactMap { query.preferred($0) }
                    .map { (query.table.strings[query.table.rows[$0].name], $0) }.sorted { $0.0 < $1.0 }.map(\.1)
                users[row] = newest
                for user in newest where known.insert(query.table.rows[user].name).inserted { next.append(user) }
            }
            level = isRecursive ? next : []
        }
    }

    /// The rows with a dependency that each of `targets` answers; `targets` are of different names.
    static func dependents(_ query: RecordQuery, of targets: [Int]) -> [Int: [Int]] {
        let table = query.table
        var targetOfName: [String: Int] = [:]
        for row in targets { targetOfName[table.strings[table.rows[row].name]] = row }
        let answers = Answers(query) { name, spec in
            guard let row = targetOfName[name], spec.map({ query.matches(row, $0) }) ?? true else { return nil }
            return row
        }
        return answers.rows
    }

    /// The rows with any dependency on `name`.
    static func dependents(_ query: RecordQuery, on name: String) -> [Int] {
        Answers(query) { other, _ in other == name ? 0 : nil }.rows[0] ?? []
    }

    /// The rows whose dependencies a closure gives a number, by that number.
    private struct Answers {
        var rows: [Int: [Int]] = [:]

        /// `answer` is asked once for each distinct text; a spec that only names has no spec.
        init(_ query: RecordQuery, _ answer: (String, MatchSpec?) -> Int?) {
            let table = query.table
            // 0: not looked at, 1: none, others: the answer + 2.
            var known = [Int32](repeating: 0, count: table.strings.count)
            var seen: [Int] = []
            for row in table.rows.indices {
                seen.removeAll(keepingCapacity: true)
                for place in table.rows[row].depends {
                    let text = Int(table.lists[Int(place)])
                    if known[text] == 0 { known[text] = Self.look(query, StringID(text), answer) }
                    let number = Int(known[text]) - 2
                    guard number >= 0, !seen.contains(number) else { continue }
                    seen.append(number)
                    rows[number, default: []].append(row)
                }
            }
        }

        private static func look(_ query: RecordQuery, _ text: StringID, _ answer: (String, MatchSpec?) -> Int?)
            -> Int32
        {
            // Most texts speak of other names, which shows without reading them as specs.
            let name = query.table.strings.withBytes(of: text) { bytes -> String? in
                let end = bytes.firstIndex { $0 <= 0x20 || "=<>!~[(:/*^,".utf8.contains($0) } ?? bytes.count
                if end < bytes.count, bytes[end] == UInt8(ascii: ":") || bytes[end] == UInt8(ascii: "/") { return nil }
                return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[..<end]), as: UTF8.self).lowercased()
            }
            if let name, answer(name, nil) == nil { return 1 }
            guard let spec = query.dependency(text), let exact = spec.exactName, let found = answer(exact, spec) else {
                return 1
            }
            return Int32(clamping: found + 2)
        }
    }
}
