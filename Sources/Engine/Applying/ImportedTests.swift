// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Platform
import Synchronization

/// Which directories of tests may be left out: those named `tests` among python packages, and python's own.
///
/// Some packages import theirs when they are imported themselves (astropy, tables), which their `__init__.py` shows; those
/// stay. `testing` is the name of what packages offer to the tests of others, and stays too.
final class ImportedTests: Sendable {
    /// By the path of a package's `__init__.py`: whether it imports the tests beside it.
    private let known = Mutex<[String: Bool]>([:])

    /// Whether `path` of the prefix is in a directory of tests that nothing shows to be needed.
    func areLeftOut(_ path: String, source: String) -> Bool {
        let parts = path.split(separator: "/")
        guard parts.count > 3, parts[0] == "lib", parts[1].hasPrefix("python") else { return false }
        if parts[2] != "site-packages" {
            // `lib/python3.11/test/…`, `lib/python3.11/ctypes/test/…`
            return parts[2..<min(4, parts.count - 1)].contains { $0 == "test" || $0 == "tests" || $0 == "idle_test" }
        }
        guard let place = parts[3..<(parts.count - 1)].firstIndex(of: "tests") else { return false }
        let inner = parts[2..<place].joined(separator: "/") + "/__init__.py"
        let isNeeded = known.withLock { $0["\(source)/\(inner)"] }
        if let isNeeded { return !isNeeded }
        // Of python packages for every platform the environment's python decides where they go.
        let imports = ["", "\(parts[0])/\(parts[1])/"].contains { head in
            Self.imports(testsIn: "\(source)/\(head)\(inner)")
        }
        known.withLock { $0["\(source)/\(inner)"] = imports }
        return !imports
    }

    /// Whether a line of the file imports something with `tests` in its name. What cannot be read may do so.
    private static func imports(testsIn path: String) -> Bool {
        guard let found = try? readFileIfPresent(path, limit: 4 << 20) else { return FileSystem.exists(path) }
        return String(decoding: found, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard line.hasPrefix("from ") || line.hasPrefix("import ") else { return false }
            return line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains("tests")
        }
    }
}
