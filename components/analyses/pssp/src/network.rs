//! Running a network of `training/model.py`: a wide convolution, pre-activation residual blocks that
//! may also see the mean of all residues, a linear head with a term for the length of the sequence.
//!
//! All matrices are by residue, then channel. Sums are taken tap by tap and input by input, always in
//! the same order; what is beyond the ends is nothing.

/// Secondary structure (8), accessibility (3), missing in the crystal (1).
pub const STRUCTURE: &[u8] = include_bytes!("../weights/structure.bin");
/// Helix, strand, signal peptide, inside, outside.
pub const MEMBRANE: &[u8] = include_bytes!("../weights/membrane.bin");

/// Lengths beyond these count as these.
const LENGTHS: std::ops::RangeInclusive<usize> = 30..=600;
/// The logarithm of the length whose term is nothing.
const USUAL_LENGTH: f64 = 5.0;

/// A convolution over residues.
struct Convolution {
    outputs: usize,
    inputs: usize,
    taps: usize,
    dilation: usize,
    bias: Vec<f32>,
    /// By tap, input, output.
    weights: Vec<f32>,
}

/// Batch normalisation once trained, followed by a rectifier.
struct Activation {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

/// What each residue gains by those around it, and by the mean of all.
struct Block {
    activation: Activation,
    convolution: Convolution,
    context: Option<Convolution>,
}

pub struct Network {
    first: Convolution,
    blocks: Vec<Block>,
    last: Activation,
    head: Convolution,
    /// What each output gains with the logarithm of the length.
    length: Vec<f32>,
}

impl Network {
    /// Reads what `training/weights.py` wrote; `None` when it is not that.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader { bytes };
        let [inputs, channels, outputs, blocks, first, taps] = reader.sizes()?;
        let shapes: Vec<[usize; 2]> = (0..blocks).map(|_| reader.sizes()).collect::<Option<_>>()?;
        let first = reader.convolution([channels, inputs, first, 1])?;
        let blocks = shapes
            .into_iter()
            .map(|[dilation, contexts]| {
                let activation = reader.activation(channels)?;
                let convolution = reader.convolution([channels, channels, taps, dilation])?;
                let context = match contexts {
                    0 => None,
                    _ => Some(reader.convolution([channels, channels, 1, 1])?),
                };
                Some(Block {
                    activation,
                    convolution,
                    context,
                })
            })
            .collect::<Option<_>>()?;
        let last = reader.activation(channels)?;
        let head = reader.convolution([outputs, channels, 1, 1])?;
        let length = reader.floats(outputs)?;
        reader.bytes.is_empty().then_some(Self {
            first,
            blocks,
            last,
            head,
            length,
        })
    }

    /// What the outputs gain by the length of the sequence.
    fn length_terms(&self, residues: usize) -> impl Iterator<Item = f32> {
        let length = residues.clamp(*LENGTHS.start(), *LENGTHS.end());
        let over_usual = (libm::log(length as f64) - USUAL_LENGTH) as f32;
        self.length.iter().map(move |term| term * over_usual)
    }
}

/// A network at work on a sequence, layer by layer.
pub struct Running {
    network: Network,
    /// By residue, channel: what the layers so far make of the sequence.
    state: Vec<f32>,
    done: usize,
}

impl Running {
    /// `codes` are places among [`crate::sequence::LETTERS`].
    pub fn new(network: Network, codes: Vec<usize>) -> Self {
        let inputs = network.first.inputs;
        let mut state = vec![0.0; codes.len() * inputs];
        for (row, code) in state.chunks_exact_mut(inputs.max(1)).zip(codes) {
            // One of the letters, and that there is one.
            if let Some(cell) = row.get_mut(code) {
                *cell = 1.0;
            }
            if let Some(cell) = row.last_mut() {
                *cell = 1.0;
            }
        }
        Self {
            network,
            state,
            done: 0,
        }
    }

    /// The part of the layers that is done.
    pub fn fraction(&self) -> f64 {
        self.done as f64 / (self.network.blocks.len() + 2) as f64
    }

