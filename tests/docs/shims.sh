# What a reader has beside the command: cargo. What cargo does is left to the gate; here it starts the program of the guide for
# actors, which was built with the tests.
set -m
exec 2>&1
cargo() {
    case "$1" in
        new) mkdir -p "${!#}/src" ;;
        run) [[ "$PWD" == */village ]] || return 0
             while [[ "$1" != -- ]]; do shift; done
             shift; "$OWN" "$@" ;;
    esac
}
.ci/run() { :; }
# `cd benches/peers` measures other engines; it is not part of the documents' session.
cd() { [[ "$1" == benches/peers ]] || builtin cd "$@"; }
# A node that was just started answers after a moment; the second one and later ones find the first. $1 is what the node says.
nodes=0
await_node() {
    local left=300 said="$1"
    shift
    until "$@" >/dev/null 2>&1 && { ((nodes == 0)) || grep -q 'connected to' "$said"; }; do
        ((left-- > 0)) || { echo "no answer: $*"; cat "$said"; return 1; }
        sleep 0.1
    done
    ((++nodes))
}
# A reader waits until a node has said that it stops.
kill() {
    local job
    builtin kill "$@" || return
    for job in "$@"; do
        [[ "$job" == -* ]] || wait "$job"
    done
    return 0
}
