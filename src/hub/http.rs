//! The part of the hub's HTTP interface that downloads need.
//!
//! The crate `hf-hub` says what a repository and its revisions are called in addresses, what the list of its files looks
//! like, and where things lie in the cache that all programs of the hub share. Its downloads are not used, as read in its
//! sources:
//!
//! - 0.5.0 without default features runs on the same blocking `ureq` 3, retries and resumes with ranges. But it checks no
//!   checksum, appends the whole file to the part where a server answers a range with 200, sets no timeouts, knows neither
//!   `HF_HUB_CACHE` nor `HF_HUB_OFFLINE`, and takes tags of the server as file names unchecked.
//! - 1.0.0 starts every download of the cache from the first byte, compares neither length nor checksum with what the server
//!   announced (hyper notices a body that is shorter than its `Content-Length`), joins the server's `ETag` and
//!   `X-Repo-Commit` to paths unchecked, and brings tokio, reqwest, the xet protocol and a TLS library in C: 153 crates.
//!
//! Downloads of hundreds of megabytes that must resume and must not be trusted are what is needed here. The part of the
//! interface that they use is small and old: `resolve` addresses with `ETag`, `X-Linked-ETag`, `X-Linked-Size` and ranges.

use std::io::Read;
use std::time::Duration;

use hf_hub::api::RepoInfo;
use serde::Deserialize;
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};

use super::names::{Repository, is_blob, is_commit, percent_encoded};
use super::{HubError, HubSettings};

/// Longest list of files, in bytes; a longer one is rejected.
const LONGEST_LIST: u64 = 32 << 20;
/// Most redirections of a request.
const MOST_REDIRECTS: usize = 8;
/// Timeout for the body of one request; over a slow line further requests fetch the rest.
const BODY_TIME: Duration = Duration::from_secs(300);
/// Longest `Retry-After` that is honoured.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Why a request failed.
pub enum Failure {
    /// It may succeed later, perhaps after the time in `Retry-After`.
    Transient(HubError, Option<Duration>),
    /// It will fail again.
    Permanent(HubError),
}

impl From<HubError> for Failure {
    fn from(error: HubError) -> Self {
        Self::Permanent(error)
    }
}

impl From<Failure> for HubError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Transient(error, _) | Failure::Permanent(error) => error,
        }
    }
}

/// A connection to the hub.
pub struct Hub<'a> {
    settings: &'a HubSettings,
    agent: Agent,
}

/// The files of a repository at a revision.
pub struct Listing {
    /// 40 hexadecimal digits.
    pub commit: String,
    /// The paths of all files, not checked yet.
    pub paths: Vec<String>,
    /// Licence, as the hub names it.
    pub licence: Option<String>,
}

/// A file as the hub describes it.
#[derive(Debug, Clone)]
pub struct RemoteFile {
    /// In the repository.
    pub path: String,
    /// The checksum by which the cache knows the content; it is a plain name.
    pub tag: String,
    /// In bytes. Not a byte more is written.
    pub size: u64,
}

/// A model that the hub's search found.
#[derive(Debug, Deserialize)]
pub struct SearchHit {
    /// Owner and name.
    pub id: String,
    /// Among them the architecture, languages and licence.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Of the last month.
    #[serde(default)]
    pub downloads: u64,
}

impl<'a> Hub<'a> {
    /// Opens no connection yet. Proxies are those of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    pub fn new(settings: &'a HubSettings) -> Self {
        let config = Agent::config_builder()
            // Redirects are followed here: the token must not go with them, and the first answer has headers that count.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .accept_encoding("identity")
            .user_agent(concat!("degist/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_recv_body(Some(BODY_TIME))
            .build();
        Self {
            settings,
            agent: config.new_agent(),
        }
    }

    /// The files of a repository.
    pub fn list(&self, repository: &Repository, revision: &str) -> Result<Listing, Failure> {
        /// What `hf-hub` knows of an answer, and what it does not.
        #[derive(Deserialize)]
        struct Info {
            #[serde(flatten)]
            repository: RepoInfo,
            #[serde(default)]
            tags: Vec<String>,
        }
        let endpoint = &self.settings.endpoint;
        // `hf-hub` encodes no more than the slash of a revision.
        let revision = percent_encoded(revision);
        let url = format!("{endpoint}/api/{}", repository.at(&revision).api_url());
        let info: Info = self.json(&url)?;
        let RepoInfo { siblings, sha } = info.repository;
        if !is_commit(&sha) {
            return Err(Failure::Permanent(strange(&url, "its commit is no commit")));
        }
        let licence = (info.tags.iter()).find_map(|tag| tag.strip_prefix("license:"));
        Ok(Listing {
            commit: sha,
            paths: siblings.into_iter().map(|file| file.rfilename).collect(),
            licence: licence.map(|licence| licence.escape_debug().to_string()),
        })
    }

    /// Models whose names have `word` in them.
    pub fn search(&self, word: &str, most: usize) -> Result<Vec<SearchHit>, Failure> {
        let word = percent_encoded(word).replace('/', "%2F");
        let endpoint = &self.settings.endpoint;
        self.json(&format!(
            "{endpoint}/api/models?search={word}&sort=downloads&direction=-1&limit={most}"
        ))
    }

    fn json<T: for<'de> Deserialize<'de>>(&self, url: &str) -> Result<T, Failure> {
        let mut answer = self.follow("GET", url, 0, |_| false)?.0;
        let mut bytes = Vec::new();
        let reader = answer.body_mut().as_reader().take(LONGEST_LIST);
        let read = { reader }.read_to_end(&mut bytes);
        read.map_err(|error| transient(url, &error.to_string()))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::Permanent(strange(url, &error.to_string())))
    }

