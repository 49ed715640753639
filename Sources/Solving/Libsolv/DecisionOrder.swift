// SPDX-License-Identifier: BSD-3-Clause

extension Problem {
    /// The names in the order in which their solvables go into the pool.
    ///
    /// libsolv looks at the rules of later solvables first, so what is to be decided early comes last: names that
    /// are asked for, then those with few records, then those nearest to what is asked for (names are numbered as
    /// they are reached). Measured on the corpus: "equal or only better" than py-rattler in 92 %, against 89 % in the
    /// order of discovery. No reduction changes this order.
    var decisionOrder: [NameIndex] {
        var isDemanded = [Bool](repeating: false, count: universe.names.count)
        for demand in demands where demand.installs { isDemanded[Int(universe.specs[Int(demand.spec)].name)] = true }
        return universe.names.indices.map { NameIndex($0) }.sorted { left, right in
            let (one, two) = (Int(left), Int(right))
            if isDemanded[one] != isDemanded[two] { return isDemanded[two] }
            let (first, second) = (universe.names[one].count, universe.names[two].count)
            return first == second ? left > right : first > second
        }
    }
}
