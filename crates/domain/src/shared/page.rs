//! Keyset paging: a page ends at a position, and the next one starts behind it.

use uuid::Uuid;

/// Where a page ended: the sort key of its last row, then the row's id to break ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The sort key; microseconds for lists ordered by time.
    pub key: i64,
    /// The id of the row, which makes the order total.
    pub id: Uuid,
}

/// What a client asked for: so many rows, behind this position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// 1 to 100.
    pub limit: u32,
    /// `None` asks for the first page.
    pub after: Option<Position>,
}

impl PageRequest {
    /// The rows to fetch: one more than asked, to learn whether a next page exists.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

/// Some rows in order, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// At most `limit` rows.
    pub items: Vec<T>,
    /// `None` on the last page.
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// Cuts the surplus row of [`PageRequest::fetch`] off and remembers where the page ended.
    pub fn cut(mut items: Vec<T>, request: &PageRequest, position: impl Fn(&T) -> Position) -> Self {
        let limit = request.limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(position) } else { None };
        Self { items, next }
    }

    /// The same page with every row turned into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}
