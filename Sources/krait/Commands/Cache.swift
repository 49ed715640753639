// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let discard = Flag("fix", "remove damaged packages; they are fetched again when needed")
}

extension Verb {
    static let cache = Verb(
        ["cache"], "Show, verify and share the package cache",
        verbs: [cacheList, cacheDirectories, cacheSize, cacheVerify, cacheLearn, cachePush, cachePull])

    private static let cacheList = Verb(["list"], "Unpacked packages") { (session, invocation) throws(Failure) in
        let entries = CacheContents(try session.context(invocation)).entries()
        var table = TextTable(rightAligned: [1])
        table.append(["# Package", "Size", "Used"])
        for entry in entries { table.append([entry.name, Units.bytes(entry.bytes), entry.isUsed ? "yes" : "no"]) }
        let list = entries.map { entry -> JSON in
            [
                "name": .string(entry.name), "path": .string(entry.directory), "bytes": .unsigned(entry.bytes),
                "files": .unsigned(entry.files), "sha256": .string(entry.sha256), "used": .bool(entry.isUsed),
            ]
        }
        try session.console.show(table.rendered(indent: 0), .array(list))
        return 0
    }

    private static let cacheDirectories = Verb(["dir"], "The package directories, in the order of search") {
        (session, invocation) throws(Failure) in
        let directories = CacheContents(try session.context(invocation)).directories
        try session.console.show(directories.map { $0 + "\n" }.joined(), .strings(directories))
        return 0
    }

    private static let cacheSize = Verb(["size"], "How much the cache holds") { (session, invocation) throws(Failure) in
        let sizes = CacheContents(try session.context(invocation)).sizes()
        let total = sizes.packages + sizes.compiled + sizes.indexes
        var table = TextTable(rightAligned: [1])
        table.append(["packages", Units.bytes(sizes.packages)])
        table.append(["compiled files", Units.bytes(sizes.compiled)])
        table.append(["indexes", Units.bytes(sizes.indexes)])
        table.append(["total", Units.bytes(total)])
        try session.console.show(
            table.rendered(indent: 0),
            [
                "packages": .unsigned(sizes.packages), "compiled": .unsigned(sizes.compiled),
                "indexes": .unsigned(sizes.indexes), "total": .unsigned(total),
            ])
        return 0
    }

    private static let cacheLearn = Verb(
        ["learn"], "Keep the .pyc files of an environment for other environments", options: Option.target,
        cannot: [.dryRun], examples: ["krait cache learn -n science"]
    ) { (session, invocation) throws(Failure) in
        let prefix = try session.targetPrefix(invocation, try session.settings(invocation))
        let context = try session.context(invocation, prefix: prefix)
        installSignalHandlers(session.cancellation)
        let report = try CacheLearning(prefix: prefix, context: context).run()
        if session.console.isJSON {
            try session.console.data(
                .object([
                    JSONMember("success", true), JSONMember("learned", .integer(Int64(report.learned))),
                    JSONMember("changed", .integer(Int64(report.changed))),
                    JSONMember("failed", .integer(Int64(report.failed))),
                    JSONMember("unknown_packages", .integer(Int64(report.unknown))),
                ]))
            return 0
        }
        session.console.say("Learned \(Units.count(report.learned, "compiled file"))")
        if report.changed > 0 {
            session.console.say("\(report.changed) not taken: their sources are not as the packages shipped them")
        }
        if report.failed > 0 { session.console.say("\(report.failed) could not be compiled") }
        if report.unknown > 0 {
            session.console.say("\(Units.count(report.unknown, "package")) skipped: no cache has them")
        }
        return 0
    }

    private static let cacheVerify = Verb(
        ["verify"], "Compare every cached file with what its package shipped", options: [.discard]
    ) { (session, invocation) throws(Failure) in
        let context = try session.context(invocation)
        let contents = CacheContents(context)
        let (checked, damaged) = contents.verify()
        let fixes = invocation[.discard] && !context.settings[.dryRun]
        if fixes { contents.discard(damaged) }
        let remains = fixes ? damaged.contains { !$0.isRemovable } : !damaged.isEmpty
        if session.console.isJSON {
            let list = damaged.map { entry in
                JSON.object([
                    JSONMember("name", .string(entry.name)), JSONMember("path", .string(entry.directory)),
                    JSONMember(
                        "problems",
                        .object(entry.problems.map { JSONMember($0.path, .string($0.problem)) })),
                    JSONMember("discarded", .bool(fixes && entry.isRemovable)),
                ])
            }
            try session.console.data(
                .object([
                    JSONMember("success", .bool(!remains)), JSONMember("checked", .integer(Int64(checked))),
                    JSONMember("damaged", .array(list)),
                ]))
        } else {
            for entry in damaged {
                try session.console.data("\(entry.name)\(fixes && entry.isRemovable ? "  (removed)" : "")\n")
                for (path, problem) in entry.problems { try session.console.data("  \(path)  \(problem)\n") }
            }
            try session.console.data("\(Units.count(checked, "package")) checked, \(damaged.count) damaged\n")
        }
        return remains ? 1 : 0
    }

    private static let cachePush = Verb(
        ["push"], "Upload the packages of a lock to the cache that many machines share (`remote_cache`)",
        operands: "LOCK", options: [.platform, .category, .lockEnvironment],
        cannot: [.dryRun, .downloadOnly], examples: ["krait cache push conda-lock.yml"]
    ) { (session, invocation) throws(Failure) in
        let context = try session.context(invocation)
        installSignalHandlers(session.cancellation)
        let report = try session.withProgress(of: context, invocation) { () throws(Failure) in
            try RemoteCache(context).push(try lockOperand(invocation))
        }
        if session.console.isJSON {
            try session.console.data(
                [
                    "success": true, "sent": .integer(Int64(report.sent)), "bytes": .unsigned(report.bytes),
                    "present": .integer(Int64(report.present)), "unknown": .strings(report.unknown),
                ])
            return 0
        }
        for name in report.unknown { session.console.warn("\(name) was not sent: the lock does not have its SHA-256") }
        try session.console.data(
            "\(Units.count(report.sent, "package")) sent (\(Units.bytes(report.bytes))), \(report.present) there already\n"
        )
        return 0
    }

    private static let cachePull = Verb(
        ["pull"], "Bring the packages of a lock into this machine's cache", operands: "LOCK",
        options: [.platform, .category, .lockEnvironment], cannot: [.dryRun],
        examples: ["krait cache pull conda-lock.yml"]
    ) { (session, invocation) throws(Failure) in
        let context = try session.context(invocation)
        installSignalHandlers(session.cancellation)
        let result = try session.withProgress(of: context, invocation) { () throws(Failure) in
            try RemoteCache(context).pull(try lockOperand(invocation))
        }
        try session.console.show(
            "\(Units.count(result.fetched, "package")) fetched (\(Units.bytes(result.bytes))), \(result.present) there already\n",
            [
                "success": true, "fetched": .integer(Int64(result.fetched)), "bytes": .unsigned(result.bytes),
                "present": .integer(Int64(result.present)),
            ])
        return 0
    }

    private static func lockOperand(_ invocation: Invocation) throws(Failure) -> ChangeRequest {
        guard let file = invocation.operands.first, invocation.operands.count == 1 else {
            throw Failure(.usage, "krait cache", "takes one lock", hint: "`krait lock` writes one")
        }
        return lockRequest(of: file, invocation)
    }
}
