// SPDX-License-Identifier: BSD-3-Clause

/// The variables while a transform is put together: what they are now, and what must be told to the shell.
struct Books {
    /// The variables that say who is active.
    static let names = ["CONDA_SHLVL", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_PROMPT_MODIFIER"]

    private let before: [String: String]
    private(set) var now: [String: String]
    /// Touched names in the order of touching.
    private var touched: [String] = []

    init(_ variables: [String: String]) {
        before = variables
        now = variables
    }

    mutating func export(_ name: String, _ value: String) {
        touch(name)
        now[name] = value
    }

    mutating func unset(_ name: String) {
        touch(name)
        now[name] = nil
    }

    /// Keeps a variable's value for the time when `level` comes back; nothing to keep when it is not set.
    mutating func save(_ name: String, level: Int) {
        if let value = now[name] { export(Books.saved(name, level), value) }
    }

    /// Exports an environment's variables over what is there, which is kept. With `onlyIfDifferent` the values may be
    /// our own from before: what is kept already, or equal, is not kept again. Gives notes of what was shadowed.
    @discardableResult
    mutating func set(_ variables: [EnvironmentVariable], level: Int, onlyIfDifferent: Bool = false) -> [String] {
        var notes: [String] = []
        for variable in variables {
            if variable.isUnset {
                // At a refresh the value is most likely the one that we exported before it was marked.
                if !onlyIfDifferent { save(variable.name, level: level) }
                unset(variable.name)
                continue
            }
            let isOurs =
                onlyIfDifferent
                && (now[Books.saved(variable.name, level)] != nil || now[variable.name] == variable.value)
            if !isOurs {
                save(variable.name, level: level)
                if let old = now[variable.name], old != variable.value {
                    notes.append("the variable `\(variable.name)` was set before; its value comes back at deactivation")
                }
            }
            export(variable.name, variable.value)
        }
        return notes
    }

    /// Gives variables back the values that were kept for a level, or unsets them.
    mutating func restore(_ variables: [EnvironmentVariable], level: Int, keepsSaved: Bool = false) {
        for variable in variables {
            let saved = Books.saved(variable.name, level)
            if let value = now[saved] {
                export(variable.name, value)
                if !keepsSaved { unset(saved) }
            } else {
                unset(variable.name)
            }
        }
    }

    /// The transform with everything that differs from before.
    func complete(_ transform: Transform, _ path: SearchPath) -> Transform {
        var transform = transform
        if path.text != before["PATH"] { transform.searchPath = path.text.map { .set($0) } ?? .unset }
        for name in touched {
            if let value = now[name] {
                if before[name] != value { transform.export.append(EnvironmentVariable(name, value)) }
            } else if before[name] != nil {
                transform.unset.append(name)
            }
        }
        return transform
    }

    private mutating func touch(_ name: String) {
        if !touched.contains(name) { touched.append(name) }
    }

    private static func saved(_ name: String, _ level: Int) -> String { "__CONDA_SHLVL_\(level)_\(name)" }
}
