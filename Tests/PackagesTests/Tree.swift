// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Foundation

/// A tree of files as text, one line for each path: kind, executable or not, size and digest, or the link's target.
func describeTree(_ root: String, leavingOut: (String) -> Bool = { _ in false }) -> [String: String] {
    var lines: [String: String] = [:]
    func walk(_ directory: String, _ prefix: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            let path = directory + "/" + name
            let relative = prefix + name
            if leavingOut(relative) { continue }
            var status = stat()
            lstat(path, &status)
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                lines[relative] = "directory"
                walk(path, relative + "/")
            case S_IFLNK:
                lines[relative] = "link " + ((try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? "?")
            case S_IFREG:
                let bytes = [UInt8](FileManager.default.contents(atPath: path) ?? Data())
                // Names of one file share its mode; readers differ in whose header they believe.
                let executable = status.st_nlink > 1 ? "h" : status.st_mode & 0o100 != 0 ? "x" : "-"
                lines[relative] = "file \(executable) \(bytes.count) \(sha256(of: bytes).hex)"
            default:
                lines[relative] = "other"
            }
        }
    }
    walk(root, "")
    return lines
}
