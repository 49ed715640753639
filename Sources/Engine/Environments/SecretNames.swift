// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Manifests

/// Tells variables that no file should hold.
enum SecretNames {
    /// Whether a variable looks like a secret by its name, or has a URL with one in it as its value.
    static func isSecret(_ variable: EnvironmentFile.Variable) -> Bool {
        let name = variable.name.uppercased()
        if words.contains(where: { name.holds($0) }) { return true }
        if name.split(separator: "_").contains(where: { parts.contains(String($0)) }) { return true }
        return variable.value.maskingSecrets != variable.value
    }

    /// Found anywhere in a name.
    private static let words = [
        "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "APIKEY", "PRIVATE_KEY",
    ]
    /// Found between underscores.
    private static let parts: Set<String> = ["KEY", "PASS", "PWD", "AUTH", "PAT"]
}
