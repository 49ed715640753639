// SPDX-License-Identifier: BSD-3-Clause

package import Conda
package import Failures
package import Platform

extension History.Revision {
    /// A transaction of krait at `seconds` since 1970, with the words the user typed; `isUniversal` tells the time in UTC, so
    /// that it does not depend on where this runs.
    package init(
        seconds: Int64, arguments: [String], version: String, unlinked: [PackageRecord] = [],
        linked: [PackageRecord] = [], updateSpecs: [String] = [], removeSpecs: [String] = [],
        neuteredSpecs: [String] = [], channels: [String] = [], isList: Bool = false, isUniversal: Bool = false
    ) {
        self.init()
        let time = isUniversal ? universalTime(seconds) : localTime(seconds)
        date =
            "\(Self.digits(time.year, 4))-\(Self.digits(time.month))-\(Self.digits(time.day)) "
            + "\(Self.digits(time.hour)):\(Self.digits(time.minute)):\(Self.digits(time.second))"
        command = arguments.joined(separator: " ")
        tool = "krait \(version)"
        self.unlinked = unlinked.map(Self.line).sorted()
        self.linked = linked.map(Self.line).sorted()
        self.updateSpecs = updateSpecs
        self.removeSpecs = removeSpecs
        self.neuteredSpecs = neuteredSpecs
        self.channels = channels
        isMarkedAsList = isList
    }

    /// The lines of the history file.
    package var text: String {
        var lines = ["==> \(date) <=="]
        if !command.isEmpty { lines.append("# cmd: \(Self.oneLine(command))") }
        if let space = tool.lastIndex(of: " ") {
            lines.append("# \(tool[..<space]) version: \(tool[tool.index(after: space)...])")
        }
        if !channels.isEmpty { lines.append("# channels: \(SpecList.text(channels))") }
        lines += unlinked.map { "-\($0)" }
        lines += linked.map { "+\($0)" }
        if !updateSpecs.isEmpty { lines.append("# update specs: \(SpecList.text(updateSpecs))") }
        if !removeSpecs.isEmpty { lines.append("# remove specs: \(SpecList.text(removeSpecs))") }
        if !neuteredSpecs.isEmpty { lines.append("# neutered specs: \(SpecList.text(neuteredSpecs))") }
        if isMarkedAsList { lines.append("# list: true") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `https://conda.anaconda.org/conda-forge/linux-64::numpy-2.1.0-py311_0`
    private static func line(_ record: PackageRecord) -> String {
        var channel = record.channel
        while channel.utf8.last == UInt8(ascii: "/") { channel.removeLast() }
        if channel.isEmpty { channel = "<unknown>" }
        return "\(channel)/\(record.subdir)::\(record.distribution)"
    }

    private static func digits(_ number: Int, _ count: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}

extension History {
    /// Adds `revision` to the history below `root`, an open prefix that nobody else sees yet.
    package static func append(
        _ revision: Revision, at root: DirectoryReference, sourceDateEpoch: Int64? = nil
    ) throws(Failure) {
        try appendToFile("conda-meta/history", Array(revision.text.utf8), at: root)
        if let sourceDateEpoch {
            try FileSystem.setModified("conda-meta/history", FileTime(seconds: sourceDateEpoch), at: root)
        }
    }
}
