// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Images
import Packages
import Platform
import Prefix

/// Writes environments as images, archives and executables, and sends images to registries.
package struct Packer: Sendable {
    let context: Context

    package init(_ context: Context) { self.context = context }

    /// Writes the environment that `plan` would make into one output, as it would be at another place. No directory is
    /// made into an environment for that, nothing is executed but python to compile, and on failure there is no output.
    ///
    /// - Parameter plans: for each platform one.
    package func pack(_ plans: [ChangePlan], as request: PackRequest) throws(Failure) -> PackReport {
        var report = PackReport(output: request.output)
        try checkPlatforms(plans, request, &report)
        if request.format != .oci { try OutputPlace.requireFile(request.output) }
        var stagings: [UnpackingDirectory] = []
        defer { for staging in stagings { staging.remove() } }
        var all: [PackContents] = []
        for plan in plans {
            let (contents, staging) = try packContents(plan, request, &report)
            stagings.append(staging)
            all.append(contents)
        }
        guard let contents = all.first else { throw Failure(.usage, "krait pack", "has no package to pack") }
        if request.format.isImage {
            try ImageOutput(all, context: context).write(&report)
        } else if request.format == .exe {
            try ExecutableOutput(contents, context: context).write(&report)
        } else {
            try ArchiveOutput(contents, context: context).write(&report)
        }
        for contents in all { report.warnings += contents.warnings.filter { !report.warnings.contains($0) } }
        return report
    }

    /// Several platforms are one image with a list, which not every place takes.
    func checkPlatforms(
        _ plans: [ChangePlan], _ request: PackRequest, _ report: inout PackReport
    ) throws(Failure) {
        guard plans.count > 1 else { return }
        let names = plans.map(\.platform.name).joined(separator: ",")
        guard request.format.holdsSeveral else {
            throw Failure(
                .usage, "--platform \(names)", "names several platforms, and \(request.format.rawValue) holds one",
                hint: "name one, or use --format oci")
        }
        if let shape = request.shape, shape == .lambda || shape == .cloudRun {
            throw Failure(
                .usage, "--for \(shape.rawValue)", "takes an image for one platform, not a list of several",
                hint: "name one with --platform")
        }
        report.warnings.append(
            "this is a list of images, one for each platform; AWS Lambda refuses one, and takes an image for one platform"
        )
    }

    /// Brings the packages here and decides what goes where; nothing is compiled or written yet.
    ///
    /// - Returns: also where packages lie when there is no cache, which has to stay until all is written.
    func packContents(
        _ plan: ChangePlan, _ request: PackRequest, _ report: inout PackReport
    ) throws(Failure) -> (PackContents, UnpackingDirectory) {
        try checkPacking(plan, request)
        var request = request
        let staging = UnpackingDirectory(for: request.output, key: context.changeKey)
        var underlay: Underlay?
        if request.base != nil || request.libc != nil {
            let architecture = try ImageConfiguration.architecture(of: plan.platform.name)
            underlay = try Underlay(&request, plan, architecture: architecture, staging, context: context)
        }
        try request.shape?.check(
            request, packages: Set(plan.links.map(\.record.name)), platform: plan.platform.name)
        let fetch = PackageFetch(context: context, staging: staging)
        let fetched = try fetch.fetch(plan.links, found: fetch.lookup(plan.links))
        try context.cancellation.check()
        // Where the files will be there is no cache to tell of.
        let packages = zip(plan.links, fetched.entries).map { link, entry in
            var package = LinkPackage(link, entry)
            package.isStaged = true
            return package
        }
        // Now records that came from bare URLs know what they need.
        try underlay?.check(packages.map(\.record))
        let ordered = plan.inOrder(packages).packages
        let link = try LinkPlan(ordered, target: LinkTarget(request.prefix), options: try plan.linkOptions(context))
        // An executable makes an environment where it is unpacked, with all that belongs to that.
        if request.format != .exe { try refuseScripts(link, &report) }
        let compilation = PackCompilation { () throws(Failure) in try compile(link, plan, staging) }
        let tree = PackedTree(link, compiled: PackedCompilation(noneOf: link))
        let server = request.shape == .ssh ? try SecureShell(tree, request) : nil
        if let server, request.entrypoint.isEmpty { request.entrypoint = server.entrypoint }
        let contents = PackContents(tree, compilation, plan, request, underlay, server, context: context)
        report.glibc = underlay?.libraryVersion
        report.warnings += underlay?.warnings ?? []
        report.platforms.append(plan.platform.name)
        report.packageCount += packages.count
        report.leftOut += try LeftOutFiles(plan.request.excludes)?.savings(of: link) ?? []
        if request.format != .exe {
            report.warnings += Self.activationWarning(contents.tree)
            report.warnings += Self.loaderWarning(contents.tree, request).filter { !report.warnings.contains($0) }
        }
        return (contents, staging)
    }

    private func checkPacking(_ plan: ChangePlan, _ request: PackRequest) throws(Failure) {
        if plan.pipRequirementCount > 0 {
            throw Failure(
                .usage, "the pip part", "cannot be packed: pip installs only into an environment that exists",
                hint: "leave it out with --no-pip-section, and add what it brings with --add")
        }
        if request.format == .squashfs { _ = try Squashfs(context).program() }
        if request.format == .exe {
            _ = try ExecutableFile(request.executable, for: plan.platform, context.environment)
        }
        guard !plan.links.isEmpty else {
            throw Failure(.usage, plan.request.files.first ?? "krait pack", "has no package to pack")
        }
        if let text = context.environment["SOURCE_DATE_EPOCH"], !text.isEmpty, context.sourceDateEpoch == nil {
            throw Failure(
                .usage, "SOURCE_DATE_EPOCH", "`\(text)` is not a number of seconds between 1970 and the year 10000",
                hint: "set it for example to 1735689600, or unset it")
        }
        for addition in request.additions {
            guard FileSystem.exists(addition.source) else {
                throw Failure(.usage, "--add \(addition.source)", "there is no such file")
            }
            let isInside = addition.destination.hasPrefix(request.prefix + "/")
            guard request.format.isImage || isInside else {
                throw Failure(
                    .usage, "--add \(addition.destination)",
                    "is not in the environment, and \(request.format.rawValue) holds nothing else",
                    hint: "add it below \(request.prefix), or pack an image")
            }
        }
    }

    /// Scripts change an environment in ways that nobody can know without running them where it stands.
    private func refuseScripts(_ link: LinkPlan, _ report: inout PackReport) throws(Failure) {
        let scripts = (LinkScript.names(.preLink, in: link) + LinkScript.names(.postLink, in: link)).map(\.name)
        guard let first = scripts.first else { return }
        guard context.settings[.skipRunLinkScripts] else {
            throw Failure(
                .unsatisfiable, Set(scripts).sorted().joined(separator: ", "),
                "\(scripts.count == 1 ? "has a link script" : "have link scripts"), which run only in an environment that exists",
                hint: "pack without them: --no-link-scripts")
        }
        report.warnings.append("link scripts were not run, first that of \(first)")
    }

    private func compile(
        _ link: LinkPlan, _ plan: ChangePlan, _ staging: UnpackingDirectory
    ) throws(Failure) -> PackedCompilation {
        guard var compiling = context.compiling(context.settings.compilingMode) else {
            return PackedCompilation(noneOf: link)
        }
        if compiling.store == nil {
            compiling.store = CompiledStore(directory: Path.join(try staging.path(), CompiledStore.folder))
        }
        context.progress.begin(.compiling)
        // On the file system of what is linked for python.
        let place: String
        if let cache = context.packageCache.writableDirectory {
            place = Path.parent(cache)
        } else {
            place = try staging.path()
        }
        let compiled = try PackedCompilation(
            of: link, compiling, in: place, key: context.changeKey,
            interpreter: plan.isForeign ? { () throws(Failure) in try interpreter(for: plan, staging) } : nil,
            cancellation: context.cancellation)
        context.progress.begin(.packing)
        return compiled
    }

    /// Programs of packages are started by a loader that no package brings.
    private static func loaderWarning(_ tree: PackedTree, _ request: PackRequest) -> [String] {
        guard request.format.isImage, request.base == nil, request.libc == nil, !request.isBare,
            tree.packages.contains(where: { $0.record.subdir.hasPrefix("linux-") })
        else { return [] }
        return ["the image has no C library, so its programs cannot start: add --base IMAGE or --libc auto"]
    }

    /// A python for this machine, and what it needs, of the channels that the packages are of: it compiles for others of
    /// its minor version, whatever they run on.
    private func interpreter(
        for plan: ChangePlan, _ staging: UnpackingDirectory
    ) throws(Failure) -> [LinkPackage] {
        guard let record = plan.links.first(where: { $0.record.name == "python" })?.record else { return [] }
        let layout = try PythonLayout(record: record)
        let minor = "\(layout.major).\(layout.minor)"
        var request = ChangeRequest(.create, prefix: "")
        request.platform = try context.hostPlatform()
        request.channels = plan.channels
        request.overrideChannels = !plan.channels.isEmpty
        request.noDefaultPackages = true
        let build = layout.executable.hasSuffix("t") ? "=*_cp\(layout.major)\(layout.minor)t" : ""
        request.specs = ["python==\(record.version)\(build)"]
        let found: ChangePlan
        do throws(Failure) {
            found = try Planner(context).plan(request)
        } catch {
            guard error.code == .unsatisfiable else { throw error }
            request.specs = ["python=\(minor)\(build.isEmpty ? "" : ".*" + build)"]
            do throws(Failure) {
                found = try Planner(context).plan(request)
            } catch {
                guard error.code == .unsatisfiable else { throw error }
                throw Failure(
                    .unsatisfiable, "python \(minor)",
                    "is in no channel for \(try context.hostPlatform()), which compiles here")
            }
        }
        let fetch = PackageFetch(context: context, staging: staging)
        let fetched = try fetch.fetch(found.links, found: fetch.lookup(found.links))
        return found.inOrder(zip(found.links, fetched.entries).map { LinkPackage($0, $1) }).packages
    }

    /// What activation would run is not run by an image: its variables are set, its scripts are not.
    private static func activationWarning(_ tree: PackedTree) -> [String] {
        let names = tree.packages.filter { package in
            package.manifest.directories.contains { package.manifest.path(of: $0) == "etc/conda/activate.d" }
        }.map(\.record.name).sorted()
        guard let first = names.first else { return [] }
        return [
            "activation scripts do not run by themselves there, first that of \(first)"
                + (names.count > 1 ? " and \(names.count - 1) more" : "")
        ]
    }
}
