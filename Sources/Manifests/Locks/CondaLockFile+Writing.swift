// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
package import Failures
import Locations

extension CondaLockFile {
    /// The file as conda-lock writes it (CEP 37): version 1, packages by manager, name, platform and category.
    ///
    /// Keys are those of CEP 37 and no others: conda-lock refuses what it does not know.
    /// - Throws: `Failure(.usage)` for a package without any hash or without a URL, since readers refuse those.
    package func serialized() throws(Failure) -> String {
        var text = Self.heading + "version: 1\nmetadata:\n"
        text += contentHashes.isEmpty ? "  content_hash: {}\n" : "  content_hash:\n"
        for item in contentHashes { text += "    \(YAML.quoted(item.platform)): \(YAML.quoted(item.hash))\n" }
        text += Self.list("channels", channels) { "- url: \(YAML.quoted($0))\n    used_env_vars: []" }
        text += Self.list("platforms", platforms) { "- \(YAML.quoted($0))" }
        text += Self.list("sources", sources) { "- \(YAML.quoted($0))" }
        var entries: [(key: [String], text: String)] = []
        for item in packages { entries.append(try entry(item.package, item.platform)) }
        for item in requirements { entries.append(entry(item.requirement, item.platform)) }
        entries.sort { $0.key.lexicographicallyPrecedes($1.key) { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
        text += entries.isEmpty ? "package: []\n" : "package:\n"
        return entries.reduce(into: text) { $0 += $1.text }
    }

    private static let heading = """
        # A lock file: the exact packages of an environment, for each platform. Made by krait; do not edit.
        #
        # Make the environment with:
        #     krait create -n NAME -f conda-lock.yml
        # or with conda-lock, or with `micromamba create -n NAME -f conda-lock.yml`.

        """

    private static func list(_ key: String, _ values: [String], _ item: (String) -> String) -> String {
        values.isEmpty ? "  \(key): []\n" : "  \(key):\n" + values.map { "  \(item($0))\n" }.joined()
    }

    private func entry(_ package: LockedPackage, _ platform: String) throws(Failure) -> (key: [String], text: String) {
        let record = package.record
        guard !record.url.isEmpty, record.md5 != nil || record.sha256 != nil else {
            throw Failure(
                .usage, record.distribution,
                record.url.isEmpty
                    ? "no URL is known for it, so it cannot be locked"
                    : "neither md5 nor sha256 is known for it, so it cannot be locked")
        }
        var text = Self.head(record.name, record.version, "conda", platform)
        text += Self.dependencies(record.depends)
        text += "  url: \(YAML.quoted(record.url.separatingCredentials.plain))\n"
        text += Self.hash(record.md5, record.sha256)
        text += "  category: \(YAML.quoted(package.category))\n  optional: \(package.category != "main")\n"
        return (["conda", record.name, platform, package.category], text)
    }

    private func entry(_ requirement: LockedRequirement, _ platform: String) -> (key: [String], text: String) {
        var text = Self.head(requirement.name, requirement.version, "pip", platform)
        text += Self.dependencies(requirement.depends)
        text += "  url: \(YAML.quoted(PythonOrigin.withoutSecrets(requirement.location)))\n"
        text += Self.hash(requirement.md5, requirement.sha256)
        text += "  category: \(YAML.quoted(requirement.category))\n  optional: \(requirement.category != "main")\n"
        return (["pip", requirement.name, platform, requirement.category], text)
    }

    private static func head(_ name: String, _ version: String, _ manager: String, _ platform: String) -> String {
        "- name: \(YAML.quoted(name))\n  version: \(YAML.quoted(version))\n  manager: \(manager)\n  platform: \(platform)\n"
    }

    private static func hash(_ md5: MD5Digest?, _ sha256: SHA256Digest?) -> String {
        guard md5 != nil || sha256 != nil else { return "  hash: {}\n" }
        // A digest of digits only would read back as a number.
        return "  hash:\n" + (md5.map { "    md5: \(YAML.quoted($0.hex))\n" } ?? "")
            + (sha256.map { "    sha256: \(YAML.quoted($0.hex))\n" } ?? "")
    }

    /// Dependencies as `name: constraint`, by name; two constraints on one name are joined with a comma.
    private static func dependencies(_ specs: [String]) -> String {
        var constraints: [String: String] = [:]
        for spec in specs {
            let (name, constraint) = CondaLockFile.split(spec)
            guard let other = constraints[name], other != "*", other != constraint else {
                constraints[name] = constraint
                continue
            }
            // A constraint with a build has a space in it and cannot be joined, nor can brackets: the first one stays.
            if constraint != "*", !(other + constraint).utf8.contains(where: { $0 == 0x20 || $0 == UInt8(ascii: "[") })
            {
                constraints[name] = "\(other),\(constraint)"
            }
        }
        if constraints.isEmpty { return "  dependencies: {}\n" }
        let names = constraints.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return "  dependencies:\n"
            + names.map { "    \(YAML.quoted($0)): \(YAML.quoted(constraints[$0] ?? "*"))\n" }.joined()
    }

    /// A dependency as name and constraint; `*` when there is none.
    static func split(_ spec: String) -> (name: String, constraint: String) {
        let text = trimmed(spec)
        let end = text.utf8.firstIndex { " \t=<>!~[(;@".utf8.contains($0) } ?? text.endIndex
        let constraint = trimmed(text[end...])
        return (String(text[..<end]), constraint.isEmpty ? "*" : constraint)
    }
}
