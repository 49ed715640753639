// SPDX-License-Identifier: BSD-3-Clause

/// Marks the failure of a command whose `-f` names a file that is not there; the failure's subject is that name.
package struct NoInputFile: Error {}
