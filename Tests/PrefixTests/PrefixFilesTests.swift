// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform
import Testing

@testable import Prefix

@Suite struct PrefixFilesTests {
    @Test func pins() throws {
        let tree = TestTree()
        #expect(try PrefixFiles.pinned(tree.path).isEmpty)
        try tree.write("conda-meta/pinned", "# no\n\n numpy 1.*\npython\r\n")
        #expect(try PrefixFiles.pinned(tree.path) == ["numpy 1.*", "python"])
    }

    @Test func frozen() throws {
        let tree = TestTree()
        try PrefixFiles.checkFrozen(tree.path)
        try tree.write("conda-meta/frozen", #"{"message": "ask Ada"}"#)
        let failure = #expect(throws: Failure.self) { try PrefixFiles.checkFrozen(tree.path) }
        #expect(failure?.reason.contains("ask Ada") == true)
        try FileSystem.unlink("\(tree.path)/conda-meta/frozen")
        try tree.write("conda-meta/frozen", "")
        #expect(try PrefixFiles.frozenMessage(tree.path) == "")
    }

    @Test func variables() throws {
        let tree = TestTree()
        try tree.write("conda-meta/state", #"{"version": 1, "env_vars": {"B": "2", "A": 1, "C": null}}"#)
        #expect(try PrefixFiles.variables(tree.path).map { "\($0.name)=\($0.value)" } == ["B=2", "A=1"])
        try PrefixFiles.setVariables([("X", "é \"")], tree.path)
        #expect(try PrefixFiles.variables(tree.path).map { "\($0.name)=\($0.value)" } == ["X=é \""])
        #expect(try tree.read("conda-meta/state").contains("\"version\": 1"))
    }

    @Test func environmentsFile() throws {
        let tree = TestTree()
        let file = EnvironmentsFile(home: tree.path)
        file.register("/opt/a/")
        file.register("/opt/a")
        file.register("\(tree.path)/env")
        file.register("/tmp/placehold_placehold")
        #expect(file.prefixes() == ["/opt/a", "\(tree.path)/env"])
        try tree.write("env/conda-meta/history", "")
        #expect(file.existingPrefixes() == ["\(tree.path)/env"])
        // Looking changes nothing; the list loses what is gone when something else is taken out.
        #expect(file.prefixes() == ["/opt/a", "\(tree.path)/env"])
        file.deregister("\(tree.path)/env")
        #expect(file.prefixes().isEmpty)
        // By hand, and without an end to its last line.
        try FileSystem.unlink("\(tree.path)/.conda/environments.txt")
        try tree.write(".conda/environments.txt", "/opt/a\n/opt/b")
        file.register("/opt/c")
        #expect(file.prefixes() == ["/opt/a", "/opt/b", "/opt/c"])
    }

    /// What one process adds while another takes something out is not lost.
    @Test func environmentsFileOfManyProcesses() throws {
        let tree = TestTree()
        let home = tree.path
        for number in 0..<200 { try tree.write("env/\(number)/conda-meta/history", "") }
        let prefixes = (0..<200).map { "\(tree.path)/env/\($0)" }
        for number in 0..<200 where number % 2 == 0 { EnvironmentsFile(home: home).register(prefixes[number]) }
        try forEachInParallel(200, workers: 8) { (number) throws(Failure) in
            let file = EnvironmentsFile(home: home)
            if number % 2 == 0 { file.deregister(prefixes[number]) } else { file.register(prefixes[number]) }
        }
        let expected = Set((0..<200).filter { $0 % 2 == 1 }.map { prefixes[$0] })
        #expect(Set(EnvironmentsFile(home: home).prefixes()) == expected)
    }
}
