//! Whom posts name, in SQL.

use std::collections::{HashMap, HashSet};

use madang_application::shared::Tx;
use madang_domain::{
    community::{Mention, Post, PostId},
    shared::UserId,
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::visibility::{not_blocked, not_blocked_between, not_muted, present, visible};
use crate::sql::{SqlStore, execute, rows};

#[derive(FromQueryResult)]
struct Named {
    normal: String,
    user_id: Uuid,
    reachable: bool,
}

#[derive(FromQueryResult)]
struct Person {
    user_id: Uuid,
}

#[derive(FromQueryResult)]
struct Row {
    post_id: Uuid,
    user_id: Uuid,
}

/// Keeps whom the text of a post names now; answers who has to hear of it: who was not named
/// before, may see the post, listens to its author, and is not told of it as a reply.
pub(super) async fn save(tx: &mut Tx, post: &Post, named: &[Mention]) -> anyhow::Result<Vec<UserId>> {
    let before = "SELECT m.user_id FROM post_mentions m WHERE m.post_id = $1";
    let before: Vec<Person> = rows(tx, before, [post.id.uuid().into()]).await?;
    let before: HashSet<Uuid> = before.into_iter().map(|person| person.user_id).collect();
    let people = resolve(tx, post.author, named).await?;
    if !before.is_empty() {
        let gone = "DELETE FROM post_mentions WHERE post_id = $1";
        execute(tx, gone, [post.id.uuid().into()]).await?;
    }
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![post.id.uuid().into()];
    let mut tuples = Vec::with_capacity(people.len());
    for (place, person) in (0_i64..).zip(&people) {
        tuples.push(format!("($1, ${}, ${})", values.len() + 1, values.len() + 2));
        values.extend([(*person).into(), place.into()]);
    }
    let insert = format!("INSERT INTO post_mentions (post_id, user_id, place) VALUES {}", tuples.join(", "));
    execute(tx, &insert, values).await?;
    let new = people.iter().any(|person| !before.contains(person) && *person != post.author.uuid());
    if !new {
        return Ok(Vec::new());
    }
    let heard = format!(
        "SELECT m.user_id FROM post_mentions m JOIN posts p ON p.id = m.post_id WHERE m.post_id = $2 \
         AND m.user_id <> p.author_id AND {} AND {} AND NOT EXISTS \
         (SELECT 1 FROM posts a WHERE a.id = p.in_reply_to AND a.author_id = m.user_id) \
         AND $1 IS NOT NULL ORDER BY m.place",
        visible().replace("$1", "m.user_id"),
        not_muted("p.author_id").replace("$1", "m.user_id"),
    );
    let heard: Vec<Person> = rows(tx, &heard, [post.author.uuid().into(), post.id.uuid().into()]).await?;
    let heard = heard.into_iter().map(|person| person.user_id).filter(|person| !before.contains(person));
    Ok(heard.map(Into::into).collect())
}

/// The people meant, in the order of the text, each once. A nickname of somebody who is hidden from
/// the author by a block stands for nobody else, and for them neither.
async fn resolve(tx: &mut Tx, author: UserId, named: &[Mention]) -> anyhow::Result<Vec<Uuid>> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![author.uuid().into()];
    let candidates: HashSet<&str> =
        named.iter().flat_map(|mention| &mention.candidates).map(String::as_str).collect();
    let mut places = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        values.push(candidate.into());
        places.push(format!("${}", values.len()));
    }
    let select = format!(
        "SELECT k.normal, k.user_id, (CASE WHEN {} THEN TRUE ELSE FALSE END) AS reachable \
         FROM nicknames k WHERE k.normal IN ({})",
        not_blocked("k.user_id"),
        places.join(", ")
    );
    let found: Vec<Named> = rows(tx, &select, values).await?;
    let found: HashMap<&str, &Named> = found.iter().map(|named| (named.normal.as_str(), named)).collect();
    let mut people = Vec::new();
    for mention in named {
        let meant = mention.candidates.iter().find_map(|candidate| found.get(candidate.as_str()));
        if let Some(meant) = meant.filter(|meant| meant.reachable && !people.contains(&meant.user_id)) {
            people.push(meant.user_id);
        }
    }
    Ok(people)
}

impl SqlStore {
    /// Whom these posts name, as far as the viewer may know of them and they may know of the author.
    pub(super) async fn named_in(
        &self,
        viewer: UserId,
        posts: &[PostId],
    ) -> anyhow::Result<Vec<(PostId, UserId)>> {
        let places: Vec<_> = (2..posts.len() + 2).map(|place| format!("${place}")).collect();
        let text = format!(
            "SELECT m.post_id, m.user_id FROM post_mentions m JOIN posts p ON p.id = m.post_id \
             WHERE m.post_id IN ({}) AND {} AND {} AND {} ORDER BY m.post_id, m.place",
            places.join(", "),
            not_blocked("m.user_id"),
            present("m.user_id"),
            not_blocked_between("p.author_id", "m.user_id"),
        );
        let values = std::iter::once(viewer.uuid()).chain(posts.iter().map(|post| post.uuid()));
        let found: Vec<Row> = self.rows(&text, values.map(Into::into)).await?;
        Ok(found.into_iter().map(|row| (row.post_id.into(), row.user_id.into())).collect())
    }
}
