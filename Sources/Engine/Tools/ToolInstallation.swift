// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
package import Failures
import Platform
import Prefix

/// Makes the environment of a tool, the first or a newer one, and lets its programs be found. What was there stays in effect
/// until the new one is whole and has every program that is exposed.
package struct ToolInstallation: Sendable {
    /// What was done.
    package struct Report: Sendable {
        package var tool: Tool
        /// The version before; nil for a new tool.
        package var before: String?
        /// Nothing newer was there.
        package var isUnchanged = false
        package var packages = 0
        package var warnings: [String] = []
        package var messages = ""
    }

    private let context: Context
    private let places: ToolPlaces
    private let executable: String

    /// - Parameter executable: the path of krait that launchers name.
    package init(executable: String, context: Context) throws(Failure) {
        self.context = context
        self.executable = executable
        places = try ToolPlaces(context.environment)
    }

    /// Installs `tool`, or what it has become by the way it is asked for now.
    ///
    /// - Throws: `Failure`; nothing has changed then.
    package func install(_ asked: Tool) throws(Failure) -> Report {
        let slot = places.slot(asked.name)
        try UserDirectory.make(places.tools)
        let lock = try lock(slot, asked.name)
        let report = try context.renewingIndexes { () throws(Failure) in try install(asked, Tool(in: slot), slot) }
        _ = consume lock
        return report
    }

    /// Brings a tool up to date.
    package func upgrade(_ name: String) throws(Failure) -> Report { try install(try Tools(context).tool(name)) }

    private func lock(_ slot: EnvironmentSlot, _ name: String) throws(Failure) -> SlotLock {
        let seconds = context.settings[.lockTimeout]
        let end = monotonicNanoseconds() + min(seconds, 1 << 20) * 1_000_000_000
        while true {
            if let lock = try slot.tryLock() { return lock }
            guard monotonicNanoseconds() < end else {
                throw Failure(
                    .lockTimeout, name, "another process is changing this tool, and has not ended in \(seconds) s",
                    hint: "wait for it, or end it")
            }
            try context.cancellation.check()
            pause(nanoseconds: 50_000_000)
        }
    }

    private func install(_ asked: Tool, _ old: Tool?, _ slot: EnvironmentSlot) throws(Failure) -> Report {
        var request = ChangeRequest(.create, prefix: slot.newPrefix())
        request.specs = [asked.spec] + asked.with
        request.channels = asked.channels
        request.overrideChannels = asked.overridesChannels
        let plan = try Planner(context).plan(request)
        var report = Report(tool: asked, before: old?.version)
        report.packages = plan.links.count
        report.warnings = plan.warnings
        var prefix = request.prefix
        if let old, let standing = slot.prefix(named: old.environment), try plan.isInstalled(in: standing) {
            report.isUnchanged = true
            prefix = standing
        } else {
            try requireNames(asked)
            let applied = try ChangeExecution(plan, context).run()
            report.warnings += applied.warnings
            report.messages = applied.messages
        }
        do throws(Failure) {
            report.tool = try complete(asked, prefix)
            try write(report.tool, old, slot)
        } catch {
            if !report.isUnchanged { _ = EnvironmentSlot.remove(prefix, key: context.changeKey) }
            throw error
        }
        report.warnings += ToolExtras(places: places, slot: slot).link(report.tool, prefix)
        for earlier in slot.unused(besides: report.tool.environment, olderThan: 0) {
            _ = EnvironmentSlot.remove(earlier, key: context.changeKey)
        }
        return report
    }

    /// The tool as it is in the environment at `prefix`.
    private func complete(_ asked: Tool, _ prefix: String) throws(Failure) -> Tool {
        var tool = asked
        tool.environment = Path.name(prefix)
        guard let record = try InstalledEnvironment.find(prefix)?.state[asked.name] else {
            throw Failure(.other, asked.name, "is not in the environment that was made of `\(asked.spec)`")
        }
        tool.version = record.version
        let programs = try record.paths().map(\.path).filter { $0.hasPrefix("bin/") }.map { String($0.dropFirst(4)) }
            .filter { Tool.Exposed.isName($0) && SystemCall.isAccessible(Path.join(prefix, "bin/\($0)"), .execute) }
            .sorted()
        tool.exposed = asked.asked.isEmpty ? programs.map { Tool.Exposed(name: $0, program: $0) } : asked.asked
        guard !tool.exposed.isEmpty else {
            throw Failure(
                .usage, asked.name, "brings no program",
                hint: "name one of another package in its environment: --expose NAME=PROGRAM --with PACKAGE")
        }
        for one in tool.exposed where !SystemCall.isAccessible(Path.join(prefix, "bin/\(one.program)"), .execute) {
            throw Failure(
                .usage, one.program, "is not a program in the environment of \(asked.name)",
                hint: programs.isEmpty ? nil : "\(asked.name) brings \(programs.prefix(8).joined(separator: ", "))")
        }
        return tool
    }

    /// Refuses names that somebody else's files have before anything is fetched, as far as they are known.
    private func requireNames(_ asked: Tool) throws(Failure) {
        for one in asked.asked { try requireFree(one.name, of: asked.name) }
    }

    private func requireFree(_ name: String, of tool: String) throws(Failure) {
        let path = Path.join(places.programs, name)
        guard try FileSystem.status(path, followLinks: false) != nil else { return }
        if let launcher = ToolLauncher(at: path), launcher.prefix.hasPrefix(places.slot(tool).directory + "/") {
            return
        }
        throw Failure(
            .usage, path, "is there already, and is not a program of the tool \(tool)",
            hint: "remove it, or give the program another name: --expose OTHER=\(name)")
    }

    /// Writes the launchers and then the record; names that are not exposed any more go.
    private func write(_ tool: Tool, _ old: Tool?, _ slot: EnvironmentSlot) throws(Failure) {
        for one in tool.exposed { try requireFree(one.name, of: tool.name) }
        let prefix = Path.join(slot.directory, tool.environment)
        let launchers = try LauncherDirectory(places)
        for one in tool.exposed {
            try launchers.write(
                one.name, ToolLauncher(prefix: prefix, program: one.program).bytes(executable: executable))
        }
        for one in old?.exposed ?? [] where !tool.exposed.contains(where: { $0.name == one.name }) {
            launchers.remove(one.name, of: slot)
        }
        let directory = try Descriptor.openDirectory(slot.directory, followLinks: false)
        try writeFileAtomically(
            Tool.fileName, tool.json.serialized(indent: 2), mode: 0o600, at: directory.reference)
    }
}
