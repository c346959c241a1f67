//! What goes in and out, as JSON.

use madang_application::{calendar::queries::EventRefView, community as app};
use madang_domain::{
    community::{self, PostText, PostTitle},
    shared::{PictureId, id, id::User},
};
use poem_openapi::{Enum, Object, types::MaybeUndefined};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    http::{Date, Field, Ident, Instant},
    identity::UserSummary,
    media::Media,
};

/// How far a post reaches; friends are people who follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "lowercase", rename = "PostVisibility")]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody who is logged in.
    Public,
    /// The author's friends.
    Friends,
    /// The author.
    Private,
}

impl From<Visibility> for community::Visibility {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Friends => Self::Friends,
            Visibility::Private => Self::Private,
        }
    }
}

impl From<community::Visibility> for Visibility {
    fn from(visibility: community::Visibility) -> Self {
        match visibility {
            community::Visibility::Public => Self::Public,
            community::Visibility::Friends => Self::Friends,
            community::Visibility::Private => Self::Private,
        }
    }
}

/// What somebody wants to say.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CreatePost {
    /// The headline.
    pub title: Option<Field<PostTitle>>,
    /// The text; `#tags` in it can be searched for, and `@nickname` tells a person of it.
    pub text: Field<PostText>,
    /// How far it reaches.
    pub visibility: Visibility,
    /// The event it is about.
    pub event_id: Option<Ident<Uuid>>,
    /// The one of its occurrences it is about, as the range list of events names it.
    #[oai(validator(max_length = 40))]
    pub occurrence: Option<String>,
    /// The day it is put on in the calendar.
    pub date: Option<Date>,
    /// The post it answers.
    pub in_reply_to: Option<Ident<community::Post>>,
    /// Pictures of one's own to show, in this order.
    #[oai(validator(max_items = 5))]
    pub media_ids: Option<Vec<Ident<id::Picture>>>,
}

impl From<CreatePost> for app::WritePost {
    fn from(post: CreatePost) -> Self {
        Self {
            title: post.title.map(|title| title.0),
            text: post.text.0,
            visibility: Some(post.visibility.into()),
            event: post.event_id.map(|event| event.0.uuid()),
            occurrence: post.occurrence,
            date: post.date.map(|date| date.0),
            in_reply_to: post.in_reply_to.map(|parent| parent.0),
            pictures: ids(post.media_ids.unwrap_or_default()),
        }
    }
}

/// An answer to a post.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CreateReply {
    /// The headline.
    pub title: Option<Field<PostTitle>>,
    /// The text; `#tags` in it can be searched for, and `@nickname` tells a person of it.
    pub text: Field<PostText>,
    /// How far it reaches, never further than its thread; as far as its thread unless given.
    pub visibility: Option<Visibility>,
    /// The day it is put on in the calendar.
    pub date: Option<Date>,
    /// Pictures of one's own to show, in this order.
    #[oai(validator(max_items = 5))]
    pub media_ids: Option<Vec<Ident<id::Picture>>>,
}

impl CreateReply {
    /// The reply to this post.
    pub fn to(self, parent: community::PostId) -> app::WritePost {
        app::WritePost {
            title: self.title.map(|title| title.0),
            text: self.text.0,
            visibility: self.visibility.map(Into::into),
            event: None,
            occurrence: None,
            date: self.date.map(|date| date.0),
            in_reply_to: Some(parent),
            pictures: ids(self.media_ids.unwrap_or_default()),
        }
    }
}

/// What should change; what is left out stays, `null` clears.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct UpdatePost {
    /// The headline.
    pub title: MaybeUndefined<Field<PostTitle>>,
    /// The text.
    pub text: Option<Field<PostText>>,
    /// How far it reaches; replies that reach as far as their thread go with its root.
    pub visibility: Option<Visibility>,
    /// The event it is about; another one takes the occurrence away.
    pub event_id: MaybeUndefined<Ident<Uuid>>,
    /// The one of its occurrences it is about, as the range list of events names it.
    #[oai(validator(max_length = 40))]
    pub occurrence: MaybeUndefined<String>,
    /// The day it is put on in the calendar.
    pub date: MaybeUndefined<Date>,
    /// Pictures of one's own to show instead of those until now, in this order.
    #[oai(validator(max_items = 5))]
    pub media_ids: Option<Vec<Ident<id::Picture>>>,
}

