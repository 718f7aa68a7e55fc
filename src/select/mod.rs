//! Which release and which files an installer for a target would choose.
