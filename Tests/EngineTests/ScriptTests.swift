// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Scripts that say what they need")
struct ScriptTests {
    private static func script(_ scene: Scene, _ name: String, _ metadata: String?) throws -> ScriptRequest? {
        let lines = metadata.map {
            "# /// script\n" + $0.split(separator: "\n").map { "# \($0)\n" }.joined() + "# ///\n"
        }
        try scene.write(name, (lines ?? "") + "print(1)\n")
        return try ScriptRequest(name, scene.environment())
    }

    /// A script's name and metadata, what runs it, its specs and what pip gets.
    static let scripts: [(String, String?, [String], [String], [String])] = [
        ("x.py", nil, ["python"], ["python"], []),
        ("x.sh", nil, ["sh"], [], []),
        ("x.R", nil, ["Rscript"], ["r-base"], []),
        ("x.js", nil, ["node"], ["nodejs"], []),
        ("x.py", "requires-python = '>=3.11'", ["python"], ["python >=3.11"], []),
        ("x.py", "requires-python = '>=3.11, <4'", ["python"], ["python >=3.11,<4"], []),
        ("x.py", "dependencies = ['rich']", ["python"], ["python", "pip"], ["rich"]),
        ("x.py", "dependencies = []", ["python"], ["python"], []),
    ]

    @Test(arguments: scripts)
    func request(name: String, metadata: String?, interpreter: [String], specs: [String], pip: [String]) throws {
        let scene = try Scene([])
        let script = try #require(try Self.script(scene, name, metadata))
        #expect(script.interpreter == interpreter && script.path == "\(scene.path)/\(name)")
        var request = ChangeRequest(.create, prefix: "/env")
        try script.add(to: &request, usesLock: false)
        #expect(request.specs == specs && request.pip.requirements == pip)
        #expect(request.pip.file == (pip.isEmpty ? "" : script.path))
    }

    @Test(arguments: ["ruff", "e.yml", "x.txt", "x.lock", "x-1-0.conda", "gone.x"])
    func noScript(word: String) throws {
        #expect(try ScriptRequest(word, try TemporaryDirectory().environment()) == nil)
    }

    @Test(arguments: ["gone.py", "./gone", "dir/gone.sh"])
    func missing(word: String) throws {
        let failure = try failure { try ScriptRequest(word, try TemporaryDirectory().environment()) }
        #expect(failure.code == .usage && failure.subject == word && failure.reason == "there is no such file")
    }

    @Test func nothingIsKnownOfIt() throws {
        let scene = try Scene([])
        let failure = try failure { try Self.script(scene, "x.data", nil) }
        #expect(failure.reason == "is a file without metadata on what it needs")
    }

    @Test func itsLockIsUsed() throws {
        let scene = try Scene([])
        let script = try #require(try Self.script(scene, "x.py", nil))
        #expect(script.lock == "\(scene.path)/x.py.conda-lock.yml")
        var request = ChangeRequest(.create, prefix: "/env")
        try script.add(to: &request, usesLock: true)
        #expect(request.files.isEmpty && !request.locked)
        try scene.write("x.py.conda-lock.yml", "")
        try script.add(to: &request, usesLock: true)
        #expect(request.files == [script.lock] && request.locked)
        try script.requireOwnLock()
        let told = script.explaining(Failure(.unsatisfiable, script.lock, "does not fit"))
        #expect(told.hint == "lock again with `krait lock x.py`")
        #expect(script.explaining(Failure(.unsatisfiable, "other", "no")).hint == nil)
    }
}
