// SPDX-License-Identifier: BSD-3-Clause
import CShims
import Glibc

package func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

/// Columns of the terminal behind `descriptor`, or nil.
package func terminalWidth(_ descriptor: Int32 = 2) -> Int? {
    let columns = Int(krait_terminal_columns(descriptor))
    return columns > 0 ? columns : nil
}

/// The next line of what somebody else opened (stdin), without its end; nil at the end of the input. What follows the line
/// stays unread: it may be for a program that this process becomes.
package func readLine(from descriptor: Int32) -> String? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while let count = try? SystemCall.check({ Glibc.read(descriptor, &byte, 1) }), count > 0, byte != 0x0a {
        bytes.append(byte)
    }
    if bytes.isEmpty, byte != 0x0a { return nil }
    return String(decoding: bytes.last == 0x0d ? bytes.dropLast() : bytes[...], as: UTF8.self)
}
