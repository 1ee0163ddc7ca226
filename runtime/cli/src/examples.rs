//! What stands below the help of each command.

/// `pogo run -h`.
pub const RUN: &str = "\
Examples:
  pogo run scripts/thermometer --sim --dut SN0001
  pogo run scripts/thermometer/power_on.rhai --fixture bench.fixture.toml --dut SN0001";

/// `pogo run --help`.
pub const RUN_LONG: &str = "\
Examples:
  pogo run scripts/thermometer --sim --dut SN0001
      the whole product on the simulated bench, in simulated time
  pogo run scripts/thermometer --sim dmm --dut SN0001
      only the meter is simulated; time is real
  pogo run scripts/thermometer/power_on.rhai --fixture bench.fixture.toml --dut SN0001
      one script on the real bench
  pogo run scripts/thermometer --sim --dut SN0001 --answers answers.toml
      in CI: a file answers what scripts ask people; without it and without a terminal, a
      question is an error
  pogo run provision.rhai --fixture bench.fixture.toml --dut SN0001 --secrets secrets.toml
      `secret(\"wifi_key\")` in the script is what this file says; nobody is shown it

Everything is checked first, as `pogo check` does; a mistake exits with 2 and opens nothing.
At the end of every run, however it ends, each role is brought to its safe state.
The record goes to the folder `pogo-store` in the current folder unless `--store` or the
environment variable POGO_STORE names another.";

/// `pogo check`.
pub const CHECK: &str = "\
Examples:
  pogo check scripts/thermometer
  pogo check scripts/thermometer --sim
  pogo check power_on.rhai --fixture bench.fixture.toml --json";

/// `pogo limits`.
pub const LIMITS: &str = "\
Examples:
  pogo limits scripts/thermometer
  pogo limits scripts/charger --variant EU --json";

/// `pogo verbs`.
pub const VERBS: &str = "\
Examples:
  pogo verbs
  pogo verbs psu --fixture bench.fixture.toml
  pogo verbs measure
  pogo verbs --json";

/// `pogo explain`.
pub const EXPLAIN: &str = "\
Examples:
  pogo explain
  pogo explain P0304";

/// `pogo definitions`.
pub const DEFINITIONS: &str = "\
Examples:
  pogo definitions > pogo.d.rhai
  pogo definitions --fixture bench.fixture.toml > pogo.d.rhai";

/// `pogo lsp`.
pub const LSP: &str = "\
Examples:
  pogo lsp
  pogo lsp --fixture bench.fixture.toml";

/// `pogo list`.
pub const LIST: &str = "\
Examples:
  pogo list
  pogo list --store /var/lib/pogo --json";

/// `pogo verify`.
pub const VERIFY: &str = "\
Examples:
  pogo verify
  pogo verify --rejudge --anchor /mnt/elsewhere/station-1.anchor
  pogo verify --secrets secrets.toml --also exports";

/// `pogo anchor`.
pub const ANCHOR: &str = "\
Examples:
  pogo anchor /mnt/elsewhere/station-1.anchor
  pogo verify --anchor /mnt/elsewhere/station-1.anchor";

/// `pogo history`.
pub const HISTORY: &str = "\
Examples:
  pogo history SN0001
  pogo history SN0001 --html > SN0001.html
  pogo history --lot L42";

/// `pogo trace`.
pub const TRACE: &str = "\
Examples:
  pogo trace --serial SN0001 --at 2026-11-22
  pogo trace --component RM-000123
  pogo trace --lot C-77 --json
  pogo trace --firmware 1.2.3";

/// `pogo yield`.
pub const YIELD: &str = "\
Examples:
  pogo yield
  pogo yield --plan TH-100 --since 2026-11-01 --until 2026-11-30
  pogo yield --mode simulate --html > yield.html";

/// `pogo export`.
pub const EXPORT: &str = "\
Examples:
  pogo export --bundle SN0001
  pogo export --bundle latest --out /mnt/elsewhere/latest.bundle
  pogo export --html latest --out latest.html
  pogo export --csv SN0001 > SN0001.csv
  pogo export --junit latest --out report.xml
  sh SN0001.bundle/verify.sh";

/// `pogo run-diff`.
pub const RUN_DIFF: &str = "\
Examples:
  pogo run-diff 0197a3 latest
  pogo run-diff latest latest --store /var/lib/pogo --other-store /mnt/station-2";

/// `pogo release-check`.
pub const RELEASE_CHECK: &str = "\
Examples:
  pogo release-check SN0001";

/// `pogo explain-controls`.
pub const EXPLAIN_CONTROLS: &str = "\
Examples:
  pogo explain-controls
  pogo explain-controls --html > controls.html";

/// `pogo key`.
pub const KEY: &str = "\
Examples:
  pogo key show
  pogo key new --store /var/lib/pogo";

/// `pogo store check`.
pub const STORE_CHECK: &str = "\
Examples:
  pogo store check
  pogo store check --store /var/lib/pogo --json";

