//! What a value is that comes from one of several places: the branches of `IF`, the turns of a loop, the elements of a list.
//! A float stays visible in what is joined, whatever it is joined with, and wherever inside of it the float is.

use super::{Basic, Made, Type, joined};
use crate::model::Model;

/// How many parts a type may have that is inferred. What grows larger is not followed: types cannot grow for ever in a loop.
const PARTS_MAX: usize = 64;

impl Type {
    /// The type of a value that is one or the other.
    pub(crate) fn or(self, other: Type, model: &Model<'_>) -> Type {
        if self == other {
            return self;
        }
        match (self, other) {
            (Type::Never | Type::Null, of) | (of, Type::Never | Type::Null) => of,
            (Type::Mixed, _) | (_, Type::Mixed) => Type::Mixed,
            (Type::Basic(a), Type::Basic(b)) if a.is_number() && b.is_number() => Type::Basic(joined(a, b)),
            (Type::Basic(Basic::Float), _) | (_, Type::Basic(Basic::Float)) => Type::Mixed,
            (Type::List(a), Type::List(b)) => Type::list(a.or(*b, model)),
            (Type::Map(a), Type::Map(b)) => Type::Map(Box::new((a.0.or(b.0, model), a.1.or(b.1, model)))),
            (Type::Made(a), Type::Map(b)) | (Type::Map(b), Type::Made(a)) if !a.open => {
                let values = common(a.values().cloned(), model);
                Type::Map(Box::new((b.0.or(a.keys, model), b.1.or(values, model))))
            }
            (a, b) => a.or_unlike(b, model),
        }
    }

    /// Of two kinds. A record that is declared stays one if the other one has nothing else; otherwise each field is what it
    /// is in one of the two.
    fn or_unlike(self, other: Type, model: &Model<'_>) -> Type {
        let float = self.has_float(model) || other.has_float(model);
        match (self, other) {
            (a @ Type::Shape(_), b @ Type::Made(_)) | (a @ Type::Made(_), b @ Type::Shape(_)) => a.or_fields(b, model),
            (Type::Made(a), Type::Made(b)) => bounded(Type::Made(Box::new(a.or(*b, model))), model),
            (Type::Made(_), Type::Basic(Basic::Dict)) | (Type::Basic(Basic::Dict), Type::Made(_)) if !float => {
                Type::Basic(Basic::Dict)
            }
            _ if !float => Type::Any,
            (Type::Any, Type::List(of)) | (Type::List(of), Type::Any) => Type::list(of.or(Type::Any, model)),
            (Type::List(_), _) | (_, Type::List(_)) => Type::Mixed,
            (a, b) => a.or_fields(b, model),
        }
    }

