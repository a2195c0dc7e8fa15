//! `outbox` and `collect`.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tidings_client::{
    Account, CollectReport, Letter, LetterKind, LetterNumber, News, NextTry, Waiting, WaitingKind,
    Warning,
};

use super::{
    contact::{called, warn_of_looks},
    letters::{Trusts, letter_json},
    wait,
    write::Listener,
};
use crate::{
    arguments::{Collect, Outbox},
    failure::Failure,
    interrupt::{self, Stage},
    progress::Spinner,
    show::{self, Show, timestamp},
};

pub(crate) fn outbox(account: &Account, outbox: &Outbox, show: &Show) -> Result<(), Failure> {
    let listener = Listener::new(show);
    interrupt::at(Stage::Sending);
    let report = wait(account.send(outbox.send, &listener))?;
    listener.finish();
    show.warnings(&report.warnings);
    let failures: Vec<Failure> = report.failures.into_iter().map(Failure::from).collect();
    for failure in &failures {
        show.note(failure);
    }
    if report.letters > 0 {
        show.line("outbox-sent", &[("count", report.letters.into())]);
    }
    let waiting = account.outbox()?;
    if waiting.is_empty() {
        show.line("outbox-empty", &[]);
    }
    for item in &waiting {
        line(account, item, show)?;
    }
    show.json(&json!({
        "sent": report.sent,
        "letters": report.letters,
        "failures": failures.iter().map(Failure::code).collect::<Vec<_>>(),
        "waiting": waiting.iter().map(waiting_json).collect::<Value>(),
    }));
    Ok(())
}

fn line(account: &Account, item: &Waiting, show: &Show) -> Result<(), Failure> {
    let texts = show.texts();
    let what = match item.kind {
        WaitingKind::Letter(number) => {
            texts.with("outbox-letter", &[("number", number.to_string().into())])
        }
        WaitingKind::Mailbox => texts.text("outbox-mailbox"),
        WaitingKind::Prekeys => texts.text("outbox-prekeys"),
        WaitingKind::Deletion => texts.text("outbox-deletion"),
        WaitingKind::Closing => texts.text("outbox-closing"),
    };
    let to = match item.to {
        Some(number) => {
            let contact = account.contact(number)?;
            texts.with("outbox-to", &[("name", called(&contact).into())])
        }
        None => String::new(),
    };
    let reason = item
        .failed
        .as_deref()
        .map_or_else(String::new, |code| Failure::failed(code).clause(texts));
    let next = match item.next {
        _ if item.with_courier => texts.text("outbox-next-courier"),
        NextTry::Now => texts.text("outbox-next-now"),
        NextTry::At(moment) => {
            let id = match item.failed.as_deref() {
                Some("mailbox-missing") => "outbox-next-missing",
                _ => "outbox-next-at",
            };
            texts.with(id, &[("time", show.moment(moment).into())])
        }
        NextTry::Never => texts.with("outbox-refused", &[("reason", reason.into())]),
    };
    show.line(
        "outbox-line",
        &[
            ("what", what.into()),
            ("to", to.into()),
            ("done", show.texts().size(item.done).into()),
            ("total", show.texts().size(item.total).into()),
            ("next", next.into()),
        ],
    );
    Ok(())
}

fn waiting_json(item: &Waiting) -> Value {
    let (kind, letter) = match item.kind {
        WaitingKind::Letter(number) => ("letter", Some(number.0)),
        WaitingKind::Mailbox => ("mailbox", None),
        WaitingKind::Prekeys => ("prekeys", None),
        WaitingKind::Deletion => ("deletion", None),
        WaitingKind::Closing => ("closing", None),
    };
    let next = match item.next {
        NextTry::Now => json!("now"),
        NextTry::At(moment) => json!(timestamp(moment)),
        NextTry::Never => json!("never"),
    };
    json!({
        "kind": kind,
        "letter": letter,
        "to": item.to.map(|to| to.0),
        "done": item.done,
        "total": item.total,
        "next": next,
        "failed": item.failed,
        "with_courier": item.with_courier,
    })
}

