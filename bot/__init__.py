"""The process: what is heard becomes a command, what was decided is kept and said."""