    /// Size and checksum of a file, by a `HEAD` request.
    pub fn describe(
        &self,
        repository: &Repository,
        commit: &str,
        path: &str,
    ) -> Result<RemoteFile, Failure> {
        let url = self.address(repository, commit, path);
        // The hub answers for large files itself and sends on to a store whose own tags mean nothing.
        let has_tag = |headers: &HeaderMap| headers.contains_key("x-linked-etag");
        let (answer, _) = self.follow("HEAD", &url, 0, has_tag)?;
        let header = |name| Some(answer.headers().get(name)?.to_str().ok()?.trim());
        let tag = header("x-linked-etag").or_else(|| header("etag"));
        let tag = tag.unwrap_or_default();
        let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
        if !is_blob(tag) {
            let problem = format!("its ETag `{}` is no checksum", tag.escape_debug());
            return Err(Failure::Permanent(strange(&url, &problem)));
        }
        if header("x-repo-commit").is_some_and(|answered| answered != commit) {
            return Err(Failure::Permanent(strange(&url, "it is of another commit")));
        }
        // The length of a redirection is not the file's.
        let whole = (answer.status() == StatusCode::OK).then(|| header("content-length"));
        let size = header("x-linked-size").or(whole.flatten());
        let Some(size) = size.and_then(|size| size.parse().ok()) else {
            return Err(Failure::Permanent(strange(&url, "it tells no length")));
        };
        Ok(RemoteFile {
            path: path.into(),
            tag: tag.into(),
            size,
        })
    }

    /// Asks for a file from byte `from` on. The answer has status 200 (the whole file), 206 (from there) or 416 (there are
    /// not as many bytes).
    pub fn fetch(
        &self,
        repository: &Repository,
        commit: &str,
        path: &str,
        from: u64,
    ) -> Result<Response<Body>, Failure> {
        let url = self.address(repository, commit, path);
        Ok(self.follow("GET", &url, from, |_| false)?.0)
    }

    /// The address of a file.
    pub fn address(&self, repository: &Repository, commit: &str, path: &str) -> String {
        let (endpoint, path) = (&self.settings.endpoint, percent_encoded(path));
        let repo = repository.at(commit);
        let (name, revision) = (repo.url(), repo.url_revision());
        format!("{endpoint}/{name}/resolve/{revision}/{path}")
    }

