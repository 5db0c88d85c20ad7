//! Functions over any type: `function FIRST(xs list<T>, otherwise T) -> T`. What a placeholder stands for is what the values
//! of a call are, so that a float stays a float.

use std::collections::BTreeMap;

use crate::ast;
use crate::model::{Function, Model};
use crate::types::{Type, bounded};

/// Whether the result of a function depends on what it is called with.
pub(super) fn is_generic(function: &Function<'_>) -> bool {
    // Only what is taken as opaque can be a placeholder.
    let opaque = |of: &Type| match of {
        Type::List(of) => of.is_any() || matches!(**of, Type::List(_) | Type::Map(_)),
        Type::Map(of) => of.0.is_any() || of.1.is_any() || matches!(of.1, Type::List(_) | Type::Map(_)),
        of => of.is_any(),
    };
    opaque(&function.result) && function.ast.result().is_some_and(has_placeholder)
}

fn has_placeholder(of: ast::Type<'_>) -> bool {
    is_placeholder(of) || of.arguments().any(has_placeholder)
}

/// One capital letter.
fn is_placeholder(of: ast::Type<'_>) -> bool {
    of.name().len() == 1 && of.name().starts_with(|c: char| c.is_ascii_uppercase())
}

/// Whether a value of this type has a float where a declared one has a placeholder: what it stands for may be an integer.
pub(super) fn float_for_placeholder(declared: ast::Type<'_>, to: &Type, of: &Type, model: &Model<'_>) -> bool {
    if to.is_any() {
        return is_placeholder(declared) && of.has_float(model);
    }
    let mut arguments = declared.arguments();
    let mut inside =
        |to: &Type, of: &Type| arguments.next().is_some_and(|argument| float_for_placeholder(argument, to, of, model));
    match (to, of) {
        (Type::List(to), of) => inside(to, &of.element()),
        (Type::Map(to), Type::Map(of)) => inside(&to.0, &of.0) | inside(&to.1, &of.1),
        (Type::Map(to), Type::Made(made)) => inside(&to.0, &made.keys) | inside(&to.1, &made.any(model)),
        (Type::Map(to), of) => inside(&to.0, &of.inside()) | inside(&to.1, &of.inside()),
        _ => false,
    }
}

/// What a function over any type gives for inputs of these types.
pub(super) fn result(function: &Function<'_>, types: &[Type], model: &Model<'_>) -> Type {
    let mut known = BTreeMap::new();
    for (declared, given) in function.ast.inputs().filter_map(ast::Field::of).zip(types) {
        bind(declared, given, &mut known, model);
    }
    let Some(result) = function.ast.result() else { return Type::Any };
    bounded(replaced(result, &function.result, &known), model)
}

fn bind<'p>(declared: ast::Type<'p>, given: &Type, known: &mut BTreeMap<&'p str, Type>, model: &Model<'_>) {
    let mut arguments = declared.arguments();
    match given {
        Type::List(of) if declared.name() == "list" => arguments.for_each(|argument| bind(argument, of, known, model)),
        Type::Map(of) if declared.name() == "map" => {
            arguments.by_ref().take(1).for_each(|key| bind(key, &of.0, known, model));
            arguments.for_each(|value| bind(value, &of.1, known, model));
        }
        Type::Made(made) if declared.name() == "map" => {
            arguments.by_ref().take(1).for_each(|key| bind(key, &made.keys, known, model));
            arguments.for_each(|value| bind(value, &made.any(model), known, model));
        }
        of if is_placeholder(declared) => {
            let before = known.remove(declared.name()).unwrap_or(Type::Never);
            known.insert(declared.name(), bounded(before.or(of.clone(), model), model));
        }
        // Of what is inside that much is known.
        Type::Mixed => arguments.for_each(|argument| bind(argument, given, known, model)),
        _ => {}
    }
}

/// A declared type with what its placeholders stand for; `of` is what it is without.
fn replaced(declared: ast::Type<'_>, of: &Type, known: &BTreeMap<&str, Type>) -> Type {
    let mut arguments = declared.arguments();
    match of {
        Type::List(of) => Type::list(arguments.next().map_or(Type::Any, |element| replaced(element, of, known))),
        Type::Map(of) => {
            let key = arguments.next().map_or(Type::Any, |key| replaced(key, &of.0, known));
            let value = arguments.next().map_or(Type::Any, |value| replaced(value, &of.1, known));
            Type::Map(Box::new((key, value)))
        }
        of if of.is_any() && is_placeholder(declared) => known.get(declared.name()).cloned().unwrap_or(Type::Any),
        of => of.clone(),
    }
}
