// SPDX-License-Identifier: BSD-3-Clause
import Platform

/// How this copy of krait came to be where it is, by what lies around it.
package enum Installation: Sendable, Equatable {
    /// As a conda package of the environment in this directory.
    case conda(prefix: String)
    /// By pip or uv into the Python environment in this directory.
    case python(prefix: String)
    /// By `uv tool install`, or `pipx install`.
    case uvTool
    case pipx
    /// By dpkg.
    case debian
    /// As a file that somebody put there.
    case file

    /// That of the executable at `path`.
    package init(executable path: String) {
        let real = FileSystem.realPath(path) ?? path
        let folder = Path.parent(real)
        let prefix = Path.parent(folder)
        if Self.hasRecord(in: Path.join(prefix, "conda-meta"), ".json") {
            self = .conda(prefix: prefix)
        } else if Self.wasInstalledByPython(prefix) {
            if Self.isBelow("uv", "tools", prefix) {
                self = .uvTool
            } else if Self.isBelow("pipx", "venvs", prefix) {
                self = .pipx
            } else {
                self = .python(prefix: prefix)
            }
        } else if real == "/usr/bin/krait", FileSystem.exists("/var/lib/dpkg/info/krait.list") {
            self = .debian
        } else {
            self = .file
        }
    }

    /// Whether `path` goes through a folder of this name in one of that name.
    private static func isBelow(_ outer: String, _ inner: String, _ path: String) -> Bool {
        let words = path.split(separator: "/")
        return zip(words, words.dropFirst()).contains { $0 == outer && $1 == inner }
    }

    private static func wasInstalledByPython(_ prefix: String) -> Bool {
        let library = Path.join(prefix, "lib")
        return names(library).contains { name in
            guard name.hasPrefix("python") else { return false }
            let folder = Path.join(library, name)
            return ["site-packages", "dist-packages"].contains { hasRecord(in: Path.join(folder, $0), ".dist-info") }
        }
    }

    /// Whether a folder has `krait-VERSION…` with this ending.
    private static func hasRecord(in folder: String, _ ending: String) -> Bool {
        names(folder).contains { name in
            name.hasPrefix("krait-") && name.dropFirst(6).first?.isNumber == true && name.hasSuffix(ending)
        }
    }

    private static func names(_ folder: String) -> [String] {
        ((try? FileSystem.entries(folder)) ?? []).map(\.name)
    }
}
