//! A refusal says what is lacking, what to ask for, and whom.

use std::time::Duration;

use delegant::{Delegation, Nonce};
use delegant_agent::client::{CallError, StatusCode};
use delegant_agent::{Agent, Delegations, InvokeError};

use crate::{AGENT, OTHER, SERVICE, agent, client_of, did, give, key, read, service, soon, usual};

#[tokio::test]
async fn what_the_agent_may_not_is_never_sent() {
    let (service, client) = usual().await;
    let refused = client.call(&did(SERVICE), &read("p-18")).await.unwrap_err();
    let CallError::Invoke(InvokeError::NoProof(missing)) = &refused else {
        panic!("{refused}");
    };
    assert_eq!(missing.near_misses.len(), 4);
    assert!(!refused.may_have_run());
    assert!(service.seen().is_empty());
}

#[tokio::test]
async fn an_expired_wallet_says_so_before_anything_is_sent() {
    let service = service().await;
    let over = Delegation::builder(did(AGENT), did(SERVICE), "/http".parse().unwrap())
        .expiration(soon().saturating_sub(Duration::from_secs(1000)))
        .sign(&key(SERVICE), Nonce::random().unwrap())
        .unwrap();
    let client = client_of(&service, [over.clone()]);
    let refused = client.get("/files/1").send().await.unwrap_err().to_string();
    assert!(refused.contains(&over.cid().to_string()), "{refused}");
    assert!(refused.contains("expired"), "{refused}");
    assert!(service.seen().is_empty());
}

#[tokio::test]
async fn a_request_of_another_route_is_told_what_the_route_does() {
    let service = service().await;
    let client = client_of(&service, [give(SERVICE, AGENT, "/", vec![])]);
    let refused = client.get("/encounters/p-17").send().await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!(
        (refusal.status(), refusal.code()),
        (StatusCode::BAD_REQUEST, "NotBound")
    );
    assert!(!refused.may_have_run());
    // The plain binding of a route with a command of its own.
    let explained = refusal.problem().explanation().unwrap();
    assert_eq!(explained.sent.as_deref(), Some("/encounters/read"));
    assert_eq!(service.ran(), 0);
}

#[tokio::test]
async fn a_revoked_link_names_its_issuer() {
    let service = service().await;
    let (root, leaf) = (
        give(SERVICE, OTHER, "/", vec![]),
        give(OTHER, AGENT, "/http", vec![]),
    );
    let client = client_of(&service, [root, leaf.clone()]);
    client.get("/files/1").send().await.unwrap();
    let revocation = delegant::Revocation::builder(leaf.cid())
        .sign(&key(OTHER))
        .unwrap();
    service.revoke(&revocation).await;
    let refused = client.get("/files/1").send().await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!(
        (refusal.status(), refusal.code()),
        (StatusCode::FORBIDDEN, "Revoked")
    );
    assert_eq!(refusal.whom(), Some(&did(OTHER)));
    let said = refused.to_string();
    assert!(
        said.contains(&format!("ask {} for a delegation of `/http`", did(OTHER))),
        "{said}"
    );
}

