/* A hostile hook: it never returns, and the reader has to. */
#include "pyabi.h"

EXPORT PyObject *
PyInit_mod(void)
{
    volatile unsigned n = 0;
    for (;;)
        n++;
}
