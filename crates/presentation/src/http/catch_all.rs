//! The one catch-all: whatever goes wrong below it, panics and time-outs included, leaves as a
//! problem.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use madang_domain::shared::{Failure, platform};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use super::{
    problem::{Context, Problem},
    settings::Settings,
};

/// Turns whatever went wrong into a problem.
pub(super) struct Problems;

impl<E: Endpoint> Middleware<E> for Problems {
    type Output = CatchAll<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        CatchAll(endpoint)
    }
}

/// The endpoint behind [`Problems`].
pub(super) struct CatchAll<E>(E);

impl<E: Endpoint> Endpoint for CatchAll<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let context = Context::of(&request);
        let limit =
            request.data::<Arc<Settings>>().map_or(Duration::MAX, |settings| settings.request_timeout);
        let work = AssertUnwindSafe(self.0.call(request)).catch_unwind();
        let error = match tokio::time::timeout(limit, work).await {
            Ok(Ok(Ok(answer))) => return Ok(answer.into_response()),
            Ok(Ok(Err(error))) => error,
            Ok(Err(panic)) => Problem(anyhow::anyhow!("panic: {}", message(&*panic)).into()).into(),
            Err(_) => Problem(Failure::from(platform::TIMEOUT).retry_after(1)).into(),
        };
        Ok(context.answer(error))
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
