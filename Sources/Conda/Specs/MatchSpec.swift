// SPDX-License-Identifier: BSD-3-Clause
package import Failures
package import Locations

/// A question that package records answer (CEP 29, 43, 44, 45; Rules §9): `numpy >=2,<3`,
/// `conda-forge::python=3.12`.
///
/// What is often there is stored in place, the rest in one box, because a solve holds tens of thousands of these.
package struct MatchSpec: Sendable {
    /// The package's name in lower case, or a glob or pattern over names.
    package var name: StringMatcher
    /// nil for any version.
    package var version: VersionSpec?
    package var build: StringMatcher?
    package var buildNumber: BuildNumberSpec?
    /// A channel's name or URL, without credentials; nil for any.
    package var channel: StringMatcher?
    package var subdir: StringMatcher?
    private var box: Box?

    /// Reads a spec in any of the forms of CEP 29.
    package init(_ text: String, _ strictness: Strictness = .lenient) throws(Failure) {
        var parser = MatchSpecParser(text, strictness)
        self = try parser.parse()
    }

    /// A spec made from its parts.
    package init(
        name: StringMatcher, version: VersionSpec? = nil, build: StringMatcher? = nil, channel: StringMatcher? = nil,
        subdir: StringMatcher? = nil
    ) {
        self.name = name
        self.version = version
        self.build = build
        self.channel = channel
        self.subdir = subdir
    }

    /// The fields that few specs have.
    package var details: Details {
        get { box?.details ?? Details() }
        set { box = newValue == Details() && newValue.channelCredentials == nil ? nil : Box(newValue) }
    }

    /// Whether any field of ``details`` is set.
    package var hasDetails: Bool { box != nil }

    /// The name, when it is one name and not a pattern.
    package var exactName: String? { name.exactText }
}

extension MatchSpec {
    /// How much is let pass that has no good meaning.
    package enum Strictness: Sendable {
        /// What conda and rattler both take: builds with spaces, a key given twice (the last one holds).
        case lenient
        /// Nothing but CEP 29.
        case strict
    }

    /// The fields that few specs have.
    package struct Details: Sendable {
        /// `fn`: the archive's file name.
        package var fileName: StringMatcher?
        /// `url`: the archive itself; a path where the spec is a path.
        package var url: PackageURL?
        /// In lower-case hexadecimal.
        package var md5: String?
        /// In lower-case hexadecimal.
        package var sha256: String?
        package var license: StringMatcher?
        package var licenseFamily: StringMatcher?
        /// Features that the record must track, sorted.
        package var trackFeatures: [String] = []
        /// Dead in conda; kept so that the spec prints as it was.
        package var features: [String] = []
        /// CEP 43: the spec holds only where this does.
        package var when: SpecCondition?
        /// CEP 44: the optional dependency groups that are wanted too.
        package var extras: [String] = []
        /// CEP 45: the variants that the record must be.
        package var flags: [StringMatcher] = []
        /// What was in the channel's URL; no part of the spec's value and never printed.
        package var channelCredentials: URLCredentials?

        package init() {}
    }

    private final class Box: Sendable {
        let details: Details
        init(_ details: Details) { self.details = details }
    }
}

extension MatchSpec: Hashable {
    package static func == (left: MatchSpec, right: MatchSpec) -> Bool {
        left.name == right.name && left.version == right.version && left.build == right.build
            && left.buildNumber == right.buildNumber && left.channel == right.channel && left.subdir == right.subdir
            && (left.box === right.box || left.details == right.details)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(version)
        hasher.combine(build)
        hasher.combine(channel)
        hasher.combine(subdir)
    }
}

extension MatchSpec.Details: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        left.fileName == right.fileName && left.url == right.url && left.md5 == right.md5
            && left.sha256 == right.sha256 && left.license == right.license
            && left.licenseFamily == right.licenseFamily && left.trackFeatures == right.trackFeatures
            && left.features == right.features && left.when == right.when && left.extras == right.extras
            && left.flags == right.flags
    }
}
