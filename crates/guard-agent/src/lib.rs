//! Engines that act in a cell: the shell agent, and later Claude Code behind a model relay.
