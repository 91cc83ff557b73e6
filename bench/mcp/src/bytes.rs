//! How many bytes does a proof add to a call? With all its proofs, and once the server holds them.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use delegant::{DidKeys, Signer};
use delegant_agent::{Agent, Delegations};
use delegant_mcp::{Outgoing, Signing};

use crate::chain::Chain;
use crate::line::call;
use crate::{Failure, figure};

const LENGTHS: [usize; 3] = [1, 4, 8];

/// Prints them.
pub(crate) fn measure() -> Result<(), Failure> {
    for length in LENGTHS {
        let chain = Chain::of(length)?;
        let mut held = Delegations::default();
        for delegation in chain.given.container().delegations() {
            held.insert(delegation.verify(&DidKeys)?);
        }
        let server = chain.server.did();
        let signing = Signing::new(Agent::new(chain.agent, held)).server(server);
        let all = added(&signing)?;
        let elided = added(&signing)?;
        figure(&format!("mcp-bytes-{length}"), all, "bytes", "");
        figure(&format!("mcp-bytes-elided-{length}"), elided, "bytes", "");
    }
    Ok(())
}

/// What one call is longer by; the server answers that all is well.
fn added(signing: &Signing) -> Result<usize, Failure> {
    let bare = call(1);
    let Outgoing::Send { message, sent } = now(signing.outgoing(&bare))? else {
        return Err("the call was not signed".into());
    };
    signing.returned(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, sent.as_ref());
    Ok(message.len() - bare.len())
}

/// A key in this process does not make anybody wait.
fn now<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => Err("it waits for something".into()),
    }
}
