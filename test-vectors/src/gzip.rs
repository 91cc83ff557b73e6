//! How are bytes compressed? A small writer, so that no library's new release changes the vectors.

/// One member, with whatever is wrong with it.
#[derive(Clone, Default)]
pub(crate) struct Gzip {
    /// The bits of the header's flags.
    pub(crate) flags: u8,
    /// What the flags say is there.
    pub(crate) extra: Vec<u8>,
    pub(crate) wrong_magic: bool,
    pub(crate) wrong_method: bool,
    pub(crate) wrong_checksum: bool,
    pub(crate) wrong_length: bool,
    /// Bytes cut off at the end.
    pub(crate) cut: usize,
}

impl Gzip {
    pub(crate) fn write(&self, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![
            0x1f,
            if self.wrong_magic { 0x8c } else { 0x8b },
            if self.wrong_method { 7 } else { 8 },
            self.flags,
            0,
            0,
            0,
            0,
            0,
            0xff,
        ];
        bytes.extend(&self.extra);
        bytes.extend(deflate(content));
        let checksum = crc32(content) ^ u32::from(self.wrong_checksum);
        let length = u32::try_from(content.len()).unwrap() ^ u32::from(self.wrong_length);
        bytes.extend(checksum.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.truncate(bytes.len() - self.cut);
        bytes
    }
}

/// One block of fixed Huffman codes, in which only runs of one byte are shortened.
fn deflate(content: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, with fixed codes.
    bits.push(0b011, 3);
    let mut rest = content;
    while let Some(byte) = rest.first() {
        let run = rest.iter().take_while(|other| *other == byte).count();
        bits.literal(u16::from(*byte));
        let mut left = run - 1;
        while left >= 258 {
            // 258 bytes (the code 285) from one byte back (the distance 0).
            bits.literal(285);
            bits.push(0, 5);
            left -= 258;
        }
        for _ in 0..left {
            bits.literal(u16::from(*byte));
        }
        rest = &rest[run..];
    }
    bits.literal(256);
    bits.bytes
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// The lowest bit first.
    fn push(&mut self, value: u16, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().unwrap();
            *last |= u8::from(value >> bit & 1 == 1) << (self.used % 8);
            self.used += 1;
        }
    }

    /// A literal or length by the fixed codes: RFC 1951, section 3.2.6; the highest bit first.
    fn literal(&mut self, symbol: u16) {
        let (code, count) = match symbol {
            0..144 => (0x30 + symbol, 8),
            144..256 => (0x190 + symbol - 144, 9),
            256..280 => (symbol - 256, 7),
            _ => (0xc0 + symbol - 280, 8),
        };
        for bit in (0..count).rev() {
            self.push(code >> bit & 1, 1);
        }
    }
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut register = u32::MAX;
    for byte in bytes {
        register ^= u32::from(*byte);
        for _ in 0..8 {
            register = register >> 1 ^ (0xedb8_8320 & (register & 1).wrapping_neg());
        }
    }
    !register
}
