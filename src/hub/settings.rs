//! Address of the hub, folder of its cache, access.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use hf_hub::Cache;

/// Settings from the environment variables of the Hugging Face hub
/// (<https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables>).
#[derive(Clone)]
pub struct HubSettings {
    /// The hub's address, without a slash at its end.
    pub endpoint: String,
    /// The folder of all models.
    pub cache: PathBuf,
    /// Who asks. It is sent to the endpoint and to nobody else.
    pub token: Option<String>,
    /// Whether the network must not be used.
    pub offline: bool,
    /// How long to wait before the second attempt; each further one waits twice as long.
    pub pause: Duration,
}

impl HubSettings {
    /// From `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`, `HF_TOKEN`, `HF_TOKEN_PATH`,
    /// `HF_HUB_DISABLE_IMPLICIT_TOKEN` and `HF_HUB_OFFLINE`; `offline` is true whatever that one says, if it is set here.
    pub fn from_environment(offline: bool) -> Self {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let folder =
            |name| (env::var_os(name).filter(|value| !value.is_empty())).map(PathBuf::from);
        let is_set = |name| {
            variable(name).is_some_and(|value| {
                let value = value.to_ascii_lowercase();
                !matches!(value.as_str(), "0" | "false" | "no" | "off" | "f" | "n")
            })
        };
        let home = folder("HF_HOME").unwrap_or_else(|| {
            let cache = folder("XDG_CACHE_HOME");
            let cache = cache.or_else(|| Some(env::home_dir()?.join(".cache")));
            cache.unwrap_or_default().join("huggingface")
        });
        let cache = folder("HF_HUB_CACHE").or_else(|| folder("HUGGINGFACE_HUB_CACHE"));
        let token = || {
            let token = match folder("HF_TOKEN_PATH") {
                Some(path) => std::fs::read_to_string(path).ok(),
                // Beside the usual folder, wherever the cache is.
                None => Cache::new(home.join("hub")).token(),
            };
            token.filter(|_| !is_set("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
        };
        let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into());
        Self {
            endpoint: endpoint.trim_end_matches('/').into(),
            token: variable("HF_TOKEN")
                .or_else(token)
                .map(|token| token.trim().to_owned())
                .filter(|token| !token.is_empty()),
            cache: cache.unwrap_or_else(|| home.join("hub")),
            offline: offline || is_set("HF_HUB_OFFLINE"),
            pause: Duration::from_millis(500),
        }
    }
}
