//! Ranks of values.

/// The rank of each value, from 1; equal values share the mean of their ranks.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|one, other| one.0 == other.0) {
        let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        for (_, position) in equal {
            if let Some(slot) = ranks.get_mut(*position) {
                *slot = rank;
            }
        }
        before += equal.len();
    }
    ranks
}

/// How many times each value that there is more than once is there.
pub fn ties(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
        .chunk_by(|one, other| one == other)
        .map(|equal| equal.len() as f64)
        .filter(|count| *count > 1.0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_the_mean_of_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 0.5]), [3.5, 2.0, 3.5, 1.0]);
        assert_eq!(ranks(&[]), [0.0; 0]);
        assert_eq!(ties(&[3.0, 1.0, 3.0, 1.0, 3.0, 0.5]), [2.0, 3.0]);
    }
}
