//! What Pogo leaves to others.

use super::NotCovered;

const fn row(id: &'static str, what: &'static str) -> NotCovered {
    NotCovered { id, what }
}

/// Every requirement that is out of scope.
pub const NOT_COVERED: [NotCovered; 18] = [
    row("R-0.1", "placing and soldering boards, and inspecting that"),
    row("R-0.12", "packaging for clinics and homes; a scan of the package can be a step"),
    row("R-5.1", "approving vendors"),
    row("R-5.2", "finding sources for components"),
    row("R-5.6", "watching for parts that are discontinued"),
    row("R-5.8", "the paperwork of changes at suppliers"),
    row("R-7.1", "whether laypeople can handle the device"),
    row("R-7.2", "stress in transit; `pogo run-diff` of a test before and after shows what moved"),
    row("R-7.3", "what labels and instructions say; a scanned label is checked against the unit"),
    row("R-7.8", "packages that protect the device on its way"),
    row("R-7.9", "how the device is cleaned and maintained"),
    row("R-7.10", "years of use in places that nobody controls"),
    row("R-8.4", "sources for components in larger numbers"),
    row("R-8.8", "packaging in larger numbers"),
    row("R-P.7", "reliability with patients and carers, beyond what a test on the bench shows"),
    row("R-Q1", "a company's experience with connected devices"),
    row("R-Q6", "managing substitutes of suppliers; `pogo trace` finds units by part and lot"),
    row("R-Q9", "a company's certificates and experience with regulators"),
];
