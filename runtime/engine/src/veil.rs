//! Between a run and whoever watches it: nobody is shown a secret.

use std::borrow::Cow;
use std::sync::Arc;

use pogo_hal::Secrets;
use pogo_record::{Prompt, PromptOutcome};

use crate::progress::{Progress, Watch};

/// A watcher that is shown everything but secrets.
pub(crate) struct Veil {
    behind: Box<dyn Watch>,
    secrets: Arc<Secrets>,
}

impl Veil {
    /// `watch`, behind a veil if there is something to hide.
    pub(crate) fn over(watch: Box<dyn Watch>, secrets: &Arc<Secrets>) -> Box<dyn Watch> {
        match secrets.is_empty() {
            true => watch,
            false => Box::new(Self { behind: watch, secrets: secrets.clone() }),
        }
    }

    fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.secrets.hide(text)
    }

    fn hide_prompt(&self, prompt: &Prompt) -> Prompt {
        let hide = |text: &String| self.hide(text).into_owned();
        let outcome = match &prompt.outcome {
            PromptOutcome::Answered { answer } => PromptOutcome::Answered { answer: hide(answer) },
            PromptOutcome::Refused { answer, why } => {
                PromptOutcome::Refused { answer: hide(answer), why: hide(why) }
            }
            PromptOutcome::Unanswered { why } => PromptOutcome::Unanswered { why: hide(why) },
        };
        Prompt {
            question: hide(&prompt.question),
            options: prompt.options.iter().map(hide).collect(),
            pattern: prompt.pattern.as_ref().map(hide),
            image: prompt.image.as_ref().map(hide),
            operator: prompt.operator.as_ref().map(hide),
            outcome,
            ..prompt.clone()
        }
    }
}

impl Watch for Veil {
    fn see(&mut self, progress: &Progress<'_>) {
        match *progress {
            Progress::StepStarted { name, depth } => {
                let name = &*self.hide(name);
                self.behind.see(&Progress::StepStarted { name, depth });
            }
            Progress::Judged { name, value, limit, verdict, depth } => {
                let [name, value, limit] = [name, value, limit].map(|it| self.hide(it));
                let (name, value, limit) = (&*name, &*value, &*limit);
                self.behind.see(&Progress::Judged { name, value, limit, verdict, depth });
            }
            Progress::JudgedAll { name, count, failed, limit, verdict, depth } => {
                let [name, limit] = [name, limit].map(|it| self.hide(it));
                let (name, limit) = (&*name, &*limit);
                let all = Progress::JudgedAll { name, count, failed, limit, verdict, depth };
                self.behind.see(&all);
            }
            Progress::Outside { name, value, limit, verdict, depth } => {
                let [name, value, limit] = [name, value, limit].map(|it| self.hide(it));
                let (name, value, limit) = (&*name, &*value, &*limit);
                self.behind.see(&Progress::Outside { name, value, limit, verdict, depth });
            }
            Progress::Kept { name, value, depth } => {
                let [name, value] = [name, value].map(|it| self.hide(it));
                let (name, value) = (&*name, &*value);
                self.behind.see(&Progress::Kept { name, value, depth });
            }
            Progress::Asking => self.behind.see(&Progress::Asking),
            Progress::Prompted { prompt, depth } => {
                let prompt = &self.hide_prompt(prompt);
                self.behind.see(&Progress::Prompted { prompt, depth });
            }
            Progress::StepEnded { name, depth, reason, again, message, took } => {
                let (name, message) = (&*self.hide(name), message.map(|it| self.hide(it)));
                let message = message.as_deref();
                let ended = Progress::StepEnded { name, depth, reason, again, message, took };
                self.behind.see(&ended);
            }
            Progress::NotDone { name, skipped } => {
                let name = &*self.hide(name);
                self.behind.see(&Progress::NotDone { name, skipped });
            }
            Progress::Trouble(diagnostic) => {
                let diagnostic = diagnostic.clone().hiding(&self.secrets);
                self.behind.see(&Progress::Trouble(&diagnostic));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use pogo_hal::{Diagnostic, Secret};
    use pogo_record::{Reason, Verdict, Via};

    use super::*;

    const CONTENT: &str = "correct horse";

    struct Seen(Arc<Mutex<Vec<String>>>);

    impl Watch for Seen {
        fn see(&mut self, progress: &Progress<'_>) {
            self.0.lock().unwrap().push(format!("{progress:?}"));
        }
    }

    fn prompt(outcome: PromptOutcome) -> Prompt {
        Prompt {
            step: None,
            verb: "ask".into(),
            question: CONTENT.into(),
            options: vec![CONTENT.into()],
            pattern: Some(CONTENT.into()),
            image: Some(CONTENT.into()),
            asked_ns: 0,
            operator: Some(CONTENT.into()),
            via: Via::Terminal,
            outcome,
        }
    }

    #[test]
    fn whoever_watches_is_shown_no_secret_whatever_happens() {
        let secret = Secret::new("key", CONTENT.as_bytes().to_vec()).unwrap();
        let secrets = Arc::new(Secrets::new(vec![secret]).unwrap());
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let mut veil = Veil::over(Box::new(Seen(seen.clone())), &secrets);
        let (name, value, limit, depth, verdict) = (CONTENT, CONTENT, CONTENT, 0, Verdict::Pass);
        let took = Duration::ZERO;
        let mut diagnostic = Diagnostic::new(CONTENT).with_hint(CONTENT);
        let place = pogo_hal::Place { file: "a".into(), line: 1, column: 1, width: 1 };
        diagnostic.calls.push((CONTENT.into(), place));
        let (answer, why) = (CONTENT.to_owned(), CONTENT.to_owned());
        let prompts = [
            prompt(PromptOutcome::Answered { answer: answer.clone() }),
            prompt(PromptOutcome::Refused { answer, why: why.clone() }),
            prompt(PromptOutcome::Unanswered { why }),
        ];
        veil.see(&Progress::StepStarted { name, depth });
        veil.see(&Progress::Judged { name, value, limit, verdict, depth });
        veil.see(&Progress::Kept { name, value, depth });
        veil.see(&Progress::Asking);
        prompts.iter().for_each(|prompt| veil.see(&Progress::Prompted { prompt, depth }));
        let (reason, again, message) = (Reason::Skipped, false, Some(CONTENT));
        veil.see(&Progress::StepEnded { name, depth, reason, again, message, took });
        veil.see(&Progress::JudgedAll {
            name,
            count: 2,
            failed: 1,
            limit: CONTENT,
            verdict,
            depth,
        });
        let (value, limit) = (CONTENT, CONTENT);
        veil.see(&Progress::Outside { name, value, limit, verdict, depth });
        veil.see(&Progress::NotDone { name, skipped: true });
        veil.see(&Progress::Trouble(&diagnostic));
        let seen = seen.lock().unwrap().join("\n");
        assert!(!seen.contains(CONTENT), "{seen}");
        let hidden = [1, 3, 2, 6, 7, 6, 2, 2, 3, 1, 3].iter().sum::<usize>();
        assert_eq!(seen.matches("[secret key]").count(), hidden, "{seen}");
    }
}
