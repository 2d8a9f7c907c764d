"""The event feed: outbox, sequencer, cursors and WebSocket consumers. Owns no facts, only their order."""
