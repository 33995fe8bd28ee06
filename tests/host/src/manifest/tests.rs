//! Manifests that are accepted and manifests that are refused.

use super::*;

const START: &str = "spin_manifest_version = 2\napplication.name = \"a\"\n";

fn parse(rest: &str) -> Result<Manifest> {
    Manifest::parse(&format!("{START}{rest}"))
}

#[test]
fn a_whole_manifest() {
    let manifest = parse(
        r#"
        [application.trigger.redis]
        address = "redis://h"
        [variables]
        url = { default = "x", description = "d", secret = true }
        must = { required = true }
        [[trigger.http]]
        route = "/a/..."
        component = "web"
        executor = { type = "http" }
        [[trigger.http]]
        route = { private = true }
        component = "web"
        [[trigger.redis]]
        channel = "c"
        address = "redis://h/1"
        component = "web"
        [component.web]
        source = "web.wasm"
        description = "d"
        key_value_stores = ["default"]
        environment = { A = "1" }
        variables = { u = "{{ url }}" }
        ai_models = []
        [component.web.build]
        command = ["a", "b"]
        watch = ["src/**"]
        [component.web.dependencies]
        "a:b/c@0.1.0" = { component = "dep" }
        "d:e/f" = { path = "f.wasm", export = "x:y/z", inherit_configuration = ["variables"] }
        [component.dep]
        source = "dep.wasm"
        "#,
    )
    .expect("valid");
    assert_eq!(manifest.variables["url"].as_deref(), Some("x"));
    assert_eq!(manifest.variables["must"], None);
    let routes: Vec<_> = manifest.http.iter().map(|t| t.route.as_deref()).collect();
    assert_eq!(routes, [Some("/a/..."), None]);
    assert_eq!(manifest.redis[0].address.as_deref(), Some("redis://h/1"));
    assert_eq!(manifest.redis_address, "redis://h");
    let [first, second] = &manifest.components["web"].dependencies[..] else {
        panic!("two dependencies")
    };
    assert_eq!(
        (first.path.as_str(), &first.inherit),
        ("dep.wasm", &Inherit::All(false))
    );
    assert_eq!(second.path, "f.wasm");
    assert_eq!(second.inherit, Inherit::Some(vec!["variables".into()]));
}

#[test]
fn what_is_refused_is_named() {
    let component = "trigger = {}\n[component.c]\nsource = \"c.wasm\"\n";
    for (rest, word) in [
        ("trigger = {}\nnonsense = 1", "nonsense"),
        ("trigger = {}\n[variables]\nv = {}", "\"v\""),
        (
            "trigger = {}\n[variables]\nv = { default = \"1\", required = true }",
            "\"v\"",
        ),
        ("[[trigger.mqtt]]\ntopic = \"t\"", "mqtt"),
        (
            "[[trigger.http]]\nroute = \"/\"\ncomponent = \"nobody\"",
            "nobody",
        ),
        ("[[trigger.http]]\nroute = \"/\"\nnonsense = 1", "nonsense"),
        (
            "[[trigger.http]]\nroute = \"/\"\nstatic_response = {}",
            "static_response",
        ),
        (
            "[[trigger.http]]\nroute = \"/\"\nexecutor = { type = \"wagi\" }",
            "wagi",
        ),
        (
            "[[trigger.http]]\nroute = { private = false }\ncomponent = \"c\"",
            "private",
        ),
        ("[[trigger.redis]]\ncomponent = \"c\"", "channel"),
        (
            "trigger = {}\n[application.trigger.redis]\naddress = \"a\"\nx = 1",
            "\"x\"",
        ),
        (&format!("{component}files = [\"x\"]"), "files"),
        (
            &format!("{component}sqlite_databases = [\"x\"]"),
            "sqlite_databases",
        ),
        (&format!("{component}ai_models = [\"x\"]"), "ai_models"),
        (
            &format!("{component}key_value_stores = [\"X y\"]"),
            "key_value_stores",
        ),
        (&format!("{component}nonsense = 1"), "nonsense"),
        (
            &format!("{component}dependencies.\"a:b\" = \"1.0\""),
            "registry",
        ),
        (
            &format!("{component}dependencies.\"a:b\" = {{ component = \"x\" }}"),
            "\"x\"",
        ),
        (
            &format!("{component}dependencies.\"a:b\" = {{ path = \"x\", export = \"y\" }}"),
            "export",
        ),
        (
            "trigger = {}\n[component.c]\nsource = { url = \"u\", digest = \"d\" }",
            "local path",
        ),
        ("trigger = {}\n[component.C_c]\nsource = \"u\"", "C_c"),
    ] {
        let error = parse(rest).expect_err(rest);
        assert!(format!("{error:#}").contains(word), "{rest}\n{error:#}");
    }
    assert!(Manifest::parse("spin_manifest_version = \"1\"").is_err());
}

#[test]
fn a_dependency_has_no_permissions_of_its_own() {
    let error = parse(
        r#"
        trigger = {}
        [component.a]
        source = "a.wasm"
        dependencies."x:y" = { component = "b" }
        [component.b]
        source = "b.wasm"
        key_value_stores = ["default"]
        "#,
    )
    .expect_err("it has a store");
    assert!(
        format!("{error:#}").contains("key_value_stores"),
        "{error:#}"
    );
}

#[test]
fn only_some_components() {
    let text = r#"
        [[trigger.http]]
        route = "/a"
        component = "a"
        [[trigger.redis]]
        channel = "b"
        component = "b"
        [component.a]
        source = "a.wasm"
        [component.b]
        source = "b.wasm"
        "#;
    let mut manifest = parse(text).expect("valid");
    assert!(manifest.retain(&["c".into()]).is_err());
    manifest.retain(&["b".into()]).expect("there");
    assert!(manifest.http.is_empty() && manifest.components.len() == 1);
    assert_eq!(manifest.redis.len(), 1);
}
