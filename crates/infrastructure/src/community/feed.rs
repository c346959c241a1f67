//! The home feed.
//!
//! It is read more often than anything else, so its statements touch few pages of the database: what one
//! page of it costs is told table by table in `server/tests/it/plans/pages.rs`. Whom the viewer shut out,
//! or does not want to hear of, and what they like are read once, unless they are many.
//!
//! Viewer `$1`; a page goes on from the id `$2` with at most `$3` rows.

use madang_application::community::PostView;
use madang_domain::shared::{Page, PageRequest, UserId};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

use super::{
    few::{self, Few},
    queries::ABOVE_ALL,
    rows::{COLUMNS, ViewRow, liked},
    visibility::{UNCOUNTED, hides_anybody, visible_where},
};
use crate::sql::{SqlStore, dialect};

/// More big authors are asked for in several statements: SQLite joins at most 500 selects, and
/// few different texts are prepared.
const BIG_AT_ONCE: usize = 20;
/// So many likes between the oldest and the newest post of the page.
const FEW_LIKES: i64 = 40;

/// A row of the page of copied posts. The first one at least tells the big authors, if there are any.
#[derive(FromQueryResult)]
struct Copied {
    #[sea_orm(nested)]
    view: ViewRow,
    big: Option<String>,
}

#[derive(FromQueryResult)]
struct Big {
    followee_id: Uuid,
}

/// The newest posts copied into the viewer's feed.
///
/// `coalesce` changes no value: it keeps Postgres from joining by walking all posts there are from
/// the newest on, which is quick for who follows the busy and takes for ever for who does not.
pub(super) fn copied(connection: &impl ConnectionTrait) -> String {
    let few = Few::of(connection);
    let page = format!(
        "SELECT {COLUMNS} FROM timeline t JOIN posts p ON p.id = coalesce(t.post_id, t.owner_id) \
         WHERE t.owner_id = $1 AND t.post_id < $2 AND {} ORDER BY t.post_id DESC LIMIT $3",
        shown(few)
    );
    let big = format!(
        "(SELECT {} FROM follows f WHERE f.follower_id = $1 AND f.followee_is_big)",
        dialect::joined(connection, "f.followee_id")
    );
    let big = if few.once { format!("CASE WHEN page.id = {NEWEST} THEN {big} END") } else { big };
    seen(few, &page, &format!(", {big} AS big"))
}

/// The newest posts of so many big authors `$5…`, none of them as old as the post `$4`.
pub(super) fn merged(connection: &impl ConnectionTrait, authors: usize) -> String {
    let few = Few::of(connection);
    let shown = shown(few);
    let pages = (0..authors).map(|n| {
        format!(
            "SELECT * FROM (SELECT {COLUMNS} FROM posts p WHERE p.author_id = ${} AND p.id < $2 AND p.id > $4 \
             AND {shown} ORDER BY p.id DESC LIMIT $3) AS page{n}",
            n + 5
        )
    });
    let pages: Vec<_> = pages.collect();
    let page =
        format!("SELECT * FROM ({}) AS pages ORDER BY pages.id DESC LIMIT $3", pages.join(" UNION ALL "));
    seen(few, &page, "")
}

const OLDEST: &str = "(SELECT page.id FROM page ORDER BY page.id LIMIT 1)";
const NEWEST: &str = "(SELECT page.id FROM page ORDER BY page.id DESC LIMIT 1)";

/// A page of posts, and what they are to the viewer, as `rows::seen` says.
///
/// If they are read once, the likes are those that are counted, from the oldest post of the page on. So
/// compared, they can be found by the viewer's own index only: in one of posts, all likes of all people
/// stand in between. If some of the viewer's may not be counted, each post is looked up.
fn seen(few: Few, page: &str, more: &str) -> String {
    let alone = liked("page");
    if !few.once {
        let hides = hides_anybody();
        return format!(
            "SELECT page.*, {alone} AS liked, {hides} AS hides{more} FROM ({page}) AS page ORDER BY page.id DESC"
        );
    }
    format!(
        "WITH {}, {}, page AS MATERIALIZED ({page}), \
         liked AS MATERIALIZED (SELECT l.post_id AS id FROM likes l WHERE l.user_id = $1 \
         AND (l.counted, l.post_id) >= (TRUE, {OLDEST}) ORDER BY l.counted, l.post_id LIMIT {FEW_LIKES} + 1) \
         SELECT page.*, CASE WHEN ((SELECT count(*) FROM liked) <= {FEW_LIKES} \
         OR (SELECT liked.id FROM liked ORDER BY liked.id DESC LIMIT 1) >= {NEWEST}) AND NOT {UNCOUNTED} \
         THEN page.id IN (SELECT liked.id FROM liked) ELSE {alone} END AS liked, \
         ((SELECT EXISTS (SELECT 1 FROM blocked)) OR {UNCOUNTED}) AS hides{more} FROM page ORDER BY page.id DESC",
        few::blocked(),
        few::muted(),
    )
}

/// Whether the viewer sees the post `p` in the feed. Nobody mutes themselves, so one's own posts stay.
fn shown(few: Few) -> String {
    let visible = visible_where("p", |person| few.not_blocked(person));
    format!("{visible} AND {}", few.not_muted("p.author_id"))
}

impl SqlStore {
    /// What the viewer and those they follow wrote, newest first.
    pub(super) async fn feed_of(&self, viewer: UserId, page: &PageRequest) -> anyhow::Result<Page<PostView>> {
        let after = page.after.map_or(ABOVE_ALL, |after| after.id);
        let from: [Value; 3] = [viewer.uuid().into(), after.into(), page.fetch().into()];
        let copied: Vec<Copied> = self.rows(&copied(self.writer()), from.clone()).await?;
        let big = match copied.first() {
            Some(first) => first
                .big
                .iter()
                .flat_map(|ids| ids.split(','))
                .map(Uuid::parse_str)
                .collect::<Result<_, _>>()?,
            None => self.big_followees(viewer).await?,
        };
        let mut newest: Vec<ViewRow> = copied.into_iter().map(|row| row.view).collect();
        // Nothing older than a full page can be on it.
        let full = i64::try_from(newest.len())? >= page.fetch();
        let oldest = newest.last().filter(|_| full).map_or(Uuid::nil(), ViewRow::id);
        for authors in big.chunks(BIG_AT_ONCE) {
            let values = from
                .iter()
                .cloned()
                .chain([oldest.into()])
                .chain(authors.iter().map(|author| Value::from(*author)));
            newest.extend(self.rows::<ViewRow>(&merged(self.writer(), authors.len()), values).await?);
        }
        // Who was copied before growing big is found in both places.
        newest.sort_by_key(|row| std::cmp::Reverse(row.id()));
        newest.dedup_by_key(|row| row.id());
        self.page(viewer, newest, page).await
    }

    /// Whom the viewer follows among those whose posts are not copied.
    async fn big_followees(&self, viewer: UserId) -> anyhow::Result<Vec<Uuid>> {
        let text = "SELECT f.followee_id FROM follows f WHERE f.follower_id = $1 AND f.followee_is_big";
        let big: Vec<Big> = self.rows(text, [viewer.uuid().into()]).await?;
        Ok(big.into_iter().map(|big| big.followee_id).collect())
    }
}
