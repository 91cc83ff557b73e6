//! How does a command stand between a client and a server? Before a child process, or before a URL.

use std::net::SocketAddr;
use std::process::ExitStatus;

use clap::Args;
use delegant_mcp::http::ProxyError;
use delegant_mcp::{Middle, bridge, http, stdio};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::failure::{Answer, Done, Failure};
use crate::output::Output;

/// Where the server is, and where the client comes from.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The server: a command that speaks MCP over its standard input and output
    #[arg(
        last = true,
        value_name = "COMMAND",
        required_unless_present = "upstream"
    )]
    command: Vec<String>,

    /// The server: a URL that speaks MCP over HTTP
    #[arg(long, value_name = "URL", conflicts_with = "command")]
    upstream: Option<String>,

    /// Listen for clients there instead of at the standard input
    #[arg(long, value_name = "ADDRESS", requires = "upstream")]
    listen: Option<SocketAddr>,

    /// Say on standard error what is decided, call by call
    #[arg(long, short)]
    verbose: bool,
}

impl Place {
    /// Stands there until client or server ends.
    pub(super) async fn stand(&self, middle: Middle, output: Output) -> Done {
        if let [program, arguments @ ..] = self.command.as_slice() {
            let mut server = Command::new(program);
            server.args(arguments);
            let (input, client) = (tokio::io::stdin(), tokio::io::stdout());
            let ended = stdio::run(middle, server, input, client).await;
            let ended = ended.map_err(|cause| {
                Failure::usage(format_args!("cannot run `{program}`: {cause}")).hint(
                    "behind `--` belongs the command that starts the server, as the client had it",
                )
            })?;
            return Ok(Answer::Ended(code(ended)));
        }
        let Some(url) = &self.upstream else {
            return Err(Failure::usage("neither a command nor `--upstream`"));
        };
        let Some(address) = self.listen else {
            let (input, client) = (tokio::io::stdin(), tokio::io::stdout());
            bridge::run(middle, url, input, client)
                .await
                .map_err(proxy)?;
            return Ok(Answer::Yes);
        };
        let listener = TcpListener::bind(address)
            .await
            .map_err(|cause| Failure::usage(format_args!("cannot listen on {address}: {cause}")))?;
        let at = listener.local_addr()?;
        output.note(format!("listening on http://{at}"))?;
        http::serve(middle, url, listener, ended())
            .await
            .map_err(proxy)?;
        Ok(Answer::Yes)
    }

    /// What is said of the calls, on standard error.
    pub(super) fn tells(&self) {
        let level = if self.verbose {
            tracing_subscriber::filter::LevelFilter::INFO
        } else {
            tracing_subscriber::filter::LevelFilter::WARN
        };
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_target(false)
            .with_ansi(false)
            .without_time()
            .with_writer(std::io::stderr)
            .init();
    }
}

/// Waits without a thread that reads on when all is over.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let waited = runtime.block_on(future);
    // The standard input may have nothing to say for ever.
    runtime.shutdown_background();
    Ok(waited)
}

/// Until somebody ends it.
async fn ended() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Where that cannot be heard, the system ends it without asking.
    let _ = tokio::signal::ctrl_c().await;
}

/// The exit code of a process, as a shell has it.
fn code(ended: ExitStatus) -> u8 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = ended.signal() {
            return u8::try_from(signal.saturating_add(128)).unwrap_or(1);
        }
    }
    ended
        .code()
        .map_or(1, |code| u8::try_from(code).unwrap_or(1))
}

fn proxy(cause: ProxyError) -> Failure {
    Failure::usage(cause)
}
