//! Writing a picture as PNG of at most 256 colours: a third of the bytes, and of the time, of
//! full colour, for a picture whose colours are a few and their blends at edges.

use tiny_skia::{Pixmap, PremultipliedColorU8};

/// Cells of the colour cube that are told apart: 5 bits of each channel.
const CELLS: usize = 1 << 15;
const COLOURS: usize = 256;

/// Encodes an opaque picture.
///
/// # Errors
/// The encoder's, which cannot occur as it writes to memory only.
pub fn encode(pixmap: &Pixmap) -> Result<Vec<u8>, String> {
    let cells = Cells::count(pixmap.pixels());
    let (colours, index_of) = cells.palette();
    let mut indices = Vec::with_capacity(pixmap.pixels().len());
    let mut last = (None, 0);
    for pixel in pixmap.pixels() {
        if last.0 != Some(*pixel) {
            last = (
                Some(*pixel),
                index_of.get(cell(*pixel)).copied().unwrap_or(0),
            );
        }
        indices.push(last.1);
    }
    write(pixmap.width(), pixmap.height(), colours, &indices)
        .map_err(|error| format!("The PNG was not written: {error}."))
}

fn write(
    width: u32,
    height: u32,
    colours: Vec<u8>,
    indices: &[u8],
) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(colours);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::Level(1));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(indices)?;
    writer.finish()?;
    Ok(bytes)
}

fn cell(pixel: PremultipliedColorU8) -> usize {
    let bits = |channel: u8| usize::from(channel >> 3);
    bits(pixel.red()) << 10 | bits(pixel.green()) << 5 | bits(pixel.blue())
}

/// How often each cell of the colour cube occurs, and the colour that stands for it.
struct Cells {
    counts: Vec<u32>,
    /// The prevailing colour by the majority vote of Boyer and Moore, with its lead: flat
    /// colours such as the background stay exact.
    leaders: Vec<(PremultipliedColorU8, u32)>,
}

impl Cells {
    fn count(pixels: &[PremultipliedColorU8]) -> Self {
        let none = PremultipliedColorU8::TRANSPARENT;
        let mut cells = Self {
            counts: vec![0; CELLS],
            leaders: vec![(none, 0); CELLS],
        };
        let mut rest = pixels;
        while let Some(first) = rest.first() {
            let run = rest.iter().take_while(|pixel| *pixel == first).count();
            cells.add(*first, run as u32);
            rest = rest.get(run..).unwrap_or_default();
        }
        cells
    }

    fn add(&mut self, colour: PremultipliedColorU8, times: u32) {
        let index = cell(colour);
        if let Some(count) = self.counts.get_mut(index) {
            *count = count.saturating_add(times);
        }
        if let Some((leader, lead)) = self.leaders.get_mut(index) {
            if *leader == colour {
                *lead = lead.saturating_add(times);
            } else if *lead >= times {
                *lead -= times;
            } else {
                (*leader, *lead) = (colour, times - *lead);
            }
        }
    }

    /// The most frequent cells' colours as red, green, blue, and for each cell the index of
    /// its own colour or the nearest.
    fn palette(&self) -> (Vec<u8>, Vec<u8>) {
        let mut used: Vec<(usize, u32)> = self
            .counts
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, count)| *count > 0)
            .collect();
        // Ties in the order of the cells, so that the same picture gives the same bytes.
        used.sort_by_key(|(index, count)| (std::cmp::Reverse(*count), *index));
        let colour = |index: usize| {
            self.leaders.get(index).map_or([0; 3], |(pixel, _)| {
                [pixel.red(), pixel.green(), pixel.blue()]
            })
        };
        let kept: Vec<[u8; 3]> = used
            .iter()
            .take(COLOURS)
            .map(|(index, _)| colour(*index))
            .collect();
        let mut index_of = vec![0u8; CELLS];
        for (rank, (index, _)) in used.iter().enumerate() {
            let place = if rank < COLOURS {
                rank
            } else {
                nearest(&kept, colour(*index))
            };
            if let Some(slot) = index_of.get_mut(*index) {
                *slot = place as u8;
            }
        }
        (kept.concat(), index_of)
    }
}

fn nearest(colours: &[[u8; 3]], wanted: [u8; 3]) -> usize {
    let distance = |colour: &[u8; 3]| -> u32 {
        colour
            .iter()
            .zip(wanted)
            .map(|(a, b)| u32::from(a.abs_diff(b)).pow(2))
            .sum()
    };
    colours
        .iter()
        .enumerate()
        .min_by_key(|(_, colour)| distance(colour))
        .map_or(0, |(place, _)| place)
}
