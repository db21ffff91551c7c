# Completion of poolgen for bash.

_poolgen() {
    local cur prev words cword
    _init_completion -s || return

    local subcommands='record tune report merge'
    local options='-o --prefix --check --explain --explain=json --list-outputs --depfile
                   --print-schema -q --version -h --help'

    case $prev in
    -o)
        _filedir '@(c|yaml|yml|json|html)'
        return
        ;;
    --depfile)
        _filedir
        return
        ;;
    --prefix)
        return
        ;;
    esac

    case ${words[1]} in
    record)
        # What follows -- is somebody else's command line.
        local i
        for ((i = 2; i < cword; i++)); do
            if [[ ${words[i]} == -- ]]; then
                _command_offset $((i + 1))
                return
            fi
        done
        COMPREPLY=($(compgen -W '-o --interval --' -- "$cur"))
        return
        ;;
    tune)
        if [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W '--pools --budget --align --headroom --quantile -o --against' -- "$cur"))
        else
            _filedir '@(json|yaml|yml)'
        fi
        return
        ;;
    merge | report)
        if [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W '-o --table --format=text' -- "$cur"))
        else
            _filedir '@(json|yaml|yml)'
        fi
        return
        ;;
    esac

    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
    else
        _filedir '@(yaml|yml)'
        [[ $cword -eq 1 ]] && COMPREPLY+=($(compgen -W "$subcommands" -- "$cur"))
    fi
} &&
    complete -F _poolgen poolgen
