//! Auth, Me and Users over HTTP.
