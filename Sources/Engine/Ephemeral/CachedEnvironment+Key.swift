// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Failures
import Locations
import Manifests
import Platform

extension CachedEnvironment {
    /// The digest of everything that decides what is in an environment: what is asked for, of whom, for which machine and
    /// under which settings. The state of the channels is not in it: that is looked at when it is old.
    static func key(of request: ChangeRequest, _ context: Context) throws(Failure) -> String {
        let platform = try context.targetPlatform()
        var specs: [MatchSpec] = []
        var archives: [String] = []
        for text in request.specs {
            // Archives are no specs; what they are is read when the environment is made.
            if text.holds(".conda") && !text.holds("[") || text.holds(".tar.bz2") {
                archives.append(text.hasURLScheme ? text : context.absolute(text))
            } else {
                specs.append(try PipSpelling(text).spec)
            }
        }
        let channels = try ChannelSelection(
            commandLine: request.channels, specs: specs, overrides: request.overrideChannels, context: context)
        var lines = ["krait-exec-key 1", "platform \(platform)"]
        lines += try context.virtualPackages(platform).map { "virtual \($0)" }.sorted()
        lines += channels.channels.map { "channel \($0.baseURL)" }
        lines += specs.map { "spec \($0)" }.sorted() + archives.sorted().map { "archive \($0)" }
        for file in request.files { lines.append(try line(of: file, context)) }
        lines += request.categories.map { "category \($0)" } + request.excludes.map { "without \($0)" }
        lines += request.pins.map { "pin \($0)" }
        if let name = request.lockEnvironment { lines.append("environment \(name)") }
        if request.locked { lines.append("locked") }
        if request.pip.isLeftOut { lines.append("no pip") }
        if !request.pip.requirements.isEmpty { lines.append("pip in \(Path.parent(request.pip.file))") }
        lines += request.pip.requirements.map { "pip \($0)" }
        for setting in settings {
            guard let value = context.settings.entry(setting)?.value else { continue }
            lines.append("\(setting.name) \(value.text ?? value.list.joined(separator: " "))")
        }
        let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        return sha256(of: bytes).hex
    }

    /// The settings that change what an environment holds.
    private static var settings: [SettingKey] {
        [
            .channelPriority, .pinnedPackages, .noPin, .addPipAsPythonDependency, .excludeNewer,
            .excludeNewerPackage, .excludeNewerChannel, .createDefaultPackages, .disallowedPackages, .useOnlyTarBz2,
            .linkMode, .alwaysCopy, .alwaysSoftlink, .compilePyc, .pyc, .skipRunLinkScripts, .requireSha256,
            .pathConflict, .extraSafetyChecks,
        ]
    }

    /// A file by its place and its contents, one of the web by its address.
    private static func line(of file: String, _ context: Context) throws(Failure) -> String {
        if file.hasURLScheme { return "file \(file)" }
        let path = context.absolute(file)
        guard let status = try FileSystem.status(path) else { throw Failure(.usage, file, "there is no such file") }
        guard status.kind == .regular else {
            throw Failure(
                .usage, file, "can be read only once, and what its environment holds is looked up each time",
                hint: "write it to a file")
        }
        return "file \(path) \(sha256(of: try readFile(path, limit: Inputs.limit)).hex)"
    }
}
