//! README.md, `/help` and spin.toml say the same, and what README.md says to type works.

use std::collections::BTreeSet;
use std::process::Command;

use it::{Almanac, Call, file, private, shared, workspace};

/// `GET /datasets/:name` and so on.
type Routes = BTreeSet<(String, String)>;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Every `METHOD /path` in code, without its query.
fn routes_of_readme() -> Routes {
    let readme = file("README.md");
    let mut routes = Routes::new();
    for code in readme.split('`').skip(1).step_by(2) {
        let Some((method, path)) = code.split_once(' ') else {
            continue;
        };
        if METHODS.contains(&method) && path.starts_with('/') {
            let path = path.split(['?', ' ']).next().unwrap_or_default();
            routes.insert((method.to_owned(), path.to_owned()));
        }
    }
    routes
}

/// Every line of `/help` that is a method and a path.
fn routes_of_help() -> Routes {
    let help = shared().send(Call::get("/help")).expect(200);
    let route = |line: &str| {
        let (method, path) = line.trim().split_once(' ')?;
        let is_route = METHODS.contains(&method) && path.starts_with('/') && !path.contains(' ');
        is_route.then(|| (method.to_owned(), path.to_owned()))
    };
    help.text().lines().filter_map(route).collect()
}

#[test]
fn readme_and_help_list_the_same_routes() {
    let (readme, help) = (routes_of_readme(), routes_of_help());
    assert!(readme.len() > 10, "{readme:?}");
    let only = |a: &Routes, b: &Routes| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!(only(&readme, &help), [], "in README.md, not in /help");
    assert_eq!(only(&help, &readme), [], "in /help, not in README.md");
}

#[test]
fn every_route_that_is_listed_exists() {
    for (method, path) in routes_of_readme() {
        let filled: Vec<&str> = path
            .split('/')
            .map(|part| {
                if part.starts_with(':') {
                    "nobody-has-this-name"
                } else {
                    part
                }
            })
            .collect();
        let answer = shared().send(Call::new(&method, &filled.join("/")));
        let is_no_route = answer.status == 404 && answer.json()["type"] == "/help#no-such-route";
        assert!(
            answer.status != 405 && answer.status < 500 && !is_no_route,
            "{}",
            answer.describe()
        );
    }
}

#[test]
fn every_route_of_the_manifest_is_listed() {
    let readme = routes_of_readme();
    for line in file("spin.toml").lines() {
        let Some(route) = line
            .strip_prefix("route = \"")
            .and_then(|rest| rest.split('"').next())
        else {
            continue;
        };
        let covers = |path: &String| match route.strip_suffix("/...") {
            Some(prefix) => path.starts_with(prefix),
            None => {
                let (route, path): (Vec<&str>, Vec<&str>) =
                    (route.split('/').collect(), path.split('/').collect());
                route.len() == path.len()
                    && route
                        .iter()
                        .zip(path)
                        .all(|(a, b)| *a == b || a.starts_with(':'))
            }
        };
        assert!(
            readme.iter().any(|(_, path)| covers(path)),
            "{route} is not in README.md"
        );
    }
}

#[test]
fn every_parameter_of_plot_is_explained() {
    let readme = file("README.md");
    let section = readme
        .split("### plot")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next());
    let plot = shared().get("/analyses/plot");
    for name in plot["parameters"]["properties"]
        .as_object()
        .expect("properties")
        .keys()
    {
        let is_explained = section.is_some_and(|section| section.contains(&format!("`{name}`")));
        assert!(
            is_explained,
            "README.md does not explain the parameter {name} of plot"
        );
    }
}

/// Runs the shell blocks of README.md in their order, in one shell, against an Almanac with the
/// sample data. Every curl must succeed, but where the text shows an error on purpose: such a block
/// is marked `sh error`.
#[test]
fn what_readme_says_to_type_works() {
    let Some(almanac) = private(&[]) else { return };
    load_samples(&almanac);
    let host = almanac.url().trim_start_matches("http://");
    // An error status ends the script, and says which line it was.
    let mut script = "set -e; curl() { command curl --fail-with-body -sS \"$@\"; }\n".to_owned();
    let readme = file("README.md");
    let mut blocks = 0;
    for block in readme.split("\n```sh\n").skip(1) {
        let commands = block.split("\n```").next().unwrap_or_default();
        if commands.contains("curl") {
            script.push_str(&commands.replace("localhost:3000", host));
            script.push('\n');
            blocks += 1;
        }
    }
    assert!(blocks > 5, "README.md has too few blocks of commands");
    let folder = std::env::temp_dir().join(it::fresh("almanac-readme"));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::os::unix::fs::symlink(workspace().join("data"), folder.join("data")).expect("a link");
    let run = Command::new("bash")
        .args(["-x", "-c", &script])
        .current_dir(&folder)
        .output()
        .expect("bash");
    let errors = String::from_utf8_lossy(&run.stderr);
    let tail: Vec<&str> = errors.lines().rev().take(12).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    std::fs::remove_dir_all(&folder).expect("the folder");
    assert!(
        run.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&run.stdout),
        tail.join("\n")
    );
}

#[test]
fn the_python_of_readme_works() {
    let Some(almanac) = private(&[]) else { return };
    load_samples(&almanac);
    let readme = file("README.md");
    let program = readme
        .split("\n```python\n")
        .nth(1)
        .and_then(|rest| rest.split("\n```").next());
    let program = program
        .expect("a program")
        .replace("http://localhost:3000", almanac.url());
    let folder = std::env::temp_dir().join(it::fresh("almanac-python"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let run = Command::new("python3")
        .args(["-c", &program])
        .current_dir(&folder)
        .output();
    let picture = std::fs::read(folder.join("co2.png"));
    std::fs::remove_dir_all(&folder).expect("the folder");
    let Ok(run) = run else {
        eprintln!("skipped: there is no python3");
        return;
    };
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert!(String::from_utf8_lossy(&run.stdout).contains("413.59"));
    assert_eq!(picture.expect("a picture")[..4], *b"\x89PNG");
}

/// As `make up` does.
fn load_samples(almanac: &Almanac) {
    for (name, time) in [
        ("co2", "month"),
        ("states", "admitted"),
        ("weather", "date"),
    ] {
        let description = file(&format!("data/{name}.json"));
        let create = Call::post("/datasets").body("application/json", description);
        almanac.send(create).expect(201).json();
        let path = format!("/datasets/{name}/import?time={time}");
        let report = almanac.send(Call::post(&path).csv(file(&format!("data/{name}.csv"))));
        assert!(report.expect(200).json()["imported"].as_u64() >= Some(50));
    }
}
