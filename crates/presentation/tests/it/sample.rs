//! A small API that uses everything once.

use std::time::Duration;

use madang_domain::shared::{Id, Page, Position, UserId, platform};
use madang_presentation::http::{
    Answer, Auth, Created, Date, Field, Form, Ident, IfMatch, Instant, Listing, NoContent, Outcome, Pages,
    Visitor, ZoneName,
};
use poem::Request;
use poem_openapi::{
    Enum, Object, OpenApi, Tags, Union,
    param::{Path, Query},
    types::MaybeUndefined,
};
use serde::Serialize;
use uuid::Uuid;

madang_domain::text! {
    /// What a note is called.
    pub Title: "sample-title", 1..=10, "Picnic";
}

#[derive(Tags)]
enum Tag {
    /// For trying things out.
    Sample,
}

/// How it feels.
#[derive(Clone, Copy, Debug, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum Mood {
    Happy,
    VerySad,
}

/// A point on the earth.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
pub struct Place {
    /// Degrees north.
    #[oai(validator(minimum(value = "-90"), maximum(value = "90")))]
    pub lat: f64,
    /// What it is called.
    pub name: Field<Title>,
}

/// A whole day.
#[derive(Clone, Debug, Object)]
pub struct AllDay {
    /// The day.
    pub date: Date,
}

/// A moment.
#[derive(Clone, Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Timed {
    /// The moment.
    pub date_time: Instant,
    /// Where that is.
    pub time_zone: Option<ZoneName>,
}

/// A day or a moment.
#[derive(Clone, Debug, Union)]
pub enum When {
    AllDay(AllDay),
    Timed(Timed),
}

/// A circle or a square, told apart by `kind`.
#[derive(Clone, Debug, Union)]
#[oai(one_of = true, discriminator_name = "kind")]
pub enum Figure {
    #[oai(mapping = "circle")]
    Circle(Circle),
    #[oai(mapping = "square")]
    Square(Square),
}

/// Round.
#[derive(Clone, Debug, Object)]
pub struct Circle {
    /// Half its width.
    pub radius: i32,
}

/// Not round.
#[derive(Clone, Debug, Object)]
pub struct Square {
    /// Its width.
    pub side: i32,
}

/// A new note.
#[derive(Clone, Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CreateNote {
    /// What it is called.
    pub title: Field<Title>,
    /// How many.
    #[oai(validator(minimum(value = "1"), maximum(value = "10")))]
    pub count: Option<i32>,
    /// How it feels.
    pub mood: Option<Mood>,
    /// Words about it.
    #[oai(validator(max_items = 2, min_items = 1))]
    pub labels: Option<Vec<Field<Title>>>,
    /// When it is over.
    pub due: Option<Instant>,
    /// Where.
    pub place: Option<Place>,
    /// When it is.
    pub at: Option<When>,
    /// What it looks like.
    pub figure: Option<Figure>,
    /// What it answers.
    pub parent: Option<Ident<Note>>,
    /// Whether it is done.
    pub done: Option<bool>,
    /// A plain text.
    #[oai(validator(max_length = 5, min_length = 2))]
    pub plain: Option<String>,
}

/// A change of a note.
#[derive(Clone, Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChangeNote {
    /// What it is called.
    pub title: Option<Field<Title>>,
    /// `null` clears it.
    pub mood: MaybeUndefined<Mood>,
}

/// Ways to break.
#[derive(Clone, Debug, Object)]
pub struct Trouble {
    /// `panic`, `unexpected`, `slow`, `busy`.
    pub how: Option<String>,
}

/// A note.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Its id.
    pub id: Ident<Note>,
    /// What it is called.
    pub title: String,
    /// How it feels.
    pub mood: Option<Mood>,
    /// Where.
    pub place: Option<Place>,
    /// When it was made.
    pub created_at: Instant,
}

/// Who asks.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Guest {
    /// The client's address.
    pub address: String,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The idempotency key.
    pub key: Option<String>,
    /// The account.
    pub user: Option<Ident<madang_domain::shared::id::User>>,
}

/// The moment all notes were made.
const MADE: i64 = 1_795_253_400_000_000;

fn note(id: Uuid, title: &str, mood: Option<Mood>) -> Note {
    let created_at = madang_domain::shared::Timestamp::from_micros(MADE).into();
    Note { id: Ident(Id::new(id)), title: title.to_owned(), mood, place: None, created_at }
}

pub struct SampleApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Sample")]
impl SampleApi {
    /// Make a note
    ///
    /// Keeps a note for later.
    ///
    /// Errors: `platform.stale`.
    #[oai(path = "/notes", method = "post", operation_id = "createNote")]
    async fn create_note(&self, auth: Auth, form: Form<CreateNote>) -> Outcome<Created<Note>> {
        let input = form.accept_with(|errors, body| {
            if body["title"] == "taken" {
                errors.push(platform::STALE.at("/title"));
            }
        })?;
        let id = Uuid::now_v7();
        let _ = (auth, input.due, input.at, input.figure, input.parent, input.count, input.labels);
        let note = Note { place: input.place, ..note(id, input.title.0.as_str(), input.mood) };
        Ok(Created::new(format!("/v1/notes/{id}"), note).version(id.to_string(), 1))
    }

