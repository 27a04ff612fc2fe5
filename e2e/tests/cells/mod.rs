mod attacks;
mod builds;
mod lifetime;
mod report;
mod stand;
