// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Locations

extension PackageRecord {
    /// The package as `list --json` and the actions of a change show it, in conda's shape (Rules §22).
    var listed: JSON {
        let base = channel.split(separator: "/").count > 1 ? channel : url.hasURLScheme ? channelURL : ""
        let name = channel.split(separator: "/").last.map { String($0) } ?? channel
        // Conda's list has no place for these; they are told of packages that have them (CEP 44, CEP 45).
        let newer = [
            value(of: .flags).map { JSONMember("\(RecordField.flags.key)", $0) },
            otherKeys[Self.extraDependsKey].map { JSONMember(Self.extraDependsKey, $0) },
        ]
        return .object(
            [
                JSONMember("base_url", .string(base)),
                JSONMember("build_number", .unsigned(buildNumber)),
                JSONMember("build_string", .string(build)),
                JSONMember("channel", .string(name)),
                JSONMember("dist_name", .string(distribution)),
                JSONMember("name", .string(self.name)),
                JSONMember("platform", .string(subdir)),
                JSONMember("version", .string(version)),
                JSONMember("url", .string(url)),
            ] + newer.compactMap(\.self))
    }

    /// The package as an action of a change: what is listed, and its whole record, from which lockers build their graphs.
    var action: JSON {
        guard case .object(let listed) = listed else { return listed }
        let known = Set(listed.map(\.key))
        return .object(listed + members.filter { !known.contains($0.key) })
    }
}
