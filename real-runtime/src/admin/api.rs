//! The routes, and who may use them.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request as Incoming, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::{get, post};
use contract::Unready;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::{Stream, StreamExt as _};

use super::held::Caller;
use super::status::{Health, Status};
use super::{Admin, FOLLOWERS, Served, token};
use crate::driver::{Declined, Request, Seen};

/// The longest body of a request in bytes.
const BODY_MAX: usize = 64 << 10;

/// Says of a view whether everything in it is durable.
pub(super) const DURABLE: HeaderName = HeaderName::from_static("dunbar-durable");

const PAGE: &str = include_str!("page.html");
const OPENAPI: &str = include_str!("openapi.json");
/// The page runs its own script and loads nothing from anywhere else.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'";

/// Who is on the other side of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The node's owner, who may do everything.
    Owner,
    /// Anybody on this machine.
    Anybody,
}

/// The method and path of every route, as `openapi.json` lists them.
#[cfg(test)]
const ROUTES: [(&str, &str); 10] = [
    ("get", "/"),
    ("get", "/health"),
    ("get", "/ready"),
    ("get", "/metrics"),
    ("get", "/openapi.json"),
    ("get", "/v1/node"),
    ("get", "/v1/peers"),
    ("get", "/v1/view"),
    ("get", "/v1/events"),
    ("post", "/v1/command"),
];

/// The routes of one listener.
pub(crate) fn router<P: Served>(admin: Arc<Admin<P>>, access: Access) -> Router {
    let router = Router::new()
        .route("/", get(async || ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE))))
        .route("/openapi.json", get(async || ([(header::CONTENT_TYPE, "application/json")], OPENAPI)))
        .route("/health", get(health::<P>))
        .route("/ready", get(ready::<P>))
        .route("/metrics", get(metrics::<P>))
        .route("/v1/node", get(node::<P>))
        .route("/v1/peers", get(peers::<P>))
        .route("/v1/view", get(view::<P>))
        .route("/v1/events", get(events::<P>))
        .route("/v1/command", post(command::<P>))
        .fallback(async || Refusal(StatusCode::NOT_FOUND, "there is nothing here: see /openapi.json".to_owned()))
        .method_not_allowed_fallback(async || {
            Refusal(StatusCode::METHOD_NOT_ALLOWED, "this path takes another method: see /openapi.json".to_owned())
        })
        .layer(DefaultBodyLimit::max(BODY_MAX));
    let router = match access {
        Access::Owner => router,
        Access::Anybody => router
            .layer(middleware::from_fn_with_state(admin.clone(), writes_need_the_token::<P>))
            .layer(middleware::from_fn(names_this_machine)),
    };
    router.layer(middleware::from_fn(works)).with_state(admin)
}

/// Why a request was not answered.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<Declined> for Refusal {
    fn from(why: Declined) -> Refusal {
        Refusal(StatusCode::SERVICE_UNAVAILABLE, why.to_string())
    }
}

/// A connection is not idle while a request is being answered.
async fn works(ConnectInfo(caller): ConnectInfo<Caller>, request: Incoming, next: Next) -> Response {
    let _work = caller.work();
    next.run(request).await
}

/// A page on the web can make a browser send requests here under a name of its own, but not under one of ours.
async fn names_this_machine(request: Incoming, next: Next) -> Result<Response, Refusal> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let ours = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
    let origin = request.headers().get(header::ORIGIN).map(HeaderValue::as_bytes);
    let same = origin.is_none_or(|origin| origin.strip_prefix(b"http://") == Some(host.as_bytes()));
    match ours && same {
        true => Ok(next.run(request).await),
        false => Err(Refusal(StatusCode::FORBIDDEN, "ask by the name of this machine".to_owned())),
    }
}

async fn writes_need_the_token<P: Served>(
    State(admin): State<Arc<Admin<P>>>,
    request: Incoming,
    next: Next,
) -> Result<Response, Refusal> {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|header| header.to_str().ok());
    match request.method().is_safe() || token::fits(given, &admin.token) {
        true => Ok(next.run(request).await),
        false => {
            let why =
                format!("a command needs `Authorization: Bearer TOKEN`, from {} in the node's folder", token::FILE);
            Err(Refusal(StatusCode::UNAUTHORIZED, why))
        }
    }
}

async fn health<P: Served>(State(admin): State<Arc<Admin<P>>>) -> (StatusCode, Json<Value>) {
    let health = admin.about.status.health();
    let code = if health == Health::Ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(of_health(health)))
}

fn of_health(health: Health) -> Value {
    match health {
        Health::StorageFull { since } => json!({
            "status": health.name(),
            "since_seconds": since.elapsed().as_secs(),
            "detail": health.in_words(),
        }),
        _ => json!({ "status": health.name() }),
    }
}

async fn ready<P: Served>(State(admin): State<Arc<Admin<P>>>) -> (StatusCode, Json<Value>) {
    let ready = of_readiness(&admin.about.status);
    let code = if ready["ready"] == true { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(ready))
}

