"""Matrix: `MatrixAdapter`, one bot account on one homeserver; encrypted rooms with the extra `e2e`."""

from adapters.matrix.adapter import MatrixAdapter
from adapters.matrix.seeds import Rate

__all__ = ["MatrixAdapter", "Rate"]
