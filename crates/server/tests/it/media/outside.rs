//! What programs nobody here wrote say: exiftool of what is left in pictures, moto as the S3 server.
//!
//! Tests say when they are skipped because the program is missing; with `REQUIRE_EXIFTOOL=1` and
//! `REQUIRE_S3=1` that is an error.

use std::{path::Path, process::Command};

use image::ImageFormat;
use madang_server::config::{Config, MediaStorage, Secret};
use madang_testkit::{TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::{
    pictures::{exif, picture, with_segment},
    upload,
};

on_every_database!(c10_exiftool_finds_nothing_but_pixels, p09_pictures_lie_in_a_bucket,);

/// The groups of what is needed to read a picture, and of what exiftool works out itself.
const HARMLESS: &[&str] = &["ExifTool", "System", "File", "Composite", "JFIF", "PNG", "GIF", "RIFF"];
/// What within those groups would tell something.
const TELLING: &[&str] =
    &["Comment", "Author", "Software", "Copyright", "XMP", "CreateDate", "ModifyDate", "ProfileName"];

/// What exiftool finds, by `Group:Name`.
fn found(file: &Path) -> Vec<String> {
    let output = Command::new("exiftool").args(["-j", "-G1", "-a", "-u"]).arg(file).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    found[0].as_object().unwrap().keys().filter(|name| *name != "SourceFile").cloned().collect()
}

fn telling(found: &[String]) -> Vec<&String> {
    let tells = |name: &&String| {
        let (group, tag) = name.split_once(':').unwrap();
        !HARMLESS.contains(&group) || (group != "System" && TELLING.contains(&tag))
    };
    found.iter().filter(tells).collect()
}

#[expect(clippy::disallowed_methods, reason = "tests have no `Config`")]
async fn c10_exiftool_finds_nothing_but_pixels(db: TestDb) {
    if Command::new("exiftool").arg("-ver").output().is_err() {
        assert_ne!(std::env::var("REQUIRE_EXIFTOOL").as_deref(), Ok("1"), "exiftool is not installed");
        eprintln!("skipped: exiftool is not installed");
        return;
    }
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let folder = tempfile::tempdir().unwrap();
    let formats = [
        (ImageFormat::Jpeg, "jpg"),
        (ImageFormat::Png, "png"),
        (ImageFormat::Gif, "gif"),
        (ImageFormat::WebP, "webp"),
    ];
    for (format, end) in formats {
        let file = folder.path().join(format!("sent.{end}"));
        let mut bytes = picture(format, 400, 300);
        if format == ImageFormat::Jpeg {
            bytes = with_segment(&bytes, 0xe1, &exif(6));
        }
        std::fs::write(&file, bytes).unwrap();
        let marks = [
            "-Make=Cam",
            "-GPSLatitude=37.5",
            "-GPSLatitudeRef=N",
            "-GPSLongitude=127",
            "-GPSLongitudeRef=E",
            "-XMP-dc:Creator=Mina",
            "-IPTC:City=Seoul",
            "-Comment=secret",
            "-Copyright=Mina",
            "-EXIF:Artist=Mina",
        ];
        // Each format takes those marks that it can have.
        Command::new("exiftool").args(["-q", "-overwrite_original"]).args(marks).arg(&file).output().unwrap();
        assert!(telling(&found(&file)).len() >= 2, "{end} was not marked: {:?}", found(&file));
        let media = upload(&app, &mina, &std::fs::read(&file).unwrap()).await;
        for url in ["url", "thumbnailUrl"] {
            let kept = folder.path().join(format!("kept-{url}.{end}"));
            std::fs::write(&kept, app.get(&text(&media[url])).send().await.bytes).unwrap();
            let left = found(&kept);
            assert!(left.iter().any(|name| name.ends_with(":ImageWidth")), "{end}: {left:?}");
            assert!(telling(&left).is_empty(), "{end} {url} tells {:?}", telling(&left));
        }
    }
}

/// A server, gone at the end.
struct Moto {
    #[expect(dead_code, reason = "killed when dropped")]
    server: tokio::process::Child,
    address: String,
}

/// Starts moto as `scripts/fetch-s3-server.sh` installs it; `None` where it is missing.
#[expect(clippy::disallowed_methods, reason = "tests have no `Config`")]
async fn moto() -> Option<Moto> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/s3-server/bin/moto_server");
    if !program.exists() {
        assert_ne!(std::env::var("REQUIRE_S3").as_deref(), Ok("1"), "run scripts/fetch-s3-server.sh");
        eprintln!("skipped: no S3 server; scripts/fetch-s3-server.sh fetches one");
        return None;
    }
    // It takes a free port and says which: nobody has to guess one, or when it is there.
    let mut server = tokio::process::Command::new(program)
        .args(["-H", "127.0.0.1", "-p", "0"])
        .env("PYTHONUNBUFFERED", "1")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(server.stderr.take().unwrap()).lines();
    let address = loop {
        let line = said.next_line().await.unwrap().expect("the S3 server says where it is");
        if let Some((_, address)) = line.split_once("Running on ") {
            break address.trim().to_owned();
        }
    };
    // Whoever pipes must also read, or the server would stop at a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
    // Any signature will do; it tells the region.
    let signed =
        "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let bucket = reqwest::Client::new().put(format!("{address}/pictures")).header("authorization", signed);
    let made = bucket.send().await.unwrap();
    assert!(made.status().is_success(), "no bucket: {}", made.status());
    Some(Moto { server, address })
}

async fn p09_pictures_lie_in_a_bucket(db: TestDb) {
    let Some(moto) = moto().await else { return };
    let s3 = |config: &mut Config| {
        config.media.storage = MediaStorage::S3;
        config.media.s3_bucket = Some("pictures".into());
        config.media.s3_endpoint = Some(moto.address.parse().unwrap());
        config.media.s3_access_key = Some(Secret::from("key"));
        config.media.s3_secret_key = Some(Secret::from("secret"));
    };
    let app = TestApp::start_with(db, s3, |_| {}).await;
    let mina = app.person("mina").await;
    let media = upload(&app, &mina, &picture(ImageFormat::Jpeg, 400, 300)).await;
    let bucket = reqwest::get(format!("{}/pictures", moto.address)).await.unwrap().text().await.unwrap();
    assert_eq!(bucket.matches("<Key>").count(), 2, "{bucket}");
    assert!(!app.data().join("media").exists(), "nothing lies on the disk");
    let reply = app.get(&text(&media["url"])).send().await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, Some("image/jpeg")));
    assert_eq!(media["byteSize"], json!(reply.bytes.len()));
    let body = json!({ "password": madang_testkit::PASSWORD });
    app.delete("/v1/me").bearer(&mina.token).json(body).send().await.expect(204);
    app.settle().await;
    assert_eq!(super::hanging::collect(&app).await, (0, 2));
    let bucket = reqwest::get(format!("{}/pictures", moto.address)).await.unwrap().text().await.unwrap();
    assert_eq!(bucket.matches("<Key>").count(), 0, "{bucket}");
}
