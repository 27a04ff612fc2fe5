mod attacks;
mod builds;
mod degraded;
mod lifetime;
mod report;
mod stand;
