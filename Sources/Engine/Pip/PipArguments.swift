// SPDX-License-Identifier: BSD-3-Clause
import Locations
import Manifests
import Platform

/// What an installer gets for one group of requirements: words of its command line, and a list in a file.
///
/// The list is not beside the user's file, which may be read-only; so lists inside it are named with their whole path
/// on the command line (mamba#1894). URLs, which may have secrets in them, stand only in the list: it is this
/// user's, while the words of a program are for everybody to see.
struct PipArguments: Sendable, Equatable {
    var words: [String] = []
    var lines: [String] = []

    init(_ group: PipSection.Group, for kind: PipInstaller.Kind) {
        for requirement in group.requirements {
            let line = PipRequirementLine(requirement.text)
            if line.text.isEmpty { continue }
            switch line.kind {
            case .requirementsFile, .constraintsFile, .options:
                for option in line.options { take(option, group, kind) }
            default: lines.append(line.text)
            }
        }
        let indexes = group.indexes.enumerated().map { "\($0 == 0 ? "--index-url" : "--extra-index-url") \($1)" }
        lines = indexes + lines
        if group.isLocked { words.append("--no-deps") }
    }

    private mutating func take(
        _ option: PipRequirementLine.Option, _ group: PipSection.Group, _ kind: PipInstaller.Kind
    ) {
        let value = option.value.map { value in
            switch option.name {
            case "--requirement", "--constraint", "--find-links":
                // URLs and variables stay what they are.
                PipRequirementLine("\(option.name) \(value)").localReferences.isEmpty || value.hasPrefix("file:")
                    ? value : Path.absolute(value, base: group.directory)
            default: value
            }
        }
        switch (option.name, kind) {
        case ("--pre", .uv): words += ["--prerelease", "allow"]
        case ("--prefer-binary", .uv): break
        case ("--trusted-host", .uv): words += ["--allow-insecure-host"] + (value.map { [$0] } ?? [])
        case (let name, _) where value?.hasURLScheme == true:
            lines.append("\(name) \(value ?? "")")
        default: words += [option.name] + (value.map { [$0] } ?? [])
        }
    }
}
