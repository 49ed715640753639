// SPDX-License-Identifier: BSD-3-Clause
import Conda
package import Failures
import Platform
import Prefix

/// The package that a command is taken to be in: the one of its name, or of the name that this command's has.
package struct CommandPackage: Sendable {
    package let command: String
    package let package: String

    /// Commands that many people type and whose packages have another name.
    private static let others: [(command: String, package: String)] = [
        ("python3", "python"), ("pip3", "pip"), ("rg", "ripgrep"), ("fd", "fd-find"), ("node", "nodejs"),
        ("npm", "nodejs"), ("npx", "nodejs"), ("java", "openjdk"), ("javac", "openjdk"), ("jupyter-lab", "jupyterlab"),
        ("aws", "awscli"), ("psql", "postgresql"), ("sqlite3", "sqlite"), ("magick", "imagemagick"),
        ("cargo", "rust"), ("rustc", "rust"), ("hx", "helix"), ("R", "r-base"), ("Rscript", "r-base"),
        ("delta", "git-delta"),
    ]

    /// - Throws: `Failure(.usage)` for what cannot be the name of a package.
    package init(_ command: String) throws(Failure) {
        self.command = command
        let known = Self.others.first { $0.command == command }?.package
        guard let name = known ?? (try? MatchSpec(command.lowercased())).flatMap({ Self.plainName($0, command) }) else {
            throw Failure(
                .usage, command, "is not the name of a package",
                hint: "name its packages: krait exec -s SPEC -- \(command)")
        }
        package = name
    }

    private static func plainName(_ spec: MatchSpec, _ command: String) -> String? {
        let name = command.lowercased()
        return spec.exactName == name && spec.description == name ? name : nil
    }

    /// What to say when the package has another name than the command.
    package var note: String? {
        package == command ? nil : "`\(command)` is taken from the package \(package)"
    }

    /// - Throws: `Failure(.usage)` when the environment at `prefix` has no program of the command's name.
    package func requireProgram(in prefix: String) throws(Failure) {
        let directory = Path.join(prefix, "bin")
        if SystemCall.isAccessible(Path.join(directory, command), .execute) { return }
        let own = (try? InstalledEnvironment.find(prefix)?.state[package]?.paths()) ?? []
        let programs = own.map(\.path).filter { $0.hasPrefix("bin/") && !$0.dropFirst(4).contains("/") }.map {
            String($0.dropFirst(4))
        }
        let shown = programs.sorted().prefix(8).joined(separator: ", ")
        throw Failure(
            .usage, command,
            "is not a program of the package \(package)"
                + (programs.isEmpty ? ", which brings none" : ", which brings \(shown)"),
            hint: programs.isEmpty
                ? "name the package that brings it: krait exec -s PACKAGE -- \(command)"
                : "krait exec -s \(package) -- \(programs.min() ?? command)")
    }

    /// The failure to make an environment, with what to do when no channel has a package of the command's name.
    package func explaining(_ failure: Failure) -> Failure {
        guard failure.code == .unsatisfiable else { return failure }
        var failure = failure
        let way = "where the package has another name than the command: krait exec -s PACKAGE -- \(command)"
        failure.hint = failure.hint.map { "\($0)\n      \(way)" } ?? way
        return failure
    }
}
