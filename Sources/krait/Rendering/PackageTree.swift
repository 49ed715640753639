// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Engine

/// What a query walked, as a tree; a package that was shown before is shown without what follows from it.
enum PackageTree {
    @Sendable static func text(_ tree: PackageAnswer.Node) -> String { drawn(tree, label) }

    /// The tree with what `label` makes of each node, `indent` before all lines but the first.
    static func drawn(
        _ tree: PackageAnswer.Node, indent: String = "", _ label: (PackageAnswer.Node) -> String
    ) -> String {
        var text = label(tree) + "\n"
        for (number, child) in tree.children.enumerated() {
            let isLast = number == tree.children.count - 1
            text += indent + (isLast ? "└─ " : "├─ ") + drawn(child, indent: indent + (isLast ? "   " : "│  "), label)
        }
        return text
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
