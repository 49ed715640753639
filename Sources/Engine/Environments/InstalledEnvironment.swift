// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Platform
import Prefix
import Synchronization

/// An environment that exists: its records, read once, and what was asked for in it.
final class InstalledEnvironment: Sendable {
    let state: PrefixState
    private let read = Mutex<[PrefixRecord]?>(nil)

    init(_ state: PrefixState) { self.state = state }

    /// The environment at `prefix`; nil when there is none. With `root` an empty root prefix counts as one.
    static func find(_ prefix: String, root: String? = nil) throws(Failure) -> InstalledEnvironment? {
        try PrefixState.read(prefix, root: root).map(InstalledEnvironment.init)
    }

    /// The same with all records read, of one moment, whatever other processes do to it.
    static func whole(_ prefix: String, root: String? = nil) throws(Failure) -> InstalledEnvironment? {
        try PrefixState.steadily(prefix) { () throws(Failure) in
            let found = try find(prefix, root: root)
            _ = try found?.heads()
            return found
        }
    }

    /// The same of an environment that must be there.
    ///
    /// - Throws: `Failure(.usage)` when it is not.
    static func existing(_ prefix: String, root: String? = nil) throws(Failure) -> InstalledEnvironment {
        guard let found = try whole(prefix, root: root) else { throw notAnEnvironment(prefix) }
        return found
    }

    /// The heads of all records.
    func heads() throws(Failure) -> [PrefixRecord] {
        if let known = read.withLock({ $0 }) { return known }
        let heads = try state.heads()
        read.withLock { $0 = heads }
        return heads
    }

    /// Refuses to plan a change of an environment that has two records of one package: nobody knows which is there.
    func requireOneRecordEach() throws(Failure) {
        for (one, other) in zip(state.records, state.records.dropFirst()) where one.name == other.name {
            throw Failure(
                .integrity, state.prefix,
                "has two records of `\(one.name)`: \(one.distribution) and \(other.distribution)",
                hint: "`krait doctor --fix -p \(state.prefix)` keeps what is installed")
        }
    }

    func records() throws(Failure) -> [PackageRecord] { try heads().map(\.record) }

    /// What the user asked for, by name: what the history says last, and for names of which it says nothing, or only that
    /// they went (py-rattler and pixi write none), what the records say (Rules §14.1). Of what came as a list, or without
    /// a word on why, that is what no other package needs.
    func requestedSpecs() throws(Failure) -> [String: String] {
        let history = try History.read(state.prefix)
        var requested = history.requestedSpecs()
        let mentioned = history.mentionedNames()
        let heads = try heads()
        let present = Set(heads.map(\.record.name))
        let untold = present.subtracting(history.presentNames())
        for head in heads where !mentioned.contains(head.record.name) || untold.contains(head.record.name) {
            requested[head.record.name] = head.requestedSpecs.last ?? requested[head.record.name]
        }
        var listed = history.listedNames()
        for names in history.unaskedNames() + [untold]
        where !names.contains(where: { present.contains($0) && requested[$0] != nil }) {
            listed.formUnion(names)
        }
        listed.formIntersection(present)
        if listed.isEmpty { return requested }
        let roots = dependencyRoots(heads.map(\.record))
        for name in listed { requested[name] = roots.contains(name) ? requested[name] ?? name : nil }
        return requested
    }

    func pinned() throws(Failure) -> [String] { try PrefixFiles.pinned(state.prefix) }
}

extension PrefixState {
    /// The environment at `prefix`, which must be there. With `root` an empty root prefix counts as one.
    ///
    /// - Throws: `Failure(.usage)` when it is not.
    static func existing(_ prefix: String, root: String? = nil) throws(Failure) -> PrefixState {
        guard let state = try read(prefix, root: root) else { throw notAnEnvironment(prefix) }
        return state
    }
}
