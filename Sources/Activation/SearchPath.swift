// SPDX-License-Identifier: BSD-3-Clause

/// The value of `PATH`, changed so that undoing gives the same bytes back: entries are added and taken away one at a
/// time, and nothing else is touched, neither empty entries nor repetitions.
struct SearchPath: Equatable {
    /// nil where the variable is not set; that is not the same as empty.
    private(set) var entries: [Substring]?

    init(_ text: String?) {
        entries = text?.split(separator: ":", omittingEmptySubsequences: false)
    }

    /// The value, nil for a variable that is not to be set.
    var text: String? { entries?.joined(separator: ":") }

    mutating func prepend(_ directory: String) { entries = [directory[...]] + (entries ?? []) }

    /// Takes the first such entry away; the last one of all leaves the variable unset.
    mutating func remove(_ directory: String) {
        guard let index = entries?.firstIndex(where: { $0 == directory }) else { return }
        entries?.remove(at: index)
        if entries?.isEmpty == true { entries = nil }
    }

    /// Puts another in the place of the first such entry, or in front where there is none.
    mutating func replace(_ old: String, by new: String) {
        if let index = entries?.firstIndex(where: { $0 == old }) {
            entries?[index] = new[...]
        } else {
            prepend(new)
        }
    }
}
