// SPDX-License-Identifier: BSD-3-Clause

import Conda
package import Failures
import Platform

extension LinkPlan {
    /// Refuses when the plan's file system has too little space for what will be written (Rules §21).
    package func checkSpace() throws(Failure) {
        guard let first = registry.packages.first else { return }
        let place = try FileSystem.facts(target.root)
        var copies = options.mode == .copy
        if !copies, !first.isStaged, let source = try? FileSystem.facts(first.source) {
            copies = source.identity != place.identity
        }
        let needed = bytesToWrite(copying: copies && !first.isStaged)
        guard needed > place.available else { return }
        throw Failure(
            .system, target.prefix, "needs \(needed >> 20) MB of space, and \(place.available >> 20) MB are free",
            hint: "free some space, or choose another place")
    }

    /// How many bytes are written when files are linked, or when they are copied.
    package func bytesToWrite(copying: Bool) -> UInt64 {
        registry.packages.map { package in
            let written = package.manifest.entries.lazy.filter { entry in
                guard entry.kind == .hardLink else { return false }
                let isRewritten = package.manifest.placeholder(of: entry).map { !$0.offsets.isEmpty } ?? false
                return isRewritten || entry.noLink || copying
            }
            // Its record.
            let record = UInt64(package.manifest.entries.count) * 300
            return [written.map(\.size).saturatingSum, record].saturatingSum
        }.saturatingSum
    }
}
