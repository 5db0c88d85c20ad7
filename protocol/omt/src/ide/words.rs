//! What the words of the language mean, in a line each.

/// A word, how it is used, and what it does.
pub(super) struct Word {
    pub(super) word: &'static str,
    pub(super) form: &'static str,
    pub(super) text: &'static str,
}

const fn word(word: &'static str, form: &'static str, text: &'static str) -> Word {
    Word { word, form, text }
}

/// What may stand at the top of a file.
pub(super) const DECLARATIONS: &[Word] = &[
    word(
        "transaction",
        "transaction ${1:00} \"${2:Title}\" \"${3:description}\" keyed ${4:session_id}",
        "the header of the file; `keyed` names the field that tells sessions apart",
    ),
    word("imports", "imports ${1:shared/common}", "makes the declarations of another file known"),
    word(
        "parameters",
        "parameters (\n    ${1:WAIT} = ${2:5} ${3:seconds} \"${4:meaning}\"\n)",
        "named constants with a unit",
    ),
    word("enum", "enum ${1:Name} (\n    ${2:VALUE}\n)", "a type with a few named values"),
    word("record", "record ${1:Name} (\n    ${2:field} ${3:uint}\n)", "a value with fields"),
    word(
        "message",
        "message ${1:NAME} from ${2:Sender} to [${3:Receiver}] signed (\n    ${4:session_id} hash\n)",
        "what one actor sends to others; each field is taken from the sender's variable of the same name",
    ),
    word(
        "block",
        "block ${1:NAME} by [${2:Actor}] (\n    ${3:session_id} hash\n)",
        "what an actor appends to its own chain",
    ),
    word(
        "function",
        "function ${1:NAME}(${2:x} ${3:uint}) -> ${4:uint} (\n    RETURN ${5:x}\n)",
        "a computation without actions",
    ),
    word(
        "native",
        "native function ${1:NAME}(${2:x} ${3:uint}) -> ${4:bool} \"${5:path}\"",
        "a function outside of the program, whose answer is waited for",
    ),
    word(
        "actor",
        "actor ${1:Name} (\n    store (\n        ${2:session_id} hash\n    )\n    state ${3:IDLE} initial\n    state ${4:DONE} terminal\n)",
        "a role: its variables, states and transitions",
    ),
];

/// What may stand in an actor.
pub(super) const MEMBERS: &[Word] = &[
    word("store", "store (\n    ${1:name} ${2:uint}\n)", "the variables of the actor"),
    word(
        "trigger",
        "trigger ${1:name}(${2:x} ${3:uint}) in [${4:STATE}]",
        "what is started from outside, in some states",
    ),
    word("state", "state ${1:NAME}", "a state; one is `initial`, and work ends in a `terminal` one"),
];

/// What a transition may do.
pub(super) const ACTIONS: &[Word] = &[
    word("store", "store ${1:field}", "copies fields of the message or trigger into variables of the same name"),
    word("STORE", "STORE(${1:variable}, ${2:value})", "sets a variable, as `x = value` does"),
    word("lookup", "lookup ${1:variable} = ${2:value}", "sets a variable, and says that a chain is read"),
    word("SEND", "SEND(${1:peer}, ${2:MESSAGE})", "sends a message to one peer"),
    word("BROADCAST", "BROADCAST(${1:peers}, ${2:MESSAGE})", "sends a message to a list of peers, or to the `Network`"),
    word(
        "APPEND",
        "APPEND(${1:list}, ${2:value})",
        "adds to a list; `APPEND(chain, BLOCK)` writes a block to the actor's own chain",
    ),
];

/// What a function may do.
pub(super) const STATEMENTS: &[Word] = &[
    word("RETURN", "RETURN ${1:value}", "the result of the function"),
    word("FOR", "FOR ${1:x} IN ${2:list} (\n    ${3:y} = ${1:x}\n)", "repeats for each element of a list"),
];

/// What may stand inside of expressions.
pub(super) const OPERATORS: &[Word] = &[
    word("IF", "IF ${1:condition} THEN ${2:a} ELSE ${3:b}", "one value or another"),
    word("NOT", "NOT ${1:condition}", "negation"),
    word("true", "true", "holds"),
    word("false", "false", "does not hold"),
    word("null", "null", "no value: may be stored, passed on and compared with `==` and `!=`"),
    word("peer_id", "peer_id", "the peer that plays the actor"),
    word("chain", "chain", "the actor's own chain"),
];

/// Words that mean something in one place only.
const OTHERS: &[Word] = &[
    word("message", "message.field", "the message of this transition, with `sender` and `payload`"),
    word("signed", "signed", "the message carries a signature over its fields"),
    word("keyed", "keyed session_id", "the field that tells sessions apart"),
    word("initial", "initial", "an instance begins in this state"),
    word("terminal", "terminal", "the work of the actor may end in this state"),
    word("auto", "A -> B auto when condition", "taken at once when the guard holds"),
    word("on", "A -> B on MESSAGE", "taken when the message or trigger comes"),
    word("timeout", "A -> B on timeout(WAIT)", "taken when the state has been entered for longer than the parameter"),
    word("when", "when condition ( … ) else -> C", "the guard: without it the transition is always taken"),
    word("else", "else -> C ( … )", "what happens when the guard does not hold; without it the message waits"),
    word("Network", "to [Network]", "everybody"),
    word("AND", "a AND b", "both hold"),
    word("OR", "a OR b", "one of them holds"),
];

/// The types that every program has.
pub(super) const TYPES: &[Word] = &[
    word("uint", "uint", "a whole number that is not negative; amounts are `uint` in small units"),
    word("int", "int", "a whole number"),
    word("float", "float", "a number with a fraction; never gets into an integer or a block"),
    word("bool", "bool", "`true` or `false`"),
    word("string", "string", "text"),
    word("bytes", "bytes", "bytes of any number"),
    word("hash", "hash", "the 32 bytes of a SHA-256"),
    word("signature", "signature", "a signature by a peer"),
    word("peer_id", "peer_id", "a peer; what SEND needs"),
    word("timestamp", "timestamp", "a time in seconds; a field of this name is always the current time"),
    word("any", "any", "a value of any type, which is not checked"),
    word("dict", "dict", "a record whose fields are not declared"),
    word("list", "list<${1:uint}>", "values in order"),
    word("map", "map<${1:hash}, ${2:uint}>", "values by key"),
];

/// The units that are known.
pub(super) const UNITS: &[Word] = &[
    word("seconds", "seconds", "a duration, as timeouts need it"),
    word("count", "count", "a number of things"),
    word("fraction", "fraction", "a part of one"),
];

/// What a word means that no file declares.
pub(super) fn meaning(word: &str) -> Option<&'static Word> {
    let exact = [DECLARATIONS, MEMBERS, ACTIONS, OTHERS, TYPES, UNITS];
    let found = exact.into_iter().flatten().find(|known| known.word == word);
    found.or_else(|| {
        [STATEMENTS, OPERATORS, OTHERS].into_iter().flatten().find(|known| known.word.eq_ignore_ascii_case(word))
    })
}

/// A form without the marks of what is to be filled in.
pub(super) fn plain(form: &str) -> String {
    let mut out = String::new();
    let mut rest = form;
    while let Some((before, marked)) = rest.split_once("${") {
        out.push_str(before);
        let (mark, behind) = marked.split_once('}').unwrap_or((marked, ""));
        out.push_str(mark.split_once(':').map_or("", |(_, text)| text));
        rest = behind;
    }
    out + rest
}
