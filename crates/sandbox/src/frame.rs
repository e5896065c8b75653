//! Frames on the wire between host and guest. [`crate::Party`] describes the protocol.

use std::fmt;

const HEADER: usize = 5;

/// What the host sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToGuest {
    Request = 0,
    Reply = 1,
    Abort = 2,
}

/// What a guest sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FromGuest {
    Answer(Vec<u8>),
    Call(Vec<u8>),
}

/// What a guest sent is not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breach {
    Oversized { len: u32, cap: u32 },
    Kind(u8),
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oversized { len, cap } => write!(f, "frame of {len} bytes, the cap is {cap}"),
            Self::Kind(kind) => write!(f, "frame of unknown kind {kind}"),
        }
    }
}

/// The bytes of one frame. `None` if the payload is longer than a frame can say.
pub(crate) fn encode(kind: ToGuest, payload: &[u8]) -> Option<Vec<u8>> {
    let len = u32::try_from(payload.len()).ok()?;
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.push(kind as u8);
    bytes.extend_from_slice(payload);
    Some(bytes)
}

/// Cuts what a guest sends into frames. Holds at most one frame and what arrived in the same turn.
#[derive(Debug)]
pub(crate) struct FrameReader {
    arrived: Vec<u8>,
    cap: u32,
}

impl FrameReader {
    /// A reader of frames whose payload has at most `cap` bytes.
    pub(crate) fn new(cap: u32) -> Self {
        Self { arrived: Vec::new(), cap }
    }

    /// Takes bytes as they arrive.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.arrived.extend_from_slice(bytes);
    }

    /// Whether anything arrived that is not consumed.
    pub(crate) fn is_empty(&self) -> bool {
        self.arrived.is_empty()
    }

    /// The next frame, or `None` until it is complete. A breach is found as soon as its header is there.
    pub(crate) fn next(&mut self) -> Result<Option<FromGuest>, Breach> {
        let Some((&[a, b, c, d, kind], rest)) = self.arrived.split_first_chunk::<HEADER>() else { return Ok(None) };
        let len = u32::from_le_bytes([a, b, c, d]);
        let frame: fn(Vec<u8>) -> FromGuest = match kind {
            0 => FromGuest::Answer,
            1 => FromGuest::Call,
            unknown => return Err(Breach::Kind(unknown)),
        };
        if len > self.cap {
            return Err(Breach::Oversized { len, cap: self.cap });
        }
        let Some(payload) = rest.get(..len as usize) else { return Ok(None) };
        let payload = payload.to_vec();
        self.arrived.drain(..HEADER + payload.len());
        Ok(Some(frame(payload)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wire(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = encode(ToGuest::Request, payload).unwrap();
        bytes[4] = kind;
        bytes
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &Result<Option<FromGuest>, Breach>) {
        let mut reader = FrameReader::new(4);
        reader.push(bytes);
        assert_eq!(&reader.next(), expected);
    }

    #[test]
    fn a_frame_is_read_once_complete_and_refused_by_its_header() {
        check(b"", &Ok(None));
        check(&[3, 0, 0, 0], &Ok(None));
        check(&[3, 0, 0, 0, 0, b'a', b'b'], &Ok(None));
        check(&[3, 0, 0, 0, 0, b'a', b'b', b'c'], &Ok(Some(FromGuest::Answer(b"abc".to_vec()))));
        check(&[0, 0, 0, 0, 1], &Ok(Some(FromGuest::Call(Vec::new()))));
        check(&[5, 0, 0, 0, 0], &Err(Breach::Oversized { len: 5, cap: 4 }));
        check(&[0, 0, 0, 0, 2], &Err(Breach::Kind(2)));
    }

    proptest! {
        #[test]
        fn frames_do_not_depend_on_how_their_bytes_arrive(
            frames in prop::collection::vec((0u8..2, prop::collection::vec(any::<u8>(), 0..20)), 0..6),
            step in 1usize..9,
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(|(kind, payload)| wire(*kind, payload)).collect();
            let mut reader = FrameReader::new(64);
            let mut read = Vec::new();
            for piece in bytes.chunks(step) {
                reader.push(piece);
                while let Some(frame) = reader.next().unwrap() {
                    read.push(match frame {
                        FromGuest::Answer(payload) => (0, payload),
                        FromGuest::Call(payload) => (1, payload),
                    });
                }
            }
            prop_assert_eq!(read, frames);
            prop_assert!(reader.is_empty());
        }
    }
}
