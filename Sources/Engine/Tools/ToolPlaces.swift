// SPDX-License-Identifier: BSD-3-Clause
package import Failures
package import Platform

/// Where tools and what belongs to them are.
package struct ToolPlaces: Sendable {
    /// Holds a directory for each tool.
    let tools: String
    /// The directory of PATH that launchers are put into: `XDG_BIN_HOME`, else `~/.local/bin`.
    package let programs: String
    /// Where manual pages and completions of a user's own programs are looked for: `XDG_DATA_HOME`, else `~/.local/share`.
    let data: String
    private let searchPath: String?

    package init(_ environment: ProcessEnvironment) throws(Failure) {
        tools = try UserDirectory.data("tools", environment)
        data = Path.parent(Path.parent(tools))
        searchPath = environment["PATH"]
        if let base = environment["XDG_BIN_HOME"], Path.isAbsolute(base) {
            programs = base
        } else if let home = environment.ownHomeDirectory {
            programs = Path.join(home, ".local/bin")
        } else {
            programs = Path.join(Path.parent(data), "bin")
        }
    }

    /// Whether a shell finds what is in ``programs``.
    package var isOnPath: Bool {
        (searchPath ?? "").split(separator: ":").contains { Path.absolute(String($0), base: "/") == programs }
    }

    /// The slot of the tool `name`.
    func slot(_ name: String) -> EnvironmentSlot { EnvironmentSlot(directory: Path.join(tools, name)) }
}
