//! Calendars: what the store promises, and files that other people's software wrote.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use madang_application::{
    calendar::{
        CalendarService, ImportReport, NewCalendar, PeopleService, RangeRequest, RangeService, Seating,
        TransferService,
        guestbook::GuestbookReader,
        people::guests::Entrance,
        ports::{CalendarRepository, ICalendarText},
        queries::{CalendarQueries, CalendarView, Search},
    },
    shared::{Caller, Clock, OnceKey, Origin, Session, Store, UnitOfWork, new_id},
};
use madang_domain::{
    calendar::{CalendarName, EventTime, Window, Zone},
    shared::{PageRequest, Timestamp},
};
use madang_infrastructure::calendar::ICalendarAdapter;
use madang_testkit::TestDb;

madang_testkit::on_every_database!(
    foreign_calendars_come_in_and_go_out_unharmed,
    n02_an_import_that_breaks_off_leaves_whole_entries_and_goes_on,
    one_default_calendar_whoever_makes_it,
    what_is_written_down_is_what_an_expansion_finds,
);

struct World {
    calendars: CalendarService,
    transfer: TransferService,
    range: RangeService,
    caller: Caller,
}

impl World {
    fn of(db: &TestDb) -> Self {
        Self::with(db, db.uow.clone())
    }

    /// With imports by another unit of work.
    fn with(db: &TestDb, imports: Arc<UnitOfWork>) -> Self {
        let repository: Arc<dyn CalendarRepository> = db.store.clone();
        let queries: Arc<dyn CalendarQueries> = db.store.clone();
        let text: Arc<dyn ICalendarText> = Arc::new(ICalendarAdapter);
        let clock: Arc<dyn Clock> = db.clock.clone();
        let origin = Origin { address: Ipv4Addr::LOCALHOST.into(), user_agent: None, once: None };
        let entrance = Entrance::new(db.store.clone(), db.store.clone(), db.store.clone());
        let people = PeopleService::new(db.store.clone(), db.store.clone(), Arc::new(entrance));
        Self {
            calendars: CalendarService::new(
                db.uow.clone(),
                repository.clone(),
                db.store.clone(),
                queries.clone(),
                Arc::new(Seating::new(db.store.clone(), db.store.clone())),
                clock.clone(),
            ),
            transfer: TransferService::new(
                imports,
                repository,
                queries.clone(),
                Arc::new(GuestbookReader::new(db.store.clone(), db.store.clone())),
                text,
                db.store.clone(),
                Arc::new(Seating::new(db.store.clone(), db.store.clone())),
                clock,
            ),
            range: RangeService::new(queries, db.store.clone(), Arc::new(people)),
            caller: Caller { user: new_id(), session: new_id(), roles: Vec::new(), origin },
        }
    }

    async fn calendar(&self, name: &str) -> CalendarView {
        let name = CalendarName::restore(name.to_owned());
        let new =
            NewCalendar { name, description: None, color: None, zone: Some(Zone::restore("Asia/Seoul")) };
        self.calendars.create(&self.caller, new).await.expect("a calendar")
    }

    /// The uid and the bounds of everything that happens from 1970 to 2070.
    async fn starts(&self, db: &TestDb, calendar: &CalendarView) -> Vec<(String, i64, i64)> {
        let (from, to) = (0, 3_155_760_000_000_000);
        let mut starts = Vec::new();
        for event in db.store.export(calendar.id).await.expect("the events") {
            let found = event.occurrences(Window { from, to }).0;
            starts.extend(found.iter().map(|found| (event.uid.to_string(), found.start, found.end)));
        }
        starts.sort();
        starts
    }

    async fn import(&self, calendar: &CalendarView, file: Vec<u8>) -> Option<ImportReport> {
        match self.transfer.import(&self.caller, calendar.id, file).await {
            Ok(report) => Some(report),
            Err(failure) => {
                assert_eq!(failure.code().name, "calendar.unreadable_file");
                None
            }
        }
    }
}

/// A store that is gone after so many transactions.
struct Breaking {
    store: Arc<dyn Store>,
    left: AtomicUsize,
}

#[async_trait::async_trait]
impl Store for Breaking {
    async fn begin(&self) -> anyhow::Result<Box<dyn Session>> {
        let less = |left: usize| left.checked_sub(1);
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        anyhow::ensure!(left.is_ok(), "the store is gone");
        self.store.begin().await
    }
}

async fn n02_an_import_that_breaks_off_leaves_whole_entries_and_goes_on(db: TestDb) {
    let mut file = "BEGIN:VCALENDAR\r\n".to_owned();
    for number in 0..600 {
        file.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART:20261201T100000Z\r\nSUMMARY:{number}\r\nEND:VEVENT\r\n"
        ));
    }
    file.push_str("END:VCALENDAR\r\n");
    for key in [None, Some("k")] {
        let store: Arc<dyn Store> = db.store.clone();
        let breaking = Breaking { store, left: AtomicUsize::new(2) };
        let mut world = World::with(&db, Arc::new(UnitOfWork::new(Arc::new(breaking))));
        let calendar = world.calendar("하나").await;
        let (actor, route) = ("someone".to_owned(), "POST /v1/import".to_owned());
        let once = |key: &str| OnceKey { actor, route, key: key.to_owned(), fingerprint: [7; 32] };
        world.caller.origin.once = key.map(once);
        let import = async |world: &World| {
            world.transfer.import(&world.caller, calendar.id, file.clone().into_bytes()).await
        };
        import(&world).await.expect_err("broken off");
        let there = world.starts(&db, &calendar).await.len();
        assert!((1..600).contains(&there), "whole pieces are there: {there}");
        // The same again brings in the rest; under one key it is one import, and counts everything once.
        let after = World { caller: world.caller, ..World::of(&db) };
        let report = import(&after).await.expect("the rest");
        let before = if key.is_some() { 0 } else { there };
        let counts = [report.created, report.updated, report.skipped].map(|count| count as usize);
        assert_eq!(counts, [600 - before, 0, before]);
        assert_eq!(after.starts(&db, &calendar).await.len(), 600);
    }
}

