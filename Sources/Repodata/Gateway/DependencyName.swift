// SPDX-License-Identifier: BSD-3-Clause

extension UnsafeRawBufferPointer {
    /// The part of a dependency that names a package: `numpy` of `numpy >=2,<3`, `conda-forge::numpy[build=…]`.
    ///
    /// Only finds the name, so that its records can be fetched; what the spec means is for `MatchSpec` to say.
    var dependencyName: UnsafeRawBufferPointer {
        var begin = 0
        var end = 0
        // Where the name's letters end, looking once more behind a `::`.
        while true {
            while begin < count, self[begin] == 0x20 || self[begin] == 0x09 { begin += 1 }
            end = begin
            while end < count, Self.isNamePart(self[end]) { end += 1 }
            guard end + 1 < count, self[end] == UInt8(ascii: ":"), self[end + 1] == UInt8(ascii: ":") else { break }
            begin = end + 2
        }
        return UnsafeRawBufferPointer(rebasing: self[begin..<end])
    }

    /// Letters, digits and `-._`; `/` too, which channels before `::` have.
    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-")...UInt8(ascii: "/"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension RecordBlock {
    /// Calls `body` with the name of each package that the rows depend on, in lower case, each distinct spec once.
    func forEachDependencyName(_ body: (UnsafeRawBufferPointer) -> Void) {
        var isSeen = [Bool](repeating: false, count: stringCount)
        var lowered: [UInt8] = []
        func look(_ number: UInt32) {
            guard number < stringCount, !isSeen[Int(number)] else { return }
            isSeen[Int(number)] = true
            guard let name = string(number)?.dependencyName, name.count > 0 else { return }
            // Virtual packages are the machine's.
            if name.count > 2, name[0] == UInt8(ascii: "_"), name[1] == UInt8(ascii: "_") { return }
            if name.contains(where: { $0 &- 0x41 < 26 }) {
                lowered = name.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
                lowered.withUnsafeBytes { body($0) }
            } else {
                body(name)
            }
        }
        for index in 0..<rowCount {
            let row = row(index)
            for place in 0..<(listCount(row.depends) ?? 0) { look(listElement(row.depends, place)) }
            guard row.has.contains(.additions) else { continue }
            // Who asks for which group is for the solver to find out; what a condition is about is never fetched for it.
            forEachGroup(details(index).extraDepends) { _, depends in depends.forEach(look) }
        }
    }
}
