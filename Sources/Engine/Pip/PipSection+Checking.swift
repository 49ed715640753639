// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform

extension PipSection {
    /// Looks at every line and at the files they name, and at the lines in those, so that nothing of it fails after
    /// the conda packages are in place.
    ///
    /// - Throws: `Failure(.usage)` that names file and line.
    func check() throws(Failure) {
        for group in groups {
            var check = Check(directory: group.directory)
            for requirement in group.requirements {
                try check.run(requirement.text, at: group.place(requirement), base: group.directory)
            }
        }
    }

    private struct Check {
        /// Where the installer will run.
        let directory: String
        private var seen: Set<String> = []

        init(directory: String) { self.directory = directory }

        mutating func run(_ text: String, at place: String, base: String) throws(Failure) {
            let line = PipRequirementLine(text)
            if line.text.isEmpty { return }
            if line.kind == .unknown {
                throw Failure(
                    .usage, place, "`\(line.text)` is not a requirement that pip understands",
                    hint: "write `name==1.0`, `name @ URL`, `-e ./path` or `-r file.txt`")
            }
            for reference in line.localReferences {
                try look(reference, line, at: place, base: base)
            }
        }

        private mutating func look(
            _ reference: PipRequirementLine.LocalReference, _ line: PipRequirementLine, at place: String, base: String
        ) throws(Failure) {
            // Lists inside lists are relative to the list; everything else to where pip runs.
            let isList = reference.role == .requirements || reference.role == .constraints
            var path = Path.absolute(reference.path, base: isList ? base : directory)
            if reference.role == .links, !FileSystem.exists(path) { path = Path.absolute(reference.path, base: base) }
            guard FileSystem.exists(path) else {
                let what = reference.role == .project || reference.role == .links ? "file or directory" : "file"
                throw Failure(.usage, place, "`\(line.text)`: there is no such \(what): \(path)")
            }
            switch reference.role {
            case .requirements, .constraints: try read(path)
            case .project where !line.text.holds("subdirectory="):
                let isProject = ["pyproject.toml", "setup.py", "setup.cfg"].contains {
                    FileSystem.exists("\(path)/\($0)")
                }
                if !isProject {
                    throw Failure(
                        .usage, place, "`\(line.text)`: \(path) is not a Python project",
                        hint: "it needs a pyproject.toml or a setup.py")
                }
            default: break
            }
        }

        private mutating func read(_ path: String) throws(Failure) {
            guard seen.insert(path).inserted else { return }
            let bytes = try readFile(path, limit: 1 << 24)
            var joined: [UInt8] = []
            var first = 0
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                let line = line.last == 0x0D ? line.dropLast() : line
                if joined.isEmpty { first = index + 1 }
                if line.last == UInt8(ascii: "\\") {
                    joined += line.dropLast()
                    continue
                }
                let text = String(decoding: joined + line, as: UTF8.self)
                joined = []
                let requirement = PipRequirementLine(text)
                // Newer pip may know lines that krait does not: only what they name is looked at.
                if requirement.kind == .unknown { continue }
                try run(text, at: "\(path):\(first)", base: Path.parent(path))
            }
        }
    }
}
