//! What operators read: accounts, and what happened around them.

use async_trait::async_trait;
use madang_application::{
    identity::{
        RecordedEvent, SecurityEventQueries, SecurityEvents,
        queries::{AdminQueries, AdminUserView, UserFilter},
    },
    shared::Tx,
};
use madang_domain::{
    identity::{
        Status,
        nickname::fold,
        security_event::{SecurityEvent, SecurityEventKind},
    },
    shared::{Id, Page, PageRequest, Position, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::queries::literally;
use crate::sql::{SqlStore, execute};

#[derive(FromQueryResult)]
struct UserRow {
    id: Uuid,
    email: String,
    email_verified_at: Option<i64>,
    nickname: String,
    status: String,
    is_admin: bool,
    last_login_at: Option<i64>,
    created_at: i64,
}

const USER: &str = "SELECT u.id, u.email, u.email_verified_at, n.nickname, u.status, u.is_admin, \
     u.last_login_at, u.created_at FROM users u JOIN nicknames n ON n.user_id = u.id";

impl From<UserRow> for AdminUserView {
    fn from(row: UserRow) -> Self {
        Self {
            id: Id::new(row.id),
            email: row.email,
            email_verified: row.email_verified_at.is_some(),
            nickname: row.nickname,
            suspended: Status::named(&row.status) != Some(Status::Active),
            is_admin: row.is_admin,
            last_login_at: row.last_login_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
        }
    }
}

/// Collects conditions and their values.
#[derive(Default)]
struct Conditions {
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// `{}` in the text stands for the place of the value.
    fn add(&mut self, text: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.texts.push(text.replace("{}", &format!("${}", self.values.len())));
    }

    fn after(&mut self, columns: &str, after: Option<Position>) {
        if let Some(Position { key, id }) = after {
            self.values.extend([key.into(), id.into()]);
            let last = self.values.len();
            self.texts.push(format!("({columns}) < (${}, ${last})", last - 1));
        }
    }

    fn limit(mut self, request: &PageRequest) -> (String, String, Vec<Value>) {
        let conditions =
            if self.texts.is_empty() { String::new() } else { format!("WHERE {}", self.texts.join(" AND ")) };
        self.values.push(request.fetch().into());
        (conditions, format!("LIMIT ${}", self.values.len()), self.values)
    }
}

#[async_trait]
impl AdminQueries for SqlStore {
    async fn users(&self, filter: &UserFilter, request: &PageRequest) -> anyhow::Result<Page<AdminUserView>> {
        let mut conditions = Conditions::default();
        if let Some(part) = &filter.part {
            let pattern = format!("%{}%", literally(&fold(part)));
            conditions.add("(n.normal LIKE {} ESCAPE '!' OR u.email_normal LIKE {} ESCAPE '!')", pattern);
        }
        if let Some(suspended) = filter.suspended {
            let status = if suspended { Status::Suspended } else { Status::Active };
            conditions.add("u.status = {}", status.name());
        }
        conditions.after("u.created_at, u.id", request.after);
        let (conditions, limit, values) = conditions.limit(request);
        let text = format!("{USER} {conditions} ORDER BY u.created_at DESC, u.id DESC {limit}");
        let rows: Vec<UserRow> = self.rows(&text, values).await?;
        let page = Page::cut(rows, request, |row| Position { key: row.created_at, id: row.id });
        Ok(page.map(AdminUserView::from))
    }

    async fn user(&self, user: UserId) -> anyhow::Result<Option<AdminUserView>> {
        let text = format!("{USER} WHERE u.id = $1");
        Ok(self.row::<UserRow>(&text, [user.uuid().into()]).await?.map(AdminUserView::from))
    }
}

#[async_trait]
impl SecurityEvents for SqlStore {
    async fn append(&self, tx: &mut Tx, event: &SecurityEvent) -> anyhow::Result<()> {
        let text = "INSERT INTO security_events (id, kind, actor_id, subject_id, network, detail, created_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = [
            Uuid::now_v7().into(),
            event.kind.name().into(),
            event.actor.map(|user| user.uuid()).into(),
            event.subject.map(|user| user.uuid()).into(),
            event.network.clone().into(),
            event.detail.clone().into(),
            event.at.micros().into(),
        ];
        execute(tx, text, values).await?;
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct EventRow {
    id: Uuid,
    kind: String,
    actor_id: Option<Uuid>,
    subject_id: Option<Uuid>,
    network: Option<String>,
    detail: Option<String>,
    created_at: i64,
}

#[async_trait]
impl SecurityEventQueries for SqlStore {
    async fn events(
        &self,
        subject: Option<UserId>,
        kind: Option<SecurityEventKind>,
        request: &PageRequest,
    ) -> anyhow::Result<Page<RecordedEvent>> {
        let mut conditions = Conditions::default();
        if let Some(subject) = subject {
            conditions.add("subject_id = {}", subject.uuid());
        }
        if let Some(kind) = kind {
            conditions.add("kind = {}", kind.name());
        }
        conditions.after("created_at, id", request.after);
        let (conditions, limit, values) = conditions.limit(request);
        let text = format!(
            "SELECT id, kind, actor_id, subject_id, network, detail, created_at FROM security_events \
             {conditions} ORDER BY created_at DESC, id DESC {limit}"
        );
        let rows: Vec<EventRow> = self.rows(&text, values).await?;
        let page = Page::cut(rows, request, |row| Position { key: row.created_at, id: row.id });
        Ok(page.map(|row| RecordedEvent {
            id: row.id,
            kind: SecurityEventKind::named(&row.kind),
            actor: row.actor_id.map(Id::new),
            subject: row.subject_id.map(Id::new),
            network: row.network,
            detail: row.detail,
            at: Timestamp::from_micros(row.created_at),
        }))
    }
}
