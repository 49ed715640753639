function __tool_at --description 'whether the words before the cursor lead to one of these places'
    set -l place /
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case -n --name -c --channel --category --link-mode -o --output
                set skip 1
                continue
            case '-*'
                continue
        end
        switch "$place $word"
            case '/ create'; set place /create
            case '/ remove'; set place /remove
            case '/ uninstall'; set place /remove
            case '/ run'; set place /run
            case '/ info'; set place /info
            case '/ env'; set place /env
            case '/ shell'; set place /shell
            case '/env list'; set place /env/list
            case '/env config'; set place /env/config
            case '/env/config set'; set place /env/config/set
            case '/shell activate'; set place /shell/activate
        end
    end
    contains -- $place $argv
end
complete -c tool -f
complete -c tool -s h -l help -d 'show this help'
complete -c tool -s q -l quiet -d 'print errors only'
complete -c tool -n '__tool_at /' -a create -d 'Make an environment'
complete -c tool -n '__tool_at /' -a remove -d 'Remove packages'
complete -c tool -n '__tool_at /' -a run -d 'Run a command'
complete -c tool -n '__tool_at /' -a info -d 'Show facts'
complete -c tool -n '__tool_at /' -a env -d 'Environments'
complete -c tool -n '__tool_at /' -a shell -d 'Start a shell'
complete -c tool -n '__tool_at /create' -s n -l name -r -f -a '(tool shell completion --environments 2>/dev/null)' -d 'the environment of this name'
complete -c tool -n '__tool_at /create' -s c -l channel -x -d 'a channel to use'
complete -c tool -n '__tool_at /create' -l category -x -d 'groups to install'
complete -c tool -n '__tool_at /create' -l link-mode -r -f -a 'auto hardlink reflink copy softlink' -d 'how files are linked: it\'s up to you'
complete -c tool -n '__tool_at /create' -s a -l force -l force-remove -d 'go on'
complete -c tool -n '__tool_at /remove' -s n -l name -r -f -a '(tool shell completion --environments 2>/dev/null)' -d 'the environment of this name'
complete -c tool -n '__tool_at /remove' -s a -l force -l force-remove -d 'go on'
complete -c tool -n '__tool_at /run' -s n -l name -r -f -a '(tool shell completion --environments 2>/dev/null)' -d 'the environment of this name'
complete -c tool -n '__tool_at /run' -a '(__fish_complete_subcommand)'
complete -c tool -n '__tool_at /env' -a list -d 'Show them'
complete -c tool -n '__tool_at /env' -a config -d 'Settings'
complete -c tool -n '__tool_at /env/list' -s o -l output -r -F -d 'write it there'
complete -c tool -n '__tool_at /env/config' -a set -d 'Set one'
complete -c tool -n '__tool_at /shell' -a activate -d 'Activate'
complete -c tool -n '__tool_at /shell' -s n -l name -r -f -a '(tool shell completion --environments 2>/dev/null)' -d 'the environment of this name'
complete -c tool -n '__tool_at /shell/activate' -f -a '(tool shell completion --environments 2>/dev/null)'
