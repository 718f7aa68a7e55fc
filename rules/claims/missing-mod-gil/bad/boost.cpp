// A library that can declare by a further argument, and is not asked to.
#include <boost/python.hpp>

static int twice(int number) { return 2 * number; }

BOOST_PYTHON_MODULE(doubled)  // FIRES
{
    boost::python::def("twice", twice);
}
