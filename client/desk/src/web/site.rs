//! What all requests share: the open desk, the office's account, what the post is doing.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use tidings_client::{Account, SecretString};
use tidings_protocol::language::Language;

use super::{
    guard::Names,
    mailbags::forget_broken_off,
    once::Once,
    preview::Preview,
    refusal::Refusal,
    rounds::Rounds,
    serve::{Start, StartError},
    show,
    visit::{Standing, Visit, random_text},
    watch::Trouble,
    workshop::Workshop,
};
use tidings_lists::Sheet;

use crate::{Actor, Desk, Error, Settings};

/// The served desk. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Site(Arc<Shared>);

struct Shared {
    home: PathBuf,
    passphrase: SecretString,
    names: Names,
    fingerprint: Option<String>,
    language: Option<Language>,
    /// What the first-run page asks for, so that nobody else on the machine sets up the desk.
    code: String,
    open: RwLock<Option<Open>>,
    /// One first run at a time.
    founding: tokio::sync::Mutex<()>,
    recent: Mutex<HashMap<[u8; 32], (Instant, Actor)>>,
    kept: Mutex<HashMap<[u8; 32], String>>,
    lists: Mutex<HashMap<[u8; 32], Arc<Sheet>>>,
    previews: Mutex<HashMap<[u8; 32], Arc<Preview>>>,
    once: Once,
    /// Whoever takes parts of mailbags out of their folder.
    unpacking: tokio::sync::Mutex<()>,
}

/// An office at work.
#[derive(Clone)]
struct Open {
    desk: Arc<Desk>,
    account: Arc<Account>,
    rounds: Arc<Rounds>,
    workshop: Arc<Workshop>,
    settings: Settings,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Site(…)")
    }
}

/// Bytes of typed text that are kept for a locked session.
const KEPT_MAX: usize = 262_144;
/// How long pages of a preview are kept: while their pictures load, and while somebody scrolls.
const PREVIEW_KEPT: Duration = Duration::from_secs(300);

