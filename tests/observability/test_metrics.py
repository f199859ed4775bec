"""The page of figures, as a scraper reads it."""

from prometheus_client.parser import text_string_to_metric_families

from chargeyard.observability.metrics import Figure, Metrics


def _samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.page().decode())
        for sample in family.samples
    }


def test_batches_are_counted_by_their_size_and_time() -> None:
    metrics = Metrics()
    metrics.batch_written(1, 0.004)
    metrics.batch_written(70, 0.3)
    samples = _samples(metrics)
    assert samples["chargeyard_journal_batch_commits_count", ()] == 2
    assert samples["chargeyard_journal_batch_commits_sum", ()] == 71
    assert samples["chargeyard_journal_batch_commits_bucket", ("1.0",)] == 1
    assert samples["chargeyard_journal_batch_commits_bucket", ("100.0",)] == 2
    assert samples["chargeyard_journal_commit_seconds_bucket", ("0.005",)] == 1
    assert samples["chargeyard_journal_commit_seconds_bucket", ("0.5",)] == 2


def test_figures_are_read_when_somebody_asks() -> None:
    metrics, told = Metrics(), {"fenced": 1}
    metrics.figures += [
        Figure("chargeyard_sessions", "Open sessions.", "gauge", lambda: len(told)),
        Figure("chargeyard_refused", "Refused.", "counter", lambda: told, "reason"),
    ]
    assert _samples(metrics)["chargeyard_sessions", ()] == 1
    told["poisoned"] = 5
    samples = _samples(metrics)
    assert samples["chargeyard_sessions", ()] == 2
    assert samples["chargeyard_refused_total", ("fenced",)] == 1
    assert samples["chargeyard_refused_total", ("poisoned",)] == 5


def test_two_nodes_in_one_process_have_figures_of_their_own() -> None:
    one, other = Metrics(), Metrics()
    one.batch_written(1, 0.001)
    assert _samples(other)["chargeyard_journal_batch_commits_count", ()] == 0
