//! Fields of a form or of an address, in the order in which they were sent.

use std::{convert::Infallible, fmt, sync::Arc};

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};

/// What a form held. Nothing of it is shown by `Debug`: passwords are among it.
#[derive(Clone, Default)]
pub(crate) struct Fields(Arc<Vec<(String, String)>>);

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.0.len())
    }
}

impl Fields {
    /// Reads `application/x-www-form-urlencoded`; what does not read is not there.
    pub(crate) fn read(body: &[u8]) -> Self {
        Self(Arc::new(
            form_urlencoded::parse(body).into_owned().collect(),
        ))
    }

    /// Fields that were read elsewhere.
    pub(crate) fn new(fields: Vec<(String, String)>) -> Self {
        Self(Arc::new(fields))
    }

    /// The first value of this name; empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The first value of this name without blanks around it; `None` if that is nothing.
    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|value| !value.is_empty())
    }

    /// Every value of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether there is a field of this name: a ticked box.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A number, if it is one.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).trim().parse().ok()
    }

    /// Names and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The same as the query of an address, with one field changed or, with an empty value, left out.
    pub(crate) fn query_with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, kept) in self.iter() {
            if key != name && !kept.is_empty() {
                query.append_pair(key, kept);
            }
        }
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

/// Of a `POST`: what [`super::guard::check_token`] has read. Of a `GET`: the query.
impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        if let Some(fields) = parts.extensions.get::<Self>() {
            return Ok(fields.clone());
        }
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        Ok(Self::new(
            query.map_or_else(|_| Vec::new(), |Query(fields)| fields),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_doubles() {
        let fields =
            Fields::read("letter=3&letter=5&name=%D0%9E%D0%BB%D1%8F+%D0%9A&empty=".as_bytes());
        assert_eq!(fields.all("letter").collect::<Vec<_>>(), ["3", "5"]);
        assert_eq!(fields.get("name"), "Оля К");
        assert_eq!(fields.some("empty"), None);
        assert!(fields.has("empty") && !fields.has("none"));
        assert_eq!(fields.number::<u64>("letter"), Some(3));
        assert_eq!(fields.number::<u64>("name"), None);
    }

    #[test]
    fn a_query_is_changed_in_one_field() {
        let fields = Fields::read(b"find=a%26b&page=2&state=");
        assert_eq!(fields.query_with("page", "3"), "find=a%26b&page=3");
        assert_eq!(fields.query_with("page", ""), "find=a%26b");
    }
}