pub(crate) fn collect(account: &Account, collect: &Collect, show: &Show) -> Result<(), Failure> {
    interrupt::at(Stage::Fetching);
    if collect.watch {
        return wait(watch(account, show));
    }
    wait(async {
        let mut tally = Tally::begin();
        let failures = round(account, &mut tally, true, show).await?;
        // Nothing came and something failed: a script has to see that.
        match failures.into_iter().next() {
            Some(failure) if tally.is_empty() => Err(failure.told()),
            _ => Ok(()),
        }
    })
}

/// Collects until Ctrl-C or SIGTERM, and says then what came. Being stopped is how a watch ends, so that is no failure.
async fn watch(account: &Account, show: &Show) -> Result<(), Failure> {
    let mut tally = Tally::begin();
    let stopped = stop_signal()?;
    interrupt::at(Stage::OwnEnd);
    let ended = tokio::select! {
        biased;
        () = stopped => Ok(()),
        failed = watch_for_ever(account, &mut tally, show) => failed,
    };
    // What was stored when the signal came is told as well.
    tally.tell(account, CollectReport::default(), false, show)?;
    tally.tell_end(show);
    ended
}

async fn watch_for_ever(account: &Account, tally: &mut Tally, show: &Show) -> Result<(), Failure> {
    round(account, tally, true, show).await?;
    show.line("collect-watching", &[]);
    loop {
        {
            let _spinner = Spinner::new(
                show.is_json(),
                &show
                    .texts()
                    .with("progress-watching", &[("count", tally.letters.into())]),
            );
            wait_for_letters(account, show).await;
        }
        round(account, tally, false, show).await?;
    }
}

