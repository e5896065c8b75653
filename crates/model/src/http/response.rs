//! A response that came whole, unpacked.

use crate::failure::Kind;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::io::Read as _;
use std::time::Duration;

/// The longest body that is read, before and after it is unpacked.
pub(super) const MAX_BODY_BYTES: usize = 64 << 20;
/// What every gzipped body begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A response that came whole.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content_type: String,
    /// How its body is packed, in the header's words.
    pub(super) encoding: String,
    pub(super) body: Vec<u8>,
    /// How long its headers ask to wait, should it be a refusal.
    pub(super) retry_after: Option<Duration>,
}

impl Response {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Makes the body what it was before it was packed. Nobody asked for that, but some servers and proxies do it all
    /// the same.
    pub(super) fn unpack(&mut self) -> Result<(), (Kind, String)> {
        let most = MAX_BODY_BYTES as u64;
        let mut body = Vec::new();
        let read = match self.encoding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" if !self.body.starts_with(&GZIP) => return Ok(()),
            "" | "identity" | "gzip" | "x-gzip" => {
                MultiGzDecoder::new(self.body.as_slice()).take(most).read_to_end(&mut body)
            }
            "deflate" => ZlibDecoder::new(self.body.as_slice()).take(most).read_to_end(&mut body),
            other => return Err((Kind::Foreign, format!("it is packed as `{other}`, which was not asked for"))),
        };
        read.map_err(|error| (Kind::Garbled, format!("it cannot be unpacked: {error}")))?;
        self.body = body;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use std::io::Write as _;

    fn response(encoding: &str, body: Vec<u8>) -> Response {
        Response { status: 200, content_type: String::new(), encoding: encoding.to_owned(), body, retry_after: None }
    }

    #[test]
    fn packed_bodies_are_unpacked_also_where_the_header_does_not_say_so() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(b"{}").unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(b"{}").unwrap();
        let zlib = zlib.finish().unwrap();
        for (encoding, body) in [("", b"{}".to_vec()), ("gzip", gzip.clone()), ("", gzip.clone()), ("Deflate", zlib)] {
            let mut response = response(encoding, body);
            response.unpack().unwrap();
            assert_eq!(response.body, b"{}", "{encoding}");
        }
        assert_eq!(response("gzip", gzip[..gzip.len() - 9].to_vec()).unpack().unwrap_err().0, Kind::Garbled);
        assert_eq!(response("br", b"x".to_vec()).unpack().unwrap_err().0, Kind::Foreign);
    }
}
