// SPDX-License-Identifier: BSD-3-Clause

/// Something a solution must obey: a spec with its reason.
struct Demand {
    var spec: SpecIndex
    var kind: Kind
    /// Whether it counts only where the spec's condition holds, which the solution decides.
    var isConditional = false

    /// Why it is asked for; the index is that of the request's list.
    enum Kind: Hashable {
        case request(Int)
        /// Must be brought up to date.
        case update(Int)
        /// Asked for earlier; `limits` is false once it is only a wish.
        case keep(Int, limits: Bool)
        /// Limits and never installs.
        case pin(Int)
        /// Must go: what it admits may not be chosen.
        case remove(Int)
        /// An installed package that may not change.
        case frozen(Int)
        /// An installed package: some version of it should stay.
        case present(Int)
    }

    /// Whether contenders of the name that it does not admit are out.
    var limits: Bool {
        if isConditional { return false }
        return switch kind {
        case .request, .update, .pin, .frozen: true
        case .keep(_, let limits): limits
        case .remove, .present: false
        }
    }

    /// Whether one of its providers must be chosen.
    var installs: Bool {
        if isConditional { return false }
        return switch kind {
        case .request, .update, .frozen: true
        case .keep(_, let limits): limits
        case .pin, .remove, .present: false
        }
    }
}
