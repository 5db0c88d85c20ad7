//! Where something in the whole text was written: in which part, and where in it.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::merge::{LISTS, Positions};
use crate::source::Source;

/// A part of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(super) part: Source,
    /// The table of the part that counts: the part itself, or a variant in it.
    pub(super) prefix: Vec<String>,
    pub(super) positions: Positions,
}

/// The part in which what stands at `place` of the whole was written, and where; `None` if it is of no part, such as a
/// value that `--set` gave. What is said of a table may be about a value in it that a sweep gave, if it names the value.
pub(crate) fn origin(
    (whole, message): (&str, &str),
    place: &Range<usize>,
    layers: &[Layer],
) -> Option<(Source, Range<usize>)> {
    if place.is_empty() {
        return Some((layers.first()?.part.clone(), place.clone()));
    }
    let tree = Tree::of(whole)?;
    let mut path = Vec::new();
    let (target, is_key) = tree.deepest(place.start, &mut path)?;
    let there = whole.get(target.span(is_key)?)?;
    let mut named = layers.iter().filter(|_| !is_key && !target.kids.is_empty());
    if let Some(swept) =
        named.find_map(|layer| Some((layer.part.clone(), layer.swept_in(&path, target, (whole, message))?)))
    {
        return Some(swept);
    }
    let written = layers.iter().find_map(|layer| {
        let text = layer.part.text();
        let tree = Tree::of(text)?;
        let found = tree.at(layer.path(&path)?)?.span(is_key)?;
        let here = text.get(found.clone())?;
        if here == there {
            let start = found.start + place.start.saturating_sub(target.span(is_key)?.start).min(found.len());
            return Some((layer.part.clone(), start..(start + place.len()).min(found.end)));
        }
        // A value may be written in another way. If it is another value, it was not written here.
        (target.kids.len() + usize::from(is_key) > 0 || same(here, there)).then(|| (layer.part.clone(), found))
    });
    written.or_else(|| layers.iter().find_map(|layer| Some((layer.part.clone(), layer.swept(&path, is_key, there)?))))
}

/// Whether two texts are the same value.
fn same(one: &str, other: &str) -> bool {
    let value = |text: &str| toml::from_str::<toml::Table>(&format!("x = {text}")).ok();
    value(one).is_some_and(|one| Some(one) == value(other))
}

impl Layer {
    /// A text of one part, before something was set in it.
    pub(crate) fn whole(part: Source) -> Layer {
        let tree = Tree::of(part.text()).unwrap_or_default();
        let list = |name: &str| {
            let items = tree.at(vec![Step::Key(name.to_owned())]).map_or(0, |list| list.kids.len());
            (name.to_owned(), (0..items).map(|index| (index, index)).collect())
        };
        Layer { prefix: Vec::new(), positions: LISTS.into_iter().map(list).collect(), part }
    }

    /// The keys that this part sweeps, and what stands there.
    fn sweep(&self) -> Vec<(Vec<Step>, Tree)> {
        let sweep = Tree::of(self.part.text()).and_then(|tree| tree.kid(&Step::Key("sweep".to_owned())));
        let kids = sweep.into_iter().flat_map(|sweep| sweep.kids);
        let path = |key: &str| Some(crate::source::path(key)?.into_iter().map(Step::of).collect());
        kids.filter_map(|(step, kid)| match step {
            Step::Key(key) => Some((path(&key)?, kid)),
            Step::Index(_) => None,
        })
        .collect()
    }

    /// The place of the value in a list of this part that is written like this.
    fn value(&self, list: &Tree, written: &str) -> Option<Range<usize>> {
        let mut values = list.kids.iter().filter_map(|(_, value)| value.span(false));
        values.find(|span| self.part.text().get(span.clone()) == Some(written))
    }

    /// Where the sweep of this part has the key at a path, or the value `there` of it.
    fn swept(&self, path: &[Step], is_key: bool, there: &str) -> Option<Range<usize>> {
        let (_, kid) = self.sweep().into_iter().find(|(key, _)| key == path)?;
        let value = self.value(&kid, there).filter(|_| !is_key);
        value.or_else(|| kid.span(is_key))
    }

    /// Where the sweep of this part has the value of a key in the table at a path, if the message names that value.
    fn swept_in(&self, path: &[Step], table: &Tree, (whole, message): (&str, &str)) -> Option<Range<usize>> {
        self.sweep().into_iter().find_map(|(key, kid)| {
            let below = key.strip_prefix(path)?;
            let value = whole.get(table.at(below.to_vec())?.span(false)?)?;
            let bare = value.trim_matches('"');
            self.value(&kid, value).filter(|_| !bare.is_empty() && message.contains(bare))
        })
    }

    /// A path in the whole as a path in this part.
    fn path(&self, path: &[Step]) -> Option<Vec<Step>> {
        let mut path = path.to_vec();
        if let [Step::Key(list), Step::Index(index), ..] = path.as_mut_slice()
            && LISTS.contains(&list.as_str())
        {
            *index = *self.positions.get(list)?.get(index)?;
        }
        Some(self.prefix.iter().cloned().map(Step::Key).chain(path).collect())
    }
}

