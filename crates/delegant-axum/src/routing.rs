//! Which handler answers which method? Only handlers that ask for a decision first.
//!
//! ```compile_fail
//! # use delegant_axum::{Router, routing::get};
//! async fn open() -> &'static str { "anybody" }
//! // There is no `Authorized` among its arguments.
//! let app: Router = Router::new().route("/", get(open));
//! ```
//!
//! ```compile_fail
//! # use delegant_axum::{Authorized, Router, routing::get};
//! # use delegant_http::Arguments;
//! # #[derive(serde::Serialize, serde::Deserialize)] struct Read {}
//! # async fn read(_: Authorized<Read>) {}
//! // In capitals: no invocation could have this command.
//! impl Arguments for Read { const COMMAND: &'static str = "/Read"; }
//! let app: Router = Router::new().route("/", get(read));
//! ```

use std::convert::Infallible;

use axum::handler::Handler;
use delegant_http::Arguments;

use crate::command::assert_is_command;
use crate::extract::Authorized;
use crate::inventory::{Guarded, Schema};

/// The handlers of one path, each for its method and command.
#[derive(Debug)]
pub struct MethodRouter<S = ()> {
    pub(crate) routes: axum::routing::MethodRouter<S, Infallible>,
    /// Their paths are still empty.
    pub(crate) guarded: Vec<Guarded>,
}

/// The arguments of a handler, of which the first is [`Authorized`].
///
/// Implemented for all of them that there are, and for no others.
#[diagnostic::on_unimplemented(
    message = "this handler answers without a decision",
    label = "its first argument must be `Authorized<C>`",
    note = "a handler here begins with `Authorized(call): Authorized<C>`, where `C: Arguments` names the command",
    note = "a route that everybody may use is no route of this router: merge it into the `axum::Router` that `Router::layer` returns"
)]
pub trait Decided: sealed::Sealed {
    /// The command that is asked for.
    type Command: Arguments;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! decided {
    ($($other:ident)*) => {
        impl<M, C: Arguments, $($other),*> Decided for (M, Authorized<C>, $($other,)*) {
            type Command = C;
        }
        impl<M, C: Arguments, $($other),*> sealed::Sealed for (M, Authorized<C>, $($other,)*) {}
    };
}

decided!();
decided!(T2);
decided!(T2 T3);
decided!(T2 T3 T4);
decided!(T2 T3 T4 T5);
decided!(T2 T3 T4 T5 T6);
decided!(T2 T3 T4 T5 T6 T7);
decided!(T2 T3 T4 T5 T6 T7 T8);
decided!(T2 T3 T4 T5 T6 T7 T8 T9);
decided!(T2 T3 T4 T5 T6 T7 T8 T9 T10);
decided!(T2 T3 T4 T5 T6 T7 T8 T9 T10 T11);
decided!(T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12);

macro_rules! methods {
    ($($name:ident $method:literal $doc:literal;)*) => {
        $(
            #[doc = concat!("Answers `", $method, "` with this handler", $doc, ".")]
            pub fn $name<H, T, S>(handler: H) -> MethodRouter<S>
            where
                H: Handler<T, S>,
                T: Decided + 'static,
                S: Clone + Send + Sync + 'static,
            {
                const { assert_is_command(T::Command::COMMAND) };
                MethodRouter {
                    routes: axum::routing::$name(handler),
                    guarded: vec![guarded::<T::Command>($method)],
                }
            }
        )*

        impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
            $(
                #[doc = concat!("Answers `", $method, "` too, with this handler", $doc, ".")]
                #[must_use]
                pub fn $name<H, T>(mut self, handler: H) -> Self
                where
                    H: Handler<T, S>,
                    T: Decided + 'static,
                {
                    const { assert_is_command(T::Command::COMMAND) };
                    self.routes = self.routes.$name(handler);
                    self.guarded.push(guarded::<T::Command>($method));
                    self
                }
            )*
        }
    };
}

methods! {
    get "GET" ", and `HEAD` without the body";
    post "POST" "";
    put "PUT" "";
    patch "PATCH" "";
    delete "DELETE" "";
}

fn guarded<C: Arguments>(method: &'static str) -> Guarded {
    Guarded::new(method, C::COMMAND, Schema::of::<C>())
}
