//! A small Hugging Face hub on loopback, with faults on demand.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha1::Sha1;
use sha2::{Digest, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What goes wrong with a request.
#[derive(Clone)]
pub enum Fault {
    /// An answer without a file, with header lines.
    Status(u16, &'static str),
    /// The body ends after so many bytes, and with it the connection.
    Cut(usize),
    /// The body is so many bytes shorter or longer, and so says its `Content-Length`.
    Length(isize),
    /// So many bytes more come than the file has, and no `Content-Length` tells.
    Overlong(usize),
    /// The first byte is another one.
    Flipped,
    /// Ranges are not understood.
    WholeOnly,
    /// Ranges begin one byte late.
    RangeOff,
    /// The file's checksum, as the hub tells it.
    Tag(&'static str),
    /// Nothing tells the file's length.
    NoLength,
    /// The body comes slowly enough for somebody else to come in between.
    Slow,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub range: Option<String>,
    pub token: bool,
    /// Whether it came to the store of large files.
    pub store: bool,
}

pub struct Served {
    pub repository: String,
    pub files: Vec<(String, Vec<u8>)>,
    pub commit: String,
    /// Method, part of the path, what goes wrong, how often.
    pub faults: Vec<(&'static str, &'static str, Fault, usize)>,
    pub log: Vec<Request>,
}

pub struct Server {
    pub endpoint: String,
    pub served: Arc<Mutex<Served>>,
}

impl Server {
    /// Serves one repository, until the test's process ends.
    pub fn start(repository: &str, files: Vec<(String, Vec<u8>)>) -> Self {
        let served = Arc::new(Mutex::new(Served {
            repository: repository.into(),
            files,
            commit: COMMIT.into(),
            faults: Vec::new(),
            log: Vec::new(),
        }));
        let (hub, store) = (listener(), listener());
        let address = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let (endpoint, other) = (address(&hub), address(&store));
        for (listener, is_store) in [(hub, false), (store, true)] {
            let (served, other) = (served.clone(), other.clone());
            std::thread::spawn(move || {
                for connection in listener.incoming().flatten() {
                    let (served, other) = (served.clone(), other.clone());
                    // A client that is gone is no failure of the server.
                    std::thread::spawn(move || answer(connection, &served, &other, is_store).ok());
                }
            });
        }
        Self { endpoint, served }
    }

    pub fn fault(&self, method: &'static str, path: &'static str, fault: Fault, times: usize) {
        let mut served = self.served.lock().unwrap();
        served.faults.push((method, path, fault, times));
    }

    pub fn requests(&self) -> Vec<Request> {
        self.served.lock().unwrap().log.clone()
    }

    /// Requests for bytes of a file, after redirections.
    pub fn downloads(&self, file: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| {
            let last = request.store || request.path.contains("/resolve-cache/");
            last && request.method == "GET" && request.path.contains(file)
        });
        requests
    }

    pub fn forget(&self) {
        let mut served = self.served.lock().unwrap();
        served.log.clear();
        served.faults.clear();
    }
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// By what the hub knows a file: large ones by SHA-256, the others as git does.
pub fn tag(name: &str, content: &[u8]) -> String {
    let hex = |digits: &[u8]| digits.iter().map(|byte| format!("{byte:02x}")).collect();
    if is_large(name) {
        return hex(&Sha256::digest(content));
    }
    let mut git = format!("blob {}\0", content.len()).into_bytes();
    git.extend(content);
    hex(&Sha1::digest(git))
}

fn is_large(name: &str) -> bool {
    !name.ends_with(".json")
}

fn answer(
    mut connection: TcpStream,
    served: &Mutex<Served>,
    store: &str,
    is_store: bool,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut next = || words.next().unwrap_or_default();
    let (method, target) = (next(), next());
    let (mut range, mut token) = (None, false);
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "range" => range = Some(value.to_owned()),
            "authorization" => token = value == "Bearer secret",
            _ => {}
        }
    }
    if method == "CONNECT" {
        // A proxy: the hub that is asked for is this one.
        connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        return answer(connection, served, store, is_store);
    }
    let path = match target.strip_prefix("http://") {
        Some(rest) => rest[rest.find('/').unwrap_or(0)..].to_owned(),
        None => target,
    };
    let mut served = served.lock().unwrap();
    served.log.push(Request {
        method: method.clone(),
        path: path.clone(),
        range: range.clone(),
        token,
        store: is_store,
    });
    let fault = (served.faults.iter_mut())
        .find(|(of, part, _, times)| *of == method && path.contains(part) && *times > 0)
        .map(|(_, _, fault, times)| {
            *times -= 1;
            fault.clone()
        });
    if let Some(Fault::Status(status, headers)) = fault {
        let head = format!("HTTP/1.1 {status} No\r\n{headers}Content-Length: 2\r\n\r\nno");
        return connection.write_all(head.as_bytes());
    }
    let (repository, commit) = (served.repository.clone(), served.commit.clone());
    let mut json = |body: String| {
        let length = body.len();
        write!(
            connection,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    };
    if path.starts_with(&format!("/api/models/{repository}/revision/")) {
        let files: Vec<_> = (served.files.iter())
            .map(|(name, _)| serde_json::json!({ "rfilename": name }))
            .collect();
        let tags = ["marian", "license:mpl-2.0"];
        let info = serde_json::json!({
            "id": repository, "sha": commit, "siblings": files, "tags": tags,
        });
        return json(info.to_string());
    }
    if path.starts_with("/api/models?search=") {
        return json(
            r#"[{"id":"a/marian-de","tags":["marian","license:mit"],"downloads":7},
                {"id":"a/bert-de","tags":["bert"]},{"id":"../evil","tags":["t5"]}]"#
                .into(),
        );
    }
    let path = path.split('?').next().unwrap_or_default();
    let path = &path.replace("/resolve/main/", &format!("/resolve/{commit}/"));
    let resolve = format!("/{repository}/resolve/{commit}/");
    let cached = format!("/api/resolve-cache/models/{repository}/{commit}/");
    let prefixes = [resolve.as_str(), cached.as_str(), "/store/"];
    let name = prefixes.iter().find_map(|prefix| path.strip_prefix(prefix));
    let file = name.and_then(|name| served.files.iter().find(|(file, _)| file == name));
    let Some((name, mut content)) = file.cloned() else {
        let head =
            "HTTP/1.1 404 Not Found\r\nX-Error-Code: RepoNotFound\r\nContent-Length: 0\r\n\r\n";
        return connection.write_all(head.as_bytes());
    };
    drop(served);
    let mut etag = tag(&name, &content);
    if let Some(Fault::Tag(tag)) = fault {
        etag = tag.into();
    }
    let size = content.len();
    if path.starts_with(&resolve) {
        let about = if is_large(&name) {
            let about =
                format!("X-Linked-ETag: \"{etag}\"\r\nX-Linked-Size: {size}\r\nETag: \"no\"");
            format!("302 Found\r\n{about}\r\nLocation: {store}/store/{name}?signature=1")
        } else {
            format!("307 Temporary Redirect\r\nLocation: {cached}{name}")
        };
        return write!(
            connection,
            "HTTP/1.1 {about}\r\nX-Repo-Commit: {commit}\r\nContent-Length: 5\r\nConnection: close\r\n\r\n{}",
            if method == "HEAD" { "" } else { "moved" }
        );
    }

    let mut from = (range.as_deref())
        .and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse()
                .ok()
        })
        .unwrap_or(0);
    let mut length = size;
    let mut tells_length = true;
    let mut most = usize::MAX;
    match fault {
        Some(Fault::WholeOnly) => from = 0,
        Some(Fault::RangeOff) => from += 1,
        Some(Fault::Flipped) => content[0] ^= 1,
        Some(Fault::Cut(bytes)) => most = bytes,
        Some(Fault::Length(more)) => length = size.checked_add_signed(more).unwrap(),
        Some(Fault::NoLength) => tells_length = false,
        Some(Fault::Overlong(more)) => (length, tells_length) = (size + more, false),
        _ => {}
    }
    content.resize(length, 0);
    if from > 0 && from >= length {
        return connection.write_all(b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n");
    }
    let status = match from {
        0 => "200 OK".to_owned(),
        from => format!(
            "206 Part\r\nContent-Range: bytes {from}-{}/{length}",
            length - 1
        ),
    };
    let body = &content[from..];
    let told = if tells_length {
        format!("Content-Length: {}\r\n", body.len())
    } else {
        String::new()
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nX-Repo-Commit: {commit}\r\nETag: \"{etag}\"\r\n{told}Connection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes())?;
    if method == "HEAD" {
        return Ok(());
    }
    if matches!(fault, Some(Fault::Slow)) {
        connection.write_all(&body[..body.len() / 2])?;
        std::thread::sleep(Duration::from_millis(400));
        return connection.write_all(&body[body.len() / 2..]);
    }
    connection.write_all(&body[..body.len().min(most)])
}
