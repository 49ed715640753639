// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures

extension Option {
    /// For verbs that take an environment or a lock.
    static let lockInstead = ValueOption(
        "file", letter: "f", takes: "FILE", "a lock in place of an environment: @EXPLICIT, conda-lock.yml or pixi.lock")
    fileprivate static let format = ValueOption("format", takes: "FORMAT", "cyclonedx (1.6, the default) or spdx (2.3)")
    fileprivate static let output = ValueOption("output", letter: "o", takes: "FILE", "write this file")
}

extension Verb {
    static let bill = Verb(
        ["sbom"], "Write a software bill of materials (SBOM) of an environment, a lock or an image",
        operands: "[IMAGE]",
        options: Option.target + [
            .lockInstead, .format, .output, .platform, .category, .lockEnvironment,
        ],
        examples: [
            "krait sbom -n science > science.cdx.json", "krait sbom registry.example.com/team/science:1.0",
            "krait sbom -f conda-lock.yml --format spdx -o lock.spdx.json",
        ]
    ) { (session, invocation) throws(Failure) in
        let format = invocation[.format] ?? "cyclonedx"
        guard format == "cyclonedx" || format == "spdx" else {
            throw Failure(.usage, format, "is not an SBOM format", hint: "it is cyclonedx or spdx")
        }
        let context: Context
        let bill: BillOfMaterials
        if let image = try imageOperand(invocation, "sbom") {
            context = try session.context(invocation)
            bill = try ImageEnvironment.read(
                image, place: invocation[.prefix], context: context
            ) { (prefix) throws(Failure) in try BillOfMaterials(prefix: prefix, context: context) }
        } else if let request = try lockRequest(session, invocation) {
            context = try session.context(invocation)
            bill = try BillOfMaterials(lock: request, context: context)
        } else {
            let prefix = try session.prefixToRead(invocation)
            context = try session.context(invocation, prefix: prefix)
            bill = try BillOfMaterials(prefix: prefix, context: context)
        }
        for warning in bill.warnings { session.console.warn(warning) }
        let time = context.sourceDateEpoch
        let document = format == "spdx" ? bill.spdx(at: time) : bill.cycloneDX(at: time)
        guard let file = invocation[.output] else {
            try session.console.data(document)
            return 0
        }
        try session.write(String(decoding: document.serialized(indent: 2), as: UTF8.self) + "\n", to: file, context)
        if session.console.isJSON {
            try session.console.data(
                [
                    "success": true, "file": .string(file), "format": .string(format),
                    "warnings": .strings(bill.warnings),
                ])
        }
        return 0
    }

    /// The image that is meant in place of an environment, if one is.
    static func imageOperand(_ invocation: Invocation, _ verb: String) throws(Failure) -> String? {
        guard let image = invocation.operands.first else { return nil }
        guard invocation.operands.count == 1, invocation[.name] == nil, invocation[.lockInstead] == nil else {
            throw Failure(.usage, "krait \(verb)", "takes one image, a lock with -f, or an environment with -n or -p")
        }
        return image
    }

    /// What `-f` asks for; nil when an environment is meant.
    static func lockRequest(_ session: Session, _ invocation: Invocation) throws(Failure) -> ChangeRequest? {
        guard let file = invocation[.lockInstead] else { return nil }
        if invocation[.name] != nil || invocation[.prefix] != nil {
            throw Failure(.usage, file, "cannot be combined with an environment", hint: "give -f, or -n or -p")
        }
        return lockRequest(of: file, invocation)
    }

    /// The packages of the lock `file`, by the options that choose among them.
    static func lockRequest(of file: String, _ invocation: Invocation) -> ChangeRequest {
        var request = ChangeRequest(.create, prefix: "")
        request.files = [file]
        request.categories = invocation[.category]
        request.lockEnvironment = invocation[.lockEnvironment]
        return request
    }
}
