//! A server and a client made with `rmcp`, with the guard around one and the signer around the other.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::sync::Arc;

use delegant::{Algorithm, Delegation, Nonce, SecretKey, Signer, Timestamp};
use delegant_agent::{Agent, Delegations};
use delegant_mcp::{Guard, Holder, Rules, service, transport};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer, ServiceError};
use rmcp::{ErrorData, ServerHandler, ServiceExt};
use serde_json::json;

#[derive(Clone)]
struct Records;

impl ServerHandler for Records {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let schema = Arc::new(serde_json::Map::new());
        let tool = |name: &'static str| Tool::new(name, name, Arc::clone(&schema));
        Ok(ListToolsResult::with_all_items(vec![
            tool("read"),
            tool("export"),
        ]))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let leave = service::authorization(&context);
        let who = leave.map_or_else(|| "nobody".to_owned(), |leave| leave.invoker().to_string());
        let said = json!({ "who": who, "arguments": request.arguments, "meta": context.meta });
        Ok(CallToolResult::success(vec![ContentBlock::text(said.to_string())]).into())
    }
}

fn key() -> SecretKey {
    SecretKey::generate(Algorithm::Ed25519).unwrap()
}

fn in_an_hour() -> Timestamp {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    Timestamp::from_unix(i64::try_from(now.as_secs()).unwrap() + 3600).unwrap()
}

/// Lets the agent call one tool about one patient.
fn given(server: &SecretKey, agent: &SecretKey) -> Delegations {
    let command = "/mcp/tools/call/read".parse().unwrap();
    let delegation = Delegation::builder(agent.did(), server.did(), command)
        .policy(r#"[["==", ".arguments.patient", "p-17"]]"#.parse().unwrap())
        .expiration(in_an_hour())
        .sign(server, Nonce::random().unwrap())
        .unwrap();
    Delegations::from_iter([delegation])
}

fn rules(server: &SecretKey) -> Rules {
    let text = format!(
        "server = \"{}\"\nmode = \"enforce\"\nhide_tools = true\n[tools.read]",
        server.did()
    );
    Rules::parse(&text).unwrap()
}

fn read(patient: &str) -> CallToolRequestParams {
    let arguments = json!({ "patient": patient }).as_object().unwrap().clone();
    CallToolRequestParams::new("read").with_arguments(arguments)
}

fn error_of(answer: Result<CallToolResult, ServiceError>) -> ErrorData {
    match answer {
        Err(ServiceError::McpError(error)) => error,
        other => panic!("an error of the protocol, not {other:?}"),
    }
}

#[tokio::test]
async fn a_call_is_signed_checked_and_known_to_the_handler() {
    let (server, agent) = (key(), key());
    let did = agent.did();
    let guarded = service::guard(Records, Guard::open(rules(&server)).await.unwrap());
    let (here, there) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(async move { guarded.serve(there).await.unwrap().waiting().await });

    let wallet = given(&server, &agent);
    let holder = Holder::new(Agent::new(agent, wallet));
    let client = ().serve(transport::sign(here, holder, |signing| signing)).await.unwrap();

    // It says that it takes proofs, and shows what has a rule.
    let info = client.peer_info().unwrap();
    let extensions = info.capabilities.extensions.clone().unwrap();
    assert_eq!(
        extensions["dev.delegant/proof"]["server"],
        json!(server.did().to_string())
    );
    let tools = client.list_all_tools().await.unwrap();
    assert_eq!(
        tools.iter().map(|tool| &*tool.name).collect::<Vec<_>>(),
        ["read"]
    );

    // The handler knows who asks, and sees no proof.
    for _ in 0..2 {
        let answer = client.call_tool(read("p-17")).await.unwrap();
        let said = serde_json::to_value(&answer.content).unwrap()[0]["text"].to_string();
        assert!(said.contains(&did.to_string()), "{said}");
        assert!(!said.contains("dev.delegant/proof"), "{said}");
    }

    // What the agent may not do is not even sent.
    let error = error_of(client.call_tool(read("p-18")).await);
    assert_eq!(error.code.0, -31_403);
    assert!(error.message.contains("p-18"), "{}", error.message);
    assert!(!error.message.contains("did:key"), "{}", error.message);

    drop(client);
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_signs_nothing_gets_an_error_and_no_result() {
    let server = key();
    let guarded = service::guard(Records, Guard::open(rules(&server)).await.unwrap());
    let (here, there) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { guarded.serve(there).await.unwrap().waiting().await });
    let client = ().serve(here).await.unwrap();
    let error = error_of(client.call_tool(read("p-17")).await);
    assert_eq!(
        (error.code.0, error.data.unwrap()["code"].clone()),
        (-31_401, json!("NoToken"))
    );
    let export = CallToolRequestParams::new("export");
    let error = error_of(client.call_tool(export).await);
    assert_eq!(error.data.unwrap()["code"], json!("NoRule"));
}

#[tokio::test]
async fn a_server_without_a_guard_gets_what_the_client_wrote() {
    let agent = key();
    let (here, there) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { Records.serve(there).await.unwrap().waiting().await });
    let wallet = given(&key(), &agent);
    let holder = Holder::new(Agent::new(agent, wallet));
    let client = ().serve(transport::sign(here, holder, |signing| signing)).await.unwrap();
    let answer = client.call_tool(read("p-18")).await.unwrap();
    let said = serde_json::to_value(&answer.content).unwrap()[0]["text"].to_string();
    assert!(
        said.contains("nobody") && !said.contains("dev.delegant"),
        "{said}"
    );
}
