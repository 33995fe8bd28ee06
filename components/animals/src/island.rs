//! The island that a request is about, and the dice it is given.

use almanac::app::animals;
use almanac::app::presets::Making;
use almanac::domain::DatasetName;
use almanac::http::{Context, Problem};
use almanac::store::Connection;
use fastrand::Rng;
use uuid::Uuid;

/// The island, with its first animals where nobody has been before.
pub(crate) async fn settled<C: Connection>(
    context: &Context<'_, C>,
) -> Result<(DatasetName, Rng), Problem> {
    let mut rng = dice();
    let revision = Uuid::new_v4().to_string();
    let making = making(context, &revision);
    let dataset = animals::settled(context.connection, making, &mut rng).await?;
    Ok((dataset.name.clone(), rng))
}

/// The island as it is, for who brings animals.
pub(crate) async fn bare<C: Connection>(
    context: &Context<'_, C>,
) -> Result<(DatasetName, Rng), Problem> {
    let revision = Uuid::new_v4().to_string();
    let dataset = animals::bare(context.connection, making(context, &revision)).await?;
    Ok((dataset.name.clone(), dice()))
}

fn making<'a, C: Connection>(context: &Context<'_, C>, revision: &'a str) -> Making<'a> {
    Making {
        now: context.now,
        revision,
        max_datasets: context.config.max_datasets,
    }
}

/// Seeded by the host's randomness, which new UUIDs are made of.
fn dice() -> Rng {
    Rng::with_seed(Uuid::new_v4().as_u64_pair().0)
}