/// `pogo store backup`.
pub const BACKUP: &str = "\
Examples:
  pogo store backup /mnt/backup/station-1-2026-11-27
  pogo store backup /mnt/safe/moved --with-key --store /var/lib/pogo
  pogo verify --store /mnt/backup/station-1-2026-11-27 --anchor station-1.anchor";

/// `pogo store stats`.
pub const STATS: &str = "\
Examples:
  pogo store stats
  pogo store stats --store /var/lib/pogo --json";

/// `pogo store reindex`.
pub const REINDEX: &str = "\
Examples:
  pogo store reindex
  pogo store reindex --store /var/lib/pogo --json";

/// `pogo store prune`.
pub const PRUNE: &str = "\
Examples:
  pogo store prune --older-than '24 months' --archive /mnt/archive
  pogo store prune --older-than '24 months' --archive /mnt/archive --operator ab --yes
  pogo store prune --older-than '90 days' --keep-failed --no-archive --yes";

/// `pogo faults`.
pub const FAULTS: &str = "\
Examples:
  pogo faults scripts/thermometer
  pogo faults scripts/thermometer --json
  pogo run scripts/thermometer --sim --dut SN0001 --fault rail_low=-50mV";

/// `pogo replay`.
pub const REPLAY: &str = "\
Examples:
  pogo run scripts/thermometer --dut SN0001 --trace
  pogo replay latest scripts/thermometer
  pogo replay 0197a3 scripts/thermometer/power.rhai --json";

/// `pogo show`.
pub const SHOW: &str = "\
Examples:
  pogo show latest
  pogo show 0197a3
  pogo show 0197…c2 --json";

/// `pogo stop`.
pub const STOP: &str = "\
Examples:
  pogo stop
  pogo stop 0197a3 --store /var/lib/pogo
  pogo stop latest --now";

/// `pogo safe`.
pub const SAFE: &str = "\
Examples:
  pogo safe --fixture bench.fixture.toml";

/// `pogo query`.
pub const QUERY: &str = "\
Examples:
  pogo query TCPIP::192.0.2.21::5025::SOCKET '*IDN?'
  pogo query TCPIP::192.0.2.21::hislip0::INSTR 'VOLT? (@1)'
  pogo query TCPIP::192.0.2.21::inst0::INSTR 'OUTP OFF,(@1)' --timeout '500 ms'
  pogo query TCPIP::192.0.2.22::5025::SOCKET 'CAL:SEC:STAT OFF,[secret code]' --secrets secrets.toml";

/// `pogo udi`.
pub const UDI: &str = "\
Examples:
  pogo udi '(01)09506000134352(17)281200(10)LOT42(21)SN0001'
  pogo udi $'010950600013435210LOT42\\x1d21SN0001'
      as a reader sends it: GS, 0x1D, stands for the separator (FNC1)
  pogo udi '+A99912345/$$52001510X33' --json";

/// `pogo models`.
pub const MODELS: &str = "\
Examples:
  pogo models
  pogo models keysight-e36312a

A file `<name>.toml` beside the fixture adds a model, and wins over a built-in one.";

/// `pogo sim serve`.
pub const SERVE: &str = "\
Examples:
  pogo sim serve bench.fixture.toml
  pogo sim serve bench.fixture.toml --port-base 5025 --write-fixture out.toml
  pogo sim serve bench.fixture.toml --faces vxi11,hislip --portmapper
  pogo run scripts/thermometer --fixture out.toml --dut SN0001
  pogo sim serve bench.fixture.toml --log outputs.jsonl";

/// `pogo completions`.
pub const COMPLETIONS: &str = "\
Examples:
  pogo completions bash > ~/.local/share/bash-completion/completions/pogo
  pogo completions fish > ~/.config/fish/completions/pogo.fish";

/// `pogo test`.
pub const TEST: &str = "\
Examples:
  pogo test
  pogo test scripts/thermometer --junit report.xml
  pogo test --shard 1/4

A file such as thermometer.scenarios.toml:
  [passes]
  expect = \"pass\"

  [low_rail]
  faults  = [\"rail_low\"]              # of the fixture's catalogue; `rail_low=-50mV` too
  expect  = \"fail\"
  failing = [\"rail_1v8\"]              # these and no others

  [meter_unplugged]
  faults = [\"meter_gone\"]
  expect = \"error\"
  reason = \"bench-error\"
  says   = \"nobody answers\"

Other keys: run, fixture, variant, answers, dut, seed, step, why. Paths are from the file's folder.";

/// `pogo new`.
pub const NEW: &str = "\
Examples:
  pogo new TH-200
  pogo run TH-200 --sim --dut SN0001";

/// `pogo shell`.
pub const SHELL: &str = "\
Examples:
  pogo shell scripts/thermometer --sim
  pogo shell --fixture bench.fixture.toml
  echo 'dmm.dc_voltage()' | pogo shell --fixture bench.fixture.toml";
