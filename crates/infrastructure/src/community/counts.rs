//! How many likes and replies a post has: exactly as many as the reader can page through.
//!
//! A post keeps its counts, and for most readers they are the answer: who is suspended is counted
//! out (`absences.rs`). Where they need not be ([`ViewRow::unsure`]), one more statement for the whole
//! list looks: it walks few rows, and of many it looks at those of the people who are not to this
//! reader what they are to everybody, who are fewer.

use std::collections::HashMap;

use madang_application::community::PostView;
use madang_domain::shared::UserId;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{
    few::{self, Few},
    rows::ViewRow,
    visibility::{APART, UNCOUNTED, present, reached, visible_where},
};
use crate::sql::SqlStore;

/// So many likes or replies of a post are walked through.
const FEW: i64 = 100;

/// The counts of the posts `$2…` for viewer `$1`. Where nothing is counted and nobody is being counted out
/// or in, there is nothing that the viewer could see.
pub(super) fn exact(few: Few, posts: usize) -> String {
    let not_blocked = |person: &str| few.not_blocked(person);
    let posts: Vec<_> = (2..posts + 2).map(|place| format!("${place}")).collect();
    // What one of them did counts for the viewer, or does not; and is in the count, or is not.
    let shown =
        format!("CASE WHEN {} AND {} THEN 1 ELSE 0 END", not_blocked("apart.id"), present("apart.id"));
    let likes = format!(
        "CASE WHEN p.like_count = 0 AND NOT {UNCOUNTED} THEN 0 \
         WHEN p.like_count <= {FEW} THEN (SELECT count(*) FROM likes l WHERE l.post_id = p.id AND {} AND {}) \
         ELSE p.like_count + CAST((SELECT coalesce(sum((SELECT {shown} - CASE WHEN l.counted THEN 1 ELSE 0 END \
         FROM likes l WHERE l.post_id = p.id AND l.user_id = apart.id)), 0) FROM {APART} apart) AS bigint) END",
        not_blocked("l.user_id"),
        present("l.user_id"),
    );
    // A narrowed reply is shown for its own author's sake, so each is looked at; of a thread that
    // does not reach the viewer there is only what they wrote.
    let replies = format!(
        "CASE WHEN p.reply_count + p.narrowed_count = 0 AND NOT {UNCOUNTED} THEN 0 \
         WHEN p.reply_count + p.narrowed_count <= {FEW} \
         THEN (SELECT count(*) FROM posts r WHERE r.in_reply_to = p.id AND {visible}) \
         WHEN {reached} THEN p.reply_count \
         + CAST((SELECT coalesce(sum((SELECT sum({shown} - CASE WHEN r.counted THEN 1 ELSE 0 END) FROM posts r \
           WHERE r.in_reply_to = p.id AND r.author_id = apart.id AND r.narrowed_to IS NULL)), 0) FROM {APART} apart) AS bigint) \
         + (SELECT count(*) FROM posts r WHERE r.in_reply_to = p.id AND r.narrowed_to IS NOT NULL AND {visible}) \
         ELSE (SELECT count(*) FROM posts r WHERE r.in_reply_to = p.id AND r.author_id = $1) END",
        visible = visible_where("r", not_blocked),
        reached = reached("p"),
    );
    let with = if few.once { format!("WITH {}", few::blocked()) } else { String::new() };
    format!(
        "{with} SELECT p.id, {likes} AS likes, {replies} AS replies FROM posts p WHERE p.id IN ({})",
        posts.join(", ")
    )
}

#[derive(FromQueryResult)]
struct Counts {
    id: Uuid,
    likes: i64,
    replies: i64,
}

impl SqlStore {
    /// These posts with the counts that the viewer gets.
    pub(super) async fn counted(&self, viewer: UserId, rows: Vec<ViewRow>) -> anyhow::Result<Vec<PostView>> {
        let unsure: Vec<_> = rows.iter().filter_map(|row| row.unsure(viewer)).collect();
        let mut counts = HashMap::new();
        if !unsure.is_empty() {
            let values = std::iter::once(viewer.uuid()).chain(unsure.iter().copied()).map(Value::from);
            let found = self.rows::<Counts>(&exact(Few::of(self.writer()), unsure.len()), values).await?;
            counts.extend(found.into_iter().map(|row| (row.id, (row.likes, row.replies))));
        }
        rows.into_iter().map(|row| row.counted(&counts)).collect()
    }
}
