"""The store: registers, ballot boxes, what waits to be said, and who is who."""
