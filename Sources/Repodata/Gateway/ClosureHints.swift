// SPDX-License-Identifier: BSD-3-Clause
import Platform

/// What names are likely to lead to, so that shards can be asked for before it is known that they are needed.
///
/// Hints never change an answer: a shard that nothing leads to is not looked at. They come from the shards that earlier runs
/// have read of a subdir, one line each in a file beside its index: `NAME DEPENDENCY…`.
struct ClosureHints: Sendable {
    private(set) var dependencies: [String: [String]] = [:]
    private var isChanged = false

    /// More names than this are not kept.
    private static let mostNames = 20_000

    /// Python's own dependencies in the usual channels: the longest chain in most environments.
    private static let python = [
        "python_abi", "pip", "setuptools", "wheel", "openssl", "ca-certificates", "bzip2", "libffi", "ncurses",
        "readline",
        "libsqlite", "sqlite", "tk", "xz", "liblzma", "zlib", "libzlib", "zstd", "ld_impl_linux-64", "libgcc",
        "libgcc-ng",
        "libgomp", "libstdcxx", "libstdcxx-ng", "_libgcc_mutex", "_openmp_mutex", "libuuid", "libnsl", "libxcrypt",
        "libexpat",
        "expat", "tzdata", "icu",
    ]

    /// The hints in the files that are there.
    init(paths: [String]) {
        for path in paths {
            guard let bytes = try? readFileIfPresent(path, limit: 16 << 20) else { continue }
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
                guard let name = words.first else { continue }
                dependencies[name, default: []] += words.dropFirst()
            }
        }
    }

    /// What `name` was seen to depend on.
    subscript(name: String) -> [String] {
        dependencies[name] ?? (name == "python" ? Self.python : [])
    }

    /// Notes what the shard of `name` has led to.
    mutating func note(_ name: String, _ names: [String]) {
        guard dependencies.count < Self.mostNames, dependencies[name] != names else { return }
        dependencies[name] = names
        isChanged = true
    }

    /// Keeps the hints for later runs; not being able to is no failure.
    func write(to path: String) {
        guard isChanged else { return }
        var text = ""
        for name in dependencies.keys.sorted() {
            text += ([name] + (dependencies[name] ?? [])).joined(separator: " ") + "\n"
        }
        try? writeFileAtomically(path, Array(text.utf8))
    }
}
