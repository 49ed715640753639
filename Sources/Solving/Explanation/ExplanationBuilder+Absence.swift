// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures

extension ExplanationBuilder {
    /// Why a name, or the versions asked for, are not among the contenders at all.
    mutating func absent(_ name: NameIndex, _ specs: [SpecIndex]) -> [Explanation.Node] {
        let entry = problem.universe.names[Int(name)]
        let asked = specs.prefix(3).map { problem.universe.text(of: $0) }.joined(separator: " or ")
        let unreadable = unreadable(specs)
        if !unreadable.isEmpty { return Array(unreadable.prefix(3)) }
        if entry.text.hasPrefix("__") { return [virtual(entry, specs, asked)] }
        var result = hidden(entry, asked)
        if entry.count > 0 {
            result.insert(noMatch(entry, specs, asked), at: 0)
        } else if result.isEmpty {
            result.append(missing(entry.text))
        }
        return result
    }

    /// Dependencies that nothing can match, since they are none: their records can never be chosen.
    private func unreadable(_ specs: [SpecIndex]) -> [Explanation.Node] {
        specs.compactMap { spec in
            guard case .unreadable(let text) = problem.universe.matchers[Int(spec)].kind else { return nil }
            var reason = "it names no package"[...]
            do throws(Failure) {
                _ = try MatchSpec(text)
            } catch {
                reason = error.reason.hasPrefix("not a match spec: ") ? error.reason.dropFirst(18) : error.reason[...]
            }
            return Explanation.Node(kind: .unreadable, subject: text, text: "`\(text)` is not a spec: \(reason)")
        }
    }

    private mutating func missing(_ name: String) -> Explanation.Node {
        let channels = problem.universe.table.channels.map { "`\($0.name)`" }.joined(separator: ", ")
        let subdirs = request.otherSubdirs?(name) ?? []
        if !subdirs.isEmpty {
            suggest("`--platform \(subdirs[0])` has `\(name)`", 60)
            return Explanation.Node(
                kind: .otherPlatform, subject: name,
                text: "`\(name)` is only available for \(subdirs.joined(separator: ", "))")
        }
        let table = problem.universe.table
        if knownNames.isEmpty { knownNames = request.allNames?() ?? table.names.keys.map { table.strings[$0] } }
        // Only so many hints are shown.
        let near = missingCount < 3 ? NearNames.near(name, among: knownNames) : []
        missingCount += 1
        if near.isEmpty {
            suggest("look for `\(name)` in another channel: `-c CHANNEL`", 10)
        } else {
            suggest("did you mean \(near.map { "`\($0)`" }.joined(separator: ", "))?", 80)
        }
        let place = channels.isEmpty ? "no channel is given" : "no channel of \(channels) has it"
        return Explanation.Node(kind: .missing, subject: name, text: "`\(name)` does not exist: \(place)")
    }

    private mutating func noMatch(_ entry: NameEntry, _ specs: [SpecIndex], _ asked: String) -> Explanation.Node {
        let universe = problem.universe
        let members = entry.contenders.map { ContenderIndex($0) }
        let place = request.specs.firstIndex { $0.exactName == entry.text }
        // The version may be there in other builds.
        if case .full(let spec)? = specs.first.map({ universe.matchers[Int($0)].kind }), let build = spec.build {
            let sameVersion = members.filter { member in
                spec.version?.matches(universe.versions[Int(universe.contenders[Int(member)].version)]) ?? true
            }
            if !sameVersion.isEmpty {
                let version = universe.versionList(sameVersion)
                if let place, let fixed = try? MatchSpec("\(entry.text) \(spec.version?.text ?? "*")") {
                    suggest("leave out the build: `\(fixed.compactDescription)`", 35) { $0.specs[place] = fixed }
                }
                return Explanation.Node(
                    kind: .noMatch, subject: asked,
                    text:
                        "no build of \(entry.text) \(version) matches `\(build.text)` (\(sameVersion.count) "
                        + "\(sameVersion.count == 1 ? "other exists" : "others exist"))")
            }
        }
        if place == nil { suggest("look for `\(asked)` in another channel: `-c CHANNEL`", 5) }
        if let newest = members.first, let place {
            let version = universe.versions[Int(universe.contenders[Int(newest)].version)].text
            if let fixed = try? MatchSpec("\(entry.text)=\(version)") {
                suggest("the newest available is `\(fixed)`", 30) { $0.specs[place] = fixed }
            }
        }
        return Explanation.Node(
            kind: .noMatch, subject: asked,
            text: "no \(entry.text) matches `\(asked)`; available: \(universe.versionList(members))")
    }

