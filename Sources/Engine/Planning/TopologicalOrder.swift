// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// The records with what each needs before it, in order of names where nothing else decides: the same for the same
/// packages, in whatever order they are given. It says whose file has a path that several packages hold.
///
/// Cycles: python comes before whatever needs it, so what it needs of such (pip) does not count; of other cycles the
/// first by name comes last. The solver orders its solutions in the same way.
func topologicallySorted(_ records: [PackageRecord]) -> [PackageRecord] {
    let records = records.sorted { $0.name < $1.name }
    var places: [String: Int] = [:]
    for (index, record) in records.enumerated() { places[record.name] = index }
    let needs = records.map { $0.allDepends.compactMap { places[neededName($0)] } }
    let python = places["python"]
    let needsPython = python.map { leading(to: $0, needs) } ?? []
    var state = [UInt8](repeating: 0, count: records.count)
    var order: [PackageRecord] = []
    for start in records.indices where state[start] == 0 {
        var stack = [(start, 0)]
        state[start] = 1
        while let (node, next) = stack.last {
            if next == needs[node].count {
                order.append(records[node])
                stack.removeLast()
            } else {
                stack[stack.count - 1].1 += 1
                let needed = needs[node][next]
                if state[needed] == 0, !(node == python && needsPython[needed]) {
                    state[needed] = 1
                    stack.append((needed, 0))
                }
            }
        }
    }
    return order
}

/// Which places lead to `target` by what they need.
private func leading(to target: Int, _ needs: [[Int]]) -> [Bool] {
    var users = [[Int]](repeating: [], count: needs.count)
    for (place, needed) in needs.enumerated() { for other in needed { users[other].append(place) } }
    var isLeading = [Bool](repeating: false, count: needs.count)
    var pending = users[target]
    while let place = pending.popLast() {
        guard !isLeading[place] else { continue }
        isLeading[place] = true
        pending += users[place]
    }
    return isLeading
}

/// The name of the package that a dependency asks for.
func neededName(_ dependency: String) -> String {
    String(dependency[..<(dependency.utf8.firstIndex { !isNameByte($0) } ?? dependency.endIndex)])
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    default: false
    }
}
