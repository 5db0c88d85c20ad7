//! Which records have numbers somewhere, through the records that are in them, which may be in one another.

use super::Model;
use crate::types::{Basic, Type};

/// Which numbers are somewhere in a value of a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holds {
    pub(crate) float: bool,
    /// A number that is no float: `uint`, `int`, `timestamp`.
    pub(crate) whole: bool,
}

impl Model<'_> {
    /// Finds out what each shape holds: what its own fields have, and from there to all that have it as a field.
    pub(super) fn follow_numbers(&mut self) {
        let mut users: Vec<Vec<u32>> = vec![vec![]; self.shapes.len()];
        for (at, shape) in self.shapes.iter_mut().enumerate() {
            for field in &shape.fields {
                parts(&field.of, &mut |part| match part {
                    Type::Basic(Basic::Float) => shape.holds.float = true,
                    Type::Basic(basic) if basic.is_number() => shape.holds.whole = true,
                    Type::Shape(number) => users[*number as usize].push(at as u32),
                    _ => {}
                });
            }
        }
        let mut open: Vec<u32> = (0..self.shapes.len() as u32).collect();
        while let Some(at) = open.pop() {
            let held = self.shapes[at as usize].holds;
            for user in &users[at as usize] {
                let holds = &mut self.shapes[*user as usize].holds;
                let joined = Holds { float: holds.float | held.float, whole: holds.whole | held.whole };
                if joined != *holds {
                    *holds = joined;
                    open.push(*user);
                }
            }
        }
    }
}

/// A declared type and what it is made of.
fn parts(of: &Type, see: &mut dyn FnMut(&Type)) {
    see(of);
    match of {
        Type::List(of) => parts(of, see),
        Type::Map(of) => {
            parts(&of.0, see);
            parts(&of.1, see);
        }
        _ => {}
    }
}
