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
    Store::open(path, OWNER, Trust::Newest)
}

fn create(path: &Path) -> Store {
    Store::create(path, OWNER).expect("a new store")
}

fn head(path: &Path) -> PathBuf {
    path.with_extension("redb.head")
}

/// What a process that is killed now leaves behind, in another folder.
fn killed(path: &Path) -> (tempfile::TempDir, PathBuf) {
    let (folder, copy) = folder();
    fs::copy(path, &copy).expect("the store can be read");
    fs::copy(head(path), head(&copy)).expect("the head can be read");
    (folder, copy)
}

#[test]
fn what_is_committed_is_found_again_in_the_order_of_keys() {
    let (_folder, path) = folder();
    drop(create(&path));
    let (mut store, recovered) = open(&path).expect("it is there");
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
    let mut store = create(&path);
    store.commit(&batch(1, vec![])).expect("it is durable");
    let error = open(&path).err().expect("it is in use");
    assert!(matches!(&error, OpenError::InUse { path: named } if *named == path), "{error}");
    drop(store);
    let error = Store::open(&path, "mainnet/ledger", Trust::Anything).err().expect("it is not theirs");
    assert_eq!(error.to_string(), format!("{} belongs to {OWNER:?}, not to \"mainnet/ledger\"", path.display()));
    open(&path).expect("it is free again");
}

#[test]
fn an_older_copy_or_none_is_refused_unless_its_owner_says_that_it_may_be_old() {
    let (_folder, path) = folder();
    assert!(matches!(open(&path).err(), Some(OpenError::Missing { .. })));
    let mut store = create(&path);
    assert!(matches!(Store::create(&path, OWNER).err(), Some(OpenError::Exists { .. })));
    store.commit(&batch(1, vec![put("a", "1")])).expect("it is durable");
    let (_other, copy) = killed(&path);
    store.commit(&batch(2, vec![put("a", "2")])).expect("it is durable");
    drop(store);
    fs::copy(&copy, &path).expect("the copy is restored");
    let error = open(&path).err().expect("it is older");
    assert!(matches!(error, OpenError::Older { found: 1, known: 2, .. }), "{error}");
    let (store, recovered) = Store::open(&path, OWNER, Trust::Anything).expect("its owner says so");
    assert_eq!(recovered.entries, [(b"a".to_vec(), b"1".to_vec())]);
    drop(store);
    open(&path).expect("it is the newest from here on");
    fs::remove_file(&path).expect("the store is lost");
    assert!(matches!(open(&path).err(), Some(OpenError::Missing { .. })));
    let (store, recovered) = Store::open(&path, OWNER, Trust::Anything).expect("its owner says so");
    assert_eq!((store.commits(), recovered), (0, Recovered::default()));
}

#[test]
fn a_head_that_is_missing_or_damaged_is_named_also_beside_an_empty_store() {
    for commits in [0, 3] {
        let (_folder, path) = folder();
        let mut store = create(&path);
        (0..commits).for_each(|now| store.commit(&batch(now, vec![])).expect("it is durable"));
        drop(store);
        let intact = fs::read(head(&path)).expect("it was made with the store");
        let mut flipped = intact.clone();
        flipped[3] ^= 1;
        for (damage, expected) in
            [(None, "missing"), (Some(&flipped[..]), "damaged"), (Some(&[][..]), "damaged"), (Some(b"abc"), "damaged")]
        {
            match damage {
                Some(bytes) => fs::write(head(&path), bytes).expect("the folder is ours"),
                None => fs::remove_file(head(&path)).expect("it is there"),
            }
            let error = open(&path).err().expect("nothing tells whether it is the newest");
            assert!(matches!(&error, OpenError::NoHead { state, .. } if *state == expected), "{error}");
        }
        fs::write(head(&path), intact).expect("it is put back");
        open(&path).expect("both are as they were");
    }
}

/// A commit fails for want of room either before it is durable or after, which shows when the file is opened again.
#[test]
fn a_batch_for_which_there_was_no_room_is_durable_once_after_it_is_tried_again() {
    for durable_already in [false, true] {
        let (_folder, path) = folder();
        let mut store = create(&path);
        store.commit(&batch(1, vec![put("a", "1")])).expect("it is durable");
        let (second, before) = (batch(2, vec![put("a", "2"), put("b", "2")]), store.meta.clone());
        if durable_already {
            store.commit(&second).expect("it is durable");
        }
        // As after an error of the disk: closed, and nothing is known of the batch.
        store.meta = before;
        store.close();
        store.full = true;
        store.commit(&second).expect("there is room now");
        assert_eq!(store.commits(), 2, "durable already: {durable_already}");
        store.commit(&batch(3, vec![put("c", "3")])).expect("and it goes on");
        drop(store);
        let (store, recovered) = open(&path).expect("it is intact");
        let keys: Vec<&[u8]> = recovered.entries.iter().map(|(key, _)| &key[..]).collect();
        assert_eq!((store.commits(), keys), (3, vec![&b"a"[..], b"b", b"c"]));
        assert_eq!(recovered.entries[0].1, b"2");
    }
}

