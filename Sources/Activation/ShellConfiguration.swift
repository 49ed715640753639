// SPDX-License-Identifier: BSD-3-Clause

/// What `shell init` and `shell deinit` do to start-up files; texts in, texts out.
package enum ShellConfiguration {
    /// Whose block it is: the name in its markers, by which other tools find it.
    package struct Owner: Sendable {
        /// `krait`, or the peer by whose name the tool was called: `mamba` also for micromamba.
        package let name: String
        /// The command that writes the block, by which people know where it comes from.
        package let command: String
        /// Whether the block exports `MAMBA_EXE` and `MAMBA_ROOT_PREFIX`, as micromamba's does.
        package let exports: Bool
        /// Whether bash's login file gets the block too where it does not read `.bashrc`. micromamba leaves that file
        /// alone on Linux, and what calls it counts on that: setup-micromamba keeps a copy of the block there by itself.
        package let editsLoginFiles: Bool
        /// Whether the markers are those of a region of PowerShell, as the peers' are there.
        package let isRegion: Bool

        package init(
            name: String, command: String, exports: Bool, editsLoginFiles: Bool, isRegion: Bool = false
        ) {
            self.name = name
            self.isRegion = isRegion
            self.command = command
            self.exports = exports
            self.editsLoginFiles = editsLoginFiles
        }

        package static let krait = Owner(
            name: "krait", command: "krait shell init", exports: false, editsLoginFiles: true)

        fileprivate var begin: String { isRegion ? "#region \(name) initialize" : "# >>> \(name) initialize >>>" }
        fileprivate var end: String { isRegion ? "#endregion" : "# <<< \(name) initialize <<<" }
    }

    /// The block that makes a shell evaluate the hook when it starts, markers included.
    package static func block(
        _ shell: Shell, executable: String, rootPrefix: String?, owner: Owner = .krait
    ) -> String {
        let exe = shell.quoted(executable)
        var exports: [String] = []
        if owner.exports {
            exports.append(shell.export("MAMBA_EXE", executable))
            if let rootPrefix { exports.append(shell.export("MAMBA_ROOT_PREFIX", rootPrefix)) }
        }
        let root = rootPrefix.map { " --root-prefix " + shell.quoted($0) } ?? ""
        let call = "\(exe) shell hook --shell \(shell.rawValue)\(root)"
        let body =
            switch shell {
            case .bash, .zsh, .posix: "if [ -x \(exe) ]; then\n    eval \"$(\(call))\"\nfi"
            case .fish: "if test -x \(exe)\n    \(call) | source\nend"
            case .tcsh: "if ( -x \(exe) ) then\n    eval \"`\(call)`\"\nendif"
            case .xonsh: "import os\nif os.path.exists(\(exe)):\n    execx($(\(call)))"
            case .powershell: "if (Test-Path \(exe)) {\n    (& \(call)) | Out-String | Invoke-Expression\n}"
            }
        let note = "# !! Contents within this block are managed by '\(owner.command)' !!"
        return ([owner.begin, note] + exports + [body, owner.end]).map { $0 + "\n" }.joined()
    }

    /// A start-up file with the block in it: in the place of an older one, else at the end.
    package static func adding(_ block: String, to text: String, owner: Owner = .krait) -> String {
        if let range = blockRange(Array(text.utf8), owner) {
            var bytes = Array(text.utf8)
            bytes.replaceSubrange(range, with: block.utf8)
            return String(decoding: bytes, as: UTF8.self)
        }
        if text.isEmpty { return block }
        return text + (text.utf8.last == UInt8(ascii: "\n") ? "\n" : "\n\n") + block
    }

    /// A start-up file without the block, and without the empty line that came with it.
    package static func removing(from text: String, owner: Owner = .krait) -> String {
        var bytes = Array(text.utf8)
        while var range = blockRange(bytes, owner) {
            let newline = UInt8(ascii: "\n")
            if range.lowerBound >= 2, bytes[range.lowerBound - 1] == newline, bytes[range.lowerBound - 2] == newline {
                range = (range.lowerBound - 1)..<range.upperBound
            } else if range.lowerBound == 1, bytes[0] == newline {
                range = 0..<range.upperBound
            }
            bytes.removeSubrange(range)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The files that `init` edits, under the home directory, strongest first. A POSIX login shell reads the profile,
    /// an interactive bash `.bashrc`: a login bash reads that only where the profile says so, hence `profileText`.
    ///
    /// - Parameter existing: whether a file exists.
    package static func files(
        _ shell: Shell, home: String, variables: [String: String], owner: Owner = .krait,
        existing: (String) -> String?
    ) -> [String] {
        let configuration = variables["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.config"
        switch shell {
        case .bash:
            guard owner.editsLoginFiles else { return ["\(home)/.bashrc"] }
            let logins = [".bash_profile", ".bash_login", ".profile"].map { "\(home)/\($0)" }
            guard let login = logins.first(where: { existing($0) != nil }) else {
                return ["\(home)/.bashrc", "\(home)/.bash_profile"]
            }
            let text = existing(login) ?? ""
            let readsTheOther = !replacing(".bashrc", by: "", in: text).utf8.elementsEqual(text.utf8)
            return readsTheOther ? ["\(home)/.bashrc"] : ["\(home)/.bashrc", login]
        case .zsh:
            let directory = variables["ZDOTDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? home
            return ["\(directory)/.zshrc"]
        case .posix: return ["\(home)/.profile"]
        case .fish: return ["\(configuration)/fish/config.fish"]
        case .tcsh: return [existing("\(home)/.tcshrc") != nil ? "\(home)/.tcshrc" : "\(home)/.cshrc"]
        case .xonsh: return ["\(home)/.xonshrc"]
        case .powershell: return ["\(configuration)/powershell/profile.ps1"]
        }
    }

    /// The bytes of the block, its last newline included.
    private static func blockRange(_ bytes: [UInt8], _ owner: Owner) -> Range<Int>? {
        guard let start = position(of: owner.begin, in: bytes, from: 0),
            let last = position(of: owner.end, in: bytes, from: start)
        else { return nil }
        var stop = last + owner.end.utf8.count
        if stop < bytes.count, bytes[stop] == UInt8(ascii: "\n") { stop += 1 }
        return start..<stop
    }

    /// Where a line begins that says just this.
    private static func position(of line: String, in bytes: [UInt8], from start: Int) -> Int? {
        let pattern = Array(line.utf8)
        var index = start
        while index + pattern.count <= bytes.count {
            let isStart = index == 0 || bytes[index - 1] == UInt8(ascii: "\n")
            if isStart, bytes[index...].starts(with: pattern) { return index }
            guard let newline = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            index = newline + 1
        }
        return nil
    }
}
