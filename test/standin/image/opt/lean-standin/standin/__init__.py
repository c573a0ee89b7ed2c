"""Stand-in for LEAN in the tests and the demo of Lean Workbench: replays recordings of real runs; computes nothing."""