    /// List notes
    #[oai(path = "/notes", method = "get", operation_id = "listNotes")]
    async fn list_notes(
        &self,
        auth: Auth,
        request: &Request,
        /// At most so many.
        limit: Query<Option<i64>>,
        /// Where to go on.
        cursor: Query<Option<String>>,
        /// Only of this mood.
        mood: Query<Option<Mood>>,
        /// Only since then.
        since: Query<Option<Instant>>,
    ) -> Outcome<Answer<Listing<Note>>> {
        let scope = format!("notes:{}:{:?}", auth.0.user, mood.0);
        let pages = Pages::read(request, scope, limit.0, cursor.0, 20)?;
        let asked = pages.request();
        let _ = since;
        // Fifty notes, numbered downwards.
        let below = asked.after.map_or(50, |position| position.key);
        let rows: Vec<_> = (0..below).rev().take(usize::try_from(asked.fetch()).unwrap()).collect();
        let page = Page::cut(rows, &asked, |row| Position { key: *row, id: Uuid::nil() });
        Ok(pages.answer(
            page.map(|row| note(Uuid::from_u128(row.unsigned_abs().into()), &row.to_string(), mood.0)),
        ))
    }

    /// Show a note
    #[oai(path = "/notes/:note_id", method = "get", operation_id = "getNote")]
    async fn get_note(&self, _auth: Auth, note_id: Path<Ident<Note>>) -> Outcome<Answer<Note>> {
        if note_id.0.0.uuid().is_nil() {
            return Err(platform::NOT_FOUND.into());
        }
        Ok(Answer::new(note(note_id.0.0.uuid(), "Picnic", None)).version(note_id.0.0.to_string(), 7))
    }

    /// Change a note
    #[oai(path = "/notes/:note_id", method = "patch", operation_id = "changeNote")]
    async fn change_note(
        &self,
        _auth: Auth,
        note_id: Path<Ident<Note>>,
        #[oai(name = "If-Match")] if_match: IfMatch,
        form: Form<ChangeNote>,
    ) -> Outcome<Answer<Note>> {
        let change = form.accept()?;
        if_match.check(note_id.0.0.to_string(), 7)?;
        let mood = match change.mood {
            MaybeUndefined::Undefined => Some(Mood::Happy),
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(mood) => Some(mood),
        };
        let title = change.title.map_or_else(|| "Picnic".to_owned(), |title| title.0.to_string());
        Ok(Answer::new(note(note_id.0.0.uuid(), &title, mood)).version(note_id.0.0.to_string(), 8))
    }

    /// Delete a note
    #[oai(path = "/notes/:note_id", method = "delete", operation_id = "deleteNote")]
    async fn delete_note(&self, _auth: Auth, note_id: Path<Ident<Note>>) -> Outcome<NoContent> {
        let _ = note_id;
        Ok(NoContent::default())
    }

    /// Say who asks
    #[oai(path = "/guests", method = "get", operation_id = "getGuest")]
    async fn get_guest(&self, visitor: Visitor) -> Outcome<Answer<Guest>> {
        let Visitor(origin) = visitor;
        let key = origin.once.map(|once| format!("{} {}", once.actor, once.key));
        Ok(Answer::new(Guest {
            address: origin.address.to_string(),
            user_agent: origin.user_agent,
            key,
            user: None,
        }))
    }

    /// Say who asks, logged in
    #[oai(path = "/guests", method = "post", operation_id = "createGuest")]
    async fn create_guest(&self, auth: Auth) -> Outcome<Answer<Guest>> {
        let Auth(caller) = auth;
        let key = caller.origin.once.map(|once| format!("{} {}", once.actor, once.key));
        let user: UserId = caller.user;
        let address = caller.origin.address.to_string();
        Ok(Answer::new(Guest { address, user_agent: caller.origin.user_agent, key, user: Some(user.into()) }))
    }

    /// Break something
    ///
    /// Errors: `platform.overloaded`, `platform.forbidden`.
    #[oai(path = "/troubles", method = "post", operation_id = "createTrouble")]
    async fn create_trouble(&self, form: Form<Trouble>) -> Outcome<NoContent> {
        match form.accept()?.how.as_deref() {
            Some("panic") => panic!("deliberately"),
            Some("unexpected") => Err(anyhow::anyhow!("the secret cause").into()),
            Some("busy") => Err(platform::OVERLOADED.into()),
            Some("forbidden") => Err(platform::FORBIDDEN.into()),
            Some("slow") => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok(NoContent::default())
            }
            _ => Ok(NoContent::default()),
        }
    }

    /// Log in
    #[oai(path = "/auth/login", method = "post", operation_id = "login")]
    async fn login(&self, form: Form<Login>) -> Outcome<NoContent> {
        form.accept()?;
        Ok(NoContent::default())
    }
}

/// Credentials.
#[derive(Clone, Debug, Object)]
pub struct Login {
    /// Whose.
    pub email: String,
}
