// Near miss: each step between the calls that begin and end the dict's critical section.
use pyo3::ffi;

struct Pairs {
    dict: *mut ffi::PyObject,
    at: isize,
}

impl Pairs {
    unsafe fn step(&mut self) -> bool {
        let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
        let mut section = std::mem::zeroed::<ffi::PyCriticalSection>();
        unsafe { ffi::PyCriticalSection_Begin(&mut section, self.dict) };
        let more = ffi::PyDict_Next(self.dict, &mut self.at, &mut key, &mut value) != 0;
        if more {
            ffi::Py_INCREF(key);
        }
        unsafe { ffi::PyCriticalSection_End(&mut section) };
        more
    }
}
