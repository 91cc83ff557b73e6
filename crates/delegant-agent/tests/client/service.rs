//! A service to call: over real sockets, deciding with the real verifier, and able to fail on demand.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HOST, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use delegant::{
    Authorization, Cid, Container, ContainerFormat, Delegation, Did, DidKeys, Evidence, Invocation,
    Ipld, Limits, Nonce, Outcome, Parsed, Receipt, Revocations, SecretKey, Signer, Timestamp,
    Verified, authorize, from_dag_json,
};
use delegant_http::names::{CONTAINER_TYPE, PROBLEM_TYPE, RECEIPT_HEADER};
use delegant_http::{
    Answer, BodyDigest, Challenge, Explained, Problem, Request as Bound, bind, carrier, plain,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What the service saw of one request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) invocation: Option<Cid>,
    pub(crate) delegations: usize,
    pub(crate) header: usize,
}

/// What goes wrong, and how often it still does.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Refused before anything is looked at.
    pub(crate) busy: usize,
    /// Done, and no answer: the connection ends.
    pub(crate) dropped: usize,
    /// Proofs are not remembered.
    pub(crate) forgetful: bool,
    /// Asks for what it was sent.
    pub(crate) nagging: bool,
    /// Seconds that its clock is ahead.
    pub(crate) ahead: i64,
    /// Revoked and refused.
    pub(crate) revocations: Revocations,
    pub(crate) receipt: Forgery,
    /// Answers this, whatever is asked.
    pub(crate) says: Option<(u16, &'static str, &'static str)>,
}

/// How a receipt goes wrong.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgery {
    #[default]
    None,
    Absent,
    OtherTask,
    OtherKey,
    OtherBody,
    OtherStatus,
    Success,
}

pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

pub(crate) struct Shared {
    key: SecretKey,
    seen: Mutex<Vec<Seen>>,
    pub(crate) faults: Mutex<Faults>,
    proofs: Mutex<HashMap<Cid, Parsed<Delegation>>>,
    redeemed: Mutex<HashSet<[u8; 32]>>,
}

