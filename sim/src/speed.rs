//! How long a query takes; run it by name in a release build.

use std::time::Duration;

use crate::Bench;
use crate::trial::{PSU, Talk, plan, soon};

#[tokio::test(start_paused = true)]
#[ignore = "a measurement, not a promise: cargo test --release -p pogo-sim speed -- --ignored --nocapture"]
async fn speed_of_a_query() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let Talk(mut session) = Talk::with(&bench, PSU).await;
    let (deadline, mut response) = (soon(), Vec::new());
    let count = 200_000;
    for _ in 0..5 {
        #[expect(clippy::disallowed_methods, reason = "the measurement is of real time")]
        let start = std::time::Instant::now();
        for _ in 0..count {
            session.write(b"MEAS:VOLT? (@1)", deadline).await.unwrap();
            session.read(&mut response, deadline).await.unwrap();
        }
        let each: Duration = start.elapsed() / count;
        println!("MEAS:VOLT? (@1): {each:?}");
    }
}
