// SPDX-License-Identifier: BSD-3-Clause
import Conda

extension [PackageRecord] {
    /// Whether `python` stays among these packages when `erased` and all that needs them go and, of the rest, only
    /// `kept` and what those need is left.
    func keepsPython(for kept: [String], without erased: Set<String>) -> Bool {
        var needs: [String: [String]] = [:]
        for record in self {
            needs[record.name] = record.depends.compactMap { text in
                // What has a condition is no reason to stay, nor to go.
                guard let spec = try? MatchSpec(text), spec.details.when == nil else { return nil }
                return spec.exactName
            }
        }
        var gone = erased
        var grew = true
        while grew {
            grew = false
            for (name, others) in needs where !gone.contains(name) && others.contains(where: gone.contains) {
                gone.insert(name)
                grew = true
            }
        }
        var seen: Set<String> = []
        var open = kept.filter { !gone.contains($0) }
        while let name = open.popLast() {
            guard seen.insert(name).inserted else { continue }
            if name == "python" { return true }
            open += needs[name] ?? []
        }
        return false
    }
}
