// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let discard = Flag("fix", "throw damaged packages away, to be fetched again when needed")
}

extension Verb {
    static let cache = Verb(
        ["cache"], "Look into the package cache",
        verbs: [cacheList, cacheDirectories, cacheSize, cacheVerify, cacheLearn])

    private static let cacheList = Verb(["list"], "Unpacked packages") { (session, invocation) throws(Failure) in
        let entries = CacheContents(try session.context(invocation)).entries()
        if session.console.isJSON {
            let list = entries.map { entry in
                JSON.object([
                    JSONMember("name", .string(entry.name)), JSONMember("path", .string(entry.directory)),
                    JSONMember("bytes", .unsigned(entry.bytes)), JSONMember("files", .unsigned(entry.files)),
                    JSONMember("sha256", .string(entry.sha256)), JSONMember("used", .bool(entry.isUsed)),
                ])
            }
            try session.console.data(.array(list))
            return 0
        }
        var table = TextTable(rightAligned: [1])
        table.append(["# Package", "Size", "Used"])
        for entry in entries { table.append([entry.name, Units.bytes(entry.bytes), entry.isUsed ? "yes" : "no"]) }
        try session.console.data(table.rendered(indent: 0))
        return 0
    }

    private static let cacheDirectories = Verb(["dir"], "The package directories, in the order of search") {
        (session, invocation) throws(Failure) in
        let directories = CacheContents(try session.context(invocation)).directories
        if session.console.isJSON {
            try session.console.data(.strings(directories))
        } else {
            try session.console.data(directories.map { $0 + "\n" }.joined())
        }
        return 0
    }

    private static let cacheSize = Verb(["size"], "How much the cache holds") { (session, invocation) throws(Failure) in
        let sizes = CacheContents(try session.context(invocation)).sizes()
        let total = sizes.packages + sizes.compiled + sizes.indexes
        if session.console.isJSON {
            try session.console.data(
                .object([
                    JSONMember("packages", .unsigned(sizes.packages)),
                    JSONMember("compiled", .unsigned(sizes.compiled)),
                    JSONMember("indexes", .unsigned(sizes.indexes)), JSONMember("total", .unsigned(total)),
                ]))
            return 0
        }
        var table = TextTable(rightAligned: [1])
        table.append(["packages", Units.bytes(sizes.packages)])
        table.append(["compiled files", Units.bytes(sizes.compiled)])
        table.append(["indexes", Units.bytes(sizes.indexes)])
        table.append(["total", Units.bytes(total)])
        try session.console.data(table.rendered(indent: 0))
        return 0
    }

    private static let cacheLearn = Verb(
        ["learn"], "Keep what Python has compiled in an environment, for the others", options: Option.target,
        examples: ["krait cache learn -n science"]
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
            session.console.say("\(Units.count(report.unknown, "package")) passed over: no cache has them")
        }
        return 0
    }

    private static let cacheVerify = Verb(
        ["verify"], "Compare every cached file with what its package shipped", options: [.discard]
    ) { (session, invocation) throws(Failure) in
        let contents = CacheContents(try session.context(invocation))
        let (checked, damaged) = contents.verify()
        let fixes = invocation[.discard]
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
                try session.console.data("\(entry.name)\(fixes && entry.isRemovable ? "  (thrown away)" : "")\n")
                for (path, problem) in entry.problems { try session.console.data("  \(path)  \(problem)\n") }
            }
            try session.console.data("\(Units.count(checked, "package")) checked, \(damaged.count) damaged\n")
        }
        return remains ? 1 : 0
    }
}
