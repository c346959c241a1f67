//! What surrounds every operation, from the outside in: name, log and measure the request; CORS;
//! security headers; compression; the catch-all (errors, panics, time-outs); bounds; who calls;
//! budgets; repeats; copies the client has; absolute addresses.
//!
//! All of it is one endpoint. As layers around each other, each would move the whole request and
//! everything that is still to be done for it, and be asked again whenever the work goes on.

mod bounds;
mod budgets;
mod compress;
mod conditional;
mod cors;
mod headers;
mod identify;
mod observe;
mod repeats;
mod surroundings;

use std::{pin::pin, sync::Arc};

use poem::{Endpoint, IntoResponse, Request, Response, Result, http::StatusCode};

pub use self::observe::{SPANS, at_hand};
use self::{
    budgets::Standings, compress::compress, conditional::Copies, cors::Cors, observe::Observed,
    repeats::Repeat,
};
pub(super) use self::{identify::Identified, surroundings::Surroundings};
use super::{
    catch_all::caught,
    problem::{Context, Problem},
    url::{self, Bases},
};

/// The operations, and everything around them.
pub(super) struct Surrounded<E> {
    surroundings: Arc<Surroundings>,
    operations: E,
}

impl<E: Endpoint> Endpoint for Surrounded<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        self.surroundings.lend(&mut request);
        let observed = Observed::begin(&mut request, &self.surroundings.settings);
        let work = pin!(async {
            let mut answer = self.answer(request).await;
            observed.end(&mut answer, &self.surroundings.routes);
            answer
        });
        Ok(observed.during(work).await)
    }
}

impl<E: Endpoint> Surrounded<E> {
    /// Surrounds these operations.
    pub(super) fn new(surroundings: Surroundings, operations: E) -> Self {
        Self { surroundings: Arc::new(surroundings), operations }
    }

    /// The answer, whatever happens.
    async fn answer(&self, request: Request) -> Response {
        let Surroundings { settings, routes, .. } = &*self.surroundings;
        let cors = Cors::of(&request, settings);
        if cors.is_preflight() {
            let mut answer = StatusCode::NO_CONTENT.into_response();
            cors.tell(&mut answer);
            return answer;
        }
        let coding = compress::negotiate(request.headers());
        let bases = Bases::of(&request);
        let context = Context::of(&request, bases.clone(), routes);
        let work = pin!(self.admit(request, &context, &bases));
        let answer = match caught(settings.request_timeout, work).await {
            Ok(answer) => compress(answer, coding).await,
            Err(error) => compress(context.answer(error), coding).await,
        };
        let mut answer = answer.unwrap_or_else(|error| context.answer(error));
        headers::guard(&mut answer, bases.are_secure());
        cors.tell(&mut answer);
        answer
    }

    /// The answer to a request within its bounds, from somebody who has not asked too often.
    async fn admit(&self, mut request: Request, context: &Context<'_>, bases: &Bases) -> Result<Response> {
        let Surroundings { settings, limiter, .. } = &*self.surroundings;
        bounds::check(&mut request).await.map_err(Problem)?;
        let renewed = identify::identify(&mut request).await;
        let standings = if settings.rate_limits {
            Standings::of(&mut request, &**limiter).await?
        } else {
            Standings::default()
        };
        let mut answer = match standings.refusal() {
            Some(failure) => context.render(failure),
            None => self.once(request, context, bases).await.unwrap_or_else(|error| context.answer(error)),
        };
        standings.tell(&mut answer);
        if let Some(token) = renewed {
            identify::hand_over(&token, &mut answer);
        }
        Ok(answer)
    }

    /// The answer to a request that is worked on once, however often it comes.
    async fn once(&self, mut request: Request, context: &Context<'_>, bases: &Bases) -> Result<Response> {
        let records = &*self.surroundings.records;
        match Repeat::of(&mut request, records).await? {
            Repeat::Answered(answer) => Ok(answer),
            Repeat::No => self.operate(request, bases).await,
            Repeat::First(first) => {
                let answer = self.operate(request, bases).await;
                first.keep(answer.unwrap_or_else(|error| context.answer(error)), records).await
            }
        }
    }

    /// The operation itself.
    async fn operate(&self, request: Request, bases: &Bases) -> Result<Response> {
        let copies = Copies::of(&request);
        let work = pin!(self.operations.call(request));
        let mut answer = url::within(bases.clone(), work).await?.into_response();
        copies.spare(&mut answer);
        Ok(answer)
    }
}
