//! The node's key on disk: 64 hexadecimal digits in a file that nobody else can read.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use contract::PeerId;
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::{Zeroize as _, Zeroizing};

/// Permissions of a key file.
pub(crate) const MODE: u32 = 0o600;

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is one already.
    #[error("{} exists: a second key would be a second identity", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("others can read {}: run `chmod 600 {}`", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// It is no key.
    #[error("{} is no key: it should hold 64 hexadecimal digits", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refuses.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Who a key is.
pub fn peer(key: &SigningKey) -> PeerId {
    PeerId::from_bytes(key.verifying_key().to_bytes())
}

/// Makes a new key from the operating system's entropy and writes it.
///
/// # Errors
/// [`KeyError`] if there is one already or the file cannot be written.
pub fn generate(path: &Path) -> Result<SigningKey, KeyError> {
    let failed = |doing| move |source| KeyError::Io { doing, path: path.to_owned(), source };
    let mut secret = Zeroizing::new([0u8; 32]);
    let mut random = fs::File::open("/dev/urandom").map_err(failed("draw random bytes for"))?;
    random.read_exact(secret.as_mut()).map_err(failed("draw random bytes for"))?;
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(MODE).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(KeyError::Exists { path: path.to_owned() });
        }
        opened => opened.map_err(failed("create"))?,
    };
    let mut text = Zeroizing::new(String::with_capacity(65));
    secret.iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
    text.push('\n');
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed("write"))?;
    Ok(SigningKey::from_bytes(&secret))
}

/// Reads a key.
///
/// # Errors
/// [`KeyError`] if it is not there, others can read it, or it is no key.
pub fn load(path: &Path) -> Result<SigningKey, KeyError> {
    let failed = |source| KeyError::Io { doing: "read", path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        return Err(KeyError::Exposed { path: path.to_owned() });
    }
    let mut text = Zeroizing::new(Vec::with_capacity(128));
    io::Read::take(&file, 128).read_to_end(&mut text).map_err(failed)?;
    let malformed = || KeyError::Malformed { path: path.to_owned() };
    let digits = text.trim_ascii();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(malformed());
    }
    let mut secret = [0u8; 32];
    for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| malformed())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| malformed())?;
    }
    let key = SigningKey::from_bytes(&secret);
    secret.zeroize();
    Ok(key)
}

/// Whether somebody can have this identity: it is the public part of a key, and not one of the few that belong to every key.
pub fn is_of_a_key(peer: &PeerId) -> bool {
    VerifyingKey::from_bytes(peer.as_bytes()).is_ok_and(|key| !key.is_weak())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_written_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let key = generate(&path).unwrap();
        assert_eq!(load(&path).unwrap().to_bytes(), key.to_bytes());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, MODE);
        assert!(matches!(generate(&path), Err(KeyError::Exists { .. })));
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        generate(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(load(&path), Err(KeyError::Exposed { .. })));
    }

    #[test]
    fn an_identity_that_no_key_has_is_known() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_of_a_key(&peer(&generate(&folder.path().join("key")).unwrap())));
        assert!(!is_of_a_key(&PeerId::from_bytes([0; 32])));
    }

    #[test]
    fn a_damaged_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        generate(&path).unwrap();
        for content in ["", "abc", &"g".repeat(64), &"0".repeat(63)] {
            fs::write(&path, content).unwrap();
            assert!(matches!(load(&path), Err(KeyError::Malformed { .. })), "{content:?}");
        }
    }
}
