//! Report, tell, and decide about it.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    identity::domain_events::UserErased,
    moderation::{
        Feedback, FeedbackText, FeedbackTitle, Report, ReportId, ReportReason, ReportState, ReportTarget,
        ReportText,
        errors::{ALREADY_HANDLED, ALREADY_REPORTED},
    },
    shared::{
        Failure, Page, PageRequest, UserId,
        platform::{FORBIDDEN, NOT_FOUND},
    },
};
use uuid::Uuid;

use super::{ModerationQueries, ModerationRepository, ReportView, Reported, ToldFeedback};
use crate::{
    community::queries::CommunityQueries,
    identity::queries::{UserQueries, UserSummary},
    shared::{Caller, Clock, Handles, Tx, UnitOfWork, new_id},
};

/// What somebody says is wrong.
#[derive(Clone, Debug)]
pub struct WriteReport {
    /// Why.
    pub reason: ReportReason,
    /// In their own words.
    pub text: Option<ReportText>,
}

/// What somebody thinks.
#[derive(Clone, Debug)]
pub struct WriteFeedback {
    /// What it is about.
    pub title: FeedbackTitle,
    /// What they say.
    pub text: FeedbackText,
}

/// Reports and feedback.
pub struct ModerationService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn ModerationRepository>,
    queries: Arc<dyn ModerationQueries>,
    community: Arc<dyn CommunityQueries>,
    users: Arc<dyn UserQueries>,
    clock: Arc<dyn Clock>,
}

impl ModerationService {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn ModerationRepository>,
        queries: Arc<dyn ModerationQueries>,
        community: Arc<dyn CommunityQueries>,
        users: Arc<dyn UserQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, queries, community, users, clock }
    }

    /// Reports a post.
    ///
    /// # Errors
    /// 404 hidden, 422 for one's own or without the words that `other` needs,
    /// `moderation.already_reported`.
    pub async fn report_post(
        &self,
        caller: &Caller,
        post: Uuid,
        wish: WriteReport,
    ) -> Result<Report, Failure> {
        let view = self.community.post(caller.user, post.into()).await?.ok_or(NOT_FOUND)?;
        self.report(caller, ReportTarget::Post(post), view.post.author, wish).await
    }

    /// Reports a person.
    ///
    /// # Errors
    /// As [`Self::report_post`].
    pub async fn report_user(
        &self,
        caller: &Caller,
        user: UserId,
        wish: WriteReport,
    ) -> Result<Report, Failure> {
        if self.users.public_profile(user).await?.is_none()
            || self.community.blocked_between(caller.user, user).await?
        {
            return Err(NOT_FOUND.into());
        }
        self.report(caller, ReportTarget::User(user), user, wish).await
    }

    async fn report(
        &self,
        caller: &Caller,
        target: ReportTarget,
        accused: UserId,
        wish: WriteReport,
    ) -> Result<Report, Failure> {
        let mut report = Report {
            id: new_id(),
            reporter: caller.user,
            target,
            accused,
            reason: wish.reason,
            text: wish.text,
            created_at: self.clock.now(),
        };
        let broken = report.check();
        if !broken.is_empty() {
            return Err(Failure::fields(broken));
        }
        (report.id, report.created_at) = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                if self.repository.add_report(tx, &report).await? {
                    Ok((report.id, report.created_at))
                } else {
                    Err(ALREADY_REPORTED.into())
                }
            })
            .await?;
        Ok(report)
    }

    /// Tells the operators something.
    ///
    /// # Errors
    /// Only outages.
    pub async fn give_feedback(&self, caller: &Caller, wish: WriteFeedback) -> Result<Feedback, Failure> {
        let mut feedback = Feedback {
            id: new_id(),
            author: caller.user,
            title: wish.title,
            text: wish.text,
            created_at: self.clock.now(),
        };
        (feedback.id, feedback.created_at) = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                self.repository.add_feedback(tx, &feedback).await?;
                Ok((feedback.id, feedback.created_at))
            })
            .await?;
        Ok(feedback)
    }

    /// Reports in this state, or all; newest first.
    ///
    /// # Errors
    /// 403 for anybody but operators.
    pub async fn reports(
        &self,
        caller: &Caller,
        state: Option<ReportState>,
        page: &PageRequest,
    ) -> Result<Page<Reported>, Failure> {
        operator(caller)?;
        let page = self.queries.reports(state, page).await?;
        Ok(Page { items: self.named(page.items).await?, next: page.next })
    }

    /// One report.
    ///
    /// # Errors
    /// 403 for anybody but operators, 404.
    pub async fn one_report(&self, caller: &Caller, id: ReportId) -> Result<Reported, Failure> {
        operator(caller)?;
        let view = self.queries.report(id).await?.ok_or(NOT_FOUND)?;
        self.named(vec![view]).await?.pop().ok_or_else(|| NOT_FOUND.into())
    }

    /// Closes a report.
    ///
    /// # Errors
    /// 403 for anybody but operators, 404, `moderation.already_handled`.
    pub async fn close(
        &self,
        caller: &Caller,
        id: ReportId,
        state: ReportState,
    ) -> Result<Reported, Failure> {
        operator(caller)?;
        self.uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                match self.repository.close_report(tx, id, state, caller.user, self.clock.now()).await? {
                    Some(true) => Ok(()),
                    Some(false) => Err(ALREADY_HANDLED.into()),
                    None => Err(NOT_FOUND.into()),
                }
            })
            .await?;
        self.one_report(caller, id).await
    }

    /// Feedback, newest first.
    ///
    /// # Errors
    /// 403 for anybody but operators.
    pub async fn feedback(&self, caller: &Caller, page: &PageRequest) -> Result<Page<ToldFeedback>, Failure> {
        operator(caller)?;
        let page = self.queries.feedback(page).await?;
        let people = self.people(page.items.iter().map(|view| view.0.author)).await?;
        Ok(page.map(|view| ToldFeedback { author: find(&people, view.0.author), feedback: view.0 }))
    }

    /// Adds the people: one more query, however many there are.
    async fn named(&self, views: Vec<ReportView>) -> Result<Vec<Reported>, Failure> {
        let everybody = views.iter().flat_map(|view| [view.report.reporter, view.report.accused]);
        let people = self.people(everybody).await?;
        let reported = views.into_iter().map(|view| Reported {
            reporter: find(&people, view.report.reporter),
            accused: find(&people, view.report.accused),
            view,
        });
        Ok(reported.collect())
    }

    async fn people(&self, users: impl Iterator<Item = UserId>) -> Result<Vec<UserSummary>, Failure> {
        let mut users: Vec<_> = users.collect();
        users.sort();
        users.dedup();
        Ok(if users.is_empty() { Vec::new() } else { self.users.summaries(&users).await? })
    }
}

fn operator(caller: &Caller) -> Result<(), Failure> {
    if caller.is_admin() { Ok(()) } else { Err(FORBIDDEN.into()) }
}

fn find(people: &[UserSummary], id: UserId) -> Option<UserSummary> {
    people.iter().find(|person| person.id == id).cloned()
}

/// Erases what somebody who left told, and what was told about them.
pub struct ModerationFarewell {
    repository: Arc<dyn ModerationRepository>,
}

impl ModerationFarewell {
    /// From its port.
    pub fn new(repository: Arc<dyn ModerationRepository>) -> Self {
        Self { repository }
    }
}

#[async_trait]
impl Handles<UserErased> for ModerationFarewell {
    async fn handle(&self, tx: &mut Tx, event: UserErased) -> Result<(), Failure> {
        Ok(self.repository.erase(tx, event.user_id).await?)
    }
}
