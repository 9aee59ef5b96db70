"""The places of the matrix, each with a native client of its protocol that knows nothing of the gateway's code."""

from tests.matrix.places.place import Place

__all__ = ["Place"]
