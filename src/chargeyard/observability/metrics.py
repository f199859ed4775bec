"""Figures of a node for Prometheus. Nothing is labelled by charge point, and a message costs nothing here.

What happens often is observed by the batch; everything else is looked up when somebody asks.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from msgspec import Struct
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

COMMITS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Figure(Struct, frozen=True):
    """One number, or several told apart by the value of `label`; `read` gives them when somebody asks."""

    name: str
    help: str
    kind: Literal["gauge", "counter"]
    read: Callable[[], float | Mapping[str, float]]
    label: str = ""


class Metrics(Collector):
    """The figures of one node. `figures` may be added until the first page is asked for."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self._registry = CollectorRegistry()
        self._commits = Histogram(
            "chargeyard_journal_batch_commits",
            "Commits that shared a database transaction.",
            buckets=COMMITS,
            registry=self._registry,
        )
        self._seconds = Histogram(
            "chargeyard_journal_commit_seconds",
            "From the start of a batch until it was durable, further tries included.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def batch_written(self, commits: int, seconds: float) -> None:
        """A batch of the journal is durable."""
        self._commits.observe(commits)
        self._seconds.observe(seconds)

    def page(self) -> bytes:
        """All figures as text (format 0.0.4)."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """The figures as they are now."""
        return [_family(figure) for figure in self.figures]


def _family(figure: Figure) -> Metric:
    kind = GaugeMetricFamily if figure.kind == "gauge" else CounterMetricFamily
    value = figure.read()
    if not isinstance(value, Mapping):
        return kind(figure.name, figure.help, value=value)
    family = kind(figure.name, figure.help, labels=[figure.label])
    for word, number in value.items():
        family.add_metric([word], number)
    return family