    /// Does the next layer; the last gives the logits, by residue, output.
    pub fn step(&mut self) -> Option<Vec<f32>> {
        let layer = self.done;
        self.done += 1;
        let Network {
            first,
            blocks,
            last,
            head,
            length,
        } = &self.network;
        if layer == 0 {
            self.state = first.apply(&self.state);
        } else if let Some(block) = blocks.get(layer - 1) {
            block.apply(&mut self.state);
        } else {
            let mut logits = head.apply(&last.apply(&self.state));
            let residues = logits.len() / length.len().max(1);
            let terms: Vec<f32> = self.network.length_terms(residues).collect();
            add_to_each(&mut logits, &terms);
            return Some(logits);
        }
        None
    }
}

impl Block {
    fn apply(&self, state: &mut [f32]) {
        let active = self.activation.apply(state);
        for (value, change) in state.iter_mut().zip(self.convolution.apply(&active)) {
            *value += change;
        }
        if let Some(context) = &self.context {
            add_to_each(state, &context.apply(&mean(&active, context.inputs)));
        }
    }
}

/// The mean of all rows.
fn mean(matrix: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    for row in matrix.chunks_exact(columns.max(1)) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    let rows = (matrix.len() / columns.max(1)).max(1) as f32;
    sums.iter().map(|sum| sum / rows).collect()
}

fn add_to_each(matrix: &mut [f32], terms: &[f32]) {
    for row in matrix.chunks_exact_mut(terms.len().max(1)) {
        for (value, term) in row.iter_mut().zip(terms) {
            *value += term;
        }
    }
}

impl Activation {
    fn apply(&self, input: &[f32]) -> Vec<f32> {
        let mut output = input.to_vec();
        for row in output.chunks_exact_mut(self.scale.len().max(1)) {
            for ((value, scale), shift) in row.iter_mut().zip(&self.scale).zip(&self.shift) {
                *value = (*value * scale + shift).max(0.0);
            }
        }
        output
    }
}

impl Convolution {
    fn apply(&self, input: &[f32]) -> Vec<f32> {
        let rows: Vec<&[f32]> = input.chunks_exact(self.inputs.max(1)).collect();
        let reach = (self.taps / 2) * self.dilation;
        let mut output = Vec::with_capacity(rows.len() * self.outputs);
        let mut sums = vec![0.0_f32; self.outputs];
        for at in 0..rows.len() {
            sums.copy_from_slice(&self.bias);
            for (tap, weights) in self
                .weights
                .chunks_exact((self.inputs * self.outputs).max(1))
                .enumerate()
            {
                let row = (at + tap * self.dilation)
                    .checked_sub(reach)
                    .and_then(|from| rows.get(from));
                let Some(row) = row else { continue };
                for (value, weights) in row.iter().zip(weights.chunks_exact(self.outputs.max(1))) {
                    // Half of all values are nothing, after a rectifier.
                    if *value != 0.0 {
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum += value * weight;
                        }
                    }
                }
            }
            output.extend_from_slice(&sums);
        }
        output
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn word(&mut self) -> Option<[u8; 4]> {
        let (word, rest) = self.bytes.split_first_chunk::<4>()?;
        self.bytes = rest;
        Some(*word)
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.word()?)).ok()
    }

    fn sizes<const N: usize>(&mut self) -> Option<[usize; N]> {
        let mut sizes = [0; N];
        for size in &mut sizes {
            *size = self.size()?;
        }
        Some(sizes)
    }

    fn floats(&mut self, count: usize) -> Option<Vec<f32>> {
        (0..count)
            .map(|_| self.word().map(f32::from_le_bytes))
            .collect()
    }

    fn activation(&mut self, channels: usize) -> Option<Activation> {
        Some(Activation {
            scale: self.floats(channels)?,
            shift: self.floats(channels)?,
        })
    }

    /// `[outputs, inputs, taps, dilation]`.
    fn convolution(
        &mut self,
        [outputs, inputs, taps, dilation]: [usize; 4],
    ) -> Option<Convolution> {
        let factors = self.floats(outputs)?;
        let bias = self.floats(outputs)?;
        let (whole, rest) = self.bytes.split_at_checked(taps * inputs * outputs)?;
        self.bytes = rest;
        let weights = whole
            .iter()
            .zip(factors.iter().cycle())
            .map(|(whole, factor)| f32::from(whole.cast_signed()) * factor)
            .collect();
        Some(Convolution {
            outputs,
            inputs,
            taps,
            dilation,
            bias,
            weights,
        })
    }
}
