// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Manifests
import Platform
import Prefix
import Repodata
import Solving

/// From a request to the records of the environment as it should become.
struct SolveStage {
    let request: ChangeRequest
    let context: Context
    let platform: Subdir
    let channels: ChannelSelection
    let existing: InstalledEnvironment?
    /// The specs of files and command line.
    let specs: [MatchSpec]
    /// What is to be removed, was not installed, and was passed over.
    let absent: [MatchSpec]
    private let pins: [MatchSpec]
    /// Whether the last pin is python's minor version.
    private let pinsPython: Bool
    /// Names that pip will be asked for.
    private let pipNames: [String]

    /// What the environment should hold.
    struct Solved {
        var records: [PackageRecord] = []
        /// Names of packages that stay and have to be linked anew.
        var relinked: Set<String> = []
        var warnings: [String] = []
        var hints: [String] = []
        /// What `-v` tells.
        var details: [String] = []
    }

    init(
        _ request: ChangeRequest, _ inputs: Inputs, platform: Subdir, existing: InstalledEnvironment?, context: Context
    ) throws(Failure) {
        self.request = request
        self.context = context
        self.platform = platform
        self.existing = existing
        var specs = inputs.specs
        if request.action == .remove, request.all {
            for record in try existing?.records() ?? [] { specs.append(try MatchSpec(record.name)) }
        }
        if request.action == .create, !request.noDefaultPackages {
            for text in context.settings[.createDefaultPackages] { specs.append(try MatchSpec(text)) }
        }
        if request.action == .remove, request.passesOverAbsent, let existing {
            let installed = try existing.records()
            let present = specs.filter { spec in installed.contains { spec.matches($0) } }
            absent = specs.filter { !present.contains($0) }
            specs = present
        } else {
            absent = []
        }
        self.specs = specs
        channels = try ChannelSelection(
            request, fileChannels: inputs.channels, specs: request.action == .remove ? [] : specs, context: context)
        pipNames = request.action == .remove ? [] : PipSection(inputs).names
        var pins = try Self.pins(request, existing, context)
        let python = try Self.pythonPin(request, existing, specs, context)
        if let python { pins.append(python) }
        self.pins = pins
        pinsPython = python != nil
    }

    /// `--pin`, the configuration's and the environment's own (Rules §20.4).
    private static func pins(
        _ request: ChangeRequest, _ existing: InstalledEnvironment?, _ context: Context
    ) throws(Failure) -> [MatchSpec] {
        // What is removed makes nothing change that stays, even if it is not as pinned.
        guard !context.settings[.noPin], request.action != .remove else { return [] }
        var pins: [MatchSpec] = []
        let own = try existing?.pinned() ?? []
        for text in request.pins + context.settings[.pinnedPackages] + own { pins.append(try MatchSpec(text)) }
        if !context.settings[.allowDowngrade] {
            for record in try existing?.records() ?? [] {
                pins.append(try MatchSpec("\(record.name) >=\(record.version)"))
            }
        }
        return pins
    }

    /// Python's minor version stays unless the request speaks of python (Rules §20.4).
    private static func pythonPin(
        _ request: ChangeRequest, _ existing: InstalledEnvironment?, _ specs: [MatchSpec], _ context: Context
    ) throws(Failure) -> MatchSpec? {
        let namesPython = specs.contains { $0.exactName == "python" }
        guard !context.settings[.noPyPin], !namesPython, request.action != .remove,
            let python = try existing?.records().first(where: { $0.name == "python" })
        else { return nil }
        let parts = python.version.split(separator: ".").prefix(2)
        return parts.count == 2 ? try MatchSpec("python \(parts.joined(separator: ".")).*") : nil
    }

    /// Names that the user asks for in this request.
    var requestedNames: [String] { specs.compactMap(\.exactName) }

