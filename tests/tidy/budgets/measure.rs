//! Sizes of the things in a source file. What a macro is given, such as the functions inside `proptest!`, is not seen.

use super::Measure;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A thing and one of its sizes. `at` is `path` for a file, else `path Name::name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sized {
    pub(crate) at: String,
    pub(crate) measure: Measure,
    pub(crate) size: usize,
}

/// Everything in the file that has a budget.
///
/// # Errors
/// If the text is not Rust.
pub(crate) fn measure(path: &str, text: &str) -> Result<Vec<Sized>, String> {
    let file = syn::parse_file(text).map_err(|error| format!("{path}: {error}"))?;
    let whole = Sized { at: path.into(), measure: Measure::FileLines, size: text.lines().count() };
    let mut ruler = Ruler { path, scope: vec![], sizes: vec![whole] };
    ruler.visit_file(&file);
    Ok(ruler.sizes)
}

struct Ruler<'a> {
    path: &'a str,
    /// Names of the modules, types and functions around.
    scope: Vec<String>,
    sizes: Vec<Sized>,
}

impl Ruler<'_> {
    fn note(&mut self, measure: Measure, size: usize) {
        let at = format!("{} {}", self.path, self.scope.join("::"));
        self.sizes.push(Sized { at, measure, size });
    }

    fn within(&mut self, name: &str, visit: impl FnOnce(&mut Self)) {
        self.scope.push(name.to_owned());
        visit(self);
        self.scope.pop();
    }

    fn signature(&mut self, signature: &syn::Signature) {
        let typed = |input: &&syn::FnArg| matches!(input, syn::FnArg::Typed(_));
        self.note(Measure::Parameters, signature.inputs.iter().filter(typed).count());
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        self.signature(signature);
        let first = signature.span().start().line;
        let last = block.brace_token.span.close().end().line;
        self.note(Measure::FunctionLines, last - first + 1);
    }
}

impl<'ast> Visit<'ast> for Ruler<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.within(&item.ident.to_string(), |ruler| visit::visit_item_mod(ruler, item));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.within(&item.ident.to_string(), |ruler| visit::visit_item_trait(ruler, item));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.within(&name_of(&item.self_ty), |ruler| visit::visit_item_impl(ruler, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within(&item.sig.ident.to_string(), |ruler| {
            ruler.function(&item.sig, &item.block);
            visit::visit_item_fn(ruler, item);
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within(&item.sig.ident.to_string(), |ruler| {
            ruler.function(&item.sig, &item.block);
            visit::visit_impl_item_fn(ruler, item);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.within(&item.sig.ident.to_string(), |ruler| {
            match &item.default {
                Some(block) => ruler.function(&item.sig, block),
                None => ruler.signature(&item.sig),
            }
            visit::visit_trait_item_fn(ruler, item);
        });
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.within(&item.ident.to_string(), |ruler| ruler.note(Measure::Fields, item.fields.len()));
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.within(&item.ident.to_string(), |ruler| ruler.note(Measure::Fields, item.fields.named.len()));
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.within(&item.ident.to_string(), |ruler| {
            ruler.note(Measure::Variants, item.variants.len());
            visit::visit_item_enum(ruler, item);
        });
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.within(&variant.ident.to_string(), |ruler| ruler.note(Measure::Fields, variant.fields.len()));
    }
}

fn name_of(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(path) => {
            path.path.segments.last().map_or_else(|| "_".to_owned(), |segment| segment.ident.to_string())
        }
        syn::Type::Reference(reference) => name_of(&reference.elem),
        _ => "_".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn measures(text: &str, at: &str, of: Measure, size: usize) {
        let sizes = measure("a.rs", text).expect("the fixture parses");
        let sized = sizes.iter().find(|sized| sized.at == at && sized.measure == of);
        assert_eq!(sized.map(|sized| sized.size), Some(size), "{at} in {sizes:?}");
    }

    #[test]
    fn a_function_reaches_from_fn_to_its_last_brace() {
        let text = "/// Documented.\n#[inline]\nfn f(\n    a: u8,\n) {\n    a;\n}\n";
        measures(text, "a.rs f", Measure::FunctionLines, 5);
        measures(text, "a.rs", Measure::FileLines, 7);
    }

    #[test]
    fn parameters_are_counted_without_self() {
        measures("struct S; impl S { fn f(&self, a: u8, (b, c): (u8, u8)) {} }", "a.rs S::f", Measure::Parameters, 2);
        measures("trait T { fn f(self, a: u8); }", "a.rs T::f", Measure::Parameters, 1);
    }

    #[test]
    fn fields_and_variants_are_counted_where_they_stand() {
        measures("struct S { a: u8, b: u8 }", "a.rs S", Measure::Fields, 2);
        measures("struct S(u8);", "a.rs S", Measure::Fields, 1);
        measures("mod m { enum E { A, B { a: u8 }, C(u8, u8) } }", "a.rs m::E", Measure::Variants, 3);
        measures("enum E { A, B { a: u8, b: u8, c: u8 } }", "a.rs E::B", Measure::Fields, 3);
    }

    #[test]
    fn functions_inside_functions_and_trait_impls_are_seen() {
        measures("fn f() { fn g() {\n} }", "a.rs f::g", Measure::FunctionLines, 2);
        measures(
            "impl<T> Clone for &Pair<T> { fn clone(&self) -> Self { *self } }",
            "a.rs Pair::clone",
            Measure::FunctionLines,
            1,
        );
    }

    #[test]
    fn what_is_not_rust_is_an_error() {
        assert!(measure("a.rs", "fn (").is_err());
    }
}
