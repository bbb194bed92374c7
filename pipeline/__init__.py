"""The composer: read, validate, transform, plan, apply, remember."""