    /// The canonical specs by name, for the records.
    var requestedSpecs: [String: [String]] {
        var result: [String: [String]] = [:]
        guard request.action != .remove else { return result }
        for spec in specs { if let name = spec.exactName { result[name, default: []].append(spec.description) } }
        return result
    }

    var updateSpecs: [String] { request.action == .remove ? [] : specs.map(\.description) }
    var removeSpecs: [String] { request.action == .remove ? specs.map(\.description) : forgotten }

    /// Names that earlier commands asked for and that no longer count.
    private var forgotten: [String] {
        guard request.replacesSpecs, let existing, let known = try? existing.requestedSpecs() else { return [] }
        return known.keys.filter { !requestedNames.contains($0) }.sorted()
    }

    /// - Throws: `Failure(.unsatisfiable)` that explains why there is no solution.
    func solve() throws(Failure) -> Solved {
        let installed = try existing?.records() ?? []
        // Nothing goes, and so nothing that only it needed.
        if specs.isEmpty, !absent.isEmpty { return Solved(records: installed) }
        try checkRemoved(installed)
        if request.action == .remove, request.force { return try removedByForce(installed) }
        try checkUpdated(installed)
        // Nothing is in it and nothing is to come: no channel needs to be asked.
        if specs.isEmpty, installed.isEmpty { return Solved() }
        switch try solve(installed, revalidates: false) {
        case .solved(let solved): return solved
        case .unsolvable(let explanation, isDoubtful: false): throw failure(explanation)
        // What is missing may be there by now (Requirements R-14).
        case .unsolvable(_, isDoubtful: true): break
        }
        switch try solve(installed, revalidates: true) {
        case .solved(let solved): return solved
        case .unsolvable(let explanation, _): throw failure(explanation)
        }
    }

    private enum Outcome {
        case solved(Solved)
        /// Doubtful when an index was older than one likes to say that of.
        case unsolvable(Explanation, isDoubtful: Bool)
    }

    private func solve(_ installed: [PackageRecord], revalidates: Bool) throws(Failure) -> Outcome {
        context.progress.begin(.index)
        let repodata = try load(installed, revalidates: revalidates)
        context.progress.begin(.solving)
        var solve = try solveRequest(installed, repodata)
        solve.fullRecord = { (row) throws(Failure) in try repodata.record(row) }
        solve.allNames = { repodata.allNames() }
        let (gateway, searched) = (context.repodata, [platform, .noarch])
        let channels = channels.channels
        solve.otherSubdirs = { gateway.otherSubdirs(having: $0, channels: channels, besides: searched) }
        if let path = request.testcase {
            try writeFileAtomically(path, Array(SolveTestCase(solve, candidates: repodata.table).text.utf8))
        }
        switch try Solving.solve(solve, candidates: repodata.table) {
        case .unsolvable(let explanation): return .unsolvable(explanation, isDoubtful: repodata.isDoubtful)
        case .solved(let solution):
            var solved = try solved(solution, installed, repodata)
            if request.action != .remove {
                solved.warnings += try AgeLimits(context.settings, context.environment).warnings(
                    context.settings, channels: Set(channels.map(\.baseURL)), has: repodata.contains)
            }
            if !solution.givenUp.isEmpty {
                let specs = solution.givenUp.map { solve.keep[$0].description }.joined(separator: ", ")
                solved.warnings.append("earlier requests that no longer hold: \(specs)")
            }
            if context.settings[.verbosity] > 0, installed.isEmpty {
                solved.details += solve.compromises(solution, repodata.table).map {
                    "\($0.name) \($0.version), not \($0.newest): \($0.reason)"
                }
            }
            return .solved(solved)
        }
    }

    private func load(_ installed: [PackageRecord], revalidates: Bool) throws(Failure) -> LoadedRepodata {
        var seeds = specs.compactMap(\.exactName) + installed.map(\.name) + pins.compactMap(\.exactName)
        if context.settings[.addPipAsPythonDependency] { seeds.append("pip") }
        return try context.repodata.load(
            // What goes is installed: no channel needs to be asked.
            channels: request.action == .remove ? [] : channels.channels, subdirs: [platform, .noarch],
            names: Array(Set(seeds)).sorted(), revalidates: revalidates)
    }

