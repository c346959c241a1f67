//! A file in pieces that are written one transaction each, so that nobody waits for the whole of it. SQLite
//! has one writer, and whoever waits for it gives up after two seconds.

use std::collections::HashMap;

use super::ports::Entry;

/// What one piece may cost. A whole one takes about a tenth of a second.
const MOST: usize = 1_000;

/// What an entry costs beside its occurrences.
const EACH: usize = 8;

/// How many occurrences cost one.
const ROWS: usize = 10;

/// The entries of a file in pieces. Parts of one series that the file cut are in one piece, for what hangs
/// on their occurrences goes from one to the other; of them there may be more than a piece should hold.
pub(super) struct Pieces {
    /// Entries of one series by their places in the file, in the order of their first ones.
    groups: Vec<Vec<Entry>>,
}

impl Pieces {
    /// Of a file's entries, in the same order whenever the file is read.
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        let mut groups: Vec<Vec<Entry>> = Vec::new();
        let mut place = HashMap::new();
        let roots = roots(&entries);
        for (entry, root) in entries.into_iter().zip(roots) {
            let at = *place.entry(root).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[at].push(entry);
        }
        Self { groups }
    }

    /// The next piece behind so many groups: at least one group, if there is one.
    pub(super) fn next(&self, done: usize) -> &[Vec<Entry>] {
        let left = self.groups.get(done..).unwrap_or_default();
        let mut cost = 0;
        let fits = left.iter().take_while(|group| {
            let first = cost == 0;
            cost += group.iter().map(cost_of).sum::<usize>();
            first || cost <= MOST
        });
        let count = fits.count();
        &left[..count]
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> usize {
        self.groups.len()
    }
}

fn cost_of(entry: &Entry) -> usize {
    EACH + (entry.rows + entry.overrides.len()) / ROWS
}

/// For each entry a number that entries share which are parts of one series.
fn roots(entries: &[Entry]) -> Vec<usize> {
    let mut named: HashMap<&str, usize> = HashMap::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut number = |uid, parents: &mut Vec<usize>| {
        *named.entry(uid).or_insert_with(|| {
            parents.push(parents.len());
            parents.len() - 1
        })
    };
    let mut own = Vec::new();
    for entry in entries {
        let this = number(entry.uid.as_str(), &mut parents);
        own.push(this);
        if let Some(cut) = &entry.cut {
            let other = number(cut.of.as_str(), &mut parents);
            let (this, other) = (root(this, &mut parents), root(other, &mut parents));
            parents[this] = other;
        }
    }
    own.into_iter().map(|number| root(number, &mut parents)).collect()
}

fn root(mut at: usize, parents: &mut [usize]) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}
