//! The workshop: letters become pages there, while people go on working. One thread, one job after another.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::{press::OfficePress, show};
use crate::{Desk, Error};

/// How often the workshop looks for work that nobody told it of: jobs that a kill left waiting, above all.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The running workshop.
pub(crate) struct Workshop {
    bell: Mutex<Option<Sender<()>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Workshop {
    /// Begins; what waited from before is done first.
    pub(crate) fn begin(desk: Arc<Desk>) -> Self {
        let (bell, rings) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("workshop".to_owned())
            .spawn(move || {
                loop {
                    // What failed stands at its job; what the whole desk suffers from shows on every page.
                    let _ = one_turn(&desk);
                    match rings.recv_timeout(LOOK_EVERY) {
                        Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
            });
        Self {
            bell: Mutex::new(thread.is_ok().then_some(bell)),
            thread: Mutex::new(thread.ok()),
        }
    }

    /// Tells it that there is work.
    pub(crate) fn ring(&self) {
        if let Some(bell) = &*self.bell.lock().unwrap_or_else(PoisonError::into_inner) {
            // Nobody hears it if the workshop has ended with the desk.
            let _ = bell.send(());
        }
    }

    /// Lets it end after the job that it is at.
    pub(crate) fn stop(&self) {
        self.bell
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    /// Waits for the end.
    pub(crate) async fn rest(&self) {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // A panic of the thread was told on standard error when it happened.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

fn one_turn(desk: &Desk) -> Result<(), Error> {
    let press = OfficePress::of(desk)?;
    desk.run_print_jobs(&press, show::now()).map(drop)
}
