// SPDX-License-Identifier: BSD-3-Clause
import Conda

extension Universe {
    /// The versions of contenders of one name (best first), collapsed: `1.2`, `1.3, 1.2, 1.1`, `1.0 … 1.9`.
    func versionList(_ members: [ContenderIndex]) -> String {
        var seen: Set<Version> = []
        let distinct = members.map { versions[Int(contenders[Int($0)].version)] }.filter { seen.insert($0).inserted }
            .sorted(by: >)
        if distinct.count <= 3 { return distinct.map(\.text).joined(separator: ", ") }
        return "\(distinct[distinct.count - 1].text) … \(distinct[0].text)"
    }

    /// The text of a spec as it was written, or its canonical form.
    func text(of spec: SpecIndex) -> String {
        let text = matchers[Int(spec)].description
        guard let owner = terms[spec]?.owner, owner >= 0 else { return text }
        return "\(text) (for \(matchers[Int(owner)].name))"
    }
}

extension SpecMatcher: CustomStringConvertible {
    var description: String {
        switch kind {
        case .any, .installed: name
        case .unreadable(let text): text
        case .version(let spec): "\(name) \(spec.text)"
        case .full(let spec):
            spec.channel == nil && spec.subdir == nil && !spec.hasDetails && spec.buildNumber == nil
                ? "\(name) \(spec.version?.text ?? "*") \(spec.build?.text ?? "*")" : "\(spec)"
        }
    }
}
