//! What the networks' numbers come to.

use serde_json::{Map, Value as Json, json};

use crate::grammar::{Place, decode};
use crate::sequence::Sequence;

/// The classes of the structure network, in its order.
pub const SS8: &[u8; 8] = b"HGIEBTSL";
pub const ACC: &[u8; 3] = b"BME";
/// Outputs of the structure network: SS8, ACC, missing.
const STRUCTURE_OUTPUTS: usize = 12;
/// From which probability on a residue counts as disordered. Chosen on the validation clusters:
/// see training/README.md.
pub const DISORDER_FROM: f32 = 0.23;
/// Probabilities are given to three decimals.
const DECIMALS: f32 = 1000.0;

/// One character a residue for each property, with the probabilities behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    pub sequence: String,
    /// `H` helix, `E` strand, `C` anything else, turns and the rarer helices among it.
    pub ss3: String,
    /// DSSP's eight classes (Kabsch and Sander 1983): `H` alpha, `G` 3-10 and `I` pi helix, `E` strand,
    /// `B` bridge, `T` turn, `S` bend, `L` the rest.
    pub ss8: String,
    /// `B` buried (up to 10 % of the residue's surface), `M` (up to 40 %), `E` exposed.
    pub acc: String,
    /// `*` disordered, `.` ordered.
    pub disorder: String,
    /// `H` helix through a membrane, `_` anything else.
    pub tm2: String,
    /// `H` helix, `I` inside of a membrane that is crossed, `_` anything else.
    pub tm8: String,
    /// By residue: the eight, the three, disorder.
    pub structure: Vec<[f32; STRUCTURE_OUTPUTS]>,
    /// By residue: helix, strand, signal peptide, inside, outside.
    pub membrane: Vec<[f32; 5]>,
}

impl Prediction {
    /// `structure` and `membrane` are logits, by residue.
    pub fn new(sequence: &Sequence, structure: &[f32], membrane: &[f32]) -> Self {
        let (structure, _) = structure.as_chunks::<STRUCTURE_OUTPUTS>();
        let structure: Vec<_> = structure.iter().map(structure_probabilities).collect();
        let (membrane, _) = membrane.as_chunks::<5>();
        let membrane: Vec<[f32; 5]> = membrane.iter().map(softmax).collect();
        let log: Vec<[f64; 5]> = membrane
            .iter()
            .map(|row| row.map(|p| libm::log(f64::from(p.max(1e-9)))))
            .collect();
        let places = decode(&log);
        let crosses = places.contains(&Place::Helix);
        let line = |letter: &dyn Fn(&[f32; STRUCTURE_OUTPUTS]) -> char| {
            structure.iter().map(letter).collect::<String>()
        };
        Self {
            sequence: sequence.as_str().to_owned(),
            ss3: line(&|row| three(row)),
            ss8: line(&|row| greatest(SS8, row)),
            acc: line(&|row| greatest(ACC, row.get(8..).unwrap_or_default())),
            disorder: line(&|row| match row.last() {
                Some(missing) if *missing > DISORDER_FROM => '*',
                _ => '.',
            }),
            tm2: places.iter().map(|place| two(*place)).collect(),
            tm8: places.iter().map(|place| eight(*place, crosses)).collect(),
            structure,
            membrane,
        }
    }

    /// The job's result.
    pub fn to_json(&self) -> Json {
        json!({
            "residues": self.sequence.len(),
            "sequence": self.sequence,
            "ss3": self.ss3,
            "ss8": self.ss8,
            "acc": self.acc,
            "dis": self.disorder,
            "tm2": self.tm2,
            "tm8": self.tm8,
            "probabilities": self.probabilities(),
        })
    }

    /// By property and class, a number a residue.
    fn probabilities(&self) -> Json {
        let column = |at: usize| -> Json {
            let values = self.structure.iter().filter_map(|row| row.get(at));
            values.copied().map(rounded).collect()
        };
        let classes = |letters: &[u8], from: usize| -> Map<String, Json> {
            let named = letters.iter().enumerate();
            named
                .map(|(at, letter)| (char::from(*letter).to_string(), column(from + at)))
                .collect()
        };
        let place = |at: usize| -> Json {
            let values = self.membrane.iter().filter_map(|row| row.get(at));
            values.copied().map(rounded).collect()
        };
        json!({
            "ss8": classes(SS8, 0),
            "acc": classes(ACC, 8),
            "disorder": column(11),
            "membrane": {
                "helix": place(0), "strand": place(1), "signal": place(2),
                "inside": place(3), "outside": place(4),
            },
        })
    }
}

fn rounded(value: f32) -> Json {
    // In 64 bits: three decimals as a person writes them.
    json!(f64::from((value * DECIMALS).round()) / f64::from(DECIMALS))
}

fn structure_probabilities(logits: &[f32; STRUCTURE_OUTPUTS]) -> [f32; STRUCTURE_OUTPUTS] {
    let [a, b, c, d, e, f, g, h, buried, middle, exposed, missing] = *logits;
    let [a, b, c, d, e, f, g, h] = softmax(&[a, b, c, d, e, f, g, h]);
    let [buried, middle, exposed] = softmax(&[buried, middle, exposed]);
    let missing = 1.0 / (1.0 + libm::expf(-missing));
    [a, b, c, d, e, f, g, h, buried, middle, exposed, missing]
}

fn softmax<const N: usize>(logits: &[f32; N]) -> [f32; N] {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = logits.map(|logit| libm::expf(logit - most));
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}

/// The letter of the greatest of the numbers; the first where several are.
fn greatest(letters: &[u8], numbers: &[f32]) -> char {
    let mut best = (f32::NEG_INFINITY, 'X');
    for (letter, number) in letters.iter().zip(numbers) {
        if *number > best.0 {
            best = (*number, char::from(*letter));
        }
    }
    best.1
}

/// The greatest of P(H), P(E), and the sum of the other six.
fn three(row: &[f32; STRUCTURE_OUTPUTS]) -> char {
    let [helix, _, _, strand, ..] = *row;
    greatest(b"HEC", &[helix, strand, 1.0 - helix - strand])
}

fn two(place: Place) -> char {
    match place {
        Place::Helix => 'H',
        Place::Strand | Place::Signal | Place::Inside | Place::Outside => '_',
    }
}

fn eight(place: Place, crosses: bool) -> char {
    match place {
        Place::Helix => 'H',
        Place::Inside if crosses => 'I',
        Place::Strand | Place::Signal | Place::Inside | Place::Outside => '_',
    }
}
