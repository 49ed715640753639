// SPDX-License-Identifier: BSD-3-Clause

/// What versions a python requirement admits: `>=1.2,!=1.5,<2` (PEP 440 "Version specifiers").
package struct PythonVersionSpecifiers: Sendable, Hashable {
    /// One comparison.
    struct Clause: Sendable, Hashable {
        enum Operator: String, Sendable {
            case arbitrary = "===", compatible = "~=", equal = "==", unequal = "!=", atMost = "<=", atLeast = ">="
            case less = "<", greater = ">"
        }

        let comparison: Operator
        /// What stands behind the operator, as written.
        let text: String
        let version: PythonVersion?
        /// `==1.2.*`
        let isPrefix: Bool
    }

    let clauses: [Clause]

    /// Reads comparisons with commas between; nil when one is not of PEP 440. No text at all admits everything.
    package init?(_ text: String) {
        var clauses: [Clause] = []
        for part in text.split(separator: ",") {
            let part = trimmed(part)
            if part.isEmpty { continue }
            guard let clause = Clause(part) else { return nil }
            clauses.append(clause)
        }
        self.clauses = clauses
    }

    /// Whether every comparison admits `version`; pre-releases count like other versions, for they are installed.
    package func contains(_ version: PythonVersion) -> Bool { clauses.allSatisfy { $0.admits(version) } }

    package var isEmpty: Bool { clauses.isEmpty }
}

extension PythonVersionSpecifiers: CustomStringConvertible {
    package var description: String { clauses.map { $0.comparison.rawValue + $0.text }.joined(separator: ",") }
}

extension PythonVersionSpecifiers.Clause {
    init?(_ text: String) {
        guard let found = Self.operators.first(where: { text.hasPrefix($0.rawValue) }) else { return nil }
        let rest = trimmed(text.dropFirst(found.rawValue.count))
        guard !rest.isEmpty, !rest.utf8.contains(where: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }) else { return nil }
        comparison = found
        self.text = rest
        isPrefix = rest.hasSuffix(".*")
        if found == .arbitrary {
            version = PythonVersion(rest)
            return
        }
        guard let version = PythonVersion(isPrefix ? String(rest.dropLast(2)) : rest) else { return nil }
        self.version = version
        let canHaveLocal = found == .equal || found == .unequal
        if isPrefix {
            guard canHaveLocal, version.pre == nil, version.post == nil, version.dev == nil, version.local.isEmpty
            else { return nil }
        }
        if !version.local.isEmpty, !canHaveLocal { return nil }
        if found == .compatible, version.release.count < 2 { return nil }
    }

    /// Longer ones first.
    private static let operators: [Operator] = [
        .arbitrary, .compatible, .equal, .unequal, .atMost, .atLeast, .less, .greater,
    ]

    func admits(_ candidate: PythonVersion) -> Bool {
        if comparison == .arbitrary { return candidate.description.lowercased() == text.lowercased() }
        guard let version else { return false }
        switch comparison {
        case .equal, .arbitrary: return equals(candidate, version)
        case .unequal: return !equals(candidate, version)
        case .atMost: return candidate.withoutLocal <= version
        case .atLeast: return candidate.withoutLocal >= version
        case .compatible:
            return candidate.withoutLocal >= version
                && begins(candidate, with: version, count: version.release.count - 1)
        case .less:
            guard candidate < version else { return false }
            return version.isPreRelease || !candidate.isPreRelease || candidate.base != version.base
        case .greater:
            guard candidate.withoutLocal > version else { return false }
            return version.isPostRelease || !candidate.isPostRelease || candidate.base != version.base
        }
    }

    private func equals(_ candidate: PythonVersion, _ version: PythonVersion) -> Bool {
        if isPrefix { return begins(candidate, with: version, count: version.release.count) }
        return (version.local.isEmpty ? candidate.withoutLocal : candidate) == version
    }

    private func begins(_ candidate: PythonVersion, with version: PythonVersion, count: Int) -> Bool {
        guard candidate.epoch == version.epoch else { return false }
        return (0..<count).allSatisfy { index in
            (index < candidate.release.count ? candidate.release[index] : 0) == version.release[index]
        }
    }
}
