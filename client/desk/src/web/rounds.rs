//! The post's rounds: what waits is sent, what has come is fetched and taken in, and then the relay is watched for more.
//! One thread of its own, so that opening a large picture holds up no page.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use maud::{Markup, html};
use tidings_client::{Account, MailbagStep, NextTry, Progress, Transfer};
use tidings_protocol::time::UnixTime;
use tokio::sync::{Notify, mpsc};

use super::{
    carrying::Errand,
    show,
    texts::args,
    visit::{PULSE, Visit},
};
use crate::Desk;

/// Pause after the first failure; it doubles with every further one.
const PAUSE_FIRST: Duration = Duration::from_secs(5);
/// Longest pause.
const PAUSE_LONGEST: Duration = Duration::from_secs(300);
/// After this time of quiet a round is made even if the relay has said nothing.
const ROUND_EVERY: Duration = Duration::from_secs(300);

/// What the post is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Sending what waits.
    Sending,
    /// Fetching what has come.
    Collecting,
    /// Waiting for the relay to say that something has come.
    Watching,
    /// Pausing after a failure.
    Resting,
    /// Packing a mailbag or taking one in: somebody waits for it.
    Carrying,
}

impl Doing {
    fn word(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Collecting => "collecting",
            Self::Watching => "watching",
            Self::Resting => "resting",
            Self::Carrying => "carrying",
        }
    }
}

/// How the post goes.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    /// What it is doing.
    pub(crate) doing: Doing,
    /// When a round last ended well.
    pub(crate) reached: Option<UnixTime>,
    /// Code of the failure that stops it ([`tidings_client::Error::code`]).
    pub(crate) failing: Option<&'static str>,
    /// Items that wait to be sent.
    pub(crate) waiting: u64,
    /// Bytes of the transfer or the mailbag that is under way, done and in all.
    pub(crate) transfer: Option<(u64, u64)>,
}

struct Inner {
    desk: Arc<Desk>,
    account: Arc<Account>,
    status: Mutex<Status>,
    poke: Notify,
    stop: Notify,
    /// The day on which what has been kept long enough was last erased.
    tidied: AtomicU32,
}

/// The running rounds.
pub(crate) struct Rounds {
    inner: Arc<Inner>,
    errands: mpsc::UnboundedSender<Errand>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Rounds {
    /// Begins.
    pub(crate) fn begin(desk: Arc<Desk>, account: Arc<Account>) -> Self {
        let inner = Arc::new(Inner {
            desk,
            account,
            status: Mutex::new(Status {
                doing: Doing::Sending,
                reached: None,
                failing: None,
                waiting: 0,
                transfer: None,
            }),
            poke: Notify::new(),
            stop: Notify::new(),
            tidied: AtomicU32::new(0),
        });
        let (errands, waiting) = mpsc::unbounded_channel();
        let working = Arc::clone(&inner);
        let thread = std::thread::Builder::new()
            .name("rounds".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                match runtime {
                    Ok(runtime) => runtime.block_on(async {
                        tokio::select! {
                            () = working.work(waiting) => {}
                            () = working.stop.notified() => {}
                        }
                    }),
                    Err(_) => working.failing("rounds-stopped"),
                }
            });
        if thread.is_err() {
            inner.failing("rounds-stopped");
        }
        Self {
            inner,
            errands,
            thread: Mutex::new(thread.ok()),
        }
    }

    /// Has an errand run before anything else: what is being sent or fetched is cut off for it, and goes on where it was.
    pub(crate) fn run(&self, errand: Errand) {
        // If the thread has ended with the desk, whoever waits for the errand is told by its end of the channel.
        let _ = self.errands.send(errand);
    }

    /// Makes a round now: something waits to be sent.
    pub(crate) fn poke(&self) {
        self.inner.poke.notify_one();
    }

