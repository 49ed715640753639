// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Repodata
import Solving

/// Puts questions about packages to channels or to an environment.
package struct PackageSearch {
    let context: Context

    package init(_ context: Context) { self.context = context }

    /// Answers a question about packages.
    ///
    /// - Throws: `Failure(.unsatisfiable)` when no package answers the spec, with names that are near.
    package func answer(_ question: PackageQuery) throws(Failure) -> PackageAnswer {
        let spec = try MatchSpec(question.spec)
        if spec.details.url != nil {
            throw Failure(.usage, question.spec, "names an archive; a search is for names, versions and builds")
        }
        let source = try SearchedRecords(question, spec, context)
        let found = try source.rows(matching: spec)
        var answer = PackageAnswer()
        switch question.kind {
        case .search:
            guard !found.isEmpty else { throw source.nothing(question, spec) }
            // Names in order, and of each the newest last, next to where the next command is typed.
            var index = 0
            while index < found.count {
                let name = source.query.table.rows[found[index]].name
                let end = found[index...].firstIndex { source.query.table.rows[$0].name != name } ?? found.count
                for row in found[index..<end].reversed() { answer.packages.append(try source.record(row)) }
                index = end
            }
            return answer
        case .depends:
            guard let tree = source.query.depends(on: spec, recursive: question.isRecursive) else {
                throw source.nothing(question, spec)
            }
            return try source.answer(tree)
        case .whoneeds:
            guard let tree = source.query.whoNeeds(spec, recursive: question.isRecursive) else {
                throw source.nothing(question, spec)
            }
            answer = try source.answer(tree)
            if question.takesAll {
                answer.packages = []
                for row in source.query.rowsNeeding(spec) { answer.packages.append(try source.record(row)) }
            }
            return answer
        }
    }
}

/// The records that a query is put to.
private struct SearchedRecords {
    let query: RecordQuery
    private let fullRecord: FullRecord
    private let allNames: () -> [String]
    /// The channels or the environment.
    private let place: String
    /// The subdirs of channels that were asked; nil of an environment.
    private let urls: [String]?

    init(_ question: PackageQuery, _ spec: MatchSpec, _ context: Context) throws(Failure) {
        if let prefix = question.prefix {
            let environment = try InstalledEnvironment.existing(prefix, root: context.settings.rootPrefix)
            let records = try environment.records()
            query = RecordQuery(installed: records)
            fullRecord = { (row) throws(Failure) in records[row] }
            allNames = { records.map(\.name) }
            place = prefix
            urls = nil
            return
        }
        let platform = try context.targetPlatform()
        let selection = try ChannelSelection(
            commandLine: question.channels, overrides: question.overrideChannels, context: context)
        context.progress.begin(.index)
        let subdirs = spec.subdir?.exactText.flatMap { try? Subdir($0) }.map { [$0, .noarch] } ?? [platform, .noarch]
        let loaded = try Self.load(question, spec, selection.channels, subdirs, context)
        query = RecordQuery(loaded.table)
        fullRecord = { (row) throws(Failure) in try loaded.record(row) }
        allNames = { loaded.allNames() }
        place = selection.channels.map(\.name).joined(separator: ", ")
        urls = selection.channels.flatMap { channel in subdirs.map { channel.url(of: $0) } }
    }

    /// Reads no more of the channels than the question is about.
    private static func load(
        _ question: PackageQuery, _ spec: MatchSpec, _ channels: [Channel], _ subdirs: [Subdir], _ context: Context
    ) throws(Failure) -> LoadedRepodata {
        func load(
            _ names: [String], _ patterns: [StringMatcher], follows: Bool = false, wantsAll: Bool = false
        ) throws(Failure) -> LoadedRepodata {
            try context.repodata.load(
                channels: channels, subdirs: subdirs, names: names, patterns: patterns, followsDependencies: follows,
                wantsAll: wantsAll)
        }
        let names = spec.exactName.map { [$0] } ?? []
        let patterns = names.isEmpty ? [spec.name] : []
        switch question.kind {
        case .search: return try load(names, patterns)
        case .whoneeds: return try load(names, [try StringMatcher("*")], wantsAll: true)
        case .depends:
            if question.isRecursive { return try load(names, patterns, follows: true) }
            let first = try load(names, patterns)
            let tree = RecordQuery(first.table).depends(on: spec, recursive: false)
            var needed: [String] = []
            for child in tree?.children ?? [] {
                if let name = try? MatchSpec(child.text).exactName, !name.hasPrefix("__") { needed.append(name) }
            }
            return needed.isEmpty ? first : try load(names + needed, patterns)
        }
    }

    func record(_ row: Int) throws(Failure) -> PackageRecord { try fullRecord(row) }

    /// The rows that answer every field of `spec`, those too that the table has not.
    func rows(matching spec: MatchSpec) throws(Failure) -> [Int] {
        let rows = query.rows(matching: spec)
        guard spec.hasDetails else { return rows }
        // The channel has been looked at, and a channel has more names than a record tells.
        var rest = spec
        rest.channel = nil
        var found: [Int] = []
        for row in rows where rest.matches(try record(row)) { found.append(row) }
        return found
    }

    func answer(_ tree: QueryTree) throws(Failure) -> PackageAnswer {
        var answer = PackageAnswer()
        for row in tree.rows where row != tree.row { answer.packages.append(try record(row)) }
        answer.tree = try node(tree)
        return answer
    }

    private func node(_ tree: QueryTree) throws(Failure) -> PackageAnswer.Node {
        var package: PackageRecord?
        if let row = tree.row { package = try record(row) }
        var children: [PackageAnswer.Node] = []
        for child in tree.children { children.append(try node(child)) }
        return PackageAnswer.Node(package: package, text: tree.text, isRepeated: tree.isRepeated, children: children)
    }

    /// Why nothing answers: no such name, or none of its records.
    func nothing(_ question: PackageQuery, _ spec: MatchSpec) -> Failure {
        let cause: any Error =
            urls.map { NothingFound(spec: question.spec, urls: $0) }
            ?? NotInstalled(prefix: place, packages: [question.spec], isUpdate: false)
        let newest = query.rows(matching: MatchSpec(name: spec.name)).first.flatMap { try? record($0) }
        if let newest, spec.exactName != nil {
            return Failure(
                .unsatisfiable, question.spec, "nothing in \(place) matches",
                hint: "the newest is \(newest.name) \(newest.version) \(newest.build)", cause: cause)
        }
        guard let name = spec.exactName else {
            return Failure(.unsatisfiable, question.spec, "no package in \(place) matches", cause: cause)
        }
        let near = NearNames.near(name, among: allNames())
        return Failure(
            .unsatisfiable, question.spec, "there is no package \(name) in \(place)",
            hint: near.isEmpty ? nil : "did you mean \(near.map { "`\($0)`" }.joined(separator: " or "))?", cause: cause
        )
    }
}