impl Site {
    /// Opens the desk of `start`, if there is one yet.
    pub(crate) async fn open(
        start: Start,
        names: Names,
        fingerprint: Option<String>,
    ) -> Result<Self, StartError> {
        let code = random_text().map_err(|_| StartError::Desk(Error::NoRandomness))?;
        let site = Self(Arc::new(Shared {
            home: start.home,
            passphrase: start.passphrase,
            names,
            fingerprint,
            language: start.language,
            code: code.chars().take(16).collect(),
            open: RwLock::new(None),
            founding: tokio::sync::Mutex::new(()),
            recent: Mutex::default(),
            kept: Mutex::default(),
            lists: Mutex::default(),
            previews: Mutex::default(),
            once: Once::default(),
            unpacking: tokio::sync::Mutex::default(),
        }));
        crate::backup::archive::tidy(&site.0.home);
        forget_broken_off(&site.0.home);
        if Desk::exists(&site.0.home) {
            let opening = site.clone();
            let opened = tokio::task::spawn_blocking(move || -> Result<(), Error> {
                let shared = &opening.0;
                let desk = Desk::open(&shared.home, &shared.passphrase, show::now())?;
                let account = Account::open(&shared.home, &shared.passphrase)?;
                opening.begin_work(desk, account)
            });
            match opened.await {
                Ok(opened) => opened?,
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        }
        Ok(site)
    }

    /// From here on the office is at work: its post goes round.
    pub(crate) fn begin_work(&self, desk: Desk, account: Account) -> Result<(), Error> {
        let (desk, account) = (Arc::new(desk), Arc::new(account));
        let settings = desk.settings()?;
        let rounds = Arc::new(Rounds::begin(Arc::clone(&desk), Arc::clone(&account)));
        let workshop = Arc::new(Workshop::begin(Arc::clone(&desk), Arc::clone(&rounds)));
        let open = Open {
            desk,
            account,
            rounds,
            workshop,
            settings,
        };
        *self.0.open.write().unwrap_or_else(PoisonError::into_inner) = Some(open);
        Ok(())
    }

    fn opened(&self) -> Option<Open> {
        let open = self.0.open.read().unwrap_or_else(PoisonError::into_inner);
        open.clone()
    }

    /// The open desk; none before the first run.
    pub(crate) fn desk(&self) -> Option<Arc<Desk>> {
        self.opened().map(|open| open.desk)
    }

    /// What collects and sends.
    pub(crate) fn rounds(&self) -> Option<Arc<Rounds>> {
        self.opened().map(|open| open.rounds)
    }

    /// What is wrong with the folder of scans.
    pub(crate) fn scan_troubles(&self) -> Vec<(Trouble, String)> {
        self.opened()
            .map_or_else(Vec::new, |open| open.workshop.troubles())
    }

    /// Tells the workshop that there is something to print or to read.
    pub(crate) fn ring(&self) {
        if let Some(open) = self.opened() {
            open.workshop.ring();
        }
    }

    /// Forms that were sent a short time ago, and what came of them.
    pub(crate) fn once(&self) -> &Once {
        &self.0.once
    }

    /// Folder of the desk.
    pub(crate) fn home(&self) -> &std::path::Path {
        &self.0.home
    }

    /// What opens desk and account.
    pub(crate) fn passphrase(&self) -> &SecretString {
        &self.0.passphrase
    }

    /// Held by whoever takes parts of mailbags out of their folder: one person after the other.
    pub(crate) async fn unpacking(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.unpacking.lock().await
    }

    /// Names and address.
    pub(crate) fn names(&self) -> &Names {
        &self.0.names
    }

    /// SHA-256 of the certificate.
    pub(crate) fn fingerprint(&self) -> Option<&str> {
        self.0.fingerprint.as_deref()
    }

    /// Language for whoever has not chosen one.
    pub(crate) fn language(&self) -> Option<Language> {
        self.0.language
    }

    /// Whether `code` is the one that was shown at the terminal.
    pub(crate) fn is_founder(&self, code: &str) -> bool {
        use subtle::ConstantTimeEq;
        self.0.code.as_bytes().ct_eq(code.as_bytes()).into()
    }

    /// The code that the first-run page asks for.
    pub(crate) fn founding_code(&self) -> &str {
        &self.0.code
    }

    /// Held while a first run is made into a desk.
    pub(crate) async fn founding(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.founding.lock().await
    }

    /// What to open in a browser.
    pub(crate) fn first_address(&self) -> String {
        let names = self.names();
        let scheme = if names.is_https { "https" } else { "http" };
        let at = if names.listen.ip().is_unspecified() {
            format!("{scheme}://localhost:{}/", names.listen.port())
        } else {
            format!("{scheme}://{}/", names.listen)
        };
        match self.desk() {
            Some(_) => at,
            None => format!("{at}begin?code={}", self.0.code),
        }
    }

    /// Name of the office, or of the program while there is none.
    pub(crate) fn office_name(&self) -> String {
        self.opened()
            .map_or_else(|| "Tidings".to_owned(), |open| open.settings.name)
    }

    /// Seconds without use after which a page locks itself.
    pub(crate) fn idle_seconds(&self) -> u64 {
        self.opened()
            .map_or(0, |open| u64::from(open.settings.idle_seconds))
    }

    /// Reads the settings anew, after they were changed.
    pub(crate) fn refresh(&self) -> Result<(), Error> {
        let mut open = self.0.open.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = open.as_mut() {
            open.settings = open.desk.settings()?;
        }
        Ok(())
    }

    /// Runs what waits for the disk or stretches a password on a thread that may wait.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            // The panic has been told on standard error; the page says that the desk is broken.
            Err(_) => Err(Refusal::Broken),
        }
    }

    /// Asks the desk on a thread that may wait.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Refusal> {
        let desk = self.desk().ok_or(Refusal::NotBegun)?;
        self.blocking(move || Ok(work(&desk)?)).await
    }

    /// Asks the desk and the account.
    pub(crate) async fn ask_both<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk, &Account) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Refusal> {
        let open = self.opened().ok_or(Refusal::NotBegun)?;
        self.blocking(move || Ok(work(&open.desk, &open.account)?))
            .await
    }

    /// Remembers that a session was used now.
    pub(crate) fn remember(&self, session: &str, actor: &Actor) {
        let idle = Duration::from_secs(self.idle_seconds());
        let mut recent = held(&self.0.recent);
        recent.retain(|_, (at, _)| at.elapsed() < idle);
        recent.insert(key(session), (Instant::now(), actor.clone()));
    }

    /// Who used a session within the idle time.
    pub(crate) fn recent(&self, session: &str) -> Option<Actor> {
        let idle = Duration::from_secs(self.idle_seconds());
        let recent = held(&self.0.recent);
        recent
            .get(&key(session))
            .filter(|(at, _)| at.elapsed() < idle)
            .map(|(_, actor)| actor.clone())
    }

    /// The session is locked or over: nothing is shown to it any more.
    pub(crate) fn forget(&self, session: &str) {
        held(&self.0.recent).remove(&key(session));
        held(&self.0.lists).remove(&key(session));
        held(&self.0.previews).remove(&key(session));
    }

    /// Every session is locked.
    pub(crate) fn forget_all(&self) {
        held(&self.0.recent).clear();
        held(&self.0.previews).clear();
    }

    /// Keeps what was typed on a page that is being locked.
    pub(crate) fn keep(&self, session: &str, typed: &str) {
        if !typed.is_empty() && typed.len() <= KEPT_MAX {
            held(&self.0.kept).insert(key(session), typed.to_owned());
        }
    }

    /// What was typed before the lock, once, for the page that is shown first.
    pub(crate) fn take_kept(&self, visit: &Visit) -> Option<String> {
        match &visit.standing {
            Standing::Inside(inside) => held(&self.0.kept).remove(&key(inside.token.expose())),
            _ => None,
        }
    }

    /// Keeps a list between its upload and the choice of its columns; one for each session.
    pub(crate) fn keep_list(&self, session: &str, sheet: Sheet) {
        held(&self.0.lists).insert(key(session), Arc::new(sheet));
    }

    /// The list that was kept.
    pub(crate) fn kept_list(&self, session: &str) -> Option<Arc<Sheet>> {
        held(&self.0.lists).get(&key(session)).cloned()
    }

    /// The list was taken over.
    pub(crate) fn forget_list(&self, session: &str) {
        held(&self.0.lists).remove(&key(session));
    }

    /// Keeps the pages of a letter while a browser asks for them one by one; one letter for each session.
    pub(crate) fn keep_preview(&self, session: &str, preview: Arc<Preview>) {
        let mut previews = held(&self.0.previews);
        previews.retain(|_, kept| kept.set.elapsed() < PREVIEW_KEPT);
        previews.insert(key(session), preview);
    }

    /// The pages that were kept.
    pub(crate) fn kept_preview(&self, session: &str) -> Option<Arc<Preview>> {
        let previews = held(&self.0.previews);
        previews
            .get(&key(session))
            .filter(|kept| kept.set.elapsed() < PREVIEW_KEPT)
            .cloned()
    }

    /// Tells post and workshop to end.
    pub(crate) fn stop(&self) {
        if let Some(open) = self.opened() {
            open.rounds.stop();
            open.workshop.stop();
        }
    }

    /// Waits until both have ended.
    pub(crate) async fn rest(&self) {
        if let Some(open) = self.opened() {
            open.rounds.rest().await;
            open.workshop.rest().await;
        }
    }
}

fn key(session: &str) -> [u8; 32] {
    Sha256::digest(session.as_bytes()).into()
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
