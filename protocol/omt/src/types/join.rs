//! What a value is that comes from one of several places: the branches of `IF`, the turns of a loop, the elements of a list.
//! A float stays visible in what is joined, whatever it is joined with.

use super::{Basic, Type, joined};

/// How many parts a type may have that is inferred. What grows larger is not followed: types cannot grow for ever in a loop.
const PARTS_MAX: usize = 64;

impl Type {
    /// The type of a value that is one or the other.
    pub(crate) fn or(self, other: Type) -> Type {
        if self == other {
            return self;
        }
        match (self, other) {
            (Type::Never | Type::Null, of) | (of, Type::Never | Type::Null) => of,
            (Type::Mixed, _) | (_, Type::Mixed) => Type::Mixed,
            (Type::Basic(a), Type::Basic(b)) if a.is_number() && b.is_number() => Type::Basic(joined(a, b)),
            (Type::Basic(Basic::Float), _) | (_, Type::Basic(Basic::Float)) => Type::Mixed,
            (Type::List(a), Type::List(b)) => Type::list(a.or(*b)),
            (Type::Map(a), Type::Map(b)) => Type::Map(Box::new((a.0.or(b.0), a.1.or(b.1)))),
            (Type::Made(a), Type::Made(b)) => bounded(Type::Made(Box::new(a.or(*b)))),
            (Type::Made(a), Type::Map(b)) | (Type::Map(b), Type::Made(a)) => {
                let values = common(a.values().cloned());
                Type::Map(Box::new((b.0.or(a.keys), b.1.or(values))))
            }
            (Type::Made(_), Type::Basic(Basic::Dict)) | (Type::Basic(Basic::Dict), Type::Made(_)) => {
                Type::Basic(Basic::Dict)
            }
            _ => Type::Any,
        }
    }

    /// Whether a type has more than so many parts; stops when it knows.
    fn is_larger(&self, left: &mut usize) -> bool {
        let Some(rest) = left.checked_sub(1) else { return true };
        *left = rest;
        match self {
            Type::List(of) => of.is_larger(left),
            Type::Map(of) => of.0.is_larger(left) || of.1.is_larger(left),
            Type::Made(made) => made.parts().any(|part| part.is_larger(left)),
            _ => false,
        }
    }
}

/// A type that does not grow for ever: of what is too large, only the outermost part is known.
pub(crate) fn bounded(of: Type) -> Type {
    match of {
        of if !of.is_larger(&mut PARTS_MAX.clone()) => of,
        Type::List(_) => Type::list(Type::Any),
        Type::Map(_) | Type::Made(_) => Type::Basic(Basic::Dict),
        _ => Type::Any,
    }
}

/// The type of any one of several values that stand side by side. Numbers are joined; where kinds differ, each has a meaning
/// of its own at its place, and nothing is known of one that is picked.
pub(crate) fn common(of: impl Iterator<Item = Type>) -> Type {
    let mut all = Type::Never;
    for next in of {
        let known = |of: &Type| !of.is_any() && *of != Type::Null;
        let kinds = known(&all) && known(&next) && all.is_number() != next.is_number();
        if kinds {
            return Type::Any;
        }
        all = all.or(next);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Made;

    const FLOAT: Type = Type::Basic(Basic::Float);
    const TEXT: Type = Type::Basic(Basic::String);

    #[test]
    fn a_float_stays_visible_in_what_is_joined() {
        assert_eq!(Type::UINT.or(FLOAT), FLOAT);
        assert_eq!(Type::Null.or(FLOAT), FLOAT);
        for other in [Type::Any, TEXT, Type::Mixed] {
            assert_eq!(FLOAT.or(other.clone()), Type::Mixed);
            assert_eq!(other.or(FLOAT), Type::Mixed);
        }
        assert_eq!(Type::list(Type::UINT).or(Type::list(FLOAT)), Type::list(FLOAT));
        assert_eq!(Type::list(Type::Never).or(Type::list(FLOAT)), Type::list(FLOAT));
        assert_eq!(common([Type::UINT, TEXT, FLOAT].into_iter()), Type::Any, "each has its place");
    }

    #[test]
    fn a_type_does_not_grow_for_ever() {
        let mut of = FLOAT;
        for _ in 0..100 {
            let mut made = Made::default();
            made.set("a", of.clone());
            made.set("b", of.clone());
            of = bounded(Type::Made(Box::new(made)));
            assert!(!of.is_larger(&mut PARTS_MAX.clone()));
        }
    }
}