    private mutating func hidden(_ entry: NameEntry, _ asked: String) -> [Explanation.Node] {
        var result: [Explanation.Node] = []
        let channels = problem.universe.table.channels
        if entry.hidden.byPriority > 0 {
            let better = channels[Int(entry.hidden.priorityChannel)].name
            let worse = channels[Int(entry.hidden.hiddenChannel)].name
            suggest("`--channel-priority flexible`, or ask for `\(worse)::\(entry.text)`", 90) {
                $0.channelPriority = .flexible
            }
            result.append(
                Explanation.Node(
                    kind: .hiddenByPriority, subject: entry.text,
                    text:
                        "strict channel priority leaves out \(builds(entry.hidden.byPriority)) of \(entry.text) in channel "
                        + "`\(worse)`, because `\(better)` has the package too"))
        }
        if entry.hidden.byDate > 0 {
            suggest(
                "`--exclude-newer` with a later date shows \(builds(entry.hidden.byDate)) more of \(entry.text)", 85
            ) {
                $0.excludeNewer = nil
                $0.excludeNewerPackages = [:]
                $0.excludeNewerChannels = [:]
            }
            result.append(
                Explanation.Node(
                    kind: .hiddenByDate, subject: entry.text,
                    text:
                        "\(builds(entry.hidden.byDate)) of \(entry.text) \(entry.hidden.byDate == 1 ? "is" : "are") newer than "
                        + "`--exclude-newer` allows"))
        }
        if entry.hidden.byPolicy > 0 {
            suggest("`disallowed_packages` without `\(entry.text)`", 70) { $0.disallowed = [] }
            result.append(
                Explanation.Node(
                    kind: .excluded, subject: entry.text,
                    text: "`disallowed_packages` forbids \(builds(entry.hidden.byPolicy)) of \(entry.text)"))
        }
        return result
    }

    /// `1 build`, `2 builds`.
    func builds(_ count: Int) -> String { count == 1 ? "1 build" : "\(count) builds" }

    /// What is asked of the machine and not there.
    mutating func virtual(_ entry: NameEntry, _ specs: [SpecIndex], _ asked: String) -> Explanation.Node {
        let present = request.virtualPackages.first { $0.name == entry.text }
        let version = specs.compactMap { problem.universe.leastVersion($0) }.first
        let offer = VirtualPackage(name: entry.text, version: version ?? "1", build: "0")
        suggest("`--virtual-package \(entry.text)=\(offer.version)` solves as if the machine had it", 95) { request in
            request.virtualPackages.removeAll { $0.name == offer.name }
            request.virtualPackages.append(offer)
        }
        let has = present.map { "has \($0.version)" } ?? "has none"
        return Explanation.Node(
            kind: .virtual, subject: entry.text,
            text: "the virtual package `\(asked)` is required, but this machine \(has)")
    }
}

extension Universe {
    /// A version that a spec admits, for a hint: the first one written behind `>=`, `=`, `==` or alone.
    fileprivate func leastVersion(_ spec: SpecIndex) -> String? {
        let condition: VersionSpec.Condition
        switch matchers[Int(spec)].kind {
        case .version(let spec): condition = spec.condition
        case .full(let spec):
            guard let version = spec.version else { return nil }
            condition = version.condition
        default: return nil
        }
        return Self.leastVersion(condition)
    }

    private static func leastVersion(_ condition: VersionSpec.Condition) -> String? {
        switch condition {
        case .equal(let version), .greaterOrEqual(let version): version.text
        case .startsWith(let prefix): prefix.version.text
        case .all(let parts), .either(let parts): parts.lazy.compactMap { leastVersion($0) }.first
        default: nil
        }
    }
}
