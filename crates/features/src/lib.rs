//! Holds no code: the manifest of this package says what it is for.
