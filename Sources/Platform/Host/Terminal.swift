// SPDX-License-Identifier: BSD-3-Clause
import CShims
import Glibc

package func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

/// Columns of the terminal behind `descriptor`, or nil.
package func terminalWidth(_ descriptor: Int32 = 2) -> Int? {
    let columns = Int(krait_terminal_columns(descriptor))
    return columns > 0 ? columns : nil
}
