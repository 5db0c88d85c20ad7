//! Graphs in files: GraphML, or a list of edges.

use std::collections::BTreeMap;
use std::ops::Range;

use roxmltree::{Document, Node};

use crate::source::{BadScenario, Source, closest};

/// What is known of the nodes that a graph joins.
pub(crate) struct Nodes<'a> {
    /// How many there are.
    pub(crate) count: u32,
    /// The numbers that a name of the scenario stands for.
    pub(crate) named: &'a dyn Fn(&str) -> Option<Range<u32>>,
}

impl Nodes<'_> {
    /// The number of the node that is named so, or has this number.
    fn one(&self, text: &str) -> Option<u32> {
        let named = (self.named)(text).filter(|nodes| nodes.len() == 1).map(|nodes| nodes.start);
        named.or_else(|| text.parse().ok().filter(|&number| number < self.count))
    }
}

/// The links of a graph in a file. A name that ends in `.graphml` or `.xml` is GraphML; anything else is a list of edges.
///
/// # Errors
/// [`BadScenario`] at the place in the file.
pub(crate) fn links(file: &Source, nodes: &Nodes<'_>) -> Result<Vec<[u32; 2]>, BadScenario> {
    let lower = file.name().to_ascii_lowercase();
    if lower.ends_with(".graphml") || lower.ends_with(".xml") { graphml(file, nodes) } else { edge_list(file, nodes) }
}

/// One edge a line: two nodes, by number or by name, between them blanks or a comma. What follows them is ignored, and so are
/// empty lines and those that begin with `#` or `%`.
fn edge_list(file: &Source, nodes: &Nodes<'_>) -> Result<Vec<[u32; 2]>, BadScenario> {
    let mut links = Vec::new();
    let mut start = 0;
    for line in file.text().split_inclusive('\n') {
        let begin = start;
        start += line.len();
        if line.trim().is_empty() || line.trim_start().starts_with(['#', '%']) {
            continue;
        }
        let words: Vec<&str> =
            line.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
        let [a, b, ..] = words[..] else {
            let place = begin..begin + line.trim_end().len();
            return Err(file.error(place, "an edge has two ends", "write two nodes, such as `0 1`"));
        };
        let place = |word: &str| {
            let offset = word.as_ptr() as usize - file.text().as_ptr() as usize;
            offset..offset + word.len()
        };
        let end = |word: &str| {
            nodes.one(word).ok_or_else(|| {
                let hint = format!("the nodes are 0 to {}, or the scenario's names", nodes.count - 1);
                file.error(place(word), format!("there is no node `{word}`"), hint)
            })
        };
        links.push(different(file, place(a).start..place(b).end, [end(a)?, end(b)?])?);
    }
    Ok(links)
}

fn different(file: &Source, place: Range<usize>, ends: [u32; 2]) -> Result<[u32; 2], BadScenario> {
    if ends[0] == ends[1] {
        return Err(file.error(place, "this edge leads back to where it begins", "remove it"));
    }
    Ok(ends)
}

/// GraphML: the nodes of the first graph, in the order of the file, are the nodes of the scenario from the first; unless all
/// their ids are names of the scenario's nodes. Edges have no direction, whatever `edgedefault` says.
fn graphml(file: &Source, nodes: &Nodes<'_>) -> Result<Vec<[u32; 2]>, BadScenario> {
    let document = Document::parse(file.text()).map_err(|error| {
        let place = offset(file.text(), error.pos());
        file.error(place..place, error.to_string(), "the file is XML: GraphML, http://graphml.graphdrawing.org")
    })?;
    let root = document.root_element();
    let graph = root.children().find(|child| child.has_tag_name("graph") || child.tag_name().name() == "graph");
    let graph = graph.ok_or_else(|| file.error(root.range(), "there is no <graph>", "write <graph> … </graph>"))?;
    let elements = |name: &'static str| graph.children().filter(move |child| child.tag_name().name() == name);
    let ids: Vec<(&str, Node<'_, '_>)> =
        elements("node").map(|node| Ok((attribute(file, node, "id")?, node))).collect::<Result<_, BadScenario>>()?;
    let numbers = numbers(file, graph, &ids, nodes)?;
    let end = |edge: Node<'_, '_>, which: &'static str| {
        let id = attribute(file, edge, which)?;
        numbers.get(id).copied().ok_or_else(|| {
            let place = edge.attribute_node(which).map_or(edge.range(), |attribute| attribute.range());
            let hint = closest(id, ids.iter().map(|(id, _)| *id).take(1_000)).unwrap_or_default();
            file.error(place, format!("the edge dangles: there is no node `{id}`"), hint)
        })
    };
    elements("edge").map(|edge| different(file, edge.range(), [end(edge, "source")?, end(edge, "target")?])).collect()
}

fn attribute<'a>(file: &Source, node: Node<'a, '_>, name: &'static str) -> Result<&'a str, BadScenario> {
    node.attribute(name).ok_or_else(|| {
        let what = node.tag_name().name();
        file.error(node.range(), format!("a <{what}> without `{name}`"), format!("write <{what} {name}=\"…\">"))
    })
}

/// The number of each id.
fn numbers<'a>(
    file: &Source,
    graph: Node<'_, '_>,
    ids: &[(&'a str, Node<'_, '_>)],
    nodes: &Nodes<'_>,
) -> Result<BTreeMap<&'a str, u32>, BadScenario> {
    let named = |id: &str| (nodes.named)(id).filter(|nodes| nodes.len() == 1).map(|nodes| nodes.start);
    let by_name = !ids.is_empty() && ids.iter().all(|(id, _)| named(id).is_some());
    if !by_name && ids.len() != nodes.count as usize {
        let place = graph.range().start..graph.range().start + "<graph".len();
        let message = format!("the graph has {} nodes, the scenario {}", ids.len(), nodes.count);
        return Err(file.error(place, message, "make the populations as large as the graph"));
    }
    let stranger = ids.iter().find(|(id, _)| named(id).is_none());
    if let Some((id, node)) = stranger.filter(|_| ids.iter().any(|(id, _)| named(id).is_some())) {
        let hint =
            "let all ids be names of the scenario's nodes, or none: then the nodes are taken in the order of the file";
        return Err(file.error(node.range(), format!("`{id}` is no node of the scenario, and other ids are"), hint));
    }
    let mut numbers = BTreeMap::new();
    for (index, (id, node)) in ids.iter().enumerate() {
        let number = if by_name { named(id).unwrap_or_default() } else { index as u32 };
        if numbers.insert(*id, number).is_some() {
            return Err(file.error(node.range(), format!("there are two nodes `{id}`"), "give each its own id"));
        }
    }
    Ok(numbers)
}

/// The byte at a line and column, both from one.
fn offset(text: &str, at: roxmltree::TextPos) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(at.row.saturating_sub(1) as usize).map(str::len).sum();
    let line = &text[line_start.min(text.len())..];
    let within: usize = line.chars().take(at.col.saturating_sub(1) as usize).map(char::len_utf8).sum();
    (line_start + within).min(text.len())
}

#[cfg(test)]
mod tests;
