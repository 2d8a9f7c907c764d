"""What senders say, read strictly and kept leniently: each protocol's document becomes a report of alerts."""
