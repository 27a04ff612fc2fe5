mod attacks;
mod builds;
mod lifetime;
mod stand;
