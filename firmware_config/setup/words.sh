# How setup.sh talks: progress on standard output, trouble on standard error.

say() {
    printf '%s\n' "$*"
}

# Wrong words from the caller: what is wrong, what would be right; exit 2.
refuse() {
    printf 'setup.sh: %s\n' "$*" >&2
    exit 2
}

# Trouble on this machine: what happened, what to do now; exit 1.
give_up() {
    printf 'setup.sh: %s\n' "$*" >&2
    exit 1
}

# The value of an option, which must be there.
option_value() {
    [[ $# -ge 2 && -n $2 ]] || refuse "$1 needs a value." "./setup.sh help shows the options."
    printf '%s' "$2"
}
