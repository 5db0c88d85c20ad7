//! What a command on the loopback address must carry: 64 hexadecimal digits in a file that nobody else can read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::AdminError;

/// The name of the file.
pub(crate) const FILE: &str = crate::node::files::TOKEN;

/// Reads the token, or makes a new one.
pub(crate) fn load(path: &Path) -> Result<Zeroizing<String>, AdminError> {
    let failed = |doing| move |source| AdminError::Io { doing, path: path.to_owned(), source };
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let token = fresh().map_err(failed("draw random bytes for"))?;
            file.write_all(token.as_bytes()).map_err(failed("write"))?;
            Ok(token)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mut token = Zeroizing::new(String::new());
            let read = File::open(path).and_then(|file| file.take(256).read_to_string(&mut token));
            read.map_err(failed("read"))?;
            let digits = token.trim();
            if digits.len() < 32 {
                let source = io::Error::new(io::ErrorKind::InvalidData, "it is too short to be a token: remove it");
                return Err(failed("use")(source));
            }
            Ok(Zeroizing::new(digits.to_owned()))
        }
        Err(error) => Err(failed("create")(error)),
    }
}

fn fresh() -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    File::open("/dev/urandom")?.read_exact(bytes.as_mut())?;
    let mut text = Zeroizing::new(String::with_capacity(64));
    bytes.iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
    Ok(text)
}

/// Whether a header carries the token. Its hash is compared, which takes constant time.
pub(crate) fn fits(header: Option<&str>, token: &str) -> bool {
    let (scheme, given) = header.and_then(|header| header.split_once(' ')).unwrap_or_default();
    let given = if scheme.eq_ignore_ascii_case("bearer") { given } else { "" };
    blake3::hash(given.trim().as_bytes()) == blake3::hash(token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_nothing_else_fits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let token = load(&path).unwrap();
        assert_eq!((token.len(), &token), (64, &load(&path).unwrap()));
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert!(fits(Some(&format!("{scheme} {}", *token)), &token), "the name of a scheme has no case");
        }
        assert!(!fits(Some(&format!("Basic {}", *token)), &token));
        for wrong in [None, Some(""), Some("Bearer "), Some(token.as_str()), Some("Bearer 00")] {
            assert!(!fits(wrong, &token), "{wrong:?}");
        }
        std::fs::write(&path, "").unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("remove it"));
    }
}
