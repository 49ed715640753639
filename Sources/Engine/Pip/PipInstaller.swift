// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Manifests
import Platform
import Prefix

/// The program that installs what pip would: uv or pip, the environment's own before those of PATH.
struct PipInstaller: Sendable, Equatable {
    enum Kind: String, Sendable { case uv, pip }

    let kind: Kind
    /// The program and its words up to and with `install`.
    let words: [String]

    /// Where to look.
    struct Surroundings: Sendable {
        /// Of the environment.
        var prefix: String
        var hasUV = false
        var hasPip = false
        var variables: [String: String]
        var home: String?
    }

    /// - Parameter needsPip: lines have options that uv does not know.
    /// - Returns: nil when there is neither.
    static func choose(_ around: Surroundings, needsPip: Bool) -> PipInstaller? {
        let python = "\(around.prefix)/bin/python"
        let own = PipInstaller(
            kind: .pip, words: [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"])
        if needsPip, around.hasPip { return own }
        if around.hasUV { return uv("\(around.prefix)/bin/uv", python) }
        // Who has told pip where packages come from must not get them from somewhere else.
        if around.hasPip, isPipConfigured(around) { return own }
        if let path = try? findProgram("uv", environment: around.variables) { return uv(path, python) }
        if around.hasPip { return own }
        guard let pip = try? findProgram("pip", environment: around.variables) else { return nil }
        return PipInstaller(
            kind: .pip, words: [pip, "--python", python, "--disable-pip-version-check", "--no-input", "install"])
    }

    /// The one for the environment at `prefix`, whose python is `python`; nil when there is none.
    init?(of prefix: String, _ python: InstalledPython, needsPip: Bool = false, context: Context) {
        var around = Surroundings(prefix: prefix, variables: context.environment.variables)
        around.home = context.environment.homeDirectory
        around.hasUV = FileSystem.exists("\(prefix)/bin/uv")
        around.hasPip = FileSystem.exists("\(python.sitePackages)/pip/__init__.py")
        guard let found = Self.choose(around, needsPip: needsPip) else { return nil }
        self = found
    }

    private init(kind: Kind, words: [String]) { (self.kind, self.words) = (kind, words) }

    private static func uv(_ path: String, _ python: String) -> PipInstaller {
        PipInstaller(kind: .uv, words: [path, "pip", "install", "--python", python])
    }

    /// Whether variables or files tell pip of indexes and the like, which uv does not read.
    private static func isPipConfigured(_ around: Surroundings) -> Bool {
        let cosmetic: Set<String> = [
            "PIP_NO_CACHE_DIR", "PIP_CACHE_DIR", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_INPUT", "PIP_PROGRESS_BAR",
            "PIP_REQUIRE_VIRTUALENV", "PIP_ROOT_USER_ACTION", "PIP_USER", "PIP_BREAK_SYSTEM_PACKAGES", "PIP_NO_COLOR",
            "PIP_CONFIG_FILE", "PIP_NO_WARN_SCRIPT_LOCATION", "PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT", "PIP_RETRIES",
            "PIP_LOG",
        ]
        for (name, value) in around.variables where name.hasPrefix("PIP_") && !value.isEmpty {
            if !cosmetic.contains(name) { return true }
        }
        // pip's own way to say that no file counts.
        if around.variables["PIP_CONFIG_FILE"] == "/dev/null" { return false }
        if let file = around.variables["PIP_CONFIG_FILE"], !file.isEmpty { return true }
        var files = ["/etc/pip.conf", "/etc/xdg/pip/pip.conf", "\(around.prefix)/pip.conf"]
        let configuration = around.variables["XDG_CONFIG_HOME"] ?? around.home.map { "\($0)/.config" }
        if let configuration { files.append("\(configuration)/pip/pip.conf") }
        if let home = around.home { files.append("\(home)/.pip/pip.conf") }
        return files.contains { FileSystem.exists($0) }
    }

    /// Whether uv understands all options of a line.
    static func isForUV(_ line: PipRequirementLine) -> Bool {
        let known: Set<String> = [
            "--requirement", "--constraint", "--editable", "--index-url", "--extra-index-url", "--find-links",
            "--no-index", "--no-binary", "--only-binary", "--hash", "--pre", "--trusted-host", "--prefer-binary",
        ]
        return line.options.allSatisfy { known.contains($0.name) }
    }
}
