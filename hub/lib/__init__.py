"""The bottom layer: errors, events, clock, identity and the row-level security operation. No models live here."""
