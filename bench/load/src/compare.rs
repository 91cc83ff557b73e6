//! The same route, protected in nine ways, in turn.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::Failure;
use crate::chain::{Agent, PATIENT, read_of};
use crate::partner::Partner;
use crate::rivals::{Jwt, OPAQUE, Strict};
use crate::slices::{Slice, Supply, slice};
use crate::socket::Socket;

/// The ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Open,
    Strict,
    Jwt,
    Memory,
    Sqlite,
    /// With so many milliseconds of network.
    Ask(u64),
}

const WAYS: [Way; 9] = [
    Way::Open,
    Way::Strict,
    Way::Jwt,
    Way::Memory,
    Way::Sqlite,
    Way::Ask(0),
    Way::Ask(1),
    Way::Ask(5),
    Way::Ask(20),
];

const CONNECTIONS: [usize; 3] = [1, 16, 64];
const ROUNDS: usize = 5;
const LENGTH: Duration = Duration::from_millis(700);

/// More calls than a server here answers in one slice; where they run out, the slice ends.
const fn enough(connections: usize) -> u64 {
    if connections == 1 { 6_000 } else { 14_000 }
}

impl Way {
    fn name(self) -> String {
        match self {
            Self::Open => "open".to_owned(),
            Self::Strict => "strict".to_owned(),
            Self::Jwt => "jwt".to_owned(),
            Self::Memory => "memory".to_owned(),
            Self::Sqlite => "sqlite".to_owned(),
            Self::Ask(delay) => format!("ask-{delay}"),
        }
    }

    fn request(self, credential: &str) -> Vec<u8> {
        let place = match self {
            Self::Ask(delay) => format!("ask/{delay}"),
            other => other.name(),
        };
        let authorization = match credential {
            "" => String::new(),
            credential => format!("Authorization: {credential}\r\n"),
        };
        format!("GET /{place}/{PATIENT} HTTP/1.1\r\nHost: records.example\r\n{authorization}\r\n")
            .into_bytes()
    }

    fn supply(self, agent: &Agent, connections: usize) -> Result<Supply, Failure> {
        let once = |credential: &dyn Fn(u64) -> Result<String, Failure>| {
            let requests =
                (0..enough(connections)).map(|number| Ok(self.request(&credential(number)?)));
            Ok(Supply::Once(requests.collect::<Result<_, Failure>>()?))
        };
        match self {
            Self::Open => Ok(Supply::Same(self.request(""))),
            // As of different callers: over the same bytes again and again, the processor knows
            // every branch of the verification beforehand, whoever does it.
            Self::Jwt => once(&Jwt::credential),
            Self::Ask(_) => Ok(Supply::Same(self.request(&format!("Bearer {OPAQUE}")))),
            Self::Strict => {
                let token = agent.invoke(&read_of(PATIENT), "/encounters/read", Some(60))?;
                // What is signed is the token without its signature and the heads around it.
                let length = token.bytes().len().saturating_sub(67);
                once(&|number| Ok(Strict::credential(number, length)))
            }
            Self::Memory | Self::Sqlite => once(&|_| agent.header(&read_of(PATIENT))),
        }
    }
}

/// The slices of each way and each number of connections.
type Slices = BTreeMap<(usize, Way), Vec<Slice>>;

pub(crate) async fn measure() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let office = Partner::start(&["office"])?;
    let database = folder.path().join("delegant.db").display().to_string();
    let routes = Partner::start(&["routes", &office.address.to_string(), &database])?;
    let agent = Agent::at_the_end_of_a_chain()?;
    let mut socket = Socket::connect(routes.address).await?;
    for way in [Way::Memory, Way::Sqlite] {
        refuses_and_then_learns(&mut socket, way, &agent).await?;
    }
    for way in [Way::Strict, Way::Jwt, Way::Ask(0)] {
        refuses(&mut socket, &way.request("Bearer nonsense")).await?;
    }
    let slices = turns(routes.address, &agent).await?;
    tell(&slices);
    Ok(())
}

