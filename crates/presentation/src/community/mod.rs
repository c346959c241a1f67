//! Community over HTTP.
