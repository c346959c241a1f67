//! Posts find their occurrence in whatever order it becomes known what happened to series.

use std::collections::BTreeSet;

use madang_application::{
    community::{CommunityQueries, OccurrenceRepository, PostFilter, PostRepository},
    shared::new_id,
};
use madang_domain::{
    calendar::domain_events::{Renamed, SeriesMoved, SeriesSplit},
    community::{OccurrenceName, Post, PostId, PostText, SeriesChange, Visibility},
    shared::{PageRequest, Timestamp, UserId},
};
use madang_testkit::{TestDb, on_every_database};
use uuid::Uuid;

on_every_database!(n09_posts_follow_their_series_in_whatever_order_it_is_told);

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Three things that happened one after the other: a daily series was cut at its third day, to begin
/// an hour later from there; the rest moved by a day; the rest was cut again at its fourth day.
struct Story {
    events: [Uuid; 3],
    changes: [SeriesChange; 3],
}

fn story() -> Story {
    let events = [(); 3].map(|()| new_id::<()>().uuid());
    let calendar = new_id();
    let renamed = |before: &str, after: &str| Renamed { before: before.to_owned(), after: after.to_owned() };
    let split = |from: usize, version: i64, at: i64, renamed: Option<Renamed>| {
        SeriesChange::Split(SeriesSplit {
            event: events[from].into(),
            version,
            into: events[from + 1].into(),
            into_version: 1,
            calendar,
            from: at,
            renamed,
        })
    };
    let moved = SeriesChange::Moved(SeriesMoved {
        event: events[1].into(),
        version: 2,
        calendar,
        renamed: renamed("1970-01-03T01:00:00", "1970-01-04T01:00:00"),
    });
    let changes = [
        split(0, 4, 2 * DAY, Some(renamed("1970-01-03T00:00:00", "1970-01-03T01:00:00"))),
        moved,
        split(1, 3, 6 * DAY + HOUR, None),
    ];
    Story { events, changes }
}

async fn n09_posts_follow_their_series_in_whatever_order_it_is_told(db: TestDb) {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let Story { events, changes } = story();
        // The day each post was said to be about, by the event and its version then; and where that is now.
        let told = [
            ((0, DAY, 3), (0, DAY)),
            ((0, 2 * DAY, 3), (1, 3 * DAY + HOUR)),
            ((0, 5 * DAY, 1), (2, 6 * DAY + HOUR)),
            ((1, 5 * DAY + HOUR, 1), (2, 6 * DAY + HOUR)),
            ((1, 5 * DAY + HOUR, 2), (1, 5 * DAY + HOUR)),
            ((2, 8 * DAY + HOUR, 1), (2, 8 * DAY + HOUR)),
        ];
        let author: UserId = new_id();
        let mut posts = Vec::new();
        let said = |place: usize| {
            let ((event, original, version), _) = told[place];
            OccurrenceName { event: events[event], original, version }
        };
        // Some are written before anything is known, the others when each of it is.
        posts.push((0, write(&db, author, said(0)).await));
        posts.push((2, write(&db, author, said(2)).await));
        for (step, change) in order.into_iter().enumerate() {
            for _ in 0..2 {
                db.uow
                    .run(async |tx| Ok(db.store.follow(tx, &changes[change]).await?))
                    .await
                    .expect("followed");
            }
            for place in [step, step + 3] {
                posts.push((place, write(&db, author, said(place)).await));
            }
        }
        for (place, post) in posts {
            let (_, (event, original)) = told[place];
            let filter = PostFilter {
                event: Some(events[event]),
                occurrence: Some(original),
                ..PostFilter::default()
            };
            let page = PageRequest { limit: 100, after: None };
            let found = CommunityQueries::posts(&*db.store, author, &filter, &page).await.expect("a list");
            let found: Vec<PostId> = found.items.into_iter().map(|view| view.post.id).collect();
            assert!(found.contains(&post), "{order:?}: what was said as {place} is not there");
        }
    }
}

async fn write(db: &TestDb, author: UserId, said: OccurrenceName) -> PostId {
    let id: PostId = new_id();
    let written = db.uow.run(async |tx| {
        let now = db.store.settle(tx, said).await?;
        let post = Post {
            id,
            author,
            title: None,
            text: PostText::restore("something".to_owned()),
            event: Some(now.event),
            occurrence: Some(now.original),
            date: None,
            in_reply_to: None,
            root: id,
            root_author: author,
            root_visibility: Visibility::Public,
            narrowed: None,
            version: 1,
            created_at: Timestamp::from_micros(0),
            edited_at: None,
        };
        db.store.add(tx, &post, &BTreeSet::new(), "2026-05-05").await?;
        Ok(db.store.keep(tx, id, Some(said)).await?)
    });
    written.await.expect("written");
    id
}
