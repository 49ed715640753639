// SPDX-License-Identifier: BSD-3-Clause

/// One line for pip, as it stands under `pip:` or in a requirements file, taken apart as far as krait has to know.
package struct PipRequirementLine: Sendable, Equatable {
    /// What the line asks for.
    package enum Kind: Sendable, Equatable {
        /// `name>=1; marker`
        case package
        /// `name @ URL`, or a URL alone.
        case url(String)
        /// `git+https://…`, with or without `name @` before it.
        case repository(String)
        /// A directory or archive of this machine, as written.
        case path(String)
        /// `-r FILE`
        case requirementsFile
        /// `-c FILE`
        case constraintsFile
        /// Options only: `--index-url …`, `-f …`, `--pre`.
        case options
        /// Something that neither pip nor krait understands.
        case unknown
    }

    /// A file or directory that has to be there.
    package struct LocalReference: Sendable, Equatable {
        package enum Role: Sendable, Equatable { case requirements, constraints, project, archive, links }
        /// As written, without `file:` and extras; relative to the directory of the file that holds the line.
        package var path: String
        package var role: Role
    }

    /// As written, without comment and white space around it.
    package var text: String
    package var kind: Kind = .unknown
    package var isEditable = false
    /// In its one spelling (PEP 503); nil where only the archive knows it.
    package var name: String?
    /// What PEP 508 reads from the line, when it is of that form.
    package var requirement: PythonRequirement?
    /// Options by their long names, with values where they take one: `--index-url`, `--hash`, `--pre`.
    package var options: [Option] = []

    /// One option of a line.
    package struct Option: Sendable, Equatable {
        package var name: String
        package var value: String?
    }

    /// The files and directories the line refers to; those with a `${VARIABLE}` in them are left out.
    package var localReferences: [LocalReference] {
        var references: [LocalReference] = []
        for option in options {
            guard let value = option.value else { continue }
            switch option.name {
            case "--requirement": add(value, .requirements, to: &references)
            case "--constraint": add(value, .constraints, to: &references)
            case "--find-links": add(value, .links, to: &references)
            default: break
            }
        }
        switch kind {
        case .path(let path): add(path, Self.isArchive(path) ? .archive : .project, to: &references)
        case .url(let url) where url.hasPrefix("file:"):
            add(url, Self.isArchive(url) ? .archive : .project, to: &references)
        default: break
        }
        return references
    }

    /// The hashes the line pins, as in `sha256:…`.
    package var hashes: [String] { options.compactMap { $0.name == "--hash" ? $0.value : nil } }

    private func add(_ location: String, _ role: LocalReference.Role, to references: inout [LocalReference]) {
        guard let path = Self.localPath(location), path.range(ofText: "${") == nil else { return }
        references.append(LocalReference(path: path, role: role))
    }
}
