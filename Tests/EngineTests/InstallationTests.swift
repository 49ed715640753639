// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Foundation
import Scenes
import Testing

@testable import Engine

@Suite("How this copy came to be here")
struct InstallationTests {
    /// Files around an executable, and what they tell; `P` is where they are.
    static let installations: [([String], String, @Sendable (String) -> Installation)] = [
        (["bin/krait", "conda-meta/krait-0.2.0-0.json"], "bin/krait", { .conda(prefix: $0) }),
        (
            ["bin/krait", "lib/python3.12/site-packages/krait-0.2.0.dist-info/RECORD"], "bin/krait",
            { .python(prefix: $0) }
        ),
        (
            ["uv/tools/krait/bin/krait", "uv/tools/krait/lib/python3.12/site-packages/krait-0.2.0.dist-info/RECORD"],
            "uv/tools/krait/bin/krait", { _ in .uvTool }
        ),
        (
            [
                "pipx/venvs/krait/bin/krait",
                "pipx/venvs/krait/lib/python3.12/site-packages/krait-0.2.0.dist-info/RECORD",
            ],
            "pipx/venvs/krait/bin/krait", { _ in .pipx }
        ),
        (["bin/krait"], "bin/krait", { _ in .file }),
        (["bin/krait", "conda-meta/kraits-1.json"], "bin/krait", { _ in .file }),
        (["bin/krait", "conda-meta/krait-x-0.json"], "bin/krait", { _ in .file }),
    ]

    @Test(arguments: installations.indices)
    func installation(_ row: Int) throws {
        let (files, executable, expected) = Self.installations[row]
        let place = try TemporaryDirectory()
        for file in files { try place.write("", file) }
        let real = URL(fileURLWithPath: place.path).resolvingSymlinksInPath().path
        #expect(Installation(executable: "\(place.path)/\(executable)") == expected(real))
    }
}
