//! The table that the benches print.

/// The passes of one figure, in the unit they are printed in.
#[derive(Clone, Debug)]
pub struct Passes(Vec<f64>);

impl Passes {
    /// The figures of all passes.
    pub fn new(mut passes: Vec<f64>) -> Self {
        passes.sort_by(f64::total_cmp);
        Self(passes)
    }

    /// The same in another unit.
    pub fn map(self, into: impl Fn(f64) -> f64) -> Self {
        Self(self.0.into_iter().map(into).collect())
    }

    /// The smallest value that `share` of the passes do not exceed.
    pub fn quantile(&self, share: f64) -> f64 {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

/// What a figure has to keep to.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Nothing: the figure is shown beside one that is held to something.
    Shown,
}

impl Target {
    fn is_met(self, figure: f64) -> bool {
        match self {
            Self::AtMost(most) => figure <= most,
            Self::AtLeast(least) => figure >= least,
            Self::Shown => true,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(most) => format!("<= {most}"),
            Self::AtLeast(least) => format!(">= {least}"),
            Self::Shown => String::new(),
        }
    }
}

/// The lines of all benches.
#[derive(Default)]
pub struct Table {
    lines: Vec<[String; 6]>,
    missed: usize,
}

impl Table {
    /// A figure held against a floor of the same run: the ratio of the medians is judged.
    pub fn ratio(
        &mut self,
        what: &str,
        unit: &str,
        value: &Passes,
        floor: &Passes,
        target: Target,
    ) {
        let ratio = value.median() / floor.median();
        self.line(what, &spread(value, unit), &spread(floor, unit), Some(ratio), target, ratio);
    }

    /// A figure held against an absolute bound.
    pub fn figure(&mut self, what: &str, unit: &str, value: &Passes, target: Target) {
        self.line(what, &spread(value, unit), "", None, target, value.median());
    }

    /// Something that is told without being judged.
    pub fn say(&mut self, what: &str, text: &str) {
        self.lines.push([what, text, "", "", "", ""].map(String::from));
    }

    /// Whether every target was met.
    pub fn all_met(&self) -> bool {
        self.missed == 0
    }

    fn line(
        &mut self,
        what: &str,
        value: &str,
        floor: &str,
        ratio: Option<f64>,
        target: Target,
        judged: f64,
    ) {
        let met = target.is_met(judged);
        self.missed += usize::from(!met);
        let ratio = ratio.map_or_else(String::new, |it| format!("{it:.2}"));
        let outcome = match (met, target) {
            (_, Target::Shown) => "",
            (true, _) => "ok",
            (false, _) => "OVER",
        };
        let line = [what, value, floor, &ratio, &target.text(), outcome];
        self.lines.push(line.map(String::from));
    }

    /// Prints all lines, in columns.
    #[expect(clippy::print_stdout, reason = "the table is what the bench is for")]
    pub fn print(&self) {
        let head = ["", "median (min, p99)", "floor (min, p99)", "ratio", "target", ""];
        let lines: Vec<_> =
            std::iter::once(head.map(String::from)).chain(self.lines.clone()).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
        let widths: Vec<usize> = (0..head.len()).map(|column| width(column).unwrap_or(0)).collect();
        for line in &lines {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
    }
}

fn spread(passes: &Passes, unit: &str) -> String {
    let [median, least, high] =
        [passes.median(), passes.quantile(0.0), passes.quantile(0.99)].map(|figure| {
            if figure.abs() >= 1000.0 { format!("{figure:.0}") } else { format!("{figure:.2}") }
        });
    format!("{median} {unit} ({least}, {high})")
}
