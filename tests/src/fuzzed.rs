//! Simulated instruments survive whatever they are sent. `tests/fuzz` sends more, and looks at
//! memory.

use crate::fuzz::fuzz;

/// Messages for each model; `POGO_FUZZ` asks for others.
const MESSAGES: u64 = 5_000;

#[tokio::test(start_paused = true)]
async fn every_model_survives_fuzzed_messages_and_still_knows_who_it_is() {
    let count = std::env::var("POGO_FUZZ").ok().and_then(|it| it.parse().ok()).unwrap_or(MESSAGES);
    for name in pogo_models::builtin() {
        let model = pogo_models::find(name, None).unwrap();
        let survived = fuzz(&model, 1, count, |_| {}).await.unwrap();
        assert_eq!(survived.messages, count, "{name}");
        // What is all noise shows nothing: some has to be understood, and some refused.
        assert!(survived.responses > count / 10, "{name}: {survived:?}");
        assert!(survived.errors.len() > 8, "{name}: {survived:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_seed_sends_the_same_messages_and_gets_the_same_answers() {
    let model = pogo_models::find("keysight-34461a", None).unwrap();
    let shown = async |seed| format!("{:?}", fuzz(&model, seed, 400, |_| {}).await.unwrap());
    assert_eq!(shown(7).await, shown(7).await);
    assert_ne!(shown(7).await, shown(8).await);
}
