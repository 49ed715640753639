// SPDX-License-Identifier: BSD-3-Clause
import Platform

extension Settings {
    /// `auto`, `hardlink`, `reflink`, `copy` or `softlink`, conda's two switches included.
    package var linkMode: String {
        if let mode = text("link_mode"), mode != "auto" { return mode }
        if flag("always_copy") { return "copy" }
        if flag("always_softlink") { return "softlink" }
        return "auto"
    }

    /// `none`, `timestamp`, `checked-hash` or `unchecked-hash`; where files get the same bytes each time
    /// (`SOURCE_DATE_EPOCH`), hashes are the default.
    package var pycMode: String {
        if let mode = text("pyc") { return mode }
        if !flag("compile_pyc") { return "none" }
        return environment["SOURCE_DATE_EPOCH"] == nil ? "timestamp" : "unchecked-hash"
    }

    /// `strict`, `flexible` or `disabled`.
    package var channelPriority: String { text("channel_priority") ?? "flexible" }

    /// Where environments and caches live.
    package var directories: Directories { Directories(self, environment) }

    /// The root prefix; nil when there is neither a home nor a setting.
    package var rootPrefix: String? { directories.rootPrefix }

    /// Directories of named environments, strongest first.
    package var environmentDirectories: [String] { directories.environments }

    /// Package caches, strongest first.
    package var packageDirectories: [String] { directories.packages }
}
