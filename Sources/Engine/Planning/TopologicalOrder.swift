// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// The records with what each needs before it; ties by the order given, cycles broken at the first record that has
/// one, python before all that need it.
func topologicallySorted(_ records: [PackageRecord]) -> [PackageRecord] {
    var places: [String: Int] = [:]
    for (index, record) in records.enumerated() { places[record.name] = index }
    let needs = records.map { record in
        record.depends.compactMap { dependency -> Int? in
            let end = dependency.utf8.firstIndex { !isNameByte($0) } ?? dependency.endIndex
            // pip needs python, and python may name pip: python goes first.
            let name = String(dependency[..<end])
            return record.name == "python" && name == "pip" ? nil : places[name]
        }
    }
    var state = [UInt8](repeating: 0, count: records.count)
    var order: [PackageRecord] = []
    for start in records.indices where state[start] == 0 {
        var stack = [(start, 0)]
        state[start] = 1
        while let (node, next) = stack.last {
            if next == needs[node].count {
                order.append(records[node])
                state[node] = 2
                stack.removeLast()
            } else {
                stack[stack.count - 1].1 += 1
                let needed = needs[node][next]
                if state[needed] == 0 {
                    state[needed] = 1
                    stack.append((needed, 0))
                }
            }
        }
    }
    return order
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    default: false
    }
}
