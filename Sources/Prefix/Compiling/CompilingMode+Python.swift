// SPDX-License-Identifier: BSD-3-Clause
import Conda

extension CompilingMode {
    /// The name that `py_compile.PycInvalidationMode` has for it.
    var pythonName: String {
        switch self {
        case .none, .timestamp: "TIMESTAMP"
        case .checkedHash: "CHECKED_HASH"
        case .uncheckedHash: "UNCHECKED_HASH"
        }
    }
}
