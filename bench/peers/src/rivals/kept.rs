//! What could a user of another library add, to be spared of reading the same token again?

use std::cell::RefCell;
use std::collections::HashMap;

use crate::rival::Failure;

/// What headers were decoded to, found by their text. Neither bounded nor shared by threads, which a
/// real one would have to be: as cheap as can be.
pub(crate) struct Kept<T>(RefCell<HashMap<String, T>>);

impl<T> Kept<T> {
    pub(crate) fn new() -> Self {
        Self(RefCell::default())
    }

    /// Judges what the text was decoded to before, or is now.
    pub(crate) fn judge(
        &self,
        text: &str,
        decode: impl FnOnce(&str) -> Result<T, Failure>,
        judge: impl FnOnce(&T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if let Some(token) = self.0.try_borrow()?.get(text) {
            return judge(token);
        }
        let token = decode(text)?;
        judge(&token)?;
        self.0.try_borrow_mut()?.insert(text.to_owned(), token);
        Ok(())
    }
}
