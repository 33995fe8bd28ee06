//! A person with a browser: Chromium without a window, led through its driver by the WebDriver
//! protocol (W3C, 2018), which is JSON over HTTP.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use crate::http::{Call, agent_within};
use crate::poll::{eventually, eventually_within};
use crate::process::{Process, free_port, scratch};

/// The name that the protocol gives to the id of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Browser {
    agent: Agent,
    /// `http://host:port/session/<id>`.
    session: String,
    _driver: Process,
}

impl Browser {
    /// Opens a window of that size.
    ///
    /// # Panics
    /// When Chromium or its driver is missing or does not start.
    #[track_caller]
    pub fn start(width: u32, height: u32) -> Self {
        let port = free_port();
        let folder = scratch("browser");
        let driver = Process::start(
            Path::new("chromedriver"),
            &[&format!("--port={port}")],
            &[],
            &folder.join("driver.log"),
        );
        let agent = agent_within(Duration::from_secs(60));
        let url = format!("http://127.0.0.1:{port}");
        eventually("the driver listens", || {
            Call::get("/status").send(&agent, &url).ok()
        });
        let profile = folder.join("profile");
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let answer = Call::post("/session")
            .json(&wanted)
            .send(&agent, &url)
            .unwrap_or_else(|error| panic!("{error}\n{}", driver.log_tail()));
        let value = answer.expect(200).json();
        let id = value["value"]["sessionId"].as_str().expect("a session");
        Self {
            agent,
            session: format!("{url}/session/{id}"),
            _driver: driver,
        }
    }

    #[track_caller]
    fn command(&self, path: &str, body: &Value) -> Value {
        self.try_command(path, body)
            .unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }

    fn try_command(&self, path: &str, body: &Value) -> Result<Value, String> {
        let answer = Call::post(path)
            .json(body)
            .send(&self.agent, &self.session)?;
        if answer.status == 200 {
            return Ok(answer.json()["value"].take());
        }
        Err(answer.describe())
    }

    /// Types an address and waits until the page is loaded.
    #[track_caller]
    pub fn open(&self, address: &str) {
        self.command("/url", &json!({"url": address}));
    }

    /// What a JavaScript function body returns.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.command("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits for what a CSS selector finds, if it is to be seen, and gives its text.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let find = format!(
            "const node = document.querySelector({});
             return node && node.checkVisibility() ? node.textContent : null;",
            json!(selector)
        );
        let limit = Duration::from_secs(30);
        eventually_within(limit, &format!("{selector} is on the page"), || {
            self.run(&find).as_str().map(str::to_owned)
        })
    }

    /// Waits until the text of the page's content has some words in it.
    #[track_caller]
    pub fn wait_for(&self, words: &str) {
        eventually(&format!("the page says {words}"), || {
            self.text("main").contains(words).then_some(())
        });
    }

    /// Clicks where a person would, once it is there.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.text(selector);
        let element = self.element(selector);
        self.command(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types into a control that is empty, or chooses a file.
    #[track_caller]
    pub fn type_into(&self, selector: &str, text: &str) {
        self.text(selector);
        let element = self.element(selector);
        self.command(&format!("/element/{element}/value"), &json!({"text": text}));
    }

    /// Chooses an option of a list by its value.
    #[track_caller]
    pub fn choose(&self, selector: &str, value: &str) {
        self.text(selector);
        let option = self.element(&format!("{selector} option[value={}]", json!(value)));
        self.command(&format!("/element/{option}/click"), &json!({}));
    }

    #[track_caller]
    fn element(&self, selector: &str) -> String {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = self.command("/element", &wanted);
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    /// What the page or the browser had to complain about, such as a refused request or script.
    #[track_caller]
    pub fn complaints(&self) -> Vec<String> {
        let lines = self.command("/se/log", &json!({"type": "browser"}));
        let lines = lines.as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .map(|line| format!("{} {}", line["level"], line["message"]))
            .collect()
    }

    /// Makes pages dark or light, whatever the machine prefers.
    #[track_caller]
    pub fn prefer_scheme(&self, scheme: &str) {
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        let body = json!({"cmd": "Emulation.setEmulatedMedia", "params": media});
        self.command("/goog/cdp/execute", &body);
    }

    /// Shows pages as a screen of that size does, a phone's too.
    #[track_caller]
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        let body = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": size});
        self.command("/goog/cdp/execute", &body);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closes the windows; the driver itself ends with its process.
        let _ = Call::new("DELETE", "").send(&self.agent, &self.session);
    }
}
