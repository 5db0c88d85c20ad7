//! The named profiles hold what their source says, and a bad profile is refused with its name and key.

mod measured;

use super::*;

#[test]
fn every_named_profile_is_sound() {
    assert_eq!(Profile::names(), ["lan", "omerta", "perfect", "simblock-2015", "simblock-2019", "wan"]);
    for name in Profile::names() {
        let profile = Profile::named(&name).unwrap();
        assert_eq!(profile.name(), name);
        assert!(!profile.source().is_empty());
        assert!((profile.shares().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!([0, profile.regions().len()].contains(&profile.bandwidths().len()));
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let error = Profile::named("simblock").unwrap_err();
    let text = "there is no network profile `simblock`; the profiles are lan, omerta, perfect, simblock-2015, simblock-2019, wan";
    assert_eq!(error.to_string(), text);
}

/// Spot checks against `NetworkConfiguration.java` of SimBlock.
#[test]
fn simblock_2019_holds_the_published_values() {
    let profile = Profile::named("simblock-2019").unwrap();
    let region = |name| profile.regions().iter().position(|region| region == name).unwrap();
    let (america, europe, australia) = (region("north_america"), region("europe"), region("australia"));
    let mean_ms = |from: usize, to: usize| (profile.law(from as u16, to as u16).mean_ns() / 1e6 * 1e9).round() / 1e9;
    assert_eq!(mean_ms(america, europe), 124.0);
    assert_eq!(mean_ms(europe, europe), 11.0);
    assert_eq!(mean_ms(australia, europe), 294.0);
    let bandwidth = Bandwidth { upload_bps: 20_700_000, download_bps: 40_000_000 };
    assert_eq!(profile.bandwidths()[europe], bandwidth);
    assert_eq!(profile.shares()[europe], 0.4998);
    let litecoin = profile.with_region_share("litecoin").unwrap();
    assert_eq!(litecoin.shares()[europe], 0.4791);
    let error = litecoin.with_region_share("monero").unwrap_err().to_string();
    assert_eq!(error, "profile `simblock-2019` has no shares named `monero`; there are bitcoin, dogecoin, litecoin");
}

#[test]
fn plain_profiles_hold_the_data_files_values() {
    let wan = Profile::named("wan").unwrap();
    assert_eq!(wan.law(0, 0), Law::Lognormal { least_ns: 0.0, median_ns: 50e6, sigma: 0.3 });
    assert_eq!(wan.bandwidths(), [Bandwidth { upload_bps: 20_000_000, download_bps: 100_000_000 }]);
    assert_eq!(wan.loss(), 0.001);
    let lan = Profile::named("lan").unwrap();
    assert_eq!(lan.law(0, 0), Law::Lognormal { least_ns: 0.0, median_ns: 0.2e6, sigma: 0.1 });
    assert_eq!(lan.loss(), 0.000_001);
    let perfect = Profile::named("perfect").unwrap();
    assert_eq!(perfect.law(0, 0), Law::Constant { latency_ns: 1e6 });
    assert_eq!((perfect.bandwidths(), perfect.loss()), (&[][..], 0.0));
}

/// Two regions, constant latency; `change` is written over or after it.
fn refusal(change: &str) -> String {
    let mut lines = vec![
        "source = 'test'",
        "regions = ['a', 'b']",
        "latency_mean_ms = [[10, 20], [20, 10]]",
        "latency_sampling = 'constant'",
        "region_share.all = [0.5, 0.5]",
        "default_region_share = 'all'",
    ];
    for line in change.split(" ; ") {
        let (key, value) = line.split_once('=').unwrap();
        lines.retain(|old| old.split_once('=').is_none_or(|(old, _)| old.trim() != key.trim()));
        if !value.trim().is_empty() {
            lines.push(line);
        }
    }
    match Profile::parse(&format!("[test]\n{}", lines.join("\n")), "test") {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The snapshot shows every refusal as a person reads it.
#[test]
fn a_bad_profile_is_refused_with_its_name_and_key() {
    let changes = [
        "loss = 0.5",
        "latency_mean_ms = [[10, 20]]",
        "latency_mean_ms = [[10, 20], [20]]",
        "latency_mean_ms = [[10, 20], [21, 10]]",
        "latency_mean_ms = [[10, 20], [21, 10]] ; asymmetric = true",
        "latency_mean_ms = [[10, -1], [-1, 10]]",
        "latency_mean_ms = [[10, nan], [nan, 10]] ; asymmetric = true",
        "latency_mean_ms = [[10, inf], [inf, 10]]",
        "latency_mean_ms =",
        "latency_ms = 5",
        "latency_mean_ms = ; latency_ms = 5",
        "latency_sampling = 'gamma'",
        "latency_sampling = 'lognormal'",
        "latency_sampling = 'lognormal' ; sigma = -1",
        "latency_sampling = 'lognormal' ; sigma = 0.5",
        "sigma = 0.5",
        "whole_ms = true",
        "latency_sampling = 'simblock-pareto' ; latency_mean_ms = [[5, 20], [20, 10]]",
        "latency_sampling = 'simblock-pareto' ; whole_ms = true",
        "loss = 1.5",
        "loss = nan",
        "upload_bps = [1, 2]",
        "download_mbps = 5",
        "upload_bps = [1, 2] ; upload_mbps = 5",
        "upload_bps = [1] ; download_mbps = 5",
        "upload_bps = [1, 0] ; download_mbps = 5",
        "upload_mbps = 0 ; download_mbps = 5",
        "region_share.all = [0.5, 0.4999]",
        "region_share.all = [0.5, 0.4999999]",
        "region_share.all = [1.5, -0.5]",
        "region_share.all = [1]",
        "region_share.all =",
        "region_share.more = [0, 1] ; default_region_share =",
        "default_region_share = 'none'",
        "regions = []",
        "typo = 1",
        "source =",
    ];
    let shown: Vec<String> = changes.iter().map(|change| format!("{change}\n    {}", refusal(change))).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn shares_are_normalised() {
    let text = "[p]\nsource = ''\nregions = ['a', 'b']\nlatency_mean_ms = [[1, 1], [1, 1]]\nlatency_sampling = 'constant'\n\
                region_share.x = [0.5, 0.4999995]";
    let profile = Profile::parse(text, "p").unwrap();
    assert_eq!(profile.shares().iter().sum::<f64>(), 1.0);
}

#[test]
fn the_exponential_profile_is_ready_for_use() {
    let profile = Profile::exponential(Span::from_millis(1), Span::from_millis(9));
    assert_eq!(profile.law(0, 0), Law::Exponential { least_ns: 1e6, mean_ns: 9e6 });
    assert_eq!(profile.law(0, 0).mean_ns(), 10e6);
    assert!(profile.bandwidths().is_empty());
    assert!(profile.clone().with_loss(-0.1).is_err());
    assert_eq!(profile.with_loss(0.25).unwrap().loss(), 0.25);
}
