/* Near miss: whether it is there is all that is asked. */
#include <Python.h>

static int
interactive(void)
{
    if (PySys_GetObject("ps1") != NULL) {
        return 1;
    }
    return 0;
}
