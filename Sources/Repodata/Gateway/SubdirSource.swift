// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures

/// One subdir of a channel, ready to be asked for the records of a name.
struct SubdirSource: Sendable {
    let channel: Channel
    let subdir: Subdir
    /// Where its archives are, with a slash at the end and without credentials.
    let packagesURL: String
    let content: Content
    /// Where the index is kept, to throw it away when it turns out to be damaged.
    let cachedPath: String?

    enum Content: Sendable {
        /// The channel does not serve this platform.
        case empty
        case index(IndexFile)
        case shards(ShardedSubdir)
    }

    /// All names, in the order of their bytes.
    var names: [String] {
        switch content {
        case .empty: []
        case .index(let index): (0..<index.nameCount).map { index.name($0) }
        case .shards(let shards): shards.names
        }
    }

    /// `base` as a document at `url` means it (CEP 15): absolute, from the root of the host, or relative to the document.
    static func resolve(_ base: String?, documentURL: String) -> String {
        func terminated(_ url: String) -> String { url.hasSuffix("/") ? url : url + "/" }
        let folder = documentURL.utf8.lastIndex(of: UInt8(ascii: "/")).map { documentURL[...$0] } ?? ""
        guard let base, !base.isEmpty else { return String(folder) }
        if base.hasURLScheme { return terminated(base.separatingCredentials.plain) }
        var root = ""
        var path = String(folder)
        if let scheme = documentURL.range(of: "://") {
            let rest = documentURL[scheme.upperBound...]
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            root = String(documentURL[..<end])
            path = String(folder.dropFirst(root.count))
        }
        path = base.hasPrefix("/") ? base : path + base
        var components: [Substring] = []
        for component in path.split(separator: "/") {
            if component == ".." { _ = components.popLast() } else if component != "." { components.append(component) }
        }
        return terminated(root + "/" + components.joined(separator: "/"))
    }
}

extension String {
    /// The first place of `text`.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
