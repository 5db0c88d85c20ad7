use super::*;
use crate::parse::parse;

#[track_caller]
fn formats(text: &str, wanted: &str) {
    let parsed = parse(0, text);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let once = format(&parsed.tree);
    assert_eq!(once, wanted);
    assert_eq!(format(&parse(0, once).tree), wanted, "formatting twice changes something");
}

#[test]
fn a_file_gets_its_one_layout() {
    formats(
        "transaction 90 \"Ping\" keyed id imports a/b imports c parameters(WAIT=5 seconds \"how long\" X=-1)\n\
         enum E(A B)enum F \"d\" ()\n\n\n\
         message M from A to[B,C]signed(id hash amount uint{v>0} peers list < list<peer_id> >{length=3})\n\
         block B by [A] ()",
        "transaction 90 \"Ping\" keyed id

imports a/b
imports c

parameters (
    WAIT = 5 seconds \"how long\"
    X = -1
)

enum E (
    A
    B
)

enum F \"d\" ()

message M from A to [B, C] signed (
    id     hash
    amount uint{v > 0}
    peers  list<list<peer_id>>{length = 3}
)

block B by [A] ()
",
    );
}

#[test]
fn transitions_have_their_actions_on_lines_of_their_own() {
    formats(
        "actor A \"a\"(store(x uint)trigger go ( p peer_id,n uint )in[S] \"d\" state S initial \"s\"\n\n\nstate T terminal
 S->T on go when n>0 AND NOT(f ( n ) == - 1)(store x x=n SEND(p,M) APPEND(chain,B))else->T()
 S -> T on timeout ( W ))",
        "actor A \"a\" (
    store (
        x uint
    )
    trigger go(p peer_id, n uint) in [S] \"d\"
    state S initial \"s\"

    state T terminal
    S -> T on go when n > 0 AND NOT (f(n) == -1) (
        store x
        x = n
        SEND(p, M)
        APPEND(chain, B)
    ) else -> T ()
    S -> T on timeout(W)
)
",
    );
}

#[test]
fn functions_keep_the_line_breaks_of_their_expressions() {
    formats(
        "function f(a uint,b list<uint>)->dict(c = a+\n1 c[a . b]=2 FOR x IN b(c=x . [ k ] [ 0 ])RETURN {... c,\n d 1 , e [1,\n2]\n})",
        "function f(a uint, b list<uint>) -> dict (
    c = a +
        1
    c[a.b] = 2
    FOR x IN b (
        c = x.[k][0]
    )
    RETURN {...c,
        d 1, e [1,
        2]
    }
)
",
    );
}

#[test]
fn a_record_that_is_too_wide_has_its_fields_on_lines_of_their_own() {
    formats(
        "function f(m any)->any(RETURN G({size m.size,price m.price,terms {deposit DEPOSIT_OF(m.price,m.periods), periods m.periods, price m.price, size m.size, note m.note}, short {a 1}}))",
        "function f(m any) -> any (
    RETURN G({
        size m.size,
        price m.price,
        terms {
            deposit DEPOSIT_OF(m.price, m.periods),
            periods m.periods,
            price m.price,
            size m.size,
            note m.note
        },
        short {a 1}
    })
)
",
    );
}

#[test]
fn comments_stay_where_they_are() {
    formats(
        "# head\n\n# of the file\nenum E ( # opens\nA # first\n\n# before B\nB\n# last\n) # behind\n# alone\n\nblock B by [A # inside\n, C] ( # only\n)\n#end",
        "# head

# of the file
enum E ( # opens
    A # first

    # before B
    B
    # last
) # behind
# alone

block B by [A # inside
    , C] ( # only
)
# end
"
        .replace("# end", "#end")
        .as_str(),
    );
}
