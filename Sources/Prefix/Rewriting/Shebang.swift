// SPDX-License-Identifier: BSD-3-Clause

/// First lines of scripts that systems can run whatever the prefix (Rules §12.4).
enum Shebang {
    /// The first line, or two, of a Python script for the interpreter at `path`.
    static func python(_ path: [UInt8], platform: TargetPlatform) -> [UInt8] {
        if path.count + 2 > platform.shebangLimit || path.contains(UInt8(ascii: " ")) {
            return polyglot(path, arguments: [])
        }
        return Array("#!".utf8) + path
    }

    /// `line` (without its line feed) with each placeholder replaced, and changed where the system could not run it.
    static func replacing(
        _ placeholder: UnsafeRawBufferPointer, with prefix: [UInt8], in line: [UInt8], platform: TargetPlatform
    ) -> [UInt8] {
        let hasSpace = prefix.contains(UInt8(ascii: " "))
        if hasSpace {
            guard contains(placeholder, line) else { return line }
            // The interpreter's path ends at the first space, so it is found before one comes in.
            return replaced(placeholder, with: prefix, in: portable(line))
        }
        let line = replaced(placeholder, with: prefix, in: line)
        return line.count <= platform.shebangLimit ? line : portable(line)
    }

    /// The same interpreter reached another way: for python a shell line that executes the full path, which is also a
    /// Python string; for others `env`, which finds it by name in an activated environment.
    private static func portable(_ line: [UInt8]) -> [UInt8] {
        var start = 2
        while start < line.count, line[start] == 0x20 { start += 1 }
        guard start < line.count, line[start] == UInt8(ascii: "/") else { return line }
        var end = start
        while end < line.count, line[end] != 0x20, line[end] != 0x09, line[end] != 0x0d {
            // A backslash protects a space.
            end += line[end] == UInt8(ascii: "\\") && end + 1 < line.count && line[end + 1] == 0x20 ? 2 : 1
        }
        let path = Array(line[start..<end])
        let rest = line[end...]
        let nameStart = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        if isPython(path[nameStart...]) { return polyglot(path, arguments: rest) }
        return Array("#!/usr/bin/env ".utf8) + path[nameStart...] + rest
    }

    private static func polyglot(_ path: [UInt8], arguments: ArraySlice<UInt8>) -> [UInt8] {
        Array("#!/bin/sh\n'''exec' \"".utf8) + path + Array("\"".utf8) + arguments + Array(" \"$0\" \"$@\" #'''".utf8)
    }

    /// `python`, `python3`, `python3.11`, `python3.13t`.
    private static func isPython(_ name: ArraySlice<UInt8>) -> Bool {
        guard name.starts(with: "python".utf8) else { return false }
        return name.dropFirst(6).allSatisfy {
            ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "t")
        }
    }

    private static func contains(_ part: UnsafeRawBufferPointer, _ line: [UInt8]) -> Bool {
        line.withUnsafeBytes { ByteSearch.first(part, in: $0, from: 0) != nil }
    }

    private static func replaced(
        _ part: UnsafeRawBufferPointer, with prefix: [UInt8], in line: [UInt8]
    ) -> [UInt8] {
        var result: [UInt8] = []
        line.withUnsafeBytes { bytes in
            var position = 0
            while let found = ByteSearch.first(part, in: bytes, from: position) {
                result.append(contentsOf: bytes[position..<found])
                result.append(contentsOf: prefix)
                position = found + part.count
            }
            result.append(contentsOf: bytes[position...])
        }
        return result
    }
}
