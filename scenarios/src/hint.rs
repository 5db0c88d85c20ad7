//! What to do about an error: the nearest choice, an example, the way out.

/// What to do about a message of the TOML reader, of serde or of a quantity. These messages say what is wrong; what would
/// be right is known here.
pub(crate) fn hint(message: &str) -> String {
    particular(message)
        .unwrap_or_else(|| "the file is TOML: `key = value`, text in quotes, tables under `[name]`".to_owned())
}

/// The same, if the message says what would be right.
pub(crate) fn particular(message: &str) -> Option<String> {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let says = |part: &str| message.contains(part);
    let hint = match () {
        () if message.starts_with("unknown field") || message.starts_with("unknown variant") => {
            closest(quoted, message.split('`').skip(3).step_by(2)).unwrap_or_else(|| format!("remove `{quoted}`"))
        }
        () if message.starts_with("missing field") => format!("add `{quoted} = …`"),
        () if message.starts_with("duplicate key") => "write each key once".to_owned(),
        () if says("expected u8") => format!("write a whole number from 0 to {}", u8::MAX),
        () if says("expected u16") => format!("write a whole number from 0 to {}", u16::MAX),
        () if says("expected u32") => format!("write a whole number from 0 to {}", u32::MAX),
        () if says("expected u64") => "write a whole number that is not negative".to_owned(),
        () if says("expected f64") => "write a number, without quotes".to_owned(),
        () if says("expected newtype variant") || says("expected string only") => {
            "write the name with its parameters: `{ name = { … } }`".to_owned()
        }
        () if says("expected a string") => {
            "write text in quotes; a quantity is text with its unit: \"1.5 s\"".to_owned()
        }
        () if says("expected path string") => "write a path in quotes".to_owned(),
        () if says("socket address") => {
            "write an address and a port, such as \"127.0.0.1:4001\"; a name is none".to_owned()
        }
        () if says("expected a sequence") => "write a list: `[…]`; of tables, `[[name]]`".to_owned(),
        () if says("expected a map") || says("expected struct") => "write a table: `{ key = value }`".to_owned(),
        () if message.starts_with("invalid type") || message.starts_with("invalid value") => {
            message.split_once("expected ").map_or(String::new(), |(_, expected)| format!("write {expected}"))
        }
        () if says(" no unit of ") || says("does not start with a number") => quantity(message),
        () if says(" has a fraction finer than ") => "write a coarser value".to_owned(),
        () if says(" is too large") => "write a smaller value".to_owned(),
        () if message.starts_with("invalid length") => {
            message.rsplit(' ').next().map_or(String::new(), |length| format!("write {length} items"))
        }
        () => return None,
    };
    Some(hint)
}

/// A message as people read it: without its list of choices if that is long, since the hint has the nearest of them or all,
/// and with the names that TOML has for what is expected.
pub(crate) fn plain(message: &str) -> String {
    let brief = match message.split_once(", expected one of ") {
        Some((what, choices)) if choices.matches(',').count() >= 7 => what,
        _ => message,
    };
    let Some((what, expected)) = brief.split_once(", expected ") else { return brief.to_owned() };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" => "a whole number",
        "f64" | "f32" => "a number",
        "a boolean" => "true or false",
        "a map" => "a table",
        "a sequence" => "a list",
        "newtype variant" | "string only" => "a name with its parameters",
        "path string" => "a path",
        named if named.starts_with("struct ") || named.starts_with("internally tagged") => "a table",
        other => other,
    };
    let what = what
        .replace("invalid type: map", "invalid type: a table")
        .replace("invalid type: sequence", "invalid type: a list")
        .replace("invalid type: unit variant", "invalid type: a value");
    format!("{what}, expected {expected}")
}

