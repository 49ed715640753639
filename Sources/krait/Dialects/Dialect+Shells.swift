// SPDX-License-Identifier: BSD-3-Clause
import Activation

extension Dialect {
    /// Whose block `shell init` writes: programs look for the markers of the tool they called.
    func blockOwner(_ shell: Shell) -> ShellConfiguration.Owner {
        let isRegion = shell == .powershell
        return switch self {
        case .krait: .krait
        case .micromamba, .mamba:
            ShellConfiguration.Owner(
                name: "mamba", command: "\(rawValue) shell init", exports: true, editsLoginFiles: false,
                isRegion: isRegion)
        case .conda:
            ShellConfiguration.Owner(
                name: "conda", command: "conda init", exports: true, editsLoginFiles: true, isRegion: isRegion)
        }
    }

    /// Whether `CONDA_SHLVL` is 0, and not absent, where nothing is active: scripts for the peers compare it.
    var keepsLevel: Bool { self != .krait }

    /// The variable that the hook sets to the path of the executable.
    var executableVariable: String? {
        switch self {
        case .krait: nil
        case .micromamba, .mamba: "MAMBA_EXE"
        case .conda: "CONDA_EXE"
        }
    }
}
