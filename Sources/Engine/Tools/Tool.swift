// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures
import Platform

/// A program with an environment of its own, and how it was asked for.
package struct Tool: Sendable, Equatable {
    /// A launcher's name, and the program that it starts.
    package struct Exposed: Sendable, Equatable {
        package var name: String
        package var program: String

        package init(name: String, program: String) {
            self.name = name
            self.program = program
        }

        /// Reads `NAME=PROGRAM`, or `NAME` for both.
        package init(_ text: String) throws(Failure) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
            self.init(name: parts[0], program: parts.count == 2 ? parts[1] : parts[0])
            for part in [name, program] where !Self.isName(part) {
                throw Failure(
                    .usage, "--expose \(text)", "does not name a program", hint: "write --expose NAME=PROGRAM")
            }
        }

        /// Whether `text` can be the name of one file and nothing else.
        package static func isName(_ text: String) -> Bool {
            !text.isEmpty && text != "." && text != ".." && !text.hasPrefix("-") && text.utf8.count <= 200
                && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != 0x2f }
        }
    }

    /// The package's name, and the tool's.
    package var name: String
    package var spec: String
    /// Specs of what is in its environment besides.
    package var with: [String] = []
    /// As they were given, best first.
    package var channels: [String] = []
    package var overridesChannels = false
    /// What was asked to be exposed; empty for all programs of the package.
    package var asked: [Exposed] = []
    /// The name of the environment's directory.
    var environment = ""
    package var version = ""
    /// What is exposed.
    package var exposed: [Exposed] = []

    package init(name: String, spec: String) {
        self.name = name
        self.spec = spec
    }

    static let fileName = "tool.json"

    /// The tool that is kept in `slot`; nil when there is none that is understood.
    init?(in slot: EnvironmentSlot) {
        let path = Path.join(slot.directory, Self.fileName)
        guard (try? UserDirectory.isOwn(slot.directory)) ?? false,
            let bytes = try? readFileIfPresent(path, limit: 1 << 20),
            let document = try? JSON.parse(bytes, subject: path), document["version"]?.int == 1,
            let spec = document["spec"]?.string, let environment = document["environment"]?.string,
            slot.prefix(named: environment) != nil
        else { return nil }
        self.init(name: Path.name(slot.directory), spec: spec)
        self.environment = environment
        with = document["with"]?.strings ?? []
        channels = document["channels"]?.strings ?? []
        overridesChannels = document["override_channels"]?.bool ?? false
        version = document["package_version"]?.string ?? ""
        asked = Self.pairs(document["asked"])
        exposed = Self.pairs(document["exposed"])
    }

    private static func pairs(_ value: JSON?) -> [Exposed] {
        (value?.object ?? []).compactMap { member in
            guard let program = member.value.string, Exposed.isName(member.key), Exposed.isName(program) else {
                return nil
            }
            return Exposed(name: member.key, program: program)
        }
    }

    private static func json(_ pairs: [Exposed]) -> JSON {
        .object(pairs.map { JSONMember($0.name, .string($0.program)) })
    }

    /// What is written of it.
    var json: JSON {
        .object([
            JSONMember("version", 1), JSONMember("spec", .string(spec)), JSONMember("with", .strings(with)),
            JSONMember("channels", .strings(channels)), JSONMember("override_channels", .bool(overridesChannels)),
            JSONMember("asked", Self.json(asked)), JSONMember("exposed", Self.json(exposed)),
            JSONMember("environment", .string(environment)), JSONMember("package_version", .string(version)),
        ])
    }
}