async fn refuses(socket: &mut Socket, request: &[u8]) -> Result<(), Failure> {
    match socket.call(request).await?.status {
        401 | 403 | 409 => Ok(()),
        status => Err(format!("it should have been refused, and was answered {status}").into()),
    }
}

/// Without the chain it refuses, with it it allows once, and from then on it knows the chain.
async fn refuses_and_then_learns(
    socket: &mut Socket,
    way: Way,
    agent: &Agent,
) -> Result<(), Failure> {
    refuses(socket, &way.request(&agent.header(&read_of(PATIENT))?)).await?;
    let first = way.request(&agent.first_header(&read_of(PATIENT))?);
    let answer = socket.call(&first).await?;
    if answer.status != 200 {
        return Err(format!("refused: {}", String::from_utf8_lossy(&answer.body)).into());
    }
    refuses(socket, &first).await
}

async fn turns(address: SocketAddr, agent: &Agent) -> Result<Slices, Failure> {
    let mut slices = Slices::new();
    for connections in CONNECTIONS {
        for round in 0..=ROUNDS {
            // Each begins a round once before another does.
            let first = round % WAYS.len();
            let (before, from) = WAYS.split_at(first);
            for way in from.iter().chain(before) {
                let supply = way.supply(agent, connections)?;
                let measured = slice(address, connections, supply, LENGTH).await?;
                // The first round warms what is to be warm.
                if round > 0 {
                    slices
                        .entry((connections, *way))
                        .or_default()
                        .push(measured);
                }
            }
        }
        eprintln!("{connections} connections: done");
    }
    Ok(slices)
}

fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

fn tell(slices: &Slices) {
    let of = |connections: usize, way: Way, what: &dyn Fn(&Slice) -> f64| -> Vec<f64> {
        let slices = slices.get(&(connections, way)).into_iter().flatten();
        slices.map(what).collect()
    };
    // Slices of one round stand beside each other: the machine was the same.
    let ratio = |connections: usize, [way, other]: [Way; 2], what: &dyn Fn(&Slice) -> f64| {
        let pairs = of(connections, way, what).into_iter();
        let pairs = pairs.zip(of(connections, other, what));
        middle(pairs.map(|(one, other)| one / other).collect())
    };
    for connections in CONNECTIONS {
        for way in WAYS {
            let rate = middle(of(connections, way, &|slice| slice.rate));
            let at = |part| middle(of(connections, way, &|slice| slice.at(part)));
            println!(
                "figure load-{}-{connections} {rate:.0} requests/s p50 {:.2} ms, p99 {:.2} ms",
                way.name(),
                at(500),
                at(990)
            );
        }
        for (name, pair) in [
            ("memory-of-open", [Way::Memory, Way::Open]),
            ("memory-of-strict", [Way::Memory, Way::Strict]),
            ("memory-of-jwt", [Way::Memory, Way::Jwt]),
            ("strict-of-jwt", [Way::Strict, Way::Jwt]),
            ("memory-of-ask-0", [Way::Memory, Way::Ask(0)]),
            ("sqlite-of-memory", [Way::Sqlite, Way::Memory]),
        ] {
            let part = 100.0 * ratio(connections, pair, &|slice| slice.rate);
            println!("figure load-{name}-{connections} {part:.1} % middle of {ROUNDS} rounds");
        }
    }
    for delay in [1, 5, 20] {
        for (name, part) in [("p50", 500), ("p99", 990)] {
            let ahead = CONNECTIONS.map(|connections| {
                let pair = [Way::Ask(delay), Way::Memory];
                ratio(connections, pair, &|slice| slice.at(part))
            });
            let least = ahead.iter().copied().fold(f64::INFINITY, f64::min);
            let [one, some, many] = ahead;
            println!(
                "figure load-ahead-of-ask-{delay}-{name} {least:.2} × least of {one:.2}, {some:.2}, {many:.2} at 1, 16, 64 connections"
            );
        }
    }
}
