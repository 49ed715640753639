// SPDX-License-Identifier: BSD-3-Clause
import CShims

/// How many threads can run at once: the smaller of the affinity mask and the cgroup quota, at least 1.
package func processorCount() -> Int { knownProcessorCount }

private let knownProcessorCount: Int = {
    var count = Int(krait_affinity_count())
    if let quota = controlGroupQuota() { count = min(count, quota) }
    return max(1, count)
}()

/// The CPU limit of the control group, rounded up, when there is one (cgroup v2, then v1).
private func controlGroupQuota() -> Int? {
    var smallest: Int?
    func consider(_ quota: Int, _ period: Int) {
        guard quota > 0, period > 0 else { return }
        let count = (quota + period - 1) / period
        smallest = min(smallest ?? count, max(1, count))
    }
    for line in lines("/proc/self/cgroup") {
        let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0] == "0" || fields[1].split(separator: ",").contains("cpu") else { continue }
        // Limits of the groups above count too; inside a container the path may not exist, then its root does.
        var group = String(fields[2])
        while true {
            if fields[0] == "0" {
                let words = lines("/sys/fs/cgroup\(group)/cpu.max").first?.split(separator: " ") ?? []
                if words.count == 2, let quota = Int(words[0]), let period = Int(words[1]) { consider(quota, period) }
            } else {
                let base = "/sys/fs/cgroup/cpu\(group)"
                if let quota = lines("\(base)/cpu.cfs_quota_us").first.flatMap({ Int($0) }),
                    let period = lines("\(base)/cpu.cfs_period_us").first.flatMap({ Int($0) })
                {
                    consider(quota, period)
                }
            }
            if group == "/" || group.isEmpty { break }
            group = Path.parent(group)
        }
    }
    return smallest
}

private func lines(_ path: String) -> [Substring] {
    guard let bytes = try? readFile(path, limit: 1 << 16) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
}
