// SPDX-License-Identifier: BSD-3-Clause
import Platform

extension CachedEnvironment {
    /// What stands beside the environments of one request: which of them is in effect.
    struct Record: Equatable {
        /// The digest of the whole request, of which the directory's name has only a part.
        var key: String
        /// The name of the environment's directory.
        var name: String
        /// When the channels were asked last, in nanoseconds since 1970.
        var checked: Int64

        static let fileName = "record"
        private static let firstLine = "krait-exec 1"

        init(key: String, name: String, checked: Int64) {
            self.key = key
            self.name = name
            self.checked = checked
        }

        /// The record in `directory`; nil when there is none that is understood.
        init?(in directory: String) {
            guard let bytes = try? readFileIfPresent(Path.join(directory, Self.fileName), limit: 4096) else {
                return nil
            }
            let lines = bytes.split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
            guard lines.count >= 4, lines[0] == Self.firstLine, let checked = Int64(lines[3]) else { return nil }
            self.init(key: lines[1], name: lines[2], checked: checked)
        }

        var bytes: [UInt8] { Array("\(Self.firstLine)\n\(key)\n\(name)\n\(checked)\n".utf8) }
    }
}
