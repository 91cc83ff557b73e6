//! What a verb waits for: a service, or a store; one thing at a time.

use crate::failure::Failure;

/// Waits for what is under way; nothing else is.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(future))
}
