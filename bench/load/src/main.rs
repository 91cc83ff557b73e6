//! A route that Delegant protects, under load: beside other ways to protect it, and under attack.
//!
//! ```console
//! $ cargo run --release --locked --manifest-path bench/load/Cargo.toml -- compare
//! $ cargo run --release --locked --manifest-path bench/load/Cargo.toml -- hostile 600
//! $ cargo run --release --locked --manifest-path bench/load/Cargo.toml -- feed
//! ```
//!
//! `compare` lets the same axum route be called plain, behind one bare `verify_strict`, behind an EdDSA JWT,
//! behind a question to an introspection server on the loopback, and behind `DelegantLayer` with a
//! warm chain of four; in turn, over 1, 16 and 64 connections that are kept. `hostile` attacks it for so
//! many seconds, while honest callers go on. `feed` measures from a revocation to the last refusal of many that
//! follow a service's feed. Servers run in processes of their own; whoever calls runs in this one, on one thread,
//! with its calls signed beforehand in `compare`.

mod attack;
mod chain;
mod compare;
mod feed;
mod hostile;
mod office;
mod partner;
mod rivals;
mod routes;
mod slices;
mod socket;

/// Whatever went wrong, in words.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // Who calls takes one of the cores; the server may use all of them.
    let caller = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let server = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
    };
    match arguments.as_slice() {
        ["compare"] => caller.block_on(compare::measure()),
        ["hostile", seconds] => {
            let seconds = seconds.parse()?;
            caller.block_on(hostile::measure(seconds))
        }
        ["feed"] => server()?.block_on(feed::measure()),
        ["routes", office, database] => server()?.block_on(routes::serve(office, database)),
        ["office"] => caller.block_on(office::serve()),
        ["target", database] => server()?.block_on(routes::serve_hardened(database)),
        _ => Err("say which: compare, hostile SECONDS or feed".into()),
    }
}
