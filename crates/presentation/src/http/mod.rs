//! What every operation shares: problems, payloads, pages, middleware and the document.
