//! Composition, and what a dependency may do.

use crate::setup::{Redis, Setup, fixture};

const INHERIT: &str = "[component.web]\n            dependencies_inherit_configuration = true";

#[test]
fn a_dependency_satisfies_an_import() {
    let redis = Redis::start();
    let by_component = Setup::http_only(&redis);
    assert_eq!(by_component.start().get("/t/words/shout?text=abc"), "ABC");
    let path = format!(
        "{{ path = {:?}, export = \"fixture:words/words@0.1.0\" }}",
        fixture("dependency")
    );
    let by_path = Setup::http_only(&redis).replace("{ component = \"words\" }", &path);
    assert_eq!(by_path.start().get("/t/words/shout?text=abc"), "ABC");
    let by_package = Setup::http_only(&redis).replace("fixture:words/words@0.1.0", "fixture:words");
    assert_eq!(by_package.start().get("/t/words/shout?text=abc"), "ABC");
}

#[test]
fn a_dependency_has_no_permissions_unless_it_inherits_them() {
    let redis = Redis::start();
    let address = redis.url.trim_start_matches("redis://").to_owned();
    let tcp = format!("[\"tcp://{address}\", ");
    let alone = Setup::http_only(&redis)
        .replace("[\"{{ redis_url }}\", ", &tcp)
        .start();
    assert_eq!(alone.get("/t/words/environment"), "0");
    assert_eq!(
        alone.get(&format!("/t/words/connect?address={address}")),
        "false"
    );
    let inheriting = Setup::http_only(&redis)
        .replace("[\"{{ redis_url }}\", ", &tcp)
        .replace("[component.web]", INHERIT)
        .start();
    assert_eq!(inheriting.get("/t/words/environment"), "1");
    assert_eq!(
        inheriting.get(&format!("/t/words/connect?address={address}")),
        "true"
    );
    assert_eq!(
        inheriting.get("/t/words/connect?address=127.0.0.1:1"),
        "false"
    );
    let partly = Setup::http_only(&redis)
        .replace(
            "{ component = \"words\" }",
            "{ component = \"words\", inherit_configuration = [\"environment\"] }",
        )
        .start();
    assert_eq!(partly.get("/t/words/environment"), "1");
    assert_eq!(
        partly.get(&format!("/t/words/connect?address={address}")),
        "false"
    );
}

#[test]
fn what_does_not_fit_is_named() {
    let redis = Redis::start();
    for (from, to, words) in [
        // Without a dependency the import is one that the host does not have.
        (
            "\"fixture:words/words@0.1.0\" = { component = \"words\" }",
            "",
            &["\"web\"", "fixture:words"][..],
        ),
        (
            "fixture:words/words@0.1.0",
            "fixture:words/words@0.2.0",
            &["0.2.0", "no import"],
        ),
        (
            "{ component = \"words\" }",
            "{ component = \"nobody\" }",
            &["nobody"],
        ),
        (
            "{ component = \"words\" }",
            "{ path = \"absent.wasm\" }",
            &["absent.wasm"],
        ),
        (
            "{ component = \"words\" }",
            "{ component = \"words\", export = \"a:b/c\" }",
            &["a:b/c"],
        ),
    ] {
        let said = Setup::http_only(&redis).replace(from, to).refusal();
        for word in words {
            assert!(said.contains(word), "{word:?} is not in {said}");
        }
    }
}
