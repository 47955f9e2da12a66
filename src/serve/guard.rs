//! Who may ask: checks of `Host` and `Origin`, and the headers that keep a browser from doing more than it should.
//!
//! A page of any site can make a browser send requests to this computer. Such a request has the site's `Origin`; and where
//! the site's name is made to lead here (DNS rebinding), it has the site's `Host`. Addresses cannot be rebound, so that
//! only names are looked at.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;

/// Names and sites that may ask, beside those that always may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Names of this server, such as `translate.example.org`, in small letters.
    pub hosts: Vec<String>,
    /// Origins of sites whose pages may ask, such as `https://weblate.example.org`; `*` is all.
    pub origins: Vec<String>,
}

/// Schemes of the pages of browser add-ons: whoever installed one trusts it.
const ADD_ONS: [&str; 3] = ["chrome-extension", "moz-extension", "safari-web-extension"];

/// Headers of every answer.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Lets through what may ask, and answers the questions that browsers ask beforehand.
pub async fn guard(
    State(admitted): State<std::sync::Arc<Admitted>>,
    request: Request,
    next: Next,
) -> Response {
    let is_question = request.method() == Method::OPTIONS;
    let origin = admitted.admit(
        request.uri().authority(),
        request.version(),
        request.headers(),
    );
    let (mut response, origin) = match origin {
        Err(refusal) => (refusal.into_response(), None),
        Ok(origin) if is_question => (StatusCode::NO_CONTENT.into_response(), origin),
        Ok(origin) => (next.run(request).await, origin),
    };
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if is_question {
            for (name, value) in [
                (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
                (
                    header::ACCESS_CONTROL_ALLOW_HEADERS,
                    "Authorization, Content-Type",
                ),
                (header::ACCESS_CONTROL_MAX_AGE, "86400"),
            ] {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
    }
    response
}

impl Admitted {
    /// The origin to name in the answer, if the request comes from another site that may ask.
    fn admit(
        &self,
        target: Option<&Authority>,
        version: Version,
        headers: &HeaderMap,
    ) -> Result<Option<HeaderValue>, Refusal> {
        let host = match (target, headers.get(header::HOST)) {
            (Some(target), _) => Some(target.clone()),
            (None, Some(host)) => {
                let host = Authority::try_from(host.as_bytes());
                Some(host.map_err(|_| Refusal::bad("The header Host is malformed"))?)
            }
            (None, None) if version == Version::HTTP_10 => None,
            (None, None) => return Err(Refusal::bad("The header Host is missing")),
        };
        if let Some(host) = &host
            && !self.is_ours(host.host())
        {
            return Err(Refusal::forbidden(
                "This server is not called so: --allow-host adds a name",
            ));
        }
        let Some(origin) = headers.get(header::ORIGIN) else {
            return Ok(None);
        };
        let text = origin.to_str().unwrap_or_default();
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let is_own = ["http", "https"].contains(&scheme)
            && host.is_some_and(|host| host.as_str().eq_ignore_ascii_case(rest));
        if is_own {
            return Ok(None);
        }
        let is_allowed = |allowed: &String| allowed == "*" || allowed.eq_ignore_ascii_case(text);
        match ADD_ONS.contains(&scheme) || self.origins.iter().any(is_allowed) {
            true => Ok(Some(origin.clone())),
            false => Err(Refusal::forbidden(
                "Pages of other sites may not ask: --cors allows one",
            )),
        }
    }

    /// Whether a host is this server: by an address, as `localhost`, or by one of its names.
    fn is_ours(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_address = host.parse::<IpAddr>().is_ok() || bare.parse::<Ipv6Addr>().is_ok();
        is_address
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.hosts.contains(&host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer to a request with these headers: the origin that it names, or the status of its refusal.
    fn admit(headers: &[(HeaderName, &str)]) -> Result<Option<String>, u16> {
        let admitted = Admitted {
            hosts: vec!["translate.example.org".into()],
            origins: vec!["https://weblate.example.org".into()],
        };
        let headers = (headers.iter())
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect();
        match admitted.admit(None, Version::HTTP_11, &headers) {
            Ok(origin) => Ok(origin.map(|origin| origin.to_str().unwrap().to_owned())),
            Err(refusal) => Err(refusal.into_response().status().as_u16()),
        }
    }

    #[test]
    fn addresses_and_own_names_are_ours_and_no_others() {
        for host in [
            "127.0.0.1:5000",
            "localhost",
            "LOCALHOST:80",
            "localhost.:5000",
            "a.localhost",
            "[::1]:5000",
            "192.168.1.7:5000",
            "Translate.example.org",
        ] {
            assert_eq!(admit(&[(header::HOST, host)]), Ok(None), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:5000",
            "localhost.evil.example",
            "evil-localhost",
            "translate.example.org.evil.example",
            "127.0.0.1@evil.example",
            "127.1",
            "0x7f.1",
        ] {
            let refused = admit(&[(header::HOST, host)]);
            assert!(matches!(refused, Err(403 | 400)), "{host}: {refused:?}");
        }
        assert_eq!(admit(&[]), Err(400));
        assert_eq!(admit(&[(header::HOST, "a b")]), Err(400));
    }

    #[test]
    fn other_sites_may_not_ask_unless_allowed() {
        let from = |origin| admit(&[(header::HOST, "localhost:5000"), (header::ORIGIN, origin)]);
        assert_eq!(from("http://localhost:5000"), Ok(None));
        for refused in [
            "http://localhost:5001",
            "http://127.0.0.1:5000",
            "https://evil.example",
            "null",
            "",
            "file://",
            "ftp://localhost:5000",
            "https://weblate.example.org.evil.example",
        ] {
            assert_eq!(from(refused), Err(403), "{refused}");
        }
        for allowed in ["https://weblate.example.org", "moz-extension://0f3c"] {
            assert_eq!(from(allowed), Ok(Some(allowed.into())), "{allowed}");
        }
        let all = Admitted {
            origins: vec!["*".into()],
            ..Admitted::default()
        };
        let headers = [
            (header::HOST, HeaderValue::from_static("localhost")),
            (header::ORIGIN, HeaderValue::from_static("null")),
        ];
        let admitted = all.admit(None, Version::HTTP_11, &HeaderMap::from_iter(headers));
        assert!(matches!(admitted, Ok(Some(_))));
    }
}
