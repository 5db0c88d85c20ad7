//! The effects of a step as bytes: their number, then each in its canonical form. What a node sends to several peers is written
//! once: a message that is that of the last [`Effect::Send`] before it is [`AGAIN`] and the recipient.
//!
//! A flood sends each message to every neighbour, so this is most of what a trace would hold and a digest would hash.

use borsh::BorshDeserialize;
use borsh::io::{Error, ErrorKind};

use crate::{Canonical, Effect, Malformed, PeerId, Protocol};

/// In place of an effect's tag: the message that was sent last, to one more peer.
const AGAIN: u8 = 0xff;

/// Appends the bytes of a list.
#[inline]
pub fn encode<P: Protocol>(list: &[Effect<P>], bytes: &mut Vec<u8>) {
    (list.len() as u32).encode(bytes);
    let mut last = None;
    for effect in list {
        match effect {
            Effect::Send { to, message } if last == Some(message) => (AGAIN, *to).encode(bytes),
            Effect::Send { message, .. } => {
                last = Some(message);
                effect.encode(bytes);
            }
            _ => effect.encode(bytes),
        }
    }
}

/// The bytes of a list.
pub fn to_bytes<P: Protocol>(list: &[Effect<P>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(list, &mut bytes);
    bytes
}

/// The list that has exactly these bytes.
///
/// # Errors
/// [`Malformed`] with the place, if they are not those that [`encode`] writes.
pub fn decode<P: Protocol>(bytes: &[u8]) -> Result<Vec<Effect<P>>, Malformed> {
    let mut rest = bytes;
    let outcome = read(&mut rest);
    let malformed = |why: String| Malformed { offset: bytes.len() - rest.len(), length: bytes.len(), why };
    match outcome {
        Ok(list) if rest.is_empty() => Ok(list),
        Ok(_) => Err(malformed(format!("{} bytes too many", rest.len()))),
        Err(error) => Err(malformed(error.to_string())),
    }
}

fn read<P: Protocol>(rest: &mut &[u8]) -> Result<Vec<Effect<P>>, Error> {
    let count = u32::deserialize(rest)?;
    let (mut list, mut last): (Vec<Effect<P>>, Option<P::Message>) = (Vec::new(), None);
    for _ in 0..count {
        let again = rest.first() == Some(&AGAIN);
        let effect = if again { read_again(rest, last.as_ref())? } else { Effect::deserialize(rest)? };
        if let (Effect::Send { message, .. }, false) = (&effect, again) {
            if last.as_ref() == Some(message) {
                return Err(Error::new(ErrorKind::InvalidData, "a message is written twice"));
            }
            last = Some(message.clone());
        }
        list.push(effect);
    }
    Ok(list)
}

fn read_again<P: Protocol>(rest: &mut &[u8], last: Option<&P::Message>) -> Result<Effect<P>, Error> {
    let (_, to) = <(u8, PeerId)>::deserialize(rest)?;
    let none = || Error::new(ErrorKind::InvalidData, "no message was sent that could be sent again");
    Ok(Effect::Send { to, message: last.cloned().ok_or_else(none)? })
}
