"""What can be seen of a run while it goes on, and after: spans, logs, metrics, traces."""