#[tokio::test]
async fn a_service_that_is_another_says_who_it_is() {
    let service = service().await;
    let given = Delegation::builder(did(AGENT), did(OTHER), "/http".parse().unwrap())
        .expiration(soon())
        .sign(&key(OTHER), Nonce::random().unwrap())
        .unwrap();
    let client = agent([given])
        .client(&service.url)
        .unwrap()
        .service(did(OTHER));
    let refused = client.get("/files/1").send().await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!(refusal.code(), "InvalidAudience");
    assert_eq!(refusal.whom(), Some(&did(SERVICE)));
    assert_eq!(
        refusal.challenge().unwrap().wanted_executor(),
        &did(SERVICE)
    );
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_named_where_it_explains_the_refusal() {
    let (service, client) = usual().await;
    for (ahead, code, side) in [(600, "Expired", "behind"), (-600, "Expired", "ahead of")] {
        service.set_ahead(ahead);
        let answered = client.get("/files/1").send().await;
        if ahead < 0 {
            // An invocation without a beginning is not too early for anyone.
            assert!(answered.is_ok());
            continue;
        }
        let refused = answered.unwrap_err();
        let refusal = refused.refusal().unwrap();
        assert_eq!(
            (refusal.status(), refusal.code()),
            (StatusCode::UNAUTHORIZED, code)
        );
        let skew = refusal.skew().unwrap();
        assert!(!skew.is_ahead());
        assert!((595..=605).contains(&skew.apart().as_secs()), "{skew}");
        let said = refused.to_string();
        assert!(said.contains(&format!("{side} the service's")), "{said}");
        assert!(said.contains("set the clock"), "{said}");
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_not_blamed_for_something_else() {
    let (service, client) = usual().await;
    service.set_ahead(30);
    service.refuse(AGENT).await;
    let refused = client.get("/files/1").send().await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().skew(), None);
}

#[tokio::test]
async fn a_failure_of_what_was_executed_is_no_refusal() {
    let (_service, client) = usual().await;
    let failed = client
        .call(&did(SERVICE), &service::Fail {})
        .await
        .unwrap_err();
    assert!(failed.may_have_run());
    let CallError::Failed(done) = &failed else {
        panic!("{failed}");
    };
    assert_eq!(done.receipt().executor(), &did(SERVICE));
    assert_eq!(failed.to_string(), "executed, and failed: Full");
}

#[tokio::test]
async fn who_is_no_such_service_is_told_apart() {
    let (service, client) = usual().await;
    service.fail(|faults| faults.says = Some((404, "text/html", "<h1>Not Found</h1>")));
    let nobody = client.call(&did(SERVICE), &read("p-17")).await.unwrap_err();
    assert!(matches!(nobody, CallError::Status { .. }), "{nobody}");
    assert!(!nobody.may_have_run());
    service.fail(|faults| faults.says = Some((200, "text/html", "<h1>Welcome</h1>")));
    let nobody = client.call(&did(SERVICE), &read("p-17")).await.unwrap_err();
    assert!(matches!(nobody, CallError::Status { .. }), "{nobody}");
}

#[tokio::test]
async fn words_of_a_service_cannot_deceive_a_terminal() {
    let (service, client) = usual().await;
    let hostile = "{\"type\":\"urn:delegant:problem:X\",\"status\":403,\"code\":\"X\",\"detail\":\"a\\u001b[2Jb\\u202ec\"}";
    service.fail(|faults| {
        faults.says = Some((403, "application/problem+json; charset=utf-8", hostile))
    });
    let refused = client.get("/files/1").send().await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "refused (403 X): a\u{fffd}[2Jb\u{fffd}c"
    );
}

#[tokio::test]
async fn what_is_no_request_is_told_before_anything_is_sent() {
    let (service, client) = usual().await;
    for path in [
        "files",
        "",
        "@other.example/files",
        ":80/files",
        "/files#part",
    ] {
        let error = client.get(path).send().await.unwrap_err();
        assert!(matches!(error, CallError::Path), "{path}: {error}");
    }
    for name in ["authorization", "Host", "ucan-receipt", "a b"] {
        let error = client
            .get("/files")
            .header(name, "x")
            .send()
            .await
            .unwrap_err();
        assert!(matches!(error, CallError::Header { .. }), "{name}: {error}");
    }
    let nobody = Agent::new(key(AGENT), Delegations::default());
    let nobody = nobody.client(&service.url).unwrap();
    let error = nobody.get("/files").send().await.unwrap_err();
    assert!(matches!(error, CallError::NoSubject), "{error}");
    assert!(service.seen().is_empty());
    // What looks like another host is a path of this service.
    client.get("//other.example/files").send().await.unwrap();
    assert_eq!(service.seen().len(), 1);
}

#[test]
fn a_client_is_for_one_service_and_not_in_the_clear() {
    let agent = agent([]);
    for (url, said) in [
        ("records.example", "not a URL"),
        ("ftp://records.example", "not a URL"),
        ("https://user@records.example", "leave them out"),
        ("https://records.example/?q", "leave them out"),
        ("https://records.example/#f", "leave them out"),
        ("http://records.example", "plain `http`"),
        ("http://localhost.example", "plain `http`"),
        ("http://10.0.0.1", "plain `http`"),
    ] {
        let error = agent.client(url).unwrap_err().to_string();
        assert!(error.contains(said), "{url}: {error}");
    }
    for url in [
        "http://localhost:8080/api",
        "http://127.0.0.1",
        "http://[::1]:80",
    ] {
        assert!(agent.client(url).is_ok(), "{url}");
    }
    assert!(agent.client_in_the_clear("http://records.example").is_ok());
}

#[tokio::test]
async fn a_policy_that_the_service_judges_otherwise_names_the_issuer() {
    // The agent thinks that it may: its own wallet has another delegation in place of the revoked one.
    let (service, client) = usual().await;
    let says = Box::leak(
        format!(
            r#"{{"type":"urn:delegant:problem:MatchError","status":403,"code":"MatchError","detail":"no","explanation":{{"token":"{}"}}}}"#,
            client.agent().delegations().iter().nth(1).unwrap().cid()
        )
        .into_boxed_str(),
    );
    service.fail(|faults| faults.says = Some((403, "application/problem+json", says)));
    let refused = client.get("/files/1").send().await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().whom(), Some(&did(SERVICE)));
    let said = refused.to_string();
    assert!(
        said.contains("whose policy allows these arguments"),
        "{said}"
    );
}
