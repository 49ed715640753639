// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures

extension PackageRecord {
    /// The record that an object of repodata, `repodata_record.json` or `index.json` holds.
    ///
    /// `fn`, `url`, `channel` and `subdir` may be missing where the place tells them; they are then empty.
    ///
    /// - Throws: `.parse` for a value that is not an object, or has no name, version or build.
    package init(json: JSON, subject: String) throws(Failure) {
        guard let members = json.object else { throw Failure(.parse, subject, "the record is not an object") }
        self.init(name: "", version: "", build: "", subdir: "", fileName: "", url: "", channel: "")
        for member in members {
            if let field = RecordField(member.key) {
                set(field, member.value)
            } else {
                otherKeys.append(member)
            }
        }
        if build.isEmpty { build = members["build_string"]?.string ?? "" }
        for (key, value) in [("name", name), ("version", version), ("build", build)] where value.isEmpty {
            throw Failure(.parse, subject, "the record has no `\(key)`")
        }
    }

    /// The record as `repodata_record.json` has it; credentials never are in it.
    package var json: JSON { .object(members) }

    /// The members of ``json``, in a fixed order.
    package var members: [JSONMember] {
        RecordField.allCases.compactMap { field in value(of: field).map { JSONMember("\(field.key)", $0) } } + otherKeys
    }
}

extension Noarch {
    /// What a record's `noarch` says; `true` is the old way to say generic.
    package init(json: JSON?) {
        switch json {
        case .string("python"): self = .python
        case .string("generic"), .bool(true): self = .generic
        default: self = .none
        }
    }

    /// As records write it; nil for none.
    package var text: String? {
        switch self {
        case .none: nil
        case .generic: "generic"
        case .python: "python"
        }
    }
}

extension JSON {
    /// A number that may need all 64 bits.
    static func count(_ value: UInt64) -> JSON {
        Int64(exactly: value).map { .integer($0) } ?? .number(String(value))
    }
}
