// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// Manual pages and completions of a tool, linked to where the user's shell and `man` look for them.
struct ToolExtras {
    let places: ToolPlaces
    let slot: EnvironmentSlot

    /// In an environment and in the user's data directory alike, and what a file for `PROGRAM` is called there.
    private static let completions: [(directory: String, name: @Sendable (String) -> String)] = [
        ("share/bash-completion/completions", { $0 }),
        ("share/zsh/site-functions", { "_\($0)" }),
        ("share/fish/vendor_completions.d", { "\($0).fish" }),
    ]

    /// Links what there is for the exposed programs, and takes away what is not there any more.
    ///
    /// - Returns: what could not be linked, each one sentence.
    func link(_ tool: Tool, _ prefix: String) -> [String] {
        var wanted: [(directory: String, name: String)] = []
        for one in tool.exposed {
            wanted += manualPages(of: one.program, prefix)
            // Completions name the command that they complete.
            guard one.name == one.program else { continue }
            for (directory, name) in Self.completions {
                let file = name(one.program)
                if FileSystem.exists(Path.join(prefix, "\(directory)/\(file)")) { wanted.append((directory, file)) }
            }
        }
        var notes: [String] = []
        for (directory, name) in wanted where !link(prefix, directory, name) {
            notes.append("\(place(directory))/\(name) is not linked: something else is there")
        }
        removeLinks { directory, name in wanted.contains { $0.directory == directory && $0.name == name } }
        return notes
    }

    /// Takes away the links of this tool but those that `isKept`.
    func removeLinks(unless isKept: (String, String) -> Bool) {
        let manuals = (1...8).map { "share/man/man\($0)" }
        for directory in manuals + Self.completions.map(\.directory) {
            guard let opened = try? Descriptor.openDirectory(place(directory)),
                let entries = try? FileSystem.entries(place(directory))
            else { continue }
            for entry in entries where !isKept(directory, entry.name) && isOwn(entry.name, opened) {
                var beneath = Beneath(opened.reference)
                try? beneath.unlink(entry.name)
            }
        }
    }

    private func manualPages(of program: String, _ prefix: String) -> [(String, String)] {
        (1...8).flatMap { section -> [(String, String)] in
            let directory = "share/man/man\(section)"
            return ["", ".gz", ".zst"].map { "\(program).\(section)\($0)" }
                .filter { FileSystem.exists(Path.join(prefix, "\(directory)/\($0)")) }.map { (directory, $0) }
        }
    }

    /// `share/…` of an environment in the user's data directory.
    private func place(_ directory: String) -> String { Path.join(places.data, String(directory.dropFirst(6))) }

    private func link(_ prefix: String, _ directory: String, _ name: String) -> Bool {
        guard let opened = try? UserDirectory.open(place(directory), mode: 0o755) else { return false }
        var beneath = Beneath(opened.reference)
        if isOwn(name, opened) { try? beneath.unlink(name) }
        return (try? beneath.symbolicLink(target: "\(prefix)/\(directory)/\(name)", path: name)) != nil
    }

    private func isOwn(_ name: String, _ directory: borrowing Descriptor) -> Bool {
        guard let target = try? SystemCall.readLink(name, at: directory.reference) else { return false }
        return String(decoding: target, as: UTF8.self).hasPrefix(slot.directory + "/")
    }
}
