// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Platform
import Prefix

/// Compiles python packages of a new environment while others are still on their way. It fills the store of compiled files,
/// from which the environment takes them in the end; so whatever is not done by then, or goes wrong here, is compiled there.
final class EarlyCompiling: Sendable {
    private struct State {
        /// Python and what it needs, as long as it is not linked.
        var missing: Set<String>
        /// Linked packages whose turn has not come, and how many files they have.
        var waiting: [LinkPackage] = []
        var files = 0
        var isAtWork = false
        var hasEnded = false
    }

    /// Files that are worth the start of a python.
    private static let enough = 150

    /// Whoever has it calls ``end()`` before it goes: what is built is removed on that thread.
    private unowned let fresh: FreshPrefix
    private let python: PythonLayout
    private let options: LinkOptions
    private let compiling: Compiling
    private let stop = Cancellation()
    private let state: Monitor<State>

    /// nil where nothing is compiled, nothing is kept, or memory is short.
    init?(_ plan: ChangePlan, _ fresh: FreshPrefix, python: PythonLayout?, _ options: LinkOptions, _ context: Context) {
        let settings = context.settings
        guard let python, var compiling = context.compiling(settings.compilingMode), compiling.store != nil,
            compiling.trustsStore, !plan.isForeign, !settings[.lowMemory]
        else { return nil }
        compiling.progressed = nil
        let needed = Self.needed(by: "python", plan.links.map(\.record))
        // A record from a bare URL does not tell what it needs before it is unpacked.
        guard needed.count > 1 else { return nil }
        self.fresh = fresh
        self.python = python
        self.options = options
        self.compiling = compiling
        state = Monitor(State(missing: needed))
    }

    /// The package `name` and all that it needs.
    private static func needed(by name: String, _ records: [PackageRecord]) -> Set<String> {
        var found: Set<String> = []
        var open = [name]
        while let name = open.popLast() {
            guard let record = records.first(where: { $0.name == name }), found.insert(name).inserted else { continue }
            open += record.allDepends.map(neededName)
        }
        return found
    }

    /// Takes a package whose files are all in their places.
    func add(_ package: LinkPackage) {
        let begins = state.withLock { state in
            state.missing.remove(package.record.name)
            if package.isNoarchPython {
                state.waiting.append(package)
                state.files += package.manifest.entries.count
            }
            guard !state.isAtWork, Self.isDue(state) else { return false }
            state.isAtWork = true
            return true
        }
        guard begins else { return }
        do throws(Failure) {
            try startThread("compile") { [self] in while compileNext() {} }
        } catch {
            state.withLock { state in (state.isAtWork, state.hasEnded) = (false, true) }
        }
    }

    private static func isDue(_ state: State) -> Bool {
        state.missing.isEmpty && state.files >= enough && !state.hasEnded
    }

    /// Compiles what waits; false when that is too little, or all is to end.
    private func compileNext() -> Bool {
        let batch: [LinkPackage]? = state.withLock { state in
            guard Self.isDue(state) else {
                state.isAtWork = false
                return nil
            }
            defer { (state.waiting, state.files) = ([], 0) }
            return state.waiting
        }
        guard let batch else {
            state.wakeAll()
            return false
        }
        let target = LinkTarget(root: fresh.buildDirectory, prefix: fresh.prefix)
        do throws(Failure) {
            let plan = try LinkPlan(batch, target: target, python: python, options: options)
            try compiling.prepare(plan, at: fresh.root, rootPath: fresh.buildDirectory, cancellation: stop)
        } catch {
            state.withLock { $0.hasEnded = true }
        }
        return true
    }

    /// Stops what is going on, and waits for its end; nothing is begun any more.
    func end() {
        state.withLock { $0.hasEnded = true }
        stop.cancel(.interrupted)
        state.waitFor { $0.isAtWork ? nil : () }
    }
}