    private func solveRequest(_ installed: [PackageRecord], _ repodata: LoadedRepodata) throws(Failure) -> SolveRequest
    {
        var solve = SolveRequest()
        switch request.action {
        case .create, .install: solve.specs = specs
        case .update:
            solve.update = specs
            solve.updateAll = request.all
        case .remove: solve.remove = specs
        }
        solve.keep = try keptSpecs(installed)
        if request.updateDependencies { solve.update += needed(installed, kept: solve.keep) }
        solve.pins = pins
        solve.pinsPython = pinsPython
        solve.installed = installed
        solve.virtualPackages = try context.virtualPackages(platform)
        solve.channelPriority = context.settings[.channelPriority]
        solve.freezeInstalled = request.freezeInstalled
        solve.prune = request.prune ?? (request.action == .remove)
        solve.addPip = context.settings[.addPipAsPythonDependency]
        let limits = try AgeLimits(context.settings, context.environment)
        solve.excludeNewer = limits.all
        solve.excludeNewerPackages = limits.packages
        solve.excludeNewerChannels = limits.channels
        solve.disallowed = try PlanPolicy(context.settings).disallowed
        // Fractions of a second count here; 0 is no limit.
        let timeout = context.settings[.solverTimeout]
        solve.timeout = timeout > 0 ? timeout : nil
        solve.noDependencies = request.dependencies == .none
        solve.onlyDependencies = request.dependencies == .only
        solve.forceReinstall = request.forceReinstall
        return solve
    }

    /// What the named packages need of what is installed, directly or not; what was asked for earlier holds for it.
    private func needed(_ installed: [PackageRecord], kept: [MatchSpec]) -> [MatchSpec] {
        let records = Dictionary(installed.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [MatchSpec] = []
        var seen = Set(requestedNames)
        var open = requestedNames
        while let name = open.popLast() {
            for text in records[name]?.depends ?? [] {
                guard let spec = try? MatchSpec(text), let need = spec.exactName, records[need] != nil,
                    seen.insert(need).inserted
                else { continue }
                open.append(need)
                found.append(kept.first { $0.exactName == need } ?? MatchSpec(name: spec.name))
            }
        }
        return found
    }

    /// What was asked for in earlier commands, but for names that this one speaks of. A version that the installed package
    /// no longer has holds nothing, and neither does any where everything is to be brought up to date.
    private func keptSpecs(_ installed: [PackageRecord]) throws(Failure) -> [MatchSpec] {
        guard let existing, !request.replacesSpecs else { return [] }
        let names = Set(requestedNames)
        let present = Set(installed.map(\.name))
        var kept: [MatchSpec] = []
        for (name, text) in try existing.requestedSpecs().sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            guard let spec = try? MatchSpec(text), let record = installed.first(where: { $0.name == name }) else {
                continue
            }
            var anyVersion = MatchSpec(name: spec.name)
            anyVersion.channel = spec.channel
            // Versions change, not when a package is wanted, nor with what nor in which variant.
            anyVersion.details.when = spec.details.when
            anyVersion.details.extras = spec.details.extras
            anyVersion.details.flags = spec.details.flags
            var anywhere = spec
            (anywhere.channel, anywhere.subdir) = (nil, nil)
            kept.append(request.all || !anywhere.matches(record) ? anyVersion : spec)
        }
        // What python brought along was asked for with it.
        let addsPip = context.settings[.addPipAsPythonDependency]
        if request.action == .remove, addsPip, present.contains("pip"), !names.contains("pip"),
            installed.keepsPython(for: kept.compactMap(\.exactName), without: names)
        {
            kept.append(try MatchSpec("pip"))
        }
        return kept
    }