impl Service {
    pub(crate) async fn start(key: SecretKey) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, key)
    }

    pub(crate) fn on(listener: TcpListener, key: SecretKey) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            key,
            seen: Mutex::default(),
            faults: Mutex::default(),
            proofs: Mutex::default(),
            redeemed: Mutex::default(),
        });
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            shared,
            serving,
        }
    }

    pub(crate) fn fail(&self, set: impl FnOnce(&mut Faults)) {
        set(&mut self.shared.faults.lock().unwrap());
    }

    /// What was seen since the last time.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.shared.seen.lock().unwrap())
    }

    pub(crate) fn forget_proofs(&self) {
        self.shared.proofs.lock().unwrap().clear();
    }

    /// How many invocations were used.
    pub(crate) fn redeemed(&self) -> usize {
        self.shared.redeemed.lock().unwrap().len()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A refusal on its way to a response.
type Refused = Box<Problem>;

impl Shared {
    fn did(&self) -> Did {
        self.key.did()
    }

    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let ahead = self.faults.lock().unwrap().ahead;
        Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap() + ahead).unwrap()
    }

    /// Is it allowed? Nothing is used.
    fn check(
        &self,
        container: &Container,
        invocation: &Parsed<Invocation>,
    ) -> Result<Authorization, Refused> {
        let invocation = invocation
            .verify(&DidKeys)
            .map_err(|_| Problem::new(401, "InvalidSignature"))?;
        let faults = self.faults.lock().unwrap();
        let (forgetful, nagging, revocations) =
            (faults.forgetful, faults.nagging, faults.revocations.clone());
        drop(faults);
        let mut proofs = container.delegations().to_vec();
        if nagging {
            proofs.clear();
        }
        if !forgetful {
            let remembered = self.proofs.lock().unwrap();
            proofs.extend(
                invocation
                    .proofs()
                    .iter()
                    .filter_map(|cid| remembered.get(cid).cloned()),
            );
        }
        let missing: Vec<Cid> = invocation
            .proofs()
            .iter()
            .copied()
            .filter(|cid| !proofs.iter().any(|proof| proof.cid() == *cid))
            .collect();
        if !missing.is_empty() {
            return Err(Box::new(
                Problem::new(403, "UnavailableProof").with_missing(missing),
            ));
        }
        let token = invocation.cid();
        let evidence = Evidence {
            now: self.now(),
            leeway: Duration::from_secs(60),
            executor: &self.did(),
            keys: &DidKeys,
            proofs: &proofs,
            revocations: &revocations,
            limits: &Limits::DEFAULT,
        };
        let leave = authorize(invocation, evidence).map_err(|denial| {
            let code = denial.reason.code();
            let is_its_own = denial.token == token && ["Expired", "TooEarly"].contains(&code);
            let status = if is_its_own { 401 } else { 403 };
            Problem::new(status, code)
                .with_detail(denial.to_string())
                .with_explanation(Explained::from(&denial))
        })?;
        if !forgetful {
            let mut remembered = self.proofs.lock().unwrap();
            remembered.extend(
                leave
                    .delegations()
                    .iter()
                    .map(|proof| (proof.cid(), proof.to_parsed())),
            );
        }
        Ok(leave)
    }

    fn redeem(&self, leave: &Authorization) -> Result<(), Refused> {
        let digest = leave.invocation().payload_digest();
        if self.redeemed.lock().unwrap().insert(digest) {
            return Ok(());
        }
        Err(Box::new(Problem::new(409, "Replayed")))
    }

    fn receipt(
        &self,
        invocation: &Verified<Invocation>,
        outcome: Outcome,
    ) -> Option<Verified<Receipt>> {
        let forgery = self.faults.lock().unwrap().receipt;
        let task = match forgery {
            Forgery::Absent => return None,
            Forgery::OtherTask => Cid::of(b"another"),
            _ => invocation.task().unwrap(),
        };
        let until = invocation.bounds().expiration().unwrap();
        let receipt = Receipt::builder(task, outcome).expiration(until);
        let nonce = Nonce::random().unwrap();
        Some(if forgery == Forgery::OtherKey {
            let other = SecretKey::generate(delegant::Algorithm::P256).unwrap();
            receipt.sign(&other, nonce).unwrap()
        } else {
            receipt.sign(&self.key, nonce).unwrap()
        })
    }

    /// The command of a path, and the parameters in it.
    fn route(path: &str, method: &str) -> (delegant::Command, Vec<(&'static str, String)>) {
        let patient = |rest: &str| vec![("patient", rest.to_owned())];
        match path.strip_prefix("/encounters/") {
            Some(rest) => ("/encounters/read".parse().unwrap(), patient(rest)),
            None if path == "/notes" => ("/notes/write".parse().unwrap(), Vec::new()),
            None => (plain::command(method).unwrap(), Vec::new()),
        }
    }

    fn rest(
        &self,
        request: &axum::http::request::Parts,
        body: &Bytes,
    ) -> Result<Response, Refused> {
        let values = request.headers.get_all(AUTHORIZATION).iter();
        let text = carrier::read(values.map(HeaderValue::as_bytes))
            .map_err(|cause| Problem::new(401, "NoToken").with_detail(cause.to_string()))?;
        let container = Container::decode(text).map_err(|cause| Problem::new(400, cause.code()))?;
        let invocation = container
            .invocation()
            .map_err(|cause| Problem::new(400, cause.code()))?;
        let leave = self.check(&container, invocation)?;
        let (command, parameters) = Self::route(request.uri.path(), request.method.as_str());
        let bound = Bound {
            method: request.method.as_str(),
            authority: request.headers.get(HOST).unwrap().to_str().unwrap(),
            path: request.uri.path(),
            query: request.uri.query().unwrap_or_default(),
            body: BodyDigest::of_some(body),
        };
        let parameters = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        bind(leave.invocation(), &command, parameters, &bound).map_err(|cause| {
            Problem::new(400, "NotBound")
                .with_detail(cause.to_string())
                .with_explanation(Explained::from(&cause))
        })?;
        self.redeem(&leave)?;
        Ok(self.handle(&leave, request, body))
    }

    /// The handler: says what was signed and what was sent, and 404 where asked to.
    fn handle(
        &self,
        leave: &Authorization,
        request: &axum::http::request::Parts,
        body: &Bytes,
    ) -> Response {
        let status = if request.uri.path() == "/nothing" {
            404
        } else {
            200
        };
        let said = delegant::to_dag_json(&Ipld::Map(leave.arguments().clone())).unwrap();
        let said = format!(
            r#"{{"signed":{said},"sent":"{}"}}"#,
            String::from_utf8_lossy(body).escape_default()
        );
        let mut response = Response::new(said.clone().into());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        if request.headers.contains_key(RECEIPT_HEADER) {
            let forgery = self.faults.lock().unwrap().receipt;
            let mut answer = Answer {
                status,
                body: BodyDigest::of(said.as_bytes()),
            };
            match forgery {
                Forgery::OtherBody => answer.body = BodyDigest::of(b"another"),
                Forgery::OtherStatus => answer.status = 201,
                _ => {}
            }
            let outcome = if status < 400 && forgery != Forgery::Success {
                Outcome::Ok(answer.into())
            } else {
                Outcome::Error(answer.into())
            };
            if let Some(receipt) = self.receipt(leave.invocation(), outcome) {
                let text = container_of([receipt], ContainerFormat::Base64Url);
                response
                    .headers_mut()
                    .insert(RECEIPT_HEADER, HeaderValue::from_bytes(&text).unwrap());
            }
        }
        response
    }

    fn deposit(&self, body: &Bytes) -> Result<Response, Refused> {
        let container = Container::decode(body).map_err(|cause| Problem::new(400, cause.code()))?;
        let invocation = container
            .invocation()
            .map_err(|cause| Problem::new(400, cause.code()))?;
        let _ = self.check(&container, invocation)?;
        let mut response = Response::new("".into());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }

    fn rpc(&self, body: &Bytes) -> Result<Response, Refused> {
        let container = Container::decode(body).map_err(|cause| Problem::new(400, cause.code()))?;
        let mut receipts = Vec::new();
        for invocation in container.invocations() {
            let outcome = match self.check(&container, invocation).and_then(|leave| {
                self.redeem(&leave)?;
                Ok(leave)
            }) {
                Ok(leave) if leave.command().as_str() == "/fail" => Outcome::Error(Ipld::Map(
                    BTreeMap::from([("code".to_owned(), "Full".into())]),
                )),
                Ok(leave) => Outcome::Ok(Ipld::Map(leave.arguments().clone())),
                Err(problem) => Outcome::Error(from_dag_json(&problem.to_json()).unwrap()),
            };
            let verified = invocation.verify(&DidKeys).unwrap();
            receipts.extend(self.receipt(&verified, outcome));
        }
        let body = container_of(receipts, ContainerFormat::Bytes);
        let mut response = Response::new(body.into());
        let media_type = HeaderValue::from_static(CONTAINER_TYPE);
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        Ok(response)
    }
}

