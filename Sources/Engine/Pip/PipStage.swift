// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Conda
import Configuration
import Failures
import Locations
import Manifests
import Platform
import Prefix

/// Hands the pip part of a plan to pip or uv, when the conda part is in place (Requirements R-21).
final class PipStage: Sendable {
    private let plan: ChangePlan
    private let context: Context
    private let prefix: String

    init(_ plan: ChangePlan, context: Context) {
        self.plan = plan
        self.context = context
        prefix = plan.request.prefix
    }

    /// - Throws: `Failure(.pip)`; the conda part stays.
    func run(_ report: inout ChangeReport) throws(Failure) {
        guard !plan.pip.isEmpty, !plan.isForeign else { return }
        context.progress.giveWay(to: .pip)
        guard let state = try PrefixState.read(prefix), let before = try InstalledPython.read(state) else { return }
        let installer = try self.installer(before)
        let directory = try workingDirectory()
        defer { try? FileSystem.removeTree(directory) }
        let constraints = plan.request.pip.isUnconstrained ? [] : before.constraints(besides: plan.pip.lines)
        for (index, group) in plan.pip.groups.enumerated() where !group.requirements.isEmpty {
            try context.cancellation.check()
            let list = "\(directory)/requirements-\(index + 1).txt"
            let words = try self.words(installer, group, list: list, constraints: constraints, directory: directory)
            try install(words, group, constraints: constraints)
        }
        report.pipInstaller = installer.kind.rawValue
        guard let now = try InstalledPython.read(state) else { return }
        report.warnings += try PipAftermath(state: state, before: before, after: now, platform: plan.platform)
            .warnings()
    }

    private func installer(_ python: InstalledPython) throws(Failure) -> PipInstaller {
        let lines = plan.pip.lines.map { PipRequirementLine($0) }
        let needsPip = !lines.allSatisfy(PipInstaller.isForUV)
        guard let found = PipInstaller(of: prefix, python, needsPip: needsPip, context: context) else {
            throw Failure(.pip, plan.pip.file, "neither pip nor uv is there", hint: "add `pip` to its dependencies")
        }
        return found
    }

    /// Where the lists for the installer are written: a new directory for temporary files, else one in the environment.
    private func workingDirectory() throws(Failure) -> String {
        let name = temporaryName(prefix: ".krait-pip-")
        let temporary = Path.join(context.environment["TMPDIR"] ?? "/tmp", name)
        do throws(Failure) {
            try FileSystem.createDirectory(temporary, mode: 0o700)
            return temporary
        } catch {
            let own = Path.join(prefix, name)
            try FileSystem.createDirectory(own, mode: 0o700)
            return own
        }
    }

    private func words(
        _ installer: PipInstaller, _ group: PipSection.Group, list: String, constraints: [String], directory: String
    ) throws(Failure) -> [String] {
        let arguments = PipArguments(group, for: installer.kind)
        var words = installer.words + arguments.words
        if !arguments.lines.isEmpty {
            try writeNewFile(list, Array((arguments.lines.joined(separator: "\n") + "\n").utf8), mode: 0o600)
            words += ["-r", list]
        }
        if !group.isLocked, !constraints.isEmpty {
            let path = "\(directory)/constraints.txt"
            if !FileSystem.exists(path) {
                try writeNewFile(path, Array((constraints.joined(separator: "\n") + "\n").utf8), mode: 0o600)
            }
            words += ["-c", path]
        }
        if plan.request.action == .update || plan.request.pip.upgrades, !group.isLocked { words.append("--upgrade") }
        if context.settings[.offline] { words.append(installer.kind == .uv ? "--offline" : "--no-index") }
        if installer.kind == .pip, context.settings.compilingMode == .none { words.append("--no-compile") }
        return words
    }