/// An example of the quantity that a message is about.
fn quantity(message: &str) -> String {
    let examples = [
        ("of time", "1.5 s"),
        ("of size", "64 KiB"),
        ("of rate", "20 Mbit/s"),
        ("of frequency", "0.5 /s"),
        ("of money", "10 OMC"),
    ];
    let example = examples.iter().find(|(name, _)| message.contains(name)).map(|(_, example)| *example);
    let example = example.or_else(|| message.rsplit('`').nth(1)).unwrap_or("1.5 s");
    format!("write a number and its unit, such as \"{example}\"")
}

/// The candidate that is nearest to `word`, as a hint; all of them if none is near.
pub fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let candidates: Vec<&str> = candidates.collect();
    let near = |candidate: &&str| strsim::damerau_levenshtein(word, candidate);
    let best = candidates.iter().copied().min_by_key(near)?;
    if strsim::damerau_levenshtein(word, best) <= 1 + word.len() / 3 {
        return Some(format!("did you mean `{best}`?"));
    }
    Some(format!("the choices are {}", candidates.join(", ")))
}

/// The candidate that is nearest to `word`, and all of them.
pub(crate) fn choices<'a>(word: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let all: Vec<&str> = candidates.clone().collect();
    let nearest = closest(word, candidates)?;
    let near = nearest.starts_with("did you mean");
    Some(if near { format!("{nearest} the choices are {}", all.join(", ")) } else { nearest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_suggested() {
        let hint = closest("profil", ["profile", "topology"].into_iter());
        assert_eq!(hint.as_deref(), Some("did you mean `profile`?"));
        let hint = closest("zzzzzzz", ["profile", "topology"].into_iter());
        assert_eq!(hint.as_deref(), Some("the choices are profile, topology"));
        assert_eq!(closest("x", std::iter::empty()), None);
    }

    #[test]
    fn a_long_list_of_choices_is_left_to_the_hint() {
        let message =
            |choices: usize| format!("unknown field `x`, expected one of {}", vec!["`y`"; choices].join(", "));
        assert_eq!(plain(&message(7)), message(7));
        assert_eq!(plain(&message(8)), "unknown field `x`");
    }

    #[test]
    fn no_type_of_the_program_is_named() {
        let cases = [
            ("invalid value: integer `-1`, expected u32", "invalid value: integer `-1`, expected a whole number"),
            ("invalid type: string \"x\", expected f64", "invalid type: string \"x\", expected a number"),
            ("invalid type: integer `5`, expected struct RawNetwork", "invalid type: integer `5`, expected a table"),
            ("invalid type: map, expected a sequence", "invalid type: a table, expected a list"),
            ("unknown field `x`, expected `y`", "unknown field `x`, expected `y`"),
        ];
        for (message, expected) in cases {
            assert_eq!(plain(message), expected);
        }
    }

    #[test]
    fn every_message_has_a_way_out() {
        let cases = [
            ("unknown field `profil`, expected one of `profile`, `topology`", "did you mean `profile`?"),
            ("unknown field `a`, there are no fields", "remove `a`"),
            ("missing field `title`", "add `title = …`"),
            ("invalid value: integer `-1`, expected u32", "write a whole number from 0 to 4294967295"),
            ("invalid value: string \"x\", expected 64 hexadecimal digits", "write 64 hexadecimal digits"),
            ("`sek` is no unit of time; the units are ns, us", "write a number and its unit, such as \"1.5 s\""),
            (
                "`x` does not start with a number; write for example `10 OMC`",
                "write a number and its unit, such as \"10 OMC\"",
            ),
            ("invalid length 1, expected an array of length 2", "write 2 items"),
            ("invalid type: integer `7`, expected path string", "write a path in quotes"),
            (
                "invalid socket address syntax",
                "write an address and a port, such as \"127.0.0.1:4001\"; a name is none",
            ),
            ("expected `=`", "the file is TOML: `key = value`, text in quotes, tables under `[name]`"),
        ];
        for (message, expected) in cases {
            assert_eq!(hint(message), expected, "{message}");
        }
    }
}
