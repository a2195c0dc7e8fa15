//! Bars for transfers that take longer than a second, on a terminal only.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A transfer faster than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The bar of one transfer after another.
#[derive(Debug)]
pub(crate) struct Bar {
    shown: bool,
    started: Instant,
    label: String,
    bar: Option<ProgressBar>,
}

impl Bar {
    /// `quiet` for JSON output; nothing is shown where there is no terminal.
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            shown: !quiet && std::io::stderr().is_terminal(),
            started: Instant::now(),
            label: String::new(),
            bar: None,
        }
    }

    /// `done` of `total` bytes of the transfer `label`.
    pub(crate) fn advance(&mut self, label: &str, done: u64, total: u64) {
        if !self.shown {
            return;
        }
        if self.label != label {
            self.finish();
            label.clone_into(&mut self.label);
            self.started = Instant::now();
        }
        if self.bar.is_none() && self.started.elapsed() >= PATIENCE {
            self.bar = Some(bar(label, total));
        }
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(done);
        }
    }

    /// Takes the bar off the screen.
    pub(crate) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// A sign of life while nothing happens, on a terminal only; gone when dropped.
#[derive(Debug)]
pub(crate) struct Spinner(Option<ProgressBar>);

impl Spinner {
    pub(crate) fn new(quiet: bool, label: &str) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let spinner = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {msg}  {elapsed}");
        spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        spinner.set_message(label.to_owned());
        spinner.enable_steady_tick(Duration::from_millis(250));
        Self(Some(spinner))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(spinner) = &self.0 {
            spinner.finish_and_clear();
        }
    }
}

fn bar(label: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(
        "{msg} {bar:30} {binary_bytes} / {binary_total_bytes}  {binary_bytes_per_sec}  {eta}",
    );
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(label.to_owned());
    bar
}
