// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Images
import Platform

extension Option {
    fileprivate static let packed = ValueOption(
        "source", letter: "p", takes: "DIR", "pack the environment in this directory")
    fileprivate static let place = ValueOption(
        "prefix", takes: "DIR", "where the environment will be when it runs (/env)")
    fileprivate static let output = ValueOption(
        "output", letter: "o", takes: "PATH", "what to write; its extension decides the format of an archive")
    fileprivate static let format = ValueOption(
        "format", takes: "FORMAT", "oci, oci-archive, docker-archive, tar, tar.gz, tar.zst, zip, squashfs or exe")
    fileprivate static let layers = ValueOption(
        "layers", takes: "N", "how many layers an image gets at most, 1 to 100 (10)")
    fileprivate static let compress = ValueOption(
        "compress", takes: "METHOD", "how layers are compressed: gzip, zstd or none (gzip)")
    fileprivate static let base = ValueOption(
        "base", takes: "IMAGE", "the image below: a layout, an archive, REGISTRY/NAME@sha256:…, or scratch")
    fileprivate static let libc = ValueOption(
        "libc", takes: "FROM", "a C library on scratch: auto (sysroot package), a spec of that, or an image")
    fileprivate static let add = ListOption("add", takes: "SRC:DST", "put a file or directory into the image")
    fileprivate static let entrypoint = ListOption(
        "entrypoint", takes: "WORD", "the command that the image runs; once for each word")
    fileprivate static let command = ListOption(
        "cmd", takes: "WORD", "default arguments of the entrypoint; once for each word")
    fileprivate static let shape = ValueOption(
        "for", takes: "PLACE", "set what this place needs and keep to its limits: lambda, cloud-run, jupyter or ssh")
    fileprivate static let user = ValueOption("user", takes: "USER", "the user that the image runs as, e.g. 1000:1000")
    fileprivate static let workdir = ValueOption("workdir", takes: "DIR", "the directory that the image runs in")
    fileprivate static let variable = ListOption("env", takes: "NAME=VALUE", "set a variable in the image")
    fileprivate static let label = ListOption("label", takes: "NAME=VALUE", "label the image")
    fileprivate static let tag = ValueOption("tag", takes: "TAG", "the image's tag (latest)")

    fileprivate static let executable = ValueOption(
        "krait", takes: "FILE", "with --format exe: the krait that it is made of, for another platform")

    static let packedPlatforms = ListOption(
        "platform", also: ["subdir"], takes: "SUBDIR", hasCommas: true,
        "pack for this platform; several make one image with a list of them")

    /// What decides about the files that are packed, for `pack` and `push`.
    static let packing: [Option] = [
        .category, .lockEnvironment, .noPipSection, .place, .exclude, .slim, .pyc, .noPyc, .noLinkScripts, .noCache,
        .extraSafetyChecks, .requireSHA256, .clobber, .packedPlatforms,
    ]
    /// What images have and archives have not.
    static let imaging: [Option] = [
        .base, .libc, .layers, .compress, .add, .shape, .entrypoint, .command, .user, .workdir, .variable, .label,
    ]
}

extension Verb {
    static let pack = Verb(
        ["pack"], "Write an environment as an image or archive, without installing it first",
        operands: "[SPEC…]",
        options: [.file, .locked, .name, .packed, .output, .format, .executable, .tag] + Option.packing + Option.imaging
            + Option.channels + Option.solving.filter { $0 !== Option.platform } + Option.network,
        cannot: [.dryRun, .downloadOnly],
        examples: [
            "krait pack -f conda-lock.yml --format oci -o image --add ./app:/app --entrypoint python --entrypoint /app/main.py",
            "krait pack -n science -o science.tar.zst",
            "krait pack -f conda-lock.yml --format exe -o science --entrypoint jupyter --entrypoint lab",
        ]
    ) { (session, invocation) throws(Failure) in
        installSignalHandlers(session.cancellation)
        limitHeapGrowth()
        let context = try session.context(invocation)
        var change = ChangeRequest(.create, prefix: "")
        change.take(invocation)
        let request = try packRequest(invocation, context)
        let packer = Packer(context)
        let (plans, report) = try session.withProgress(of: context, invocation) { () throws(Failure) in
            try context.renewingIndexes { () throws(Failure) in
                let plans = try packer.plans(
                    packing: change, for: invocation[.packedPlatforms], environment: try source(session, invocation))
                return (plans, try packer.pack(plans, as: request))
            }
        }
        for warning in plans.flatMap(\.warnings) + report.warnings { session.console.warn(warning) }
        try tell(report, request, session.console)
        return 0
    }

