//! A recorded run that answers instead of instruments.

use std::sync::{Arc, OnceLock};

use pogo_hal::{Diagnostic, Place, Resource, Secrets};
use pogo_record::{Body, Exchange, PromptOutcome, Reader, Run};
use pogo_runtime::{Progress, Watch};
use pogo_sim::{Departure, Recorded, Replay};

use crate::answers::Answers;
use crate::exit;
use crate::logs;
use crate::{diagnostics::Failure, report::short};

/// What was said to and by the instruments of a run, and what people answered.
#[derive(Debug)]
pub struct Replaying {
    messages: Vec<Recorded>,
    secrets: Arc<Secrets>,
    /// What was answered in the run.
    pub answers: Arc<Answers>,
    begun: OnceLock<Arc<Replay>>,
    departs_at: OnceLock<Place>,
}

impl Replaying {
    /// Reads what `reader` has of `run`.
    ///
    /// # Errors
    ///
    /// It was not kept, or is no longer, or is not what was written.
    pub fn read(reader: &Reader, run: &Run, secrets: Arc<Secrets>) -> Result<Self, Failure> {
        let mut messages = Vec::new();
        for event in &run.events {
            let Body::Attachment(attachment) = &event.body else { continue };
            if !Exchange::are_in(attachment) {
                continue;
            }
            let bytes = reader.attachment(attachment).map_err(|it| logs::failure(&it))?;
            for (at, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
                let unread = |why: String| {
                    let text = format!("line {} of `{}`: {why}", at + 1, attachment.name);
                    Failure::new(exit::INTEGRITY, Diagnostic::new(text))
                };
                let Exchange { at_ns, address, sent, bytes } =
                    Exchange::read(line).map_err(unread)?;
                let resource: Resource = address
                    .parse()
                    .map_err(|_| unread(format!("`{address}` is no address of an instrument")))?;
                messages.push(Recorded { at_ns, resource, sent, bytes });
            }
        }
        if messages.is_empty() {
            let text = format!("of run {} no messages were kept", short(run.summary.id));
            let hint = "`pogo run --trace` keeps them";
            return Err(Failure::new(exit::REFUSED, Diagnostic::new(text).with_hint(hint)));
        }
        let answers = Arc::new(Answers::given(run.events.iter().filter_map(|event| {
            let Body::Prompt(it) = &event.body else { return None };
            match &it.outcome {
                PromptOutcome::Answered { answer } | PromptOutcome::Refused { answer, .. } => {
                    Some((it.question.clone(), answer.clone()))
                }
                PromptOutcome::Unanswered { .. } => None,
            }
        })));
        let (begun, departs_at) = (OnceLock::new(), OnceLock::new());
        Ok(Self { messages, secrets, answers, begun, departs_at })
    }

    /// How many messages there are.
    pub fn messages(&self) -> usize {
        self.messages.len()
    }

    /// The bench that answers. Call it inside the runtime of the run.
    pub fn begin(&self) -> Arc<Replay> {
        let build = || Replay::build(self.messages.clone(), self.secrets.clone());
        self.begun.get_or_init(build).clone()
    }

    /// Where the run that is over was another than the recorded one; `None` if nowhere.
    pub fn departure(&self) -> Option<Departure> {
        self.begun.get()?.departure(true)
    }

    /// The line of the script that departed, if one did: the recording may also just go on.
    pub fn departs_at(&self) -> Option<&Place> {
        self.departs_at.get()
    }

    fn has_departed(&self) -> bool {
        self.begun.get().is_some_and(|it| it.departure(false).is_some())
    }
}

/// Sees at which line a replay departs, beside what shows the run.
pub struct Seeing {
    behind: Box<dyn Watch>,
    replaying: Arc<Replaying>,
}

impl Seeing {
    /// `behind` alone, if nothing is replayed.
    pub fn over(behind: Box<dyn Watch>, replaying: Option<&Arc<Replaying>>) -> Box<dyn Watch> {
        match replaying {
            None => behind,
            Some(it) => Box::new(Self { behind, replaying: it.clone() }),
        }
    }
}

impl Watch for Seeing {
    fn see(&mut self, progress: &Progress<'_>) {
        if let (Progress::Trouble(it), true) = (progress, self.replaying.has_departed()) {
            // Whatever comes later is only what comes of that.
            it.place.iter().for_each(|place| _ = self.replaying.departs_at.set(place.clone()));
        }
        self.behind.see(progress);
    }
}
