"""The rules: pure, synchronous, standard library only; no clock, no chance, no SQL, no chat."""
