// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures
import Platform

extension Verb {
    static let selfUpdate = Verb(
        ["self-update"], "Tell how this copy of krait was installed and how to update it",
        options: Option.updatingOfOthers,
        examples: ["krait self-update"]
    ) { (session, invocation) throws(Failure) in
        let executable = ThisProcess.executable(session.environment) ?? "krait"
        let advice = Installation(executable: executable).advice(executable)
        var text = "krait \(ToolVersion.full), \(executable)\n\(advice.sentence)\n"
        if let command = advice.command { text += "\n  \(command)\n" }
        try session.console.show(
            text,
            [
                "krait_version": .string(ToolVersion.text), "executable": .string(executable),
                "installed_as": .string(advice.kind), "command": advice.command.map { .string($0) } ?? .null,
            ])
        return 0
    }
}

extension Installation {
    /// What to do for a newer one; krait itself replaces nothing that another installer looks after.
    fileprivate func advice(_ executable: String) -> (kind: String, sentence: String, command: String?) {
        // Always a file of the release: PyPI's project of this name is another one.
        let wheel = "./krait-VERSION-py3-none-PLATFORM.whl"
        return switch self {
        case .conda(let prefix):
            (
                "conda", "It is a conda package of \(prefix). \(Self.toUpdate("conda package"))",
                "krait install -p \(prefix) ./krait-VERSION-0.conda"
            )
        case .python(let prefix):
            (
                "wheel", "It was installed into the Python environment \(prefix). \(Self.toUpdate("wheel"))",
                "\(prefix)/bin/python -m pip install --upgrade \(wheel)"
            )
        case .uvTool:
            (
                "uv-tool", "It was installed by `uv tool install`. \(Self.toUpdate("wheel"))",
                "uv tool install --force \(wheel)"
            )
        case .pipx:
            ("pipx", "It was installed by pipx. \(Self.toUpdate("wheel"))", "pipx install --force \(wheel)")
        case .debian:
            (
                "deb", "It was installed by dpkg. \(Self.toUpdate(".deb"))",
                "dpkg -i krait_VERSION_ARCHITECTURE.deb"
            )
        case .file:
            (
                "file",
                "No package manager owns this file. To update it, put the newer release's file in its place:",
                "install -m 755 krait \(executable)"
            )
        }
    }

    private static func toUpdate(_ form: String) -> String {
        "To update it, get the \(form) of the newer release and install that:"
    }
}
