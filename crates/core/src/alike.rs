//! How alike two texts are, where nobody has embeddings of them: the cosine of their counts of short runs of characters.

/// Buckets into which runs of characters are counted.
pub const BUCKETS: usize = 4096;

/// The cosine of two texts' counts of runs of three to five characters, each as `1 + ln(count)`: from 0 to 1. Texts that are
/// shorter than a run are alike only if they are equal.
pub fn similarity(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let (a, b) = (counts(a), counts(b));
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let lengths = (product(&a, &a) * product(&b, &b)).sqrt();
    if lengths > 0.0 { (product(&a, &b) / lengths).min(1.0) } else { 0.0 }
}

/// A text's counts of runs of three to five characters by bucket, each as `1 + ln(count)`, and zero where there are none.
pub fn counts(text: &str) -> Vec<f64> {
    let characters: Vec<char> = text.chars().collect();
    let mut counts = vec![0.0_f64; BUCKETS];
    for length in 3..=5 {
        for run in characters.windows(length) {
            // FNV-1a over the characters: small, and the same on every machine.
            let hash = run.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, c| {
                (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0000_0100_0000_01b3)
            });
            counts[(hash ^ (hash >> 32)) as usize % BUCKETS] += 1.0;
        }
    }
    counts.into_iter().map(|count| if count > 0.0 { 1.0 + count.ln() } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_alike_by_the_runs_that_they_share() {
        assert_eq!(similarity("abc", "abc"), 1.0);
        assert_eq!(similarity("ab", "ab"), 1.0);
        assert_eq!(similarity("ab", "ba"), 0.0);
        assert_eq!(similarity("abc", "xyz"), 0.0);
        // Each has three runs of three characters, two of four and one of five, of which they share two of three and one
        // of four.
        assert!((similarity("abcde", "bcdef") - 0.5).abs() < 1e-12);
        let (near, far) = (similarity("return a + b", "return a - b"), similarity("return a + b", "print(sorted(x))"));
        assert!(near > 0.4 && far < 0.1, "{near} {far}");
    }
}
