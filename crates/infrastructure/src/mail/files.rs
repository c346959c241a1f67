//! Messages as files, for desks and tests: whoever reads the folder reads everything.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use async_trait::async_trait;
use madang_application::shared::{Clock, Mail, Mailer, TextMessage, TextSender};
use serde_json::json;
use tokio::fs;
use uuid::Uuid;

use super::Sender;

/// Writes `.eml` files.
pub struct FileMailer {
    folder: PathBuf,
    sender: Sender,
    clock: Arc<dyn Clock>,
}

impl FileMailer {
    /// Into this folder, which is made when the first mail is written.
    pub fn new(folder: PathBuf, sender: Sender, clock: Arc<dyn Clock>) -> Self {
        Self { folder, sender, clock }
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, id: Uuid, mail: &Mail) -> anyhow::Result<()> {
        let message = self.sender.message(id, mail, self.clock.now())?;
        write(&self.folder, &format!("{id}.eml"), &message.formatted()).await
    }
}

/// Writes JSON files.
pub struct FileTexts {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
}

impl FileTexts {
    /// Into this folder, which is made when the first message is written.
    pub fn new(folder: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { folder, clock }
    }
}

#[async_trait]
impl TextSender for FileTexts {
    async fn send(&self, id: Uuid, message: &TextMessage) -> anyhow::Result<()> {
        let content = json!({
            "id": id, "to": message.phone, "text": message.text, "sentAt": self.clock.now(),
        });
        write(&self.folder, &format!("{id}.json"), &serde_json::to_vec_pretty(&content)?).await
    }
}

/// Under its own name only when it is whole. Ids are UUIDv7, so names sort by time.
async fn write(folder: &Path, name: &str, content: &[u8]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).await.with_context(|| format!("make {}", folder.display()))?;
    let (part, whole) = (folder.join(format!(".{name}")), folder.join(name));
    fs::write(&part, content).await.with_context(|| format!("write {}", part.display()))?;
    fs::rename(&part, &whole).await.with_context(|| format!("write {}", whole.display()))
}
