// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda

extension PackageRecord {
    /// The package as `list --json` and the actions of a change show it, in conda's shape (conda-spec §22).
    var listed: JSON {
        let base = channel.split(separator: "/").count > 1 ? channel : ""
        let name = channel.split(separator: "/").last.map { String($0) } ?? channel
        return .object([
            JSONMember("base_url", .string(base)),
            JSONMember("build_number", .unsigned(buildNumber)),
            JSONMember("build_string", .string(build)),
            JSONMember("channel", .string(name)),
            JSONMember("dist_name", .string(distribution)),
            JSONMember("name", .string(self.name)),
            JSONMember("platform", .string(subdir)),
            JSONMember("version", .string(version)),
            JSONMember("url", .string(url)),
        ])
    }

    /// The package as an action of a change: what is listed, and what was promised of the archive.
    var action: JSON {
        guard case .object(var members) = listed else { return listed }
        if let sha256 { members.append(JSONMember("sha256", .string(sha256.hex))) }
        if let md5 { members.append(JSONMember("md5", .string(md5.hex))) }
        if let size { members.append(JSONMember("size", .unsigned(size))) }
        members.append(JSONMember("fn", .string(fileName)))
        return .object(members)
    }
}
