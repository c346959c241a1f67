//! The one catch-all: whatever goes wrong below it, panics and time-outs included, leaves as a
//! problem.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use madang_domain::shared::{Failure, platform};
use poem::{Error, Response};

use super::problem::Problem;

/// The answer of this work; what went wrong, if it does not come in time or panics.
pub(super) async fn caught(
    limit: Duration,
    work: impl Future<Output = Result<Response, Error>>,
) -> Result<Response, Error> {
    match tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(Problem(anyhow::anyhow!("panic: {}", message(&*panic)).into()).into()),
        Err(_) => Err(Problem(Failure::from(platform::TIMEOUT).retry_after(1)).into()),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
