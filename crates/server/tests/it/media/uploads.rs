//! Uploading a picture, and getting it back.

use std::time::{Duration, Instant};

use image::{GenericImageView, ImageFormat};
use madang_testkit::{TestApp, TestDb, db::on_sqlite, on_every_database, text};

use super::{
    form,
    pictures::{animation, exif, flood, picture, png, with_chunk, with_segment},
    sending, upload,
};

on_every_database!(
    c10_pictures_come_back_as_they_were,
    c10_only_pictures_within_the_limits_are_taken,
    c10_what_turns_a_picture_is_in_its_pixels,
    c10_bombs_are_refused_before_they_are_read,
    c10_a_repeated_upload_is_one_picture,
    p09_addresses_are_good_for_whom_they_were_made,
    p10_addresses_begin_where_the_operator_says,
    a_person_has_a_share_of_the_room,
);

async fn c10_pictures_come_back_as_they_were(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let formats = [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::WebP, "image/webp"),
    ];
    for (format, kind) in formats {
        let media = upload(&app, &mina, &picture(format, 400, 200)).await;
        assert_eq!((media["width"].as_i64(), media["height"].as_i64()), (Some(400), Some(200)));
        assert_eq!(media["contentType"], kind);
        assert_eq!(text(&media["blurhash"]).len(), 4 + 2 * 4 * 3);
        let reply = app.get(&text(&media["url"])).send().await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, Some(kind)));
        assert_eq!(media["byteSize"], reply.bytes.len());
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        let cache = reply.header("cache-control").unwrap();
        assert!(cache.starts_with("private, max-age=") && cache.ends_with("immutable"), "{cache}");
        let kept = image::load_from_memory(&reply.bytes).unwrap();
        let near = |x: u32, y: u32, wanted: [u8; 3]| {
            let found = kept.get_pixel(x, y).0;
            assert!(
                found.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) < 12),
                "{kind} {found:?}"
            );
        };
        near(10, 10, [0, 200, 0]);
        near(10, 190, [220, 0, 0]);
        near(390, 100, [0, 0, 220]);
        let again = app.get(&text(&media["url"])).header("if-none-match", reply.header("etag").unwrap());
        assert_eq!(again.send().await.status.as_u16(), 304);
        let small = app.get(&text(&media["thumbnailUrl"])).send().await;
        assert_eq!(image::load_from_memory(&small.bytes).unwrap().dimensions(), (320, 160));
    }
    let moving = upload(&app, &mina, &animation(3, 20)).await;
    let kept = app.get(&text(&moving["url"])).send().await.bytes;
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(&kept)).unwrap();
    assert_eq!(image::AnimationDecoder::into_frames(decoder).count(), 3);
}

