//! Which number is this? Base58btc, the numeral system that a `did:key` is written in.
//!
//! A name is read for every principal of every token, and the general decoder, which goes digit by
//! digit over a buffer of bytes, took a third of reading a token. This one takes ten digits and eight
//! bytes at a time.

/// The digits of Base58btc, from 0 to 57.
const ALPHABET: [u8; 58] = *b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// What is in the table for a byte that is no digit.
const NONE: u8 = u8::MAX;

/// The value of each digit.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        #[expect(
            clippy::indexing_slicing,
            clippy::cast_possible_truncation,
            reason = "worked out by the compiler, which would stop"
        )]
        {
            values[ALPHABET[value] as usize] = value as u8;
        }
        value += 1;
    }
    values
};

/// So many digits are read at once: 58^10 fits a word.
const GROUP: usize = 10;
const WORDS: usize = 11;

/// The bytes of the largest number that is read: as large as the longest text of a `did:key` says.
pub(super) const BYTES: usize = WORDS * 8;

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoNumber {
    /// A letter that is no digit.
    NotBase58,
    /// More than [`BYTES`] bytes, or a zero in front.
    NoKey,
}

/// Reads a number; its bytes begin with the most significant one, which is never zero.
pub(super) fn decode(text: &str, bytes: &mut [u8; BYTES]) -> Result<usize, NoNumber> {
    // Least significant first.
    let mut words = [0_u64; WORDS];
    let mut used = 0;
    let mut too_large = false;
    for group in text.as_bytes().chunks(GROUP) {
        let (mut value, mut scale) = (0_u64, 1_u64);
        for byte in group {
            let digit = VALUES.get(usize::from(*byte)).copied().unwrap_or(NONE);
            if digit == NONE {
                return Err(NoNumber::NotBase58);
            }
            // Ten digits of 58 fit: nothing below saturates.
            value = value.saturating_mul(58).saturating_add(u64::from(digit));
            scale = scale.saturating_mul(58);
        }
        let mut carry = u128::from(value);
        for word in words.iter_mut().take(used) {
            let product = u128::from(*word).saturating_mul(u128::from(scale));
            carry = carry.saturating_add(product);
            *word = low(carry);
            carry >>= 64;
        }
        if carry != 0 {
            match words.get_mut(used) {
                Some(word) => *word = low(carry),
                None => too_large = true,
            }
            used = used.saturating_add(1);
        }
    }
    if too_large || text.starts_with('1') {
        return Err(NoNumber::NoKey);
    }
    for (place, word) in bytes.rchunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.copy_within(zeros.., 0);
    Ok(BYTES.saturating_sub(zeros))
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
const fn low(double: u128) -> u64 {
    double as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &str) -> Result<Vec<u8>, NoNumber> {
        let mut bytes = [0; BYTES];
        decode(text, &mut bytes).map(|length| bytes[..length].to_vec())
    }

    fn expected(text: &str) -> Result<Vec<u8>, NoNumber> {
        let bytes = bs58::decode(text)
            .into_vec()
            .map_err(|_| NoNumber::NotBase58)?;
        if bytes.first() == Some(&0) || bytes.len() > BYTES {
            return Err(NoNumber::NoKey);
        }
        Ok(bytes)
    }

    #[test]
    fn every_byte_is_the_digit_that_the_general_decoder_takes_it_for() {
        for byte in 0..128_u8 {
            let text = char::from(byte).to_string();
            assert_eq!(decoded(&text), expected(&text), "{text:?}");
        }
        assert_eq!(decoded(""), Ok(vec![]));
        assert_eq!(decoded("é"), Err(NoNumber::NotBase58));
    }

    #[test]
    fn a_letter_that_is_no_digit_is_reported_before_a_number_that_is_too_large() {
        let text = format!("{}0", "z".repeat(200));
        assert_eq!(decoded(&text), Err(NoNumber::NotBase58));
        assert_eq!(decoded(&"z".repeat(200)), Err(NoNumber::NoKey));
    }

    proptest! {
        #[test]
        fn reads_every_number_as_the_general_decoder_does(bytes in prop::collection::vec(any::<u8>(), 0..95)) {
            let text = bs58::encode(&bytes).into_string();
            prop_assert_eq!(decoded(&text), expected(&text));
        }

        #[test]
        fn reads_every_text_as_the_general_decoder_does(text in "[1-9A-Za-z]{0,130}") {
            prop_assert_eq!(decoded(&text), expected(&text));
        }
    }
}