    /// The environment that is packed, when one is named; a request of specs and files names none.
    private static func source(_ session: Session, _ invocation: Invocation) throws(Failure) -> String? {
        guard invocation[.packed] != nil || invocation[.name] != nil else { return nil }
        guard invocation[.file].isEmpty, invocation.operands.isEmpty else {
            throw Failure(
                .usage, invocation[.packed] ?? invocation[.name] ?? "",
                "is an environment, and there are files or specs too",
                hint: "pack one or the other")
        }
        return try session.settings(invocation).directories.targetPrefix(
            prefix: invocation[.packed], name: invocation[.name], fileName: nil, fallbacks: [],
            environment: session.environment)?.path
    }

    private static func packRequest(_ invocation: Invocation, _ context: Context) throws(Failure) -> PackRequest {
        guard let output = invocation[.output], output != "-" else {
            throw Failure(
                .usage, "krait pack", "no output was given", hint: "name it with -o, e.g. -o env.tar.zst")
        }
        var request = try PackRequest(
            imageFrom: invocation, output: context.absolute(output), format: try packFormat(invocation, output), context
        )
        if let tag = invocation[.tag] {
            guard RegistryReference.isTag(tag) else {
                throw Failure(.usage, "--tag \(tag)", "is not a tag: letters, digits and `.`, `_`, `-`")
            }
            request.tag = tag
        }
        request.executable = invocation[.executable].map { context.absolute($0) }
        try requireImage(invocation, request)
        return request
    }

