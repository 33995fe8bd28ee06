//! What k8s/ must keep to: what it renders, what SpinKube, KEDA and the Gateway API allow, what spin.toml says, and what
//! its scripts do.

mod access;
mod agreement;
mod definitions;
mod deploying;
mod prudence;
mod restoring;
mod scripts;
mod sizes;
