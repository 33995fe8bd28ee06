//! Which blocks have to be read, and which points are looked for.

use crate::domain::aggregate::Summary;

/// Successive points, before they are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    pub points: usize,
    /// A summary of each field that shapes the picture.
    pub fields: Vec<Summary>,
}

/// How points are chosen.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Points to be chosen, at most.
    pub(super) count: usize,
    /// Points that there are.
    pub(super) total: usize,
    pub(super) fields: usize,
    pub(super) buckets: usize,
    /// The shortest run of missing values that is kept as a gap.
    pub(super) shortest_gap: usize,
    is_by_block: bool,
    blocks: Vec<Place>,
}

/// What the plan knows of a block.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The number of its first point among all.
    pub(super) start: usize,
    pub(super) points: usize,
    is_read: bool,
    /// Fields with missing values.
    pub(super) has_missing: Vec<bool>,
    /// Where only some blocks are read: fields of which a run of missing values begins with this block, and
    /// how long it is.
    pub(super) gaps: Vec<(usize, usize)>,
}

impl Plan {
    /// A plan for choosing `count` of the points of `blocks`. With `may_skip` blocks are left out where
    /// there are more of them than points to be chosen.
    pub fn new(blocks: &[Block], count: usize, may_skip: bool) -> Self {
        let total = blocks.iter().map(|block| block.points).sum();
        let filled = || blocks.iter().filter(|block| block.points > 0);
        let fields = blocks.iter().map(|block| block.fields.len()).max();
        let fields = fields.unwrap_or(0);
        let is_missing = |block: &Block, field: usize| present(block, field) < block.points;
        let with_gaps = (0..fields).filter(|field| filled().any(|block| is_missing(block, *field)));
        // Of each bucket two points of each field; the ends of all; as many gaps as buckets.
        let each = (2 * fields + with_gaps.count()).max(1);
        let is_by_block = may_skip && filled().count() > count;
        let mut start = 0;
        let place = |block: &Block| {
            let place = Place {
                start,
                points: block.points,
                is_read: !is_by_block,
                has_missing: (0..fields).map(|field| is_missing(block, field)).collect(),
                gaps: Vec::new(),
            };
            start += block.points;
            place
        };
        let mut plan = Self {
            count,
            total,
            fields,
            buckets: (count.saturating_sub(2) / each).max(1),
            shortest_gap: (total / count.max(1)).max(1),
            is_by_block,
            blocks: blocks.iter().map(place).collect(),
        };
        if is_by_block {
            plan.mark_ends();
            plan.mark_extremes(blocks);
            plan.mark_gaps(blocks);
        }
        plan
    }

    /// Whether all points are chosen.
    pub fn is_everything(&self) -> bool {
        self.total <= self.count
    }

    /// How many points there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether a block has to be read.
    pub fn reads(&self, block: usize) -> bool {
        self.blocks.get(block).is_none_or(|place| place.is_read)
    }

    pub(super) fn place(&self, block: usize) -> Option<&Place> {
        self.blocks.get(block)
    }

    /// The bucket of a point of a block, and the number of the first point beyond that bucket or block.
    pub(super) fn bucket(&self, place: &Place, point: usize) -> (usize, usize) {
        let end = place.start + place.points;
        // In 128 bits, since a component's numbers have 32.
        let (total, buckets) = (self.total.max(1) as u128, self.buckets as u128);
        let bucket_of = |point: usize| (point as u128 * buckets / total) as usize;
        if self.is_by_block {
            return (bucket_of(place.start + place.points / 2), end);
        }
        let bucket = bucket_of(point);
        let beyond = ((bucket as u128 + 1) * total).div_ceil(buckets) as usize;
        (bucket, beyond.min(end))
    }

    /// Whether gaps are found by the points rather than by whole blocks.
    pub(super) fn finds_gaps(&self) -> bool {
        !self.is_by_block
    }

    fn read(&mut self, block: usize) {
        if let Some(place) = self.blocks.get_mut(block) {
            place.is_read = true;
        }
    }

    fn mark_ends(&mut self) {
        let is_filled = |place: &Place| place.points > 0;
        let first = self.blocks.iter().position(is_filled);
        let last = self.blocks.iter().rposition(is_filled);
        first.into_iter().chain(last).for_each(|end| self.read(end));
    }

    /// Marks the blocks with the extremes of each bucket. One block serves for both where what it has is
    /// all but the extreme: less than a pixel of a picture away.
    fn mark_extremes(&mut self, blocks: &[Block]) {
        const PIXEL: f64 = 1.0 / 2048.0;
        for field in 0..self.fields {
            let all = blocks.iter().filter_map(|block| block.fields.get(field));
            let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), one| {
                (low.min(one.min), high.max(one.max))
            });
            let near = (high * PIXEL - low * PIXEL).max(0.0);
            let mut at = 0;
            while at < blocks.len() {
                let end = self.bucket_end(at);
                let of = |block: usize| blocks.get(block).and_then(|block| block.fields.get(field));
                let members = || (at..end).filter(|block| present_in(of(*block)) > 0);
                let min = |block: &usize| of(*block).map_or(f64::INFINITY, |one| one.min);
                let max = |block: &usize| of(*block).map_or(f64::NEG_INFINITY, |one| one.max);
                let lowest = members().min_by(|a, b| min(a).total_cmp(&min(b)));
                let highest = members().rev().max_by(|a, b| max(a).total_cmp(&max(b)));
                if let Some((lowest, highest)) = lowest.zip(highest) {
                    let (least, greatest) = (min(&lowest), max(&highest));
                    let serves = |block: &usize| {
                        let (lower, upper) = (min(block) - least, greatest - max(block));
                        // The extremes of all are exact.
                        (lower <= 0.0 || lower < near && least > low)
                            && (upper <= 0.0 || upper < near && greatest < high)
                    };
                    match members().find(serves) {
                        Some(both) => self.read(both),
                        None => {
                            self.read(lowest);
                            self.read(highest);
                        }
                    }
                }
                at = end;
            }
        }
    }

    /// The first block beyond the bucket of a block.
    fn bucket_end(&self, block: usize) -> usize {
        let bucket = |block: usize| {
            let place = self.blocks.get(block)?;
            Some(self.bucket(place, place.start).0)
        };
        let of = bucket(block);
        let mut end = block + 1;
        while end < self.blocks.len() && bucket(end) == of {
            end += 1;
        }
        end
    }

    fn mark_gaps(&mut self, blocks: &[Block]) {
        for field in 0..self.fields {
            let mut run: Option<(usize, usize)> = None;
            for at in 0..=blocks.len() {
                let block = blocks.get(at);
                match block.filter(|block| present(block, field) == 0) {
                    Some(block) if block.points > 0 => run.get_or_insert((at, 0)).1 += block.points,
                    Some(_) => {}
                    None => {
                        let long = run
                            .take()
                            .filter(|(_, length)| *length >= self.shortest_gap);
                        if let Some((first, length)) = long {
                            self.read(first);
                            if let Some(place) = self.blocks.get_mut(first) {
                                place.gaps.push((field, length));
                            }
                        }
                    }
                }
            }
        }
    }
}

fn present(block: &Block, field: usize) -> usize {
    present_in(block.fields.get(field))
}

fn present_in(summary: Option<&Summary>) -> usize {
    summary.map_or(0, |summary| summary.present)
}
