// Near miss: the attribute says it, whatever version of PyO3 compiles it.
#[pymodule(gil_used = false)]
mod _fast {}
