// The memory of a buffer whose view ends with the function, and that of an object whose borrow does.
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;

fn bytes_of<'a>(data: &'a Bound<'_, PyAny>) -> PyResult<&'a [u8]> {
    let view = PyBuffer::<u8>::get(data)?;
    if let Some(cells) = view.as_slice(data.py()) {
        let first = cells.as_ptr();
        Ok(unsafe { std::slice::from_raw_parts(first as *const u8, cells.len()) }) // FIRES
    } else {
        Err(not_contiguous())
    }
}

impl Source<'_> {
    fn as_bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Source::Ours(object) => {
                let mut held = object.borrow_mut();
                let bytes = held.bytes_mut();
                unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr(), bytes.len()) } // FIRES
            }
            Source::Other(bytes) => bytes,
        }
    }
}
