//! Keys that a file claims, in a hash of Redis that nobody sees, as long as the file's points have
//! not been made visible. They may be millions, so they are never in memory together.

use uuid::Uuid;

use super::index::{self, KEYS_AT_ONCE};
use super::keys;
use super::writer::UNNAMED_SECONDS;
use crate::args;
use crate::domain::{DatasetName, PointId};
use crate::store::connection::{Connection, Error};
use crate::store::script::Script;

static CLAIM: Script = Script::new(
    "local known = {}
     for at = 3, #ARGV, 2 do
       if redis.call(ARGV[1], KEYS[1], ARGV[at], ARGV[at + 1]) == 0 then
         known[#known + 1] = (at - 3) / 2
       end
     end
     redis.call('EXPIRE', KEYS[1], ARGV[2])
     return known",
);

/// Which of several points with one key has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wins {
    First,
    Last,
}

/// A hash of keys, with the points that are to have them. It expires by itself.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    key: String,
    are_new: bool,
}

/// One key that is claimed.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    pub(super) key: &'a str,
    pub(super) id: PointId,
    /// The point that has the key in the index, living or not.
    pub(super) from: Option<PointId>,
}

impl Claim<'_> {
    /// What the hash has of it: the new holder and, after a space, the one that is expected to have
    /// the key until then.
    fn holder(&self) -> String {
        let id = index::holder(self.id);
        match self.from {
            None => id,
            Some(from) => format!("{id} {}", index::holder(from)),
        }
    }
}

impl Claims {
    pub(super) fn new(name: &DatasetName) -> Self {
        let key = keys::claims(name, &Uuid::new_v4().simple().to_string());
        Self { key, are_new: true }
    }

    /// The name of the hash.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Whether nobody has one of the keys until now.
    pub(super) fn are_new(&self) -> bool {
        self.are_new
    }

    /// Claims keys. Gives the positions of those that were claimed before.
    pub(super) async fn add(
        &mut self,
        connection: &impl Connection,
        claims: &[Claim<'_>],
        wins: Wins,
    ) -> Result<Vec<usize>, Error> {
        let set = match wins {
            Wins::First => "HSETNX",
            Wins::Last => "HSET",
        };
        self.are_new &= claims.iter().all(|claim| claim.from.is_none());
        let mut known = Vec::new();
        for (at, part) in claims.chunks(KEYS_AT_ONCE).enumerate() {
            let mut args = args![set, UNNAMED_SECONDS];
            for claim in part {
                args.extend(args![claim.key, claim.holder()]);
            }
            let mut positions = CLAIM.run(connection, &[&self.key], args).await?;
            while positions.remaining() > 0 {
                let position = usize::try_from(positions.unsigned("a position")?);
                known.extend(position.map(|position| at * KEYS_AT_ONCE + position));
            }
        }
        Ok(known)
    }

    /// Who has claimed each key.
    pub(super) async fn holders(
        &self,
        connection: &impl Connection,
        row_keys: &[String],
    ) -> Result<Vec<Option<PointId>>, Error> {
        index::holders(connection, &self.key, row_keys).await
    }

    /// Drops all claims; should that fail, they expire.
    pub(super) async fn discard(&self, connection: &impl Connection) {
        let _ = connection.command("UNLINK", args![self.key.as_str()]).await;
    }
}
