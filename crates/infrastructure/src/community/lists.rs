//! The statements of the lists. Each filters before its limit and walks an index in the order of
//! the list, so that a page costs the same however long the list is and however deep the page
//! lies; `plans` holds the databases to it.
//!
//! Viewer `$1`; lists of posts go on from the id `$2` with at most `$3` rows.

use madang_application::community::PostFilter;
use sea_orm::Value;

use super::{
    rows::{COLUMNS, seen},
    visibility::{not_blocked, not_muted, present, visible},
};

/// Posts that meet all conditions, newest first; appends what the conditions compare with.
pub(super) fn posts(filter: &PostFilter, values: &mut Vec<Value>) -> String {
    let mut conditions = vec!["p.id < $2".to_owned()];
    let mut condition = |text: &str, value: Value| {
        values.push(value);
        conditions.push(text.replace("{}", &format!("${}", values.len())));
    };
    if let Some(author) = filter.author {
        condition("p.author_id = {}", author.uuid().into());
    }
    if let Some(from) = filter.from {
        condition("p.day >= {}", from.to_string().into());
    }
    if let Some(to) = filter.to {
        condition("p.day < {}", to.to_string().into());
    }
    if let Some(event) = filter.event {
        // Says what the index holds, which Postgres does not conclude of a value it does not know.
        condition("p.event_id IS NOT NULL AND p.event_id = {}", event.into());
    }
    if let Some(occurrence) = filter.occurrence {
        condition("p.occurrence IS NOT NULL AND p.occurrence = {}", occurrence.into());
    }
    let mut tables = "posts p";
    if let Some(tag) = &filter.tag {
        tables = "post_tags t JOIN posts p ON p.id = t.post_id";
        condition("t.tag = {}", tag.as_str().into());
    }
    format!(
        "SELECT {COLUMNS}, {} FROM {tables} WHERE {} AND {} ORDER BY p.id DESC LIMIT $3",
        seen(),
        conditions.join(" AND "),
        visible()
    )
}

/// What the viewer and those they follow put on days from `$2` to before `$3`, behind the post `$5` of the
/// day `$4`, at most `$6`.
pub(super) fn by_day() -> String {
    format!(
        "SELECT p.id, p.day, p.title, p.text FROM (SELECT f.followee_id AS id FROM follows f WHERE f.follower_id = $1 \
         UNION ALL SELECT $1) a CROSS JOIN posts p WHERE p.author_id = a.id AND p.day >= $2 AND p.day < $3 \
         AND (p.day > $4 OR p.id > $5) AND {} AND {} ORDER BY p.day, p.id LIMIT $6",
        visible(),
        not_muted("p.author_id")
    )
}

/// The posts whose `column` is `$2`, oldest first, after `$3`, at most `$4`.
pub(super) fn discussion(column: &str) -> String {
    format!(
        "SELECT {COLUMNS}, {} FROM posts p WHERE p.{column} = $2 AND p.id > $3 AND {} ORDER BY p.id LIMIT $4",
        seen(),
        visible()
    )
}

/// People related to `$2` by `follows f`, latest first, before `$3`, at most `$4`.
pub(super) fn circle(person: &str, condition: &str) -> String {
    format!(
        "SELECT f.id, {person} AS person FROM follows f \
         WHERE {condition} AND f.id < $3 AND {} AND {} ORDER BY f.id DESC LIMIT $4",
        not_blocked(person),
        present(person)
    )
}

/// Who likes the post `$2`, latest first, before `$3`, at most `$4`.
pub(super) fn likes() -> String {
    format!(
        "SELECT l.id, l.user_id AS person FROM likes l WHERE l.post_id = $2 AND l.id < $3 AND {} AND {} \
         ORDER BY l.id DESC LIMIT $4",
        not_blocked("l.user_id"),
        present("l.user_id")
    )
}
