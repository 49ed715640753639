// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Engine

/// What a query walked, as a tree; a package that was shown before is shown without what follows from it.
enum PackageTree {
    @Sendable static func text(_ tree: PackageAnswer.Node) -> String {
        var text = label(tree) + "\n"
        append(tree, "", &text)
        return text
    }

    private static func append(_ node: PackageAnswer.Node, _ indent: String, _ text: inout String) {
        for (number, child) in node.children.enumerated() {
            let isLast = number == node.children.count - 1
            text += indent + (isLast ? "└─ " : "├─ ") + label(child) + "\n"
            append(child, indent + (isLast ? "   " : "│  "), &text)
        }
    }

    private static func label(_ node: PackageAnswer.Node) -> String {
        guard let package = node.package else {
            return "\(node.text)  (\(node.text.hasPrefix("__") ? "virtual package" : "no matching package"))"
        }
        let title = "\(package.name) \(package.version)"
        // The dependency that led here, where it says more than the name.
        let why = node.text == title || node.text == package.name ? "" : "  [\(node.text)]"
        return "\(title) \(package.build)\(why)\(node.isRepeated ? "  (above)" : "")"
    }
}
