//! Colours and sizes: everything about the look that is not geometry.

/// Red, green and blue, 0 to 255.
pub type Rgb = [u8; 3];

/// The colours of one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    pub background: Rgb,
    pub title: Rgb,
    /// Axis labels and legend.
    pub text: Rgb,
    /// Tick labels.
    pub muted: Rgb,
    pub grid: Rgb,
    /// Axis line and ticks.
    pub axis: Rgb,
    /// One colour for each series.
    pub palette: [Rgb; 8],
}

impl Theme {
    pub fn light() -> &'static Self {
        &LIGHT
    }

    pub fn dark() -> &'static Self {
        &DARK
    }

    /// The colour of the so-manieth series; they come again after the eighth.
    pub fn colour(&self, series: usize) -> Rgb {
        self.palette
            .get(series % self.palette.len())
            .copied()
            .unwrap_or(self.text)
    }
}

/// The palette is Okabe and Ito's (2008, "Color Universal Design"), which readers with any
/// colour vision can tell apart. Its yellow is too light for a line on white: a brown takes
/// its place.
pub const LIGHT: Theme = Theme {
    background: [255, 255, 255],
    title: [26, 26, 26],
    text: [51, 51, 51],
    muted: [89, 89, 89],
    grid: [226, 226, 226],
    axis: [128, 128, 128],
    palette: [
        [0, 114, 178],
        [213, 94, 0],
        [0, 158, 115],
        [204, 121, 167],
        [230, 159, 0],
        [86, 180, 233],
        [51, 51, 51],
        [140, 81, 10],
    ],
};

/// The palette's blues are lightened, so that each colour has a contrast of 3 to 1 or more against the
/// background (WCAG 2.2, 1.4.11).
pub const DARK: Theme = Theme {
    background: [20, 24, 29],
    title: [240, 243, 246],
    text: [214, 220, 226],
    muted: [164, 174, 184],
    grid: [49, 57, 66],
    axis: [120, 131, 142],
    palette: [
        [74, 164, 222],
        [240, 122, 46],
        [38, 186, 140],
        [222, 146, 187],
        [240, 180, 50],
        [130, 205, 245],
        [206, 212, 218],
        [200, 150, 90],
    ],
};

/// Lengths in pixels, grown gently with the picture so that a large one is not all margin
/// and a small one not all text.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub title: f64,
    pub label: f64,
    pub tick: f64,
    /// Free border around everything.
    pub border: f64,
    /// Distance between neighbouring parts.
    pub gap: f64,
    /// Length of a tick mark.
    pub mark: f64,
}

impl Sizes {
    pub fn for_picture(width: f64, height: f64) -> Self {
        let grow = (width.min(height * 16.0 / 9.0) / 960.0)
            .sqrt()
            .clamp(0.84, 2.0);
        let size = |pixels: f64| (pixels * grow * 2.0).round() / 2.0;
        Self {
            title: size(19.0),
            label: size(13.5),
            tick: size(12.5),
            border: size(16.0),
            gap: size(8.0),
            mark: size(5.0),
        }
    }
}
