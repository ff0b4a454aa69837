"""What can be claimed: one module for each kind of claim, and the slips. A claim becomes a report; points come later."""
