//! The documents: they exist, their links lead somewhere, and the architecture page stays readable in one sitting.

use crate::tree::{self, File};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};

/// What a stranger looks for first.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

const ARCHITECTURE_LINES_MAX: usize = 150;

/// Paths of the repository with their text, if they have one.
type Texts<'a> = BTreeMap<&'a str, Option<&'a str>>;

/// A document's outgoing links and the anchors that its headings offer.
#[derive(Default)]
struct Outline {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

fn outline(markdown: &str) -> Outline {
    let mut outline = Outline::default();
    let mut heading: Option<String> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                outline.links.push(dest_url.into_string())
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => outline.offer(&slug(&heading.take().unwrap_or_default())),
            Event::Text(text) | Event::Code(text) => heading.iter_mut().for_each(|heading| heading.push_str(&text)),
            _ => {}
        }
    }
    outline
}

impl Outline {
    /// A second heading of the same name gets a number, as on the pages that show these files.
    fn offer(&mut self, slug: &str) {
        let numbered = (1..).map(|number| format!("{slug}-{number}"));
        let free = std::iter::once(slug.to_owned()).chain(numbered).find(|anchor| !self.anchors.contains(anchor));
        self.anchors.extend(free);
    }
}

fn slug(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
}

/// Links of the document at `path` that lead nowhere.
fn broken(path: &str, markdown: &str, texts: &Texts<'_>) -> Vec<String> {
    let links = outline(markdown).links;
    let wrong = |link: &String| {
        wrong_with(path, link, texts).map(|what| format!("{path}: the link `{link}` leads nowhere: {what}"))
    };
    links.iter().filter_map(wrong).collect()
}

fn wrong_with(path: &str, link: &str, texts: &Texts<'_>) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { path.to_owned() } else { resolve(path, file)? };
    let folder = format!("{target}/");
    if !target.is_empty() && !texts.contains_key(target.as_str()) && !texts.keys().any(|path| path.starts_with(&folder))
    {
        return Some(format!("there is no {target}"));
    }
    let text = texts.get(target.as_str()).copied().flatten();
    match (anchor, text) {
        (Some(anchor), Some(text)) if target.ends_with(".md") && !outline(text).anchors.contains(anchor) => {
            Some(format!("{target} has no heading #{anchor}"))
        }
        _ => None,
    }
}

/// `link` relative to the folder of `path`. What leaves the repository resolves to a name that no file has.
fn resolve(path: &str, link: &str) -> Option<String> {
    let mut parts: Vec<_> = path.split('/').collect();
    parts.pop()?;
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            ".." => {
                if parts.pop().is_none() {
                    return Some("file outside the repository".to_owned());
                }
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

fn missing(texts: &Texts<'_>) -> Vec<String> {
    let missing = DOCUMENTS.iter().filter(|path| !texts.contains_key(*path));
    missing.map(|path| format!("there is no {path}")).collect()
}

fn too_long(text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > ARCHITECTURE_LINES_MAX)
        .then(|| format!("ARCHITECTURE.md has {lines} lines, at most {ARCHITECTURE_LINES_MAX} are read"))
}

fn texts(files: &[File]) -> Texts<'_> {
    files.iter().map(|file| (file.path.as_str(), file.text.as_deref())).collect()
}

#[test]
fn links_lead_to_files_and_headings() {
    let files = tree::files();
    let texts = texts(&files);
    let documents = texts.iter().filter(|(path, _)| path.ends_with(".md"));
    let found: Vec<_> = documents.flat_map(|(path, text)| broken(path, text.unwrap_or_default(), &texts)).collect();
    crate::assert_none(&found);
}

#[test]
fn the_documents_that_a_stranger_looks_for_exist() {
    crate::assert_none(&missing(&texts(&tree::files())));
}

#[test]
fn the_architecture_page_is_short() {
    let files = tree::files();
    let found: Vec<_> =
        texts(&files).get("ARCHITECTURE.md").copied().flatten().and_then(too_long).into_iter().collect();
    crate::assert_none(&found);
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn check(markdown: &str) -> Vec<String> {
        let guide = "# The `run` command, in short\n\n## Notes\n\n## Notes\n";
        let texts = Texts::from([("README.md", None), ("docs/guide.md", Some(guide)), ("docs/plot.png", None)]);
        broken("docs/index.md", markdown, &texts)
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        for link in ["guides.md", "../docs/no.md", "../../README.md", "guide.md#the-run", "guide.md#notes-2"] {
            assert_eq!(check(&format!("[x]({link})")).len(), 1, "{link}");
        }
        assert_eq!(check("[x]\n\n[x]: missing.md\n").len(), 1);
        assert_eq!(check("![x](plots.png)").len(), 1);
    }

    #[test]
    fn links_that_lead_somewhere_are_accepted() {
        let good = [
            "guide.md",
            "./guide.md",
            "../README.md",
            "..",
            "../docs/",
            "plot.png",
            "https://example.org/x",
            "mailto:a@example.org",
        ];
        let anchors = ["guide.md#the-run-command-in-short", "guide.md#notes", "guide.md#notes-1"];
        for link in good.into_iter().chain(anchors) {
            crate::assert_none(&check(&format!("[x]({link})")));
        }
        crate::assert_none(&check("`[x](nowhere.md)`"));
    }

    #[test]
    fn a_missing_document_and_a_long_page_are_found() {
        assert_eq!(missing(&Texts::from([("README.md", None)])).len(), DOCUMENTS.len() - 1);
        assert!(too_long(&"line\n".repeat(ARCHITECTURE_LINES_MAX)).is_none());
        assert!(too_long(&"line\n".repeat(ARCHITECTURE_LINES_MAX + 1)).is_some());
    }
}
