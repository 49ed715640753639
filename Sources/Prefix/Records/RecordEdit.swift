// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Failures
import Platform

/// A change to the record of a package that stays: nothing else of it is touched.
struct RecordEdit: Sendable, Equatable {
    /// A file that has got another place.
    struct Rename: Sendable, Equatable {
        var from: String
        var to: String
        /// The path that another package has now; nil when the file is back at its own.
        var original: String?
    }

    var renames: [Rename] = []
    /// A file that has got other bytes.
    struct Contents: Sendable, Equatable {
        var digest: SHA256Digest
        var size: Int
    }

    /// Files rewritten in the prefix, by path.
    var contents: [ExactPath: Contents] = [:]
    /// What the user asked for the package with; nil for no change.
    var requestedSpecs: [String]?

    /// The record at `path` with the changes.
    func applied(to path: String) throws(Failure) -> [UInt8] {
        let json = try JSON.parse(try readFile(path), subject: path)
        guard case .object(var members) = json else { throw Failure(.parse, path, "the record is not an object") }
        if let specs = requestedSpecs {
            members.removeAll { $0.key == "requested_spec" || $0.key == "requested_specs" }
            if let first = specs.first {
                // Before the files, where a reader finds it early.
                let place = members.firstIndex { $0.key == "files" } ?? members.count
                members.insert(JSONMember("requested_spec", .string(first)), at: place)
                members.insert(JSONMember("requested_specs", .array(specs.map { .string($0) })), at: place + 1)
            }
        }
        if !renames.isEmpty || !contents.isEmpty {
            let places = Dictionary(renames.map { (ExactPath($0.from), $0) }) { $1 }
            members = members.map { renamed($0, places) }
        }
        return JSON.object(members).serialized(indent: 2)
    }

    private func renamed(_ member: JSONMember, _ places: [ExactPath: Rename]) -> JSONMember {
        switch (member.key, member.value) {
        case ("files", .array(let files)):
            let new: [JSON] = files.map { file in
                file.string.flatMap { places[ExactPath($0)] }.map { .string($0.to) } ?? file
            }
            return JSONMember("files", .array(new))
        case ("paths_data", .object(let data)):
            let new = data.map { (part: JSONMember) -> JSONMember in
                guard part.key == "paths", case .array(let paths) = part.value else { return part }
                return JSONMember("paths", .array(paths.map { element($0, places) }))
            }
            return JSONMember("paths_data", .object(new))
        default: return member
        }
    }

    private func element(_ path: JSON, _ places: [ExactPath: Rename]) -> JSON {
        guard case .object(var members) = path, let name = path["_path"]?.string else { return path }
        if let new = contents[ExactPath(name)] {
            // A script was made in the prefix: no package tells other sizes and hashes.
            let isMade = path["path_type"]?.string == PrefixPath.Kind.entryPoint.rawValue
            members.removeAll {
                $0.key == "sha256_in_prefix" || (isMade && ($0.key == "sha256" || $0.key == "size_in_bytes"))
            }
            if isMade {
                members.append(JSONMember("sha256", .string(new.digest.hex)))
                members.append(JSONMember("size_in_bytes", .integer(Int64(new.size))))
            }
            members.append(JSONMember("sha256_in_prefix", .string(new.digest.hex)))
        }
        guard let rename = places[ExactPath(name)] else { return .object(members) }
        members.removeAll { $0.key == "original_path" }
        guard let index = members.firstIndex(where: { $0.key == "_path" }) else { return .object(members) }
        members[index].value = .string(rename.to)
        if let original = rename.original {
            members.insert(JSONMember("original_path", .string(original)), at: index + 1)
        }
        return .object(members)
    }
}
