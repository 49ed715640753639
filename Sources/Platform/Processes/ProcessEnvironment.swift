// SPDX-License-Identifier: BSD-3-Clause
import CShims
import Glibc

/// What the process was started with; made once, never fails.
package struct ProcessEnvironment: Sendable {
    /// The words of the command line, the program's name first.
    package var arguments: [String]
    package var variables: [String: String]
    package var currentDirectory: String
    /// HOME, else the entry of /etc/passwd, else nil. As root with the HOME of somebody else, as `sudo` may leave it, it is
    /// root's own: what lies in that home leads wherever its owner likes.
    package var homeDirectory: String?
    /// The HOME that is not used because it is somebody else's.
    private var foreignHome: String?

    package init(
        arguments: [String], variables: [String: String], currentDirectory: String, homeDirectory: String?
    ) {
        self.arguments = arguments
        self.variables = variables
        self.currentDirectory = currentDirectory
        self.homeDirectory = homeDirectory
    }

    /// The words this process was started with; cheaper than all of ``current()``.
    package static var currentArguments: [String] {
        var arguments: [String] = []
        if let vector = krait_argument_vector() {
            for index in 0..<Int(krait_argument_count()) {
                guard let word = vector[index] else { break }
                arguments.append(String(cString: word))
            }
        }
        return arguments
    }

    /// This process's.
    package static func current() -> ProcessEnvironment {
        var variables: [String: String] = [:]
        if var entry = krait_environment() {
            while let text = entry.pointee {
                entry += 1
                guard let equals = strchr(text, 61), equals > text else { continue }
                let name = String(
                    decoding: UnsafeRawBufferPointer(start: text, count: equals - text), as: UTF8.self)
                // Like getenv: the first of two wins.
                if variables[name] == nil { variables[name] = String(cString: equals + 1) }
            }
        }
        var home = variables["HOME"]
        if home?.isEmpty ?? true { home = passwordEntry(of: getuid())?.home }
        var environment = ProcessEnvironment(
            arguments: currentArguments, variables: variables, currentDirectory: FileSystem.currentDirectory(),
            homeDirectory: home)
        if geteuid() == 0, let home, let status = try? SystemCall.status(home, followLinks: true), status.owner != 0 {
            environment.homeDirectory = environment.ownHomeDirectory
            environment.foreignHome = home
        }
        return environment
    }

    /// The home that belongs to the user this process works as: ``homeDirectory``, else the entry of /etc/passwd, else
    /// nil. As root with somebody's HOME it is root's.
    package var ownHomeDirectory: String? {
        for home in [homeDirectory, passwordEntry(of: geteuid())?.home] {
            if let home, Path.isAbsolute(home), let status = try? SystemCall.status(home, followLinks: true),
                status.kind == .directory, status.isOwn
            {
                return home
            }
        }
        return nil
    }

    /// The value of a variable that is set and not empty; nil for a place (`XDG_…`, `ZDOTDIR`) in a home that is not used.
    package subscript(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty, !isForeign(name, value) else { return nil }
        return value
    }

    /// The variables without places in a home that is not used.
    package var ownVariables: [String: String] { variables.filter { !isForeign($0.key, $0.value) } }

    private func isForeign(_ name: String, _ value: String) -> Bool {
        guard let foreignHome, name.hasPrefix("XDG_") || name == "ZDOTDIR" else { return false }
        return value == foreignHome || value.hasPrefix(foreignHome + "/")
    }
}

/// The user's number.
package func effectiveUserID() -> UInt32 { geteuid() }

/// The group whose rights this process has.
package func effectiveGroupID() -> UInt32 { getegid() }
/// This process's number.
package func processID() -> Int32 { getpid() }

/// Name and home directory of a user from /etc/passwd only: a static glibc has no name services.
private func passwordEntry(of user: UInt32) -> (name: String, home: String)? {
    guard let bytes = try? readFile("/etc/passwd", limit: 1 << 22) else { return nil }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
        let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard fields.count >= 6, UInt32(String(decoding: fields[2], as: UTF8.self)) == user else { continue }
        return (String(decoding: fields[0], as: UTF8.self), String(decoding: fields[5], as: UTF8.self))
    }
    return nil
}
