//! Log lines, written by a thread of their own.
//!
//! Whoever reads our standard error may be slow or stop. Then requests go on and lines wait, and
//! when too many wait the newest are left out and counted.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// Bytes that may wait.
const MOST: usize = 8 * 1024 * 1024;
/// Lines are written together this often: a call of the system for each costs more than the line.
const EVERY: Duration = Duration::from_millis(10);

/// Takes lines for standard error.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Default)]
pub(super) struct Shared {
    waiting: Mutex<Waiting>,
    /// Something waits.
    filled: Condvar,
    /// Nothing waits.
    empty: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: Vec<u8>,
    lost: u64,
    is_writing: bool,
}

impl Lines {
    /// Starts the thread that writes; it ends with the process.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn to(target: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("log".into()).spawn(move || theirs.write_to(target))?;
        Ok(Self(shared))
    }

    /// Waits until all lines so far are written, but not for a reader who has stopped.
    pub(super) fn flush(&self) {
        const PATIENCE: Duration = Duration::from_secs(2);
        let waits = |waiting: &mut Waiting| waiting.is_writing || !waiting.text.is_empty();
        let _ = self.0.empty.wait_timeout_while(self.0.lock(), PATIENCE, waits);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut target: impl Write) {
        let mut text = Vec::new();
        loop {
            {
                let idle = |waiting: &mut Waiting| waiting.text.is_empty();
                let mut waiting =
                    self.filled.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
                std::mem::swap(&mut text, &mut waiting.text);
                waiting.is_writing = true;
                let lost = std::mem::take(&mut waiting.lost);
                if lost > 0 {
                    text.extend_from_slice(format!("{{\"level\":\"WARN\",\"message\":\"log lines were left out\",\"lines\":{lost}}}\n").as_bytes());
                }
            }
            // Nobody is left to tell that standard error is gone.
            let _ = target.write_all(&text).and_then(|()| target.flush());
            text.clear();
            self.lock().is_writing = false;
            self.empty.notify_all();
            thread::sleep(EVERY);
        }
    }
}

impl<'lines> MakeWriter<'lines> for Lines {
    type Writer = &'lines Shared;

    fn make_writer(&'lines self) -> Self::Writer {
        &self.0
    }
}

/// One call is one line.
impl Write for &Shared {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.lock();
        if waiting.text.len() + line.len() > MOST {
            waiting.lost += 1;
            return Ok(line.len());
        }
        let was_empty = waiting.text.is_empty();
        waiting.text.extend_from_slice(line);
        drop(waiting);
        if was_empty {
            self.filled.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Writes when it is told to, and tells what.
    struct Slow {
        go: Receiver<()>,
        wrote: Sender<Vec<u8>>,
    }

    impl Write for Slow {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.go.recv().map_err(io::Error::other)?;
            self.wrote.send(text.to_vec()).map_err(io::Error::other)?;
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_stops_holds_nobody_up_and_hears_what_was_left_out() {
        let (go, gone) = channel();
        let (wrote, written) = channel();
        let lines = Lines::to(Slow { go: gone, wrote }).unwrap();
        let line = [b'x'; 1024];
        lines.make_writer().write_all(b"first\n").unwrap();
        go.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), b"first\n");
        // Nobody reads, yet none of these waits. Some are taken up before the thread is stuck.
        for _ in 0..3 * MOST / line.len() {
            lines.make_writer().write_all(&line).unwrap();
        }
        let mut all = Vec::new();
        while !String::from_utf8_lossy(&all).contains("log lines were left out") {
            go.send(()).unwrap();
            all.extend(written.recv().unwrap());
            lines.make_writer().write_all(b"\n").unwrap();
        }
        assert!(all.len() < 3 * MOST, "{}", all.len());
    }

    #[test]
    fn flushing_waits_for_every_line() {
        let (go, gone) = channel();
        let (wrote, written) = channel();
        let lines = Lines::to(Slow { go: gone, wrote }).unwrap();
        lines.make_writer().write_all(b"last words\n").unwrap();
        go.send(()).unwrap();
        lines.flush();
        assert_eq!(written.try_recv().unwrap(), b"last words\n");
    }
}