    /// How it goes.
    pub(crate) fn status(&self) -> Status {
        self.inner
            .status
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends after the current step. Whatever is cut off goes on where it was the next time.
    pub(crate) fn stop(&self) {
        self.inner.stop.notify_one();
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

/// Shows how far a transfer or a mailbag is.
impl Progress for Inner {
    fn transfer(&self, transfer: &Transfer) {
        self.note(|status| status.transfer = Some((transfer.done, transfer.total)));
    }

    fn mailbag(&self, step: MailbagStep) {
        self.note(|status| status.transfer = Some((step.done, step.total)));
    }
}

impl Inner {
    async fn work(&self, mut errands: mpsc::UnboundedReceiver<Errand>) {
        loop {
            let errand = tokio::select! {
                () = self.go_round() => return,
                errand = errands.recv() => errand,
            };
            let Some(errand) = errand else { return };
            self.note(|status| {
                status.doing = Doing::Carrying;
                status.transfer = None;
            });
            if errand.packs() {
                // What the desk has to say goes with it.
                let _ = self.daily_post(show::now());
            }
            errand.run(&self.desk, &self.account, self).await;
            self.note(|status| status.transfer = None);
        }
    }

    async fn go_round(&self) {
        let mut pause = PAUSE_FIRST;
        let mut failures = 0_u32;
        loop {
            let failed = match self.one_round().await {
                Ok(()) => self.watch().await.err(),
                Err(code) => Some(code),
            };
            let Some(code) = failed else {
                pause = PAUSE_FIRST;
                failures = 0;
                continue;
            };
            failures = failures.saturating_add(1);
            // A single failure is a connection that was lost in the night; people are told of what lasts.
            if failures > 1 {
                self.failing(code);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(PAUSE_LONGEST),
                () = self.poke.notified() => pause = PAUSE_FIRST,
            }
        }
    }

    /// Sends, collects, takes in, and sends what that brought forth. The code of the first failure.
    async fn one_round(&self) -> Result<(), &'static str> {
        self.doing(Doing::Sending);
        let sent = self.account.send(false, self).await;
        let mut failed = failure(sent.map(|report| report.failures));
        self.doing(Doing::Collecting);
        let collected = self.account.collect(self).await;
        failed = failed.or(failure(collected.map(|report| report.failures)));
        // What was fetched before a failure is taken in all the same.
        let now = show::now();
        let taken = self.desk.import(&*self.account, now);
        failed = failed.or(taken.err().map(|error| error.code()));
        failed = failed.or(self.daily_post(now).err().map(|error| error.code()));
        let answers = self.account.outbox().map_err(|error| error.code())?;
        if answers.iter().any(|item| item.next == NextTry::Now) {
            self.doing(Doing::Sending);
            let sent = self.account.send(false, self).await;
            failed = failed.or(failure(sent.map(|report| report.failures)));
        }
        let waiting = self.account.outbox().map_or(0, |items| items.len() as u64);
        self.note(|status| {
            status.transfer = None;
            status.waiting = waiting;
        });
        match failed {
            Some(code) => Err(code),
            None => {
                self.note(|status| {
                    status.failing = None;
                    status.reached = Some(now);
                });
                Ok(())
            }
        }
    }

    /// What the desk has to say to families goes into the account's outbox; what has been kept long enough is erased.
    fn daily_post(&self, now: UnixTime) -> Result<(), crate::Error> {
        let account = &*self.account;
        self.desk.send_notes(account, now)?;
        self.desk.send_replies(account, now)?;
        self.desk.send_answers(account, now)?;
        let today = now.day();
        if self.tidied.swap(today.0, Ordering::Relaxed) != today.0 {
            self.desk.run_retention(account, now)?;
            self.desk.tidy_mailbags(now)?;
        }
        Ok(())
    }

    /// Waits until there is reason for another round.
    async fn watch(&self) -> Result<(), &'static str> {
        self.doing(Doing::Watching);
        let pause = self.until_next_try().min(ROUND_EVERY);
        tokio::select! {
            waited = self.account.wait_for_letters() => waited.map(drop).map_err(|error| error.code()),
            () = self.poke.notified() => Ok(()),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }

    /// How long what could not be sent has to wait for its next try.
    fn until_next_try(&self) -> Duration {
        let now = show::now();
        let waiting = self.account.outbox().unwrap_or_default();
        let next = waiting.iter().filter_map(|item| match item.next {
            NextTry::At(at) => Some(at.0.saturating_sub(now.0).max(1)),
            NextTry::Now | NextTry::Never => None,
        });
        next.min().map_or(ROUND_EVERY, Duration::from_secs)
    }

    fn doing(&self, doing: Doing) {
        self.note(|status| status.doing = doing);
    }

    fn failing(&self, code: &'static str) {
        self.note(|status| {
            status.doing = Doing::Resting;
            status.failing = Some(code);
        });
    }

    fn note(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn failure(
    report: Result<Vec<tidings_client::Error>, tidings_client::Error>,
) -> Option<&'static str> {
    match report {
        Ok(failures) => failures.first().map(tidings_client::Error::code),
        Err(error) => Some(error.code()),
    }
}

/// How the post goes, in the bar of every page; asks for itself anew.
pub(crate) fn pulse(visit: &Visit) -> Markup {
    let t = &visit.texts;
    let Some(status) = visit.site.rounds().map(|rounds| rounds.status()) else {
        return html! {};
    };
    let doing = match (status.doing, status.transfer) {
        (Doing::Sending | Doing::Collecting | Doing::Carrying, Some((done, total)))
            if total > 0 =>
        {
            let percent = done.saturating_mul(100) / total;
            t.with(
                &format!("post-{}-percent", status.doing.word()),
                args![percent = percent],
            )
        }
        (doing, _) => t.say(&format!("post-{}", doing.word())),
    };
    let shape = match status.failing {
        Some(_) => "state warn",
        None if status.doing == Doing::Watching => "state done",
        None => "state half",
    };
    html! {
        span.pulse.failing[status.failing.is_some()] #pulse hx-get=(PULSE) hx-trigger="every 4s" hx-swap="outerHTML" {
            span class=(shape) {
                @if let Some(code) = status.failing {
                    (t.find(&format!("error-{code}"), &[]).unwrap_or_else(|| t.with("error-other", args![code = code])))
                } @else { (doing) }
            }
            @if let Some(reached) = status.reached {
                span.small { "· " (t.with("post-reached", args![time = t.clock(reached)])) }
            }
            @if status.waiting > 0 { span.small { "· " (t.count("post-waiting", status.waiting)) } }
        }
    }
}

/// `GET /pulse`.
pub(crate) async fn show_pulse(visit: Visit) -> Markup {
    pulse(&visit)
}
