//! A JUnit file: a suite for each scenario, a case for each expectation in each cell.

use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use scenarios::Verdict;

use super::{Checked, lines};
use crate::exit::{Failure, in_words};

pub(super) fn report(library: &[Checked]) -> Result<String, Failure> {
    let mut report = Report::new("dunbar check");
    for one in library {
        let mut suite = TestSuite::new(one.path.display().to_string());
        for (cell, finding) in one.all() {
            let mut status = status(finding.verdict);
            status.set_message(lines::numbers(cell, finding));
            if let Some(replay) = lines::replay(one, (cell, finding)).filter(|_| finding.verdict != Verdict::Pass) {
                status.set_description(replay);
            }
            suite.add_test_case(case(one, lines::name(cell, finding), status));
        }
        for (expectation, why) in one.vacuous() {
            let mut status = status(Verdict::Vacuous);
            status.set_message(why.as_str());
            let name = format!("{} can fail", one.cells[0].scenario.expectations[*expectation].shown());
            suite.add_test_case(case(one, name, status));
        }
        for (_, expectation) in one.not_judged() {
            let mut status = TestCaseStatus::skipped();
            status.set_type(lines::NOT_JUDGED).set_message(lines::nowhere(expectation));
            suite.add_test_case(case(one, expectation.shown(), status));
        }
        for why in &one.trouble {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("ERROR").set_message(in_words(why));
            suite.add_test_case(case(one, "can be judged".to_owned(), status));
        }
        if let Some(cut) = one.cut() {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("INTERRUPTED").set_message(cut);
            suite.add_test_case(case(one, "can be judged".to_owned(), status));
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(Failure::internal)
}

/// Says no to a file that is there already and is no report: it may be one of those that are read.
pub(super) fn may_replace(path: &Path) -> Result<(), Failure> {
    let is_one = |text: String| text.is_empty() || text.contains("<testsuites");
    if !path.is_file() || std::fs::read_to_string(path).is_ok_and(is_one) {
        return Ok(());
    }
    Err(Failure::input(format!("{} is there already, and is no JUnit report", path.display()), "name another file"))
}

fn case(one: &Checked, name: String, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(one.path.display().to_string());
    case
}

/// JUnit knows failures and errors. What could not be decided is an error: red, but no claim that something is wrong.
fn status(verdict: Verdict) -> TestCaseStatus {
    let mut status = match verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail | Verdict::Vacuous => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if verdict != Verdict::Pass {
        status.set_type(lines::word(verdict));
    }
    status
}
