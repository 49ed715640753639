// SPDX-License-Identifier: BSD-3-Clause

package import Failures
import Platform

/// `conda-meta/history`: what was done to an environment, and so what its user asked for (Rules §14.1, CEP 32).
package struct History: Sendable, Equatable {
    /// One transaction.
    package struct Revision: Sendable, Equatable {
        /// `2026-03-01 12:00:00`, local time; empty for what stands before the first header.
        package var date: String = ""
        package var command: String = ""
        /// `conda 24.1.0`, as far as told.
        package var tool: String = ""
        /// `channel/subdir::name-version-build`, as written.
        package var linked: [String] = []
        package var unlinked: [String] = []
        package var updateSpecs: [String] = []
        package var removeSpecs: [String] = []
        package var neuteredSpecs: [String] = []
        /// The channels in their effective order, as written; krait's own line, which others pass over.
        package var channels: [String] = []
        /// True when its specs are a list of a whole environment (a lock, an `@EXPLICIT` file), in which nobody asked for
        /// one package more than for another; krait's own line.
        package var isMarkedAsList = false

        package init() {}
    }

    package var revisions: [Revision] = []

    package init() {}

    /// The history of the environment at `prefix`; empty when it has none.
    package static func read(_ prefix: String) throws(Failure) -> History {
        guard let bytes = try readFileIfPresent(Path.join(prefix, "conda-meta/history"), limit: 1 << 28) else {
            return History()
        }
        return History(bytes)
    }

    /// The history that `bytes` tell; lines that make no sense are passed over, as all tools do.
    package init(_ bytes: [UInt8]) {
        var revision = Revision()
        var isEmpty = true
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line, as: UTF8.self).trimmed
            if text.hasPrefix("==>"), text.hasSuffix("<=="), text.utf8.count >= 6 {
                if !isEmpty { revisions.append(revision) }
                revision = Revision()
                revision.date = String(text.dropFirst(3).dropLast(3)).trimmed
                isEmpty = false
            } else if text.hasPrefix("#") {
                Self.comment(String(text.dropFirst()).trimmed, &revision)
                isEmpty = false
            } else if text.hasPrefix("+") {
                revision.linked.append(String(text.dropFirst()))
                isEmpty = false
            } else if text.hasPrefix("-") {
                revision.unlinked.append(String(text.dropFirst()))
                isEmpty = false
            } else if !text.isEmpty {
                // Old histories list the whole environment without signs.
                revision.linked.append(text)
                isEmpty = false
            }
        }
        if !isEmpty { revisions.append(revision) }
    }

    private static func comment(_ text: String, _ revision: inout Revision) {
        guard let colon = text.firstIndex(of: ":") else { return }
        let key = String(text[..<colon]).trimmed
        let value = String(text[text.index(after: colon)...]).trimmed
        if key == "cmd" {
            revision.command = value
        } else if key == "channels" {
            revision.channels = SpecList.parse(value)
        } else if key == "list" {
            revision.isMarkedAsList = value == "true"
        } else if key.hasSuffix(" version") {
            revision.tool = "\(key.dropLast(8)) \(value)"
        } else if key.hasSuffix(" specs") {
            let specs = SpecList.parse(value)
            switch key.dropLast(6) {
            case "install", "create", "update": revision.updateSpecs += specs
            case "remove", "uninstall": revision.removeSpecs += specs
            case "neutered": revision.neuteredSpecs += specs
            default: break
            }
        }
    }
}

extension String {
    /// Without spaces, tabs and carriage returns at both ends.
    var trimmed: String {
        var bytes = utf8[...]
        while let first = bytes.first, first == 0x20 || first == 0x09 || first == 0x0d { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 || last == 0x0d { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
