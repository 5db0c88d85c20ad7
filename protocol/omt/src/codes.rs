//! The codes of all findings. A code keeps its meaning for ever; a finding that is no longer made leaves a gap.

use crate::diagnostic::Severity;

/// Defines the codes, their order, and their pages.
macro_rules! codes {
    ($($name:ident $text:literal $title:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u8)]
        enum Number { $($name),* }

        /// The stable identification of a kind of finding, such as `E-TO`.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct Code(u8);

        #[allow(missing_docs)]
        impl Code {
            $(pub const $name: Code = Code(Number::$name as u8);)*
        }

        const ENTRIES: &[Entry] = &[$(Entry {
            code: Code::$name,
            text: $text,
            title: $title,
            page: include_str!(concat!("../pages/", $text, ".md")),
        }),*];
    };
}

/// A code with what there is to say about it.
struct Entry {
    code: Code,
    text: &'static str,
    title: &'static str,
    page: &'static str,
}

codes! {
    ENCODING "E-ENCODING" "the file is not UTF-8 text";
    SIZE "E-SIZE" "the file is too large";
    CHARACTER "E-CHARACTER" "a character that means nothing here";
    STRING "E-STRING" "a string does not end on its line";
    SYNTAX "E-SYNTAX" "something else was expected here";
    UNCLOSED "E-UNCLOSED" "a bracket is not closed";
    ARITY "E-ARITY" "a type has the wrong number of arguments";
    NESTING "E-NESTING" "brackets are nested too deeply";
    MANY "E-MANY" "too many errors";
    IMPORT "E-IMPORT" "an imported file is not there";
    CYCLE "W-CYCLE" "files import each other in a circle";
    CLASH "E-CLASH" "two files declare the same name differently";
    DUPLICATE "E-DUPLICATE" "a name is declared twice";
    TRANSACTION "E-TRANSACTION" "more than one transaction in a file";
    RESERVED "E-RESERVED" "a reserved word is used as a name";
    INIT0 "E-INIT0" "an actor has no initial state";
    INIT2 "E-INIT2" "an actor has more than one initial state";
    DUPSTATE "E-DUPSTATE" "two states have one name";
    FROM "E-FROM" "a transition starts in an unknown state";
    TO "E-TO" "a transition leads to an unknown state";
    ELSE "E-ELSE" "an else branch leads to an unknown state";
    ELSE2 "E-ELSE2" "two else branches for one state and event";
    EVENT "E-EVENT" "an event is neither a message nor a trigger of the actor";
    TIMEOUTPARAM "E-TIMEOUTPARAM" "a timeout needs a parameter in seconds";
    TRIGSTATE "E-TRIGSTATE" "a trigger names an unknown state";
    TRIGIN "E-TRIGIN" "a trigger is used in a state in which it cannot fire";
    SENDMSG "E-SENDMSG" "an unknown message is sent";
    BCASTMSG "E-BCASTMSG" "an unknown message is broadcast";
    MSGTO "E-MSGTO" "an actor handles a message that is not for it";
    MSGFROM "E-MSGFROM" "an actor sends a message of somebody else";
    PEER "E-PEER" "a message goes to something that is no peer";
    BLOCK "E-BLOCK" "an unknown block is appended";
    BLOCKBY "E-BLOCKBY" "an actor appends a block that is not its own";
    KEY "E-KEY" "it is not clear which field is the key of a session";
    KEYUNSET "E-KEYUNSET" "a trigger starts a session and does not set its key";
    STOREFIELD "E-STOREFIELD" "a field is stored that the event does not have";
    NAME "E-NAME" "an unknown name";
    CALL "E-CALL" "an unknown function is called";
    ARGUMENTS "E-ARGUMENTS" "a function gets the wrong number of arguments";
    METHOD "E-METHOD" "something that is no function is called";
    IMPURE "E-IMPURE" "an action is used inside an expression";
    NATIVE "E-NATIVE" "a native function is used where it cannot wait";
    ENUM "E-ENUM" "an unknown enum";
    ENUMVAL "E-ENUMVAL" "an enum does not have the value";
    ENUMMIX "E-ENUMMIX" "values of two enums are mixed";
    TYPE "E-TYPE" "a value has the wrong type";
    NULL "E-NULL" "null is used where a value is needed";
    GUARDBOOL "E-GUARDBOOL" "a condition is not bool";
    FLOATMONEY "E-FLOATMONEY" "a float gets into an integer or a block";
    RETURN "E-RETURN" "a function never returns a value";
    OBJECT "E-OBJECT" "the type `object` is used";
    REFINE "E-REFINE" "a value breaks the condition of its type";
    REFINEMENT "E-REFINEMENT" "the condition of a type cannot be checked";
    TERM "W-TERM" "an actor has no terminal state";
    UNREACH "W-UNREACH" "a state cannot be reached";
    STUCK "W-STUCK" "a state may not be left again";
    NOTIMEOUT "W-NOTIMEOUT" "a state waits for a message without a timeout";
    TERMEXIT "W-TERMEXIT" "a terminal state has transitions that leave it";
    OVERLAP "W-OVERLAP" "two transitions may be possible at once";
    FIELD "W-FIELD" "a value does not have the field";
    MSGFIELD "W-MSGFIELD" "the message does not have the field";
    ARITH "W-ARITH" "arithmetic with something that is no number";
    NOSOURCE "W-NOSOURCE" "a field is sent or written that is never set";
    UNDECLARED "W-UNDECLARED" "a variable is not declared in the store";
    OPAQUE "W-OPAQUE" "an unknown type is taken as opaque";
    ROLE "W-ROLE" "an unknown actor";
    DEADMSG "W-DEADMSG" "a message is never sent or never handled";
    DEADBLOCK "W-DEADBLOCK" "a block is never appended";
    DEADPARAM "W-DEADPARAM" "a parameter is never used";
    DEADCODE "W-DEADCODE" "a statement is never reached";
    SHADOW "W-SHADOW" "a name hides another one";
    ALLOW "W-ALLOW" "an allowance without reason or effect";
    MANYWARNINGS "W-MANY" "too many warnings";
}

