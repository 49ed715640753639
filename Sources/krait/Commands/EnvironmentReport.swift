// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let output = ValueOption("output", letter: "o", takes: "FILE", "write this file")
}

extension Verb {
    static let envReport = Verb(
        ["report"],
        "Write an HTML page on the size of an environment: packages, directories, licences, what could be left out",
        options: Option.target + [.output],
        examples: ["krait env report -n science -o science.html", "krait env report -n science --json"]
    ) { (session, invocation) throws(Failure) in
        installSignalHandlers(session.cancellation)
        let prefix = try session.prefixToRead(invocation)
        let context = try session.context(invocation, prefix: prefix)
        let sizes = try EnvironmentSizes(prefix, context: context)
        if let file = invocation[.output] {
            if try session.write(SizesPage.html(sizes), to: file, context) { session.console.say("Wrote \(file)") }
        }
        if session.console.isJSON {
            try session.console.data(SizesPage.json(sizes))
        } else if invocation[.output] == nil {
            try session.console.data(SizesPage.html(sizes))
        }
        return 0
    }
}