    /// Field by field. What is a declared record or a map already stays one, so that joining comes to rest.
    fn or_fields(self, other: Type, model: &Model<'_>) -> Type {
        let joined = Made::of(self.clone(), model).or(Made::of(other.clone(), model), model);
        let kinds = [self, other];
        let whole = |of: &&Type| matches!(of, Type::Shape(_)) && Made::of((*of).clone(), model) == joined;
        if let Some(shape) = kinds.iter().find(whole) {
            return shape.clone();
        }
        let map = !joined.open && kinds.iter().any(|of| matches!(of, Type::Map(_)));
        bounded(
            if map {
                Type::Map(Box::new((joined.keys.clone(), joined.any(model))))
            } else {
                Type::Made(Box::new(joined))
            },
            model,
        )
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

/// A type that does not grow for ever: of what is too large, only the outermost part is known, and whether a float is inside.
pub(crate) fn bounded(of: Type, model: &Model<'_>) -> Type {
    if !of.is_larger(&mut PARTS_MAX.clone()) {
        return of;
    }
    let float = of.has_float(model);
    match of {
        Type::List(_) => Type::list(if float { Type::Mixed } else { Type::Any }),
        Type::Map(_) | Type::Made(_) if !float => Type::Basic(Basic::Dict),
        Type::Map(_) | Type::Made(_) => {
            let open = of.is_any();
            Type::Made(Box::new(Made { keys: Type::Any, others: Type::Mixed, open, ..Made::default() }))
        }
        _ => of.inside(),
    }
}

/// The type of any one of several values that stand side by side.
pub(crate) fn common(of: impl Iterator<Item = Type>, model: &Model<'_>) -> Type {
    of.fold(Type::Never, |all, next| all.or(next, model))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Program;

    const FLOAT: Type = Type::Basic(Basic::Float);
    const TEXT: Type = Type::Basic(Basic::String);

    fn with_model(check: impl Fn(&Model<'_>)) {
        let text = "record R ( share uint ) record Q ( share float name string )";
        let program = Program::of_text("a.omt", text);
        check(&crate::check::analyse(&program).model);
    }

    fn record(fields: &[(&str, Type)], model: &Model<'_>) -> Type {
        let mut made = Made::default();
        fields.iter().for_each(|(name, of)| made.set(name, of.clone(), model));
        Type::Made(Box::new(made))
    }

    #[test]
    fn a_float_stays_visible_in_what_is_joined() {
        with_model(|model| {
            assert_eq!(Type::UINT.or(FLOAT, model), FLOAT);
            assert_eq!(Type::Null.or(FLOAT, model), FLOAT);
            for other in [Type::Any, TEXT, Type::Mixed] {
                assert_eq!(FLOAT.or(other.clone(), model), Type::Mixed);
                assert_eq!(other.or(FLOAT, model), Type::Mixed);
            }
            assert_eq!(Type::list(Type::UINT).or(Type::list(FLOAT), model), Type::list(FLOAT));
            assert_eq!(Type::list(Type::Never).or(Type::list(FLOAT), model), Type::list(FLOAT));
            assert_eq!(common([Type::UINT, TEXT].into_iter(), model), Type::Any);
            assert_eq!(common([Type::UINT, TEXT, FLOAT].into_iter(), model), Type::Mixed);
        });
    }

    #[test]
    fn a_record_stays_what_it_is_if_nothing_else_is_joined_and_shows_its_floats_otherwise() {
        with_model(|model| {
            let (r, q) = (Type::Shape(0), Type::Shape(1));
            assert_eq!(r.clone().or(record(&[("share", Type::UINT)], model), model), r);
            assert_eq!(record(&[], model).or(r.clone(), model), r);
            let float = record(&[("share", FLOAT)], model);
            assert_eq!(r.clone().or(float.clone(), model), float);
            assert_eq!(r.clone().or(q.clone(), model), q, "it has all of it");
            for other in [Type::Any, Type::Basic(Basic::Dict), TEXT, Type::UINT] {
                for joined in [q.clone().or(other.clone(), model), other.or(q.clone(), model)] {
                    let Type::Made(made) = joined else { panic!("{joined:?}") };
                    assert_eq!((made.get("share"), made.get("name").has_float(model)), (Type::Mixed, false));
                    assert_eq!(made.any(model), Type::Mixed);
                }
            }
            assert_eq!(Type::list(q.clone()).or(TEXT, model), Type::Mixed);
            assert_eq!(Type::list(r).or(TEXT, model), Type::Any, "no float is inside");
        });
    }

    #[test]
    fn what_is_joined_again_stays_the_same() {
        with_model(|model| {
            let (r, q) = (Type::Shape(0), Type::Shape(1));
            let map = |of: Type| Type::Map(Box::new((TEXT, of)));
            let made = record(&[("share", Type::UINT), ("other", FLOAT)], model);
            let all =
                [r, q, made, map(Type::UINT), map(FLOAT), Type::Any, Type::Basic(Basic::Dict), TEXT, Type::list(FLOAT)];
            let pairs = all.iter().flat_map(|b| all.iter().map(move |c| (b, c)));
            for (a, (b, c)) in all.iter().flat_map(|a| pairs.clone().map(move |pair| (a, pair))) {
                let mut joined = a.clone();
                for _ in 0..3 {
                    joined = a.clone().or(joined, model).or(b.clone(), model).or(c.clone(), model);
                }
                let again = a.clone().or(joined.clone(), model).or(b.clone(), model).or(c.clone(), model);
                assert_eq!(again, joined, "{a:?} {b:?} {c:?}");
            }
        });
    }

    #[test]
    fn a_type_does_not_grow_for_ever_and_its_float_is_not_forgotten() {
        with_model(|model| {
            let mut of = FLOAT;
            for _ in 0..100 {
                of = bounded(record(&[("a", of.clone()), ("b", of.clone())], model), model);
                assert!(!of.is_larger(&mut PARTS_MAX.clone()));
                assert!(of.has_float(model));
            }
        });
    }
}
