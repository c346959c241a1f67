//! Tag `Chat`: messages.

use std::sync::Arc;

use madang_application::chat::{MessageService, Range, Spoken};
use madang_domain::{
    chat,
    shared::{Failure, Page, Position, platform},
};
use poem::Request;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};

use super::{
    Tag,
    dto::{Message, ReadRoom, SendMessage},
};
use crate::http::{Answer, Auth, Created, Form, Ident, Listing, NoContent, Outcome, Pages};

/// Messages.
pub struct MessagesApi {
    service: Arc<MessageService>,
}

impl MessagesApi {
    /// Wires it.
    pub fn new(service: Arc<MessageService>) -> Self {
        Self { service }
    }
}

#[OpenApi(tag = "Tag::Chat")]
impl MessagesApi {
    /// Read what was said
    ///
    /// Every page is in the order of `seq`. Without bounds it is the latest messages; further pages
    /// go back in time, or forward from `afterSeq`; both bounds together name what lies between.
    /// Reading marks nothing as read.
    ///
    /// Errors: `chat.not_a_member`.
    #[expect(clippy::too_many_arguments, reason = "one per query parameter")]
    #[oai(path = "/v1/rooms/:roomId/messages", method = "get", operation_id = "listMessages")]
    async fn list(
        &self,
        request: &Request,
        auth: Auth,
        /// The room.
        #[oai(name = "roomId")]
        room: Path<Ident<chat::Room>>,
        /// The latest messages below this number.
        #[oai(name = "beforeSeq")]
        before: Query<Option<i64>>,
        /// The first messages above this number.
        #[oai(name = "afterSeq")]
        after: Query<Option<i64>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<Message>>> {
        let room = room.0.0;
        let range = range(before.0, after.0)?;
        let scope = match range {
            Range::Before(_) => format!("messages {room} false"),
            Range::After(_) => format!("messages {room} true"),
            Range::Between { before, .. } => format!("messages {room} below {before}"),
        };
        let pages = Pages::read(request, scope, limit.0, cursor.0, 20)?;
        let page = pages.request();
        let range = match (range, page.after) {
            (Range::Before(_), Some(end)) => Range::Before(end.key),
            (Range::After(_), Some(end)) => Range::After(end.key),
            (Range::Between { before, .. }, Some(end)) => Range::Between { after: end.key, before },
            (range, None) => range,
        };
        let found = self.service.history(&auth.0, room, range, page.fetch()).await?;
        Ok(pages.answer(cut(found, range, page.limit as usize)))
    }

    /// Say something
    ///
    /// The same `clientId` again answers what was stored the first time.
    ///
    /// Errors: `chat.not_a_member`, `chat.cannot_write`, `chat.peer_suspended`, `chat.peer_withdrawn`, `identity.profile_incomplete`,
    /// `media.unknown_picture`, `media.repeated_picture`.
    #[oai(path = "/v1/rooms/:roomId/messages", method = "post", operation_id = "sendMessage")]
    async fn send(
        &self,
        auth: Auth,
        /// The room.
        #[oai(name = "roomId")]
        room: Path<Ident<chat::Room>>,
        form: Form<SendMessage>,
    ) -> Outcome<Created<Message>> {
        let said = self.service.say(&auth.0, room.0.0, form.accept()?.into()).await?;
        let location = format!("/v1/rooms/{}/messages?afterSeq={}", room.0.0, said.message.seq - 1);
        Ok(Created::new(location, said.into()))
    }

    /// Mark messages as read
    ///
    /// All up to this number; less than before changes nothing. The others learn it.
    ///
    /// Errors: `chat.not_a_member`.
    #[oai(path = "/v1/rooms/:roomId/read", method = "put", operation_id = "readRoom")]
    async fn read(
        &self,
        auth: Auth,
        /// The room.
        #[oai(name = "roomId")]
        room: Path<Ident<chat::Room>>,
        form: Form<ReadRoom>,
    ) -> Outcome<NoContent> {
        self.service.read(&auth.0, room.0.0, form.accept()?.seq).await?;
        Ok(NoContent::default())
    }
}

fn range(before: Option<i64>, after: Option<i64>) -> Result<Range, Failure> {
    let negative = |name: &str| {
        Failure::from(platform::OUT_OF_RANGE.with("min", 0).with("max", i64::MAX).at(format!("?{name}")))
    };
    match (before, after) {
        (Some(before), _) if before < 0 => Err(negative("beforeSeq")),
        (_, Some(after)) if after < 0 => Err(negative("afterSeq")),
        (Some(before), Some(after)) => Ok(Range::Between { after, before }),
        (Some(before), None) => Ok(Range::Before(before)),
        (None, Some(after)) => Ok(Range::After(after)),
        (None, None) => Ok(Range::Before(i64::MAX)),
    }
}

/// Cuts the surplus message off at the end where the next page goes on.
fn cut(mut found: Vec<Spoken>, range: Range, limit: usize) -> Page<Spoken> {
    let surplus = found.len().saturating_sub(limit);
    let end = match range {
        Range::Before(_) => {
            found.drain(..surplus);
            found.first()
        }
        Range::After(_) | Range::Between { .. } => {
            found.truncate(limit);
            found.last()
        }
    };
    let position = |spoken: &Spoken| Position { key: spoken.message.seq, id: spoken.message.id.uuid() };
    let next = if surplus > 0 { end.map(position) } else { None };
    Page { items: found, next }
}
