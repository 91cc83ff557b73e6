//! What is all of it made of? A bill of materials, in CycloneDX's JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cargo;

/// The part of `cargo metadata` that matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    description: Option<String>,
    repository: Option<String>,
    /// Empty for what is never published.
    publish: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

/// `Cargo.lock`, for the checksums in it.
#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// A bill of materials, and how many components it lists.
pub(crate) struct Bill {
    pub(crate) json: String,
    pub(crate) components: usize,
}

impl Bill {
    /// Of everything that is published from here, on every platform and with every feature: what it
    /// is linked with, and what runs while it is built. What only tests need is left out.
    pub(crate) fn ask(root: &Path) -> Result<Self, String> {
        let metadata = cargo(
            root,
            &[
                "metadata",
                "--locked",
                "--all-features",
                "--format-version=1",
            ],
        )?;
        let metadata: Metadata =
            serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
        let lock = std::fs::read_to_string(root.join("Cargo.lock"))
            .map_err(|error| format!("Cargo.lock: {error}"))?;
        let lock: Lock = toml::from_str(&lock).map_err(|error| format!("Cargo.lock: {error}"))?;
        let value = write(&metadata, &lock);
        let components = value
            .get("components")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        let json = serde_json::to_string_pretty(&value).map_err(|error| error.to_string())?;
        Ok(Self { json, components })
    }
}

fn write(metadata: &Metadata, lock: &Lock) -> Value {
    let checksums: BTreeMap<(&str, &str), &str> = lock
        .package
        .iter()
        .filter_map(|of| {
            Some((
                (of.name.as_str(), of.version.as_str()),
                of.checksum.as_deref()?,
            ))
        })
        .collect();
    let packages: BTreeMap<&str, &Package> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package))
        .collect();
    let edges = edges(metadata);
    let ours = metadata
        .workspace_members
        .iter()
        .map(String::as_str)
        .filter(|id| {
            let published = packages.get(id).map(|package| package.publish.as_deref());
            published.is_some_and(|to| to != Some(&[]))
        });
    let ours: Vec<&str> = ours.collect();
    let needed = reached(&ours, &edges);
    let reference = |id: &str| {
        packages
            .get(id)
            .map_or_else(|| id.to_owned(), |of| purl(of))
    };

    let components = needed
        .iter()
        .filter_map(|id| packages.get(id))
        .map(|package| {
            let checksum = checksums.get(&(package.name.as_str(), package.version.as_str()));
            component(package, checksum.copied())
        });
    let dependencies = needed.iter().map(|id| {
        let on = edges.get(id).into_iter().flatten().map(|id| reference(id));
        json!({ "ref": reference(id), "dependsOn": on.collect::<BTreeSet<_>>() })
    });
    let whole = json!({
        "ref": "delegant-workspace",
        "dependsOn": ours.iter().map(|id| reference(id)).collect::<BTreeSet<_>>(),
    });
    let components: Vec<Value> = components.collect();
    let dependencies: Vec<Value> = [whole].into_iter().chain(dependencies).collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": { "type": "application", "bom-ref": "delegant-workspace", "name": "delegant" },
            "tools": { "components": [
                { "type": "application", "name": "delegant-supply", "version": env!("CARGO_PKG_VERSION") },
            ]},
        },
        "components": components,
        "dependencies": dependencies,
    })
}

/// What each package needs, but for tests.
fn edges(metadata: &Metadata) -> BTreeMap<&str, Vec<&str>> {
    let is_shipped =
        |edge: &&Edge| (edge.dep_kinds.iter()).any(|kind| kind.kind.as_deref() != Some("dev"));
    let mut edges = BTreeMap::new();
    for node in &metadata.resolve.nodes {
        let shipped = node.deps.iter().filter(is_shipped);
        edges.insert(
            node.id.as_str(),
            shipped.map(|edge| edge.pkg.as_str()).collect(),
        );
    }
    edges
}

/// Everything that can be reached from here.
fn reached<'a>(from: &[&'a str], edges: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut waiting = from.to_vec();
    while let Some(id) = waiting.pop() {
        if found.insert(id) {
            waiting.extend(edges.get(id).into_iter().flatten());
        }
    }
    found
}

