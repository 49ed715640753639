// SPDX-License-Identifier: BSD-3-Clause
import Codecs

extension PackageRecord {
    /// What each optional group adds to ``depends`` for those who ask for it (CEP 44), in the order of the record.
    ///
    /// It is read from ``otherKeys``, which carry it from the channel to conda-meta as it was written.
    package var extraDepends: [(group: String, depends: [String])] {
        get {
            guard let groups = otherKeys[Self.extraDependsKey]?.object else { return [] }
            return groups.map { ($0.key, $0.value.array?.compactMap(\.string) ?? []) }
        }
        set {
            otherKeys.removeAll { $0.key == Self.extraDependsKey }
            guard !newValue.isEmpty else { return }
            let groups = newValue.map { JSONMember($0.group, .array($0.depends.map { .string($0) })) }
            otherKeys.append(JSONMember(Self.extraDependsKey, .object(groups)))
        }
    }

    /// The dependencies that always count and those of all groups.
    package var allDepends: [String] { depends + extraDepends.flatMap(\.depends) }

    /// The member of ``otherKeys`` that holds the groups.
    package static let extraDependsKey = "extra_depends"
}
