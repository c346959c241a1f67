//! Sweeps up pictures that hang nowhere, and files that belong to none.
//!
//! Every picture is looked at a day after it was uploaded and once a day from then on. A process
//! locks the pictures it looks at; whoever hangs one up locks it, too, so that the two never miss
//! each other. Rows and the order to remove their files are written together, and the order is
//! taken back after the files are gone: whatever ends the process in between, the next one goes on.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::{
    media::{MediaRepository, MediaStore},
    shared::{Clock, PictureWall, UnitOfWork, Worker},
};
use madang_domain::{
    media::MediaName,
    shared::{Failure, PictureId},
};
use sea_orm::FromQueryResult;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::sql::SqlStore;

/// How many pictures one transaction looks at, and how many files are removed at a time.
const PIECE: u32 = 100;
/// How long a picture that hangs somewhere is left alone.
const ALONE: Duration = Duration::from_hours(24);
/// How long a file that could not be removed is left alone.
const TRY_AGAIN: Duration = Duration::from_mins(30);

/// How long the worker rests between two rounds.
#[derive(Clone, Copy, Debug)]
pub struct SweepRest(pub Duration);

/// The worker that does so.
pub struct MediaCollector {
    uow: Arc<UnitOfWork>,
    media: Arc<dyn MediaRepository>,
    files: Arc<dyn MediaStore>,
    walls: Vec<Arc<dyn PictureWall>>,
    store: Arc<SqlStore>,
    clock: Arc<dyn Clock>,
    rest: Arc<SweepRest>,
}

#[derive(FromQueryResult)]
struct Condemned {
    name: String,
}

impl MediaCollector {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        media: Arc<dyn MediaRepository>,
        files: Arc<dyn MediaStore>,
        walls: Vec<Arc<dyn PictureWall>>,
        store: Arc<SqlStore>,
        clock: Arc<dyn Clock>,
        rest: Arc<SweepRest>,
    ) -> Self {
        Self { uow, media, files, walls, store, clock, rest }
    }

    /// Looks at every picture whose turn it is, and removes every condemned file; says how many
    /// pictures and how many files went. Stops between two pieces.
    ///
    /// # Errors
    /// If the database is away.
    pub async fn collect(&self, stop: &CancellationToken) -> anyhow::Result<(usize, usize)> {
        let (mut pictures, mut files) = (0, 0);
        while !stop.is_cancelled() {
            let (seen, gone) = self.uow.run(async |tx| self.piece(tx).await).await.map_err(broken)?;
            pictures += gone;
            if seen < PIECE as usize {
                break;
            }
        }
        while !stop.is_cancelled() {
            let (seen, gone) = self.sweep().await?;
            files += gone;
            if seen < PIECE as usize {
                break;
            }
        }
        Ok((pictures, files))
    }

    async fn piece(&self, tx: &mut madang_application::shared::Tx) -> Result<(usize, usize), Failure> {
        let now = self.clock.now();
        let due = self.media.due(tx, now, PIECE).await?;
        let ids: Vec<PictureId> = due.iter().map(|media| media.id).collect();
        let mut hanging = Vec::new();
        // After the lock, in statements of their own: what was hung up until then is seen.
        for wall in self.walls.iter().filter(|_| !ids.is_empty()) {
            hanging.extend(wall.hanging(tx, &ids).await?);
        }
        let seen = due.len();
        let (kept, gone): (Vec<_>, Vec<_>) = due.into_iter().partition(|media| hanging.contains(&media.id));
        let kept: Vec<PictureId> = kept.iter().map(|media| media.id).collect();
        self.media.look_again(tx, &kept, now.plus(ALONE)).await?;
        self.media.discard(tx, &gone, now).await?;
        Ok((seen, gone.len()))
    }

    /// Several processes may remove the same file; the second one finds nothing to do.
    async fn sweep(&self) -> anyhow::Result<(usize, usize)> {
        let text = "SELECT name FROM media_trash WHERE due_at <= $1 ORDER BY due_at, name LIMIT $2";
        let now = self.clock.now();
        let due: Vec<Condemned> =
            self.store.rows(text, [now.micros().into(), i64::from(PIECE).into()]).await?;
        let mut gone = 0;
        for Condemned { name } in &due {
            match self.remove(name).await {
                Ok(()) => {
                    self.store
                        .execute("DELETE FROM media_trash WHERE name = $1", [name.as_str().into()])
                        .await?;
                    gone += 1;
                }
                Err(error) => {
                    tracing::warn!(file = name, error = format!("{error:#}"), "a picture's file stays");
                    let later = "UPDATE media_trash SET due_at = $2 WHERE name = $1";
                    let at = now.plus(TRY_AGAIN).micros();
                    self.store.execute(later, [name.as_str().into(), at.into()]).await?;
                }
            }
        }
        Ok((due.len(), gone))
    }

    async fn remove(&self, name: &str) -> anyhow::Result<()> {
        let name: MediaName = name.parse().map_err(|()| anyhow::anyhow!("no name of ours"))?;
        self.files.remove(&name).await
    }
}

fn broken(failure: Failure) -> anyhow::Error {
    anyhow::anyhow!("{failure}")
}

#[async_trait]
impl Worker for MediaCollector {
    fn name(&self) -> &'static str {
        "media-collector"
    }

    async fn run(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(self.rest.0) => {}
            }
            match self.collect(&stop).await {
                Ok((0, 0)) => {}
                Ok((pictures, files)) => tracing::info!(pictures, files, "unused pictures went"),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "pictures were not looked after"),
            }
        }
    }
}
