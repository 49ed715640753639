// SPDX-License-Identifier: BSD-3-Clause

package import Failures
import Platform
import Synchronization

/// An environment as it stands on disk: which packages, by the names of their records; the rest is read when asked for.
package struct PrefixState: Sendable {
    /// Absolute.
    package let prefix: String
    /// In order of their names.
    package let records: [InstalledRecord]
    /// True when `conda-meta/history` exists, the sign of an environment to all tools.
    package let hasHistory: Bool
    /// Names of files in `conda-meta` that end in `.json` and are no records.
    package let strangeFiles: [String]

    /// An environment without a package or a history.
    package init(emptyAt prefix: String) {
        self.init(prefix: prefix, records: [], hasHistory: false, strangeFiles: [])
    }

    private init(prefix: String, records: [InstalledRecord], hasHistory: Bool, strangeFiles: [String]) {
        self.prefix = prefix
        self.records = records
        self.hasHistory = hasHistory
        self.strangeFiles = strangeFiles
    }

    /// The environment at `prefix`; nil when there is none (no `conda-meta` with a history or a record in it).
    package static func read(_ prefix: String) throws(Failure) -> PrefixState? {
        let directory = Path.join(prefix, "conda-meta")
        guard FileSystem.isDirectory(directory) else { return nil }
        var records: [InstalledRecord] = []
        var strange: [String] = []
        var hasHistory = false
        for entry in try FileSystem.entries(directory) {
            if entry.name == "history" {
                hasHistory = true
            } else if let record = InstalledRecord(fileName: entry.name, directory: directory) {
                records.append(record)
            } else if entry.name.utf8.count > 5, entry.name.utf8.suffix(5).elementsEqual(".json".utf8) {
                strange.append(entry.name)
            }
        }
        guard hasHistory || !records.isEmpty else { return nil }
        records.sort { ($0.name, $0.version, $0.build) < ($1.name, $1.version, $1.build) }
        return PrefixState(prefix: prefix, records: records, hasHistory: hasHistory, strangeFiles: strange.sorted())
    }

    /// The record of the package `name`.
    package subscript(name: String) -> InstalledRecord? { records.first { $0.name == name } }

    /// The heads of all records, read by several threads.
    package func heads() throws(Failure) -> [PrefixRecord] {
        try inParallel(records.count) { (index) throws(Failure) in try records[index].head() }
    }

    /// Where the environment's python keeps things; nil without python.
    package func pythonLayout() throws(Failure) -> PythonLayout? {
        guard let python = self["python"] else { return nil }
        return try PythonLayout(record: try python.head().record)
    }
}

/// What `body` makes of each of `0 ..< count`, in order; on the caller's thread when there is little.
func inParallel<Value: Sendable>(
    _ count: Int, workers: Int = processorCount(), _ body: @Sendable (Int) throws(Failure) -> Value
) throws(Failure) -> [Value] {
    guard count > 16, workers > 1 else {
        var values: [Value] = []
        for index in 0..<count { values.append(try body(index)) }
        return values
    }
    let values = Mutex<[Value?]>(Array(repeating: nil, count: count))
    try forEachInParallel(count, workers: workers, name: "read") { (index) throws(Failure) in
        let value = try body(index)
        values.withLock { $0[index] = value }
    }
    return values.withLock { $0.compactMap { $0 } }
}
