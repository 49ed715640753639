_tool() {
    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" place="" word i operands=0
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
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
        [[ $place$operands == /run1 ]] && return
    done
    case "$previous" in
        -n | --name) COMPREPLY=($(compgen -W "$(tool shell completion --environments 2>/dev/null)" -- "$current")); return ;;
        -c | --channel | --category) :; return ;;
        --link-mode) COMPREPLY=($(compgen -W "auto hardlink reflink copy softlink" -- "$current")); return ;;
        -o | --output) :; return ;;
    esac
    if [[ $current == -* ]]; then
        local options="-h --help -q --quiet"
        case "$place" in
            /create) options+=" -n --name -c --channel --category --link-mode -a --force --force-remove" ;;
            /remove) options+=" -n --name -a --force --force-remove" ;;
            /run) options+=" -n --name" ;;
            /env/list) options+=" -o --output" ;;
            /shell) options+=" -n --name" ;;
        esac
        COMPREPLY=($(compgen -W "$options" -- "$current"))
        return
    fi
    case "$place" in
        '') COMPREPLY=($(compgen -W "create remove uninstall run info env shell" -- "$current")) ;;
        /run) COMPREPLY=($(compgen -c -- "$current")) ;;
        /env) COMPREPLY=($(compgen -W "list config" -- "$current")) ;;
        /env/config) COMPREPLY=($(compgen -W "set" -- "$current")) ;;
        /shell) COMPREPLY=($(compgen -W "activate" -- "$current")) ;;
        /shell/activate) COMPREPLY=($(compgen -W "$(tool shell completion --environments 2>/dev/null)" -- "$current")) ;;
    esac
}
complete -o bashdefault -o default -F _tool tool
