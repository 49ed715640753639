// SPDX-License-Identifier: BSD-3-Clause

package import Conda
package import Failures
package import Platform

/// Runs link scripts (Rules §12.9): bash where there is one, else sh; nothing of theirs reaches stdout.
package struct LinkScripts: Sendable {
    /// Where the scripts' environment is.
    package var prefix: String
    /// The root prefix of the installation, told to scripts.
    package var rootPrefix: String
    /// The variables scripts start with; for post-link those of the activated environment.
    package var variables: [String: String]
    private let cancellation: Cancellation?

    package init(
        prefix: String, rootPrefix: String, variables: [String: String], cancellation: Cancellation? = nil
    ) {
        self.cancellation = cancellation
        self.prefix = prefix
        self.rootPrefix = rootPrefix
        self.variables = variables
    }

    /// What one script left.
    package struct Outcome: Sendable {
        package let script: LinkScript
        /// What it printed, both streams.
        package let output: String
    }

    /// Runs `script` in the prefix, or in `source`, the extracted package, for pre-link; a status that is not 0 is a
    /// failure that shows the last lines of its output and what it wanted to tell.
    package func run(_ script: LinkScript, source: String? = nil) throws(Failure) -> Outcome {
        let whole = Path.join(source ?? prefix, script.path)
        guard FileSystem.exists(whole) else { return Outcome(script: script, output: "") }
        let shell = try interpreter()
        var environment = variables
        environment["ROOT_PREFIX"] = rootPrefix
        environment["PREFIX"] = prefix
        environment["PKG_NAME"] = script.name
        environment["PKG_VERSION"] = script.version
        environment["PKG_BUILDNUM"] = String(script.buildNumber)
        if let source { environment["SOURCE_DIR"] = source }
        let directory = Path.parent(whole)
        environment["PATH"] = directory + ":" + (variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        let result = try runProgram(
            [shell, whole], environment: environment, currentDirectory: directory, errors: .withOutput,
            limit: 1 << 20, cancellation: cancellation)
        let output = String(decoding: result.output, as: UTF8.self)
        guard result.status.isSuccess else {
            let messages = ((try? takeMessages()) ?? "").split(separator: "\n").suffix(5)
            let lines = (output.split(separator: "\n").suffix(5) + messages).joined(separator: "\n")
            throw Failure(
                .other, "\(script.action.rawValue) script of \(script.name)",
                "ended with status \(result.status.code)" + (lines.isEmpty ? "" : ":\n\(lines)"),
                hint: "`--no-link-scripts` leaves such scripts out")
        }
        return Outcome(script: script, output: output)
    }

    private func interpreter() throws(Failure) -> String {
        if let bash = try? findProgram("bash", environment: variables) { return bash }
        for path in ["/bin/bash", "/usr/bin/bash", "/bin/sh"] where FileSystem.exists(path) { return path }
        do throws(Failure) {
            return try findProgram("sh", environment: variables)
        } catch {
            throw Failure(
                .system, "link scripts", "there is no shell to run them with",
                hint: "`--no-link-scripts` leaves them out", cause: error)
        }
    }

    /// Where scripts write what they want to tell, in the prefix.
    static let messages = ".messages.txt"

    /// The messages that scripts left for the user, which go.
    package func takeMessages() throws(Failure) -> String {
        let path = Path.join(prefix, Self.messages)
        guard let bytes = try readFileIfPresent(path, limit: 1 << 20) else { return "" }
        try FileSystem.unlink(path)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension LinkScript {
    /// The pre-unlink scripts of packages that go, in the order given.
    package static func preUnlink(_ records: [PackageRecord], in prefix: String) -> [LinkScript] {
        records.map { LinkScript(.preUnlink, $0) }.filter { FileSystem.exists(Path.join(prefix, $0.path)) }
    }

    /// Where the extracted package of a plan is that has this script.
    package func source(in plan: LinkPlan) -> String? {
        plan.registry.packages.first { $0.record.name == name }?.source
    }
}
