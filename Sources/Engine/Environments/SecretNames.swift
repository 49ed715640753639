// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Locations
import Manifests

/// Tells variables that no file should hold.
enum SecretNames {
    /// Whether a variable looks like a secret by its name, or has a URL with one in it as its value.
    static func isSecret(_ variable: EnvironmentFile.Variable) -> Bool {
        isSecret(name: variable.name) || variable.value.maskingSecrets != variable.value
    }

    /// Whether a variable looks like a secret by its name.
    static func isSecret(name: String) -> Bool {
        let name = name.uppercased()
        if words.contains(where: { name.holds($0) }) { return true }
        return name.split(separator: "_").contains { parts.contains(String($0)) }
    }

    /// Found anywhere in a name.
    private static let words = [
        "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "APIKEY", "PRIVATE_KEY",
    ]
    /// Found between underscores.
    private static let parts: Set<String> = ["KEY", "PASS", "PWD", "AUTH", "PAT"]
}
