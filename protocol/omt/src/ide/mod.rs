//! What an editor asks, as pure functions of an [`Analysis`](crate::Analysis) and a byte offset in the main file: what
//! is here, where is it declared and used, what may stand here, what would a rename change. `dunbar omt lsp`
//! (`src/omt/lsp` of the root package) speaks the protocol around them and has the files.
//!
//! Offsets and ranges are bytes; [`Text`] translates them into the lines and columns of an editor and back.

mod complete;
mod declared;
mod expression;
mod findings;
mod fixes;
mod hover;
mod imports;
mod layout;
mod members;
mod outline;
mod place;
mod record;
mod references;
mod rename;
mod words;

pub use complete::{Completion, CompletionKind, complete};
pub use declared::{DeclaredKind, Site, definition};
pub use findings::{Finding, Related, findings};
pub use fixes::{Change, changes, compatible, harmless, mend};
pub use hover::{Hover, hover};
pub use imports::{ImportPlace, import_at};
pub use layout::layout;
pub use outline::{Entry, outline};
pub use place::{Encoding, Place, Text};
pub use references::references;
pub use rename::{Refusal, Renamable, Replacement, is_name, renamable, rename};

#[cfg(test)]
mod tests;
