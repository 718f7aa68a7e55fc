// An iterator around the raw loop: whoever makes one has to hold the dict's lock for as long as it runs.
use pyo3::ffi;

pub struct Items {
    dict: *mut ffi::PyObject,
    at: isize,
}

impl Items {
    pub fn of(dict: *mut ffi::PyObject) -> Self {
        Items { dict, at: 0 }
    }
}

impl Iterator for Items {
    type Item = *mut ffi::PyObject;

    fn next(&mut self) -> Option<Self::Item> {
        let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
        unsafe { (ffi::PyDict_Next(self.dict, &mut self.at, &mut key, &mut value) != 0).then_some(value) }
    }
}

fn write(dict: *mut ffi::PyObject, out: &mut Writer) {
    for value in Items::of(dict) { // FIRES
        out.put(value);
    }
}