/// The `.ics` files of the corpus; none, with a line that says so, if it was not fetched.
#[expect(clippy::disallowed_methods, reason = "tests have no `Config`")]
fn corpus() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ics-corpus");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    if files.is_empty() {
        assert!(
            std::env::var("REQUIRE_CORPUS").as_deref() != Ok("1"),
            "REQUIRE_CORPUS=1, but there is no corpus"
        );
        eprintln!("skipped: no corpus (scripts/fetch-ics-corpus.sh fetches it)");
    }
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "ics") {
            files.push(path);
        }
    }
}

async fn foreign_calendars_come_in_and_go_out_unharmed(db: TestDb) {
    let world = World::of(&db);
    let (mut unreadable, mut entries, mut warnings) = (0, 0, 0);
    for path in corpus() {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let first = world.calendar("first").await;
        let Some(report) = world.import(&first, std::fs::read(&path).expect("a file")).await else {
            unreadable += 1;
            eprintln!("unreadable: {name}");
            continue;
        };
        entries += report.created;
        warnings += report.warnings.len();
        for warning in &report.warnings {
            eprintln!("{name}:{} {} {}", warning.line, warning.code, warning.text);
        }
        // What cannot be read is kept as it came, shown nowhere, and told of.
        assert!(report.updated == 0 && report.skipped as usize <= report.warnings.len(), "{name}");
        let out = world.transfer.export(&world.caller, first.id).await.expect("an export");
        assert!(out.split("\r\n").all(|line| line.len() <= 75), "{name} is folded");
        let again = world.import(&first, out.clone().into_bytes()).await.expect("a readable export");
        assert_eq!(
            (again.created, again.updated, again.skipped),
            (0, 0, report.created + report.skipped),
            "{name}"
        );
        let second = world.calendar("first").await;
        world.import(&second, out.clone().into_bytes()).await;
        let back = world.transfer.export(&world.caller, second.id).await.expect("an export");
        assert_eq!(back, out, "{name}");
        assert_eq!(world.starts(&db, &second).await, world.starts(&db, &first).await, "{name}");
        for calendar in [first, second] {
            world.calendars.delete(&world.caller, calendar.id, |_| Ok(())).await.expect("deleted");
        }
    }
    eprintln!("{entries} entries, {warnings} warnings, {unreadable} unreadable files");
}

async fn one_default_calendar_whoever_makes_it(db: TestDb) {
    let world = Arc::new(World::of(&db));
    let page = PageRequest { limit: 20, after: None };
    let mut lists = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let world = world.clone();
        lists.spawn(
            async move { world.calendars.list(&world.caller, &page).await.expect("a list").items.len() },
        );
    }
    assert_eq!(lists.join_all().await, [1; 10]);
}

/// For one day in each of many weeks, the rows and the expansion on the spot are the same thing.
async fn what_is_written_down_is_what_an_expansion_finds(db: TestDb) {
    let world = World::of(&db);
    let calendar = world.calendar("계획").await;
    let rules =
        ["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=YEARLY"];
    let events = rules.iter().enumerate().map(|(n, rule)| {
        format!(
            "BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART;TZID=America/New_York:20240310T023000\r\nDURATION:P{n}DT1H\r\n\
             RRULE:{rule}\r\nEND:VEVENT\r\n"
        )
    });
    let file = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", events.collect::<String>());
    world.import(&calendar, file.into_bytes()).await.expect("a report");
    let now = db.clock.now();
    let day = 86_400_000_000;
    for week in -70..130 {
        let from = Timestamp::from_micros(now.micros() + week * 7 * day);
        let to = Timestamp::from_micros(from.micros() + 2 * day);
        let window = Window { from: from.micros(), to: to.micros() };
        let request = RangeRequest {
            kind: None,
            calendar: Some(calendar.id),
            except: None,
            from,
            to,
            zone: None,
            expand: true,
            limit: 5_000,
            after: None,
        };
        let listed = world.range.list(&world.caller, &request).await.expect("a list");
        let place = |time: &Option<EventTime>| time.as_ref().map(EventTime::micros).expect("a time");
        let mut listed: Vec<(i64, i64)> =
            listed.items.iter().map(|item| (place(&item.start), place(&item.end))).collect();
        listed.sort_unstable();
        let mut expected = Vec::new();
        for event in db.store.export(calendar.id).await.expect("the events") {
            expected.extend(
                event.occurrences(window).0.iter().map(|occurrence| (occurrence.start, occurrence.end)),
            );
        }
        expected.sort_unstable();
        assert_eq!(listed, expected, "week {week}");
    }
    let search = Search {
        kind: None,
        viewer: world.caller.user,
        calendar: None,
        except: None,
        window: Window { from: now.micros(), to: now.micros() + day },
        after: None,
        limit: 10,
    };
    let found = db.store.range(&search).await.expect("a query").expect("calendars");
    assert!(found.unwritten.is_empty(), "near now everything is written down");
}
