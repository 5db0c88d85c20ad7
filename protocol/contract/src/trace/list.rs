//! The effects of a step as bytes: their number, then each in its canonical form. What a node sends to several peers is written
//! once: a message that is that of the last [`Effect::Send`] before it is one byte, 0xff, and the recipient.
//!
//! So a short list may stand for a long one, which is bounded: with every message written out, it has at most [`RECORD_MAX`] bytes.
//!
//! A flood sends each message to every neighbour, so this is most of what a trace would hold and a digest would hash.

use borsh::BorshDeserialize;
use borsh::io::{Error, ErrorKind};

use super::file::RECORD_MAX;
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
            Effect::Send { to, message } if last == Some(message) => {
                debug_assert_eq!(
                    last.map(P::Message::to_bytes),
                    Some(message.to_bytes()),
                    "equal messages, equal bytes"
                );
                (AGAIN, *to).encode(bytes);
            }
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
/// [`Malformed`] with the place, if they are not those that [`encode`] writes, or stand for too many.
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

/// The last message that was written out: where its effect stands, and how many bytes that takes.
#[derive(Clone, Copy)]
struct Last {
    place: usize,
    bytes: usize,
}

fn read<P: Protocol>(rest: &mut &[u8]) -> Result<Vec<Effect<P>>, Error> {
    let count = u32::deserialize(rest)?;
    let (mut list, mut last, mut plain) = (Vec::new(), None, 0usize);
    for _ in 0..count {
        let before = *rest;
        let read = if before.first() == Some(&AGAIN) {
            read_again(rest, &list, last)
        } else {
            read_whole(rest, &list, &mut last)
        };
        let (effect, bytes) = read?;
        plain = plain.saturating_add(bytes);
        if plain > RECORD_MAX {
            *rest = before;
            let why = format!("with every message written out, a step has at most {RECORD_MAX} bytes");
            return Err(Error::new(ErrorKind::InvalidData, why));
        }
        list.push(effect);
    }
    Ok(list)
}

/// An effect that is written out, and how many bytes it takes.
fn read_whole<P: Protocol>(
    rest: &mut &[u8],
    list: &[Effect<P>],
    last: &mut Option<Last>,
) -> Result<(Effect<P>, usize), Error> {
    let before = *rest;
    let effect = Effect::deserialize(rest)?;
    let bytes = before.len() - rest.len();
    if let Effect::Send { message, .. } = &effect {
        if last.and_then(|last| message_at(list, last)) == Some(message) {
            *rest = before;
            return Err(Error::new(ErrorKind::InvalidData, "a message is written twice"));
        }
        *last = Some(Last { place: list.len(), bytes });
    }
    Ok((effect, bytes))
}

fn read_again<P: Protocol>(
    rest: &mut &[u8],
    list: &[Effect<P>],
    last: Option<Last>,
) -> Result<(Effect<P>, usize), Error> {
    let Some((message, bytes)) = last.and_then(|last| Some((message_at(list, last)?.clone(), last.bytes))) else {
        return Err(Error::new(ErrorKind::InvalidData, "no message was sent that could be sent again"));
    };
    let (_, to) = <(u8, PeerId)>::deserialize(rest)?;
    Ok((Effect::Send { to, message }, bytes))
}

fn message_at<P: Protocol>(list: &[Effect<P>], last: Last) -> Option<&P::Message> {
    match list.get(last.place)? {
        Effect::Send { message, .. } => Some(message),
        _ => None,
    }
}
