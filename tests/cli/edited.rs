//! Traces that somebody has changed: `conform` must notice each change.

use contract::Time;
use contract::effects::Witness;
use contract::trace::file::{MAGIC, append};
use contract::trace::{Header, Reader, Record, Step};
use contract::{Hash, Signature};

use crate::support::{Place, Ran};

fn records(bytes: &[u8]) -> Vec<Record> {
    let mut reader = Reader::new(bytes).unwrap();
    std::iter::from_fn(|| reader.next_record().unwrap()).collect()
}

/// A folder with the trace of a run. Real signatures take a hundred times as long.
fn traced(crypto: &str) -> Place {
    let place = Place::with_attack();
    let crypto = format!("world.crypto={crypto}");
    let arguments = ["run", "attack.toml", "--seed", "1", "--quiet", "--trace", "--out", "out", "--set", &crypto];
    place.dunbar(&arguments).ended(0);
    place
}

/// What `conform` says about the trace after an edit.
fn conform(place: &Place, edit: impl FnOnce(&mut Vec<Record>)) -> Ran {
    let mut records = records(&place.bytes("out/cell-0-seed-1.trace"));
    edit(&mut records);
    let mut bytes = MAGIC.to_vec();
    records.iter().for_each(|record| append(record, &mut bytes));
    place.write("edited.trace", bytes);
    place.dunbar(&["conform", "edited.trace"])
}

fn steps(records: &mut [Record]) -> impl Iterator<Item = &mut Step> {
    records.iter_mut().filter_map(|record| match record {
        Record::Step(step) => Some(step),
        _ => None,
    })
}

/// The step in which the attacker is told to pay, and signs.
fn signing(records: &mut [Record]) -> &mut Step {
    let pays = |step: &&mut Step| (step.node, step.at.as_nanos()) == (3, 1_000_000_000);
    steps(records).find(pays).expect("the attacker pays")
}

fn header(records: &mut [Record]) -> &mut Header {
    match &mut records[0] {
        Record::Header(header) => header,
        other => panic!("the trace begins with {other:?}"),
    }
}

#[test]
fn an_unchanged_trace_conforms() {
    let ran = conform(&traced("ed25519"), |_| ()).ended(0);
    assert!(ran.out.starts_with("conforms: "), "{}", ran.out);
}