impl Code {
    /// All codes, in the order of the reference.
    pub fn all() -> impl Iterator<Item = Code> {
        ENTRIES.iter().map(|entry| entry.code)
    }

    /// The code that is written so; letters may be of either case.
    pub fn named(text: &str) -> Option<Code> {
        ENTRIES.iter().find(|entry| entry.text.eq_ignore_ascii_case(text)).map(|entry| entry.code)
    }

    fn entry(self) -> &'static Entry {
        &ENTRIES[self.0 as usize]
    }

    /// As it is printed.
    pub fn text(self) -> &'static str {
        self.entry().text
    }

    /// What it means, in one line.
    pub fn title(self) -> &'static str {
        self.entry().title
    }

    /// What it means, why it matters, and an example that is wrong and one that is right; Markdown.
    pub fn page(self) -> &'static str {
        self.entry().page
    }

    /// Whether a part of the file could not be read: what is declared there is not known, and nothing is warned of then.
    pub fn is_syntax(self) -> bool {
        let whole = [Code::ENCODING, Code::SIZE, Code::NESTING, Code::MANY];
        whole.contains(&self) || [Code::CHARACTER, Code::STRING, Code::SYNTAX, Code::UNCLOSED].contains(&self)
    }

    /// Codes with `E` are errors, those with `W` warnings.
    pub fn severity(self) -> Severity {
        if self.text().starts_with('E') { Severity::Error } else { Severity::Warning }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.text())
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

/// The reference of all codes, as Markdown.
pub fn reference() -> String {
    let mut text =
        "# Diagnostics of OMT\n\nMade by `dunbar omt explain --all`; `dunbar omt explain CODE` shows one of them. \
        Codes with E are errors, those with W\nwarnings, which a file may allow with a reason: \
        `# allow CODE: reason`.\n\n| Code | Meaning |\n|---|---|\n"
            .to_owned();
    for code in Code::all() {
        text.push_str(&format!("| [{code}](#{}) | {} |\n", code.text().to_lowercase(), code.title()));
    }
    for code in Code::all() {
        text.push_str(&format!("\n## {code}\n\n**{}.** {}", capitalised(code.title()), code.page()));
    }
    text
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
