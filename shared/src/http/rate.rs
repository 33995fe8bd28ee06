//! How many requests a token or an address may send in a minute, said in the headers of
//! draft-ietf-httpapi-ratelimit-headers-10.

use http::{HeaderName, header};

use super::guard;
use super::problem::Problem;
use super::request::Request;
use super::response::Response;
use crate::domain::Timestamp;
use crate::domain::access::Caller;
use crate::store::{Connection, tokens};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const SECONDS: u64 = 60;

/// What is left of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    limit: u64,
    left: u64,
    /// Seconds until there is a new one.
    reset: u64,
}

/// Counts a request; `None` where any number may be sent: everywhere without a limit, and of what needs
/// no token, probes among it.
///
/// # Errors
/// 429 for one too many.
pub async fn take(
    connection: &impl Connection,
    limit: u64,
    request: &Request,
    caller: &Caller,
    now: Timestamp,
) -> Result<Option<Allowance>, Problem> {
    let is_free = guard::demand(&request.method, &request.segments())
        .scope
        .is_none();
    if limit == 0 || is_free {
        return Ok(None);
    }
    let who = match caller.token_id() {
        Some(id) => format!("token:{id}"),
        None => format!("address:{}", address(request)),
    };
    let count = tokens::count(connection, &who, now).await?;
    let seconds = now.milliseconds().div_euclid(1000).rem_euclid(60);
    let allowance = Allowance {
        limit,
        left: limit.saturating_sub(count),
        reset: SECONDS.saturating_sub(seconds.unsigned_abs()),
    };
    if count <= limit {
        return Ok(Some(allowance));
    }
    Err(Problem {
        headers: vec![
            (header::RETRY_AFTER, allowance.reset.to_string()),
            (LIMIT, allowance.state()),
            (POLICY, allowance.policy()),
        ],
        ..Problem::too_many(format!(
            "More than {limit} requests within a minute, the limit here."
        ))
    })
}

impl Allowance {
    fn state(self) -> String {
        format!("\"requests\";r={};t={}", self.left, self.reset)
    }

    fn policy(self) -> String {
        format!("\"requests\";q={};w={SECONDS}", self.limit)
    }

    pub fn tell(self, response: Response) -> Response {
        response
            .with(LIMIT, &self.state())
            .with(POLICY, &self.policy())
    }
}

/// The client's address as the host saw it, without the port. Behind a proxy that is the proxy's:
/// there tokens tell clients apart.
fn address(request: &Request) -> String {
    let address = request.header("spin-client-addr").unwrap_or("unknown");
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host.chars()
        .filter(|letter| letter.is_ascii_hexdigit() || matches!(letter, '.' | ':'))
        .take(64)
        .collect()
}
