//! Everything fails at once, and no job is lost or done twice.
//!
//! Three apps, each with all workers, share one Redis, and reach it through a proxy that loses replies,
//! tears and delays them, cuts connections and swallows doorbells. Apps are killed with SIGKILL and
//! started again, as `make up` and Kubernetes do (an app also ends by itself when it loses its
//! doorbells' connection); one is frozen for longer than a lease, so that it comes back as a late
//! worker; Redis is killed with SIGKILL and comes back from its append-only file. Meanwhile jobs are
//! submitted over HTTP, each submission under an Idempotency-Key and repeated until it is answered.
//! Doorbells are rung every second, as the `CronJob` does every minute. Then the faults stop, and the test
//! waits until all is done.
//!
//! # Redis and its append-only file
//! Redis runs with `appendfsync always`: it has written and synced a command before it answers, so
//! that whatever was answered survives a power cut, and thus certainly a SIGKILL. With `everysec`, Redis'
//! own default and that of `make up`, a power cut costs up to a second of answered submissions; a
//! SIGKILL costs nothing that Redis has handed to the kernel, which it does before it answers unless
//! the disk is so slow that the last sync is still running (then up to two seconds).
//! `CHAOS_FSYNC=everysec` tries that.
//!
//! # Why no job may fail
//! A job is given up after three lost attempts. An attempt is lost with its lease of 15 s, and the
//! retries pause for 0.75 s and 1.5 s at least: the third attempt begins no earlier than 32 s after
//! the first. The faults stop after 25 s, so here no job can lose three, and `failed` is a fault of
//! the queue. A long run repeats rounds of that length instead of raging on.
//!
//! # Settings, from the environment
//! `CHAOS_SEED` (1), `CHAOS_JOBS` of a round (2000), `CHAOS_SECONDS`: rounds with growing seeds until then
//! (0: one round), `CHAOS_FSYNC` (always). `make soak` sets them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use it::{App, Call, Client, Faults, Proxy, Random, Redis, RedisClient, file};
use serde_json::{Value, json};

/// How long faults happen; see above.
const RAGE: Duration = Duration::from_secs(25);
/// How long the queue may take to become empty after that: a lease, a pause, a lease that was lost
/// in the last moment, and the rest of the jobs on a busy machine.
const CALM_WITHIN: Duration = Duration::from_secs(90);
const APPS: usize = 3;
const SUBMITTERS: usize = 4;
const ANALYSES: [&str; 3] = ["echo", "sleep", "plot"];
/// When the frozen app stops and goes on: longer apart than a lease.
const FROZEN: [Duration; 2] = [Duration::from_secs(2), Duration::from_millis(18_500)];
/// When Redis dies.
const REDIS_DIES: [Duration; 2] = [Duration::from_millis(19_500), Duration::from_millis(23_000)];
const ROUGH: Faults = Faults {
    cut: 100,
    lose: 150,
    tear: 50,
    delay: 200,
    stall: 10,
    deafen: 3000,
};

#[test]
fn no_job_is_lost_or_done_twice_whatever_fails() {
    if std::env::var_os("ALMANAC_URL").is_some() {
        eprintln!("skipped: this test needs apps of its own, and ALMANAC_URL is set");
        return;
    }
    let jobs = setting("CHAOS_JOBS", 2000);
    let length = Duration::from_secs(setting("CHAOS_SECONDS", 0));
    let mut seed = setting("CHAOS_SEED", 1);
    let begun = Instant::now();
    loop {
        Round::start(seed).run(jobs);
        seed += 1;
        if begun.elapsed() >= length {
            return;
        }
    }
}

fn setting<T: FromStr>(name: &str, default: T) -> T {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    }
}

/// One Redis, from its start to its end.
struct Round {
    seed: u64,
    begun: Instant,
    redis: Mutex<Redis>,
    asker: RedisClient,
    proxy: Proxy,
    apps: Vec<Mutex<App>>,
    clients: Vec<Client>,
    /// The threads are to end.
    is_over: AtomicBool,
    /// What was done to it.
    deeds: Mutex<BTreeMap<&'static str, u64>>,
}

/// Jobs of one submission: positions among all.
#[derive(Clone)]
struct Submission {
    jobs: Vec<usize>,
    due: Duration,
}

