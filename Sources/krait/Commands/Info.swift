// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Engine
import Failures

extension Option {
    fileprivate static let base = Flag("base", "only the path of the root prefix")
    fileprivate static let environments = Flag("envs", letter: "e", "the environments of this user")
}

extension Verb {
    static let info = Verb(
        ["info"], "Show what krait knows of itself and this machine",
        options: Option.target + [.base, .environments]
    ) { (session, invocation) throws(Failure) in
        let table = session.dialect.table
        let console = session.console
        if invocation[.base] {
            guard let root = try session.settings(invocation).rootPrefix else {
                throw Failure(.usage, "krait info --base", "there is no root prefix", hint: "name it with -r")
            }
            try console.isJSON ? console.data(table.baseDocument(root)) : console.data(table.base(root))
            return 0
        }
        if invocation[.environments] { return try session.tellEnvironments(invocation) }
        let settings = try session.settings(invocation)
        let target = try? session.targetPrefix(invocation, settings)
        let information = try Information(try session.context(invocation), target: target)
        if console.isJSON {
            try console.data(table.informationDocument(information))
        } else {
            try console.data(table.information(information))
        }
        return 0
    }
}
