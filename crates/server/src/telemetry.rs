//! Logs to standard error (pretty on a terminal, JSON otherwise), traces to a collector if one is
//! configured, metrics on the internal listener.

mod json;
mod lines;

use std::{
    io::{IsTerminal, stderr},
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use anyhow::Context;
use madang_presentation::http::SPANS;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::{
    KeyValue, Value,
    trace::{SpanKind, Status, TracerProvider},
};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use self::{
    json::{Json, Members},
    lines::Lines,
};
use crate::config::Telemetry;

/// Keeps what must be flushed at the end.
pub struct Telemetries {
    lines: Lines,
    traces: Option<SdkTracerProvider>,
}

impl Telemetries {
    /// Sends what is still buffered.
    pub fn flush(self) {
        if let Some(traces) = self.traces
            && let Err(error) = traces.shutdown()
        {
            tracing::warn!(%error, "traces could not be flushed");
        }
        self.lines.flush();
    }
}

/// Installs the global subscriber.
///
/// # Errors
/// A filter that cannot be read, a collector address that cannot be used, or no thread for the log.
pub fn init(config: &Telemetry) -> anyhow::Result<Telemetries> {
    let is_read_by_people = stderr().is_terminal();
    let traces = config.otlp_endpoint.as_ref().map(|endpoint| exporter(endpoint.as_str())).transpose()?;
    let filter = filter(&config.log, is_read_by_people || traces.is_some());
    let filter = filter.context("configuration key telemetry.log")?;
    let lines = Lines::to(stderr()).context("the log")?;
    let layer = tracing_subscriber::fmt::layer();
    let layer = if is_read_by_people {
        layer.with_writer(lines.clone()).boxed()
    } else {
        layer.fmt_fields(Members).event_format(Json).with_writer(lines.clone()).boxed()
    };
    let spans =
        traces.as_ref().map(|traces| tracing_opentelemetry::layer().with_tracer(traces.tracer("madang")));
    tracing_subscriber::registry().with(filter).with(layer).with(spans).init();
    Ok(Telemetries { lines, traces })
}

/// What is logged. Filters by the fields of spans have to look at every span whenever it is entered;
/// those that name targets alone, nearly all, decide once per place in the code. The spans of requests are
/// left out if nobody wants them.
fn filter(words: &str, spans: bool) -> anyhow::Result<Box<dyn Layer<Registry> + Send + Sync>> {
    // Both read more than they understand: brackets as a part of a target, nothing as a level.
    let names_spans = words.contains('[') || words.split(',').any(|word| word.trim().is_empty());
    match words.parse::<Targets>() {
        Ok(targets) if !names_spans && spans => Ok(targets.boxed()),
        Ok(targets) if !names_spans => Ok(targets.with_target(SPANS, LevelFilter::OFF).boxed()),
        _ => Ok(EnvFilter::try_new(words)?.boxed()),
    }
}

fn exporter(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint)
        .build()
        .context("configuration key telemetry.otlp_endpoint")?;
    let resource = Resource::builder().with_service_name("madang").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(Described(exporter)).with_resource(resource).build())
}

/// Describes the spans of requests in the words of OpenTelemetry (semantic conventions for HTTP
/// spans), with what the line that ends a request says about it.
#[derive(Debug)]
struct Described(opentelemetry_otlp::SpanExporter);

impl SpanExporter for Described {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(describe);
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn describe(span: &mut SpanData) {
    let Some(answered) = span.events.iter().find(|event| event.name == "answered") else { return };
    let value = |key: &str| {
        let pair = answered.attributes.iter().find(|pair| pair.key.as_str() == key);
        pair.map(|pair| pair.value.clone())
    };
    let (Some(method), Some(route), Some(status)) = (value("method"), value("route"), value("status")) else {
        return;
    };
    span.name = format!("{method} {route}").into();
    span.span_kind = SpanKind::Server;
    if matches!(status, Value::I64(500..)) {
        span.status = Status::error("");
    }
    span.attributes.extend([
        KeyValue::new("http.request.method", method),
        KeyValue::new("http.route", route),
        KeyValue::new("http.response.status_code", status),
    ]);
}

/// The handle that renders the metrics of this process; the first call installs the recorder.
///
/// # Errors
/// Somebody else installed a recorder before.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    // Tests start several programs in one process.
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    // Seconds; from a cached read to the request timeout.
    const BUCKETS: &[f64] =
        &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
    let builder =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), BUCKETS)?;
    let handle = builder.install_recorder().context("metrics recorder")?;
    Ok(HANDLE.get_or_init(|| handle).clone())
}
