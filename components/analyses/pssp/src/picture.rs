//! A picture of a prediction: a track for each property along the sequence.

use std::fmt::Write;

use crate::prediction::Prediction;

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 44.0;
const TRACK: f64 = 26.0;
const CURVE: f64 = 70.0;
const GAP: f64 = 12.0;
const FONT: &str = "system-ui, sans-serif";

/// Okabe and Ito's colours (2008), which colour-blind people tell apart.
const BLUE: &str = "#0072b2";
const RED: &str = "#d55e00";
const GREEN: &str = "#009e73";
const SKY: &str = "#56b4e9";
const YELLOW: &str = "#e69f00";
const GREY: &str = "#dde2e6";
const INK: &str = "#16202a";

/// What a letter of a track is drawn as, and what the legend calls it.
type Colours = &'static [(char, &'static str, &'static str)];

const STRUCTURE: Colours = &[
    ('H', RED, "helix"),
    ('E', BLUE, "strand"),
    ('C', GREY, "coil"),
];
const ACCESSIBILITY: Colours = &[
    ('B', INK, "buried"),
    ('M', SKY, "between"),
    ('E', GREY, "exposed"),
];
const DISORDER: Colours = &[('*', YELLOW, "disordered"), ('.', GREY, "ordered")];
const MEMBRANE: Colours = &[('H', GREEN, "helix"), ('_', GREY, "none")];

/// SVG.
pub fn draw(prediction: &Prediction) -> String {
    let tracks = [
        ("Structure", &prediction.ss3, STRUCTURE),
        ("Accessibility", &prediction.acc, ACCESSIBILITY),
        ("Disorder", &prediction.disorder, DISORDER),
        ("Membrane", &prediction.tm2, MEMBRANE),
    ];
    let height = TOP + 4.0 * (TRACK + GAP + 18.0) + CURVE + 44.0;
    let mut svg = String::new();
    let mut canvas = Canvas {
        svg: &mut svg,
        residues: prediction.sequence.len(),
    };
    canvas.open(height, prediction);
    let mut top = TOP;
    for (name, letters, colours) in tracks {
        canvas.track(name, letters, colours, top);
        top += TRACK + GAP + 18.0;
    }
    canvas.curves(prediction, top);
    canvas.axis(top + CURVE);
    canvas.line(format_args!("</svg>"));
    svg
}

struct Canvas<'a> {
    svg: &'a mut String,
    residues: usize,
}

impl Canvas<'_> {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.svg, "{text}");
    }

    fn x(&self, residue: usize) -> f64 {
        let room = WIDTH - LEFT - RIGHT;
        LEFT + room * residue as f64 / self.residues.max(1) as f64
    }

    fn open(&mut self, height: f64, prediction: &Prediction) {
        let share = |letters: &str, wanted: char| {
            let found = letters.chars().filter(|letter| *letter == wanted).count();
            (100.0 * found as f64 / letters.len().max(1) as f64).round()
        };
        let title = format!("Predicted structure of {} residues", self.residues);
        let description = format!(
            "{} % helix, {} % strand, {} % disordered, {} % within a membrane.",
            share(&prediction.ss3, 'H'),
            share(&prediction.ss3, 'E'),
            share(&prediction.disorder, '*'),
            100.0 - share(&prediction.tm2, '_'),
        );
        self.line(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"{FONT}\" font-size=\"13\" fill=\"{INK}\">"
        ));
        self.line(format_args!(
            "<title>{title}</title><desc>{description}</desc>"
        ));
        self.line(format_args!(
            "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/><text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"600\">{title}</text>"
        ));
    }

    /// Runs of one letter as bars, and the legend below them.
    fn track(&mut self, name: &str, letters: &str, colours: Colours, top: f64) {
        self.line(format_args!(
            "<text x=\"16\" y=\"{:.1}\">{name}</text>",
            top + TRACK * 0.68
        ));
        let mut begin = 0;
        let all: Vec<char> = letters.chars().collect();
        for run in all.chunk_by(|one, other| one == other) {
            let end = begin + run.len();
            let colour = run
                .first()
                .and_then(|letter| colours.iter().find(|(known, ..)| known == letter));
            if let Some((_, colour, _)) = colour {
                let (from, to) = (self.x(begin), self.x(end));
                self.line(format_args!(
                    "<rect x=\"{from:.2}\" y=\"{top:.1}\" width=\"{:.2}\" height=\"{TRACK}\" fill=\"{colour}\"/>",
                    to - from
                ));
            }
            begin = end;
        }
        self.legend(colours, top + TRACK);
    }

    fn legend(&mut self, colours: Colours, top: f64) {
        let mut x = LEFT;
        for (_, colour, name) in colours {
            self.line(format_args!(
                "<rect x=\"{x}\" y=\"{:.1}\" width=\"9\" height=\"9\" fill=\"{colour}\"/><text x=\"{}\" y=\"{:.1}\" font-size=\"11\">{name}</text>",
                top + 6.0,
                x + 13.0,
                top + 14.5
            ));
            x += 30.0 + 7.0 * name.len() as f64;
        }
    }

    /// How probable helix, strand and disorder are at each residue.
    fn curves(&mut self, prediction: &Prediction, top: f64) {
        let curves: Colours = &[
            ('H', RED, "helix"),
            ('E', BLUE, "strand"),
            ('*', YELLOW, "disorder"),
        ];
        self.line(format_args!(
            "<text x=\"16\" y=\"{:.1}\">Probability</text><text x=\"{}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"end\">1</text><text x=\"{}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"end\">0</text>",
            top + CURVE / 2.0, LEFT - 6.0, top + 9.0, LEFT - 6.0, top + CURVE
        ));
        for (outputs, (_, colour, _)) in [0, 3, 11].into_iter().zip(curves) {
            let values = prediction
                .structure
                .iter()
                .filter_map(|row| row.get(outputs));
            let points: Vec<String> = values
                .enumerate()
                .map(|(at, value)| {
                    let x = (self.x(at) + self.x(at + 1)) / 2.0;
                    format!("{x:.1},{:.1}", top + CURVE * f64::from(1.0 - value))
                })
                .collect();
            self.line(format_args!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
                points.join(" ")
            ));
        }
    }

    /// Numbers of residues below everything, at round steps.
    fn axis(&mut self, top: f64) {
        let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]
            .into_iter()
            .find(|step| self.residues / step <= 12)
            .unwrap_or(5000);
        self.line(format_args!(
            "<path d=\"M{LEFT} {top:.1}H{}\" stroke=\"{INK}\"/>",
            WIDTH - RIGHT
        ));
        let residues = self.residues;
        let numbers = (0..=residues / step).map(|number| (number * step).max(1));
        for residue in numbers.filter(|residue| *residue <= residues) {
            let x = (self.x(residue - 1) + self.x(residue)) / 2.0;
            self.line(format_args!(
                "<path d=\"M{x:.1} {top:.1}v5\" stroke=\"{INK}\"/><text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\">{residue}</text>",
                top + 18.0
            ));
        }
        self.line(format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">residue</text>",
            (LEFT + WIDTH - RIGHT) / 2.0,
            top + 36.0
        ));
    }
}
