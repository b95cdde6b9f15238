"""The tests, and the doubles and servers they need."""