fn component(package: &Package, checksum: Option<&str>) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version,
        "purl": purl(package),
    });
    let mut set = |key: &str, value: Value| {
        if let Some(fields) = component.as_object_mut() {
            fields.insert(key.to_owned(), value);
        }
    };
    if let Some(license) = &package.license {
        // Before SPDX expressions, a slash stood for "or".
        let expression = license.replace(" / ", "/").replace('/', " OR ");
        set("licenses", json!([{ "expression": expression }]));
    }
    if let Some(description) = &package.description {
        let description = description.split_whitespace().collect::<Vec<_>>().join(" ");
        set("description", json!(description));
    }
    if let Some(checksum) = checksum {
        set("hashes", json!([{ "alg": "SHA-256", "content": checksum }]));
    }
    if let Some(repository) = &package.repository {
        set(
            "externalReferences",
            json!([{ "type": "vcs", "url": repository }]),
        );
    }
    component
}

/// A package's address, which is its name here, too.
fn purl(package: &Package) -> String {
    let version = package.version.replace('+', "%2B");
    format!("pkg:cargo/{}@{version}", package.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{Lock, Metadata, write};

    /// A published crate that links one, builds with another and tests with a third, beside a crate
    /// that is never published.
    fn bill() -> Value {
        let package = |name: &str, license: &str, publish: Value| {
            json!({ "id": name, "name": name, "version": "1.0.0+x", "license": license,
                "description": "what it\n is", "repository": null, "publish": publish })
        };
        let edge = |to: &str, kind: Value| json!({ "pkg": to, "dep_kinds": [{ "kind": kind }] });
        let metadata: Metadata = serde_json::from_value(json!({
            "packages": [
                package("ours", "MIT", Value::Null),
                package("bench", "MIT", json!([])),
                package("linked", "MIT/Apache-2.0", Value::Null),
                package("built", "MIT", Value::Null),
                package("tested", "MIT", Value::Null),
                package("benched", "MIT", Value::Null),
            ],
            "workspace_members": ["ours", "bench"],
            "resolve": { "nodes": [
                { "id": "ours", "deps": [
                    edge("linked", Value::Null), edge("built", json!("build")), edge("tested", json!("dev")),
                ]},
                { "id": "bench", "deps": [edge("benched", Value::Null)] },
                { "id": "linked", "deps": [] },
                { "id": "built", "deps": [] },
            ]},
        }))
        .unwrap();
        let lock: Lock = serde_json::from_value(json!({ "package": [
            { "name": "linked", "version": "1.0.0+x", "checksum": "abcd" },
            { "name": "ours", "version": "1.0.0+x" },
        ]}))
        .unwrap();
        write(&metadata, &lock)
    }

    fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|of| of[key].as_str().unwrap())
            .collect()
    }

    #[test]
    fn lists_what_is_linked_and_built_with_and_no_more() {
        assert_eq!(
            texts(&bill()["components"], "name"),
            ["built", "linked", "ours"]
        );
    }

    #[test]
    fn every_reference_is_to_something_that_is_there() {
        let bill = bill();
        let mut there: BTreeSet<&str> = texts(&bill["components"], "bom-ref").into_iter().collect();
        there.insert(bill["metadata"]["component"]["bom-ref"].as_str().unwrap());
        for dependency in bill["dependencies"].as_array().unwrap() {
            assert!(
                there.contains(dependency["ref"].as_str().unwrap()),
                "{dependency}"
            );
            for on in dependency["dependsOn"].as_array().unwrap() {
                assert!(there.contains(on.as_str().unwrap()), "{dependency}");
            }
        }
        assert_eq!(bill["dependencies"].as_array().unwrap().len(), there.len());
    }

    #[test]
    fn a_component_carries_its_licence_checksum_and_address() {
        let bill = bill();
        let linked = &bill["components"][1];
        assert_eq!(
            linked["licenses"],
            json!([{ "expression": "MIT OR Apache-2.0" }])
        );
        assert_eq!(
            linked["hashes"],
            json!([{ "alg": "SHA-256", "content": "abcd" }])
        );
        assert_eq!(linked["purl"], "pkg:cargo/linked@1.0.0%2Bx");
        assert_eq!(linked["description"], "what it is");
    }
}
