// SPDX-License-Identifier: BSD-3-Clause
package import Conda
import Platform

extension Settings {
    /// How files are linked, conda's two switches included.
    package var effectiveLinkMode: LinkMode {
        let mode = self[.linkMode]
        if mode != .automatic { return mode }
        if self[.alwaysCopy] { return .copy }
        return self[.alwaysSoftlink] ? .softLink : .automatic
    }

    /// How python files are compiled; where files get the same bytes each time (`SOURCE_DATE_EPOCH`), hashes are the
    /// default.
    package var compilingMode: CompilingMode {
        if let mode = self[.pyc] { return mode }
        if !self[.compilePyc] { return .none }
        return environment["SOURCE_DATE_EPOCH"] == nil ? .timestamp : .uncheckedHash
    }

    /// Where environments and caches live.
    package var directories: Directories { Directories(self, environment) }

    /// The root prefix; nil when there is neither a home nor a setting.
    package var rootPrefix: String? { directories.rootPrefix }

    /// Directories of named environments, strongest first.
    package var environmentDirectories: [String] { directories.environments }

    /// Package caches, strongest first.
    ///
    /// One under the home directory stands in for that of a root prefix which is somebody else's, as with micromamba.
    package var packageDirectories: [String] {
        let directories = directories
        guard self[.pkgsDirs].isEmpty, let first = directories.packages.first, !directories.isWritable(first),
            let home = environment.homeDirectory
        else { return directories.packages }
        return directories.packages + [Path.join(home, ".mamba/pkgs")]
    }
}