/// What was answered for a job.
struct Accepted {
    position: usize,
    id: String,
}

impl Round {
    fn start(seed: u64) -> Self {
        let fsync = std::env::var("CHAOS_FSYNC").unwrap_or_else(|_| "always".to_owned());
        let redis = Redis::start_with(&["--appendfsync", &fsync]);
        let proxy = Proxy::start(redis.port(), seed);
        let mut apps: Vec<App> = (0..APPS)
            .map(|at| App::start(&proxy.url(), &format!("app-{at}"), &[]))
            .collect();
        for app in &mut apps {
            app.wait_until_ready();
        }
        let clients: Vec<Client> = apps.iter().map(App::client).collect();
        let import = Call::post("/datasets/co2/import?time=month").csv(file("data/co2.csv"));
        let _ = clients[0].send(&import).expect(201);
        Self {
            seed,
            begun: Instant::now(),
            asker: redis.client(),
            redis: Mutex::new(redis),
            proxy,
            apps: apps.into_iter().map(Mutex::new).collect(),
            clients,
            is_over: AtomicBool::new(false),
            deeds: Mutex::default(),
        }
    }

    fn run(mut self, jobs: usize) {
        let mut random = Random::new(self.seed);
        let submissions = plan(jobs, &mut random);
        self.begun = Instant::now();
        self.proxy.set_faults(ROUGH);
        let round = &self;
        let (accepted, calm) = scope(|scope| {
            // The threads end with this closure, also when it panics.
            let _end = End(&round.is_over);
            scope.spawn(|| round.supervise());
            scope.spawn(|| round.ring());
            let mut dice = random.split();
            let rage = scope.spawn(move || round.rage(&mut dice));
            let submitters: Vec<_> = (0..SUBMITTERS)
                .map(|at| {
                    let mine: Vec<_> = submissions
                        .iter()
                        .skip(at)
                        .step_by(SUBMITTERS)
                        .cloned()
                        .collect();
                    let mut dice = random.split();
                    scope.spawn(move || round.submit(&mine, &mut dice))
                })
                .collect();
            rage.join().expect("the rage");
            round.proxy.set_faults(Faults::default());
            let calm = Instant::now();
            let accepted: Vec<Accepted> = submitters
                .into_iter()
                .flat_map(|submitter| submitter.join().expect("a submitter"))
                .collect();
            round.wait_until_idle();
            (accepted, calm.elapsed())
        });
        let report = self.report(accepted.len(), calm);
        eprintln!("{report}");
        assert_eq!(accepted.len(), jobs, "not every job was accepted\n{report}");
        if let Err(fault) = self.check(&accepted) {
            panic!("{fault}\n{report}");
        }
    }

    fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn did(&self, what: &'static str) {
        *lock(&self.deeds).entry(what).or_default() += 1;
    }

    /// Starts apps again that have ended.
    fn supervise(&self) {
        while !self.is_over() {
            for app in &self.apps {
                let mut app = lock(app);
                if app.has_ended() {
                    app.restart();
                    self.did("apps started again");
                }
            }
            sleep(Duration::from_millis(200));
        }
    }

    /// Rings all doorbells, past the proxy.
    fn ring(&self) {
        while !self.is_over() {
            for analysis in ANALYSES {
                // Redis may be down.
                let channel = format!("almanac.doorbell.{analysis}");
                let _ = self.asker.try_ask(&["PUBLISH", &channel, analysis]);
            }
            sleep(Duration::from_secs(1));
        }
    }

    /// Kills and freezes.
    fn rage(&self, random: &mut Random) {
        let frozen = random.below(APPS as u64) as usize;
        let mut deaths = REDIS_DIES.iter().peekable();
        let mut is_frozen = false;
        let mut next_kill = Duration::from_secs(1);
        while self.elapsed() < RAGE && !self.is_over() {
            sleep(Duration::from_millis(20));
            let now = self.elapsed();
            if !is_frozen && now >= FROZEN[0] && now < FROZEN[1] - Duration::from_millis(15_500) {
                is_frozen = self.freeze(frozen);
            } else if is_frozen && now >= FROZEN[1] {
                lock(&self.apps[frozen]).thaw();
                is_frozen = false;
            }
            if now >= next_kill {
                let at = random.below(APPS as u64) as usize;
                let is_awake = now > FROZEN[1] + Duration::from_millis(800);
                if at != frozen || is_awake {
                    lock(&self.apps[at]).kill();
                    self.did("apps killed");
                }
                next_kill = now + Duration::from_millis(random.between(600, 2000));
            }
            if deaths.next_if(|at| now >= **at).is_some() {
                let mut redis = lock(&self.redis);
                redis.kill();
                sleep(Duration::from_millis(random.between(50, 800)));
                redis.restart();
                self.did("times Redis killed");
            }
        }
        if is_frozen {
            lock(&self.apps[frozen]).thaw();
        }
    }

