//! Renaming, with everything that must have the same name: the field of a message and the variables from which it is
//! taken, the key in all messages. A rename that would change what any name means is refused.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::{Site, declared, targets};
use super::references::uses;
use crate::check::{Analysis, Use, analyse, is_reserved};
use crate::codes::Code;
use crate::program::Program;
use crate::span::Span;
use crate::token::Kind;
use crate::tree::{Node, NodeKind};
use crate::types::{Basic, Type};

/// A name that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamable {
    /// Where it stands in the main file.
    pub span: Span,
    /// As it is now.
    pub name: String,
}

/// A range of a file, and what is to stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// What is replaced.
    pub site: Site,
    /// By what.
    pub with: String,
}

/// Why a name is not changed, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}

/// The name at a byte of the main file, if it is declared somewhere.
///
/// # Errors
///
/// Says what is there instead.
pub fn renamable(analysis: &Analysis<'_>, offset: u32) -> Result<Renamable, Refusal> {
    let program = analysis.model.program;
    match targets(analysis, offset) {
        Some((span, _)) => Ok(Renamable { span, name: program.text(span).to_owned() }),
        None => match super::declared::word_at(&program.main().tree, offset) {
            Some(word) => {
                let word = program.main().tree.token_text(word);
                refuse(format!("`{word}` is not declared in a file: only declared names can be changed"))
            }
            None => refuse("there is no name here"),
        },
    }
}

