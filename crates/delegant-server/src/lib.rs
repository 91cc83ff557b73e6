//! A socket with bounds on everything that a caller can draw out or pile up: see [`Server`].

mod server;
mod slow;

pub use server::Server;