    /// Freezes an app if it has jobs in hand, of analyses that end without asking for the lease again:
    /// their worker will try to finish them, late.
    fn freeze(&self, at: usize) -> bool {
        let app = lock(&self.apps[at]);
        app.freeze();
        // What it sent has arrived.
        sleep(Duration::from_millis(5));
        let is_in_hand = |id: &String| {
            let record = key(&format!("job:{id}"));
            let claim = self
                .asker
                .try_ask(&["HMGET", &record, "worker_name", "started"]);
            let [name, started] = &claim.unwrap_or_default()[..] else {
                return false;
            };
            // An older one is a claim whose answer was lost.
            let is_new = started
                .parse()
                .is_ok_and(|started: u128| now_ms() < started + 200);
            is_new && name == app.name()
        };
        let leases = |analysis: &str| {
            let set = key(&format!("leases:{analysis}"));
            self.asker
                .try_ask(&["ZRANGE", &set, "0", "-1"])
                .unwrap_or_default()
        };
        let has_job = ["echo", "sleep"]
            .into_iter()
            .flat_map(leases)
            .any(|id| is_in_hand(&id));
        if has_job {
            self.did("apps frozen");
            true
        } else {
            app.thaw();
            false
        }
    }

    /// Submits jobs when they are due, each submission until it is answered.
    fn submit(&self, submissions: &[Submission], random: &mut Random) -> Vec<Accepted> {
        let mut accepted = Vec::new();
        for Submission { jobs, due } in submissions {
            sleep(due.saturating_sub(self.elapsed()));
            let call = Call::post("/jobs")
                .header("idempotency-key", &format!("{}-{}", self.seed, jobs[0]))
                // Runs it anew, even where another had the same parameters.
                .header("cache-control", "no-cache");
            let call = match jobs.as_slice() {
                [single] => call.json(&order(*single)),
                many => call.json(&many.iter().map(|at| order(*at)).collect()),
            };
            let Some(ids) = self.submit_one(&call, random) else {
                return accepted;
            };
            assert_eq!(
                ids.len(),
                jobs.len(),
                "an answer has another number of jobs"
            );
            let pairs = jobs.iter().zip(ids);
            accepted.extend(pairs.map(|(at, id)| Accepted { position: *at, id }));
        }
        accepted
    }

    /// `None` when the test is over.
    fn submit_one(&self, call: &Call, random: &mut Random) -> Option<Vec<String>> {
        while !self.is_over() {
            let at = random.below(APPS as u64) as usize;
            match self.clients[at].try_send(call) {
                Ok(answer) if [200, 202].contains(&answer.status) => {
                    let body = answer.json();
                    let one = std::slice::from_ref(&body);
                    let jobs = body["jobs"].as_array().map_or(one, Vec::as_slice);
                    return Some(jobs.iter().map(id).collect());
                }
                Ok(answer) if [429, 503].contains(&answer.status) => {
                    self.did("submissions told to come again");
                }
                Ok(answer) => {
                    let log = lock(&self.apps[at]).log_tail();
                    panic!("{}\n{log}", answer.describe());
                }
                Err(_) => self.did("submissions not answered"),
            }
            sleep(Duration::from_millis(random.between(10, 200)));
        }
        None
    }

    #[track_caller]
    fn wait_until_idle(&self) {
        let begun = Instant::now();
        let unfinished = || {
            let count = |status| self.count(&format!("status:{status}"));
            count("submitted") + count("in progress")
        };
        while unfinished() > 0 {
            assert!(
                begun.elapsed() < CALM_WITHIN,
                "{} jobs are stuck (seed {}):\n{}",
                unfinished(),
                self.seed,
                self.unfinished_jobs()
            );
            sleep(Duration::from_millis(50));
        }
    }

