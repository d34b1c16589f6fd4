"""Prometheus counters and histograms of one dialer process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

_FAST = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """What is counted, in a registry of its own so that two can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.launched = Counter("ringpool_calls_launched", "Calls originated", registry=self.registry)
        self.ended = Counter(
            "ringpool_calls_ended", "Calls over, by outcome", ["outcome"], registry=self.registry
        )
        self.connect = Histogram(
            "ringpool_answer_to_bridge_seconds",
            "Prospect answered to both in the bridge",
            buckets=_FAST,
            registry=self.registry,
        )
        self.step = Histogram(
            "ringpool_step_seconds", "Event to commit", buckets=_FAST, registry=self.registry
        )
        self.refused = Counter(
            "ringpool_ari_errors", "Commands Asterisk refused", ["command"], registry=self.registry
        )
        self.reconnects = Counter(
            "ringpool_ari_connections", "WebSocket connections made", registry=self.registry
        )
        self.live = Gauge("ringpool_calls_live", "Calls with events in hand", registry=self.registry)

    def serve(self, host: str, port: int) -> int:
        """Serve ``/metrics``; return the port that it listens on."""
        server, _ = start_http_server(port, host, self.registry)
        return int(server.server_port)
