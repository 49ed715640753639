// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// The forms in which an environment can be written down.
package enum ExportFormat: String, Sendable, CaseIterable {
    case yaml, json, explicit, requirements
    case condaLock = "conda-lock"

    /// By the name that `--format` gives; conda's longer names mean the same.
    package init(name: String) throws(Failure) {
        switch name {
        case "yaml", "yml", "environment-yaml": self = .yaml
        case "json", "environment-json": self = .json
        case "explicit": self = .explicit
        case "requirements", "reqs", "txt": self = .requirements
        case "conda-lock", "conda-lock-v1": self = .condaLock
        default:
            throw Failure(
                .usage, name, "is not a format of exports",
                hint: "it is one of \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    /// By the name of the file to be written; nil when it tells nothing.
    package init?(fileName: String) {
        if ["-lock.yml", "-lock.yaml"].contains(where: { fileName.hasSuffix($0) }) {
            self = .condaLock
        } else if fileName.hasSuffix(".yml") || fileName.hasSuffix(".yaml") {
            self = .yaml
        } else if fileName.hasSuffix(".json") {
            self = .json
        } else if fileName.hasSuffix("requirements.txt") || fileName.hasSuffix("spec.txt") {
            self = .requirements
        } else if fileName.hasSuffix(".txt") || fileName.hasSuffix(".lock") {
            self = .explicit
        } else {
            return nil
        }
    }
}
