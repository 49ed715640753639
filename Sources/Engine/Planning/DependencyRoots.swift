// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// The names of the records that no other one needs; of those that need each other in a circle, all.
func dependencyRoots(_ records: [PackageRecord]) -> Set<String> {
    var places: [String: Int] = [:]
    for (index, record) in records.enumerated() { places[record.name] = index }
    var needs = [[Int]](repeating: [], count: records.count)
    var users = [[Int]](repeating: [], count: records.count)
    for (index, record) in records.enumerated() {
        for dependency in record.allDepends {
            let name = neededName(dependency)
            guard let place = places[name], place != index, !(record.name == "python" && name == "pip") else {
                continue
            }
            needs[index].append(place)
            users[place].append(index)
        }
    }
    func reached(from start: Int, over steps: [[Int]]) -> Set<Int> {
        var seen: Set<Int> = [start]
        var open = [start]
        while let place = open.popLast() {
            for next in steps[place] where seen.insert(next).inserted { open.append(next) }
        }
        return seen
    }
    let roots = records.indices.filter { index in
        users[index].isEmpty || reached(from: index, over: users).isSubset(of: reached(from: index, over: needs))
    }
    return Set(roots.map { records[$0].name })
}
