//! The node's numbers for Prometheus. Each node has a recorder of its own, so that many nodes in one process do not mix.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics::{counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use super::About;
use super::status::Health;
use crate::transport::{Counters, Traffic};

/// Upper bounds of the buckets for the time of a commit, in seconds.
const COMMIT_SECONDS: [f64; 9] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0];

/// A recorder.
pub struct Metrics {
    recorder: PrometheusRecorder,
    /// Why the node was not ready when somebody read: what is over goes back to 0.
    reasons: Mutex<BTreeSet<&'static str>>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let matcher = Matcher::Full("dunbar_commit_seconds".to_owned());
        let builder = PrometheusBuilder::new();
        let recorder = match builder.set_buckets_for_metric(matcher, &COMMIT_SECONDS) {
            Ok(builder) => builder.build_recorder(),
            // Only an empty list of buckets is refused.
            Err(_) => PrometheusBuilder::new().build_recorder(),
        };
        let metrics = Metrics { recorder, reasons: Mutex::default() };
        with_local_recorder(&metrics.recorder, describe);
        metrics
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!("dunbar_steps_total", "Steps of the actor");
    describe_counter!("dunbar_commits_total", "Commits that became durable");
    describe_counter!("dunbar_messages_total", "Messages that left after a commit");
    describe_counter!("dunbar_observations_total", "Facts that the actor stated, by name");
    describe_histogram!("dunbar_commit_seconds", "Time of a commit");
    describe_gauge!("dunbar_store_bytes", "Bytes of the store: of its keys and values, and of its file");
    describe_counter!("dunbar_frames_total", "Frames given to and taken from connections");
    describe_counter!("dunbar_frame_bytes_total", "Bytes of these frames");
    describe_counter!("dunbar_dropped_total", "Frames that went no further, by reason");
    describe_counter!("dunbar_refused_total", "Connections, frames and records that were turned away, by reason");
    describe_counter!("dunbar_unread_total", "Datagrams that were left unread, by reason");
    describe_counter!("dunbar_slowed_total", "Times that a peer waited because the node had too much to do");
    describe_counter!("dunbar_connections_total", "Connections that came up, by the end that dialled");
    describe_counter!("dunbar_dials_failed_total", "Attempts to dial that failed");
    describe_gauge!("dunbar_peers_connected", "Peers to which a connection is up");
    describe_gauge!("dunbar_peers_known", "Endpoint records of others that are kept");
    describe_gauge!("dunbar_healthy", "1 if the node does its work");
    describe_gauge!("dunbar_ready", "1 if the node can do what is asked of it");
    describe_gauge!("dunbar_unready", "1 for the reason why it cannot");
    describe_gauge!("dunbar_uptime_seconds", "Seconds since the node began");
}

impl Metrics {
    pub(crate) fn committed(&self, took: Duration) {
        with_local_recorder(&self.recorder, || histogram!("dunbar_commit_seconds").record(took.as_secs_f64()));
    }

    pub(crate) fn observed(&self, name: &str) {
        with_local_recorder(&self.recorder, || {
            counter!("dunbar_observations_total", "name" => name.to_owned()).increment(1)
        });
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self, about: &About) -> String {
        let handle = self.recorder.handle();
        // The handle's own tasks would need a thread: what they do is done at every reading.
        handle.run_upkeep();
        with_local_recorder(&self.recorder, || {
            let work = about.status.work();
            let others =
                about.transport.address_book().known().filter(|known| known.signed.record.peer != about.id).count();
            counter!("dunbar_steps_total").absolute(work.steps);
            counter!("dunbar_commits_total").absolute(work.commits);
            counter!("dunbar_messages_total").absolute(work.messages);
            gauge!("dunbar_store_bytes", "of" => "content").set(work.store_content_bytes as f64);
            gauge!("dunbar_store_bytes", "of" => "file").set(work.store_file_bytes as f64);
            of_transport(&about.transport.counters());
            gauge!("dunbar_peers_connected").set(about.transport.connected().len() as f64);
            gauge!("dunbar_peers_known").set(others as f64);
            gauge!("dunbar_healthy").set(f64::from(u8::from(about.status.health() == Health::Ok)));
            self.of_readiness(about);
            gauge!("dunbar_uptime_seconds").set(about.began.elapsed().as_secs_f64());
        });
        handle.render()
    }

    fn of_readiness(&self, about: &About) {
        let unready = about.status.unready().map(|unready| unready.reason);
        gauge!("dunbar_ready").set(f64::from(u8::from(unready.is_none())));
        let mut reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        reasons.extend(unready);
        for reason in reasons.iter() {
            gauge!("dunbar_unready", "reason" => *reason).set(f64::from(u8::from(unready == Some(reason))));
        }
    }
}

fn of_transport(counters: &Counters) {
    for (direction, traffic) in [("sent", &counters.sent), ("received", &counters.received)] {
        let Traffic { stream_frames, datagrams, bytes } = *traffic;
        counter!("dunbar_frames_total", "direction" => direction, "kind" => "stream").absolute(stream_frames);
        counter!("dunbar_frames_total", "direction" => direction, "kind" => "datagram").absolute(datagrams);
        counter!("dunbar_frame_bytes_total", "direction" => direction).absolute(bytes);
    }
    for (reason, count) in counters.dropped.by_reason() {
        counter!("dunbar_dropped_total", "reason" => reason).absolute(count);
    }
    for (reason, count) in counters.refused.by_reason() {
        counter!("dunbar_refused_total", "reason" => reason).absolute(count);
    }
    for (reason, count) in counters.unread.by_reason() {
        counter!("dunbar_unread_total", "reason" => reason).absolute(count);
    }
    counter!("dunbar_slowed_total").absolute(counters.slowed);
    counter!("dunbar_connections_total", "dialled_by" => "us").absolute(counters.dialled);
    counter!("dunbar_connections_total", "dialled_by" => "peer").absolute(counters.accepted);
    counter!("dunbar_dials_failed_total").absolute(counters.dials_failed);
}
