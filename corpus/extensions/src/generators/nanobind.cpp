// Definition and slots are made on the heap.
#include <nanobind/nanobind.h>

NB_MODULE(mod, m) {
    m.attr("answer") = 42;
}