    private func install(
        _ words: [String], _ group: PipSection.Group, constraints: [String]
    ) throws(Failure) {
        let (whole, variables) = try activated(words)
        var tail: [UInt8] = []
        if !context.settings[.quiet], isTerminal(2) { show(Array("\r\u{1B}[K".utf8)) }
        let status = try followProgram(
            whole, environment: variables, currentDirectory: group.directory, cancellation: context.cancellation
        ) { piece in
            if !context.settings[.quiet] { try? SystemCall.writeAll(rawDescriptor: 2, piece) }
            tail.append(contentsOf: piece)
            if tail.count > 32 << 10 { tail.removeFirst(tail.count - (16 << 10)) }
        }
        try context.cancellation.check()
        guard !status.isSuccess else { return }
        let isShown = !context.settings[.quiet] && !context.settings[.json]
        throw PipFailure(
            group: group, installer: words, status: status, output: tail, constraints: constraints, isShown: isShown
        ).failure(prefix: prefix)
    }

    private func show(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { try? SystemCall.writeAll(rawDescriptor: 2, $0) }
    }

    /// The installer's words and variables in the activated environment, for packages that it has to build.
    private func activated(_ words: [String]) throws(Failure) -> (words: [String], variables: [String: String]) {
        let facts = ActivationFacts(shell: .posix)
        let activation = try Activation(
            variables: context.environment.variables, settings: ActivationSettings(context.settings),
            facts: { facts.read($0) }
        ).run(prefix)
        var variables = activation.environment
        // Packages of the user's own directory are none of the environment, and it is an environment indeed.
        variables["PYTHONNOUSERSITE"] = "1"
        variables["PIP_USER"] = "0"
        variables["PIP_REQUIRE_VIRTUALENV"] = "0"
        variables["PIP_ROOT_USER_ACTION"] = variables["PIP_ROOT_USER_ACTION"] ?? "ignore"
        for name in ["PYTHONHOME", "PYTHONPATH"] { variables[name] = nil }
        guard let shell = ["bash", "sh"].lazy.compactMap({ try? findProgram($0, environment: variables) }).first
        else { return (words, variables) }
        return (activation.words(words, shell: shell), variables)
    }
}

/// An installer that did not do what it was asked for.
struct PipFailure {
    let group: PipSection.Group
    let installer: [String]
    let status: ExitStatus
    /// The end of what it said.
    let output: [UInt8]
    let constraints: [String]
    /// Whether the user has seen what it said.
    let isShown: Bool

    /// The failure, which names the requirement where the installer's last words do.
    func failure(prefix: String) -> Failure {
        let said = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).map { String($0) }
            .filter { !$0.allSatisfy(\.isWhitespace) }.suffix(12)
        let name = installer.contains("-m") ? "pip" : Path.name(installer[0])
        var reason = "\(name) ended with status \(status.code)"
        var place = group.file
        if let culprit = group.requirements.first(where: { isNamed($0, said) }) {
            place = group.place(culprit)
            reason = "\(name) could not install `\(PipRequirementLine(culprit.text).text.maskingSecrets)`"
        }
        if !said.isEmpty, !isShown { reason += ":\n" + said.map { "  \($0.maskingSecrets)" }.joined(separator: "\n") }
        let isBound =
            !constraints.isEmpty
            && said.contains { line in
                line.holds("constraint") || constraints.contains { line.holds($0) }
            }
        return Failure(
            .pip, place, reason,
            hint: isBound
                ? "--pip-no-constraints lets pip replace what conda installed"
                : "the conda packages are in place: `krait install -p \(prefix) -f \(group.file)` tries pip again")
    }

    private func isNamed(_ requirement: EnvironmentFile.PipRequirement, _ said: ArraySlice<String>) -> Bool {
        let line = PipRequirementLine(requirement.text)
        let written = line.requirement?.name ?? line.name
        let words = said.joined(separator: " ").split { !($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            .map { PythonPackageName.normalized(String($0.drop { $0 == "." })) }
        if let written {
            let name = PythonPackageName.normalized(written)
            if words.contains(where: { $0 == name || $0 == name + "-" }) { return true }
        }
        switch line.kind {
        case .url(let place), .repository(let place), .path(let place):
            return said.contains { $0.holds(place.maskingSecrets) || $0.holds(place) }
        default: return false
        }
    }
}
