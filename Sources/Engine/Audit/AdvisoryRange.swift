// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Manifests

/// A version in the order of its ecosystem.
enum AdvisoryVersion: Sendable, Comparable {
    /// Before everything: the `0` of `introduced`.
    case first
    case python(PythonVersion)
    case semantic(SemanticVersion)

    init?(_ text: String, isPython: Bool) {
        if isPython {
            guard let version = PythonVersion(text) else { return nil }
            self = .python(version)
        } else {
            guard let version = SemanticVersion(text) else { return nil }
            self = .semantic(version)
        }
    }

    static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.python(let left), .python(let right)): left < right
        case (.semantic(let left), .semantic(let right)): left < right
        case (.first, .python), (.first, .semantic): true
        default: false
        }
    }
}

/// Versions between events (OSV schema, `affected[].ranges[]`).
struct AdvisoryRange: Sendable {
    private enum Kind: Int { case introduced, fixed, lastAffected }

    private struct Event {
        let kind: Kind
        let version: AdvisoryVersion
        let text: String
    }

    private var events: [Event] = []
    /// Nothing from the highest of these on is said anything of; nil for `*`.
    private var limits: [AdvisoryVersion?] = []
    /// One of its versions that cannot be put in order: what it holds beside the others nobody can tell.
    private(set) var unreadable: String?

    /// Nil for ranges that count commits, and for an ecosystem whose order krait does not know.
    init?(_ json: JSON, isPython: Bool) {
        // Python packages are sometimes given as SEMVER, and their versions have their own order all the same.
        let type = json["type"]?.string
        guard type == "SEMVER" || type == "ECOSYSTEM" && isPython else { return nil }
        for event in json["events"]?.array ?? [] {
            for member in event.object ?? [] { take(member, isPython) }
        }
        events.sort { ($0.version, $0.kind.rawValue) < ($1.version, $1.kind.rawValue) }
    }

    private mutating func take(_ member: JSONMember, _ isPython: Bool) {
        guard let text = member.value.string else {
            // Of the number 1.10 nobody knows which version it was.
            unreadable = String(decoding: member.value.serialized(), as: UTF8.self)
            return
        }
        let kind: Kind
        switch member.key {
        case "introduced": kind = .introduced
        case "fixed": kind = .fixed
        case "last_affected": kind = .lastAffected
        case "limit" where text == "*":
            limits.append(nil)
            return
        case "limit":
            guard let version = AdvisoryVersion(text, isPython: isPython) else {
                unreadable = text
                return
            }
            limits.append(version)
            return
        default: return
        }
        let isFirst = kind == .introduced && text == "0"
        guard let version = isFirst ? .first : AdvisoryVersion(text, isPython: isPython) else {
            unreadable = text
            return
        }
        events.append(Event(kind: kind, version: version, text: text))
    }

    /// Whether it holds `version`, by the schema's own evaluation.
    func contains(_ version: AdvisoryVersion) -> Bool {
        guard limits.isEmpty || limits.contains(where: { $0.map { version < $0 } ?? true }) else { return false }
        var isAffected = false
        for event in events {
            switch event.kind {
            case .introduced: if version >= event.version { isAffected = true }
            case .fixed: if version >= event.version { isAffected = false }
            case .lastAffected: if version > event.version { isAffected = false }
            }
        }
        return isAffected
    }

    /// The version from which on it holds `version`; nil where that is every one.
    func start(of version: AdvisoryVersion) -> String? {
        guard let event = events.last(where: { $0.kind == .introduced && $0.version <= version }) else { return nil }
        return event.version == .first ? nil : event.text
    }

    /// The first version after `version` that fixes it.
    func fix(after version: AdvisoryVersion) -> String? {
        events.first { $0.kind == .fixed && $0.version > version }?.text
    }
}
