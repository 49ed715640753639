// SPDX-License-Identifier: BSD-3-Clause
import Configuration
package import Failures
import Platform
import Prefix

/// The environments of this user: the registered ones, and those in the directories of named environments
/// (Rules §14.2).
package struct EnvironmentList: Sendable {
    /// One environment.
    package struct Environment: Sendable {
        /// Nil for one that is known by its path only.
        package var name: String?
        package var prefix: String
        package var isActive: Bool
        /// Bytes, where somebody asked for them.
        package var size: UInt64?
    }

    package let environments: [Environment]

    /// Unreadable places are passed over.
    ///
    /// - Parameter weighs: with the sizes of what conda packages brought.
    package init(_ context: Context, weighs: Bool = false) throws(Failure) {
        let settings = context.settings
        var prefixes: [String] = []
        if let root = settings.rootPrefix, FileSystem.isDirectory(root),
            FileSystem.isDirectory("\(root)/conda-meta") || EmptyRoot.contains(root, root: root)
        {
            prefixes.append(root)
        }
        for directory in settings.environmentDirectories {
            let names = ((try? FileSystem.entries(directory)) ?? []).map(\.name).sorted()
            prefixes += names.filter { !$0.hasPrefix(".") }.map { "\(directory)/\($0)" }
                .filter { FileSystem.isDirectory("\($0)/conda-meta") }
        }
        if let home = context.environment.homeDirectory { prefixes += EnvironmentsFile(home: home).existingPrefixes() }
        var seen: Set<String> = []
        let active = context.environment["CONDA_PREFIX"]
        environments = prefixes.filter { seen.insert($0).inserted }.map { prefix in
            let name = settings.directories.name(of: prefix)
            let size = weighs ? try? InstalledSizes(prefix, root: settings.rootPrefix).total : nil
            return Environment(
                name: name == prefix ? nil : name, prefix: prefix, isActive: prefix == active, size: size)
        }
    }
}

extension EnvironmentList.Environment {
    /// What the files of an environment tell beside its packages.
    package struct Details: Sendable {
        /// RFC 3339, as `conda-meta/created_at` of other tools has it; nil where that is not there.
        package var created: String?
        /// RFC 3339, the last change of the history.
        package var modified: String?
        package var isFrozen: Bool
        package var isWritable: Bool
    }

    /// Read from the disk each time.
    package var details: Details {
        let history = try? FileSystem.status("\(prefix)/conda-meta/history")
        return Details(
            created: PrefixFiles.createdAt(prefix).map(Self.moment),
            modified: history.map { Self.text(of: $0.modified.seconds) },
            isFrozen: FileSystem.exists("\(prefix)/conda-meta/frozen"),
            isWritable: FileSystem.isWritableDirectory(prefix))
    }

    /// conda writes seconds.
    private static func moment(_ text: String) -> String {
        guard let seconds = Double(text), seconds > 0, seconds < 1e11 else { return text }
        return Self.text(of: Int64(seconds))
    }

    private static func text(of seconds: Int64) -> String {
        let time = universalTime(seconds)
        func two(_ number: some BinaryInteger) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(time.year)-\(two(time.month))-\(two(time.day))T"
            + "\(two(time.hour)):\(two(time.minute)):\(two(time.second))+00:00"
    }
}
