// SPDX-License-Identifier: BSD-3-Clause
package import Failures

extension Settings {
    /// The channels as typed, strongest first (Rules §3.3): those of the command line and of files, then the
    /// configured ones; `nodefaults` is not among them and drops `defaults`.
    package func channels(first: [String] = [], overriding: Bool = false) throws(Failure) -> [String] {
        if overriding, !self[.overrideChannelsEnabled] {
            throw Failure(.usage, "--override-channels", "is forbidden by `override_channels_enabled`")
        }
        let first = (self[.useLocal] ? ["local"] : []) + first
        if overriding, first.isEmpty {
            throw Failure(.usage, "--override-channels", "leaves no channel", hint: "name one with -c")
        }
        var all = overriding || first.contains("nodefaults") ? first : first + self[.channels]
        // The default channel stands in only where nobody said anything.
        if all.isEmpty { all = ["conda-forge"] }
        let dropsDefaults = all.contains("nodefaults")
        var seen: Set<String> = []
        return all.filter { $0 != "nodefaults" && !(dropsDefaults && $0 == "defaults") && seen.insert($0).inserted }
    }
}
