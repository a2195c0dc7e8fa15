//! Ctrl-C: one line that says what is kept, the terminal as it was found, exit status 130 (143 after SIGTERM).
//!
//! A thread waits for the signal. It ends the process without unwinding, as `kill -9` might at any moment: nothing that is
//! kept depends on a good end. What it says depends on [`Stage`], which the commands set as they go.

use std::sync::{Condvar, Mutex, PoisonError};

use tidings_client::LetterNumber;

/// What a command is about, as far as it matters to whoever interrupts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Something is asked or read; nothing was changed and nothing sent.
    Nothing,
    /// An account is being made.
    Founding,
    /// It is made; its relay is being told.
    Founded,
    /// A letter is being put together.
    Composing,
    /// It is kept, and on its way.
    Letter(LetterNumber),
    /// What waits is being sent.
    Sending,
    /// Letters are being fetched.
    Fetching,
    /// Enclosures are being written to a folder of the person.
    Saving,
    /// A mailbag is being written.
    Packing,
    /// A mailbag is being read.
    Unpacking,
    /// A mailbag is being left at relays.
    Delivering,
    /// Ends by itself soon, or ends itself in good order when it is told to.
    OwnEnd,
}

static STAGE: Mutex<Stage> = Mutex::new(Stage::Nothing);
static MOVED_ON: Condvar = Condvar::new();

/// From here on an interruption means this.
pub(crate) fn at(stage: Stage) {
    *STAGE.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    MOVED_ON.notify_all();
}

#[cfg(unix)]
pub(crate) use self::unix::listen;

/// Without signals the system ends the process by itself.
#[cfg(not(unix))]
pub(crate) fn listen(_show: crate::show::Show) {}

#[cfg(unix)]
mod unix {
    use std::{
        fs::File,
        io::IsTerminal as _,
        sync::{Arc, PoisonError, atomic::AtomicBool},
        thread,
        time::Duration,
    };

    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        flag,
        iterator::Signals,
        low_level,
    };

    use super::{MOVED_ON, STAGE, Stage};
    use crate::{failure::Failure, show::Show};

    /// How long a person waits at most to be told for certain what is kept.
    const PATIENCE: Duration = Duration::from_secs(3);
    /// What shells add to the number of a signal that ended a program.
    const EXIT_SIGNAL: u8 = 128;

    /// Waits for signals until the process ends. Where none can be waited for, the system ends the process by itself.
    pub(crate) fn listen(show: Show) {
        let terminal = Terminal::remember();
        // Whoever asks twice does not want to wait for anything.
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let status = i32::from(EXIT_SIGNAL) + signal;
            let _ = flag::register_conditional_shutdown(signal, status, Arc::clone(&asked));
            let _ = flag::register(signal, Arc::clone(&asked));
        }
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
            return;
        };
        thread::spawn(move || {
            for signal in signals.forever() {
                let Some(failure) = failure_of(settled()) else {
                    continue;
                };
                let exit = EXIT_SIGNAL.saturating_add(u8::try_from(signal).unwrap_or(0));
                if let Some(terminal) = &terminal {
                    terminal.restore();
                }
                if std::io::stderr().is_terminal() {
                    // Behind `^C`, a question or a bar.
                    eprintln!();
                }
                let exit = failure.exiting(exit).show(&show);
                low_level::exit(i32::from(exit));
            }
        });
    }

    /// The stage, once it is one of which something certain can be said, or patience has run out.
    fn settled() -> Stage {
        let stage = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = MOVED_ON.wait_timeout_while(stage, PATIENCE, |stage| {
            matches!(stage, Stage::Founding | Stage::Composing)
        });
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// What is said; nothing of what ends by itself.
    fn failure_of(stage: Stage) -> Option<Failure> {
        Some(match stage {
            Stage::Nothing => Failure::failed("interrupted"),
            Stage::Founding => Failure::failed("interrupted-founding"),
            Stage::Founded => Failure::failed("interrupted-founded"),
            Stage::Composing => Failure::failed("interrupted-composing"),
            Stage::Letter(number) => {
                Failure::failed("interrupted-letter").with("number", number.to_string())
            }
            Stage::Sending => Failure::failed("interrupted-sending"),
            Stage::Fetching => Failure::failed("interrupted-fetching"),
            Stage::Saving => Failure::failed("interrupted-saving"),
            Stage::Packing => Failure::failed("interrupted-packing"),
            Stage::Delivering => Failure::failed("interrupted-delivering"),
            Stage::Unpacking => Failure::failed("interrupted-unpacking"),
            Stage::OwnEnd => return None,
        })
    }

    /// The terminal as it was before anybody switched its echo off to ask for a passphrase.
    struct Terminal(File, Termios);

    impl Terminal {
        fn remember() -> Option<Self> {
            let file = File::open("/dev/tty").ok()?;
            let found = tcgetattr(&file).ok()?;
            Some(Self(file, found))
        }

        fn restore(&self) {
            // Nobody is left to tell if the terminal is gone.
            let _ = tcsetattr(&self.0, OptionalActions::Now, &self.1);
        }
    }
}
