//! What may still happen behind a state: the messages that are received there, or in a state that is reached from it.
//! States that reach one another share one answer, so that a large circle costs as much as a large path.

/// How many words of 64 messages are kept for one actor.
const WORDS_MAX: usize = 8_000_000;

/// For each state, the messages that are received there or behind it, by number.
pub(super) struct Later {
    /// The circle in which each state is.
    circle: Vec<u32>,
    words: usize,
    /// For each circle, one bit for each message.
    received: Vec<u64>,
}

impl Later {
    /// `next` are the states behind each one, `received` the messages of each. `None` if it is too much to keep.
    pub(super) fn new(next: &[Vec<u32>], received: &[Vec<u32>], messages: usize) -> Option<Later> {
        let circle = circles(next);
        let count = circle.iter().max().map_or(0, |last| *last as usize + 1);
        let words = messages.div_ceil(64);
        if count * words > WORDS_MAX {
            return None;
        }
        let mut later = Later { circle, words, received: vec![0; count * words] };
        let mut members: Vec<u32> = (0..next.len() as u32).collect();
        members.sort_by_key(|at| later.circle[*at as usize]);
        // Circles are numbered from the end: what is behind one is complete before it.
        for at in members {
            let own = later.circle[at as usize] as usize;
            for message in &received[at as usize] {
                later.received[own * words + *message as usize / 64] |= 1 << (message % 64);
            }
            for behind in next[at as usize].iter().map(|to| later.circle[*to as usize] as usize) {
                if behind != own {
                    let (first, second) = later.received.split_at_mut(own * words);
                    let behind = &first[behind * words..(behind + 1) * words];
                    second[..words].iter_mut().zip(behind).for_each(|(word, other)| *word |= other);
                }
            }
        }
        Some(later)
    }

    pub(super) fn contains(&self, state: usize, message: u32) -> bool {
        let at = self.circle[state] as usize * self.words + message as usize / 64;
        self.received[at] >> (message % 64) & 1 == 1
    }
}

/// The strongly connected components (Tarjan 1972), without recursion: a number for each state. What is behind a component
/// has a smaller number.
fn circles(next: &[Vec<u32>]) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let count = next.len();
    let (mut seen, mut low, mut circle) = (vec![NONE; count], vec![0; count], vec![NONE; count]);
    let (mut time, mut circles) = (0, 0);
    let mut open: Vec<u32> = vec![];
    for start in 0..count as u32 {
        if seen[start as usize] != NONE {
            continue;
        }
        // Each state on the way, and which of its successors comes next.
        let mut way: Vec<(u32, usize)> = vec![(start, 0)];
        while let Some((at, edge)) = way.last_mut() {
            let state = *at as usize;
            if *edge == 0 {
                (seen[state], low[state]) = (time, time);
                time += 1;
                open.push(*at);
            }
            if let Some(to) = next[state].get(*edge) {
                *edge += 1;
                match seen[*to as usize] {
                    NONE => way.push((*to, 0)),
                    time if circle[*to as usize] == NONE => low[state] = low[state].min(time),
                    _ => {}
                }
                continue;
            }
            if low[state] == seen[state] {
                while let Some(member) = open.pop() {
                    circle[member as usize] = circles;
                    if member as usize == state {
                        break;
                    }
                }
                circles += 1;
            }
            way.pop();
            if let Some((before, _)) = way.last() {
                low[*before as usize] = low[*before as usize].min(low[state]);
            }
        }
    }
    circle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_received_behind_a_state_is_what_a_search_from_it_finds() {
        let mut random = 12_345_u32;
        let mut draw = |below: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as usize % below
        };
        for round in 0..200 {
            let count = 1 + draw(12);
            let mut next = vec![vec![]; count];
            let mut received = vec![vec![]; count];
            for _ in 0..draw(1 + round / 8) {
                next[draw(count)].push(draw(count) as u32);
                received[draw(count)].push(draw(100) as u32);
            }
            let later = Later::new(&next, &received, 100).expect("small");
            for start in 0..count {
                let (mut reached, mut open) = (vec![false; count], vec![start]);
                while let Some(at) = open.pop() {
                    if !std::mem::replace(&mut reached[at], true) {
                        open.extend(next[at].iter().map(|to| *to as usize));
                    }
                }
                for message in 0..100 {
                    let found = (0..count).any(|at| reached[at] && received[at].contains(&message));
                    assert_eq!(later.contains(start, message), found, "{next:?} {received:?} {start} {message}");
                }
            }
        }
    }
}
