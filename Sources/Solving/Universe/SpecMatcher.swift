// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures

/// What a spec admits, sorted by how much has to be looked at.
struct SpecMatcher {
    var name: String
    var kind: Kind

    enum Kind {
        /// Text that is no spec, or one on a pattern of names: admits nothing.
        case unreadable(String)
        case any
        case version(VersionSpec)
        /// One installed package: an index into ``SolveRequest/installed``.
        case installed(Int)
        /// Everything besides name and version counts too.
        case full(MatchSpec)
    }

    init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// A dependency as records write it.
    init(dependency bytes: UnsafeRawBufferPointer) {
        do throws(Failure) {
            self.init(try MatchSpec(dependency: bytes))
        } catch {
            let word = bytes.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "[") }
            self.init(
                name: String(decoding: word, as: UTF8.self), kind: .unreadable(String(decoding: bytes, as: UTF8.self)))
        }
    }

    init(_ spec: MatchSpec) {
        guard let exact = spec.exactName else {
            self.init(name: spec.name.text, kind: .unreadable("\(spec)"))
            return
        }
        if spec.build != nil || spec.buildNumber != nil || spec.channel != nil || spec.subdir != nil || spec.hasDetails
        {
            self.init(name: exact, kind: .full(spec))
        } else if let version = spec.version, !version.isAny {
            self.init(name: exact, kind: .version(version))
        } else {
            self.init(name: exact, kind: .any)
        }
    }

    /// Whether a contender passes all but the version test.
    func matchesRest(_ spec: MatchSpec, _ contender: Contender, _ universe: borrowing Universe) -> Bool {
        if let number = spec.buildNumber, !number.matches(contender.buildNumber) { return false }
        let table = universe.table
        guard contender.source >= 0 else { return matchesRest(spec, universe.fixed[Int(~contender.source)], universe) }
        let row = table.rows[Int(contender.source)]
        if let build = spec.build, !build.matchesExactly(table.strings[row.build]) { return false }
        if let subdir = spec.subdir, !subdir.matches(table.strings[row.subdir]) { return false }
        if spec.channel != nil, !spec.matches(channel: table.channels[Int(row.channel)]) { return false }
        guard spec.hasDetails else { return true }
        let details = spec.details
        for feature in details.trackFeatures {
            guard let id = table.strings.find(feature) else { return false }
            if !row.trackFeatures.contains(where: { table.lists[Int($0)] == id }) { return false }
        }
        if !details.flags.isEmpty {
            let flags = table.additions(of: row)?.flags ?? []
            let has = { (wanted: StringMatcher) in flags.contains { wanted.matches(table.strings[$0]) } }
            if !details.flags.allSatisfy(has) { return false }
        }
        guard details.needsRecord else { return true }
        guard let record = try? universe.fullRecord?(Int(contender.source)) else { return false }
        return spec.matches(record)
    }

    private func matchesRest(_ spec: MatchSpec, _ package: FixedPackage, _ universe: borrowing Universe) -> Bool {
        if let build = spec.build, !build.matchesExactly(package.build) { return false }
        if let subdir = spec.subdir, !subdir.matches(package.subdir) { return false }
        if let channel = spec.channel {
            let known = universe.table.channels.first { $0.baseURL == package.channel }
            guard let known else { return channel.matches(package.channel) }
            if !spec.matches(channel: known) { return false }
        }
        guard spec.hasDetails else { return true }
        let details = spec.details
        if !details.trackFeatures.allSatisfy({ package.trackFeatures.contains($0) }) { return false }
        if !details.flags.allSatisfy({ package.flags.contains(where: $0.matches) }) { return false }
        guard details.needsRecord else { return true }
        guard let index = package.installedIndex else { return false }
        return spec.matches(universe.installed[index])
    }
}

extension MatchSpec.Details {
    /// Whether only the full record can tell.
    var needsRecord: Bool {
        fileName != nil || url != nil || md5 != nil || sha256 != nil || license != nil || licenseFamily != nil
            || !features.isEmpty
    }
}
