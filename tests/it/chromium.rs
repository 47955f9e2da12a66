//! A headless Chromium that the tests drive over a pipe, by the DevTools protocol: `DEGIST_CHROMIUM` or one on the path.
#![cfg_attr(not(feature = "serve"), allow(dead_code))]

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The browser, if there is one.
pub fn chromium() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("DEGIST_CHROMIUM") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    [
        "chromium",
        "chromium-browser",
        "chromium-headless-shell",
        "google-chrome",
    ]
    .iter()
    .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
    .find(|path| path.is_file())
}

/// A page in a browser.
pub struct Page {
    process: Child,
    to: File,
    from: BufReader<File>,
    session: String,
    number: u64,
    /// What the browser told since it was last asked for.
    events: VecDeque<Value>,
    /// With the profile.
    folder: tempfile::TempDir,
}

impl Page {
    /// Starts a browser and opens an address.
    pub fn open(browser: &Path, address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = |name: &str| {
            let path = folder.path().join(name);
            assert!(
                Command::new("mkfifo")
                    .arg(&path)
                    .status()
                    .unwrap()
                    .success()
            );
            path
        };
        let (to, from) = (pipe("to"), pipe("from"));
        let process = Command::new("sh")
            .args(["-c", "exec 3<\"$1\" 4>\"$2\"; shift 2; exec \"$@\"", "sh"])
            .args([&to, &from])
            .arg(browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
            ])
            .args([
                "--disable-background-networking",
                "--no-first-run",
                "--lang=en",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = File::options().write(true).open(to).unwrap();
        let from = BufReader::new(File::open(from).unwrap());
        let mut page = Self {
            process,
            to,
            from,
            session: String::new(),
            number: 0,
            events: VecDeque::new(),
            folder,
        };
        let target = page.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = page.call("Target.attachToTarget", attach);
        page.session = session["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Network", "Log", "DOM"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        page.size(1200, 900);
        page.go(address);
        page
    }

    /// Goes to an address, and waits until its page is there.
    pub fn go(&mut self, address: &str) {
        self.call("Page.navigate", json!({ "url": address }));
        self.wait("document.readyState === 'complete' && document.documentElement.dataset.theme");
    }

    /// Calls a method of the protocol.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut call = json!({ "id": self.number, "method": method, "params": parameters });
        if !self.session.is_empty() {
            call["sessionId"] = self.session.as_str().into();
        }
        self.to.write_all(format!("{call}\0").as_bytes()).unwrap();
        loop {
            let mut message = Vec::new();
            self.from.read_until(0, &mut message).unwrap();
            assert_eq!(message.pop(), Some(0), "the browser has gone");
            let mut message: Value = serde_json::from_slice(&message).unwrap();
            if message["id"] == self.number {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
            self.events.push_back(message);
        }
    }

    /// What an expression is in the page, a promise when it is kept.
    pub fn ask(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let answer = self.call("Runtime.evaluate", parameters);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub fn wait(&mut self, expression: &str) {
        let begun = Instant::now();
        while !self
            .ask(&format!("Boolean({expression})"))
            .as_bool()
            .unwrap()
        {
            if begun.elapsed() > Duration::from_secs(120) {
                let text = self.ask("document.body.innerText");
                panic!("never {expression}: {text}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Types a text where the focus is.
    pub fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Presses a key and lets it go.
    pub fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            self.call(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": key, "code": key }),
            );
        }
    }

    /// Moves the pointer to the middle of the first piece of an element.
    pub fn point_at(&mut self, selector: &str) {
        let at = self.ask(&format!(
            "(() => {{ const element = document.querySelector({}); element.scrollIntoView({{ block: 'center' }}); \
             const r = element.getClientRects()[0]; return {{ x: r.x + r.width / 2, y: r.y + r.height / 2 }}; }})()",
            json!(selector)
        ));
        let event = json!({ "type": "mouseMoved", "x": at["x"], "y": at["y"] });
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Gives files to a field for files.
    pub fn choose_file(&mut self, selector: &str, file: &Path) {
        let document = self.call("DOM.getDocument", json!({}));
        let query = json!({ "nodeId": document["root"]["nodeId"], "selector": selector });
        let node = self.call("DOM.querySelector", query);
        let files = json!({ "nodeId": node["nodeId"], "files": [file] });
        self.call("DOM.setFileInputFiles", files);
    }

    /// The size of the window.
    pub fn size(&mut self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// What the system is said to prefer: `light` or `dark`.
    pub fn prefer(&mut self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        );
    }

    /// The folder that downloads come to from now on.
    pub fn downloads(&mut self) -> PathBuf {
        let folder = self.folder.path().join("downloads");
        std::fs::create_dir_all(&folder).unwrap();
        let behaviour = json!({ "behavior": "allow", "downloadPath": folder });
        self.call("Browser.setDownloadBehavior", behaviour);
        folder
    }

    /// Asserts that nothing went wrong in the page, and that it asked nobody but this address.
    pub fn assert_sound(&mut self, address: &str) {
        self.ask("1");
        for event in std::mem::take(&mut self.events) {
            let parameters = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Runtime.exceptionThrown" => panic!("{event}"),
                // The browser logs answers of 400, which the page expects where a test sends nonsense.
                "Log.entryAdded"
                    if parameters["entry"]["level"] == "error"
                        && parameters["entry"]["source"] != "network" =>
                {
                    panic!("{event}")
                }
                "Network.requestWillBeSent" => {
                    let url = parameters["request"]["url"].as_str().unwrap();
                    assert!(url.starts_with(address) || url == "about:blank", "{url}");
                }
                _ => {}
            }
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
