// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Engine
import Failures

extension Verb {
    static let create = Verb(
        ["create"], "Make a new environment", operands: "[SPEC…]",
        options: Option.target + [.clone, .asIs, .pristine, .noDefaultPackages] + Option.fileInput + Option.channels
            + Option.solving
            + Option.linking + Option.network,
        examples: [
            "krait create -n science python=3.12 'numpy>=2' pandas",
            "krait create -p ./env -f environment.yml",
            "krait create -p /env -f conda-lock.yml --category main,dev",
            "krait create --clone science -n experiment",
        ]
    ) { (session, invocation) throws(Failure) in
        let settings = try session.settings(invocation)
        if invocation[.name] == nil, invocation[.prefix] == nil {
            try session.context(invocation).requireSpecs(invocation.operands)
        }
        let suggested = try suggestedName(invocation, session)
        let prefix = try session.targetPrefix(invocation, settings, fileName: suggested, fallbacks: .file)
        if invocation[.clone] != nil {
            return try Clone(session: session, invocation: invocation).create(
                prefix, try session.context(invocation, prefix: prefix))
        }
        var request = ChangeRequest(.create, prefix: prefix)
        request.take(invocation)
        request.place.mayBeReplaced = true
        request.place.mayHoldFiles = session.dialect.table.createsAmongFiles
        return try Change(session: session, invocation: invocation).run(
            request, try session.context(invocation, prefix: prefix))
    }

    /// The name or prefix that an environment file suggests, read only when the command line names none.
    private static func suggestedName(_ invocation: Invocation, _ session: Session) throws(Failure) -> String? {
        guard invocation[.prefix] == nil, invocation[.name] == nil, let file = invocation[.file].first else {
            return nil
        }
        return try EnvironmentFileName.read(file, environment: session.environment)
    }
}
