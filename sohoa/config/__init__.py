"""Settings from the environment and the catalogues (document types, indicators); the only place that reads either."""
