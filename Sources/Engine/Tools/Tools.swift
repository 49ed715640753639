// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Platform

/// The tools of this user.
package struct Tools: Sendable {
    private let context: Context
    package let places: ToolPlaces

    package init(_ context: Context) throws(Failure) {
        self.context = context
        places = try ToolPlaces(context.environment)
    }

    /// All of them, by name.
    package var all: [Tool] {
        let entries = (try? FileSystem.entries(places.tools)) ?? []
        return entries.map(\.name).sorted().compactMap { Tool.Exposed.isName($0) ? Tool(in: places.slot($0)) : nil }
    }

    /// - Throws: `Failure(.usage)` when there is no tool of that name.
    package func tool(_ name: String) throws(Failure) -> Tool {
        if Tool.Exposed.isName(name), let tool = Tool(in: places.slot(name)) { return tool }
        let known = all.map(\.name)
        throw Failure(
            .usage, name, "is not an installed tool",
            hint: known.isEmpty
                ? "install it with `krait tool install \(name)`" : "there are \(known.joined(separator: ", "))")
    }

    /// Removes a tool: its launchers and links, and its environment unless something runs in it; whether that is gone too.
    package func remove(_ name: String) throws(Failure) -> Bool {
        let tool = try tool(name)
        let slot = places.slot(name)
        removeForgotten()
        let launchers = try LauncherDirectory(places)
        for one in tool.exposed { launchers.remove(one.name, of: slot) }
        ToolExtras(places: places, slot: slot).removeLinks { _, _ in false }
        if slot.removeAll(key: context.changeKey) { return true }
        let directory = try Descriptor.openDirectory(slot.directory, followLinks: false)
        var beneath = Beneath(directory.reference)
        try? beneath.unlink(Tool.fileName)
        return false
    }

    /// Removes what could not go when its tool was removed, because something ran in it.
    private func removeForgotten() {
        for entry in (try? FileSystem.entries(places.tools)) ?? [] where Tool.Exposed.isName(entry.name) {
            let slot = places.slot(entry.name)
            if Tool(in: slot) == nil { _ = slot.removeAll(key: context.changeKey) }
        }
    }

    /// The environment of a tool with this program, kept from being removed, and the program's path; nil when there is none.
    package func held(_ name: String) -> (prefix: String, program: String)? {
        guard Tool.Exposed.isName(name), let tool = Tool(in: places.slot(name)),
            let prefix = places.slot(name).prefix(named: tool.environment),
            let program = (tool.exposed.first { $0.name == name } ?? tool.exposed.first)?.program,
            EnvironmentSlot.hold(prefix)
        else { return nil }
        return (prefix, Path.join(prefix, "bin/\(program)"))
    }
}
