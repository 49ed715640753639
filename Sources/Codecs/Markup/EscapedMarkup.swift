// SPDX-License-Identifier: BSD-3-Clause

/// `text` as it may stand between tags and in quotes of HTML and SVG: names and URLs are strangers' words. Control
/// characters but line ends, which XML refuses even when they are escaped, become spaces.
package func escapedMarkup(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        default:
            let isControl = (scalar.value < 32 && scalar != "\n") || scalar.value == 127
            result.unicodeScalars.append(isControl ? " " : scalar)
        }
    }
    return result
}
