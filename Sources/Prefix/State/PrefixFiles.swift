// SPDX-License-Identifier: BSD-3-Clause

import Codecs
package import Failures
import Platform

/// The small files of `conda-meta` that say how an environment wants to be treated (Rules §14).
package enum PrefixFiles {
    /// The match specs of `conda-meta/pinned`, as written.
    package static func pinned(_ prefix: String) throws(Failure) -> [String] {
        guard let bytes = try readFileIfPresent(Path.join(prefix, "conda-meta/pinned"), limit: 1 << 20) else {
            return []
        }
        return bytes.split { $0 == 0x0a }.map { String(decoding: $0, as: UTF8.self).trimmed }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    /// Writes a file of `conda-meta`, or removes it; never through a link.
    private static func write(
        _ name: String, _ bytes: [UInt8]?, _ prefix: String, mode: UInt32 = 0o664
    ) throws(Failure) {
        let root = try Descriptor.openDirectory(prefix)
        let metadata = try Recovery.openMetadata(at: root.reference, prefix)
        guard let bytes else { return try FileSystem.unlink(name, at: metadata.reference) }
        try writeFileAtomically(name, bytes, mode: mode, at: metadata.reference)
    }

    /// Whether the environment is frozen (CEP 22), and the message that says why; nil when it is not.
    package static func frozenMessage(_ prefix: String) throws(Failure) -> String? {
        let path = Path.join(prefix, "conda-meta/frozen")
        guard let bytes = try readFileIfPresent(path, limit: 1 << 20) else { return nil }
        if bytes.allSatisfy({ $0 <= 0x20 }) { return "" }
        // A marker that cannot be read still marks.
        return (try? JSON.parse(bytes, subject: path))?["message"]?.string ?? ""
    }

    /// Refuses when the environment is frozen.
    package static func checkFrozen(_ prefix: String) throws(Failure) {
        guard let message = try frozenMessage(prefix) else { return }
        throw Failure(
            .other, prefix, message.isEmpty ? "the environment is frozen" : "the environment is frozen: \(message)",
            hint: "`--override-frozen` changes it all the same")
    }

    /// The environment's own variables (`conda-meta/state`), in order.
    package static func variables(_ prefix: String) throws(Failure) -> [(name: String, value: String)] {
        guard let state = try state(prefix), case .object(let members)? = state["env_vars"] else { return [] }
        return members.compactMap { member in
            switch member.value {
            case .string(let text): (member.key, text)
            case .null: nil
            default: (member.key, String(decoding: member.value.serialized(indent: nil), as: UTF8.self))
            }
        }
    }

    /// What `conda-meta/state` has as the value of a variable that activation unsets.
    package static let unsetMarker = "***unset***"

    /// Writes the environment's own variables; other keys of the state stay.
    package static func setVariables(
        _ variables: [(name: String, value: String)], _ prefix: String
    ) throws(Failure) {
        var members: [JSONMember] = []
        if case .object(let old)? = try state(prefix) { members = old.filter { $0.key != "env_vars" } }
        if variables.isEmpty, members.isEmpty { return try write("state", nil, prefix) }
        members.append(JSONMember("env_vars", .object(variables.map { JSONMember($0.name, .string($0.value)) })))
        // Variables are often secrets.
        try write("state", JSON.object(members).serialized(indent: 2), prefix, mode: 0o600)
    }

    private static func state(_ prefix: String) throws(Failure) -> JSON? {
        let path = Path.join(prefix, "conda-meta/state")
        guard let bytes = try readFileIfPresent(path, limit: 1 << 24) else { return nil }
        return try JSON.parse(bytes, subject: path)
    }

    /// What `conda-meta/created_at` says, if it is there.
    package static func createdAt(_ prefix: String) -> String? {
        guard let bytes = try? readFileIfPresent(Path.join(prefix, "conda-meta/created_at"), limit: 4096) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self).trimmed
    }
}
