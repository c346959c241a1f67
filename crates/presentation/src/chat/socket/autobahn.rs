//! Autobahn|Testsuite, the conformance fuzzer that nobody here wrote, against an echo over the same
//! handshake, the same connection and the same closing as `GET /v1/realtime`. Only the limit of a
//! frame is another: the suite sends up to 64 KiB.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
};

use futures_util::{SinkExt, StreamExt, future::join_all};
use poem::{IntoResponse, Request, Route, Server, endpoint::make, get, listener::TcpAcceptor};
use serde_json::{Value, json};
use tokio::process::Command;

use super::{
    upgrade::switch,
    wire::{Heard, Wire, config, farewell, hear},
};
use crate::http::Problem;

/// Framing, pings, reserved bits, opcodes, fragments, UTF-8, closing and chopped messages. The rest
/// of the suite is about megabytes and compression, which this server refuses and does not offer.
/// Each line is a run of its own beside the others, because it mostly waits.
const GROUPS: [&[&str]; 4] = [&["1.*", "2.*", "10.*"], &["3.*", "4.*", "5.*"], &["6.*"], &["7.*"]];
const CASES: usize = 247;

async fn echo(mut wire: Wire) {
    loop {
        let frame = wire.next().await;
        let answer = match hear(&mut wire, frame).await {
            Heard::Said(frame) => frame,
            Heard::Nothing => continue,
            Heard::End(None) => return,
            Heard::End(Some(close)) => return farewell(&mut wire, close).await,
        };
        if wire.send(answer).await.is_err() {
            return;
        }
    }
}

async fn endpoint(request: Request) -> poem::Result<poem::Response> {
    let config = config().max_message_size(Some(1 << 20)).max_frame_size(Some(1 << 20));
    Ok(switch(&request, config, echo).map_err(Problem::from)?.into_response())
}

/// Runs these groups of cases; answers what the suite says of each.
async fn run(suite: &Path, address: &str, cases: &[&str]) -> serde_json::Map<String, Value> {
    let reports = tempfile(suite, cases[0]);
    let plan = json!({
        "outdir": reports, "cases": cases, "exclude-cases": [], "exclude-agent-cases": {},
        "servers": [{ "agent": "madang", "url": format!("ws://{address}/") }],
    });
    let file = reports.with_extension("json");
    std::fs::write(&file, plan.to_string()).expect("the plan is written");
    let start = "import site, sys; site.addsitedir(sys.argv[1]); plan = sys.argv[2]; \
                 sys.argv = ['wstest', '-m', 'fuzzingclient', '-s', plan]; \
                 from autobahntestsuite.wstest import run; run()";
    let output = Command::new(suite.join("python"))
        .args(["-c", start])
        .args([suite.join("site"), file.clone()])
        .stdin(Stdio::null())
        .output()
        .await
        .expect("Python 2.7 can be started");
    let said = [output.stdout, output.stderr].concat();
    let report = std::fs::read(reports.join("index.json"));
    let report = report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&said)));
    let mut report: Value = serde_json::from_slice(&report).expect("a report");
    std::fs::remove_dir_all(&reports).expect("the report is removed");
    std::fs::remove_file(&file).expect("the plan is removed");
    let Value::Object(cases) = report["madang"].take() else { panic!("no report: {report}") };
    cases
}

fn tempfile(suite: &Path, name: &str) -> PathBuf {
    suite.join(format!("report-{}-{}", std::process::id(), name.trim_end_matches(".*")))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Python 2.7 and most of a minute: `make conformance`"]
async fn autobahn_finds_no_fault() {
    let suite =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("target/tools/autobahn");
    assert!(suite.join("site/autobahntestsuite").exists(), "scripts/tools/autobahn.sh installs the suite");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = Route::new().at("/", get(make(endpoint)));
    tokio::spawn(Server::new_with_acceptor(TcpAcceptor::from_std(listener).unwrap()).run(app));

    let found = join_all(GROUPS.map(|cases| run(&suite, &address, cases))).await;
    let found: Vec<_> = found.into_iter().flatten().collect();
    assert_eq!(found.len(), CASES);
    let mut strict = 0;
    for (case, verdict) in &found {
        let (behavior, closing) = (verdict["behavior"].as_str().unwrap(), &verdict["behaviorClose"]);
        assert!(["OK", "NON-STRICT", "INFORMATIONAL"].contains(&behavior), "{case}: {verdict}");
        assert!([json!("OK"), json!("INFORMATIONAL")].contains(closing), "{case}: {verdict}");
        strict += usize::from(behavior == "OK");
    }
    println!("{strict} of {CASES} cases passed strictly, none failed");
}
