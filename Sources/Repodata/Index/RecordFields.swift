// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// Bytes that lie in a buffer which the holder keeps alive; nothing at all when `start` is nil.
struct ByteSlice {
    var start: UnsafePointer<UInt8>?
    var count: Int

    static var none: ByteSlice { ByteSlice(start: nil, count: 0) }

    var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}

extension UnsafeRawBufferPointer {
    /// True when both hold the same bytes.
    @inline(__always)
    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let left = baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, count) == 0
    }
}

/// What one record of a repodata says, as slices of the document it was read from (Rules §4.2).
struct RecordFields {
    var name = ByteSlice.none
    var version = ByteSlice.none
    var build = ByteSlice.none
    var license = ByteSlice.none
    var licenseFamily = ByteSlice.none
    var pythonSitePackagesPath = ByteSlice.none
    /// Lists in the notation of the document, brackets or heads included.
    var depends = ByteSlice.none
    var constrains = ByteSlice.none
    var flags = ByteSlice.none
    /// A map of lists, in the notation of the document.
    var extraDepends = ByteSlice.none
    /// A list, or a text that holds one.
    var trackFeatures = ByteSlice.none
    var trackFeaturesAreText = false
    /// Members that have no field here, as JSON text without the braces.
    var others = ByteSlice.none
    var buildNumber: UInt64 = 0
    var size: UInt64 = 0
    var timestamp: UInt64 = 0
    var indexedTimestamp: UInt64 = 0
    var sha256: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var md5: (UInt64, UInt64) = (0, 0)
    var noarch: UInt8 = 0
    var has = Presence()
    /// True when a value has the wrong type; such a record is left out.
    var isBad = false

    /// Which of the fixed-size fields are there.
    struct Presence: OptionSet {
        let rawValue: UInt32
        static let buildNumber = Presence(rawValue: 1)
        static let size = Presence(rawValue: 2)
        static let timestamp = Presence(rawValue: 4)
        static let sha256 = Presence(rawValue: 8)
        static let md5 = Presence(rawValue: 16)
        /// There are flags or groups of dependencies (CEP 44, 45).
        static let additions = Presence(rawValue: 32)
        static let indexedTimestamp = Presence(rawValue: 64)
    }

    /// What the lists are written in.
    enum Notation { case json, messagePack }
}

/// What kind of archive a block of records lists.
enum ArchiveKind: UInt32, Sendable {
    case tarBzip2 = 0
    case conda = 1

    /// The end of the file names, with the dot.
    var suffix: StaticString {
        switch self {
        case .tarBzip2: ".tar.bz2"
        case .conda: ".conda"
        }
    }
    /// A file's name without its suffix, and the kind that the suffix says; nil when it says none. `self` is the likely one:
    /// `packages` lists `.conda` archives too in some channels.
    @inline(__always)
    func stem(of name: ByteSlice) -> (ByteSlice, ArchiveKind)? {
        if has(name) { return (stem(name), self) }
        let other: ArchiveKind = self == .conda ? .tarBzip2 : .conda
        return other.has(name) ? (other.stem(name), other) : nil
    }

    private func has(_ name: ByteSlice) -> Bool {
        let length = suffix.utf8CodeUnitCount
        guard let start = name.start, name.count > length else { return false }
        return memcmp(start + (name.count - length), suffix.utf8Start, length) == 0
    }

    private func stem(_ name: ByteSlice) -> ByteSlice {
        ByteSlice(start: name.start, count: name.count - suffix.utf8CodeUnitCount)
    }
}
