//! Posts find their occurrence in whatever order it becomes known what happened to series.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use madang_application::{
    community::{CommunityQueries, OccurrenceRepository, PostFilter, PostRepository},
    shared::{Clock, new_id},
};
use madang_domain::{
    calendar::domain_events::{Renamed, SeriesMoved, SeriesSplit},
    community::{OccurrenceName, Post, PostId, PostText, SeriesChange, Visibility},
    shared::{PageRequest, Timestamp, UserId},
};
use madang_infrastructure::community::SeriesKeeper;
use madang_testkit::{TestDb, on_every_database};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

on_every_database!(
    n09_posts_follow_their_series_in_whatever_order_it_is_told,
    n09_old_changes_of_series_are_worked_into_posts_and_go,
    n09_a_change_stays_until_what_happened_before_it_is_known,
);

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
                follow(&db, &changes[change]).await;
            }
            for place in [step, step + 3] {
                posts.push((place, write(&db, author, said(place)).await));
            }
        }
        for (place, post) in posts {
            let (_, (event, original)) = told[place];
            let there = found(&db, author, events[event], original).await;
            assert!(there.contains(&post), "{order:?}: what was said as {place} is not there");
        }
    }
}

async fn follow(db: &TestDb, change: &SeriesChange) {
    let at = db.clock.now();
    db.uow.run(async |tx| Ok(db.store.follow(tx, change, at).await?)).await.expect("followed");
}

async fn found(db: &TestDb, author: UserId, event: Uuid, occurrence: i64) -> Vec<PostId> {
    let filter = PostFilter { event: Some(event), occurrence: Some(occurrence), ..PostFilter::default() };
    let page = PageRequest { limit: 100, after: None };
    let found = CommunityQueries::posts(&*db.store, author, &filter, &page).await.expect("a list");
    found.items.into_iter().map(|view| view.post.id).collect()
}

/// Trims; answers how many changes went.
async fn trim(db: &TestDb) -> usize {
    let keeper = SeriesKeeper::new(Arc::clone(&db.uow), db.clock.clone());
    keeper.trim(&CancellationToken::new()).await.expect("trimmed")
}

async fn n09_old_changes_of_series_are_worked_into_posts_and_go(db: TestDb) {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let Story { events, changes } = story();
        let author: UserId = new_id();
        let name = |(event, original, version): (usize, i64, i64)| OccurrenceName {
            event: events[event],
            original,
            version,
        };
        // Two neighbours, of which one gets the name of the other; and one before the cut.
        let first = write(&db, author, name((0, 2 * DAY, 1))).await;
        let second = write(&db, author, name((0, 3 * DAY, 2))).await;
        let early = write(&db, author, name((0, DAY, 1))).await;
        let far = write(&db, author, name((0, 5 * DAY, 3))).await;
        let day = Duration::from_hours(24);
        for change in order {
            follow(&db, &changes[change]).await;
            db.clock.advance(day);
        }
        assert_eq!(trim(&db).await, 0, "{order:?}: all of it is young");
        let middle = write(&db, author, name((1, 3 * DAY + HOUR, 1))).await;
        db.clock.advance(5 * day);
        // In between, old ones are gone and younger ones are not.
        let gone = trim(&db).await;
        assert!(gone < 3, "{order:?}: the last is young");
        db.clock.advance(2 * day);
        assert_eq!(gone + trim(&db).await, 3, "{order:?}");
        // Told again, nothing happens a second time; and what is new applies to all of them.
        for change in order {
            follow(&db, &changes[change]).await;
        }
        let hour_later = SeriesChange::Moved(SeriesMoved {
            event: events[1].into(),
            version: 7,
            calendar: new_id(),
            renamed: Renamed { before: "1970-01-04T01:00:00".into(), after: "1970-01-04T02:00:00".into() },
        });
        follow(&db, &hour_later).await;
        let fresh = write(&db, author, name((1, 3 * DAY + 2 * HOUR, 7))).await;
        let stale = write(&db, author, name((1, 3 * DAY + HOUR, 6))).await;
        for round in 0..2 {
            for (post, event, original) in [
                (first, 1, 3 * DAY + 2 * HOUR),
                (second, 1, 4 * DAY + 2 * HOUR),
                (middle, 1, 4 * DAY + 2 * HOUR),
                (early, 0, DAY),
                (far, 2, 6 * DAY + HOUR),
                (fresh, 1, 3 * DAY + 2 * HOUR),
                (stale, 1, 3 * DAY + 2 * HOUR),
            ] {
                let there = found(&db, author, events[event], original).await;
                assert!(there.contains(&post), "{order:?}, {round}: {event} {original}");
            }
            db.clock.advance(8 * day);
            assert_eq!(trim(&db).await, if round == 0 { 4 } else { 0 }, "{order:?}");
        }
    }
}

async fn n09_a_change_stays_until_what_happened_before_it_is_known(db: TestDb) {
    let Story { events, changes } = story();
    let author: UserId = new_id();
    let said = OccurrenceName { event: events[0], original: 5 * DAY, version: 1 };
    let post = write(&db, author, said).await;
    let owed = [(); 2].map(|()| new_id::<()>().uuid());
    let outbox =
        "INSERT INTO outbox (id, event, payload, created_at) VALUES ($1, 'calendar.series_split', '{}', $2)";
    db.store.execute(outbox, [owed[0].into(), db.clock.now().micros().into()]).await.expect("published");
    let delivery = "INSERT INTO outbox_deliveries (id, event_id, subscriber, state, due_at) \
                    VALUES ($1, $2, 'series', 'dead', 0)";
    db.store.execute(delivery, [owed[1].into(), owed[0].into()]).await.expect("given up");
    db.clock.advance(Duration::from_secs(1));
    for change in [2, 1] {
        follow(&db, &changes[change]).await;
    }
    db.clock.advance(Duration::from_hours(24 * 365));
    assert_eq!(trim(&db).await, 0, "the cut before is not known");
    follow(&db, &changes[0]).await;
    let done = "UPDATE outbox_deliveries SET state = 'done' WHERE id = $1";
    db.store.execute(done, [owed[1].into()]).await.expect("delivered");
    assert_eq!(trim(&db).await, 0, "the cut is young, and comes first");
    assert!(found(&db, author, events[2], 6 * DAY + HOUR).await.contains(&post));
    db.clock.advance(Duration::from_hours(24 * 8));
    assert_eq!(trim(&db).await, 3);
    assert!(found(&db, author, events[2], 6 * DAY + HOUR).await.contains(&post));
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