/// Where the key at a path is written in a text, or its value.
pub(crate) fn place(text: &str, path: &[&str], is_key: bool) -> Option<Range<usize>> {
    let named = |step: &Step, part: &str| match step {
        Step::Key(key) => key == part,
        Step::Index(index) => part.parse() == Ok(*index),
    };
    let tree = Tree::of(text)?;
    let mut at = &tree;
    for part in path {
        at = &at.kids.iter().find(|(step, _)| named(step, part))?.1;
    }
    at.span(is_key)
}

/// Where in the table at `table` of a text that is written which stands at `place` of `value`, a text of the same table with
/// other values that lies `above` steps deep in there. What is not written there is looked for in the tables around it.
pub(crate) fn counterpart(
    (text, table): (&str, &Range<usize>),
    (value, place, above): (&str, &Range<usize>, usize),
) -> Option<Range<usize>> {
    let (tree, other) = (Tree::of(text)?, Tree::of(value)?);
    let mut path = Vec::new();
    let (_, is_key) = other.deepest(place.start, &mut path)?;
    let mut at = tree.placed(table)?;
    for (depth, step) in path.iter().enumerate().skip(above) {
        match at.kids.iter().find(|(name, _)| name == step) {
            Some((_, kid)) if depth + 1 == path.len() => return kid.span(is_key),
            Some((_, kid)) => at = kid,
            None => break,
        }
    }
    at.span(false)
}

/// A step from a table or list to what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    /// A part of a key that somebody wrote: numbers index lists.
    fn of(part: String) -> Step {
        part.parse().map_or(Step::Key(part), Step::Index)
    }
}

/// A value with the places of its parts.
#[derive(Default)]
struct Tree {
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    kids: Vec<(Step, Tree)>,
}

impl Tree {
    fn of(text: &str) -> Option<Tree> {
        let document = Document::parse(text).ok()?;
        Some(Tree::table(document.as_table(), Some(0..text.len())))
    }

    fn table(table: &dyn TableLike, value: Option<Range<usize>>) -> Tree {
        let kid = |(name, item): (&str, &Item)| {
            let key = table.key(name).and_then(|key| key.span());
            (Step::Key(name.to_owned()), Tree { key, ..Tree::item(item) })
        };
        Tree { key: None, value, kids: table.iter().map(kid).collect() }
    }

    fn item(item: &Item) -> Tree {
        match item {
            Item::None => Tree::default(),
            Item::Value(value) => Tree::value(value),
            Item::Table(table) => Tree::table(table, table.span()),
            Item::ArrayOfTables(tables) => {
                let kids = tables.iter().map(|table| Tree::table(table, table.span())).enumerate();
                Tree { key: None, value: tables.span(), kids: kids.map(|(at, kid)| (Step::Index(at), kid)).collect() }
            }
        }
    }

    fn value(value: &Value) -> Tree {
        match value {
            Value::InlineTable(table) => Tree::table(table, table.span()),
            Value::Array(values) => {
                let kids = values.iter().map(Tree::value).enumerate();
                Tree { key: None, value: values.span(), kids: kids.map(|(at, kid)| (Step::Index(at), kid)).collect() }
            }
            other => Tree { key: None, value: other.span(), kids: Vec::new() },
        }
    }

    fn span(&self, is_key: bool) -> Option<Range<usize>> {
        if is_key { self.key.clone() } else { self.value.clone().or_else(|| self.key.clone()) }
    }

    /// The smallest thing around an offset, the path to it, and whether the offset is in its key.
    fn deepest(&self, offset: usize, path: &mut Vec<Step>) -> Option<(&Tree, bool)> {
        let within = |span: &Option<Range<usize>>| span.as_ref().is_some_and(|span| span.contains(&offset));
        for (step, kid) in &self.kids {
            path.push(step.clone());
            if within(&kid.key) {
                return Some((kid, true));
            }
            if let Some(found) = kid.deepest(offset, path) {
                return Some(found);
            }
            path.pop();
        }
        // Between the keys of a file there is nothing of its own.
        (within(&self.value) && !path.is_empty()).then_some((self, false))
    }

    /// What stands at exactly this place.
    fn placed(&self, place: &Range<usize>) -> Option<&Tree> {
        let here = |kid: &Tree| kid.value.as_ref() == Some(place);
        self.kids.iter().find_map(|(_, kid)| if here(kid) { Some(kid) } else { kid.placed(place) })
    }

    fn kid(self, named: &Step) -> Option<Tree> {
        self.kids.into_iter().find(|(name, _)| name == named).map(|(_, kid)| kid)
    }

    fn at(&self, path: Vec<Step>) -> Option<&Tree> {
        path.iter().try_fold(self, |tree, step| tree.kids.iter().find(|(name, _)| name == step).map(|(_, kid)| kid))
    }
}
