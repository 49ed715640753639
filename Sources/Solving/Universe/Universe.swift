// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// Everything one solve looks at: names, specs and contenders, each a small number, made when first asked for.
///
/// A solve touches a few hundred of a channel's names. Their rows are sorted when the name is loaded, each distinct
/// spec text is read once and matched once against its name; after that all is arithmetic on indices.
struct Universe {
    let table: CandidateTable
    let priority: ChannelPriority
    let excludeNewer: UInt64?
    let excludeNewerPackages: [String: UInt64]
    /// Beside the table's channels.
    let excludeNewerChannels: [UInt64?]
    let disallowed: [MatchSpec]
    let fullRecord: FullRecord?

    let installed: [PackageRecord]
    /// Installed packages, then virtual ones.
    var fixed: [FixedPackage]
    /// Places in ``fixed`` by name.
    var fixedOfName: [String: [Int]]

    var names: [NameEntry] = []
    var specs: [SpecEntry] = []
    /// What each spec admits, beside ``specs``.
    var matchers: [SpecMatcher] = []
    var contenders: [Contender] = []
    /// Providers of specs, one list after another.
    var providers: [ContenderIndex] = []
    /// Dependencies and constrains of contenders, one list after another.
    var dependencies: [Dependency] = []
    var versions: [Version] = []
    /// What goes with the few specs that have ``SpecEntry/hasTerms``.
    var terms: [SpecIndex: SpecTerms] = [:]
    var conditions: [OpenCondition] = []
    var groupSpecs: [String: SpecIndex] = [:]
    /// Dependencies of groups by the plain spec and the group.
    var groupDependencies: [UInt64: SpecIndex] = [:]
    /// Specs of conditions by text.
    var atoms: [String: SpecIndex] = [:]
    /// Channels that a request names for a package: priority does not hide them.
    var explicitChannels: [NameIndex: [Int]] = [:]
    /// Whether rows of the table contend; without them only what is installed does.
    var usesTable = true
    /// `pip` as an additional dependency of python, when it is wanted.
    var pipSpec: SpecIndex = -1
    var pythonName: NameIndex = -1

    /// Numbers by text id of the table; -1 where there is none yet.
    private var nameOfText: [NameIndex]
    private var specOfText: [SpecIndex]
    private var versionOfText: [Int32]
    /// Numbers of texts that the table does not have.
    private var nameOfOther: [String: NameIndex] = [:]
    private var specOfOther: [String: SpecIndex] = [:]
    private var versionOfOther: [String: Int32] = [:]

    init(_ request: SolveRequest, _ table: CandidateTable) {
        self.table = table
        priority = request.channelPriority
        excludeNewer = request.excludeNewer
        excludeNewerPackages = request.excludeNewerPackages
        excludeNewerChannels = table.channels.map { request.excludeNewerChannels[$0.baseURL] }
        disallowed = request.disallowed
        fullRecord = request.fullRecord
        installed = request.installed
        fixed = request.installed.enumerated().map { FixedPackage($1, index: $0) }
        fixed += request.virtualPackages.map { FixedPackage($0) }
        fixedOfName = Dictionary(grouping: fixed.indices) { [fixed] in fixed[$0].name }
        nameOfText = Array(repeating: -1, count: table.strings.count)
        specOfText = nameOfText
        versionOfText = nameOfText
    }

    /// The number of a name.
    mutating func name(_ text: String) -> NameIndex {
        if let id = table.strings.find(text) {
            if nameOfText[Int(id)] >= 0 { return nameOfText[Int(id)] }
            nameOfText[Int(id)] = NameIndex(names.count)
            names.append(NameEntry(text: text, id: id))
            return nameOfText[Int(id)]
        }
        if let known = nameOfOther[text] { return known }
        let index = NameIndex(names.count)
        nameOfOther[text] = index
        names.append(NameEntry(text: text))
        return index
    }

    /// The number of a dependency written in the table.
    mutating func spec(_ text: StringID) -> SpecIndex {
        let known = specOfText[Int(text)]
        if known >= 0 { return known }
        let matcher = table.strings.withBytes(of: text) { SpecMatcher(dependency: $0) }
        let index = add(matcher)
        specOfText[Int(text)] = index
        return index
    }

    /// The number of a dependency from elsewhere.
    mutating func spec(text: String) -> SpecIndex {
        if let id = table.strings.find(text) { return spec(id) }
        if let known = specOfOther[text] { return known }
        var copy = text
        let index = add(copy.withUTF8 { SpecMatcher(dependency: UnsafeRawBufferPointer($0)) })
        specOfOther[text] = index
        return index
    }

    /// A number of its own for a spec of the request.
    mutating func spec(_ spec: MatchSpec) -> SpecIndex { add(SpecMatcher(spec)) }

    /// A number of its own for a spec that is written nowhere.
    mutating func spec(matcher: SpecMatcher) -> SpecIndex { add(matcher) }

    private mutating func add(_ matcher: SpecMatcher) -> SpecIndex {
        let name = name(matcher.name)
        let index = SpecIndex(specs.count)
        specs.append(SpecEntry(name: name, next: names[Int(name)].firstSpec))
        names[Int(name)].firstSpec = index
        matchers.append(matcher)
        if case .full(let spec) = matcher.kind, spec.hasDetails { keepTerms(spec.details, index) }
        return index
    }

    private mutating func keepTerms(_ details: MatchSpec.Details, _ spec: SpecIndex) {
        guard details.when != nil || !details.extras.isEmpty else { return }
        terms[spec] = SpecTerms(condition: details.when, groupNames: details.extras)
        specs[Int(spec)].hasTerms = true
    }

    /// The number of a version written in the table; -1 for one that cannot be read.
    mutating func version(_ text: StringID) -> Int32 {
        let known = versionOfText[Int(text)]
        if known != -1 { return known == -2 ? -1 : known }
        let read = table.strings.withBytes(of: text) { bytes in try? Version(bytes: bytes) }
        guard let read else {
            versionOfText[Int(text)] = -2
            return -1
        }
        versionOfText[Int(text)] = Int32(versions.count)
        versions.append(read)
        return versionOfText[Int(text)]
    }

    /// The number of a version from elsewhere; -1 for one that cannot be read.
    mutating func version(text: String) -> Int32 {
        if let id = table.strings.find(text) { return version(id) }
        if let known = versionOfOther[text] { return known }
        guard let read = try? Version(text) else { return -1 }
        versionOfOther[text] = Int32(versions.count)
        versions.append(read)
        return Int32(versions.count - 1)
    }
}