    /// Sends a request, and on where it is sent on, until `enough` of the headers or no redirection. The address is that
    /// of the last answer.
    fn follow(
        &self,
        method: &str,
        url: &str,
        from: u64,
        enough: impl Fn(&HeaderMap) -> bool,
    ) -> Result<(Response<Body>, String), Failure> {
        let mut address = url.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.send(method, &address, from)?;
            let status = answer.status();
            if !status.is_redirection() || enough(answer.headers()) {
                return match status {
                    StatusCode::RANGE_NOT_SATISFIABLE if from > 0 => Ok((answer, address)),
                    _ if status.is_success() || status.is_redirection() => Ok((answer, address)),
                    _ => Err(self.refused(url, &answer)),
                };
            }
            let next = answer.headers().get("location");
            let next = next.and_then(|next| next.to_str().ok()).unwrap_or_default();
            address = redirected(&address, next).ok_or_else(|| {
                let next = next.escape_debug();
                strange(
                    url,
                    &format!("it sends on to `{next}`, where nobody follows"),
                )
            })?;
        }
        Err(Failure::Permanent(strange(url, "it sends on without end")))
    }

    fn send(&self, method: &str, url: &str, from: u64) -> Result<Response<Body>, Failure> {
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        if let (Some(token), true) = (&self.settings.token, self.is_ours(url)) {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let request = request.body(()).map_err(|error| {
            strange(
                url,
                &format!("it cannot be asked ({error}); look at HF_ENDPOINT and HF_TOKEN"),
            )
        })?;
        self.agent.run(request).map_err(|error| match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
                Failure::Permanent(unreachable(url, &error.to_string()))
            }
            error => transient(url, &error.to_string()),
        })
    }

    /// Whether an address is on the hub itself, so that it may know the token.
    fn is_ours(&self, url: &str) -> bool {
        let rest = url.strip_prefix(&self.settings.endpoint);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn refused(&self, url: &str, answer: &Response<Body>) -> Failure {
        let status = answer.status();
        let header = |name| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let has_token = self.settings.token.is_some();
        let advice = match (status.as_u16(), header("x-error-code")) {
            (_, Some("GatedRepo")) => {
                "its owner wants terms to be accepted: do so on the hub's page of the model, then set HF_TOKEN"
            }
            (404, Some("EntryNotFound")) => "the repository has no such file",
            (404, Some("RevisionNotFound")) => "the repository has no such revision",
            (401, _) if has_token => {
                "there is no such model, or HF_TOKEN may not see it: check the name and the token"
            }
            (401, _) => "there is no such model, or it is private: check the name, or set HF_TOKEN",
            (403, _) => "access is refused: check that HF_TOKEN may read this model",
            (404, _) => "there is no such model: check the name",
            (429, _) => "too many requests: try again later, or set HF_TOKEN",
            (500.., _) => "the hub is in trouble: try again later",
            _ => "the hub refuses",
        };
        let error = HubError::Refused {
            url: url.into(),
            status: status.as_u16(),
            advice,
        };
        match status.as_u16() {
            408 | 429 | 500 | 502..=504 => {
                let wait = header("retry-after").and_then(|wait| wait.trim().parse().ok());
                let wait = wait.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
                Failure::Transient(error, wait)
            }
            _ => Failure::Permanent(error),
        }
    }
}

/// The target of a redirection from `base`. No redirection leads from TLS to an open connection.
fn redirected(base: &str, next: &str) -> Option<String> {
    let (scheme, rest) = base.split_once("://")?;
    if let Some(next) = next.strip_prefix("//") {
        return Some(format!("{scheme}://{next}"));
    }
    if next.starts_with('/') {
        let host = rest.split('/').next()?;
        return Some(format!("{scheme}://{host}{next}"));
    }
    let is_safe = next.starts_with("https://");
    (is_safe || (scheme == "http" && next.starts_with("http://"))).then(|| next.to_owned())
}

fn transient(url: &str, problem: &str) -> Failure {
    Failure::Transient(unreachable(url, problem), None)
}

/// An address from which nothing comes.
pub fn unreachable(url: &str, problem: &str) -> HubError {
    HubError::Unreachable {
        url: url.into(),
        problem: problem.into(),
    }
}

/// An answer that cannot be used.
pub fn strange(url: &str, problem: &str) -> HubError {
    HubError::Strange {
        url: url.into(),
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hub_itself_knows_the_token() {
        let settings = HubSettings {
            endpoint: "https://hub.example".into(),
            cache: "".into(),
            token: Some("secret".into()),
            offline: false,
            pause: Duration::ZERO,
        };
        let hub = Hub::new(&settings);
        assert!(hub.is_ours("https://hub.example/api"));
        let others = [
            "https://hub.example.evil/api",
            "https://hub.example@evil/api",
            "https://hub.example:444/api",
            "http://hub.example/api",
            "https://store.example/hub.example/",
        ];
        for other in others {
            assert!(!hub.is_ours(other), "{other}");
        }
    }

    #[test]
    fn redirections_lead_to_web_pages_and_never_out_of_tls() {
        let base = "https://hub.example/a/b";
        let cases = [
            ("/c?d", Some("https://hub.example/c?d")),
            ("//store.example/c", Some("https://store.example/c")),
            ("https://store.example/c", Some("https://store.example/c")),
            ("http://store.example/c", None),
            ("file:///etc/passwd", None),
            ("c", None),
            ("", None),
        ];
        for (next, expected) in cases {
            assert_eq!(redirected(base, next).as_deref(), expected, "{next}");
        }
        let open = redirected("http://127.0.0.1:1/a", "http://127.0.0.1:2/b");
        assert_eq!(open.as_deref(), Some("http://127.0.0.1:2/b"));
    }
}
