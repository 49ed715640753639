// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Conda
import Locations
import Manifests

/// What is in an environment: every package, where it is from, its hashes, its licence and what it needs (SBOM).
///
/// It is made of what a lock and the environment made from it both tell, so that it is the same of both: no times of
/// installation, no files, no name of the environment; of python packages that pip installed neither licence nor
/// dependencies.
package struct BillOfMaterials: Sendable {
    /// One package.
    struct Component: Sendable, Equatable {
        /// Its package URL, by which others refer to it.
        let reference: String
        let name: String
        let version: String
        /// Where its archive is; nil when nobody knows or it is on this machine only.
        var url: String?
        var sha256: SHA256Digest?
        var md5: MD5Digest?
        /// As the package says.
        var license: String?
        /// References of what it needs, in order; nil when nobody knows.
        var needs: [String]?
    }

    /// In order of their references.
    let components: [Component]
    /// References of what no other package needs.
    let roots: [String]
    /// What it lacks, each one sentence.
    package let warnings: [String]

    /// - Parameter bare: the names of records that say nothing of their dependencies.
    init(_ records: [PackageRecord], pip: [LockedRequirement], bare: Set<String> = [], warnings: [String] = []) {
        var references: [String: String] = [:]
        for record in records { references[record.name] = record.reference }
        let ofPip = pip.map(Component.init)
        // What pip put in the place of a conda package is needed as that was.
        let replacing = Dictionary(ofPip.map { ($0.name, $0.reference) }) { one, _ in one }
        var components: [Component] = records.map { record in
            if bare.contains(record.name) { return Component(record, needs: nil) }
            let needs = record.depends.map(neededName).compactMap {
                references[$0] ?? replacing[PythonPackageName.normalized($0)]
            }
            return Component(record, needs: Set(needs).subtracting([record.reference]).sorted(by: precedes))
        }
        let top = dependencyRoots(records)
        let needed = Set(components.flatMap { $0.needs ?? [] })
        components += ofPip
        self.components = components.sorted { precedes($0.reference, $1.reference) }
        let alone = ofPip.map(\.reference).filter { !needed.contains($0) }
        roots = (top.compactMap { references[$0] } + alone).sorted(by: precedes)
        self.warnings = warnings
    }
}

/// The order of bytes, which is the same on all machines.
private func precedes(_ one: String, _ other: String) -> Bool { one.utf8.lexicographicallyPrecedes(other.utf8) }

extension BillOfMaterials.Component {
    init(_ record: PackageRecord, needs: [String]?) {
        self.init(reference: record.reference, name: record.name, version: record.version)
        url = Self.place(record.url)
        sha256 = record.sha256
        md5 = record.md5
        license = record.license.flatMap { $0.isEmpty ? nil : $0 }
        self.needs = needs
    }

    init(_ requirement: LockedRequirement) {
        let name = PythonPackageName.normalized(requirement.name)
        let version = requirement.version.percentEncoded(allowing: "-._~:")
        self.init(
            reference: "pkg:pypi/\(name.percentEncoded(allowing: "-._~"))" + (version.isEmpty ? "" : "@\(version)"),
            name: name, version: requirement.version)
        url = Self.place(PythonOrigin.withoutSecrets(requirement.location))
        sha256 = requirement.sha256
        md5 = requirement.md5
    }

    /// A path of this machine means nothing to others.
    private static func place(_ url: String) -> String? {
        url.hasURLScheme && !url.hasPrefix("file:") && !url.holds("+file:")
            ? url.percentEncoded(allowing: "-._~!$&'()*+,;=:@/?#%") : nil
    }
}

extension PackageRecord {
    /// The package URL: `pkg:conda/NAME@VERSION?build=…&channel=…&subdir=…&type=…`. The channel is the name it has on
    /// conda.anaconda.org, else its whole URL.
    var reference: String {
        let plain = "-._~:"
        var qualifiers: [String] = []
        func add(_ key: String, _ value: String) {
            if !value.isEmpty { qualifiers.append("\(key)=\(value.percentEncoded(allowing: plain))") }
        }
        add("build", build)
        add("channel", channelName)
        add("subdir", subdir)
        let file = fileName.isEmpty ? url : fileName
        add("type", file.hasSuffix(".tar.bz2") ? "tar.bz2" : file.hasSuffix(".conda") ? "conda" : "")
        return "pkg:conda/\(name.percentEncoded(allowing: plain))@\(version.percentEncoded(allowing: plain))"
            + (qualifiers.isEmpty ? "" : "?" + qualifiers.joined(separator: "&"))
    }

    /// What the archive's URL says of its channel, since locks and records write channels in several ways.
    var channelName: String {
        let base = channelURL
        let home = "https://conda.anaconda.org/"
        return base.hasPrefix(home) ? String(base.dropFirst(home.utf8.count)) : base
    }

    /// The channel that the archive's URL is in, without secrets; the recorded channel where that URL is missing.
    package var channelURL: String {
        var base = url.separatingCredentials.plain
        for _ in 0..<2 {
            guard let slash = base.lastIndex(of: "/") else { break }
            base = String(base[..<slash])
        }
        return base.isEmpty ? channel.separatingCredentials.plain : base
    }
}
