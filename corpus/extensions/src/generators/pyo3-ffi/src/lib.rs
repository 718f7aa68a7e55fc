//! As orjson does: definition and slots are made on the heap when the hook runs.
#![no_std]
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{c_int, c_void};
use pyo3_ffi::*;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(at: *mut c_void);
}

struct Heap;

unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { malloc(layout.size()).cast() }
    }
    unsafe fn dealloc(&self, at: *mut u8, _: Layout) {
        unsafe { free(at.cast()) }
    }
}

#[global_allocator]
static HEAP: Heap = Heap;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

unsafe extern "C" fn exec(_module: *mut PyObject) -> c_int {
    0
}

unsafe fn place<T>(value: T) -> *mut T {
    let at = unsafe { malloc(size_of::<T>()) }.cast::<T>();
    unsafe { at.write(value) };
    at
}

#[unsafe(no_mangle)]
#[allow(non_snake_case)]
pub unsafe extern "C" fn PyInit_mod() -> *mut PyObject {
    unsafe {
        let slots = place([
            PyModuleDef_Slot { slot: Py_mod_exec, value: exec as *mut c_void },
            PyModuleDef_Slot { slot: Py_mod_gil, value: Py_MOD_GIL_NOT_USED },
            PyModuleDef_Slot { slot: 0, value: core::ptr::null_mut() },
        ]);
        PyModuleDef_Init(place(PyModuleDef {
            m_base: PyModuleDef_HEAD_INIT,
            m_name: c"mod".as_ptr(),
            m_doc: core::ptr::null(),
            m_size: 0,
            m_methods: core::ptr::null_mut(),
            m_slots: slots.cast(),
            m_traverse: None,
            m_clear: None,
            m_free: None,
        }))
    }
}