    private static func packFormat(_ invocation: Invocation, _ output: String) throws(Failure) -> PackRequest.Format {
        guard let text = invocation[.format] else {
            if let format = PackRequest.Format(fileName: output) { return format }
            throw Failure(
                .usage, output, "does not imply a format",
                hint: "use --format oci, or name a .tar, .tar.gz, .tar.zst, .zip or .squashfs")
        }
        guard let format = PackRequest.Format(rawValue: text) else {
            throw Failure(
                .usage, "--format \(text)", "is not a format",
                hint: "it is \(PackRequest.Format.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return format
    }

    /// What only an image can hold is refused for the rest, not dropped.
    private static func requireImage(_ invocation: Invocation, _ request: PackRequest) throws(Failure) {
        if request.format != .exe, invocation.has(.executable) {
            throw Failure(
                .usage, "--krait", "is what --format exe is made of, and this is \(request.format.rawValue)",
                hint: "leave it out, or use --format exe")
        }
        if request.format.isImage {
            guard request.format != .dockerArchive || request.compression != .zstd else {
                throw Failure(
                    .usage, "--compress zstd", "is not what `docker load` reads from an archive",
                    hint: "leave it out, or use --format oci-archive")
            }
            return
        }
        let only: [Option] = [
            .base, .libc, .layers, .compress, .entrypoint, .command, .user, .workdir, .variable, .label, .tag,
        ]
        let runs: [Option] = request.format == .exe ? [.entrypoint, .command, .variable] : []
        if let option = only.first(where: { option in
            invocation.has(option) && !runs.contains { $0 === option }
        }) {
            throw Failure(
                .usage, "--\(option.name)", "is for images, and \(request.format.rawValue) is not one",
                hint: "leave it out, or use --format oci")
        }
    }

    private static func tell(_ report: PackReport, _ request: PackRequest, _ console: Console) throws(Failure) {
        if console.isJSON {
            let layers = report.layers.map { layer in
                JSON.object([
                    JSONMember("digest", .string(layer.digest)),
                    JSONMember("size", .integer(Int64(clamping: layer.size))),
                    JSONMember("packages", .strings(layer.packages)),
                ])
            }
            return try console.data(
                .object([
                    JSONMember("success", true), JSONMember("output", .string(report.output)),
                    JSONMember("format", .string(request.format.rawValue)),
                    JSONMember("prefix", .string(request.prefix)),
                    JSONMember("digest", report.digest.map { .string($0) } ?? .null),
                    JSONMember(
                        "images",
                        .array(
                            report.images.map { image in
                                .object([
                                    JSONMember("platform", .string(image.platform)),
                                    JSONMember("digest", .string(image.digest)),
                                ])
                            })),
                    JSONMember("size", .integer(Int64(clamping: report.size))),
                    JSONMember("packages", .integer(Int64(report.packageCount))), JSONMember("layers", .array(layers)),
                    JSONMember("unpacked_size", .integer(Int64(clamping: report.unpackedSize))),
                    JSONMember("glibc", report.glibc.map { .string($0) } ?? .null),
                    JSONMember("left_out", ChangeJSON.leftOut(report.leftOut)),
                    JSONMember("warnings", .strings(report.warnings)),
                ]))
        }
        if let line = ChangeTable.leftOutLine(report.leftOut) { console.say(line) }
        let layers = report.layers.isEmpty ? "" : " in \(Units.count(report.layers.count, "layer"))"
        let packages = "\(Units.count(report.packageCount, "package")) for \(report.platforms.joined(separator: ", "))"
        console.say("Packed \(packages)\(layers), \(Units.bytes(report.size)): \(report.output)")
        if let digest = report.digest { console.say(digest) }
    }
}

extension PackRequest {
    /// What the options that `pack` and `push` share say.
    init(
        imageFrom invocation: Invocation, output: String, format: Format, _ context: Context
    ) throws(Failure) {
        // There a zip is a layer of functions, which is unpacked to /opt.
        let isLayer = invocation[.shape] == PackShape.lambda.rawValue && format == .zip
        let prefix = invocation[.place] ?? (isLayer ? "/opt" : "/env")
        guard Path.isAbsolute(prefix), Path.absolute(prefix, base: "/") == prefix, prefix != "/" else {
            throw Failure(
                .usage, "--prefix \(prefix)", "is not a plain path from the root",
                hint: "write for example --prefix /env")
        }
        self.init(prefix: prefix, output: output, format: format)
        if let text = invocation[.layers] {
            guard let count = Int(text), (1...LayerGroups.limit).contains(count) else {
                throw Failure(.usage, "--layers \(text)", "is not a number from 1 to \(LayerGroups.limit)")
            }
            layers = count
        }
        if let text = invocation[.compress] {
            guard let method = LayerCompression(rawValue: text) else {
                throw Failure(.usage, "--compress \(text)", "is not a method", hint: "it is gzip, zstd or none")
            }
            compression = method
            choosesCompression = true
        }
        base = invocation[.base] == "scratch" ? nil : invocation[.base]
        isBare = invocation[.base] == "scratch"
        libc = invocation[.libc]
        if let base, libc != nil {
            throw Failure(
                .usage, "--libc", "is for images without a base, and \(base) has a C library of its own",
                hint: "leave it out, or use --base scratch")
        }
        additions = try invocation[.add].map { (text) throws(Failure) in
            var addition = try PackRequest.Addition(text)
            addition.source = context.absolute(addition.source)
            return addition
        }
        entrypoint = invocation[.entrypoint]
        command = invocation[.command]
        user = invocation[.user]
        workingDirectory = invocation[.workdir]
        if let directory = workingDirectory, !Path.isAbsolute(directory) {
            throw Failure(.usage, "--workdir \(directory)", "is not a path from the root")
        }
        variables = invocation[.variable]
        labels = invocation[.label]
        if let text = invocation[.shape] {
            guard let found = PackShape(rawValue: text) else {
                throw Failure(
                    .usage, "--for \(text)", "is not a place that krait knows",
                    hint: "it is \(PackShape.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            shape = found
            applyShape()
        }
    }
}
