// SPDX-License-Identifier: BSD-3-Clause

/// What is to be done in a shell, in the order in which it is rendered (Rules §18.2).
package struct Transform: Sendable, Equatable {
    /// What `PATH` becomes.
    package enum SearchPathChange: Sendable, Equatable {
        case none
        case set(String)
        case unset
    }

    /// What the prompt becomes.
    package enum PromptChange: Sendable, Equatable {
        case none
        /// The text of `CONDA_PROMPT_MODIFIER` in front is replaced by another, which may be empty.
        case replace(by: String, level: Int)
    }

    package var searchPath = SearchPathChange.none
    /// Scripts to be sourced before the variables change.
    package var deactivateScripts: [String] = []
    package var prompt = PromptChange.none
    package var unset: [String] = []
    package var export: [EnvironmentVariable] = []
    /// Scripts to be sourced at the end.
    package var activateScripts: [String] = []
    /// What the user should know; for stderr.
    package var notes: [String] = []

    package init() {}

    /// The environment after the transform, scripts and prompt left out.
    package func applied(to environment: [String: String]) -> [String: String] {
        var result = environment
        switch searchPath {
        case .none: break
        case .set(let text): result["PATH"] = text
        case .unset: result["PATH"] = nil
        }
        for name in unset { result[name] = nil }
        for variable in export { result[variable.name] = variable.value }
        return result
    }
}
