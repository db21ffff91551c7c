# Completion of poolgen for bash.

# The options of poolgen or of one of its subcommands, as its own --help names them.
_poolgen_options() {
    "$@" --help 2>/dev/null | grep -oE '^  +-[-a-z, =]*' | grep -oE -- '-{1,2}[a-z][-=a-z]*'
}

# The words that an option of a subcommand chooses from, which stand as a|b in the help.
_poolgen_choices() {
    "$1" "$2" --help 2>/dev/null | sed -n "s/^  $3 \([a-z]*|[a-z|]*\).*/\1/p" | tr '|' ' '
}

# What --set may be given: a key of a table that has one value, or, behind its =, a word.
_poolgen_settings() {
    local schema
    schema=$("$1" --print-schema 2>/dev/null | grep -E '^    "[a-z_]+": \{' | grep -v '"type": "array"')
    if [[ $2 == *=* ]]; then
        sed -n "s/^    \"${2%%=*}\": //p" <<<"$schema" | grep -oE '"(enum": \[[^]]*|const": "[a-z]*")' |
            grep -oE '"[a-z]+"[],]?' | tr -d '",' | grep -vx -e enum -e const
    else
        sed 's/^    "\([a-z_]*\)".*/\1=/' <<<"$schema"
    fi
}

_poolgen() {
    local cur prev words cword
    _init_completion -s || return

    local subcommands='record tune report merge'

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
    --set)
        COMPREPLY=($(compgen -W "$(_poolgen_settings "${words[0]}" "$cur")" -- "${cur#*=}"))
        [[ $cur == *=* ]] || compopt -o nospace 2>/dev/null
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
        COMPREPLY=($(compgen -W "-- $(_poolgen_options "${words[0]}" record)" -- "$cur"))
        return
        ;;
    tune | merge | report)
        local choices=
        [[ $prev == --* ]] && choices=$(_poolgen_choices "${words[0]}" "${words[1]}" "$prev")
        if [[ -n $choices ]]; then
            COMPREPLY=($(compgen -W "$choices" -- "$cur"))
        elif [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W "$(_poolgen_options "${words[0]}" "${words[1]}")" -- "$cur"))
        else
            _filedir '@(json|yaml|yml)'
        fi
        return
        ;;
    esac

    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(_poolgen_options "${words[0]}")" -- "$cur"))
    else
        _filedir '@(yaml|yml)'
        [[ $cword -eq 1 ]] && COMPREPLY+=($(compgen -W "$subcommands" -- "$cur"))
    fi
} &&
    complete -F _poolgen poolgen
