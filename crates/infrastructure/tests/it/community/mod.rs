//! The community keeps its promises on every database.

mod big;
mod crowd;
mod oracle;
mod random;
mod search;
mod stage;
mod threads;
