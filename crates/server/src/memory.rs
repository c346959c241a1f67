//! Freed memory goes back to the system also when nothing happens any more.
//!
//! The allocator keeps what was freed for a second, since it may be wanted again, and looks for what it
//! has kept for longer only when a page of its own is freed. A login takes 19 MiB for its hash; small
//! requests free no page for hours, and a quiet process would hold all of it.

use std::{hint::black_box, time::Duration};

/// Longer than the allocator keeps anything, so that each round gives back what the last one saw.
const REST: Duration = Duration::from_secs(2);
/// Larger than the allocator's own pages, so that it is one by itself. It is never written to, so no
/// memory stands behind it.
const PIECE: usize = 4 * 1024 * 1024;

/// Has the allocator look through what it keeps, for ever.
pub async fn give_back() {
    loop {
        tokio::time::sleep(REST).await;
        drop(black_box(Vec::<u8>::with_capacity(PIECE)));
    }
}
