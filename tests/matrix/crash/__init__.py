"""Gateways and brokers killed under load, from every source that can wait to every sink that confirms."""