fn of_readiness(status: &Status) -> Value {
    match status.unready() {
        Some(Unready { reason, detail }) => json!({ "ready": false, "reason": reason, "detail": detail }),
        None => json!({ "ready": true }),
    }
}

async fn metrics<P: Served>(State(admin): State<Arc<Admin<P>>>) -> impl IntoResponse {
    let text = admin.about.status.metrics.render(&admin.about);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

async fn node<P: Served>(State(admin): State<Arc<Admin<P>>>) -> Json<Value> {
    let about = &admin.about;
    let (protocol, version) = about.protocol;
    let observed = about.transport.observed();
    Json(json!({
        "peer": about.id,
        "network": { "name": about.network.name, "id": about.network.network.id().to_string() },
        "protocol": { "name": protocol, "version": version },
        "version": env!("CARGO_PKG_VERSION"),
        "listen": about.listen,
        "observed": observed.map(|(address, peers)| json!({ "address": address, "peers": peers })),
        "uptime_seconds": about.began.elapsed().as_secs(),
        "health": of_health(about.status.health()),
        "readiness": of_readiness(&about.status),
        "work": about.status.work(),
        "connected": about.transport.connected().len(),
    }))
}

async fn peers<P: Served>(State(admin): State<Arc<Admin<P>>>) -> Json<Value> {
    let (about, now_ms) = (&admin.about, crate::discovery::unix_ms());
    let book = about.transport.address_book();
    let peers = about.transport.peers().into_iter().filter(|peer| peer.id != about.id);
    let mut listed: std::collections::BTreeMap<_, _> = peers
        .map(|peer| {
            let connection = peer.connection.map(
                |connection| json!({ "address": connection.address, "rtt_ms": connection.rtt.as_secs_f64() * 1e3 }),
            );
            (peer.id, json!({ "peer": peer.id, "connection": connection, "waiting": peer.waiting }))
        })
        .collect();
    for known in book.known().filter(|known| known.signed.record.peer != about.id) {
        let record = &known.signed.record;
        let entry = listed.entry(record.peer).or_insert_with(|| json!({ "peer": record.peer }));
        entry["record"] = json!({
            "addresses": record.addresses().collect::<Vec<_>>(),
            "age_seconds": now_ms.saturating_sub(record.issued_ms) / 1000,
            "first_hand": known.from == record.peer,
        });
    }
    Json(listed.into_values().collect())
}

async fn view<P: Served>(State(admin): State<Arc<Admin<P>>>) -> Result<Response, Refusal> {
    let (answer, view) = oneshot::channel();
    ask(&admin, Request::View { answer }).await?;
    let Seen { view, durable } = view.await.map_err(|_| Refusal::from(Declined::Stopping))??;
    let durable = HeaderValue::from_static(if durable { "true" } else { "false" });
    Ok(([(DURABLE, durable)], Json(view)).into_response())
}

async fn command<P: Served>(
    State(admin): State<Arc<Admin<P>>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("a command has at most {BODY_MAX} bytes"))
        }
        status => Refusal(status, error.body_text()),
    })?;
    let command = serde_json::from_slice(&body);
    let command = command.map_err(|error| Refusal(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let (answer, reply) = oneshot::channel();
    ask(&admin, Request::Command { command, answer }).await?;
    let reply = reply.await.map_err(|_| Refusal::from(Declined::Stopping))??;
    Ok(Json(reply).into_response())
}

async fn ask<P: Served>(admin: &Admin<P>, request: Request<P>) -> Result<(), Refusal> {
    admin.requests.send(request).await.map_err(|_| Refusal::from(Declined::Stopping))
}

async fn events<P: Served>(
    State(admin): State<Arc<Admin<P>>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let following = caller.follow().ok_or_else(|| {
        Refusal(StatusCode::SERVICE_UNAVAILABLE, format!("{FOLLOWERS} others follow the events already"))
    })?;
    let stream = BroadcastStream::new(admin.about.events.subscribe()).map(move |event| {
        let _until_the_stream_ends = &following;
        Ok(match event {
            Ok(line) => Event::default().data(line),
            Err(BroadcastStreamRecvError::Lagged(missed)) => {
                Event::default().data(json!({ "missed": missed }).to_string())
            }
        })
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_openapi_document_lists_exactly_the_routes() {
        let document: Value = serde_json::from_str(OPENAPI).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let methods = |(path, item): (&String, &Value)| -> Vec<(String, String)> {
            item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())).collect()
        };
        let mut listed: Vec<_> = paths.iter().flat_map(methods).collect();
        let mut routes = ROUTES.map(|(method, path)| (method.to_owned(), path.to_owned()));
        listed.sort();
        routes.sort();
        assert_eq!(listed, routes);
        let source = include_str!("api.rs");
        let written = source.matches(".route(\"").count();
        assert_eq!(written, ROUTES.len(), "a route without a line in ROUTES, or the other way round");
    }
}
