//! `almanac-host up`: the options of `spin up` that this host has, under the same names; and
//! `almanac-host compile`, which does the slow part of the first start beforehand.

use std::collections::HashMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::exit;
use std::time::Duration;

use almanac_host::app::{self, App, Options, Output};
use almanac_host::engine::Processors;
use almanac_host::instances::Reuse;
use almanac_host::limits::Limits;
use almanac_host::ranges::{Range, parse_count, parse_duration};
use almanac_host::up::{Settings, run};
use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};

/// The bundled host: runs a spin.toml as the Spin CLI 4.0.2 does.
#[derive(Parser)]
#[command(name = "almanac-host", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the application.
    Up(Box<Up>),
    /// Compile the application's components into the cache, and print the names of their files as JSON.
    Compile(Compile),
}

#[derive(Args)]
struct Compile {
    /// The manifest, or the folder that has it.
    #[arg(
        short = 'f',
        long = "from",
        visible_alias = "file",
        default_value = "spin.toml"
    )]
    from: PathBuf,
    /// Compile only these components.
    #[arg(short = 'c', long = "component-id", value_name = "ID")]
    components: Vec<String>,
    /// Where compiled components are kept.
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,
    /// Compile for the processors of most machines, not for this one.
    #[arg(long)]
    portable: bool,
}

#[derive(Args)]
struct Up {
    /// The manifest, or the folder that has it.
    #[arg(
        short = 'f',
        long = "from",
        visible_alias = "file",
        default_value = "spin.toml"
    )]
    from: PathBuf,
    /// Run only these components.
    #[arg(short = 'c', long = "component-id", value_name = "ID")]
    components: Vec<String>,
    /// Where compiled components are kept.
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,
    /// Key-value stores and providers of variables.
    #[arg(long, value_name = "FILE", env = "RUNTIME_CONFIG_FILE")]
    runtime_config_file: Option<PathBuf>,
    /// A variable's value: key=value, key=@file, @file.json or @file.toml.
    #[arg(long = "variable", value_name = "VARIABLE")]
    variables: Vec<String>,
    /// How many bytes each memory of an instance may have; unlimited by default.
    #[arg(long, value_name = "BYTES", env = "SPIN_MAX_INSTANCE_MEMORY")]
    max_instance_memory: Option<usize>,
    /// How long a component may compute without calling the host; unlimited by default, as always in Spin.
    #[arg(long, value_parser = parse_duration)]
    max_computing: Option<Range<Duration>>,
    /// Show no component's output.
    #[arg(short = 'q', long, visible_aliases = ["sh", "shush"], conflicts_with = "follow")]
    quiet: bool,
    /// Show only these components' output.
    #[arg(long, value_name = "ID")]
    follow: Vec<String>,
    /// Where to listen.
    #[arg(long, env = "SPIN_HTTP_LISTEN_ADDR", default_value = "127.0.0.1:3000", value_parser = address)]
    listen: SocketAddr,
    /// Take a later port if that one is in use.
    #[arg(long)]
    find_free_port: bool,
    /// How many requests an instance serves.
    #[arg(long, default_value = "128", value_parser = parse_count)]
    max_instance_reuse_count: Range<usize>,
    /// How many requests an instance serves at a time.
    #[arg(long, default_value = "16", value_parser = parse_count)]
    max_instance_concurrent_reuse_count: Range<usize>,
    /// How long a request may take; unlimited by default.
    #[arg(long, value_parser = parse_duration)]
    request_timeout: Option<Range<Duration>>,
    /// How long an idle instance is kept.
    #[arg(long, default_value = "1s", value_parser = parse_duration)]
    idle_instance_timeout: Range<Duration>,
}

fn main() {
    // Each connection is a file. Where the limit cannot be raised, fewer connections are accepted.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let ended = match Cli::parse().command {
        Command::Up(arguments) => up(*arguments),
        Command::Compile(arguments) => compile(arguments),
    };
    match ended {
        // Nothing is drained: threads that still run are cut off.
        Ok(()) => exit(0),
        Err(error) => {
            eprintln!("Error: {error:#}");
            exit(1);
        }
    }
}

fn compile(arguments: Compile) -> Result<()> {
    let manifest = manifest(arguments.from);
    let processors = if arguments.portable {
        Processors::Common
    } else {
        Processors::Native
    };
    let files = app::compile(
        &manifest,
        &arguments.components,
        arguments.cache_dir,
        processors,
    )?;
    println!("{}", serde_json::to_string(&files)?);
    Ok(())
}

fn manifest(from: PathBuf) -> PathBuf {
    if from.is_dir() {
        from.join("spin.toml")
    } else {
        from
    }
}

fn up(arguments: Up) -> Result<()> {
    let Up {
        from,
        quiet,
        follow,
        ..
    } = arguments;
    let output = match (quiet, follow.is_empty()) {
        (true, _) => Output::Nobody,
        (false, true) => Output::All,
        (false, false) => Output::Only(follow),
    };
    let app = App::load(Options {
        manifest: manifest(from),
        runtime_config: arguments.runtime_config_file,
        cache: arguments.cache_dir,
        components: arguments.components,
        variables: variables(&arguments.variables)?,
        output,
        limits: Limits {
            memory: arguments.max_instance_memory,
            computing: arguments.max_computing.map(Range::pick),
        },
    })?;
    let reuse = Reuse {
        count: arguments.max_instance_reuse_count,
        concurrent: arguments.max_instance_concurrent_reuse_count,
        idle: arguments.idle_instance_timeout,
        timeout: arguments.request_timeout,
    };
    let find_free_port = arguments.find_free_port;
    run(
        app,
        Settings {
            listen: arguments.listen,
            find_free_port,
            reuse,
        },
    )
}

/// Resolves a name and a port, preferring 127.0.0.1 as Spin does.
fn address(text: &str) -> Result<SocketAddr> {
    let all: Vec<SocketAddr> = text.to_socket_addrs()?.collect();
    let local = all
        .iter()
        .find(|address| address.ip() == std::net::Ipv4Addr::LOCALHOST);
    local.or(all.first()).copied().context("it has no address")
}

/// Collects the values of `--variable`; later ones win.
fn variables(arguments: &[String]) -> Result<HashMap<String, String>> {
    let read = |path: &str| {
        std::fs::read_to_string(path).with_context(|| format!("--variable: cannot read {path}"))
    };
    let mut values = HashMap::new();
    for argument in arguments {
        if let Some(path) = argument.strip_prefix('@') {
            let more: HashMap<String, String> = if path.ends_with(".json") {
                serde_json::from_str(&read(path)?)?
            } else if path.ends_with(".toml") {
                toml::from_str(&read(path)?)?
            } else {
                bail!("--variable {argument}: the file must be .json or .toml")
            };
            values.extend(more);
        } else if let Some((key, value)) = argument.split_once('=') {
            let value = match value.strip_prefix('@') {
                Some(path) => read(path)?,
                None => value.to_owned(),
            };
            values.insert(key.to_owned(), value);
        } else {
            bail!("--variable {argument}: give key=value or @file");
        }
    }
    Ok(values)
}
