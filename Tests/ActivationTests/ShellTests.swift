import Failures
// SPDX-License-Identifier: BSD-3-Clause
import Testing

@testable import Activation

@Suite struct ShellTests {
    @Test func detection() {
        #expect(Shell.detect(parentProcess: "-zsh", loginShell: "/bin/bash") == .zsh)
        #expect(Shell.detect(parentProcess: "/usr/bin/fish", loginShell: nil) == .fish)
        #expect(Shell.detect(parentProcess: "make", loginShell: "/bin/bash") == .bash)
        #expect(Shell.detect(parentProcess: nil, loginShell: nil) == .posix)
        #expect(Shell(name: "dash") == .posix)
        #expect(Shell(name: "cmd") == nil)
    }

    @Test func quoting() {
        let text = "it's $HOME `x` \\ \"!\n"
        #expect(Shell.bash.quoted(text) == "'it'\"'\"'s $HOME `x` \\ \"!\n'")
        #expect(Shell.fish.quoted("it's \\") == "'it\\'s \\\\'")
        #expect(Shell.powershell.quoted("it's") == "'it''s'")
        #expect(Shell.xonsh.quoted("a'\n\\") == "'a\\'\\n\\\\'")
        #expect(Shell.tcsh.quoted("a!' $/b-1") == "a\\!\\'\\ \\$/b-1")
    }

    /// Control characters never stand raw in code, line ends in no word of shells that would split there.
    @Test func controlCharacters() throws {
        let text = "a\u{1B}[1m\u{7F}\u{9B}\r"
        for shell in Shell.allCases where shell != .tcsh {
            let word = shell.quoted(text + "\nb")
            #expect(
                !word.unicodeScalars.contains { $0 != "\n" && ($0.value < 0x20 || (0x7f...0x9f).contains($0.value)) })
            if shell == .fish || shell == .xonsh { #expect(!word.contains("\n")) }
        }
        #expect(Shell.bash.quoted("a\u{1B}b") == "'a'$'\\033''b'")
        #expect(Shell.posix.quoted("a\u{1B}b") == "'a'\"$(printf '\\033')\"'b'")
        #expect(Shell.powershell.quoted("a\u{1B}b") == "('a'+[char]27+'b')")
        #expect(Shell.powershell.quoted("a\u{2019}; b") == "'a\u{2019}\u{2019}; b'")
        var transform = transform
        transform.export.append(EnvironmentVariable("L", "a\nb"))
        #expect(throws: Failure.self) { try Shell.tcsh.code(for: transform) }
    }

    private var transform: Transform {
        var transform = Transform()
        transform.searchPath = .set("/e x/bin:/bin")
        transform.deactivateScripts = ["/o/d"]
        transform.unset = ["GONE"]
        transform.prompt = .replace(by: "(e) ", level: 1)
        transform.export = [EnvironmentVariable("K", "it's")]
        transform.activateScripts = ["/e x/a"]
        return transform
    }

    @Test func codeForBash() throws {
        #expect(
            try Shell.bash.code(for: transform) == """
                export PATH='/e x/bin:/bin'
                . '/o/d'
                case "${PS1-}" in *POWERLINE_COMMAND*) ;; *) if [ -n "${PS1+x}" ]; then PS1='(e) '"${PS1#"${CONDA_PROMPT_MODIFIER-}"}"; fi ;; esac
                unset GONE
                export K='it'"'"'s'
                . '/e x/a'

                """)
        #expect(try Shell.bash.code(for: Transform()).isEmpty)
    }

    @Test func codeForFish() throws {
        let lines = try Shell.fish.code(for: transform).split(separator: "\n")
        #expect(lines[0...1] == ["set -gx PATH '/e x/bin' '/bin';", "source '/o/d';"])
        #expect(lines.suffix(3) == ["set -e GONE;"] + ["set -gx K 'it\\'s';", "source '/e x/a';"])
    }

    @Test func codeForOthers() throws {
        #expect(try Shell.tcsh.code(for: transform).contains("setenv K it\\'s;\n"))
        #expect(try Shell.xonsh.code(for: transform).contains("$PATH = ['/e x/bin', '/bin']\n"))
        #expect(try Shell.powershell.code(for: transform).contains("$Env:K = 'it''s'\n"))
    }

    /// xonsh expands variables in the words of commands and in `PATH`.
    @Test func xonshExpandsNothing() throws {
        var named = Transform()
        named.activateScripts = ["/a$HOME/it's.sh"]
        #expect(
            try Shell.xonsh.code(for: named) == "source-bash --suppress-skip-message @('/a$HOME/it\\'s.sh')\n")
        named.searchPath = .set("/a$HOME/bin:/bin")
        #expect(throws: Failure.self) { try Shell.xonsh.code(for: named) }
    }

    @Test func startUpFiles() {
        let block = ShellConfiguration.block(.bash, executable: "/opt/k r/krait", rootPrefix: "/r")
        #expect(block.contains("eval \"$('/opt/k r/krait' shell hook --shell bash --root-prefix '/r')\""))
        for text in ["", "alias x=y\n", "no newline", "\n\n", "a\n\n"] {
            let with = ShellConfiguration.adding(block, to: text)
            #expect(ShellConfiguration.adding(block, to: with) == with)
            let other = ShellConfiguration.block(.bash, executable: "/other", rootPrefix: nil)
            #expect(ShellConfiguration.adding(block, to: ShellConfiguration.adding(other, to: text)) == with)
            let without = ShellConfiguration.removing(from: with)
            #expect(without == text || without == text + "\n")
            #expect(ShellConfiguration.removing(from: without) == without)
        }
        // What others manage stays.
        let foreign = "# >>> mamba initialize >>>\nx\n# <<< mamba initialize <<<\n"
        #expect(ShellConfiguration.removing(from: foreign) == foreign)
        let between = ShellConfiguration.adding(block, to: foreign) + "tail\n"
        #expect(ShellConfiguration.removing(from: between) == foreign + "tail\n")
    }

    @Test func whichFiles() {
        func files(_ shell: Shell, _ existing: [String: String] = [:], _ variables: [String: String] = [:]) -> [String]
        {
            ShellConfiguration.files(shell, home: "/h", variables: variables) { existing[$0] }
        }
        #expect(files(.bash) == ["/h/.bashrc", "/h/.bash_profile"])
        #expect(files(.bash, ["/h/.profile": "echo"]) == ["/h/.bashrc", "/h/.profile"])
        #expect(files(.bash, ["/h/.profile": ". ~/.bashrc"]) == ["/h/.bashrc"])
        let mamba = ShellConfiguration.Owner(
            name: "mamba", command: "mamba shell init", exports: true, editsLoginFiles: false)
        let theirs = ShellConfiguration.files(.bash, home: "/h", variables: [:], owner: mamba) { _ in nil }
        #expect(theirs == ["/h/.bashrc"])
        #expect(files(.zsh, [:], ["ZDOTDIR": "/z"]) == ["/z/.zshrc"])
        #expect(files(.fish) == ["/h/.config/fish/config.fish"])
        #expect(files(.posix) == ["/h/.profile"])
    }
}
