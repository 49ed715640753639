// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// What the variables of markers stand for in an environment (PEP 508).
package struct PythonMarkerEnvironment: Sendable, Equatable {
    /// Values by name, as in `sys_platform`.
    package var values: [String: String]

    package init(values: [String: String]) { self.values = values }

    /// The values that CPython of a version has on a platform; what only the machine knows is empty.
    package init(pythonVersion: String, platform: Subdir) {
        let parts = pythonVersion.split(separator: ".").prefix(2).joined(separator: ".")
        let system =
            switch platform.system {
            case "linux": (name: "posix", platform: "linux", system: "Linux")
            case "osx": (name: "posix", platform: "darwin", system: "Darwin")
            case "win": (name: "nt", platform: "win32", system: "Windows")
            case "emscripten": (name: "posix", platform: "emscripten", system: "Emscripten")
            case let other: (name: "posix", platform: other, system: other)
            }
        values = [
            "python_version": parts, "python_full_version": pythonVersion, "implementation_version": pythonVersion,
            "implementation_name": "cpython", "platform_python_implementation": "CPython", "os_name": system.name,
            "sys_platform": system.platform, "platform_system": system.system, "platform_release": "",
            "platform_version": "", "platform_machine": Self.machine(platform),
        ]
    }

    /// What `platform.machine()` says.
    private static func machine(_ platform: Subdir) -> String {
        switch (platform.processor, platform.isWindows) {
        case ("64", true): "AMD64"
        case ("64", false): "x86_64"
        case ("32", true): "x86"
        case ("32", false): "i686"
        case ("arm64", true): "ARM64"
        case (let other, _): other
        }
    }
}

extension PythonMarker {
    /// Whether it holds in `environment` for those who asked for `extras`; each extra is tried, none counts as "".
    package func holds(in environment: PythonMarkerEnvironment, extras: [String] = []) -> Bool {
        guard !extras.isEmpty else { return holds(environment, extra: "") }
        return extras.contains { holds(environment, extra: $0) }
    }

    private func holds(_ environment: PythonMarkerEnvironment, extra: String) -> Bool {
        switch self {
        case .all(let parts): return parts.allSatisfy { $0.holds(environment, extra: extra) }
        case .either(let parts): return parts.contains { $0.holds(environment, extra: extra) }
        case .comparison(let left, let comparison, let right):
            func text(_ value: Value) -> String {
                switch value {
                case .text(let text): text
                case .variable("extra"): extra
                case .variable(let name): environment.values[name] ?? ""
                }
            }
            let key: String? =
                if case .variable(let name) = left { name } else if case .variable(let name) = right { name } else {
                    nil
                }
            return Self.compare(text(left), comparison, text(right), key: key)
        }
    }

    private static let versions: Set<String> = [
        "python_version", "python_full_version", "implementation_version", "platform_release",
    ]

    private static func compare(_ left: String, _ comparison: String, _ right: String, key: String?) -> Bool {
        var (left, right) = (left, right)
        if key == "extra" { (left, right) = (PythonPackageName.normalized(left), PythonPackageName.normalized(right)) }
        switch comparison {
        case "in": return right.holds(left)
        case "not in": return !right.holds(left)
        default: break
        }
        if let key, versions.contains(key), let specifiers = PythonVersionSpecifiers(comparison + right) {
            return PythonVersion(left).map { specifiers.contains($0) } ?? false
        }
        // Texts have no order: PEP 508 leaves it to python, and comparing platforms by letters says nothing.
        switch comparison {
        case "==", "<=", ">=", "===": return left == right
        case "!=": return left != right
        default: return false
        }
    }
}
