// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Codecs
import Configuration
import Failures
import Platform
import Prefix
import Scenes
import Testing

@testable import Engine

struct EnvironmentVariablesTests {
    private func made() throws -> TemporaryDirectory {
        let prefix = try TemporaryDirectory()
        try prefix.write("", "conda-meta/history")
        return prefix
    }

    private func variables(
        of prefix: TemporaryDirectory, _ environment: [String: String] = [:]
    ) throws -> EnvironmentVariables {
        let process = ProcessEnvironment(
            arguments: ["krait"], variables: environment, currentDirectory: prefix.path, homeDirectory: nil)
        return try EnvironmentVariables(prefix: prefix.path, settings: try Settings.load(process))
    }

    @Test func setListUnset() throws {
        let prefix = try made()
        try prefix.write(#"{"other": 1, "env_vars": {"OLD": "1"}}"#, "conda-meta/state")
        let variables = try variables(of: prefix)
        try variables.set([("NEW", "a b"), ("old", "2")])
        #expect(try variables.list().map { "\($0.name)=\($0.value)" } == ["old=2", "NEW=a b"])
        #expect(try variables.unset(["OLD", "NEVER"]) == ["NEVER"])
        #expect(try variables.list().map(\.name) == ["NEW"])
        let state = try JSON.parse(Array(try prefix.read("conda-meta/state").utf8), subject: "state")
        #expect(state["other"]?.int == 1)
        #expect(state["env_vars"]?["old"]?.string == "***unset***")
    }

    @Test(arguments: ["PATH", "path", "CONDA_PREFIX", "a-b", "1A", ""])
    func namesThatCannotBe(name: String) throws {
        let prefix = try made()
        let variables = try variables(of: prefix)
        #expect(throws: Failure.self) { try variables.set([(name, "x")]) }
        #expect(!prefix.exists("conda-meta/state"))
    }

    @Test func frozen() throws {
        let prefix = try made()
        try prefix.write("", "conda-meta/frozen")
        let variables = try variables(of: prefix)
        #expect(throws: Failure.self) { try variables.set([("A", "x")]) }
        try self.variables(of: prefix, ["MAMBA_DRY_RUN": "1", "CONDA_PROTECT_FROZEN_ENVS": "no"]).set([("A", "x")])
        #expect(try variables.list().isEmpty)
        try self.variables(of: prefix, ["CONDA_PROTECT_FROZEN_ENVS": "no"]).set([("A", "x")])
        #expect(try variables.list().count == 1)
    }

    @Test func noEnvironment() throws {
        let place = try TemporaryDirectory()
        #expect(throws: Failure.self) { try variables(of: place) }
    }

    @Test func factsOfAnEnvironment() throws {
        let prefix = try made()
        try prefix.write(#"{"ONE": "1", "TWO": 2, "NONE": null}"#, "etc/conda/env_vars.d/b.json")
        try prefix.write(#"{"ONE": "0", "state": "p"}"#, "etc/conda/env_vars.d/a.json")
        try prefix.write("not json", "etc/conda/env_vars.d/c.json")
        try prefix.write("", "etc/conda/activate.d/x.sh")
        try prefix.write("", "etc/conda/activate.d/x.fish")
        try prefix.write(#"{"env_vars": {"STATE": "s"}}"#, "conda-meta/state")
        let facts = ActivationFacts(shell: .bash)
        let read = facts.read(prefix.path)
        #expect(read.variables.map { "\($0.name)=\($0.value)" } == ["ONE=1", "TWO=2", "STATE=s"])
        #expect(read.activateScripts == ["\(prefix.path)/etc/conda/activate.d/x.sh"])
        #expect(facts.notes.count == 2, "a file that is no JSON, and a variable said twice")
        #expect(ActivationFacts(shell: .bash).read("/nowhere") == PrefixFacts(path: "/nowhere"))
    }

    @Test func activationOfWhatIsNotThere() throws {
        let place = try TemporaryDirectory()
        let settings = Settings(environment: place.environment())
        let activation = ShellActivation(shell: .bash, settings: settings)
        #expect(throws: Failure.self) { try activation.activate(place.path + "/none", stack: false) }
        #expect(try activation.deactivate().code == "")
        #expect(throws: Failure.self) {
            try RunCommand(RunCommand.Request(prefix: place.path, command: ["true"]), settings: settings)
        }
    }

    @Test func exitCodesOfWhatCannotStart() {
        #expect(RunCommand.exitCode(for: Failure(.other, "x", "no such command")) == 127)
        #expect(RunCommand.exitCode(for: Failure(.system, "x", "gone", cause: Errno.noEntry)) == 127)
        #expect(RunCommand.exitCode(for: Failure(.system, "x", "denied", cause: Errno.access)) == 126)
    }
}
