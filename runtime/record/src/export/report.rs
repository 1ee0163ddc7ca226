//! Test reports of what is no run: scenarios, faults.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::junit::visible;
use crate::error::{RecordError, Result};

/// Cases that belong together.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// What they are called together.
    pub name: String,
    /// The cases, in their order.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// How long it took.
    pub took: Duration,
    /// What became of it.
    pub is: Is,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Is {
    /// It is as it has to be.
    Right,
    /// It is not, and this says how.
    Wrong(String),
    /// Nobody knows, because of this.
    Error(String),
    /// It does not count, because of this.
    LeftOut(String),
}

/// The report of `suites`, called `name`.
///
/// # Errors
///
/// It cannot be written as XML.
pub fn report(name: &str, suites: &[Suite]) -> Result<String> {
    let mut report = Report::new(visible(name));
    for suite in suites {
        let mut all = TestSuite::new(visible(&suite.name));
        all.set_time(suite.cases.iter().map(|it| it.took).sum());
        for case in &suite.cases {
            let (mut status, message) = match &case.is {
                Is::Right => (TestCaseStatus::success(), ""),
                Is::Wrong(how) => {
                    (TestCaseStatus::non_success(NonSuccessKind::Failure), how.as_str())
                }
                Is::Error(why) => {
                    (TestCaseStatus::non_success(NonSuccessKind::Error), why.as_str())
                }
                Is::LeftOut(why) => (TestCaseStatus::skipped(), why.as_str()),
            };
            status.set_message(visible(message));
            let mut one = TestCase::new(visible(&case.name), status);
            one.set_classname(visible(&suite.name)).set_time(case.took);
            all.add_test_case(one);
        }
        report.add_test_suite(all);
    }
    let text = report.to_string();
    text.map_err(|cause| RecordError::new(format!("no JUnit report: {cause}")))
}
