//! What is read is what was committed, or the store does not open.

use std::fs;

use super::*;

const OWNER: &str = "testnet/ledger";

fn put(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Write {
    Write::Put { key: key.into(), value: value.into() }
}

fn delete(key: &str) -> Write {
    Write::Delete { key: key.into() }
}

fn batch(now: u64, writes: Vec<Write>) -> Batch {
    Batch { writes, now: Time::from_nanos(now) }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("node.redb");
    (folder, path)
}

fn open(path: &Path) -> Result<(Store, Recovered), OpenError> {
    Store::open(path, OWNER)
}

/// What a process that is killed now leaves behind, in another folder.
fn killed(path: &Path) -> (tempfile::TempDir, PathBuf) {
    let (folder, copy) = folder();
    fs::copy(path, &copy).expect("the store can be read");
    fs::copy(path.with_extension("redb.head"), copy.with_extension("redb.head")).expect("the head can be read");
    (folder, copy)
}

#[test]
fn what_is_committed_is_found_again_in_the_order_of_keys() {
    let (_folder, path) = folder();
    let (mut store, recovered) = open(&path).expect("a new store");
    assert_eq!((recovered, store.now_max(), store.commits()), (Recovered::default(), Time::ZERO, 0));
    store.commit(&batch(50, vec![put("b", "1"), put("a", ""), put("c", "3")])).expect("it is durable");
    store
        .commit(&batch(40, vec![put("b", "2"), delete("c"), delete("absent"), put("d", "4"), delete("d")]))
        .expect("it is");
    let expected = Recovered { entries: vec![(b"a".to_vec(), vec![]), (b"b".to_vec(), b"2".to_vec())] };

    let (_other, copy) = killed(&path);
    let (survivor, recovered) = open(&copy).expect("a killed process loses nothing");
    assert_eq!((recovered, survivor.commits()), (expected.clone(), 2));

    drop(store);
    let (store, recovered) = open(&path).expect("it opens again");
    assert_eq!((recovered, store.now_max(), store.commits()), (expected, Time::from_nanos(50), 2));
}

#[test]
fn a_store_opens_once_and_for_its_owner_only() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path).expect("a new store");
    store.commit(&batch(1, vec![])).expect("it is durable");
    let error = open(&path).err().expect("it is in use");
    assert!(matches!(&error, OpenError::InUse { path: named } if *named == path), "{error}");
    drop(store);
    let error = Store::open(&path, "mainnet/ledger").err().expect("it is not theirs");
    assert_eq!(error.to_string(), format!("{} belongs to {OWNER:?}, not to \"mainnet/ledger\"", path.display()));
    open(&path).expect("it is free again");
}

#[test]
fn an_older_copy_is_refused_until_its_head_is_deleted() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path).expect("a new store");
    store.commit(&batch(1, vec![put("a", "1")])).expect("it is durable");
    let (_other, copy) = killed(&path);
    store.commit(&batch(2, vec![put("a", "2")])).expect("it is durable");
    drop(store);
    fs::copy(&copy, &path).expect("the copy is restored");
    let error = open(&path).err().expect("it is older");
    assert!(matches!(error, OpenError::Older { found: 1, known: 2, .. }), "{error}");
    fs::remove_file(&path).expect("the store is lost");
    assert!(matches!(open(&path).err(), Some(OpenError::Older { found: 0, known: 2, .. })));
    fs::copy(&copy, &path).expect("the copy is restored");
    fs::remove_file(path.with_extension("redb.head")).expect("the operator decides");
    assert_eq!(open(&path).expect("it opens").1.entries, [(b"a".to_vec(), b"1".to_vec())]);
}

#[test]
fn a_file_that_is_no_store_is_named_and_left_alone() {
    let (folder, path) = folder();
    for content in [&b"x"[..], b"[node]\nlisten = \"0.0.0.0:1\"\n", &[0; 100_000], b"redb\x1a\x0a\xa9\x0d\x0a"] {
        fs::write(&path, content).expect("the folder is ours");
        let error = open(&path).err().expect("it is no store");
        assert!(matches!(&error, OpenError::Damaged { path: named, .. } if *named == path), "{error}");
        assert!(error.to_string().contains("put a backup of both in their place"), "{error}");
        assert!(fs::read(&path).expect("it is still there") == content);
    }
    assert!(matches!(open(folder.path()).err(), Some(OpenError::Io { .. })));
    assert!(matches!(open(&folder.path().join("no/such/folder")).err(), Some(OpenError::Io { .. })));
}

/// Two stores with the same content: one closed, and one whose process was killed.
fn samples() -> (Vec<(tempfile::TempDir, PathBuf)>, Recovered) {
    let (home, path) = folder();
    let (mut store, _) = open(&path).expect("a new store");
    for round in 0..4u8 {
        let writes = (0..100u8).map(|number| put([number], vec![round ^ number; 40])).collect();
        store.commit(&batch(round.into(), writes)).expect("it is durable");
    }
    let crashed = killed(&path);
    drop(store);
    let (store, recovered) = open(&path).expect("it is intact");
    drop(store);
    (vec![(home, path), crashed], recovered)
}

/// A store that opens can be trusted with more.
fn goes_on(mut store: Store, path: &Path, before: &Recovered) {
    let entry = (vec![255; 9], vec![1; 5000]);
    store.commit(&batch(9, vec![put(&entry.0[..], &entry.1[..])])).expect("it is durable");
    drop(store);
    let (_, recovered) = open(path).expect("it opens again");
    assert_eq!(recovered.entries.split_last(), Some((&entry, &before.entries[..])));
}

/// Bytes of redb's header and its two commit slots.
const HEADER: usize = 320;
const STEP: usize = 997;

#[test]
fn flipped_bytes_are_found_or_do_not_matter() {
    let (stores, expected) = samples();
    let mut found = 0;
    for (_folder, path) in &stores {
        let intact = fs::read(path).expect("the store can be read");
        // The header, whose fields the database trusts, and samples of the bytes that are not zero.
        let content = (HEADER..intact.len()).filter(|&at| intact[at] != 0);
        for at in (0..HEADER).step_by(7).chain(content.step_by(STEP)) {
            let (_other, copy) = killed(path);
            let mut damaged = intact.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(&copy, damaged).expect("the copy is ours");
            match open(&copy) {
                Ok((store, recovered)) => {
                    assert_eq!(recovered, expected, "byte {at} of {}", path.display());
                    goes_on(store, &copy, &expected);
                }
                Err(OpenError::Damaged { .. } | OpenError::Older { .. }) => found += 1,
                Err(error) => panic!("byte {at}: {error}"),
            }
        }
    }
    assert!(found > 20, "only {found} flipped bytes were found");
}

#[test]
fn a_truncated_file_is_found() {
    let (stores, _) = samples();
    for (_folder, path) in &stores {
        let length = fs::metadata(path).expect("the store is there").len();
        for length in [0, 1, 100, 4096, 10_000, length / 2, length - 4096, length - 1] {
            let (_other, copy) = killed(path);
            let file = fs::OpenOptions::new().write(true).open(&copy).expect("the copy is ours");
            file.set_len(length).expect("it can be shortened");
            let error = open(&copy).err().expect("the end is missing");
            assert!(matches!(error, OpenError::Damaged { .. } | OpenError::Older { .. }), "{length}: {error}");
        }
    }
}