    fn count(&self, set: &str) -> u64 {
        self.asker.number(&["ZCARD", &key(set)])
    }

    /// Some of them, with all that is known.
    fn unfinished_jobs(&self) -> String {
        let mut text = String::new();
        for status in ["in progress", "submitted"] {
            let set = key(&format!("status:{status}"));
            for id in self.asker.ask(&["ZRANGE", &set, "0", "4"]) {
                let record = self.asker.ask(&["HGETALL", &key(&format!("job:{id}"))]);
                let _ = writeln!(text, "{}", record.join(" "));
            }
        }
        for app in &self.apps {
            let _ = writeln!(text, "--- log of an app\n{}", lock(app).log_tail());
        }
        text
    }

    fn report(&self, accepted: usize, calm: Duration) -> String {
        let tally = self.proxy.tally();
        let lost = |analysis: &str| {
            let field = format!("{analysis} lost");
            self.asker.number(&["HGET", &key("totals"), &field])
        };
        let lost: u64 = ANALYSES.into_iter().map(lost).sum();
        let deeds: Vec<String> = lock(&self.deeds)
            .iter()
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        format!(
            "seed {}: {accepted} jobs in {:.1} s, {:.1} s of them after the last fault; {}; {} \
             commands on {} connections, {} cut, {} replies lost, {} torn, {} delayed, {} stalled, {} \
             doorbells swallowed; {lost} attempts lost, {} finishes repeated, {} late ones refused",
            self.seed,
            self.elapsed().as_secs_f64(),
            calm.as_secs_f64(),
            deeds.join(", "),
            tally.commands,
            tally.connections,
            tally.cut,
            tally.lost,
            tally.torn,
            tally.delayed,
            tally.stalled,
            tally.deafened,
            tally.repeated,
            tally.refused,
        )
    }

    /// Checks everything that is promised.
    fn check(&self, accepted: &[Accepted]) -> Result<(), String> {
        self.check_listing(accepted)?;
        self.check_structures()?;
        let finished = self.proxy.tally().finished;
        let mut attempts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for job in accepted {
            let lost = self.check_job(job, finished.get(&job.id))?;
            let entry = attempts.entry(analysis(job.position)).or_default();
            *entry = (entry.0 + 1, entry.1 + lost);
        }
        for (analysis, (jobs, lost)) in attempts {
            let total = |what: &str| {
                let field = format!("{analysis} {what}");
                self.asker.number(&["HGET", &key("totals"), &field])
            };
            let totals = ["complete", "lost", "failed", "cancelled"].map(total);
            ensure(totals == [jobs, lost, 0, 0], || {
                format!(
                    "{jobs} jobs of {analysis} lost {lost} attempts, but the totals say {totals:?} \
                     (complete, lost, failed, cancelled)"
                )
            })?;
        }
        Ok(())
    }

