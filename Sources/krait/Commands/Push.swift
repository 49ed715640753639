// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Images
import Platform

extension Option {
    fileprivate static let tlsVerify = SettingOption(
        "tls-verify", takes: "BOOL", sets: .sslVerify, "false: do not verify the registry's certificate")
    fileprivate static let mountFrom = ValueOption(
        "mount-from", takes: "NAME", "a repository of the same registry that may have layers already")
}

extension Verb {
    static let push = Verb(
        ["push"], "Send an image to a registry, from an image layout or straight from a lock",
        operands: "LAYOUT|LOCK REGISTRY/NAME[:TAG]",
        options: [.tlsVerify, .mountFrom] + Option.packing + Option.imaging + Option.channels + Option.network,
        cannot: [.dryRun, .downloadOnly],
        examples: [
            "krait push image registry.example.com/team/science:1.0",
            "krait push conda-lock.yml localhost:5000/science:1.0 --add ./app:/app",
        ]
    ) { (session, invocation) throws(Failure) in
        installSignalHandlers(session.cancellation)
        limitHeapGrowth()
        guard invocation.operands.count == 2 else {
            throw Failure(
                .usage, "krait push", "needs an image and a place for it",
                hint: "krait push image registry.example.com/team/science:1.0")
        }
        let reference = try RegistryReference(invocation.operands[1])
        let context = try session.context(invocation)
        let report = try session.withProgress(of: context, invocation) { () throws(Failure) in
            try push(invocation, reference, context)
        }
        for warning in report.warnings { session.console.warn(warning) }
        try tell(report, invocation.operands[1], session.console)
        return 0
    }

    private static func push(
        _ invocation: Invocation, _ reference: RegistryReference, _ context: Context
    ) throws(Failure) -> PushReport {
        let packer = Packer(context)
        let path = context.absolute(invocation.operands[0])
        let other = invocation[.mountFrom]
        if FileSystem.isDirectory(path) {
            let given = Option.packing + Option.imaging + Option.channels
            if let option = given.first(where: { invocation.has($0) }) {
                throw Failure(
                    .usage, "--\(option.name)", "applies when packing, and \(invocation.operands[0]) is packed already",
                    hint: "leave it out, or push the lock")
            }
            return try packer.push(layout: path, to: reference, mountingFrom: other)
        }
        var change = ChangeRequest(.create, prefix: "")
        change.take(invocation)
        change.specs = []
        change.files = [invocation.operands[0]]
        let plans = try packer.plans(pushing: change, for: invocation[.packedPlatforms])
        // Layers that the registry lacks lie here for a while.
        let output = Path.join(context.scratchDirectory, "image")
        var request = try PackRequest(imageFrom: invocation, output: output, format: .oci, context)
        request.tag = reference.tag
        return try packer.push(plans, as: request, to: reference, mountingFrom: other)
    }

    private static func tell(_ report: PushReport, _ place: String, _ console: Console) throws(Failure) {
        if console.isJSON {
            return try console.data(
                .object([
                    JSONMember("success", true), JSONMember("reference", .string(place)),
                    JSONMember("digest", .string(report.digest)), JSONMember("blobs", .integer(Int64(report.blobs))),
                    JSONMember("sent_blobs", .integer(Int64(report.sentBlobs))),
                    JSONMember("sent_bytes", .integer(Int64(clamping: report.sentBytes))),
                    JSONMember("left_out", ChangeJSON.leftOut(report.leftOut)),
                    JSONMember("warnings", .strings(report.warnings)),
                ]))
        }
        if let line = ChangeTable.leftOutLine(report.leftOut) { console.say(line) }
        let platforms = report.platforms.isEmpty ? "" : " for \(report.platforms.joined(separator: ", "))"
        console.say(
            "Pushed \(place)\(platforms): \(report.sentBlobs) of \(Units.count(report.blobs, "blob")) sent, \(Units.bytes(report.sentBytes))"
        )
        console.say(report.digest)
    }
}
