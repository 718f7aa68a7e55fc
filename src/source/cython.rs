//! Reads Cython: hazards in `.pyx`, `.pxd` and `.pxi`.
