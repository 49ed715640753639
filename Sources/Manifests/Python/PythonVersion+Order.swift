// SPDX-License-Identifier: BSD-3-Clause

extension PythonVersion: Comparable, Hashable {
    package static func == (left: PythonVersion, right: PythonVersion) -> Bool { left.order(against: right) == 0 }
    package static func < (left: PythonVersion, right: PythonVersion) -> Bool { left.order(against: right) < 0 }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(epoch)
        hasher.combine(release.count - trailingZeros)
        hasher.combine(release.first)
    }

    private var trailingZeros: Int { release.reversed().prefix { $0 == 0 }.count }

    /// Less than, equal to or greater than zero.
    private func order(against other: PythonVersion) -> Int {
        if epoch != other.epoch { return epoch < other.epoch ? -1 : 1 }
        for index in 0..<max(release.count, other.release.count) {
            let left = index < release.count ? release[index] : 0
            let right = index < other.release.count ? other.release[index] : 0
            if left != right { return left < right ? -1 : 1 }
        }
        let parts = zip(suffixKey, other.suffixKey)
        for (left, right) in parts where left != right { return left < right ? -1 : 1 }
        return localOrder(against: other)
    }

    /// Pre, post and development numbers as (rank, number) pairs: development before alpha … before final before post.
    private var suffixKey: [UInt64] {
        let prePart: [UInt64] =
            if let pre { [1 + UInt64(pre.phase), pre.number] } else if post == nil, dev != nil { [0, 0] } else {
                [9, 0]
            }
        let postPart: [UInt64] = post.map { [1, $0] } ?? [0, 0]
        let devPart: [UInt64] = dev.map { [0, $0] } ?? [1, 0]
        return prePart + postPart + devPart
    }

    private func localOrder(against other: PythonVersion) -> Int {
        for (left, right) in zip(local, other.local) where left != right {
            switch (left, right) {
            case (.text, .number): return -1
            case (.number, .text): return 1
            case (.text(let left), .text(let right)): return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
            case (.number(let left), .number(let right)): return left < right ? -1 : 1
            }
        }
        return local.count - other.local.count
    }
}

extension PythonVersion: CustomStringConvertible {
    /// The normal spelling of PEP 440.
    package var description: String {
        var text = epoch == 0 ? "" : "\(epoch)!"
        text += release.map { "\($0)" }.joined(separator: ".")
        if let pre { text += ["a", "b", "rc"][Int(pre.phase)] + "\(pre.number)" }
        if let post { text += ".post\(post)" }
        if let dev { text += ".dev\(dev)" }
        guard !local.isEmpty else { return text }
        let parts = local.map { part in
            switch part {
            case .text(let text): text
            case .number(let number): "\(number)"
            }
        }
        return text + "+" + parts.joined(separator: ".")
    }
}
