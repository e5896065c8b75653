//! Text by digest: an event names a text, the journal stores its body once.

use crate::Digest;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A text known by its digest, with the body where it was loaded.
///
/// Serialized as the digest alone. Metrics read journals without bodies; whoever needs the words asks
/// for [`Text::body`] and says what it does when they are not there.
#[derive(Debug, Clone)]
pub struct Text {
    digest: Digest,
    body: Option<Arc<str>>,
}

impl Text {
    /// A text with its body.
    pub fn new(body: impl Into<Arc<str>>) -> Self {
        let body = body.into();
        Self { digest: Digest::of(body.as_bytes()), body: Some(body) }
    }

    /// Digest of the UTF-8 bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The words, or `None` if this text was read without bodies.
    pub fn body(&self) -> Option<&Arc<str>> {
        self.body.as_ref()
    }

    /// Puts a body in place. Returns whether it is the text that the digest names; if not, nothing changes.
    pub fn restore(&mut self, body: &Arc<str>) -> bool {
        let matches = Digest::of(body.as_bytes()) == self.digest;
        if matches {
            self.body = Some(Arc::clone(body));
        }
        matches
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Text {}

impl Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.digest.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { digest: Digest::deserialize(deserializer)?, body: None })
    }
}