/// The signals that end a watch: installed before anything is done, so that none is missed.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |_| Failure::failed("runtime");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        // Without a handler the system itself ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Waits for letters; while the relay cannot be reached, in pauses that grow.
async fn wait_for_letters(account: &Account, show: &Show) {
    let mut pause = SHORTEST_PAUSE;
    let mut told = None;
    loop {
        match account.wait_for_letters().await {
            Ok(true) => return,
            Ok(false) => (pause, told) = (SHORTEST_PAUSE, None),
            Err(error) => {
                let failure = Failure::from(error);
                // Said once, not at every attempt of a night without network.
                if told.as_deref() != Some(failure.code()) {
                    show.note(&failure);
                    told = Some(failure.code().to_owned());
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Fetches once, tells what came, and sends what the office answers by itself.
async fn round(
    account: &Account,
    tally: &mut Tally,
    always: bool,
    show: &Show,
) -> Result<Vec<Failure>, Failure> {
    let listener = Listener::new(show);
    let report = account.collect(&listener).await?;
    listener.finish();
    let failures = tally.tell(account, report, always, show)?;
    let sent = account.send(false, &listener).await?;
    listener.finish();
    tally.warn(&sent.warnings, show);
    if sent.letters > 0 {
        show.line("outbox-sent", &[("count", sent.letters.into())]);
    }
    tally.tell_waiting(account, show)?;
    Ok(failures)
}

/// What was told since the command began.
pub(super) struct Tally {
    begun: Instant,
    letters: u64,
    notices: u64,
    warnings: BTreeSet<Warning>,
    /// Letters of which was said that they still wait here.
    waiting: BTreeSet<LetterNumber>,
}

impl Tally {
    pub(super) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            letters: 0,
            notices: 0,
            warnings: BTreeSet::new(),
            waiting: BTreeSet::new(),
        }
    }

    /// Says what a person should know; nothing twice in one command, whoever notices it again.
    fn warn(&mut self, warnings: &[Warning], show: &Show) {
        for warning in warnings {
            if self.warnings.insert(*warning) {
                show.warnings(&[*warning]);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.letters + self.notices == 0
    }

    /// Names the letters that still wait here to be sent; in one command only when they are others than before.
    fn tell_waiting(&mut self, account: &Account, show: &Show) -> Result<(), Failure> {
        let mut items = Vec::new();
        for item in account.outbox()? {
            if let WaitingKind::Letter(number) = item.kind
                && account
                    .letter(number)
                    .is_ok_and(|letter| letter.kind != LetterKind::Status)
            {
                items.push((number, item));
            }
        }
        let waiting: BTreeSet<LetterNumber> = items.iter().map(|(number, _)| *number).collect();
        if waiting == self.waiting {
            return Ok(());
        }
        self.waiting = waiting;
        if items.is_empty() {
            return Ok(());
        }
        show.line("collect-waiting", &[]);
        for (_, item) in &items {
            line(account, item, show)?;
        }
        Ok(())
    }

    /// Tells what a collect brought, and what earlier ones brought and had no time to tell; if there is nothing, only when
    /// `always`.
    fn tell(
        &mut self,
        account: &Account,
        report: CollectReport,
        always: bool,
        show: &Show,
    ) -> Result<Vec<Failure>, Failure> {
        self.tell_with(account, report, always, None, show)
    }

    /// [`Self::tell`], with a further field for programs.
    pub(super) fn tell_with(
        &mut self,
        account: &Account,
        report: CollectReport,
        always: bool,
        more: Option<(&str, Value)>,
        show: &Show,
    ) -> Result<Vec<Failure>, Failure> {
        let news = account.news()?;
        if news.is_empty() && !always {
            return Ok(Vec::new());
        }
        self.warn(&report.warnings, show);
        let failures: Vec<Failure> = report.failures.into_iter().map(Failure::from).collect();
        for failure in &failures {
            show.note(failure);
        }
        if news.is_empty() && failures.is_empty() {
            show.line("collect-none", &[]);
        }
        let letters = self.tell_letters(account, &news, show)?;
        for number in &news.contacts {
            let contact = account.contact(*number)?;
            show.line(
                "collect-contact",
                &[
                    ("name", called(&contact).into()),
                    ("number", number.to_string().into()),
                ],
            );
            warn_of_looks(account, &contact, show)?;
        }
        if report.parked > 0 {
            show.line("collect-parked", &[("count", report.parked.into())]);
        }
        let mut told = json!({
            "letters": letters,
            "contacts": news.contacts.iter().map(|number| number.0).collect::<Vec<_>>(),
            "parked": report.parked,
            "failures": failures.iter().map(Failure::code).collect::<Vec<_>>(),
            "warnings": report.warnings.iter().map(|warning| warning.code()).collect::<Vec<_>>(),
        });
        if let Some((key, value)) = more {
            told[key] = value;
        }
        show.json(&told);
        // Only now, and only if somebody could read it: told twice is better than never.
        if !show::is_output_lost() {
            account.set_told(&news.letters)?;
        }
        Ok(failures)
    }

    /// Shows letters, notices apart from them, and gives them for programs.
    fn tell_letters(
        &mut self,
        account: &Account,
        news: &News,
        show: &Show,
    ) -> Result<Value, Failure> {
        let trusts = Trusts::of(account)?;
        let new: Vec<Letter> = account
            .letters()?
            .into_iter()
            .filter(|letter| news.letters.contains(&letter.number))
            .collect();
        let (notices, letters): (Vec<&Letter>, Vec<&Letter>) =
            new.iter().partition(|letter| letter.notice.is_some());
        for (id, some) in [("collect-new", &letters), ("collect-notices", &notices)] {
            if !some.is_empty() {
                show.line(id, &[("count", some.len().into())]);
            }
            for letter in some {
                show.letter_line(letter, trusts.in_writer(letter));
            }
        }
        self.letters += letters.len() as u64;
        self.notices += notices.len() as u64;
        Ok(new
            .iter()
            .map(|letter| {
                let mut value = letter_json(letter, trusts.in_writer(letter));
                // What a line has told is read with that, here as in the next list.
                value["unread"] = (letter.unread && !letter.is_told_in_a_line()).into();
                value
            })
            .collect())
    }

    fn tell_end(&self, show: &Show) {
        let minutes = self.begun.elapsed().as_secs() / 60;
        show.line(
            "collect-stopped",
            &[
                ("letters", self.letters.into()),
                ("notices", self.notices.into()),
                ("hours", (minutes / 60).to_string().into()),
                ("minutes", format!("{:02}", minutes % 60).into()),
            ],
        );
        show.json(&json!({
            "stopped": true,
            "letters": self.letters,
            "notices": self.notices,
            "seconds": self.begun.elapsed().as_secs(),
        }));
    }
}
