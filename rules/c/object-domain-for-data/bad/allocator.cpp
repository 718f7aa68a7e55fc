// Containers and nodes of C++ hold no objects.
#include <Python.h>
#include <memory>

template <class T>
struct Allocator : public std::allocator<T> {
    T *allocate(size_t count, const void *hint = nullptr)
    {
        void *memory;
        if (count == 1)
            memory = PyObject_Malloc(sizeof(T));  // FIRES
        else
            memory = PyMem_Malloc(sizeof(T) * count);
        return static_cast<T *>(memory);
    }
};

struct Node {
    Node *next;
    void *operator new(size_t size) { return PyObject_Malloc(size); }  // FIRES
    void operator delete(void *memory) { PyObject_Free(memory); }
};