#[test]
fn every_byte_of_every_input_matters() {
    let place = traced("simulated");
    let inputs: Vec<usize> =
        steps(&mut records(&place.bytes("out/cell-0-seed-1.trace"))).map(|step| step.input.len()).collect();
    // Every kind of input is hit, and every part of it, without trying all of some thousand bytes.
    let total: usize = inputs.iter().sum();
    for place_in_all in (0..total).step_by(total / 40 + 1) {
        let ran = conform(&place, |records| {
            let mut rest = place_in_all;
            let hit = steps(records).find(|step| {
                let here = rest < step.input.len();
                rest -= if here { 0 } else { step.input.len() };
                here
            });
            hit.expect("a byte of an input").input[rest] ^= 1;
        });
        assert_eq!(ran.code, Some(1), "byte {place_in_all} of {total}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn another_effect_signature_or_time_is_noticed_and_the_node_named() {
    let place = traced("ed25519");
    let effects = conform(&place, |records| *signing(records).effects.last_mut().unwrap() ^= 1).ended(1);
    assert!(effects.out.contains(", node 3 does something else: "), "{}", effects.out);
    assert!(effects.out.contains("  recorded: 1.000000000s node 3 Command"), "{}", effects.out);

    let forged = conform(&place, |records| {
        let witness = &mut signing(records).witness[0];
        let Witness::Signature(signature) = witness else { panic!("a signature") };
        let mut bytes = *signature.as_bytes();
        bytes[7] ^= 1;
        *witness = Witness::Signature(Signature::from_bytes(bytes));
    });
    assert!(forged.ended(1).out.contains("node 3 does something else"));
    conform(&place, |records| signing(records).witness.truncate(0)).ended(1);
    conform(&place, |records| signing(records).now = Time::from_nanos(1)).ended(1);
}

#[test]
fn a_missing_added_or_moved_step_is_noticed() {
    let place = traced("simulated");
    let at = |records: &[Record], nth: usize| {
        let mut steps = records.iter().enumerate().filter(|(_, record)| matches!(record, Record::Step(_)));
        steps.nth(nth).expect("there are some steps").0
    };
    conform(&place, |records| drop(records.remove(at(records, 3)))).ended(1);
    conform(&place, |records| records.insert(at(records, 5), records[at(records, 5)].clone())).ended(1);
    // The digest is over all nodes, and so over the last step as well.
    let last = |record: &&Record| matches!(record, Record::Step(_));
    conform(&place, |records| {
        let position = records.len() - 1 - records.iter().rev().position(|record| last(&record)).unwrap();
        records.remove(position);
    })
    .ended(1);
}

#[test]
fn another_digest_or_number_of_steps_is_noticed() {
    let place = traced("simulated");
    let digest = conform(&place, |records| {
        let checkpoint = records.iter_mut().rev().find_map(|record| match record {
            Record::Checkpoint { digest, .. } => Some(digest),
            _ => None,
        });
        *checkpoint.expect("a simulated trace has checkpoints") = Hash::ZERO;
    });
    assert!(digest.ended(1).out.contains("the trace is not what was recorded: the digest up to 5.000000000s"));
    let end = conform(&place, |records| match records.last_mut() {
        Some(Record::End { steps, .. }) => *steps += 1,
        other => panic!("the trace ends with {other:?}"),
    });
    assert!(end.ended(1).out.contains(" steps are there, where the trace had "));
    let end = conform(&place, |records| match records.last_mut() {
        Some(Record::End { records, .. }) => *records += 1,
        other => panic!("the trace ends with {other:?}"),
    });
    assert!(end.ended(1).out.contains(" records are there, where the trace had "));
    let checkpoint = conform(&place, |records| {
        // Of the last: a checkpoint before it binds what the next digest is over.
        let at = records.iter().rposition(|record| matches!(record, Record::Checkpoint { .. })).unwrap();
        records.remove(at);
    });
    assert!(checkpoint.ended(1).out.contains(" records are there, where the trace had "));
    let birth = |record: &&Record| matches!(record, Record::Birth(_));
    let after = conform(&place, |records| records.push(records.iter().find(birth).unwrap().clone()));
    assert!(after.ended(1).out.contains("a record follows the end"));
    conform(&place, |records| records.push(records[0].clone())).ended(1);
}

#[test]
fn a_trace_of_something_else_is_refused_with_what_this_program_knows() {
    let place = traced("simulated");
    type Edit = (&'static str, fn(&mut Vec<Record>));
    let edits: [Edit; 5] = [
        ("this program knows block-relay, historical-flood, ledger, phold", |records| {
            header(records).protocol = "leger".into()
        }),
        ("ledger version 77", |records| header(records).version = 77),
        ("trace format 9", |records| header(records).format = 9),
        ("the trace's header: ", |records| header(records).common = "{}".into()),
        ("does not begin with a header", |records| drop(records.remove(0))),
    ];
    for (expected, edit) in edits {
        let ran = conform(&place, edit).ended(2);
        let said = ran.err.replace("\n  │ ", " ");
        assert!(said.contains(expected) && said.contains("help: "), "{expected}: {}", ran.err);
    }
    let birth = conform(&place, |records| match &mut records[1] {
        Record::Birth(birth) => birth.parameters = "{\"role\": \"king\", \"peers\": []}".into(),
        other => panic!("after the header comes {other:?}"),
    });
    assert!(birth.ended(2).err.contains("unknown variant `king`"));
}
