// Near miss: the view is the caller's, the bytes are copied, or the slice does not leave the function.
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;

fn bytes_of(view: &PyBuffer<u8>) -> &[u8] {
    unsafe { std::slice::from_raw_parts(view.buf_ptr() as *const u8, view.len_bytes()) }
}

fn copied(data: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let view = PyBuffer::<u8>::get(data)?;
    Ok(unsafe { std::slice::from_raw_parts(view.buf_ptr() as *const u8, view.len_bytes()) }.to_vec())
}

fn name_of(data: &Bound<'_, PyAny>) -> PyResult<&'static str> {
    let view = PyBuffer::<u8>::get(data)?;
    let bytes = unsafe { std::slice::from_raw_parts(view.buf_ptr() as *const u8, view.len_bytes()) };
    Ok(if is_text(bytes) { "text" } else { "bytes" })
}
