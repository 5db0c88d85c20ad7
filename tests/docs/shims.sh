# What a reader has beside the command: cargo. What cargo does is left to the gate; here it starts the program of the guide for
# actors, which was built with the tests.
set -m
exec 2>&1
cargo() {
    case "$1" in
        new) mkdir -p "${!#}/src" ;;
        run) [[ "$PWD" == */village ]] || return 0
             while [[ "$1" != -- ]]; do shift; done
             shift; (exec -a village "$OWN" "$@") ;;
    esac
}
.ci/run() { :; }
# `cd benches/peers` measures other engines; it is not part of the documents' session.
cd() { [[ "$1" == benches/peers ]] || builtin cd "$@"; }
