// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures

extension Option {
    fileprivate static let base = Flag("base", "only the path of the root prefix")
    fileprivate static let everything = Flag("all", letter: "a", "also environments and variables")
    fileprivate static let system = Flag("system", letter: "s", "the variables that matter here")
    fileprivate static let licenses = Flag(
        "licenses", also: ["license"], "the terms of krait and of the libraries in it")
    fileprivate static let channelsAlone = Flag(
        "unsafe-channels", "only the URLs of the channels, still without credentials")
    fileprivate static let environments = Flag("envs", letter: "e", "the environments of this user")
}

extension Verb {
    static let info = Verb(
        ["info"], "Show information about krait and this machine",
        options: Option.target + [.base, .environments, .everything, .system, .licenses, .channelsAlone] + [.size]
    ) { (session, invocation) throws(Failure) in
        let table = session.dialect.table
        let console = session.console
        if invocation[.base] {
            guard let root = try session.settings(invocation).rootPrefix else {
                throw Failure(.usage, "krait info --base", "there is no root prefix", hint: "name it with -r")
            }
            try console.show(table.base(root), table.baseDocument(root))
            return 0
        }
        if invocation[.licenses] {
            try console.show(LicenseText.text, LicenseText.json)
            return 0
        }
        if invocation[.environments] { return try session.tellEnvironments(invocation) }
        let settings = try session.settings(invocation)
        let target = try? session.targetPrefix(invocation, settings)
        let information = try Information(try session.context(invocation), target: target)
        if invocation[.channelsAlone] {
            console.warn("credentials are left out; `krait config list --sources channels` shows which file has them")
            try console.show(
                information.channels.map { $0 + "\n" }.joined(), ["channels": .strings(information.channels)])
            return 0
        }
        if console.isJSON {
            try console.data(table.informationDocument(information))
            return 0
        }
        let isSystem = invocation[.system] && !invocation[.everything]
        if !isSystem { try console.data(table.information(information)) }
        if invocation[.everything] { try console.data(table.environments(information.environments)) }
        if invocation[.everything] || isSystem { try console.data(InformationText.variables(information)) }
        return 0
    }
}
