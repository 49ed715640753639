// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Verb {
    /// `env config vars …`, as conda has it.
    static let envConfig = Verb(
        ["config"], "Settings of one environment",
        verbs: [Verb(["vars"], "Variables that activation sets", verbs: [variablesList, variablesSet, variablesUnset])])

    private static let variablesList = Verb(["list"], "Show the variables", options: Option.target) {
        (session, invocation) throws(Failure) in
        let variables = try session.environmentVariables(invocation).list()
        let isMamba = session.dialect.isMamba
        let members = JSON.object(variables.map { JSONMember($0.name, .string($0.value)) })
        try session.console.show(
            isMamba && variables.isEmpty
                ? "No environment variables set.\n" : variables.map { "\($0.name) = \($0.value)\n" }.joined(),
            isMamba ? .object([JSONMember("env_vars", members), MambaText.log]) : members)
        return 0
    }

    private static let variablesSet = Verb(
        ["set"], "Set variables", operands: "NAME=VALUE…", options: Option.target + [.overrideFrozen, .dryRun],
        examples: ["krait env config vars set -n science OMP_NUM_THREADS=4"]
    ) { (session, invocation) throws(Failure) in
        var variables: [(name: String, value: String)] = []
        for word in invocation.operands {
            guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")), equals > word.startIndex else {
                throw Failure(.usage, word, "is not of the form NAME=VALUE")
            }
            variables.append((String(word[..<equals]), String(word[word.utf8.index(after: equals)...])))
        }
        guard !variables.isEmpty else {
            throw Failure(.usage, "krait env config vars set", "needs a variable", hint: "write NAME=VALUE")
        }
        let environment = try session.environmentVariables(invocation)
        try environment.set(variables)
        return try session.tellChanged(environment)
    }

    private static let variablesUnset = Verb(
        ["unset"], "Unset variables", operands: "NAME…", options: Option.target + [.overrideFrozen, .dryRun]
    ) { (session, invocation) throws(Failure) in
        guard !invocation.operands.isEmpty else {
            throw Failure(.usage, "krait env config vars unset", "needs the name of a variable")
        }
        let environment = try session.environmentVariables(invocation)
        // No failure, as with conda: scripts do it again and again.
        for name in try environment.unset(invocation.operands) {
            session.console.warn("`\(name)` is not set in \(environment.prefix)")
        }
        return try session.tellChanged(environment)
    }
}

extension Session {
    fileprivate func environmentVariables(_ invocation: Invocation) throws(Failure) -> EnvironmentVariables {
        let settings = try settings(invocation)
        return try EnvironmentVariables(prefix: try targetPrefix(invocation, settings), settings: settings)
    }

    fileprivate func tellChanged(_ variables: EnvironmentVariables) throws(Failure) -> Int32 {
        if console.isJSON {
            try console.data(
                .object([JSONMember("success", true), JSONMember("prefix", .string(variables.prefix))]))
        } else if try loaded?.get()[.dryRun] == true {
            console.say("Would change the variables of \(variables.prefix)")
        } else if environment["CONDA_PREFIX"] == variables.prefix {
            console.say("The environment is active: `krait reactivate` applies the change to this shell.")
        }
        return 0
    }
}
