//! What is run: a script, what it says to its supply, and what that leaves in the record.

/// A script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// It passes.
    Passes,
    /// A step of it goes wrong, and what was said on the wire is attached to it.
    Attaches,
    /// It passes, and waits a little where the clock is set.
    Waits,
    /// It waits for longer than a step may take.
    Outlives,
}

/// What a script has the supply do: how the message begins, and what is in the record once the
/// script has gone on.
pub const DONE: [(&str, &str); 7] = [
    ("VOLT 1.01,", "set_voltage 1.01"),
    ("OUTP ON,", "on"),
    ("MEAS:VOLT?", "rail_1"),
    ("VOLT 1.02,", "set_voltage 1.02"),
    ("MEAS:VOLT?", "rail_2"),
    ("VOLT 1.03,", "set_voltage 1.03"),
    ("MEAS:VOLT?", "rail_3"),
];

/// The message after which the clock is set.
pub const CLOCK_IS_SET: &str = "VOLT 1.02,";

impl Job {
    /// How it exits if nothing is done to it.
    pub fn exit(self) -> i32 {
        if matches!(self, Self::Passes | Self::Waits) { 0 } else { 3 }
    }

    /// The deadlines of its fixture.
    pub fn deadlines(self) -> &'static str {
        if self == Self::Outlives { "[deadlines]\nstep = \"1 s\"\n" } else { "" }
    }

    /// The script.
    pub fn script(self) -> String {
        let trouble = match self {
            // As no check can see: it is to fail while it runs.
            Self::Attaches => "try { psu.set_voltage([9.V][0]); } catch {}",
            _ => "",
        };
        // Longer than entries wait for others, so that the store's own thread commits, too.
        let wait = match self {
            Self::Passes | Self::Attaches => "70.ms",
            Self::Waits => "300.ms",
            Self::Outlives => "600.s",
        };
        format!(
            r#"//! The job of the faults.

step("up", || {{
    psu.set_voltage(1.01.V);
    psu.on();
    measure("rail_1", psu.measure_voltage(), within(1.01.V, 20.mV));
    {trouble}
}});
step("level", || {{
    psu.set_voltage(1.02.V);
    measure("rail_2", psu.measure_voltage(), within(1.02.V, 20.mV));
    wait({wait});
    psu.set_voltage(1.03.V);
    measure("rail_3", psu.measure_voltage(), within(1.03.V, 20.mV));
}});
"#
        )
    }

    /// How many of [`DONE`] were said in `sent`, in their order.
    pub fn said(sent: &str) -> usize {
        let mut said = 0;
        for line in sent.lines() {
            said +=
                usize::from(DONE.get(said).is_some_and(|(message, _)| line.starts_with(message)));
        }
        said
    }
}

/// The next run on the same bench.
pub const NEXT: &str = "//! The next run on the same bench.\n\n\
    measure(\"rail\", psu.measure_voltage(), within(0.V, 2.V));\n";

/// The fixture with its supply at `address`, a resource string, and `deadlines`, a table or nothing.
pub fn fixture(address: &str, deadlines: &str) -> String {
    format!(
        r#"[fixture]
id = "FX-FAULTS"

{deadlines}
[instruments.psu]
model = "keysight-e36312a"
address = "{address}"
channel = 1
limits = {{ voltage = "5 V", current = "500 mA" }}
sim = {{ connect = "RAIL" }}
"#
    )
}