#[test]
fn a_file_that_was_replaced_while_there_was_no_room_is_not_written_to() {
    let (_folder, path) = folder();
    let mut store = create(&path);
    store.commit(&batch(1, vec![put("a", "1")])).expect("it is durable");
    let (_other, older) = killed(&path);
    store.commit(&batch(2, vec![put("a", "2")])).expect("it is durable");
    store.close();
    store.full = true;
    fs::copy(&older, &path).expect("somebody restores an older copy");
    let error = store.commit(&batch(3, vec![])).expect_err("it would contradict what was durable");
    assert!(error.to_string().contains("it does not end where it did"), "{error}");
}

#[test]
fn a_store_of_format_1_is_read_and_written_in_format_2_once() {
    let (_folder, path) = folder();
    let mut store = create(&path);
    let writes = vec![put("a", "1"), put("b", "22")];
    store.commit(&batch(70, writes)).expect("it is durable");
    drop(store);
    {
        // As a version before this one has left it: the record has no bytes 60 to 67.
        let database = Database::open(&path).expect("it is a database");
        let record = record(&database).expect("it can be read").expect("it is there");
        let body = &record[..record.len() - 16];
        let mut old = [&1u32.to_le_bytes()[..], &body[4..60], &body[68..]].concat();
        let check = blake3::hash(&old);
        old.extend_from_slice(&check.as_bytes()[..16]);
        let transaction = database.begin_write().expect("it can be written");
        transaction.open_table(META).expect("it is there").insert(RECORD, &old[..]).expect("it is");
        transaction.commit().expect("it is durable");
    }
    let before = fs::read(&path).expect("it can be read");
    for migrated in [false, true] {
        let (store, recovered) = open(&path).expect("it is migrated");
        assert_eq!((store.commits(), store.now_max(), store.size().0), (1, Time::from_nanos(70), 5));
        assert_eq!(recovered.entries.len(), 2);
        drop(store);
        let found = record(&Database::open(&path).expect("it is a database")).expect("it can be read");
        assert_eq!(found.map(|record| record[0]), Some(2), "{migrated}");
    }
    assert_ne!(fs::read(&path).expect("it can be read"), before);
}

#[test]
fn a_store_that_has_grown_beyond_its_content_is_rewritten_when_it_is_opened() {
    let (_folder, path) = folder();
    let mut store = create(&path);
    // 25 MiB of content, of which a hundredth stays.
    let all = (0..=255u8).map(|number| put([number], vec![number; 100 << 10])).collect();
    store.commit(&batch(1, all)).expect("it is durable");
    let gone = (3..=255u8).map(|number| Write::Delete { key: vec![number] }).collect();
    store.commit(&batch(2, gone)).expect("it is durable");
    // A store that is closed in order gives room back at once.
    let (_other, path) = killed(&path);
    let before = fs::metadata(&path).expect("it is there").len();
    let (store, recovered) = open(&path).expect("it opens");
    let (content, file) = store.size();
    assert_eq!(content, recovered.entries.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum::<u64>());
    assert!(
        before > 20 << 20 && file <= SLACK + 4 * content,
        "{before} bytes, then {file}, of which {content} are used"
    );
    drop(store);
    assert_eq!(open(&path).expect("it opens again").1, recovered);
}

#[test]
fn a_file_that_is_no_store_is_named_and_left_alone() {
    let (folder, path) = folder();
    for content in [&b"x"[..], b"[node]\nlisten = \"0.0.0.0:1\"\n", &[0; 100_000], b"redb\x1a\x0a\xa9\x0d\x0a"] {
        fs::write(&path, content).expect("the folder is ours");
        fs::write(head(&path), []).expect("the folder is ours");
        let error = open(&path).err().expect("it is no store");
        assert!(matches!(&error, OpenError::Damaged { path: named, .. } if *named == path), "{error}");
        assert!(fs::read(&path).expect("it is still there") == content);
    }
    assert!(matches!(open(folder.path()).err(), Some(OpenError::Io { .. })));
    let nowhere = folder.path().join("no/such/folder");
    assert!(matches!(open(&nowhere).err(), Some(OpenError::Missing { .. })));
    assert!(matches!(Store::create(&nowhere, OWNER).err(), Some(OpenError::Io { .. })));
}

/// Two stores with the same content: one closed, and one whose process was killed.
fn samples() -> (Vec<(tempfile::TempDir, PathBuf)>, Recovered) {
    let (home, path) = folder();
    let mut store = create(&path);
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
fn a_truncated_file_is_found_unless_nothing_was_in_the_end() {
    let (stores, expected) = samples();
    let mut found = 0;
    for (_folder, path) in &stores {
        let length = fs::metadata(path).expect("the store is there").len();
        for length in [0, 1, 100, 4096, 10_000, length / 4, length / 2, length - 4096, length - 1] {
            let (_other, copy) = killed(path);
            let file = fs::OpenOptions::new().write(true).open(&copy).expect("the copy is ours");
            file.set_len(length).expect("it can be shortened");
            match open(&copy) {
                Ok((store, recovered)) => {
                    assert_eq!(recovered, expected, "{length} bytes of {}", path.display());
                    goes_on(store, &copy, &expected);
                }
                Err(OpenError::Damaged { .. } | OpenError::Older { .. }) => found += 1,
                Err(error) => panic!("{length}: {error}"),
            }
        }
    }
    assert!(found >= 10, "only {found} of 18 were found");
    let (_other, empty) = killed(&stores[0].1);
    fs::write(&empty, "").expect("the copy is ours");
    let refused = open(&empty).err().expect("it is damaged").to_string();
    assert!(refused.ends_with("is damaged: the file is empty"), "{refused}");
}
