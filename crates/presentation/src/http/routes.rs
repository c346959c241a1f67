//! What the document knows about each route and a refusal has to tell.

use std::collections::HashMap;

use madang_domain::shared::{FieldError, platform};
use poem::http::{HeaderValue, Method};

/// The methods of every path, and the choices of their parameters.
#[derive(Debug, Default)]
pub(super) struct Routes {
    allowed: HashMap<String, HeaderValue>,
    templates: HashMap<String, String>,
    choices: HashMap<(String, Method, String), String>,
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
        Self { allowed: allowed.collect(), templates, choices }
    }

    /// The path as the document writes it, for the router's pattern of it.
    pub(super) fn template<'a>(&'a self, pattern: &'a str) -> &'a str {
        self.templates.get(&plain(pattern)).map_or(pattern, String::as_str)
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
