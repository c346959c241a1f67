//! Notifications, and posts of people one follows, over the socket.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::{
    notifications::{News, NewsService},
    shared::{Live, Worker},
};
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::dto::Notification;
use crate::identity::UserSummary;

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(400);

/// A frame that tells news.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NewsFrame {
    /// Somebody should hear of something.
    Notification {
        /// It.
        notification: Box<Notification>,
    },
    /// Somebody one follows wrote something.
    Post {
        /// The post.
        post_id: Uuid,
        /// The post it answers.
        in_reply_to: Option<Uuid>,
        /// Who wrote it.
        author: UserSummary,
    },
}

impl From<News> for NewsFrame {
    fn from(news: News) -> Self {
        match news {
            News::Told(told) => Self::Notification { notification: Box::new(told.into()) },
            News::Posted(post, author) => {
                Self::Post { post_id: post.post, in_reply_to: post.in_reply_to, author: author.into() }
            }
        }
    }
}

/// The worker that brings them.
pub struct Newsboy {
    news: Arc<NewsService>,
    live: Arc<dyn Live>,
}

impl Newsboy {
    /// To the people connected here.
    pub fn new(news: Arc<NewsService>, live: Arc<dyn Live>) -> Self {
        Self { news, live }
    }

    async fn round(&self) -> anyhow::Result<()> {
        let (since, people) = (self.live.since(), self.live.people());
        for (user, news) in self.news.look(since, &people).await? {
            self.live.tell(user, &serde_json::to_string(&NewsFrame::from(news))?);
        }
        Ok(())
    }
}

#[async_trait]
impl Worker for Newsboy {
    fn name(&self) -> &'static str {
        "newsboy"
    }

    async fn run(&self, stop: CancellationToken) {
        let mut clock = interval(LOOK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = clock.tick() => if let Err(error) = self.round().await {
                    tracing::warn!(error = format!("{error:#}"), "news could not be looked up");
                },
            }
        }
    }
}
