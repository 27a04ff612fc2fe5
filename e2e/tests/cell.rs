//! A real cell, attacked from inside. Needs bubblewrap, bash and python3; the builds also need cargo and npm.

#![allow(clippy::expect_used, reason = "a helper of a test fails the test")]

mod cells;