async fn c10_only_pictures_within_the_limits_are_taken(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let refused =
        async |file: &[u8], status: u16, code: &str| sending(&app, &mina, file).refused(status, code).await;
    refused(b"MZ\x90\0 this program cannot be run", 422, "media.not_a_picture").await;
    refused(b"", 422, "media.not_a_picture").await;
    refused(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", 422, "media.not_a_picture").await;
    refused(b"BM\x36\0\0\0\0\0\0\0", 422, "media.not_a_picture").await;
    refused(&png()[..60], 422, "media.broken_picture").await;
    refused(&animation(301, 2), 422, "media.too_many_pixels").await;
    let padded = |size: usize| {
        let mut file = png();
        file.resize(size, 0);
        file
    };
    sending(&app, &mina, &padded(5 * 1024 * 1024)).expect(201).await;
    refused(&padded(5 * 1024 * 1024 + 1), 413, "media.too_large").await;
    refused(&padded(6 * 1024 * 1024), 413, "platform.too_large").await;
    let (kind, body) = form("picture", &png());
    let post = |kind: &str, body: Vec<u8>| app.post("/v1/media").bearer(&mina.token).body(kind, body);
    post(&kind, body).refused(422, "platform.invalid_fields").await;
    post("image/png", png()).refused(415, "platform.unsupported_media_type").await;
    post(&kind, b"--frame\r\nbroken".to_vec()).refused(400, "platform.malformed_request").await;
    let (_, one) = form("file", &png());
    let two = [&one[..one.len() - b"--frame--\r\n".len()], &one].concat();
    post(&kind, two).refused(422, "platform.invalid_fields").await;
    app.post("/v1/media").body(&kind, one).refused(401, "platform.unauthenticated").await;
}

async fn c10_what_turns_a_picture_is_in_its_pixels(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    // Orientation 6: what is at the left of the file belongs to the top.
    let file = with_segment(&picture(ImageFormat::Jpeg, 400, 200), 0xe1, &exif(6));
    let media = upload(&app, &mina, &file).await;
    assert_eq!((media["width"].as_i64(), media["height"].as_i64()), (Some(200), Some(400)));
    let kept = app.get(&text(&media["url"])).send().await.bytes;
    assert!(!kept.windows(4).any(|bytes| bytes == b"Exif"));
    let kept = image::load_from_memory(&kept).unwrap();
    let [top, bottom, corner] = [(20, 20), (100, 390), (190, 10)].map(|(x, y)| kept.get_pixel(x, y).0);
    assert!(top[0] > 200 && bottom[2] > 200 && corner[1] > 180, "{top:?} {bottom:?} {corner:?}");
    // Polyglots: what follows the picture, or hides in it, is not kept.
    let payload = b"<script>alert(1)</script>PK\x03\x04";
    let files = [
        [png(), payload.to_vec()].concat(),
        with_chunk(&png(), b"tEXt", &[b"Comment\0".as_slice(), payload].concat()),
        with_segment(&picture(ImageFormat::Jpeg, 40, 40), 0xfe, payload),
    ];
    for file in files {
        let media = upload(&app, &mina, &file).await;
        for url in ["url", "thumbnailUrl"] {
            let kept = app.get(&text(&media[url])).send().await.bytes;
            assert!(!kept.windows(8).any(|bytes| bytes == b"<script>"), "{url}");
        }
    }
}

/// Small files that say they are huge, and for the most part have no pixels at all: whoever began to
/// read those would find them broken instead.
fn bombs() -> [(&'static str, Vec<u8>); 4] {
    [
        ("a side too long", flood(16_385, 1)),
        ("too many pixels", flood(16_000, 16_000)),
        ("the largest header", flood(0x7fff_ffff, 0x7fff_ffff)),
        ("frames", animation(45, 1_000)),
    ]
}

/// How long the slowest of them took.
async fn refused(app: &TestApp) -> Duration {
    let mina = app.person("mina").await;
    let mut slowest = Duration::ZERO;
    for (name, bomb) in bombs() {
        let started = Instant::now();
        let refusal = sending(app, &mina, &bomb).send().await;
        let took = started.elapsed();
        eprintln!("{name}: {took:?}");
        slowest = slowest.max(took);
        assert_eq!(refusal.status.as_u16(), 422, "{name}");
        assert_eq!(refusal.json()["code"], "media.too_many_pixels", "{name}");
    }
    slowest
}

async fn c10_bombs_are_refused_before_they_are_read(db: TestDb) {
    refused(&TestApp::start(db).await).await;
}

#[test]
#[ignore = "wants a quiet machine"]
fn c10_timing_of_bombs() {
    on_sqlite(async |db| {
        let app = TestApp::start(db).await;
        let slowest = refused(&app).await;
        assert!(slowest < Duration::from_millis(200), "the slowest took {slowest:?}");
        app.stop().await;
    });
}

async fn c10_a_repeated_upload_is_one_picture(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let once = |file: &[u8]| sending(&app, &mina, file).header("idempotency-key", "one");
    let first = once(&png()).expect(201).await;
    assert_eq!(once(&png()).expect(201).await, first);
    // Whoever sends it again may put another line around the same file.
    let (kind, body) = form("file", &png());
    let again = app.post("/v1/media").bearer(&mina.token).header("idempotency-key", "one");
    assert_eq!(
        again.body(&kind.replace("frame", "another"), reframed(&body, "another")).expect(201).await,
        first
    );
    let other = picture(ImageFormat::Png, 9, 9);
    once(&other).refused(422, "platform.idempotency_key_reused").await;
}

/// The same parts between other lines.
fn reframed(body: &[u8], line: &str) -> Vec<u8> {
    let lines = body.windows(7).enumerate().filter(|(_, window)| *window == b"--frame").map(|(at, _)| at);
    let (mut framed, mut begin) = (Vec::new(), 0);
    for at in lines {
        framed.extend_from_slice(&body[begin..at]);
        framed.extend_from_slice(format!("--{line}").as_bytes());
        begin = at + 7;
    }
    framed.extend_from_slice(&body[begin..]);
    framed
}

async fn p09_addresses_are_good_for_whom_they_were_made(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let url = text(&upload(&app, &mina, &png()).await["url"]);
    assert_eq!(
        app.get(&url).send().await.status.as_u16(),
        200,
        "no login is needed: the address says it all"
    );
    let (bare, _) = url.split_once('?').unwrap();
    let wrong = [
        bare.to_owned(),
        url.replace(&mina.id, &jun.id),
        url.replace("until=1", "until=2"),
        url.replace(".png", "-small.png"),
        url.replace(".png", ".jpg"),
        url.replace("&sig=", "&sig=A"),
        url.split("&sig=").next().unwrap().to_owned(),
        format!("{bare}/../../madang.db"),
        format!("{}/v1/media/..%2Fmadang.db", app.base()),
    ];
    for wrong in wrong {
        app.get(&wrong).refused(404, "platform.not_found").await;
    }
}

async fn p10_addresses_begin_where_the_operator_says(db: TestDb) {
    let cdn = |config: &mut madang_server::config::Config| {
        config.media.public_url = Some("https://cdn.example.com/pictures/".parse().unwrap());
    };
    let app = TestApp::start_with(db, cdn, |_| {}).await;
    let mina = app.person("mina").await;
    let media = upload(&app, &mina, &png()).await;
    for url in ["url", "thumbnailUrl"] {
        let path = text(&media[url]);
        let path = path.strip_prefix("https://cdn.example.com/pictures").expect("the base of the operator");
        assert_eq!(app.get(path).send().await.status.as_u16(), 200);
    }
}

async fn a_person_has_a_share_of_the_room(db: TestDb) {
    let app = TestApp::start_with(db, |config| config.media.quota_mebibytes = 0, |_| {}).await;
    let mina = app.person("mina").await;
    sending(&app, &mina, &png()).refused(409, "media.quota_exceeded").await;
}
