// SPDX-License-Identifier: BSD-3-Clause
//
// Text in, text out: from the variables of a process and the facts of environments to what a shell must do, and from
// that to code. Nothing in this room touches a file.
package import Failures

/// What activation does by, apart from the environments themselves.
package struct ActivationSettings: Sendable {
    /// Known as `base`.
    package var rootPrefix: String?
    /// `changeps1`.
    package var changesPrompt = true
    /// `env_prompt`: `{default_env}`, `{stacked_env}`, `{prefix}`, `{name}` are filled in.
    package var promptFormat = "({default_env}) "
    /// `auto_stack`: up to this level `activate` means `activate --stack`.
    package var autoStack = 0
    /// Whether `CONDA_SHLVL` is 0 at least after the last environment is left, as conda has it; else as it was before.
    package var keepsLevel = false

    package init() {}
}

/// Computes transforms; a pure function of the variables and of what `facts` says of a prefix (Rules §18.2).
///
/// Every step can be undone exactly: a variable that is shadowed when level `n` is left is kept as
/// `__CONDA_SHLVL_<n>_<NAME>`, also those that hold the books themselves, and comes back when the level does.
package struct Activation {
    package let variables: [String: String]
    package let settings: ActivationSettings
    private let facts: (String) throws(Failure) -> PrefixFacts

    package init(
        variables: [String: String], settings: ActivationSettings,
        facts: @escaping (String) throws(Failure) -> PrefixFacts
    ) {
        self.variables = variables
        self.settings = settings
        self.facts = facts
    }

    /// How many environments are active, one over the other.
    package var level: Int {
        guard activePrefix != nil, let level = variables["CONDA_SHLVL"].flatMap({ Int($0) }), level > 0 else {
            return 0
        }
        return level
    }

    /// The prefix on top.
    package var activePrefix: String? {
        guard let prefix = variables["CONDA_PREFIX"], !prefix.isEmpty else { return nil }
        return prefix
    }

    /// Makes `prefix` the active environment.
    ///
    /// - Throws: `Failure(.usage)` for a path with a colon: `PATH` would hold it as two directories, one of them relative.
    package func activate(_ prefix: String, stack: Bool = false) throws(Failure) -> Transform {
        guard !prefix.utf8.contains(UInt8(ascii: ":")) else {
            throw Failure(
                .usage, prefix, "has a colon in its path, which PATH cannot hold",
                hint: "give the environment a path without one")
        }
        let level = self.level
        let fresh = try facts(prefix)
        guard level > 0, let active = activePrefix else { return start(fresh) }
        if active == prefix { return try reactivate() }
        let stacks = stack || level <= settings.autoStack
        // micromamba: going back to where one came from is deactivating.
        if !stack, variables["CONDA_PREFIX_\(level - 1)"] == prefix { return try deactivate() }
        return stacks ? push(fresh, over: active) : exchange(try facts(active), for: fresh)
    }

    /// Leaves the active environment; nothing happens where none is.
    package func deactivate() throws(Failure) -> Transform {
        let level = self.level
        guard level > 0, let active = activePrefix else { return Transform() }
        let old = try facts(active)
        if level == 1 { return finish(old) }
        guard let previous = variables["CONDA_PREFIX_\(level - 1)"] else {
            throw Failure(
                .other, "CONDA_PREFIX_\(level - 1)", "is not set though level \(level) is active",
                hint: "start a new shell")
        }
        let isStacked = variables["CONDA_STACKED_\(level)"] != nil
        let new = try facts(previous)
        var books = Books(variables)
        var path = SearchPath(variables["PATH"])
        var transform = Transform()
        if isStacked { path.remove(old.binDirectory) } else { path.replace(old.binDirectory, by: new.binDirectory) }
        books.restore(old.variables, level: level - 1)
        books.unset("CONDA_PREFIX_\(level - 1)")
        books.unset("CONDA_STACKED_\(level)")
        // Below a stacked environment the variables stayed as they were.
        if !isStacked { books.set(new.variables, level: level - 2, onlyIfDifferent: true) }
        transform.activateScripts = new.activateScripts
        describe(previous, level: level - 1, &books, &transform)
        // The scripts of the one that goes may undo what those below did, so these run again, as conda's do; but not twice
        // in a row: what they keep to give back would be their own.
        transform.deactivateScripts = old.deactivateScripts + (isStacked ? new.deactivateScripts : [])
        return books.complete(transform, path)
    }

    /// Does again what the active environment does: after packages came or went.
    package func reactivate(inFront: Bool = false) throws(Failure) -> Transform {
        let level = self.level
        guard level > 0, let active = activePrefix else { return Transform() }
        let facts = try facts(active)
        var books = Books(variables)
        var path = SearchPath(variables["PATH"])
        var transform = Transform()
        if inFront {
            path.remove(facts.binDirectory)
            path.prepend(facts.binDirectory)
        } else {
            path.replace(facts.binDirectory, by: facts.binDirectory)
        }
        books.set(facts.variables, level: level - 1, onlyIfDifferent: true)
        describe(active, level: level, &books, &transform)
        transform.deactivateScripts = facts.deactivateScripts
        transform.activateScripts = facts.activateScripts
        return books.complete(transform, path)
    }

    // MARK: The four ways

    /// From nothing to one environment.
    private func start(_ new: PrefixFacts) -> Transform {
        var books = Books(variables)
        var path = SearchPath(variables["PATH"])
        var transform = Transform()
        path.prepend(new.binDirectory)
        for name in Books.names { books.save(name, level: 0) }
        transform.notes = books.set(new.variables, level: 0)
        describe(new.path, level: 1, &books, &transform)
        transform.activateScripts = new.activateScripts
        return books.complete(transform, path)
    }

    /// On top of the active one, which stays in effect.
    private func push(_ new: PrefixFacts, over active: String) -> Transform {
        var books = Books(variables)
        var path = SearchPath(variables["PATH"])
        var transform = Transform()
        path.prepend(new.binDirectory)
        books.export("CONDA_PREFIX_\(level)", active)
        books.export("CONDA_STACKED_\(level + 1)", "true")
        transform.notes = books.set(new.variables, level: level)
        describe(new.path, level: level + 1, &books, &transform)
        transform.activateScripts = new.activateScripts
        return books.complete(transform, path)
    }

    /// In the place of the active one, which comes back when the new one goes.
    private func exchange(_ old: PrefixFacts, for new: PrefixFacts) -> Transform {
        var books = Books(variables)
        var path = SearchPath(variables["PATH"])
        var transform = Transform()
        path.replace(old.binDirectory, by: new.binDirectory)
        books.restore(old.variables, level: level - 1, keepsSaved: true)
        books.export("CONDA_PREFIX_\(level)", old.path)
        transform.notes = books.set(new.variables, level: level)
        describe(new.path, level: level + 1, &books, &transform)
        transform.deactivateScripts = old.deactivateScripts
        transform.activateScripts = new.activateScripts
        return books.complete(transform, path)
    }

    /// From one environment to nothing.
    private func finish(_ old: PrefixFacts) -> Transform {
        var books = Books(variables)
        var path = SearchPath(variables["PATH"])
        var transform = Transform()
        path.remove(old.binDirectory)
        books.restore(old.variables, level: 0)
        books.restore(Books.names.map { EnvironmentVariable($0, "") }, level: 0)
        if settings.keepsLevel { books.export("CONDA_SHLVL", "0") }
        if settings.changesPrompt { transform.prompt = .replace(by: "", level: 0) }
        transform.deactivateScripts = old.deactivateScripts
        return books.complete(transform, path)
    }

    /// Writes down who is active now, and changes the prompt.
    private func describe(_ prefix: String, level: Int, _ books: inout Books, _ transform: inout Transform) {
        let modifier = settings.changesPrompt ? promptModifier(prefix, books.now) : ""
        books.export("CONDA_PREFIX", prefix)
        books.export("CONDA_SHLVL", "\(level)")
        books.export("CONDA_DEFAULT_ENV", defaultName(of: prefix))
        books.export("CONDA_PROMPT_MODIFIER", modifier)
        if settings.changesPrompt { transform.prompt = .replace(by: modifier, level: level) }
    }
}
