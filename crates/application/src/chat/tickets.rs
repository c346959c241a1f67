//! Tickets: what a browser opens its socket with.

use std::{sync::Arc, time::Duration};

use madang_domain::{chat::errors::TICKET_INVALID, shared::Failure};

use super::{Pass, Tickets};
use crate::shared::{Caller, Clock, LoginWatch, UnitOfWork};

/// A ticket is used at once, or not at all.
const LIFE: Duration = Duration::from_secs(30);

/// Gives tickets out, and takes each back once.
pub struct TicketService {
    uow: Arc<UnitOfWork>,
    tickets: Arc<dyn Tickets>,
    logins: Arc<dyn LoginWatch>,
    clock: Arc<dyn Clock>,
}

impl TicketService {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        tickets: Arc<dyn Tickets>,
        logins: Arc<dyn LoginWatch>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, tickets, logins, clock }
    }

    /// A ticket for the caller, whose access token this is; its socket ends with the token.
    ///
    /// # Errors
    /// `identity.*` if the token is worth nothing.
    pub async fn issue(&self, caller: &Caller, token: &str) -> Result<String, Failure> {
        let ends_at = self.logins.ends_at(token)?;
        let pass = Pass { user: caller.user, session: caller.session, ends_at };
        let now = self.clock.now();
        self.uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let ticket = self.tickets.fresh();
                self.tickets.keep(tx, &ticket, &pass, now, now.plus(LIFE)).await?;
                Ok(ticket)
            })
            .await
    }

    /// Whom a ticket belongs to.
    ///
    /// # Errors
    /// `chat.ticket_invalid` for one that is unknown, used or too old, or whose login ended.
    pub async fn redeem(&self, ticket: &str) -> Result<Pass, Failure> {
        let now = self.clock.now();
        let pass = self.uow.run(async |tx| Ok(self.tickets.take(tx, ticket, now).await?)).await?;
        let pass = pass.filter(|pass| pass.ends_at > now && self.logins.holds(pass.session));
        pass.ok_or_else(|| TICKET_INVALID.into())
    }
}