/// Changes the name at a byte of the main file of `all[main]` in all programs; gives what is replaced, in the order of
/// paths and places.
///
/// # Errors
///
/// Says why the name cannot be changed: what the new one would mean elsewhere, or where the old one may be used without
/// being known.
pub fn rename(all: &[Analysis<'_>], main: usize, offset: u32, new: &str) -> Result<Vec<Replacement>, Refusal> {
    let old = renamable(&all[main], offset)?.name;
    valid(new)?;
    if new == old {
        return Ok(vec![]);
    }
    let (_, of) = targets(&all[main], offset).unwrap_or_default();
    let group = group(all, of.into_iter().map(|span| Site::of(&all[main], span)).collect());
    let mut sites = uses(all, &group);
    sites.extend(group);
    for analysis in all {
        doubtful(analysis, &old, &sites)?;
    }
    for analysis in all {
        unchanged(analysis, &sites, new)?;
    }
    Ok(sites.into_iter().map(|site| Replacement { site, with: new.to_owned() }).collect())
}

/// Whether a text is built as names are: a letter or underscore, then letters, digits and underscores, all ASCII.
pub fn is_name(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

fn valid(new: &str) -> Result<(), Refusal> {
    if !is_name(new) {
        return refuse(format!(
            "`{new}` is no name: names have ASCII letters, digits and `_`, and no digit at the start"
        ));
    }
    if is_reserved(new) || new == "message" {
        return refuse(format!("`{new}` is a reserved word"));
    }
    Ok(())
}

/// All declarations that must have one name.
fn group(all: &[Analysis<'_>], first: BTreeSet<Site>) -> BTreeSet<Site> {
    let mut pairs: BTreeMap<Site, Vec<Site>> = BTreeMap::new();
    let mut add = |a: &Site, b: &Site| {
        pairs.entry(a.clone()).or_default().push(b.clone());
        pairs.entry(b.clone()).or_default().push(a.clone());
    };
    for analysis in all {
        for (a, b) in &analysis.same {
            add(&Site::of(analysis, *a), &Site::of(analysis, *b));
        }
        for pair in analysis.uses.windows(2).filter(|pair| pair[0].at == pair[1].at) {
            add(&Site::of(analysis, pair[0].of), &Site::of(analysis, pair[1].of));
        }
    }
    let mut group = first.clone();
    let mut open: Vec<Site> = first.into_iter().collect();
    while let Some(site) = open.pop() {
        for next in pairs.get(&site).into_iter().flatten() {
            if group.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    group
}

/// Refuses if the old name stands where nobody knows what it means: behind the point of a value of unknown type, in a
/// string, in `LOAD(…)`.
fn doubtful(analysis: &Analysis<'_>, old: &str, sites: &BTreeSet<Site>) -> Result<(), Refusal> {
    let file = analysis.model.program.main();
    let touched = sites.iter().any(|site| analysis.model.program.files.iter().any(|file| file.path == site.path));
    if !touched {
        return Ok(());
    }
    let mut doubtful = None;
    file.tree.root().walk(&mut |node| {
        let Some(at) = mentions(node, old).filter(|_| doubtful.is_none()) else { return };
        let known = analysis.uses.binary_search_by_key(&(0, at.start), |used| (used.at.file, used.at.start));
        if known.is_err() {
            doubtful = Some(at);
        }
    });
    let Some(at) = doubtful else { return Ok(()) };
    let place = file.lines.position(file.tree.text(), at.start);
    refuse(format!(
        "`{old}` in line {} of {} may mean the same, and its type is not known: change that first",
        place.line, file.path
    ))
}

/// Where a node uses a name in a way that may not be resolved.
fn mentions(node: Node<'_>, old: &str) -> Option<Span> {
    match node.kind() {
        NodeKind::ACCESS => node.child(NodeKind::NAME).filter(|name| name.text() == old).map(Node::span),
        NodeKind::REFERENCE if node.text() == old => Some(node.span()),
        NodeKind::LITERAL if node.main() == Kind::TEXT && crate::ast::unquoted(node.text()) == old => {
            let span = node.span();
            Some(Span { start: span.start + 1, end: span.end - 1, ..span })
        }
        _ => None,
    }
}

/// What a program means, by places rather than names.
#[derive(PartialEq)]
struct Meaning {
    uses: Vec<Use>,
    found: Vec<(Code, Span)>,
    /// Which variable says who plays an actor.
    roles: Vec<(Span, Span)>,
}

impl Meaning {
    fn of(analysis: &Analysis<'_>, moved: &dyn Fn(Span) -> Span) -> Meaning {
        let mut found: Vec<_> = analysis.found.iter().map(|found| (found.code, moved(found.span()))).collect();
        found.sort();
        let uses = analysis.uses.iter().map(|used| Use { at: moved(used.at), of: moved(used.of) });
        let roles = roles(analysis).into_iter().map(|(actor, variable)| (moved(actor), moved(variable)));
        Meaning { uses: uses.collect(), found, roles: roles.collect() }
    }
}

/// Variables that bind a role by their name: `provider` and `providers` say which peers play `Provider`.
fn roles(analysis: &Analysis<'_>) -> Vec<(Span, Span)> {
    let model = &analysis.model;
    let peer = |of: &Type| *of == Type::Basic(Basic::PeerId) || *of == Type::list(Type::Basic(Basic::PeerId));
    let mut roles = vec![];
    for role in &model.actors {
        let name = role.name.to_ascii_lowercase();
        let names = [format!("{name}s"), format!("{name}es"), name];
        for variable in model.actors.iter().flat_map(|actor| &actor.store).filter(|variable| peer(&variable.of)) {
            if names.iter().any(|name| name == variable.name) {
                roles.push((crate::model::name_span(role.ast.node()), variable.span()));
            }
        }
    }
    roles
}

/// Refuses if a program means something else afterwards.
fn unchanged(analysis: &Analysis<'_>, sites: &BTreeSet<Site>, new: &str) -> Result<(), Refusal> {
    let program = analysis.model.program;
    let of_file = |number: usize| {
        let path = &program.files[number].path;
        sites.iter().filter(move |site| site.path == *path)
    };
    if (0..program.files.len()).all(|number| of_file(number).next().is_none()) {
        return Ok(());
    }
    let texts: BTreeMap<&str, String> = (0..program.files.len())
        .map(|number| {
            let file = &program.files[number];
            let mut text = file.tree.text().to_owned();
            of_file(number).rev().for_each(|site| text.replace_range(site.start as usize..site.end as usize, new));
            (file.path.as_str(), text)
        })
        .collect();
    let read = |path: &str| texts.get(path).map(|text| text.clone().into_bytes());
    let main = &program.main().path;
    let after = Program::load(main, read(main).unwrap_or_default(), &mut |path| read(path));
    let after = analyse(&after);
    let shift = |file: u32, offset: u32| {
        let before = of_file(file as usize).filter(|site| site.end <= offset);
        before.fold(offset, |offset, site| offset + new.len() as u32 - (site.end - site.start))
    };
    let moved = |span: Span| Span { start: shift(span.file, span.start), end: shift(span.file, span.end), ..span };
    let (was, is) = (Meaning::of(analysis, &moved), Meaning::of(&after, &|span| span));
    if was == is { Ok(()) } else { refuse(difference(&after, &was, &is, new)) }
}

/// Says what a rename would change.
fn difference(after: &Analysis<'_>, was: &Meaning, is: &Meaning, new: &str) -> String {
    let place = |span: Span| {
        let file = &after.model.program.files[span.file as usize];
        format!("line {} of {}", file.lines.position(file.tree.text(), span.start).line, file.path)
    };
    let new_finding = after.found.iter().find(|found| !was.found.contains(&(found.code, found.span())));
    if let Some(found) = new_finding {
        return format!("`{new}` would be wrong in {}: {}", place(found.span()), found.message);
    }
    if let Some(used) = is.uses.iter().find(|used| !was.uses.contains(used)) {
        let noun = declared(after, used.of).map_or("name", |declared| declared.kind.noun());
        return format!("`{new}` in {} would mean the {noun} in {}", place(used.at), place(used.of));
    }
    if was.roles != is.roles {
        return "the name of this variable says which peer plays an actor of the same name: change both by hand"
            .to_owned();
    }
    format!("with `{new}` some names would mean something else")
}
