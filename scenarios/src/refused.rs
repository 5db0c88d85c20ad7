//! Commands of which nothing came: a payment without money, a block that may not follow.

use contract::Time;
use serde_json::Value;

/// How many commands of a run were refused, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// How many.
    pub count: u64,
    /// The first: when, which node, and why in words.
    pub first: Option<(Time, u32, String)>,
}

impl Refused {
    /// Counts one more.
    pub fn add(&mut self, at: Time, node: u32, why: String) {
        self.count += 1;
        self.first.get_or_insert((at, node, why));
    }
}

/// Why nothing was done, if a reply says so: it has the key `refused`, whose value is the reason, or is that word alone.
pub fn refusal(reply: &Value) -> Option<String> {
    if reply == "refused" {
        return Some("without a reason".to_owned());
    }
    let why = reply.get("refused")?;
    let text = why.as_str().or_else(|| why.get("why")?.as_str());
    Some(text.map_or_else(|| why.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_is_known_by_its_key() {
        let why = |reply: Value| refusal(&reply);
        assert_eq!(why(json!({ "refused": "no money" })).as_deref(), Some("no money"));
        assert_eq!(why(json!({ "refused": { "why": "no money" } })).as_deref(), Some("no money"));
        assert_eq!(why(json!({ "refused": { "missing": 7 } })).as_deref(), Some("{\"missing\":7}"));
        assert_eq!(why(json!("refused")).as_deref(), Some("without a reason"));
        assert_eq!(why(json!({ "told": 1 })), None);
        assert_eq!(why(json!(null)), None);
    }
}
