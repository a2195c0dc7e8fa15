//! The workshop: letters become pages and pages replies there, while people go on working. Two threads, so that a long print does
//! not hold up the scanner, nor a pile of scans the printer.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::{
    press::OfficePress,
    rounds::Rounds,
    scanner::OfficeScanner,
    show,
    watch::{Trouble, Watch},
};
use crate::{Desk, Error};

/// How often the press looks for work that nobody told it of: jobs that a kill left waiting, above all.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How often the scans' folder is looked into: a file that has not changed for so long is whole.
const LOOK_INTO_FOLDER_EVERY: Duration = Duration::from_secs(4);

/// The running workshop.
pub(crate) struct Workshop {
    bells: Mutex<Vec<Sender<()>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    troubles: Arc<Mutex<Vec<(Trouble, String)>>>,
    stop: Arc<AtomicBool>,
}

impl Workshop {
    /// Begins; what waited from before is done first. `rounds` are told when replies are ready to be sent.
    pub(crate) fn begin(desk: Arc<Desk>, rounds: Arc<Rounds>) -> Self {
        let workshop = Self {
            bells: Mutex::default(),
            threads: Mutex::default(),
            troubles: Arc::default(),
            stop: Arc::default(),
        };
        let (printing, stop) = (Arc::clone(&desk), Arc::clone(&workshop.stop));
        workshop.employ("press", LOOK_EVERY, move || {
            // What failed stands at its job; what the whole desk suffers from shows on every page.
            let _ = print(&printing, &stop);
        });
        let (troubles, stop) = (Arc::clone(&workshop.troubles), Arc::clone(&workshop.stop));
        let mut watch = Watch::default();
        workshop.employ("scanner", LOOK_INTO_FOLDER_EVERY, move || {
            if let Ok(told) = look_into_folder(&desk, &mut watch) {
                *held(&troubles) = told;
            }
            if read(&desk, &stop).unwrap_or(false) {
                rounds.poke();
            }
        });
        workshop
    }

    /// A thread that does `turn` at once, at every ring, and every `pause`.
    fn employ(&self, name: &str, pause: Duration, mut turn: impl FnMut() + Send + 'static) {
        let (bell, rings) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                loop {
                    turn();
                    match rings.recv_timeout(pause) {
                        Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
            });
        if let Ok(thread) = thread {
            held(&self.bells).push(bell);
            held(&self.threads).push(thread);
        }
    }

    /// Tells it that there is work.
    pub(crate) fn ring(&self) {
        for bell in &*held(&self.bells) {
            // Nobody hears it if the workshop has ended with the desk.
            let _ = bell.send(());
        }
    }

    /// What is wrong with the scans' folder, and with which files in it.
    pub(crate) fn troubles(&self) -> Vec<(Trouble, String)> {
        held(&self.troubles).clone()
    }

    /// Lets it end after the letter and the page that it is at. What was begun goes on the next time.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        held(&self.bells).clear();
    }

    /// Waits for the end.
    pub(crate) async fn rest(&self) {
        let threads = std::mem::take(&mut *held(&self.threads));
        for thread in threads {
            // A panic of the thread was told on standard error when it happened.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn print(desk: &Desk, stop: &Arc<AtomicBool>) -> Result<(), Error> {
    let press = OfficePress::of(desk)?.stopped_by(stop);
    desk.run_print_jobs(&press, show::now()).map(drop)
}

fn look_into_folder(desk: &Desk, watch: &mut Watch) -> Result<Vec<(Trouble, String)>, Error> {
    match desk.scan_folder()? {
        Some(folder) => watch.look(desk, &folder),
        None => Ok(Vec::new()),
    }
}

/// Whether pages found their replies, which may go out now.
fn read(desk: &Desk, stop: &Arc<AtomicBool>) -> Result<bool, Error> {
    let scanner = OfficeScanner::of(desk, Arc::clone(stop))?;
    let report = desk.read_scans(&scanner, show::now())?;
    Ok(report.joined > 0)
}
