// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures

extension ChangePlan {
    /// Whether the environment at `prefix` has the very packages of this plan of a new one.
    func isInstalled(in prefix: String) throws(Failure) -> Bool {
        guard let installed = try InstalledEnvironment.find(prefix)?.records(), installed.count == links.count else {
            return false
        }
        var known: [String: Int] = [:]
        for (index, record) in installed.enumerated() { known[record.name] = index }
        return links.allSatisfy { link in
            known[link.record.name].map { installed[$0].isSamePackage(as: link.record) } ?? false
        }
    }
}
