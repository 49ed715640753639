// SPDX-License-Identifier: BSD-3-Clause

extension String {
    /// The text without the slashes at its end; of slashes alone nothing is left.
    package var withoutTrailingSlashes: String {
        var text = self
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }
}
