//! Graph files: what is read, and what is refused where.

use proptest::prelude::*;

use super::*;

/// `a` is node 0, `b.0` and `b.1` are nodes 1 and 2, `b` is both.
fn named(name: &str) -> Option<Range<u32>> {
    match name {
        "a" => Some(0..1),
        "b" => Some(1..3),
        "b.0" => Some(1..2),
        "b.1" => Some(2..3),
        _ => None,
    }
}

fn read(name: &str, text: &str) -> Result<Vec<[u32; 2]>, BadScenario> {
    links(&Source::new(name, text), &Nodes { count: 3, named: &named })
}

#[test]
fn a_list_of_edges_has_two_nodes_a_line() {
    let text = "# a comment\n0 1\n\na,b.1\n\tb.0\t2\t0.5\r\n% another\n";
    assert_eq!(read("edges.csv", text).unwrap(), [[0, 1], [0, 2], [1, 2]]);
    assert_eq!(read("edges.csv", "").unwrap(), Vec::<[u32; 2]>::new());
}

fn graph(ids: [&str; 3], edges: &str) -> String {
    let nodes: String = ids.iter().map(|id| format!("  <node id=\"{id}\"><data key=\"x\">1</data></node>\n")).collect();
    format!(
        "<?xml version=\"1.0\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n <graph edgedefault=\"undirected\">\n{nodes}{edges} </graph>\n</graphml>\n"
    )
}

#[test]
fn graphml_numbers_nodes_in_order_or_by_the_names_of_the_scenario() {
    let text = graph(["n7", "n8", "n9"], "<edge source='n9' target='n7'/><edge source='n7' target='n8'/>\n");
    assert_eq!(read("g.graphml", &text).unwrap(), [[2, 0], [0, 1]]);
    let text = graph(["b.1", "a", "b.0"], "<edge source='b.1' target='a'/>\n");
    assert_eq!(read("g.xml", &text).unwrap(), [[2, 0]]);
}

#[test]
fn a_bad_graph_is_refused_where_it_is_bad() {
    let dangling = graph(["n1", "n2", "n3"], "  <edge source=\"n1\" target=\"n4\"/>\n");
    let twice = graph(["n1", "n2", "n1"], "");
    let cases = [
        ("e.txt", "0 1\n0 3\n".to_owned(), "there is no node `3`", (2, 3)),
        ("e.txt", "0 1\nb a\n".to_owned(), "there is no node `b`", (2, 1)),
        ("e.txt", "0 1\n 1\n".to_owned(), "an edge has two ends", (2, 1)),
        ("e.txt", "0 1\n1 b.0\n".to_owned(), "this edge leads back to where it begins", (2, 1)),
        ("g.graphml", dangling, "the edge dangles: there is no node `n4`", (7, 21)),
        ("g.graphml", graph(["b.0", "b.1", "aa"], ""), "`aa` is no node of the scenario, and other ids are", (6, 3)),
        ("g.graphml", twice, "there are two nodes `n1`", (6, 3)),
        ("g.graphml", "<graphml><graph/></graphml>".to_owned(), "the graph has 0 nodes, the scenario 3", (1, 10)),
        ("g.graphml", "<graphml/>".to_owned(), "there is no <graph>", (1, 1)),
        ("g.graphml", "<graphml><graph><node/></graph></graphml>".to_owned(), "a <node> without `id`", (1, 17)),
    ];
    for (name, text, message, place) in cases {
        let error = read(name, &text).unwrap_err();
        assert_eq!((error.message(), error.line_and_column()), (message, Some(place)), "{text}");
        assert!(error.hint().is_some(), "{message}");
    }
    let error = read("g.graphml", "<graphml>\n <graph>\n</graphml>").unwrap_err();
    assert_eq!(error.line_and_column(), Some((3, 1)), "{}", error.message());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(<graphml>|<graph>|</graph>|</graphml>|<node id='a'/>|<edge source='a' target='é'/>|[0-9 ,a-b.#\né<]){0,12}") {
        for name in ["g.graphml", "e.csv"] {
            let _ = read(name, &text);
        }
    }
}
