// SPDX-License-Identifier: BSD-3-Clause
import Foundation

/// Certificates made by the `openssl` program in a directory of their own.
struct Certificates {
    let directory = FileManager.default.temporaryDirectory.appending(path: "krait-ctls-\(UUID().uuidString)").path

    /// A root called `subject`; a leaf signed by an intermediate certificate signed by the root; and a stranger root.
    init(subject: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        try shell(
            """
            openssl req -x509 -utf8 \(key) -keyout root.key -out root.pem -days 30 -subj "\(subject)"
            openssl req -x509 \(key) -keyout stranger.key -out stranger.pem -days 30 -subj "/CN=Stranger"
            printf 'basicConstraints=critical,CA:true' >ca.txt
            openssl req -new \(key) -keyout middle.key -out middle.csr -subj "/O=krait/CN=Middle"
            openssl x509 -req -in middle.csr -CA root.pem -CAkey root.key -days 30 -extfile ca.txt -out middle.pem
            openssl req -new \(key) -keyout leaf.key -out leaf.csr -subj "/CN=localhost"
            openssl x509 -req -in leaf.csr -CA middle.pem -CAkey middle.key -days 30 -out leaf.pem
            cat leaf.pem middle.pem >chain.pem
            """)
    }

    /// The path of one of the files.
    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// The bytes of one of the files.
    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// Runs a script in the directory.
    func shell(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-e", "-c", "exec 2>log\n" + script]
        process.currentDirectoryURL = URL(filePath: directory)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ScriptFailed(log: (try? text("log")) ?? "") }
    }

    /// A script that did not end well, and what it said.
    struct ScriptFailed: Error { let log: String }

    /// Removes the files.
    func remove() { try? FileManager.default.removeItem(atPath: directory) }
}
