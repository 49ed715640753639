#compdef tool
_tool() {
    local place="" word i operands=0 current="${words[CURRENT]}" previous="${words[CURRENT-1]}"
    local -a verbs options
    for ((i = 2; i < CURRENT; i++)); do
        word="${words[i]}"
        case "$word" in
            -n | --name | -c | --channel | --category | --link-mode | -o | --output) ((i++)); continue ;;
            -*) continue ;;
        esac
        case "$place/$word" in
            /create) place=/create ;;
            /remove) place=/remove ;;
            /uninstall) place=/remove ;;
            /run) place=/run ;;
            /info) place=/info ;;
            /env) place=/env ;;
            /shell) place=/shell ;;
            /env/list) place=/env/list ;;
            /env/config) place=/env/config ;;
            /env/config/set) place=/env/config/set ;;
            /shell/activate) place=/shell/activate ;;
            *) operands=1 ;;
        esac
        [[ $place$operands == /run1 ]] && { _files; return }
    done
    options=(
            '-h:show this help'
            '--help:show this help'
            '-q:print errors only'
            '--quiet:print errors only'
    )
    case "$place" in
        '')
            verbs=(
            'create:Make an environment'
            'remove:Remove packages'
            'uninstall:Remove packages'
            'run:Run a command'
            'info:Show facts'
            'env:Environments'
            'shell:Start a shell'
            )
            ;;
        /create)
            options+=(
            '-n:the environment of this name'
            '--name:the environment of this name'
            '-c:a channel to use'
            '--channel:a channel to use'
            '--category:groups to install'
            '--link-mode:how files are linked: it'\''s up to you'
            '-a:go on'
            '--force:go on'
            '--force-remove:go on'
            )
            ;;
        /remove)
            options+=(
            '-n:the environment of this name'
            '--name:the environment of this name'
            '-a:go on'
            '--force:go on'
            '--force-remove:go on'
            )
            ;;
        /run)
            options+=(
            '-n:the environment of this name'
            '--name:the environment of this name'
            )
            ;;
        /info)
            ;;
        /env)
            verbs=(
            'list:Show them'
            'config:Settings'
            )
            ;;
        /env/list)
            options+=(
            '-o:write it there'
            '--output:write it there'
            )
            ;;
        /env/config)
            verbs=(
            'set:Set one'
            )
            ;;
        /env/config/set)
            ;;
        /shell)
            verbs=(
            'activate:Activate'
            )
            options+=(
            '-n:the environment of this name'
            '--name:the environment of this name'
            )
            ;;
        /shell/activate)
            ;;
    esac
    case "$previous" in
        -n | --name) compadd -- ${(f)"$(tool shell completion --environments 2>/dev/null)"}; return ;;
        -c | --channel | --category) _message value; return ;;
        --link-mode) compadd -- auto hardlink reflink copy softlink; return ;;
        -o | --output) _files; return ;;
    esac
    if [[ $current == -* ]]; then
        _describe -o option options
    elif (( $#verbs )); then
        _describe command verbs
    else
        case "$place" in
            /run) _command_names -e ;;
            /shell/activate) compadd -- ${(f)"$(tool shell completion --environments 2>/dev/null)"} ;;
            *) _files ;;
        esac
    fi
}
if (( ${+functions[compdef]} )); then compdef _tool tool; fi
