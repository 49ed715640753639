// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
import Conda
package import Failures

/// A `conda-lock.yml` (CEP 37, Rules §19.3), and the elder shapes before it, which differ in spelling only.
package struct CondaLockFile: Sendable {
    package var channels: [String] = []
    package var platforms: [String] = []
    /// The packages of each platform, in the file's order.
    package var packages: [(platform: String, package: LockedPackage)] = []
    package var requirements: [(platform: String, requirement: LockedRequirement)] = []
    /// SHA-256 of what was locked, by platform; empty where the file has none.
    package var contentHashes: [(platform: String, hash: String)] = []
    /// The files it was made from, as written.
    package var sources: [String] = []

    package init() {}

    /// What the file holds for `platform` in `categories`.
    /// - Throws: `Failure(.unsatisfiable)` when the file has nothing for the platform.
    package func environment(platform: String, categories: [String], subject: String) throws(Failure)
        -> LockedEnvironment
    {
        let known = platforms.isEmpty ? Array(Set(packages.map(\.platform))).sorted() : platforms
        guard known.contains(platform) else {
            throw Failure(
                .unsatisfiable, subject, "has no packages for \(platform), only for \(known.joined(separator: ", "))",
                hint: "lock again with `krait lock --platform \(platform)`, or name one of those with --platform")
        }
        let present = Set(packages.map(\.package.category) + requirements.map(\.requirement.category))
        if let missing = categories.first(where: { $0 != "main" && !present.contains($0) }) {
            throw Failure(
                .usage, subject, "has no category `\(missing)`",
                hint: "it has \(present.sorted().joined(separator: ", "))")
        }
        var environment = LockedEnvironment()
        environment.channels = channels
        // What several categories need stands in the file once for each of them.
        var seen: [String: PackageRecord] = [:]
        for (other, package) in packages where other == platform && categories.contains(package.category) {
            if seen[package.record.url] == package.record { continue }
            seen[package.record.url] = package.record
            environment.packages.append(package)
        }
        var taken: [String: LockedRequirement] = [:]
        for (other, requirement) in requirements where other == platform && categories.contains(requirement.category) {
            var plain = requirement
            plain.category = ""
            let key = "\(requirement.name) \(requirement.location)"
            if taken[key] == plain { continue }
            taken[key] = plain
            environment.requirements.append(requirement)
        }
        return environment
    }
}

extension CondaLockFile {
    /// Reads a file whose name, for messages, is `subject`.
    /// - Throws: `Failure(.parse)` with file, line, column and what was expected.
    package init(root: YAMLNode, subject: String) throws(Failure) {
        let root = LockNode(node: root, subject: subject)
        if let version = root.child("version"), !["0", "1", "2", "3"].contains(try version.text()) {
            throw Failure(
                .parse, version.place, "version \(try version.text()) of conda-lock.yml is newer than krait knows",
                hint: "krait reads version 1")
        }
        let metadata = try root.required("metadata")
        _ = try metadata.pairs("a mapping of what was locked")
        for item in try metadata.child("channels")?.items("a list of channels") ?? [] {
            channels.append(try channel(item))
        }
        platforms = try metadata.texts("platforms")
        sources = try metadata.texts("sources")
        for pair in try metadata.child("content_hash")?.pairs("a hash for each platform") ?? [] {
            contentHashes.append((try pair.key.text(), try pair.value.text()))
        }
        for item in try root.required("package").items("a list of packages") { try take(item) }
    }

    private mutating func take(_ item: LockNode) throws(Failure) {
        let platform = try item.required("platform").text()
        let category = try item.child("category")?.text() ?? "main"
        let location = try item.required("url").text()
        let hash = item.child("hash")
        switch try item.child("manager")?.text() ?? "conda" {
        case "conda":
            var record = try item.record(archiveAt: location)
            try item.fill(&record)
            record.depends = try dependencies(item)
            record.sha256 = try hash?.sha256("sha256") ?? record.sha256
            record.md5 = try hash?.md5("md5") ?? record.md5
            packages.append((platform, LockedPackage(record: record, category: category)))
        case "pip":
            var requirement = LockedRequirement(
                name: try item.required("name").text(), version: try item.required("version").text(), location: location
            )
            requirement.sha256 = try hash?.sha256("sha256")
            requirement.md5 = try hash?.md5("md5")
            requirement.category = category
            requirement.depends = try dependencies(item)
            requirements.append((platform, requirement))
        default: throw try item.required("manager").expected("`conda` or `pip`")
        }
    }

    private func channel(_ item: LockNode) throws(Failure) -> String {
        if let url = item.child("url") { return try url.text() }
        return try item.text("a channel")
    }

    /// `{name: constraint}` today, a list of specs in older files.
    private func dependencies(_ item: LockNode) throws(Failure) -> [String] {
        guard let node = item.child("dependencies") else { return [] }
        guard let pairs = node.node.mapping else { return try item.texts("dependencies") }
        var result: [String] = []
        result.reserveCapacity(pairs.count)
        for pair in pairs {
            guard let name = pair.key.text else {
                throw LockNode(node: pair.key, subject: item.subject).expected("a name")
            }
            guard let constraint = pair.value.text else {
                throw LockNode(node: pair.value, subject: item.subject).expected("a constraint")
            }
            let isAny = constraint.isEmpty || constraint == "*" || pair.value.isNull
            result.append(isAny ? name : name + " " + constraint)
        }
        return result
    }
}
