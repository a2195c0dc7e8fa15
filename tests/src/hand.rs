//! How a person works a page: with the mouse only, or with the keyboard only. One journey is walked with both.

use std::time::Instant;

use anyhow::{bail, ensure};

use crate::browser::{APPEAR_LIMIT, Browser};

/// Keys as WebDriver names them.
const ENTER: &str = "\u{e007}";
const TAB: &str = "\u{e004}";
const SPACE: &str = "\u{e00d}";
const HOME: &str = "\u{e011}";
const DOWN: &str = "\u{e015}";
const DELETE: &str = "\u{e017}";
const CONTROL: &str = "\u{e009}";
/// Stops of the tab key after which something is not to be reached: more than any page has.
const STOPS_MAX: usize = 400;

/// What a person has in the hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// A mouse for everything but the text that is typed into a field.
    Mouse,
    /// No mouse.
    Keyboard,
}

impl Hand {
    /// Presses a button or follows a link, and waits for the page that it leads to.
    ///
    /// # Errors
    /// If it cannot be reached, or no page comes.
    pub fn press(self, browser: &Browser, selector: &str) -> anyhow::Result<()> {
        browser.find(selector)?;
        match self {
            Self::Mouse => browser.leave(|it| it.find(selector)?.click()),
            Self::Keyboard => {
                reach(browser, selector)?;
                browser.leave(|it| it.keys(ENTER))
            }
        }
    }

    /// Opens what is folded, or presses what stays on the page.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub fn open(self, browser: &Browser, selector: &str) -> anyhow::Result<()> {
        match self {
            Self::Mouse => browser.find(selector)?.click(),
            Self::Keyboard => {
                reach(browser, selector)?;
                browser.keys(ENTER)
            }
        }
    }

    /// Ticks a box or a ring.
    ///
    /// # Errors
    /// If it cannot be reached or does not take the tick.
    pub fn tick(self, browser: &Browser, selector: &str) -> anyhow::Result<()> {
        match self {
            Self::Mouse => browser.find(selector)?.click()?,
            Self::Keyboard if is_ring(browser, selector)? => {
                // The tab key stops at the chosen ring of a group; arrows go on from there.
                let group = format!("[name='{}']", browser.find(selector)?.property("name")?);
                reach_one_of(browser, &group)?;
                for _ in 0..STOPS_MAX {
                    if browser.find(selector)?.property("checked")? == "true" {
                        break;
                    }
                    browser.keys(DOWN)?;
                }
            }
            Self::Keyboard => {
                reach(browser, selector)?;
                browser.keys(SPACE)?;
            }
        }
        let ticked = browser.find(selector)?.property("checked")?;
        ensure!(ticked == "true", "{selector} was not ticked");
        Ok(())
    }

    /// Types into a field, in place of what stands there.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub fn fill(self, browser: &Browser, selector: &str, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Mouse => browser.find(selector)?.fill(text),
            Self::Keyboard => {
                reach(browser, selector)?;
                browser.chord(CONTROL, "a")?;
                browser.keys(DELETE)?;
                browser.keys(text)
            }
        }
    }

    /// Chooses from a list.
    ///
    /// # Errors
    /// If there is no such choice.
    pub fn choose(self, browser: &Browser, selector: &str, value: &str) -> anyhow::Result<()> {
        match self {
            Self::Mouse => {
                browser
                    .find(&format!("{selector} option[value='{value}']"))?
                    .click()?;
            }
            Self::Keyboard => {
                reach(browser, selector)?;
                browser.keys(HOME)?;
                for _ in 0..STOPS_MAX {
                    if browser.find(selector)?.property("value")? == value {
                        break;
                    }
                    browser.keys(DOWN)?;
                }
            }
        }
        let chosen = browser.find(selector)?.property("value")?;
        ensure!(chosen == value, "{selector} is {chosen}, not {value}");
        Ok(())
    }
}

fn is_ring(browser: &Browser, selector: &str) -> anyhow::Result<bool> {
    Ok(browser.find(selector)?.property("type")? == "radio")
}

/// Goes to something with the tab key, and sees that the focus shows there.
fn reach(browser: &Browser, selector: &str) -> anyhow::Result<()> {
    walk(
        browser,
        selector,
        "return document.activeElement === document.querySelector(arguments[0])",
    )
}

fn reach_one_of(browser: &Browser, selector: &str) -> anyhow::Result<()> {
    walk(
        browser,
        selector,
        "return document.activeElement.matches(arguments[0])",
    )
}

fn walk(browser: &Browser, selector: &str, is_there: &str) -> anyhow::Result<()> {
    browser.find(selector)?;
    let begun = Instant::now();
    let wanted = [selector.into()];
    for _ in 0..STOPS_MAX {
        if browser.run(is_there, &wanted)? == true {
            let shown = browser.run(
                "const it = document.activeElement; const style = getComputedStyle(it);
                 return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2",
                &[],
            )?;
            ensure!(
                shown == true,
                "the focus at {selector} cannot be seen on {} (the page has it: {})",
                browser.address()?,
                browser.run("return document.hasFocus()", &[])?
            );
            return Ok(());
        }
        if begun.elapsed() > APPEAR_LIMIT {
            break;
        }
        browser.keys(TAB)?;
    }
    bail!(
        "the tab key does not reach {selector} on {}",
        browser.address()?
    );
}
