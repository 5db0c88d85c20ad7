//! Where a node keeps the invitation by which it is a member: a file that nobody else can read.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{BadInvitation, Invitation, Network};

/// Why the membership cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NetworkFileError {
    /// The node belongs to no network yet.
    #[error("{} is not there: this node belongs to no network", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It belongs to one already.
    #[error("{} exists: this node belongs to a network already", path.display())]
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
    /// It holds no invitation.
    #[error("{}: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: BadInvitation,
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

/// A new network of this name, with a secret from the operating system's entropy. Nobody is named to be dialled yet.
///
/// # Errors
/// [`NetworkFileError::Io`] if the system gives no random bytes.
pub fn found(name: &str) -> Result<Invitation, NetworkFileError> {
    let mut secret = Zeroizing::new([0u8; 32]);
    let random = fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(secret.as_mut()));
    let path = PathBuf::from("/dev/urandom");
    random.map_err(|source| NetworkFileError::Io { doing: "read", path, source })?;
    Ok(Invitation { name: name.to_owned(), network: Network::from_secret(secret), bootstrap: Vec::new() })
}

/// Writes the membership of a node that had none.
///
/// # Errors
/// [`NetworkFileError`] if it has one, or the file cannot be written.
pub fn write(path: &Path, invitation: &Invitation) -> Result<(), NetworkFileError> {
    let failed = |doing| move |source| NetworkFileError::Io { doing, path: path.to_owned(), source };
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(NetworkFileError::Exists { path: path.to_owned() });
        }
        opened => opened.map_err(failed("create"))?,
    };
    let token = invitation.token();
    file.write_all(token.as_bytes()).and_then(|()| file.sync_all()).map_err(failed("write"))
}

/// Reads a node's membership.
///
/// # Errors
/// [`NetworkFileError`] if there is none, or others can read it.
pub fn read(path: &Path) -> Result<Invitation, NetworkFileError> {
    let failed = |source| NetworkFileError::Io { doing: "read", path: path.to_owned(), source };
    let file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(NetworkFileError::Missing { path: path.to_owned() });
        }
        opened => opened.map_err(failed)?,
    };
    if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        return Err(NetworkFileError::Exposed { path: path.to_owned() });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(4096).read_to_string(&mut text).map_err(failed)?;
    Invitation::parse(&text).map_err(|why| NetworkFileError::Malformed { path: path.to_owned(), why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_membership_is_written_once_read_again_and_kept_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("network");
        assert!(matches!(read(&path), Err(NetworkFileError::Missing { .. })));
        let founded = found("village").unwrap();
        assert_ne!(founded.network.id(), found("village").unwrap().network.id());
        write(&path, &founded).unwrap();
        assert!(matches!(write(&path, &founded), Err(NetworkFileError::Exists { .. })));
        let found = read(&path).unwrap();
        assert_eq!((found.network.id(), found.name), (founded.network.id(), founded.name));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read(&path), Err(NetworkFileError::Exposed { .. })));
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(read(&path), Err(NetworkFileError::Malformed { .. })));
    }
}
