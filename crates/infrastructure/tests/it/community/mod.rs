//! The community keeps its promises on every database.

mod big;
mod counts;
mod crowd;
mod feed;
mod keeper;
mod occurrences;
mod oracle;
mod random;
mod search;
mod stage;
mod threads;
