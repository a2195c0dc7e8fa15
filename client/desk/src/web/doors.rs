//! The doors: the first run, signing in, the lock, one's own account.

mod account;
mod first_run;
mod second_factor;
mod sign_in;

use super::routes::{Need, Routes};

pub(crate) use first_run::restore_refused;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/begin", Need::Nothing, first_run::show)
        .post("/begin", Need::Nothing, first_run::begin)
        .get("/sign-in", Need::Nothing, sign_in::show)
        .post("/sign-in", Need::Nothing, sign_in::sign_in)
        .get("/unlock", Need::Nothing, sign_in::show_unlock)
        .post("/unlock", Need::Nothing, sign_in::unlock)
        .post("/lock", Need::Entered, sign_in::lock)
        .post("/lock-office", Need::Entered, sign_in::lock_office)
        .post("/sign-out", Need::Nothing, sign_in::sign_out)
        .post("/language", Need::Nothing, sign_in::choose_language)
        .post("/awake", Need::Entered, sign_in::awake)
        .get("/account", Need::Entered, account::show)
        .post("/account/password", Need::Entered, account::change_password)
        .get("/account/second-factor", Need::Entered, second_factor::show)
        .post(
            "/account/second-factor",
            Need::Entered,
            second_factor::begin,
        )
        .post(
            "/account/second-factor/prove",
            Need::Entered,
            second_factor::prove,
        )
        .post("/account/recovery", Need::Entered, second_factor::renew)
}
