// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Packages
import Platform
import Prefix

extension Context {
    /// How files are linked, as the configuration says.
    func linkOptions() -> LinkOptions {
        var options = LinkOptions()
        options.mode = settings.effectiveLinkMode
        options.sourceDateEpoch = sourceDateEpoch
        options.verifiesFiles = settings[.extraSafetyChecks]
        options.verifiesSizes = settings[.safetyChecks] == .enabled
        options.allowsSoftLinks = settings[.allowSoftlinks]
        options.clobber = settings[.pathConflict]
        options.compiles = settings.compilingMode != .none
        options.progressed = { [progress] (done, total) in progress.advance(.linking, to: done, of: total) }
        return options
    }

    /// Compiles the python files of noarch packages in the way the configuration says; nil when that is not at all.
    func compile(
        _ linked: inout LinkedPackages, at root: DirectoryReference, rootPath: String
    ) throws(Failure) -> Compiling.Report? {
        guard let compiling = compiling(settings.compilingMode) else { return nil }
        progress.begin(.compiling)
        return try compiling.run(&linked, at: root, rootPath: rootPath, cancellation: cancellation)
    }

    /// How python files are compiled and where they are kept; nil when they are not.
    func compiling(_ mode: CompilingMode) -> Compiling? {
        if mode == .none { return nil }
        let store = packageCache.writableDirectory.map {
            CompiledStore(directory: Path.join(Path.parent($0), CompiledStore.folder))
        }
        var compiling = Compiling(
            mode: mode, store: store, environment: environment.variables,
            workers: settings[.lowMemory] ? 1 : nil)
        compiling.trustsStore = !settings[.extraSafetyChecks]
        compiling.silence = settings[.pycTimeout]
        compiling.progressed = { [progress] (done, total) in progress.advance(.compiling, to: done, of: total) }
        return compiling
    }

    /// Notes the environment in the user's list; best effort.
    func register(_ prefix: String) {
        guard settings[.registerEnvs], let home = environment.homeDirectory, home == environment.ownHomeDirectory
        else { return }
        EnvironmentsFile(home: home).register(prefix)
    }

    /// Whether a directory is the cache's.
    func isCached(_ directory: String) -> Bool {
        packageCache.directories.contains { directory.hasPrefix($0 + "/") }
    }
}

extension ChangePlan {
    /// How its files are linked: as the configuration says, without what the plan leaves out.
    func linkOptions(_ context: Context) throws(Failure) -> LinkOptions {
        var options = context.linkOptions()
        if let wished = try LeftOutFiles(request.excludes) {
            options.exclusion = { wished.rule(of: $0, source: $1) }
        }
        if let leftOut { options.exclusion = { path, _ in leftOut.contains(path) ? 0 : nil } }
        return options
    }

    /// What is linked, and the names of all that will be there, both with what each needs before it. Only now: records
    /// that came from bare URLs learn what they need when they are unpacked.
    func inOrder(_ packages: [LinkPackage]) -> (packages: [LinkPackage], names: [String]) {
        var byName: [String: LinkPackage] = [:]
        for package in packages { byName[package.record.name] = package }
        let names = topologicallySorted(unchanged + packages.map(\.record)).map(\.name)
        return (names.compactMap { byName[$0] }, names)
    }
}
