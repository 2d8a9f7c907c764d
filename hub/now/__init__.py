"""What needs me, now: the start page, the frame's parts and the command palette. Reads every area, owns nothing."""
