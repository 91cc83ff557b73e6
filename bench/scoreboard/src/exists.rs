//! Is there what a command names?

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// The package, recipe or file that a command names and that is not there.
pub(crate) fn missing(root: &Path, run: &str) -> Option<String> {
    let mut words = run.split_whitespace().skip_while(|word| word.contains('='));
    let program = words.next().unwrap_or_default();
    let words: Vec<&str> = words.collect();
    let behind = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied()
    };
    match program {
        "just" => {
            let recipe = words.first().copied().unwrap_or_default();
            let missing = !recipes(root).contains(recipe);
            missing.then(|| format!("a recipe `{recipe}` in the justfile"))
        }
        "cargo" => {
            if let Some(manifest) = behind("--manifest-path") {
                let missing = !root.join(manifest).is_file();
                return missing.then(|| format!("the file `{manifest}`"));
            }
            let Some(package) = behind("-p") else {
                return Some("a package: name one with `-p`".to_owned());
            };
            let Some(folder) = folder(root, package) else {
                return Some(format!("the package `{package}`"));
            };
            let target = [
                ("--bench", "benches"),
                ("--test", "tests"),
                ("--example", "examples"),
            ];
            let target = target
                .iter()
                .find_map(|(option, place)| Some((behind(option)?, place)));
            let (name, place) = target?;
            let found = [
                format!("{place}/{name}.rs"),
                format!("{place}/{name}/main.rs"),
            ];
            let missing = !found
                .iter()
                .any(|file| root.join(&folder).join(file).is_file());
            missing.then(|| format!("`{folder}/{place}/{name}.rs`"))
        }
        "bash" | "node" | "python3" | "sh" => {
            let script = words.iter().find(|word| !word.starts_with('-')).copied();
            let script = script.unwrap_or_default();
            let missing = !root.join(script).is_file();
            missing.then(|| format!("the file `{script}`"))
        }
        file => {
            let missing = !root.join(file).is_file();
            missing.then(|| format!("the file `{file}`"))
        }
    }
}

fn recipes(root: &Path) -> BTreeSet<String> {
    let justfile = fs::read_to_string(root.join("justfile")).unwrap_or_default();
    let heads = justfile
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    let names = heads.filter_map(|line| line.split_once(':')?.0.split_whitespace().next());
    names.map(str::to_owned).collect()
}

#[derive(Deserialize)]
struct Manifest {
    package: Option<Package>,
    workspace: Option<Workspace>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

#[derive(Deserialize)]
struct Workspace {
    #[serde(default)]
    members: Vec<String>,
}

fn manifest(root: &Path, folder: &str) -> Option<Manifest> {
    let text = fs::read_to_string(root.join(folder).join("Cargo.toml")).ok()?;
    toml::from_str(&text).ok()
}

/// The folder of a package of the workspace.
fn folder(root: &Path, package: &str) -> Option<String> {
    let members = manifest(root, "")?.workspace?.members;
    let folders = members
        .into_iter()
        .flat_map(|member| match member.strip_suffix("/*") {
            Some(parent) => {
                let entries = fs::read_dir(root.join(parent))
                    .into_iter()
                    .flatten()
                    .flatten();
                let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
                names.map(|name| format!("{parent}/{name}")).collect()
            }
            None => vec![member],
        });
    folders.into_iter().find(|folder| {
        let found = manifest(root, folder).and_then(|manifest| manifest.package);
        found.is_some_and(|found| found.name == package)
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::missing;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
    }

    #[test]
    fn what_is_there_is_found() {
        for run in [
            "just scoreboard --check",
            "cargo bench -p delegant --bench ratio",
            "DELEGANT_EXHAUSTIVE=1 cargo test --release -p delegant --test laws",
            "cargo run --release -p delegant-scoreboard -- --render",
            "cargo build --manifest-path bench/scoreboard/Cargo.toml",
            ".ci/run",
            "sh .ci/run",
        ] {
            assert_eq!(missing(root(), run), None, "{run}");
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        for (run, name) in [
            ("just nothing", "a recipe `nothing` in the justfile"),
            ("just", "a recipe `` in the justfile"),
            (
                "cargo bench -p delegant --bench nothing",
                "`crates/delegant/benches/nothing.rs`",
            ),
            ("cargo test -p nothing", "the package `nothing`"),
            ("cargo test", "a package: name one with `-p`"),
            (
                "cargo run --manifest-path nothing.toml",
                "the file `nothing.toml`",
            ),
            ("bench/nothing.sh", "the file `bench/nothing.sh`"),
            ("python3 -u nothing.py", "the file `nothing.py`"),
        ] {
            assert_eq!(missing(root(), run).as_deref(), Some(name), "{run}");
        }
    }
}
