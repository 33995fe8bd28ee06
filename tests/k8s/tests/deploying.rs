//! scripts/k8s.sh, with a kubectl that notes what it is asked and answers as a cluster would.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use k8s::{documents, of_kind, rendered, workspace};

/// Where `$ANSWERS` is `secret` there is a Secret.
const KUBECTL: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"$here/calls"
case "$*" in
    kustomize*) PATH=${PATH#*:} exec kubectl "$@" ;;
    *"apply -f -"*) cat >"$here/applied.yaml" ;;
    *"get namespace"*tag-before*) printf 0.1.0 ;;
    *"get namespace"*) printf 0.2.0 ;;
    *"get secret"*) [ "$ANSWERS" = secret ] || exit 1 ;;
    *"get spinapps"*) echo spinapp.core.spinkube.dev/almanac-api ;;
esac
"#;

struct Stub(PathBuf);

impl Stub {
    /// `None` where there is no kubectl to render with.
    fn new() -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        rendered("test")?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("almanac-kubectl-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let program = folder.join("kubectl");
        fs::write(&program, KUBECTL).expect("a program");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a program");
        Some(Self(folder))
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new(workspace().join("scripts/k8s.sh"))
            .args(arguments)
            .env("PATH", format!("{}:{path}", self.0.display()))
            .env("IMAGE", "registry.example/almanac")
            .envs(variables.iter().copied())
            .output()
            .expect("the script")
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }

    #[track_caller]
    fn must_run(&self, arguments: &[&str], variables: &[(&str, &str)]) {
        let output = self.run(arguments, variables);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// The image of every app that was applied.
    fn images(&self) -> Vec<String> {
        let objects = documents(&self.text("applied.yaml"));
        let apps = of_kind(&objects, "SpinApp");
        apps.iter()
            .map(|app| app["spec"]["image"].as_str().expect("an image").to_owned())
            .collect()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_tag_goes_into_every_app_and_the_one_before_comes_back() {
    let Some(stub) = Stub::new() else { return };
    let with = [("ANSWERS", "secret"), ("TAG", "0.3.0")];
    stub.must_run(&["deploy", "prod"], &with);
    assert!(
        stub.images()
            .iter()
            .all(|image| image == "registry.example/almanac:0.3.0")
    );
    let calls = stub.text("calls");
    let place = |part: &str| {
        calls
            .find(part)
            .unwrap_or_else(|| panic!("no {part}: {calls}"))
    };
    assert!(place("apply -f -") < place("rollout status statefulset/redis"));
    assert!(
        place("rollout status statefulset/redis") < place("rollout status deployment/almanac-api")
    );
    assert!(calls.contains(
        "annotate namespace almanac-prod --overwrite almanac/tag=0.3.0 almanac/tag-before=0.2.0"
    ));
    stub.must_run(&["rollback", "prod"], &with[..1]);
    assert!(
        stub.images()
            .iter()
            .all(|image| image == "registry.example/almanac:0.1.0")
    );
}

#[test]
fn what_says_nothing_is_refused() {
    let Some(stub) = Stub::new() else { return };
    for (arguments, tag, why) in [
        (["deploy", "test"], "latest", "says nothing"),
        (["deploy", "test"], "", "TAG="),
        (["deploy", "test"], "a b", "no tag"),
        (["deploy", "staging"], "0.1.0", "ENV="),
        // There is no Secret yet.
        (["deploy", "test"], "0.1.0", "make secret ENV=test"),
        (["restore", "test"], "0.1.0", "BACKUP="),
    ] {
        let output = stub.run(&arguments, &[("TAG", tag)]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains(why),
            "{arguments:?} {tag}: {said}"
        );
    }
    assert_eq!(stub.text("applied.yaml"), "", "nothing was applied");
}

#[test]
fn the_first_secret_has_a_password_that_all_its_parts_agree_on() {
    let Some(stub) = Stub::new() else { return };
    stub.must_run(&["secret", "test"], &[]);
    let secret = &documents(&stub.text("applied.yaml"))[0]["stringData"];
    let text = |key: &str| secret[key].as_str().expect("a text").to_owned();
    let password = text("redis-password");
    assert!(password.len() >= 32, "{password}");
    assert_eq!(
        text("redis-address"),
        format!("redis://:{password}@redis:6379")
    );
    assert_eq!(text("redis-auth.conf"), format!("requirepass {password}\n"));
    let config: toml::Table = text("runtime-config.toml").parse().expect("TOML");
    let url = config["key_value_store"]["default"]["url"].as_str();
    assert_eq!(url, Some(text("redis-address").as_str()));
    assert_ne!(text("admin-token"), password);
    assert!(
        !stub.text("calls").contains(&password),
        "the password is in a list of processes"
    );
}
