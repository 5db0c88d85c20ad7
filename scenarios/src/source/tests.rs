use proptest::prelude::*;

use super::*;

const TEXT: &str = "a = 1\n[b]\nc = [1, 2]\n[[d]]\ne = \"x\"\nf = { g = 1 }\n";

fn with(key: &str, value: &str) -> Result<String, String> {
    let source = Source::new("test.toml", TEXT).with(key, value);
    source.map(|source| source.text().to_owned()).map_err(|error| error.message().to_owned())
}

#[test]
fn a_set_key_changes_only_its_value() {
    assert_eq!(with("a", "2").unwrap(), TEXT.replace("a = 1", "a = 2"));
    assert_eq!(with("b.c", "[3]").unwrap(), TEXT.replace("[1, 2]", "[3]"));
    assert_eq!(with("b.c.1", "3").unwrap(), TEXT.replace("[1, 2]", "[1, 3]"));
    assert_eq!(with("d.0.e", "1.5 s").unwrap(), TEXT.replace("\"x\"", "\"1.5 s\""));
    assert!(with("b.new", "true").unwrap().contains("new = true"));
}

#[test]
fn a_key_that_leads_nowhere_says_where_it_ends() {
    assert_eq!(with("a.x", "1").unwrap_err(), "`a.x` leads nowhere: no table before `x`");
    assert_eq!(with("a.x.y", "1").unwrap_err(), "`a.x.y` leads nowhere: there is no `x`");
    assert_eq!(with("d.7.e", "1").unwrap_err(), "`d.7.e` leads nowhere: there is no `7`");
    assert_eq!(with("b.c.2", "1").unwrap_err(), "`b.c.2` leads nowhere: there is no item 2");
    assert_eq!(with("d.0", "1").unwrap_err(), "`d.0` leads nowhere: `0` is a whole table; name a key in it");
    assert_eq!(with("", "1").unwrap_err(), "`` is no key");
    assert_eq!(with("a..b", "1").unwrap_err(), "`a..b` is no key");
}

#[test]
fn a_quoted_part_of_a_key_may_have_dots() {
    let source = Source::new("test.toml", "[sweep]\n\"a.b\" = [1, 2]\n").with("sweep.\"a.b\"", "[3]").unwrap();
    assert_eq!(source.text(), "[sweep]\n\"a.b\" = [3]\n");
}

#[test]
fn a_place_is_counted_in_lines_and_characters() {
    let source = Source::new("test.toml", "title = \"Erdős\"\nx = \"é\" # y\n");
    let y = source.text().find('y').unwrap();
    assert_eq!(source.error(y..y + 1, "", "").line_and_column(), Some((2, 11)));
    assert_eq!(source.error(0..0, "", "").line_and_column(), Some((1, 1)));
    assert_eq!(source.error_beside("", "").line_and_column(), None);
}

#[test]
fn a_file_that_is_not_utf8_is_shown_up_to_that_byte() {
    let bad = Source::from_bytes("test.toml", b"a = 1\nb = \"\x1b\xff secret\"\n".to_vec()).unwrap_err();
    assert_eq!(bad.message(), "byte 0xff at this place is not UTF-8");
    assert_eq!(bad.line_and_column(), Some((2, 7)));
    assert_eq!(bad.text.inner(), "a = 1\nb = \"?\u{fffd}");
    assert_eq!(Source::from_bytes("test.toml", b"a = 1".to_vec()).unwrap().text(), "a = 1");
}

/// Text that is TOML more often than chance would have it.
fn texts() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "[a-d.]{1,3} = (1|-0.5|true|\"x\"|\\[1, 2\\]|\\{ e = 1 \\})",
        "\\[\\[?[a-d.]{1,3}\\]\\]?",
        "\\PC{0,12}",
    ];
    prop::collection::vec(line, 0..6).prop_map(|lines| lines.join("\n"))
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof!["[a-e0-2.\"]{0,7}", "\\PC{0,8}"]
}

fn values() -> impl Strategy<Value = String> {
    prop_oneof!["-?[0-9]{1,9}", "[a-z ]{1,8}", "\\[(1, ){0,2}\\]", "\\{ x = 1 \\}", "\\PC{0,12}"]
}

proptest! {
    #[test]
    fn no_text_key_or_value_makes_it_panic(text in texts(), key in keys(), value in values()) {
        let source = Source::new("test.toml", text);
        let _ = (source.with(&key, &value), source.without_sweep(&key), source.value(&key));
        let _ = crate::raw::RawScenario::read(&source).map_err(|bad| (bad.line_and_column(), format!("{bad:?}")));
        let _ = Source::from_bytes("test.toml", source.text().bytes().map(|byte| byte ^ 0x80).collect());
    }

    #[test]
    fn what_is_set_is_read_back_and_stays_toml(text in texts(), key in keys(), value in values()) {
        let source = Source::new("test.toml", text);
        let Ok(changed) = source.with(&key, &value) else { return Ok(()) };
        let expected = toml::from_str::<toml::Table>(&format!("x = {value}"));
        let expected = expected.map_or(toml::Value::String(value), |mut table| table.remove("x").unwrap());
        prop_assert_eq!(changed.value(&key).map_err(|bad| bad.message().to_owned()), Ok(Some(expected)));
    }

    #[test]
    fn setting_twice_is_setting_once(key in keys(), value in values()) {
        let Ok(once) = Source::new("test.toml", TEXT).with(&key, &value) else { return Ok(()) };
        let twice = once.with(&key, &value).unwrap();
        prop_assert_eq!(twice.value(&key).unwrap(), once.value(&key).unwrap());
        prop_assert_eq!(twice.name(), once.name());
    }

    #[test]
    fn any_bytes_are_text_or_point_at_the_first_bad_one(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        match (Source::from_bytes("test.toml", bytes.clone()), String::from_utf8(bytes)) {
            (Ok(source), Ok(text)) => prop_assert_eq!(source.text(), text),
            (Err(bad), Err(error)) => {
                let start = error.utf8_error().valid_up_to();
                prop_assert_eq!(bad.place.unwrap().offset(), start);
                prop_assert!(bad.line_and_column().is_some());
            }
            (ours, theirs) => prop_assert!(false, "{ours:?} but {theirs:?}"),
        }
    }
}
