// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Failures
import Images
import Platform
import Prefix

/// What is packed: packages, and what belongs to none of them. An object, for it is large and has several holders: as a value
/// the code that copies them would be 80 kB of the executable.
final class PackContents {
    /// Without compiled files, which ``files(of:withRest:)`` adds.
    let tree: PackedTree
    let plan: ChangePlan
    let request: PackRequest
    /// What lies below.
    let underlay: Underlay?
    private let server: SecureShell?
    private let compilation: PackCompilation
    /// How python files are compiled, and whether link scripts run, where an environment is made of it.
    let compilingMode: CompilingMode
    let runsScripts: Bool
    /// `SOURCE_DATE_EPOCH`, if it is set.
    let epoch: Int64?
    /// Seconds since 1970: of what belongs to no package, and when an image was made. It is no later than it has to be, so
    /// that the same packages make the same bytes on every day.
    let time: Int64

    init(
        _ tree: PackedTree, _ compilation: PackCompilation, _ plan: ChangePlan, _ request: PackRequest,
        _ underlay: Underlay?, _ server: SecureShell?, context: Context
    ) {
        self.server = server
        self.underlay = underlay
        self.tree = tree
        self.compilation = compilation
        self.plan = plan
        self.request = request
        compilingMode = context.settings.compilingMode
        runsScripts = !context.settings[.skipRunLinkScripts]
        epoch = context.sourceDateEpoch
        time = epoch ?? tree.packages.indices.map { tree.time(of: $0) }.max() ?? PackedTree.oldest
    }

    /// Python has compiled what it was to.
    var isFullyCompiled: Bool { compilation.failure == nil }

    /// The tree with its compiled files.
    func compiledTree() throws(Failure) -> PackedTree {
        var whole = tree
        whole.compiled = try compilation.get()
        return whole
    }

    /// What the user has to know of how it went.
    var warnings: [String] { compilation.failure.map { ["python files were not compiled: \($0)"] } ?? [] }

    /// The name of a package by its number.
    func name(of package: Int) -> String { tree.packages[package].record.name }

    /// Where the environment is in an image: `/env` is `env/`.
    private var base: String { request.format.isImage ? request.prefix.dropFirst() + "/" : "" }

    /// The files of some packages; with `rest` those of none too.
    func files(of packages: [Int], withRest: Bool) throws(Failure) -> PackedFiles {
        var files = PackedFiles(packages.isEmpty ? tree : try compiledTree(), base: base)
        for package in packages { files.add(package: package) }
        if withRest { try addRest(to: &files) }
        return files
    }

    /// The history, what activation sets, and what the user adds.
    private func addRest(to files: inout PackedFiles) throws(Failure) {
        // Where it is written and by which words is no part of an environment.
        let revision = History.Revision(
            seconds: time, arguments: ["krait", "pack", "--prefix", request.prefix], version: ToolVersion.text,
            linked: tree.packages.map(\.record), updateSpecs: plan.updateSpecs, channels: plan.channels,
            isList: plan.isList, isUniversal: true)
        files.add(inPrefix: "conda-meta/history", .bytes(Array(revision.text.utf8)), time: time)
        if !plan.variables.isEmpty {
            let state = JSON.object([
                JSONMember(
                    "env_vars", .object(plan.variables.map { JSONMember($0.name, .string($0.value)) }))
            ])
            files.add(inPrefix: "conda-meta/state", .bytes(state.serialized(indent: 2)), time: time)
        }
        for directory in request.directories where request.format.isImage {
            let source: PackedFiles.Source = directory.isShared ? .sharedDirectory : .directory
            files.add(String(directory.path.dropFirst()), source, time: time)
        }
        if request.format.isImage {
            let bill = BillOfMaterials(tree.packages.map(\.record), pip: [])
            files.add(
                Self.billPath(request.prefix), .bytes(bill.cycloneDX(at: epoch).serialized(indent: 2) + [0x0a]),
                time: time)
        }
        if let server {
            let accounts = server.accounts(
                try underlay?.accounts(for: request.user) ?? LayerBuilder.accounts(for: request.user),
                user: request.user)
            let settings = server.configuration(try configuration().environment)
            for (path, bytes) in [
                ("etc/passwd", Array(accounts.users.utf8)), ("etc/group", Array(accounts.groups.utf8)),
                (SecureShell.configurationPath, settings),
            ] { files.add(path, .bytes(bytes), time: time) }
        }
        for addition in request.additions {
            var destination = addition.destination
            if !request.format.isImage { destination = String(destination.dropFirst(request.prefix.utf8.count)) }
            try files.add(addition.source, as: destination, time: time)
        }
    }

    /// Where tools that read images look for bills of materials, in no environment's own files: that of `/opt/env` is
    /// `/usr/share/sbom/opt-env.cdx.json`.
    private static func billPath(_ prefix: String) -> String {
        let name = prefix.split(separator: "/").joined(separator: "-")
        return "usr/share/sbom/\(name.isEmpty ? "environment" : name).cdx.json"
    }

    /// What the image says of how it is run.
    func configuration() throws(Failure) -> ImageConfiguration {
        let base = underlay?.base
        var image = ImageConfiguration(
            architecture: try ImageConfiguration.architecture(of: plan.platform.name), created: time)
        image.base = base?.configuration
        image.baseLayerCount = base?.layers.count ?? 0
        // What a base sets stays unless it is set anew.
        var variables = (base?.configuration["config"]?["Env"]?.strings ?? []).compactMap {
            try? Self.pair($0, "--env")
        }
        func set(_ name: String, _ value: String) {
            variables.removeAll { $0.name == name }
            variables.append((name, value))
        }
        let path = variables.first { $0.name == "PATH" }?.value
        set("PATH", "\(request.prefix)/bin:\(path ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")")
        set("CONDA_PREFIX", request.prefix)
        if !variables.contains(where: { $0.name == "LANG" }) { set("LANG", "C.UTF-8") }
        // What is not compiled is not to be compiled again and again into a layer that goes away.
        set("PYTHONDONTWRITEBYTECODE", "1")
        let wanted = try request.variables.map { (text) throws(Failure) in try Self.pair(text, "--env") }
        for (name, value) in plan.variables + wanted { set(name, value) }
        image.environment = variables.map { "\($0.name)=\($0.value)" }
        image.entrypoint = request.entrypoint
        image.command = request.command
        image.ports = request.ports
        if request.entrypoint.isEmpty, request.command.isEmpty, tree.plan.python != nil { image.command = ["python"] }
        image.user = request.user
        image.workingDirectory = request.workingDirectory
        image.labels = try request.labels.map { (text) throws(Failure) in try Self.pair(text, "--label") }
        image.labels.append(("org.krait.packages", packagesDigest.hex))
        return image
    }

    /// SHA-256 over the names and hashes of the packages: equal for images of the same packages.
    private var packagesDigest: SHA256Digest {
        let lines = tree.packages.map { package in
            "\(package.record.distribution) \(package.record.sha256?.hex ?? package.record.md5?.hex ?? "")\n"
        }
        return sha256(of: Array(lines.sorted().joined().utf8))
    }

    static func pair(_ text: String, _ option: String) throws(Failure) -> (name: String, value: String) {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
            throw Failure(.usage, "\(option) \(text)", "is not NAME=VALUE")
        }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }
}