    /// Everything that was answered is listed, and nothing else.
    fn check_listing(&self, accepted: &[Accepted]) -> Result<(), String> {
        let mut client = &self.clients[0];
        let mut listed = BTreeSet::new();
        let mut cursor = String::new();
        loop {
            let call = Call::get(&format!("/jobs?limit=1000{cursor}"));
            // An app may be on its way up again.
            let mut answer = None;
            for at in 0..100 {
                client = &self.clients[at % APPS];
                answer = client
                    .try_send(&call)
                    .ok()
                    .filter(|answer| answer.status == 200);
                if answer.is_some() {
                    break;
                }
                sleep(Duration::from_millis(200));
            }
            let page = answer.ok_or("no app lists the jobs")?.json();
            listed.extend(page["jobs"].as_array().into_iter().flatten().map(id));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let known: BTreeSet<String> = accepted.iter().map(|job| job.id.clone()).collect();
        let lost: Vec<_> = known.difference(&listed).collect();
        let extra: Vec<_> = listed.difference(&known).collect();
        ensure(known.len() == accepted.len(), || {
            "two submissions were answered with one job".to_owned()
        })?;
        ensure(lost.is_empty(), || format!("answered, but gone: {lost:?}"))?;
        ensure(extra.is_empty(), || format!("nobody was told of {extra:?}"))?;
        check_pictures(client, accepted)
    }

    fn check_structures(&self) -> Result<(), String> {
        for analysis in ANALYSES {
            for name in ["queue", "due", "leases"] {
                let set = format!("{name}:{analysis}");
                let left = self.asker.ask(&["ZRANGE", &key(&set), "0", "-1"]);
                ensure(left.is_empty(), || format!("{set} still has {left:?}"))?;
            }
        }
        for status in ["submitted", "in progress", "failed", "cancelled"] {
            let count = self.count(&format!("status:{status}"));
            ensure(count == 0, || format!("{count} jobs are {status}"))?;
        }
        let (all, complete) = (self.count("all"), self.count("status:complete"));
        let expiring = self.count("expires");
        ensure(all == complete && all == expiring, || {
            format!("{all} jobs, {complete} of them complete, {expiring} to expire")
        })
    }

    /// Checks one job's record, and says how many attempts it lost. `tokens` are those with which it
    /// was seen to be finished: a finish whose answer fell with Redis is not among them.
    fn check_job(&self, job: &Accepted, tokens: Option<&BTreeSet<String>>) -> Result<u64, String> {
        let record = key(&format!("job:{}", job.id));
        let names = [
            "status", "analysis", "attempts", "token", "result", "history", "params",
        ];
        let mut command = vec!["HMGET", &record];
        command.extend(names);
        let fields = self.asker.ask(&command);
        let [status, kind, attempts, token, result, history, params] = fields.as_slice() else {
            return Err(format!("{record} has {fields:?}"));
        };
        let what = || format!("{record} has {fields:?}, and was finished with {tokens:?}");
        let attempts: u64 = attempts.parse().map_err(|_| what())?;
        ensure(status == "complete" && kind == analysis(job.position), what)?;
        ensure(history.lines().count() as u64 == attempts - 1, what)?;
        ensure(tokens.is_none_or(|tokens| tokens.iter().eq([token])), what)?;
        let wanted = order(job.position)["params"].clone();
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        ensure(read(params) == wanted, what)?;
        if kind == "echo" {
            let mut result = read(result);
            let provenance = result
                .as_object_mut()
                .and_then(|all| all.remove("provenance"));
            ensure(provenance.is_some() && result == wanted, what)?;
        }
        Ok(attempts - 1)
    }
}

/// Every picture is there, of the attempt that won.
fn check_pictures(client: &Client, accepted: &[Accepted]) -> Result<(), String> {
    for job in accepted
        .iter()
        .filter(|job| analysis(job.position) == "plot")
    {
        let answer = client.try_send(&Call::get(&format!("/download/{}", job.id)))?;
        ensure(answer.body.starts_with(b"\x89PNG"), || answer.describe())?;
    }
    Ok(())
}

/// Ends the threads of a round.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Spreads the jobs over the time of faults; one submission in ten has ten jobs.
fn plan(jobs: usize, random: &mut Random) -> Vec<Submission> {
    let mut submissions = Vec::new();
    let mut at = 0;
    while at < jobs {
        let count = if random.chance(1000) { 10 } else { 1 };
        let end = jobs.min(at + count);
        submissions.push(Submission {
            jobs: (at..end).collect(),
            due: RAGE.mul_f64(at as f64 / jobs as f64),
        });
        at = end;
    }
    submissions
}

fn analysis(position: usize) -> &'static str {
    match position % 20 {
        3 | 13 => "sleep",
        7 => "plot",
        _ => "echo",
    }
}

fn order(position: usize) -> Value {
    match analysis(position) {
        "sleep" => {
            // At most one step, after which the lease is not asked for.
            let seconds = 0.05 * (1 + position / 10 % 5) as f64;
            json!({"analysis": "sleep", "params": {"seconds": seconds}})
        }
        "plot" => {
            let params = json!({"y": "average", "title": format!("Number {position}")});
            json!({"analysis": "plot", "dataset": "co2", "params": params})
        }
        name => json!({"analysis": name, "params": {"number": position}}),
    }
}

fn now_ms() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("a clock after 1970").as_millis()
}

fn key(rest: &str) -> String {
    format!("almanac:{{jobs}}:{rest}")
}

fn id(job: &Value) -> String {
    let id = job["id"].as_str();
    id.unwrap_or_else(|| panic!("no id: {job}")).to_owned()
}

fn ensure(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|broken| broken.into_inner())
}
