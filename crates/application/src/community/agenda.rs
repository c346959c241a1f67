//! What the community lays on the agenda: posts on their days.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::civil::Date;
use madang_domain::shared::{Failure, Position, Timestamp};
use uuid::Uuid;

use super::queries::{CommunityQueries, DatedPost};
use crate::shared::{AgendaEntry, AgendaLayer, AgendaQuestion, AgendaTime, Caller};

/// How much of its text stands for a post without a title, in characters.
const GLIMPSE: usize = 100;

/// What the caller and those they follow put on days, as far as the caller may see it. What strangers
/// say in public is looked for among posts; here it would bury one's own days.
pub struct PostLayer {
    queries: Arc<dyn CommunityQueries>,
}

impl PostLayer {
    /// The layer `posts`.
    pub fn new(queries: Arc<dyn CommunityQueries>) -> Self {
        Self { queries }
    }
}

#[async_trait]
impl AgendaLayer for PostLayer {
    fn name(&self) -> &'static str {
        "posts"
    }

    async fn entries(&self, caller: &Caller, question: &AgendaQuestion) -> Result<Vec<AgendaEntry>, Failure> {
        let (from, to) = question.days();
        let after = question.after.map(|after| place(question, after));
        let found = self.queries.posts_by_day(caller.user, from, to, after, question.limit + 1).await?;
        let entry = |post: DatedPost| AgendaEntry {
            at: Position { key: question.start_of(post.day).micros(), id: post.id.uuid() },
            id: post.id.uuid(),
            title: Some(post.title.unwrap_or_else(|| glimpse(&post.text))),
            time: AgendaTime::Days(post.day, post.day.tomorrow().unwrap_or(post.day)),
            done: false,
            calendar: None,
            occurrence: None,
        };
        Ok(found.into_iter().map(entry).collect())
    }
}

/// A place on the agenda as a place among posts: a page may have ended in the middle of a day.
fn place(question: &AgendaQuestion, after: Position) -> (Date, Uuid) {
    let day = question.zone.to_datetime(Timestamp::from_micros(after.key).into()).date();
    let at_start = question.start_of(day).micros() == after.key;
    (day, if at_start { after.id } else { Uuid::max() })
}

/// The first line, as far as it fits.
fn glimpse(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(GLIMPSE).collect()
}