    private func solved(
        _ solution: Solution, _ installed: [PackageRecord], _ repodata: LoadedRepodata
    ) throws(Failure) -> Solved {
        var result = Solved()
        for choice in solution.chosen {
            switch choice {
            case .candidate(let row): result.records.append(try repodata.record(row))
            case .installed(let index): result.records.append(installed[index])
            }
        }
        result.relinked = Set(solution.relinked.map { installed[$0].name })
        result.warnings = repodata.subdirs.compactMap(\.unusableRecords)
        result.details = details(repodata, result.records.count)
        let known = pipNames.filter { repodata.contains($0) && $0 != "pip" }
        if !known.isEmpty {
            result.hints.append(
                "pip will install what the channels have too: \(known.joined(separator: ", ")); as conda dependencies "
                    + "they would be solved together with the rest")
        }
        return result
    }

    /// Only what is there can be brought up to date.
    private func checkUpdated(_ installed: [PackageRecord]) throws(Failure) {
        guard request.action == .update else { return }
        for text in request.specs {
            let spec = try PipSpelling(text).spec
            guard let name = spec.exactName, !installed.contains(where: { $0.name == name }) else { continue }
            let near = NearNames.near(name, among: installed.map(\.name), count: 1)
            throw Failure(
                .usage, name, "is not installed in \(request.prefix)",
                hint: near.first.map { "did you mean `\($0)`?" }
                    ?? "install it with `krait install -p \(request.prefix) \(name)`",
                cause: NotInstalled(prefix: request.prefix, packages: [name], isUpdate: true))
        }
    }

    /// Only what is there can go.
    private func checkRemoved(_ installed: [PackageRecord]) throws(Failure) {
        guard request.action == .remove else { return }
        let missing = specs.filter { spec in !installed.contains { spec.matches($0) } }
        guard let spec = missing.first else { return }
        let near = spec.exactName.map { NearNames.near($0, among: installed.map(\.name), count: 1) } ?? []
        throw Failure(
            .unsatisfiable, "\(spec)", "is not installed in \(request.prefix)",
            hint: near.first.map { "did you mean `\($0)`?" },
            cause: NotInstalled(
                prefix: request.prefix, packages: missing.map(\.description).sorted(), isUpdate: false))
    }

    /// A line for each subdir of each channel, and one for the candidates of the solve.
    private func details(_ repodata: LoadedRepodata, _ chosen: Int) -> [String] {
        var lines = repodata.subdirs.filter(\.isPresent).map { subdir in
            "\(subdir.channel.name)/\(subdir.subdir): \(subdir.records) records"
                + (subdir.isSharded ? " looked at in shards" : "")
                + (subdir.skipped > 0 ? ", \(subdir.skipped) unusable" : "")
        }
        for subdir in repodata.subdirs where !subdir.skippedFiles.isEmpty {
            lines.append(
                "Unusable in \(subdir.channel.name)/\(subdir.subdir): \(subdir.skippedFiles.joined(separator: ", "))"
                    + (subdir.skipped > subdir.skippedFiles.count ? ", …" : ""))
        }
        lines += repodata.notes
        lines.append("Solved: \(chosen) packages out of \(repodata.table.rows.count) candidates")
        return lines
    }

    private func removedByForce(_ installed: [PackageRecord]) throws(Failure) -> Solved {
        var result = Solved()
        result.records = installed.filter { record in !specs.contains { $0.matches(record) } }
        return result
    }

    /// The tree as the reason, its first way out as the hint.
    private func failure(_ explanation: Explanation) -> Failure {
        let lines = explanation.lines().filter { !$0.hasPrefix("hint: ") }
        let hints = explanation.hints.joined(separator: "\n      ")
        return Failure(
            .unsatisfiable, "", lines.joined(separator: "\n"), hint: hints.isEmpty ? nil : hints,
            cause: SolverProblems(explanation, channels: channels.channels))
    }
}
