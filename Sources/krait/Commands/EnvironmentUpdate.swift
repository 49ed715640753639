// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Engine
import Failures
import Platform

extension Verb {
    static let envUpdate = Verb(
        ["update"], "Update an environment to match its environment.yml", operands: "",
        options: Option.target + Option.fileInput + Option.channels + Option.solving
            + [.prune, .noPrune, .overrideFrozen, .freezeInstalled] + Option.linking + Option.network,
        examples: ["krait env update -f environment.yml", "krait env update -n science -f environment.yml --prune"]
    ) { (session, invocation) throws(Failure) in
        var files = invocation[.file]
        if files.isEmpty { files = ["environment.yml"] }
        let settings = try session.settings(invocation)
        let isNamed = invocation[.prefix] != nil || invocation[.name] != nil
        let suggested = isNamed ? nil : try EnvironmentFileName.read(files[0], environment: session.environment)
        let prefix = try session.targetPrefix(
            invocation, settings, fileName: suggested, fallbacks: suggested == nil ? .activeOrRoot : .file,
            makesBase: true)
        var request = ChangeRequest(.install, prefix: prefix)
        request.take(invocation)
        request.files = files
        request.pip.upgrades = true
        request.place.mayBeMissing = true
        // conda's meaning: what the file does not ask for goes.
        request.replacesSpecs = invocation[.prune]
        return try Change(session: session, invocation: invocation).run(
            request, try session.context(invocation, prefix: prefix))
    }
}
