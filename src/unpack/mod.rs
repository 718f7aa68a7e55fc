//! Members of wheels, sdists and trees, in memory and within limits.
