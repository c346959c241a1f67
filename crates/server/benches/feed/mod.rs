//! What the benchmark of the community stands on.

pub(crate) mod bare;
pub(crate) mod town;
