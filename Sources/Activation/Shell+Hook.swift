// SPDX-License-Identifier: BSD-3-Clause

/// What a hook is made from.
package struct HookRequest: Sendable {
    /// Absolute path of the krait executable.
    package var executable: String
    /// The name of the function; the executable's own name by default.
    package var command: String
    /// Exported as `MAMBA_ROOT_PREFIX` when it was given on the command line.
    package var rootPrefix: String?
    /// `auto_activate_base`.
    package var activatesBase = false
    /// `MAMBA_EXE`, `CONDA_EXE` or what else the peer of the same name exports as the executable's path.
    package var executableVariable: String?
    /// Whether `CONDA_SHLVL` is set to 0.
    package var beginsLevel = false

    package init(executable: String, command: String = "krait", rootPrefix: String? = nil) {
        self.executable = executable
        self.command = command
        self.rootPrefix = rootPrefix
    }
}

extension Shell {
    /// The code that `shell hook` prints: a function around the executable that lets activation happen in the shell it
    /// is called from, and refreshes it when packages change (Rules §18.4).
    package func hook(_ request: HookRequest) -> String {
        var text = request.rootPrefix.map { export("MAMBA_ROOT_PREFIX", $0) + (self == .tcsh ? ";\n" : "\n") } ?? ""
        if let variable = request.executableVariable {
            text += export(variable, request.executable) + (self == .tcsh ? ";\n" : "\n")
        }
        if request.beginsLevel { text += export("CONDA_SHLVL", "0") + (self == .tcsh ? ";\n" : "\n") }
        let exe = quoted(request.executable)
        let name = request.command
        switch self {
        case .bash, .zsh, .posix: text += posixHook(exe, name)
        case .fish: text += fishHook(exe, name)
        case .tcsh: text += tcshHook(exe, name)
        case .xonsh: text += xonshHook(exe, name)
        case .powershell: text += powershellHook(exe, name)
        }
        if request.activatesBase { text += baseActivation(name) }
        return text
    }

    /// What fails prints nothing but `return` with its status, so that no variable of ours is left in the shell.
    private func posixHook(_ exe: String, _ name: String) -> String {
        """
        \(name)() {
            case " $* " in
                *" -h "* | *" --help "*) \(exe) "$@"; return ;;
            esac
            case "${1-}" in
                activate | deactivate | reactivate)
                    eval "$(\(exe) shell "$@" --shell \(rawValue) || printf 'return %d' "$?")"
                    hash -r 2>/dev/null || :
                    ;;
                install | update | upgrade | remove | uninstall)
                    \(exe) "$@" || return
                    if [ -n "${CONDA_PREFIX:-}" ]; then
                        eval "$(\(exe) shell reactivate --shell \(rawValue) || printf 'return %d' "$?")"
                        hash -r 2>/dev/null || :
                    fi
                    ;;
                *) \(exe) "$@" ;;
            esac
        }

        """
    }

    private func fishHook(_ exe: String, _ name: String) -> String {
        """
        function \(name)
            if contains -- -h $argv; or contains -- --help $argv
                \(exe) $argv
                return
            end
            set -l code
            switch "$argv[1]"
                case activate deactivate reactivate
                    set code (\(exe) shell $argv --shell fish)
                    or return
                case install update upgrade remove uninstall
                    \(exe) $argv
                    or return
                    if test -n "$CONDA_PREFIX"
                        set code (\(exe) shell reactivate --shell fish)
                        or return
                    end
                case '*'
                    \(exe) $argv
                    return
            end
            printf '%s\\n' $code | source
        end

        """
    }

    /// An alias has no arguments of its own: what was typed comes through the history substitution `\\!*`, and stays
    /// in `__conda_words`. There is no `!~` in it, as `!` asks for history even inside quotes, and no second line.
    private func tcshHook(_ exe: String, _ name: String) -> String {
        let call = "$__conda_exe:q"
        let steps = [
            "set __conda_words = ( \\!* \"\" )", "set __conda_kind = 0",
            "if ( \"$__conda_words[1]\" =~ {activate,deactivate,reactivate} ) set __conda_kind = 1",
            "if ( \"$__conda_words[1]\" =~ {install,update,upgrade,remove,uninstall} ) set __conda_kind = 2",
            "if ( $__conda_kind == 1 ) eval \"`\(call) shell \\!* --shell tcsh`\"",
            "if ( $__conda_kind == 0 || $__conda_kind == 2 ) \(call) \\!*",
            "if ( $__conda_kind == 2 && $?CONDA_PREFIX ) eval \"`\(call) shell reactivate --shell tcsh`\"",
        ]
        return "set __conda_exe = \(exe);\nalias \(name) '\(steps.joined(separator: "; "))';\n"
    }

    private func xonshHook(_ exe: String, _ name: String) -> String {
        """
        def _conda_shell_command(arguments):
            import subprocess
            command = [\(exe)] + list(arguments)
            verb = arguments[0] if arguments else ''
            if '-h' in arguments or '--help' in arguments:
                return subprocess.call(command)
            if verb in ('install', 'update', 'upgrade', 'remove', 'uninstall'):
                code = subprocess.call(command)
                if code or 'CONDA_PREFIX' not in __xonsh__.env:
                    return code
                arguments = ['reactivate']
            elif verb not in ('activate', 'deactivate', 'reactivate'):
                return subprocess.call(command)
            words = [\(exe), 'shell'] + list(arguments) + ['--shell', 'xonsh']
            done = subprocess.run(words, stdout=subprocess.PIPE, env=__xonsh__.env.detype())
            if done.returncode == 0:
                __xonsh__.execer.exec(done.stdout.decode(), glbs=__xonsh__.ctx)
            return done.returncode
        aliases['\(name)'] = _conda_shell_command

        """
    }

    private func powershellHook(_ exe: String, _ name: String) -> String {
        """
        function global:\(name) {
            if ($args -contains '-h' -or $args -contains '--help') { & \(exe) @args; return }
            if (@('activate', 'deactivate', 'reactivate') -contains $args[0]) {
                $code = & \(exe) shell @args --shell powershell | Out-String
                if ($LASTEXITCODE -eq 0) { Invoke-Expression $code }
                return
            }
            & \(exe) @args
            if (@('install', 'update', 'upgrade', 'remove', 'uninstall') -contains $args[0]) {
                if ($LASTEXITCODE -eq 0 -and $Env:CONDA_PREFIX) {
                    $code = & \(exe) shell reactivate --shell powershell | Out-String
                    if ($LASTEXITCODE -eq 0) { Invoke-Expression $code }
                }
            }
        }

        """
    }

    private func baseActivation(_ name: String) -> String {
        switch self {
        case .bash, .zsh, .posix: "if [ -z \"${CONDA_PREFIX:-}\" ]; then \(name) activate base; fi\n"
        case .fish: "if test -z \"$CONDA_PREFIX\"; \(name) activate base; end\n"
        case .tcsh: "if ( ! $?CONDA_PREFIX ) \(name) activate base;\n"
        case .xonsh: "if 'CONDA_PREFIX' not in __xonsh__.env:\n    aliases['\(name)'](['activate', 'base'])\n"
        case .powershell: "if (-not $Env:CONDA_PREFIX) { \(name) activate base }\n"
        }
    }
}
