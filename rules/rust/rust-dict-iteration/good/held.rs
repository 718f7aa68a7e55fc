// Near miss: the same inside the dict's critical section.
use pyo3::ffi;

fn total(dict: &Bound<'_, PyDict>) -> usize {
    let mut n = 0;
    with_critical_section(dict, || unsafe {
        let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        while ffi::PyDict_Next(dict.as_ptr(), &mut at, &mut key, &mut value) != 0 {
            n += 1;
        }
    });
    n
}
