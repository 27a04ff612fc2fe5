//! Tests that need real outside parts: bubblewrap, cargo, npm.
