
# An option in the place of a command is one of the default command.
_currents-scrub_default() {
    if [[ "${COMP_WORDS[1]}" == -* && "${COMP_WORDS[1]}" != @(-h|--help|--version) ]]; then
        COMP_WORDS=("${COMP_WORDS[0]}" scrub "${COMP_WORDS[@]:1}")
        COMP_CWORD=$((COMP_CWORD + 1))
    fi
    _currents-scrub "$@"
}

# Where nothing else is known, files are meant.
complete -o filenames -o default -F _currents-scrub_default currents-scrub
