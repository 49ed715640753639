// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Locations

/// A node of a lock file with the file's name, so that each refusal tells the place.
struct LockNode {
    let node: YAMLNode
    let subject: String

    /// `file:line:column`.
    var place: String { "\(subject):\(node.line):\(node.column)" }

    func expected(_ what: String) -> Failure { Failure(.parse, place, "expected \(what)") }

    func child(_ key: String) -> LockNode? {
        node[key].flatMap { $0.isNull ? nil : LockNode(node: $0, subject: subject) }
    }

    func required(_ key: String) throws(Failure) -> LockNode {
        guard let child = child(key) else { throw expected("`\(key):`") }
        return child
    }

    func items(_ what: String) throws(Failure) -> [LockNode] {
        guard let nodes = node.sequence else { throw expected(what) }
        return nodes.map { LockNode(node: $0, subject: subject) }
    }

    func pairs(_ what: String) throws(Failure) -> [(key: LockNode, value: LockNode)] {
        guard let pairs = node.mapping else { throw expected(what) }
        return pairs.map { (LockNode(node: $0.key, subject: subject), LockNode(node: $0.value, subject: subject)) }
    }

    func text(_ what: String = "text") throws(Failure) -> String {
        guard let text = node.text else { throw expected(what) }
        return text
    }

    func unsigned(_ key: String) throws(Failure) -> UInt64? {
        guard let child = child(key) else { return nil }
        guard let value = UInt64(try child.text()) else { throw child.expected("a whole number") }
        return value
    }

    func texts(_ key: String) throws(Failure) -> [String] {
        guard let child = child(key) else { return [] }
        var result: [String] = []
        for item in try child.items("a list") { result.append(try item.text()) }
        return result
    }

    func sha256(_ key: String) throws(Failure) -> SHA256Digest? {
        guard let child = child(key) else { return nil }
        guard let digest = SHA256Digest(hex: try child.text()) else { throw child.expected("64 hex digits") }
        return digest
    }

    func md5(_ key: String) throws(Failure) -> MD5Digest? {
        guard let child = child(key) else { return nil }
        guard let digest = MD5Digest(hex: try child.text()) else { throw child.expected("32 hex digits") }
        return digest
    }

    /// The record of an archive; a refusal names this node's place.
    func record(archiveAt location: String) throws(Failure) -> PackageRecord {
        do {
            return try PackageRecord(archiveAt: location, subject: "")
        } catch {
            throw Failure(error.code, place, error.reason, hint: error.hint, cause: error.cause)
        }
    }

    /// Takes over what a lock's package says beside its place: the keys that are named as in repodata.
    func fill(_ record: inout PackageRecord) throws(Failure) {
        if let name = child("name") { record.name = try name.text() }
        if let version = child("version") { record.version = try version.text() }
        if let build = child("build") {
            record.build = try build.text()
            record.buildNumber = PackageRecord.buildNumber(ofBuild: record.build)
        }
        if let number = try unsigned("build_number") { record.buildNumber = number }
        if let subdir = child("subdir") { record.subdir = try subdir.text() }
        if let channel = child("channel") {
            record.channel = try channel.text().withoutTrailingSlashes
        }
        record.sha256 = try sha256("sha256") ?? record.sha256
        record.md5 = try md5("md5") ?? record.md5
        record.size = try unsigned("size") ?? record.size
        record.timestamp = try unsigned("timestamp") ?? record.timestamp
        if let license = child("license") { record.license = try license.text() }
        if let family = child("license_family") { record.licenseFamily = try family.text() }
        if let path = child("python_site_packages_path") { record.pythonSitePackagesPath = try path.text() }
        record.constrains = try texts("constrains")
        switch child("noarch")?.node.text {
        case "python": record.noarch = .python
        case "generic", "true": record.noarch = .generic
        default: break
        }
        if let features = child("track_features") {
            let list = features.node.sequence == nil ? [try features.text()] : try texts("track_features")
            record.trackFeatures = list.flatMap { $0.split { $0 == " " || $0 == "," }.map { String($0) } }
        }
        // In `conda-lock.yml`, which alone has `manager`, `platform` is what was locked for and no key of the record.
        let isCondaLock = child("manager") != nil
        for key in ["arch", "platform", "features", "purls"] where !(isCondaLock && key == "platform") {
            if let value = child(key) { record.otherKeys.append(JSONMember(key, value.node.json)) }
        }
    }
}
