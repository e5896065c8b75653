//! Texts out of a Python pickle, without unpickling.
//!
//! A pickle is a program for a machine that can import and call anything. Nothing of it is executed here: the few
//! instructions of which a pickled text is made are recognised, and any other is an error that names it. So whatever
//! is read stands in the file as it is, and a hostile pickle is refused at its first instruction that is not a text.
//!
//! Data sets pack such pickles by zlib and base 64: see [`unpacked`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use std::collections::BTreeMap;
use std::io::Read as _;

/// The most that a packed text may unpack to, in bytes: a few bytes can name any number of them.
const MOST_BYTES: u64 = 1 << 30;

/// What a pickle may hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pickled {
    /// A text.
    Text(String),
    /// A dict of texts.
    Texts(BTreeMap<String, String>),
}

/// What `base64(zlib(pickle(...)))` holds. The error says why it holds nothing.
pub(crate) fn unpacked(packed: &str) -> Result<Pickled, String> {
    let letters: Vec<u8> = packed.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let packed = STANDARD.decode(letters).map_err(|error| format!("is not base 64: {error}"))?;
    let mut bytes = Vec::new();
    let read = ZlibDecoder::new(packed.as_slice()).take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("is not packed by zlib: {error}"))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("unpacks to more than {MOST_BYTES} bytes"));
    }
    texts(&bytes)
}

/// The text or the dict of texts that a pickle holds, whatever its protocol from 1 on.
pub(crate) fn texts(pickle: &[u8]) -> Result<Pickled, String> {
    let mut reader = Reader { pickle, at: 0 };
    let found = if reader.next_is(b'}')? {
        reader.at += 1;
        reader.memo()?;
        Pickled::Texts(reader.pairs()?)
    } else {
        Pickled::Text(reader.text()?)
    };
    match reader.instruction()? {
        b'.' if reader.at == pickle.len() => Ok(found),
        b'.' => Err(format!("a pickle that goes on after its end at byte {}", reader.at)),
        other => Err(reader.refused(other)),
    }
}

