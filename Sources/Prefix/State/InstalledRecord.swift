// SPDX-License-Identifier: BSD-3-Clause

package import Failures
import Platform

/// A package in a prefix, known by the name of its record; the record is read when somebody asks.
package struct InstalledRecord: Sendable, Hashable {
    package let name: String
    package let version: String
    package let build: String
    /// The record's file, absolute.
    package let path: String

    /// The package whose record is `fileName` in `directory`; nil when the name is not that of a record.
    init?(fileName: String, directory: String) {
        let bytes = Array(fileName.utf8)
        guard bytes.count > 5, bytes.suffix(5).elementsEqual(".json".utf8), bytes[0] != UInt8(ascii: ".") else {
            return nil
        }
        let stem = bytes.dropLast(5)
        guard let last = stem.lastIndex(of: UInt8(ascii: "-")), last > 0,
            let middle = stem[..<last].lastIndex(of: UInt8(ascii: "-")), middle > 0
        else { return nil }
        name = String(decoding: stem[..<middle], as: UTF8.self)
        version = String(decoding: stem[(middle + 1)..<last], as: UTF8.self)
        build = String(decoding: stem[(last + 1)...], as: UTF8.self)
        path = Path.join(directory, fileName)
    }

    /// `name-version-build`
    package var distribution: String { "\(name)-\(version)-\(build)" }

    /// Everything the record tells but its files.
    package func head() throws(Failure) -> PrefixRecord {
        try RecordReader.head(path)
    }

    /// The files of the package as the record tells.
    package func paths() throws(Failure) -> [PrefixPath] {
        try RecordReader.paths(path)
    }

    /// False when no directory is among the files of the package, told by a look at the bytes.
    func mayListDirectories() throws(Failure) -> Bool {
        let file = try MappedFile(path)
        let word = Array("\"directory\"".utf8)
        return try file.withBytes { (bytes) throws(Failure) in bytes.firstOffset(of: word, from: 0) != nil }
    }
}
