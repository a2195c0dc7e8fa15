//! The table of routes: no page can be added without saying who may open it.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    handler::Handler,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing,
};

use super::{Site, guard, refusal::Refusal, visit::Visit};
use crate::Action;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Everybody, signed in or not.
    Nothing,
    /// Every operator who is signed in and not locked, also one who has yet to set up the second factor on which the office
    /// insists: the own account.
    Entered,
    /// Every operator who is signed in and not locked.
    Signed,
    /// Operators whose roles may do one of these.
    May(&'static [Action]),
}

/// One line of the table of routes.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// As axum writes it: `/letters/{number}`.
    pub path: &'static str,
    /// Who may use it.
    pub need: Need,
    /// Whether it takes files.
    pub takes_files: bool,
}

/// Routes while they are gathered from the rooms.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Site>,
    table: Vec<Route>,
}

impl Routes {
    /// A page that is looked at and changes nothing.
    pub(crate) fn get<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        let handler = routing::get(handler).layer(from_fn(move |request: Request, next: Next| {
            allow(need, request, next)
        }));
        self.with(
            Route {
                method: "GET",
                path,
                need,
                takes_files: false,
            },
            handler,
        )
    }

    /// A form that is sent: its token is checked before the handler sees anything.
    pub(crate) fn post<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        let handler = routing::post(handler)
            .layer(from_fn(guard::check_token))
            .layer(from_fn(move |request: Request, next: Next| {
                allow(need, request, next)
            }));
        self.with(
            Route {
                method: "POST",
                path,
                need,
                takes_files: false,
            },
            handler,
        )
    }

    /// A form with files, of at most `limit` bytes. Its token is checked by [`super::upload::Upload`], which is the only way
    /// to read it.
    pub(crate) fn upload<H, T>(
        self,
        path: &'static str,
        need: Need,
        limit: usize,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        let handler = routing::post(handler)
            .layer(DefaultBodyLimit::max(limit))
            .layer(from_fn(move |request: Request, next: Next| {
                allow(need, request, next)
            }));
        self.with(
            Route {
                method: "POST",
                path,
                need,
                takes_files: true,
            },
            handler,
        )
    }

    fn with(mut self, route: Route, handler: routing::MethodRouter<Site>) -> Self {
        self.router = self.router.route(route.path, handler);
        self.table.push(route);
        self
    }

    /// The routes of a room as well.
    pub(crate) fn room(self, add: impl FnOnce(Self) -> Self) -> Self {
        add(self)
    }

    /// What axum serves.
    pub(crate) fn into_router(self) -> Router<Site> {
        self.router
    }

    /// The table.
    pub(crate) fn into_table(self) -> Vec<Route> {
        self.table
    }
}

async fn allow(need: Need, request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Visit>() else {
        return Refusal::Broken.into_response();
    };
    match visit.may_use(need) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}
