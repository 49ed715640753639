// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let fix = Flag(
        "fix", also: ["heal"], "link damaged packages again, from the cache or newly fetched")
}

extension Verb {
    static let doctor = Verb(
        ["doctor", "check"], "Check every file of an environment, and repair it",
        options: Option.target + [
            .fix, .overrideFrozen, .dryRun,
            .refused("list", "krait makes all its checks at once", hint: "write `krait doctor -n NAME`"),
        ] + Option.network,
        examples: ["krait doctor -n science", "krait doctor -n science --fix"]
    ) { (session, invocation) throws(Failure) in try checkFiles(session, invocation) }

    /// Compares every file with its record, and repairs with `--fix`.
    static func checkFiles(_ session: Session, _ invocation: Invocation) throws(Failure) -> Int32 {
        installSignalHandlers(session.cancellation)
        let prefix = try session.targetPrefix(invocation, try session.settings(invocation))
        let context = try session.context(invocation, prefix: prefix)
        let console = session.console
        let recovered = invocation[.fix] ? try endInterrupted(prefix, context, console) : nil
        let doctor = Doctor(context)
        var first = try doctor.diagnose(prefix)
        first.recovered = recovered
        if !console.isJSON { try console.data(DoctorText.text(of: first)) }
        guard invocation[.fix], !context.settings[.dryRun], !first.isWhole || !first.leftovers.isEmpty else {
            if console.isJSON { try console.data(DoctorText.json(of: first, repair: nil, remaining: nil)) }
            return first.isWhole ? 0 : 1
        }
        let repair = try session.withProgress(of: context, invocation) { () throws(Failure) in
            try doctor.repair(first)
        }
        let last = try doctor.diagnose(prefix)
        if console.isJSON {
            try console.data(DoctorText.json(of: first, repair: repair, remaining: last))
        } else {
            for warning in repair.warnings { console.warn(warning) }
            try console.data("\n" + DoctorText.text(of: repair))
            try console.data(last.isWhole ? "Every file matches its record now.\n" : "\n" + DoctorText.text(of: last))
        }
        return last.isWhole ? 0 : 1
    }

    /// Tells what ending an interrupted change does, and does it, whoever began it.
    private static func endInterrupted(
        _ prefix: String, _ context: Context, _ console: Console
    ) throws(Failure) -> String? {
        if let interrupted = try context.interruptedChange(prefix), !console.isJSON {
            console.say("\(prefix): \(interrupted)")
        }
        return try context.endInterrupted(prefix, isForced: true)
    }
}
