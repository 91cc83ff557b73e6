# `just` lists these; each is one line that also works by hand.

default:
    @just --list

# everything that must hold before a change lands
ci:
    .ci/run

# the tests, as the README says
test:
    cargo test --workspace --all-features

# the story of the hospital, with real keys and signatures
demo:
    cargo run --release -p delegant-cli -- demo

# write the test vectors anew
vectors:
    cargo run -p delegant-vectors

# how far a verification is from its signatures: paired in one run, allocations counted
figures:
    cargo bench -p delegant --bench ratio

# the same, piece by piece
bench:
    cargo bench -p delegant --bench verify
    cargo bench -p delegant-agent --bench prove

# beside Biscuit, Tenuo, JWT and introspection: about a minute, once it is built
peers:
    cargo run --release --locked --manifest-path bench/peers/Cargo.toml -- --svg bench/peers/peers.svg --readme README.md

# every single edit of sixty chains: some minutes on two cores
exhaustive:
    DELEGANT_EXHAUSTIVE=1 cargo test --release -p delegant --test kill_single_edits --test kill_respellings --test kill_semantics -- --nocapture

# fuzz every target under AddressSanitizer, for ten seconds or as many as are said
fuzz *seconds:
    fuzz/smoke {{seconds}}

# the second reading against the first: about twenty minutes on two cores
model:
    cargo run --release -p delegant-model -- policies 20000000 chains 5000000 bytes 5000000

# how many lines of the core the tests run
coverage:
    .ci/coverage

# does a test notice each change to the core? hours on two cores; `just mutants 0/8` tries every eighth
mutants shard="0/1":
    .ci/mutants {{shard}}

# measure what `bench/figures.toml` lists and write SCOREBOARD.md; `just scoreboard --help` says more
scoreboard *arguments:
    cargo run --release -p delegant-scoreboard -- {{arguments}}

# what may be built in: licences, bans, sources, known holes
deny:
    .ci/deny

# the crates of the core counted, and a bill of materials in target/sbom
sbom:
    .ci/sbom
