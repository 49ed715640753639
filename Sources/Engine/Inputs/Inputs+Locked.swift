// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Manifests
import Platform

extension Inputs {
    /// For `--locked`: takes the packages from the lock beside the environment file, or from the one that is named too,
    /// when the lock still answers what is asked for.
    ///
    /// - Throws: `Failure(.unsatisfiable)` with every reason why it does not.
    mutating func requireLock(_ request: ChangeRequest, platform: Subdir, context: Context) throws(Failure) {
        let asked = environmentFiles
        if locked == nil {
            guard let file = asked.first else {
                throw Failure(
                    .usage, "--locked", "needs an environment.yml that has a lock",
                    hint: "krait create --locked -f environment.yml")
            }
            try takeLock(beside: file, request, platform)
        }
        guard let locked, !asked.isEmpty || !specs.isEmpty else { return }
        var lock = LockedEnvironment()
        lock.packages = locked.packages
        lock.requirements = locked.requirements
        // A lock that holds nothing of pip leaves that part to pip.
        let requirements = locked.requirements.isEmpty ? [] : pip.flatMap(\.requirements)
        let configuration = ChannelConfiguration(context.settings, context.environment)
        let wanted = try configuration.resolve((request.channels + channels).filter { $0 != "nodefaults" })
        // The lock's channels may go on with those of somebody's configuration.
        let known = Array(try configuration.resolve(locked.channels).prefix(wanted.count))
        let check = LockCheck(specs: specs, requirements: requirements, channels: wanted, platform: platform)
        let reasons = check.reasons(lock, lockChannels: known)
        guard reasons.isEmpty else {
            let file = asked.first.map { Path.name($0) } ?? "the request"
            throw Failure(
                .unsatisfiable, locked.file,
                "does not fit \(file) any more:\n" + reasons.map { "  \($0)" }.joined(separator: "\n"),
                hint: "lock again with `krait lock -f \(file)`, or leave out --locked")
        }
        if !locked.requirements.isEmpty { pip = [] }
        if !locked.channels.isEmpty { channels = locked.channels }
        asWanted = specs
        specs = []
    }

    private mutating func takeLock(beside file: String, _ request: ChangeRequest, _ platform: Subdir) throws(Failure) {
        let directory = Path.parent(file)
        for name in ["conda-lock.yml", "conda-lock.yaml"] {
            let path = Path.join(directory, name)
            guard let bytes = try readFileIfPresent(path, limit: Inputs.limit) else { continue }
            guard case .condaLock(let lock) = try InputFile(bytes: bytes, subject: path, platform: platform) else {
                throw Failure(.parse, path, "is not a lock file")
            }
            let categories = request.categories.isEmpty ? ["main"] : request.categories
            take(try lock.environment(platform: platform.name, categories: categories, subject: path), path)
            return
        }
        throw Failure(
            .usage, file, "has no conda-lock.yml beside it", hint: "make it with `krait lock -f \(Path.name(file))`")
    }
}
