//! What the document knows about each route and a refusal has to tell, and how often each is taken.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use madang_domain::shared::{FieldError, platform};
use metrics::{Counter, Histogram, counter, histogram};
use poem::http::{HeaderValue, Method};

/// The methods of every path, and the choices of their parameters.
#[derive(Default)]
pub(super) struct Routes {
    allowed: HashMap<String, HeaderValue>,
    templates: HashMap<String, String>,
    choices: HashMap<(String, Method, String), String>,
    /// By the router's pattern. Those that the document does not know are few, and the router's own.
    taken: RwLock<HashMap<String, Arc<Route>>>,
}

/// A route as it is logged and measured.
pub(super) struct Route {
    /// The template, not the path: paths hold ids, and metrics must stay few.
    template: String,
    /// Looked up in the recorder once for each method and status.
    measures: RwLock<Vec<Measure>>,
}

struct Measure {
    method: &'static str,
    status: u16,
    requests: Counter,
    seconds: Histogram,
}

impl Route {
    fn new(template: String) -> Self {
        Self { template, measures: RwLock::default() }
    }

    /// As the document writes it.
    pub(super) fn template(&self) -> &str {
        &self.template
    }

    /// Counts an answer and how long it took.
    pub(super) fn measure(&self, method: &'static str, status: u16, took: Duration) {
        let count = |measures: &[Measure]| {
            let measure =
                measures.iter().find(|measure| measure.status == status && measure.method == method);
            measure.is_some_and(|measure| {
                measure.requests.increment(1);
                measure.seconds.record(took.as_secs_f64());
                true
            })
        };
        if count(&self.measures.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let labels =
            [("method", method.to_owned()), ("route", self.template.clone()), ("status", status.to_string())];
        let measure = Measure {
            method,
            status,
            requests: counter!("http_requests_total", &labels),
            seconds: histogram!("http_request_duration_seconds", &labels),
        };
        let mut measures = self.measures.write().unwrap_or_else(PoisonError::into_inner);
        measures.push(measure);
        // If somebody else was quicker, the recorder gave both the same counter.
        count(&measures);
    }
}

/// One operation of the document.
pub(super) struct Operation {
    /// `/v1/posts/{postId}`
    pub(super) path: String,
    /// Its verb.
    pub(super) method: Method,
    /// Parameters that take one of a few values, with these.
    pub(super) choices: Vec<(String, String)>,
}

impl Routes {
    /// Of these operations.
    pub(super) fn new(operations: Vec<Operation>) -> Self {
        let mut methods: HashMap<String, Vec<Method>> = HashMap::new();
        let (mut templates, mut choices) = (HashMap::new(), HashMap::new());
        for operation in operations {
            let path = plain(&operation.path);
            templates.insert(path.clone(), operation.path);
            for (name, values) in operation.choices {
                choices.insert((path.clone(), operation.method.clone(), name), values);
            }
            let known = methods.entry(path).or_default();
            if operation.method == Method::GET {
                known.push(Method::HEAD);
            }
            known.push(operation.method);
        }
        let allowed = methods.into_iter().map(|(path, mut methods)| {
            methods.sort_by_key(|method| method.as_str().to_owned());
            let list = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
            (path, HeaderValue::try_from(list).unwrap_or_else(|_| read_only()))
        });
        Self { allowed: allowed.collect(), templates, choices, taken: RwLock::default() }
    }

    /// The route with this pattern of the router's, or none.
    pub(super) fn named(&self, pattern: &str) -> Arc<Route> {
        let taken = self.taken.read().unwrap_or_else(PoisonError::into_inner).get(pattern).cloned();
        taken.unwrap_or_else(|| {
            let template = self.templates.get(&plain(pattern)).map_or(pattern, String::as_str);
            let template = if template.is_empty() { "unmatched" } else { template };
            let mut taken = self.taken.write().unwrap_or_else(PoisonError::into_inner);
            let route = || Arc::new(Route::new(template.to_owned()));
            Arc::clone(taken.entry(pattern.to_owned()).or_insert_with(route))
        })
    }

    /// The value of `Allow`. What the document does not list is only there to be read.
    pub(super) fn allowed(&self, pattern: &str) -> HeaderValue {
        self.allowed.get(&plain(pattern)).cloned().unwrap_or_else(read_only)
    }

    /// Completes refusals of query parameters that have to be one of a few values.
    pub(super) fn name_choices(&self, method: &Method, pattern: &str, fields: &mut [FieldError]) {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        for field in fields.iter_mut().filter(|field| field.refusal.code == platform::NOT_A_CHOICE) {
            let name = field.pointer.trim_start_matches('?').to_owned();
            let known = self.choices.get(&(plain(pattern), method.clone(), name));
            if let Some(choices) = known.filter(|_| field.refusal.params.is_empty()) {
                field.refusal.params.push(("choices", choices.clone()));
            }
        }
    }
}

fn read_only() -> HeaderValue {
    HeaderValue::from_static("GET, HEAD")
}

/// The document writes `{postId}`, the router `:postId`.
fn plain(template: &str) -> String {
    template
        .split('/')
        .map(|segment| if segment.starts_with([':', '{']) { "*" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}
