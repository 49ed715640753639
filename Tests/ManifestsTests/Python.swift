// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Foundation
import Testing

/// The project's own python (`scripts/setup`), which has PyYAML, py-rattler and packaging: the oracles.
let python: URL? = {
    let file = packageRoot.appendingPathComponent(".venv/bin/python")
    return FileManager.default.isExecutableFile(atPath: file.path) ? file : nil
}()

/// What a python script prints, read as JSON; `input` is given to it on stdin.
func runPython(_ script: String, _ arguments: [String] = [], input: JSON = .null) throws -> JSON {
    let program = Process()
    let executable: URL = try #require(python)
    program.executableURL = executable
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("krait-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(input.serialized()).write(to: file)
    program.arguments = ["-c", script, file.path] + arguments
    let output = Pipe()
    program.standardOutput = output
    try program.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    program.waitUntilExit()
    #expect(program.terminationStatus == 0)
    return try JSON.parse([UInt8](data), subject: "oracle")
}