fn container_of(
    receipts: impl IntoIterator<Item = Verified<Receipt>>,
    format: ContainerFormat,
) -> Vec<u8> {
    let tokens = receipts
        .into_iter()
        .map(|receipt| delegant::Token::decode(receipt.bytes()).unwrap());
    Container::from_iter(tokens).encode(format).unwrap()
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let path = request.uri.path();
    let header = request
        .headers
        .get(AUTHORIZATION)
        .map(HeaderValue::as_bytes);
    let carried = header.and_then(|header| Container::decode(header.strip_prefix(b"UCAN ")?).ok());
    let carried = carried.or_else(|| Container::decode(&body).ok());
    shared.seen.lock().unwrap().push(Seen {
        path: path.to_owned(),
        invocation: carried
            .as_ref()
            .and_then(|carried| Some(carried.invocations().first()?.cid())),
        delegations: carried.map_or(0, |carried| carried.delegations().len()),
        header: header.map_or(0, <[u8]>::len),
    });

    let mut faults = shared.faults.lock().unwrap();
    if let Some((status, media_type, body)) = faults.says {
        let mut response = Response::new(body.into());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        return response;
    }
    let is_busy = faults.busy > 0;
    faults.busy = faults.busy.saturating_sub(1);
    drop(faults);
    let outcome = match path {
        _ if is_busy => Err(Box::new(Problem::new(503, "Busy"))),
        "/ucan" => shared.rpc(&body),
        "/ucan/proofs" => shared.deposit(&body),
        _ => shared.rest(&request, &body),
    };
    let mut faults = shared.faults.lock().unwrap();
    let is_dropped = faults.dropped > 0 && outcome.is_ok();
    faults.dropped -= usize::from(is_dropped);
    let ahead = faults.ahead;
    drop(faults);
    if is_dropped {
        // The task ends, and the connection with it.
        std::panic::resume_unwind(Box::new("no answer, as asked for"));
    }
    let mut response = outcome.unwrap_or_else(|problem| {
        let mut response = Response::new(problem.to_json().into());
        *response.status_mut() = StatusCode::from_u16(problem.status()).unwrap();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if problem.status() == 401 || problem.status() == 403 {
            let (command, _) = Shared::route(path, request.method.as_str());
            let challenge = Challenge::new(shared.did()).command(command);
            headers.insert(WWW_AUTHENTICATE, challenge.to_string().parse().unwrap());
        }
        response
    });
    if ahead != 0 {
        let now = SystemTime::now();
        let shift = Duration::from_secs(ahead.unsigned_abs());
        let theirs = if ahead > 0 { now + shift } else { now - shift };
        response
            .headers_mut()
            .insert(DATE, httpdate::fmt_http_date(theirs).parse().unwrap());
    }
    response
}
