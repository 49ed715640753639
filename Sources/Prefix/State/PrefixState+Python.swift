// SPDX-License-Identifier: BSD-3-Clause

package import Failures
import Platform

extension PrefixState {
    /// Of each of ``records`` the names of the directories and files that describe python packages (`idna-3.7.dist-info`) and
    /// lie in `folder` itself, a path in the prefix: what lies deeper is a copy for some package's own use. Records are
    /// searched for them, not parsed.
    package func pythonMetadata(directlyIn folder: String) throws(Failure) -> [Set<String>] {
        let opening = Array("\"\(folder)/".utf8)
        return try inParallel(records.count) { (index) throws(Failure) in
            let file = try MappedFile(records[index].path)
            return try file.withBytes { (bytes) throws(Failure) in
                Self.pythonMetadata(in: bytes).filter {
                    bytes.firstOffset(of: opening + Array($0.utf8), from: 0) != nil
                }
            }
        }
    }

    /// The python package that a directory or file of metadata describes, in the spelling of PEP 503: `idna` for
    /// `idna-3.7.dist-info`; nil for what is none.
    package static func pythonPackage(describedBy name: String) -> String? { PythonDistribution.name(of: name) }

    /// The names that end in `.dist-info` or `.egg-info` in paths of a record.
    static func pythonMetadata(in bytes: UnsafeRawBufferPointer) -> Set<String> {
        var names: Set<String> = []
        var last: ArraySlice<UInt8> = []
        let ending = Array("-info".utf8)
        var start = 0
        while let place = bytes.firstOffset(of: ending, from: start) {
            start = place + ending.count
            guard place >= 5, start < bytes.count,
                bytes[start] == UInt8(ascii: "/") || bytes[start] == UInt8(ascii: "\"")
            else { continue }
            let kind = bytes[(place - 5)..<place]
            guard kind.elementsEqual(".dist".utf8) || kind.dropFirst().elementsEqual(".egg".utf8) else { continue }
            var first = place
            while first > 0, !"/\"".utf8.contains(bytes[first - 1]) { first -= 1 }
            let name = bytes[first..<start]
            // A package's paths name the same directory one after another.
            if name.elementsEqual(last) { continue }
            last = Array(name)[...]
            names.insert(String(decoding: name, as: UTF8.self))
        }
        return names
    }
}
