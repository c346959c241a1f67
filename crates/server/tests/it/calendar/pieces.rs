//! N02: a file that takes long keeps nobody else waiting.

use std::{
    fmt::Write,
    sync::atomic::{AtomicBool, Ordering},
};

use madang_testkit::{TestApp, TestDb};
use serde_json::json;

use super::{create, default_calendar, file, import};

madang_testkit::on_every_database!(n02_others_write_while_a_big_file_comes_in,);

async fn n02_others_write_while_a_big_file_comes_in(db: TestDb) {
    let app = TestApp::start_with_all_connections(db).await;
    let (owner, other) = (app.person("하늘").await, app.person("바다").await);
    let (calendar, elsewhere) = (default_calendar(&app, &owner).await, default_calendar(&app, &other).await);
    let mut components = String::new();
    for number in 0..2_000 {
        let _infallible = write!(
            components,
            "BEGIN:VEVENT\nUID:{number}\nDTSTART:20361201T100000Z\nSUMMARY:{number}\nEND:VEVENT\n"
        );
    }
    let text = file(components.trim_end());
    let done = AtomicBool::new(false);
    let comes_in = async {
        let report = import(&app, &owner, &calendar, text.clone()).await;
        done.store(true, Ordering::SeqCst);
        report
    };
    // From when the first of it is seen to its end others write, one after another: whoever stood in line
    // for the writer goes before the next piece.
    let writes = async {
        let first = format!("/v1/calendars/{calendar}/changes?limit=1");
        let seen = async || {
            let changes = app.get(&first).bearer(&owner.token).expect(200).await;
            !changes["items"].as_array().expect("items").is_empty()
        };
        while !done.load(Ordering::SeqCst) && !seen().await {
            tokio::task::yield_now().await;
        }
        let mut answered = 0;
        // No more than anybody may.
        for _ in 0..100 {
            let new = json!({ "title": "장보기", "start": { "date": "2036-12-01" } });
            create(&app, &other, &elsewhere, new).await;
            if done.load(Ordering::SeqCst) {
                break;
            }
            answered += 1;
        }
        answered
    };
    let (report, answered) = tokio::join!(comes_in, writes);
    assert!(answered >= 2, "only {answered} writes of somebody else were answered meanwhile");
    assert_eq!(report, json!({ "created": 2_000, "updated": 0, "skipped": 0, "warnings": [] }));
    let again = import(&app, &owner, &calendar, text).await;
    assert_eq!(again, json!({ "created": 0, "updated": 0, "skipped": 2_000, "warnings": [] }));
    app.stop().await;
}