struct Reader<'a> {
    pickle: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// The next byte, behind marks that say nothing of the value: the protocol, and where a frame begins.
    fn peek(&mut self) -> Result<u8, String> {
        loop {
            match self.pickle.get(self.at) {
                Some(0x80) => {
                    let protocol = *self.pickle.get(self.at + 1).ok_or_else(|| self.cut())?;
                    if self.at > 0 || protocol > 5 {
                        return Err(self.refused(0x80));
                    }
                    self.at += 2;
                }
                Some(0x95) if self.pickle.len() - self.at > 8 => self.at += 9,
                Some(byte) => return Ok(*byte),
                None => return Err(self.cut()),
            }
        }
    }

    fn next_is(&mut self, wanted: u8) -> Result<bool, String> {
        Ok(self.peek()? == wanted)
    }

    fn instruction(&mut self) -> Result<u8, String> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    /// A number of so many bytes, the least first.
    fn number(&mut self, bytes: usize) -> Result<usize, String> {
        let end = self.at.checked_add(bytes).filter(|end| *end <= self.pickle.len()).ok_or_else(|| self.cut())?;
        let number = self.pickle[self.at..end]
            .iter()
            .rev()
            .try_fold(0usize, |sum, byte| sum.checked_mul(256).and_then(|sum| sum.checked_add(usize::from(*byte))));
        self.at = end;
        number.ok_or_else(|| self.cut())
    }

    /// A text, and that it is remembered.
    fn text(&mut self) -> Result<String, String> {
        let length = match self.instruction()? {
            0x8c => self.number(1)?,
            b'X' => self.number(4)?,
            0x8d => self.number(8)?,
            other => return Err(self.refused(other)),
        };
        let end = self.at.checked_add(length).filter(|end| *end <= self.pickle.len()).ok_or_else(|| self.cut())?;
        let text = std::str::from_utf8(&self.pickle[self.at..end])
            .map_err(|error| format!("a pickled text is not UTF-8 at byte {}", self.at + error.valid_up_to()))?
            .to_owned();
        self.at = end;
        self.memo()?;
        Ok(text)
    }

    /// Steps over the instructions that remember a value under a number: nothing here asks for one.
    fn memo(&mut self) -> Result<(), String> {
        loop {
            let bytes = match self.pickle.get(self.at) {
                // A long text stands outside of frames, so that the next one begins behind it.
                Some(0x95) if self.pickle.len() - self.at > 8 => {
                    self.at += 9;
                    continue;
                }
                Some(0x94) => 0,
                Some(b'q') => 1,
                Some(b'r') => 4,
                _ => return Ok(()),
            };
            self.at += 1;
            self.number(bytes)?;
        }
    }

    /// The pairs of a dict, set one by one or all at once.
    fn pairs(&mut self) -> Result<BTreeMap<String, String>, String> {
        let mut pairs = BTreeMap::new();
        loop {
            match self.peek()? {
                b'(' => {
                    self.at += 1;
                    while !self.next_is(b'u')? {
                        let key = self.text()?;
                        pairs.insert(key, self.text()?);
                    }
                    self.at += 1;
                }
                b'.' => return Ok(pairs),
                _ => {
                    let key = self.text()?;
                    pairs.insert(key, self.text()?);
                    match self.instruction()? {
                        b's' => {}
                        other => return Err(self.refused(other)),
                    }
                }
            }
        }
    }

    fn cut(&self) -> String {
        format!("a pickle that ends within a value, at byte {}", self.pickle.len())
    }

    /// What is said of an instruction that was read just now and that no text is made of.
    fn refused(&self, instruction: u8) -> String {
        let what = match instruction {
            b'c' | 0x93 => "imports something",
            b'R' | b'i' | b'o' | 0x81 | 0x92 => "calls something",
            b'b' => "changes an object",
            b'P' | b'Q' => "asks for an object from outside",
            0x82..=0x84 => "asks for a registered object",
            b'h' | b'j' | b'g' => "refers to a value before it",
            b']' | b'l' => "makes a list",
            b')' | b't' | 0x85..=0x87 => "makes a tuple",
            0x8f | 0x91 => "makes a set",
            b'B' | b'C' | 0x8e | 0x96 => "holds bytes",
            b'I' | b'J' | b'K' | b'L' | b'M' | 0x8a | 0x8b => "holds an integer",
            b'N' | 0x88 | 0x89 => "holds None or a truth value",
            b'F' | b'G' => "holds a float",
            _ => "does not belong there",
        };
        format!(
            "byte {} of the pickle, 0x{instruction:02x}, {what}: only a text or a dict of texts is read, and nothing is unpickled",
            self.at.saturating_sub(1)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn packed(pickle: &[u8]) -> String {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(pickle).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    }

    fn text(text: &str) -> Pickled {
        Pickled::Text(text.to_owned())
    }

    #[test]
    fn a_pickled_text_is_read_by_every_binary_protocol() {
        // pickle.dumps("héllo", protocol) for 1 to 5, and without its framing.
        for pickle in [
            &b"X\x06\x00\x00\x00h\xc3\xa9lloq\x00."[..],
            b"\x80\x02X\x06\x00\x00\x00h\xc3\xa9lloq\x00.",
            b"\x80\x03X\x06\x00\x00\x00h\xc3\xa9lloq\x00.",
            b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00\x8c\x06h\xc3\xa9llo\x94.",
            b"\x80\x05\x95\x0a\x00\x00\x00\x00\x00\x00\x00\x8c\x06h\xc3\xa9llo\x94.",
            b"\x80\x04X\x06\x00\x00\x00h\xc3\xa9llo\x95\x02\x00\x00\x00\x00\x00\x00\x00\x94.",
            b"\x80\x04\x8d\x06\x00\x00\x00\x00\x00\x00\x00h\xc3\xa9llo.",
        ] {
            assert_eq!(texts(pickle), Ok(text("héllo")), "{pickle:?}");
            assert_eq!(unpacked(&packed(pickle)), Ok(text("héllo")));
        }
    }

    #[test]
    fn a_pickled_dict_of_texts_is_read() {
        let one = b"\x80\x04\x95\x0d\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94\x8c\x02bc\x94s.";
        let pairs = |pairs: &[(&str, &str)]| {
            Ok(Pickled::Texts(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()))
        };
        assert_eq!(texts(one), pairs(&[("a", "bc")]));
        let two = b"\x80\x04}\x94(\x8c\x01a\x94\x8c\x01b\x94\x8c\x01c\x94\x8c\x01d\x94u.";
        assert_eq!(texts(two), pairs(&[("a", "b"), ("c", "d")]));
        assert_eq!(texts(b"\x80\x04}\x94."), pairs(&[]));
    }

    #[track_caller]
    fn check_refused(pickle: &[u8], why: &str) {
        let error = texts(pickle).unwrap_err();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn a_pickle_that_would_do_anything_is_refused_at_its_first_step() {
        // os.system("true") by the protocols 0, 2 and 4, as pickle writes an object whose __reduce__ asks for it.
        check_refused(b"cposix\nsystem\np0\n(Vtrue\np1\ntp2\nRp3\n.", "byte 0 of the pickle, 0x63, imports something");
        check_refused(
            b"\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.",
            "byte 2 of the pickle, 0x63",
        );
        check_refused(
            b"\x80\x04\x95\x20\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R\x94.",
            "byte 19 of the pickle, 0x8c, does not belong there",
        );
        // A text is made first, and the call hides behind it.
        check_refused(
            b"\x80\x04\x8c\x01a\x94cposix\nsystem\n\x8c\x04true\x85R.",
            "byte 6 of the pickle, 0x63, imports something",
        );
        check_refused(b"\x80\x04}\x94\x8c\x01a\x94cposix\nsystem\n\x8c\x01b\x85Rs.", "imports something");
        check_refused(b"\x80\x04\x8c\x01aR.", "0x52, calls something");
        check_refused(b"(iposix\nsystem\n.", "0x28");
        check_refused(b"\x80\x04\x82\x01.", "asks for a registered object");
        check_refused(b"Pid\n.", "asks for an object from outside");
        check_refused(b"\x80\x04}\x94}\x8c\x01ab.", "0x7d");
    }

    #[test]
    fn other_values_are_refused_by_what_they_are() {
        check_refused(b"\x80\x04]\x94.", "0x5d, makes a list");
        check_refused(b"\x80\x04K\x01.", "0x4b, holds an integer");
        check_refused(b"\x80\x04N.", "0x4e, holds None");
        check_refused(b"\x80\x04C\x01a.", "0x43, holds bytes");
        check_refused(b"\x80\x04)\x2e", "0x29, makes a tuple");
        check_refused(b"\x80\x04h\x00.", "refers to a value before it");
        check_refused(b"Vtext\np0\n.", "0x56");
        check_refused(b"\x80\x06\x8c\x01a.", "0x80");
        check_refused(b"\x80\x04\x8c\x01a\x80\x04.", "0x80");
    }

    #[test]
    fn what_is_cut_or_goes_on_is_refused() {
        check_refused(b"", "ends within a value, at byte 0");
        check_refused(b"\x80", "ends within a value");
        check_refused(b"\x80\x04\x95\x00", "0x95");
        check_refused(b"\x80\x04\x8c\x05abc", "ends within a value, at byte 7");
        check_refused(b"\x80\x04X\xff\xff\xff\xffabc", "ends within a value");
        check_refused(b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc", "ends within a value");
        check_refused(b"\x80\x04\x8c\x01a", "ends within a value");
        check_refused(b"\x80\x04\x8c\x01a\x94..", "goes on after its end at byte 7");
        check_refused(b"\x80\x04\x8c\x01aq", "ends within a value");
        check_refused(b"\x80\x04}(\x8c\x01a", "ends within a value");
        check_refused(b"\x80\x04\x8c\x03\xed\xa0\x80.", "not UTF-8 at byte 4");
    }

    #[test]
    fn what_is_not_packed_so_is_refused() {
        assert!(unpacked("[not json").unwrap_err().starts_with("is not base 64"));
        assert!(unpacked("aGVsbG8=").unwrap_err().starts_with("is not packed by zlib"));
        let whole = packed(b"\x80\x04\x8c\x01a.");
        let cut = STANDARD.encode(&STANDARD.decode(&whole).unwrap()[..6]);
        assert!(unpacked(&cut).is_err());
        assert_eq!(unpacked(&format!("{}\n{}", &whole[..4], &whole[4..])), Ok(text("a")));
    }

    proptest! {
        #[test]
        fn damaged_pickles_never_panic(at in 0usize..40, byte: u8, cut in 0usize..40) {
            let mut pickle = b"\x80\x04\x95\x0d\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94\x8c\x02bc\x94u.".to_vec();
            let length = pickle.len();
            pickle[at % length] = byte;
            let _ = texts(&pickle);
            pickle.truncate(cut);
            let _ = texts(&pickle);
        }

        #[test]
        fn whatever_is_read_stands_in_the_pickle(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(Pickled::Text(text)) = texts(&bytes) {
                prop_assert!(bytes.windows(text.len().max(1)).any(|window| window == text.as_bytes()) || text.is_empty());
            }
        }
    }
}
