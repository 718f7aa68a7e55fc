// Written against the C API by hand; the slots hold no word about the GIL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit_fast() -> *mut PyObject { // FIRES
    PyModuleDef_Init(&raw mut DEFINITION)
}
