// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Packages
import Platform

extension ChangeExecution {
    /// For `--extra-safety-checks`: compares each entry that a cache has of a plan with what its package shipped. Those that
    /// differ leave the cache and are as good as not found.
    func verify(_ found: inout [CacheEntry?], _ report: inout ChangeReport) throws(Failure) {
        for (index, entry) in found.enumerated() {
            guard let entry else { continue }
            let problems = entry.problems(contents: true, modes: .all, cancellation: context.cancellation)
            try context.cancellation.check()
            guard let first = problems.first else { continue }
            report.warnings.append(
                "\(Path.name(entry.directory)): \(problems.count) of its files in the cache are not as the package shipped "
                    + "them, first \(first.path); it was fetched again")
            context.packageCache.discard(entry.directory)
            found[index] = nil
        }
    }
}
