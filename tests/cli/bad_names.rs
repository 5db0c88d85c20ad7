//! Names that nothing has: keys, profiles, roles, nodes, metrics.

use crate::bad_files::{additions_refused, all_refused};

#[test]
fn an_unknown_key_is_met_with_the_nearest() {
    insta::assert_snapshot!(all_refused(&[
        ("at the top", "horizon =", "horizn ="),
        ("of the network", "profile =", "profil ="),
        ("of a population", "role =", "rôle ="),
        ("of the parameters", "endowment =", "endowmnt ="),
        ("of a command", "amount =", "ammount ="),
        ("of a role", "second =", "secnd ="),
        ("of an expectation", "at_least =", "at_leats ="),
        ("nothing near", "seeds =", "zzz ="),
    ]));
}

#[test]
fn a_missing_key_is_named_where_it_should_stand() {
    insta::assert_snapshot!(all_refused(&[
        ("the title", "title = \"A small attack\"\n", ""),
        ("the profile", "profile = \"lan\"\n", ""),
        ("the connectivity", "profile = \"lan\"", "profile = \"lan\"\ntopology = \"erdos-renyi\""),
        ("a parameter of a role", "parameters = { second = \"honest.1\" }\n", ""),
        ("a part of a command", ", amount = \"10 OMC\"", ""),
    ]));
}

#[test]
fn an_unknown_name_is_met_with_the_nearest() {
    insta::assert_snapshot!(all_refused(&[
        ("protocol", "\"ledger\"", "'legder'"),
        ("profile", "\"lan\"", "\"wann\""),
        ("topology", "profile = \"lan\"", "profile = \"lan\"\ntopology = \"complet\""),
        ("role", "\"double-spender\"", "\"duoble-spender\""),
        ("role by the name of the population", "name = \"honest\"", "name = \"hones\""),
        ("node of a command", "node = \"thief\"", "node = \"tief\""),
        ("node in a command", "to = \"honest.0\"", "to = \"honest.3\""),
        ("node of a role", "second = \"honest.1\"", "second = \"honset.1\""),
        ("a population for a node", "node = \"thief\"", "node = \"honest\""),
        ("command", "{ pay =", "{ pya ="),
        ("metric", "\"detected\"", "\"detectd\""),
        ("statistic", "\"min\"", "\"minimum\""),
    ]));
}

#[test]
fn an_unknown_name_in_a_further_part_is_met_with_the_nearest() {
    insta::assert_snapshot!(additions_refused(&[
        ("signatures", "[world]\ncrypto = \"rsa\""),
        ("fault", "[[fault]]\nkind = \"partitoin\"\nfrom = \"1 s\"\nuntil = \"2 s\""),
        ("side", "[[fault]]\nkind = \"partition\"\nfrom = \"1 s\"\nuntil = \"2 s\"\nsides = [[\"thief\"], [\"bob\"]]"),
        ("swept key", "[sweep]\n\"network.profil\" = [\"lan\"]"),
        ("swept value", "[sweep]\n\"network.profile\" = [\"lan\", \"wna\"]"),
        (
            "key of an expectation",
            "[[expect]]\nmetric = \"spread\"\nstatistic = \"max\"\nat_most = 1\nwhen = { \"network.size\" = 1 }"
        ),
    ]));
}
