// SPDX-License-Identifier: BSD-3-Clause

/// A kind of shell, as far as the code for it differs.
package enum Shell: String, Sendable, CaseIterable {
    case bash
    case zsh
    /// dash, ash, ksh and whatever else understands POSIX.
    case posix
    case fish
    case tcsh
    case xonsh
    case powershell

    /// The shell that a word of the user means: `sh`, `dash` and `csh` are understood, too.
    package init?(name: String) {
        switch name.lowercased() {
        case "bash": self = .bash
        case "zsh": self = .zsh
        case "sh", "dash", "ash", "ksh", "mksh", "busybox", "posix": self = .posix
        case "fish": self = .fish
        case "csh", "tcsh": self = .tcsh
        case "xonsh": self = .xonsh
        case "powershell", "pwsh": self = .powershell
        default: return nil
        }
    }

    /// The shell that waits for our words: the parent process if it is one, else the login shell, else any POSIX one.
    /// Names may be paths and begin with `-` as those of login shells do.
    package static func detect(parentProcess: String?, loginShell: String?) -> Shell {
        for word in [parentProcess, loginShell] {
            guard let word else { continue }
            var name =
                word.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(word[word.utf8.index(after: $0)...]) } ?? word
            if name.hasPrefix("-") { name.removeFirst() }
            if let shell = Shell(name: name) { return shell }
        }
        return .posix
    }

    /// The ending of the scripts in `activate.d` and `deactivate.d` that this shell runs (Rules §18.3).
    package var scriptExtension: String {
        switch self {
        case .bash, .zsh, .posix, .xonsh: ".sh"
        case .fish: ".fish"
        case .tcsh: ".csh"
        case .powershell: ".ps1"
        }
    }
}
