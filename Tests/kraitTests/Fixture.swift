// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Failures
import Foundation
import Testing

@testable import krait

/// A small tool of its own, so that the texts of tests stay when krait's verbs change.
enum Fixture {
    static let action: Verb.Action = { (_, _) throws(Failure) in 0 }

    static let name = ValueOption("name", letter: "n", takes: "NAME", "the environment of this name")
    static let channel = ListOption("channel", letter: "c", takes: "CHANNEL", "a channel to use")
    static let category = ListOption("category", takes: "NAME", hasCommas: true, "groups to install")
    static let mode = SettingOption(
        "link-mode", takes: "MODE", sets: .linkMode, "how files are linked: it's up to you")
    static let force = SettingOption("force", also: ["force-remove"], letter: "a", sets: .alwaysYes, "go on")
    static let output = ValueOption("output", letter: "o", takes: "FILE", "write it there")
    static let quiet = Flag("quiet", letter: "q", "print errors only")

    static let globals: [Option] = [Flag("help", letter: "h", "show this help"), quiet]

    static let verbs = [
        Verb(
            ["create"], "Make an environment", operands: "[SPEC…]", options: [name, channel, category, mode, force],
            examples: ["tool create -n x numpy"], action: action),
        Verb(["remove", "uninstall"], "Remove packages", operands: "SPEC…", options: [name, force], action: action),
        Verb(["run"], "Run a command", operands: "COMMAND", options: [name], passesRest: true, action: action),
        Verb(["info"], "Show facts", action: action),
        Verb(
            ["env"], "Environments",
            verbs: [
                Verb(["list"], "Show them", options: [output], action: action),
                Verb(["config"], "Settings", verbs: [Verb(["set"], "Set one", operands: "A=B", action: action)]),
            ]),
        Verb(
            ["shell"], "Start a shell", options: [name],
            verbs: [Verb(["activate"], "Activate", operands: "[NAME]", action: action)], action: action),
    ]

    static func parse(_ words: String...) throws -> (path: [String], invocation: Invocation) {
        let parsed = try CommandLineParser(verbs: verbs, globalOptions: globals).parse(words)
        guard case .run(_, let invocation) = parsed else {
            throw Failure(.other, "\(words)", "asks for no verb")
        }
        return (invocation.verbPath, invocation)
    }

    /// What is thrown for words that are not understood.
    static func failure(_ words: String...) throws -> Failure {
        do {
            _ = try CommandLineParser(verbs: verbs, globalOptions: globals).parse(words)
        } catch {
            return error
        }
        throw Failure(.other, "\(words)", "were understood")
    }
}

/// Texts that people and shells see, as files beside the tests.
///
/// `KRAIT_RECORD_SNAPSHOTS=1 swift test --filter kraitTests` writes them anew.
func expectSnapshot(_ text: String, _ name: String, _ location: SourceLocation = #_sourceLocation) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snapshots/\(name)")
    if ProcessInfo.processInfo.environment["KRAIT_RECORD_SNAPSHOTS"] != nil {
        try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(text == expected, "\(name) differs", sourceLocation: location)
}

/// Runs a program that the machine may not have; nil when it has not.
func output(of program: String, _ arguments: [String]) throws -> (status: Int32, text: String)? {
    let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard let place = places.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }) else {
        return nil
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "\(place)/\(program)")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}
