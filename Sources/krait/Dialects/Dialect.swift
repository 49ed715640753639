// SPDX-License-Identifier: BSD-3-Clause
import Platform

/// Whose texts and documents the tool prints: its own, or those of the peer whose name it was called by. Programs that
/// call `micromamba`, `mamba` or `conda` read what these print; what is done is the same in all of them.
enum Dialect: String, Sendable, CaseIterable {
    case krait, micromamba, mamba, conda

    /// The dialect of the name the tool was called by: a link or copy may have any of them.
    init(calledAs word: String) {
        // Before anything else is looked at, hence bytes: every start pays for it.
        let name = word.utf8.lastIndex(of: UInt8(ascii: "/")).map { word.utf8[word.utf8.index(after: $0)...] }
        let called = name ?? word.utf8[...]
        if called.elementsEqual("micromamba".utf8) {
            self = .micromamba
        } else if called.elementsEqual("conda".utf8) {
            self = .conda
        } else if called.elementsEqual("mamba".utf8) {
            self = .mamba
        } else {
            self = .krait
        }
    }

    /// micromamba's and mamba's answers differ in their name only.
    var isMamba: Bool { self == .micromamba || self == .mamba }

    /// The version of the peer whose behaviour is followed; scripts compare it with what they need.
    var peerVersion: String {
        switch self {
        case .krait: ""
        case .micromamba, .mamba: "2.8.1"
        case .conda: "26.7.1"
        }
    }

    /// What is printed in each dialect.
    var table: DialectTable {
        switch self {
        case .krait: .krait
        case .micromamba, .mamba: .mamba(named: rawValue)
        case .conda: .conda
        }
    }
}