impl From<UpdatePost> for app::EditPost {
    fn from(post: UpdatePost) -> Self {
        Self {
            title: cleared(post.title).map(|title| title.map(|title| title.0)),
            text: post.text.map(|text| text.0),
            visibility: post.visibility.map(Into::into),
            event: cleared(post.event_id).map(|event| event.map(|event| event.0.uuid())),
            occurrence: cleared(post.occurrence),
            date: cleared(post.date).map(|date| date.map(|date| date.0)),
            pictures: post.media_ids.map(ids),
        }
    }
}

fn ids(media: Vec<Ident<id::Picture>>) -> Vec<PictureId> {
    media.into_iter().map(|id| id.0).collect()
}

fn cleared<T>(member: MaybeUndefined<T>) -> Option<Option<T>> {
    match member {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// What somebody wrote.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Post {
    /// Its id.
    pub id: Ident<community::Post>,
    /// Who wrote it.
    pub author: UserSummary,
    /// The headline.
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// Whom the text names with `@nickname`, in its order, whatever they are called now.
    pub mentions: Vec<UserSummary>,
    /// How far it reaches.
    pub visibility: Visibility,
    /// Its pictures.
    pub media: Vec<Media>,
    /// What it is about, if the viewer may see that.
    pub event: Option<PostEvent>,
    /// The day it is put on in the calendar.
    pub date: Option<Date>,
    /// The post it answers.
    pub in_reply_to: Option<Ident<community::Post>>,
    /// The post that starts its thread; itself, if it answers none.
    pub root_id: Ident<community::Post>,
    /// How many like it.
    pub like_count: i64,
    /// How many direct replies it has.
    pub reply_count: i64,
    /// Whether the viewer likes it.
    pub liked_by_me: bool,
    /// When it was written.
    pub created_at: Instant,
    /// When it was last changed.
    pub edited_at: Option<Instant>,
}

/// The event a post is about.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct PostEvent {
    /// Its id.
    pub id: Ident<Uuid>,
    /// The calendar it is in.
    pub calendar_id: Ident<Uuid>,
    /// What it is called.
    pub title: Option<String>,
    /// The one of its occurrences the post is about: the start its series gives it, wherever it is.
    pub occurrence: Option<String>,
}

impl PostEvent {
    /// With the occurrence of it, by where the series began it.
    pub(super) fn new(event: EventRefView, occurrence: Option<i64>) -> Self {
        Self {
            occurrence: occurrence.and_then(|original| event.name_of(original)),
            id: Ident(event.id.uuid().into()),
            calendar_id: Ident(event.calendar.uuid().into()),
            title: event.title,
        }
    }
}

impl From<app::Written> for Post {
    fn from(written: app::Written) -> Self {
        let app::PostView { post, like_count, reply_count, liked_by_me } = written.view;
        let visibility = post.visibility().into();
        Self {
            id: post.id.into(),
            author: written.author.into(),
            title: post.title.map(Into::into),
            text: post.text.into(),
            mentions: written.mentions.into_iter().map(Into::into).collect(),
            visibility,
            media: written.pictures.into_iter().map(Into::into).collect(),
            event: written.event.map(|event| PostEvent::new(event, post.occurrence)),
            date: post.date.map(Into::into),
            in_reply_to: post.in_reply_to.map(Into::into),
            root_id: post.root.into(),
            like_count,
            reply_count,
            liked_by_me,
            created_at: post.created_at.into(),
            edited_at: post.edited_at.map(Into::into),
        }
    }
}

/// What a post was until it was changed.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct PostEdit {
    /// Counts the versions of the post from 1 on.
    pub version: i64,
    /// The headline.
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// How far it reached in the end.
    pub visibility: Visibility,
    /// The day it was put on in the calendar.
    pub date: Option<Date>,
    /// Since when it was like this.
    pub written_at: Instant,
    /// When it was changed.
    pub replaced_at: Instant,
}

impl From<community::PostEdit> for PostEdit {
    fn from(edit: community::PostEdit) -> Self {
        Self {
            version: edit.version,
            title: edit.title.map(Into::into),
            text: edit.text.into(),
            visibility: edit.visibility.into(),
            date: edit.date.map(Into::into),
            written_at: edit.written_at.into(),
            replaced_at: edit.replaced_at.into(),
        }
    }
}

/// Somebody follows somebody.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Follow {
    /// Who follows.
    pub follower_id: Ident<User>,
    /// Who is followed.
    pub followee_id: Ident<User>,
}
