//! What a prompt shows, in the order in which it stands there.

use crate::messages;
use mend_core::{Node, RepairTree};

/// The programs that the prompt of a node shows, first to last: the order in which a judge's choice counts them. The journal
/// names what a prompt shows in an order of its own, so their texts are looked for in it; where one cannot be found the
/// journal's order stands.
pub(crate) fn programs<'a>(tree: &'a RepairTree, node: &Node) -> Vec<&'a Node> {
    let Some(call) = node.call.as_ref().and_then(|id| tree.call(id)) else { return Vec::new() };
    let mut shown: Vec<&Node> =
        call.shows.iter().filter(|slot| slot.is_program()).filter_map(|slot| tree.node(slot)).collect();
    let prompt = messages::prompt(tree, node).unwrap_or_default();
    let place = |node: &&Node| {
        let text = messages::program(node).or_else(|| messages::completion(node)).map(str::trim);
        text.filter(|text| !text.is_empty()).and_then(|text| prompt.find(text))
    };
    let places: Option<Vec<usize>> = shown.iter().map(place).collect();
    let is_clear = places.as_ref().is_some_and(|places| {
        let mut sorted = places.clone();
        sorted.sort_unstable();
        sorted.windows(2).all(|pair| pair[0] < pair[1])
    });
    if is_clear {
        shown.sort_by_key(|node| place(node));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::programs;
    use crate::fixture::{judgement, program, tree};

    #[test]
    fn programs_stand_in_the_order_of_the_prompt() {
        let asked = |slot: &str, prompt: &str| judgement(slot, None, Some(0)).prompt(prompt).shows(&["p0", "p1"]);
        let tree = tree(
            "a/0",
            0,
            &[
                program("p0", "x = 0"),
                program("p1", "y = 1"),
                asked("v0", "First x = 0, then y = 1."),
                asked("v1", "First y = 1, then x = 0."),
                asked("v2", "Which?"),
            ],
        );
        for (judgement, expected) in [("v0", ["p0", "p1"]), ("v1", ["p1", "p0"]), ("v2", ["p0", "p1"])] {
            let node = tree.node(&judgement.parse().unwrap()).unwrap();
            let found: Vec<String> = programs(&tree, node).iter().map(|node| node.slot.to_string()).collect();
            assert_eq!(found, expected, "{judgement}");
        }
    }
}
