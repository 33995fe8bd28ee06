//! What k8s/ must keep to: what it renders, what SpinKube and KEDA allow, and what spin.toml says.

mod agreement;
mod definitions;
mod deploying;
mod prudence;
