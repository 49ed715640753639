// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// Ends the process at once with `code`: nothing is buffered and no library needs to be asked.
package func endProcess(_ code: Int32) -> Never { _exit(code) }
