"""The gateway killed under load: what its own store has to keep."""
