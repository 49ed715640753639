// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Platform
import Prefix

/// What stands at the front of an executable's archive: which packages it has, and what to make and run of them.
struct PackedEnvironment: Sendable {
    /// What it is called in the archive.
    static let fileName = "krait.json"
    /// Where files that the user added are in the archive.
    static let additions = "added"

    struct Package: Sendable {
        var record: PackageRecord
        var specs: [String]
    }

    var packages: [Package]
    var updateSpecs: [String]
    var channels: [String]
    var isList: Bool
    /// Which activation sets.
    var variables: [(name: String, value: String)]
    var leftOut: [String]
    /// How python files are compiled.
    var pyc: String
    /// Whether packages' link scripts run where it is unpacked.
    var runsScripts: Bool
    /// What stands for the environment's own directory in the words below.
    var prefix: String
    var entrypoint: [String]
    var command: [String]

    /// - Throws: `Failure(.usage)` for a variable of the user's that is not NAME=VALUE.
    init(_ contents: PackContents, _ tree: PackedTree) throws(Failure) {
        let plan = contents.plan
        packages = tree.packages.map { Package(record: $0.record, specs: $0.requestedSpecs) }
        updateSpecs = plan.updateSpecs
        channels = plan.channels
        isList = plan.isList
        let wanted = try contents.request.variables.map { (text) throws(Failure) in
            try PackContents.pair(text, "--env")
        }
        variables = plan.variables + wanted
        leftOut = tree.leftOut
        pyc = contents.compilingMode.rawValue
        runsScripts = contents.runsScripts
        prefix = contents.request.prefix
        entrypoint = contents.request.entrypoint
        command = contents.request.command
        if entrypoint.isEmpty, command.isEmpty, tree.plan.python != nil { command = ["python"] }
    }

    /// Reads what ``json`` has written.
    init(_ bytes: [UInt8], subject: String) throws(Failure) {
        let json = try JSON.parse(bytes, subject: subject)
        packages = try (json["packages"]?.array ?? []).map { (package) throws(Failure) in
            Package(
                record: try PackageRecord(json: package["record"] ?? .null, subject: subject),
                specs: package["specs"]?.strings ?? [])
        }
        updateSpecs = json["update_specs"]?.strings ?? []
        channels = json["channels"]?.strings ?? []
        isList = json["is_list"] == .bool(true)
        variables = (json["variables"]?.object ?? []).map { ($0.key, $0.value.string ?? "") }
        leftOut = json["left_out"]?.strings ?? []
        pyc = json["pyc"]?.string ?? "none"
        runsScripts = json["link_scripts"] == .bool(true)
        prefix = json["prefix"]?.string ?? ""
        entrypoint = json["entrypoint"]?.strings ?? []
        command = json["command"]?.strings ?? []
    }

    var json: JSON {
        let packages = packages.map { package in
            JSON.object([JSONMember("record", package.record.json), JSONMember("specs", .strings(package.specs))])
        }
        return .object(
            [
                JSONMember("packages", .array(packages)), JSONMember("update_specs", .strings(updateSpecs)),
                JSONMember("channels", .strings(channels)), JSONMember("is_list", .bool(isList)),
                JSONMember("variables", .object(variables.map { JSONMember($0.name, .string($0.value)) })),
                JSONMember("left_out", .strings(leftOut)),
                JSONMember("pyc", .string(pyc)), JSONMember("link_scripts", .bool(runsScripts)),
            ] + running)
    }

    /// What is kept in the environment, to run it again.
    var running: [JSONMember] {
        [
            JSONMember("prefix", .string(prefix)), JSONMember("entrypoint", .strings(entrypoint)),
            JSONMember("command", .strings(command)),
        ]
    }

    /// What is run in the environment at `place`: what the user wants in the place of the command, behind the entrypoint.
    func words(_ wanted: [String], at place: String) -> [String] {
        let own = wanted.isEmpty ? entrypoint + command : entrypoint
        return own.map { $0 == prefix || $0.hasPrefix(prefix + "/") ? place + $0.dropFirst(prefix.utf8.count) : $0 }
            + wanted
    }
}
