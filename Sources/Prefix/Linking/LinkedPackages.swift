// SPDX-License-Identifier: BSD-3-Clause

import Conda
package import Failures
package import Platform
import Synchronization

/// Packages whose files are in place, and whose records are not: the state in which compiling happens.
package struct LinkedPackages: Sendable {
    package let plan: LinkPlan
    package let report: LinkReport
    var records: RecordBuilder

    init(_ execution: LinkExecution) {
        self.init(
            execution.plan, records: RecordBuilder(execution), report: execution.report.withLock { $0 },
            methods: execution.methods.withLock { $0 })
    }

    init(_ plan: LinkPlan, records: RecordBuilder, report: LinkReport, methods: [LinkMethod]) {
        self.plan = plan
        self.records = records
        var report = report
        if plan.options.mode != .copy {
            for (package, method) in zip(plan.registry.packages, methods)
            where method == .copy && !package.isStaged { report.copiedPackages.append(package.record.name) }
        }
        self.report = report
    }

    /// Writes the record of each package into `directory` (`conda-meta`, or where a transaction keeps them).
    package func writeRecords(into directory: String, at root: DirectoryReference) throws(Failure) {
        let opened = try Descriptor.openDirectory(directory, at: root)
        let reference = opened.reference
        let workers = plan.options.workers ?? processorCount()
        let epoch = plan.options.sourceDateEpoch
        let sizes = plan.registry.packages.map(\.manifest.entries.count)
        // The longest first, so that no thread is left with it at the end.
        let order = sizes.indices.sorted { sizes[$0] > sizes[$1] }
        try forEachInParallel(order.count, workers: workers, name: "records") { (index) throws(Failure) in
            let name = records.fileName(order[index])
            let text = records.text(order[index])
            do throws(Errno) {
                let file = try SystemCall.open(name, [.writeOnly, .create, .truncate, .noFollow], at: reference)
                try text.withBytes { (bytes) throws(Errno) in try SystemCall.writeAll(file, bytes) }
                if let epoch { try SystemCall.setModified(of: file, FileTime(seconds: epoch)) }
            } catch {
                throw Failure(error, name, "write the record")
            }
        }
        if let epoch { try setTimes(FileTime(seconds: epoch), at: root) }
    }

    /// Gives links, compiled files and directories the time that everything made has; directories come last, for what
    /// is made in one changes its own.
    private func setTimes(_ time: FileTime, at root: DirectoryReference) throws(Failure) {
        var paths: [String] = []
        plan.forEachPlaced { claim, path in
            guard claim.entry >= 0 else { return }
            let package = plan.registry.packages[Int(plan.registry.groups[Int(claim.group)].package)]
            if package.manifest.entries[Int(claim.entry)].kind == .softLink { paths.append(path) }
        }
        paths += plan.registry.directories.indices.dropFirst().map { plan.registry.path(of: Int32($0)) }
        for path in records.compiled.joined() {
            paths.append(path.path)
            paths.append(Path.parent(path.path))
        }
        for path in paths {
            do throws(Errno) {
                try SystemCall.setModified(path, time, at: root)
            } catch {
                // Directories of nothing but excluded files were never made.
                if error != .noEntry { throw Failure(error, path, "set the time of") }
            }
        }
    }
}

extension LinkPlan {
    /// Links everything below `root`, an open directory; `isFresh` when nothing is there yet.
    package func execute(
        at root: DirectoryReference, isFresh: Bool, cancellation: Cancellation? = nil
    ) throws(Failure) -> LinkedPackages {
        let execution = try LinkExecution(
            self, root: root, taken: isFresh ? .replaced : .refused, cancellation: cancellation)
        try execution.run()
        return LinkedPackages(execution)
    }
}
