// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Platform

/// What one file, the environment or the command line says, key by key.
struct SettingSource {
    /// One statement about a key.
    struct Entry {
        var key: SettingKey
        var value: SettingValue
        var origin: SettingOrigin
        /// `#!final` on the key: nothing stronger may change it.
        var isFinal = false
        /// Items marked `#!top` and `#!bottom`.
        var top: [SettingValue] = []
        var bottom: [SettingValue] = []
        /// Members of a map marked `#!final`.
        var finalMembers: Set<String> = []
    }

    var entries: [String: Entry] = [:]

    /// The source that an rc file is; a file that holds nothing says nothing.
    init(file path: String, bytes: [UInt8], reader: SettingReader) throws(Failure) {
        let root = try YAML.parse(bytes, subject: path)
        if root.isNull { return }
        guard let pairs = root.mapping else {
            throw Failure(.parse, "\(path):\(root.line)", "is not a list of `key: value` lines")
        }
        for pair in pairs {
            guard let name = pair.key.text, let key = SettingKey.named(name), !pair.value.isNull,
                !SettingKey.ofRun.contains(where: { $0 === key })
            else { continue }
            let place = "\(path):\(pair.value.line):\(pair.value.column)"
            var entry = Entry(
                key: key, value: try reader.value(pair.value, key: key, place: place),
                origin: .file(path, line: pair.key.line))
            entry.isFinal = SettingSource.isMarked(pair.key, "final") || SettingSource.isMarked(pair.value, "final")
            for (node, value) in zip(pair.value.sequence ?? [], entry.value.items) {
                if SettingSource.isMarked(node, "top") { entry.top.append(value) }
                if SettingSource.isMarked(node, "bottom") { entry.bottom.append(value) }
            }
            for member in pair.value.mapping ?? [] {
                guard let name = member.key.text else { continue }
                if SettingSource.isMarked(member.key, "final") || SettingSource.isMarked(member.value, "final") {
                    entry.finalMembers.insert(name)
                }
            }
            entries[key.name] = entry
        }
    }

    /// The same without what an environment must not decide for its user: who is trusted, what stands between, where else is
    /// written, what is proven and what a shell shows.
    func withoutTrust() -> SettingSource {
        var source = self
        for name in Self.trust { source.entries[name] = nil }
        return source
    }

    private static let trust = [
        "ssl_verify", "cacert_path", "client_ssl_cert", "client_ssl_cert_key", "proxy_servers", "env_prompt",
        "pkgs_dirs", "envs_dirs", "root_prefix", "trusted_cache", "safety_checks", "extra_safety_checks",
        "allowlist_channels",
    ]

    /// The source that the environment is: `KRAIT_`, `MAMBA_` and `CONDA_` names of known keys, in this order.
    init(variables: [String: String], reader: SettingReader) throws(Failure) {
        if let left = variables["CONDA_ENVS_DIRS"], let right = variables["CONDA_ENVS_PATH"], left != right,
            !left.isEmpty, !right.isEmpty
        {
            throw Failure(.usage, "$CONDA_ENVS_DIRS and $CONDA_ENVS_PATH", "are both set", hint: "unset one of them")
        }
        for prefix in SettingKey.prefixes.reversed() {
            // Sorted, so that of two spellings the same one wins every time.
            let names = variables.keys.filter { $0.hasPrefix(prefix) }.sorted()
            for name in names {
                let rest = String(name.utf8.dropFirst(prefix.utf8.count)) ?? ""
                guard !Self.isOfActivation(rest), let text = variables[name], !text.isEmpty, rest == rest.uppercased(),
                    let key = SettingKey.named(rest.lowercased())
                else { continue }
                entries[key.name] = Entry(
                    key: key, value: try reader.value(text, key: key, place: "$\(name)"), origin: .environment(name))
            }
        }
    }

    /// The source that the command line is: the last of two scalars counts, lists grow.
    init(overrides: [(key: SettingKey, value: String)], reader: SettingReader) throws(Failure) {
        for (key, text) in overrides {
            var value = try reader.value(text, key: key, place: "command line", isOneItem: true)
            if let earlier = entries[key.name]?.value { value = earlier.adding(value) }
            entries[key.name] = Entry(key: key, value: value, origin: .commandLine)
        }
    }

    /// What it says where nothing else counts.
    func settings(_ environment: ProcessEnvironment) -> Settings {
        Settings(
            entries: entries.isEmpty
                ? [:] : entries.mapValues { Settings.Entry(value: $0.value, origins: [$0.origin]) }, files: [],
            environment: environment)
    }

    /// What hooks and an active environment leave in the variables of each process, which says nothing of settings: to find
    /// that out by looking for a declaration of it would have all of them made.
    static func isOfActivation(_ rest: String) -> Bool {
        switch rest {
        case "PREFIX", "DEFAULT_ENV", "SHLVL", "EXE", "PYTHON_EXE", "PROMPT_MODIFIER": true
        // Numbered: `PREFIX_DATA_INTEROPERABILITY` is a setting.
        default:
            (rest.hasPrefix("PREFIX_") || rest.hasPrefix("STACKED_")) && (0x30...0x39).contains(rest.utf8.last ?? 0)
        }
    }

    private static func isMarked(_ node: YAMLNode, _ word: String) -> Bool {
        guard let comment = node.comment else { return false }
        return comment.hasPrefix("!\(word)")
    }
}

extension SettingValue {
    /// The items of a list.
    var items: [SettingValue] {
        if case .list(let values) = self { values } else { [] }
    }

    fileprivate func adding(_ other: SettingValue) -> SettingValue {
        switch (self, other) {
        case (.list(let left), .list(let right)): .list(left + right)
        case (.map(let left), .map(let right)):
            .map(left.filter { old in !right.contains { $0.key == old.key } } + right)
        default: other
        }
    }
}
