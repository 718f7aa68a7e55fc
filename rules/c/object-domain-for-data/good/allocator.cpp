// Near miss: containers take their memory from the domain for data.
#include <Python.h>
#include <memory>

template <class T>
struct Allocator : public std::allocator<T> {
    T *allocate(size_t count) { return static_cast<T *>(PyMem_RawMalloc(sizeof(T) * count)); }
    void deallocate(T *memory, size_t) { PyMem_RawFree(memory); }
};
