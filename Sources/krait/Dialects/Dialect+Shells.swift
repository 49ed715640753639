// SPDX-License-Identifier: BSD-3-Clause
import Activation

extension Dialect {
    /// Whose block `shell init` writes: programs look for the markers of the tool they called.
    var blockOwner: ShellConfiguration.Owner {
        switch self {
        case .krait: .krait
        case .micromamba, .mamba: ShellConfiguration.Owner(name: "mamba", exports: true)
        case .conda: ShellConfiguration.Owner(name: "conda", exports: true)
        }
    }

    /// The variable that the hook sets to the path of the executable.
    var executableVariable: String? {
        switch self {
        case .krait: nil
        case .micromamba, .mamba: "MAMBA_EXE"
        case .conda: "CONDA_EXE"
        }
    }

    /// The command line in krait's own spelling: conda has the shell in the name of a verb (`shell.bash hook`), and
    /// letters that mean something else.
    func ownSpelling(_ words: [String]) -> [String] {
        guard let first = words.first else { return words }
        if first.hasPrefix("shell."), first.utf8.count > 6 {
            return ["shell"] + words.dropFirst() + ["--shell", String(first.dropFirst(6))]
        }
        if self == .conda, first == "list" {
            return words.map { $0 == "-r" ? "--revisions" : $0 }
        }
        return words
    }
}
