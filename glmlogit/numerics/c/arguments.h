/* Arrays that Python hands to loops of penalised fits, checked. */

#ifndef GLMLOGIT_ARGUMENTS_H
#define GLMLOGIT_ARGUMENTS_H

#include "common.h"

/* Views of contiguous arrays of doubles (d, or D to be changed), 64-bit (q) or 32-bit (i) integers, as `kinds` says.
   None is left empty where it may stand for doubles (o), 64-bit (Q) or 32-bit (I) integers. */
static int take(PyObject **object, Py_buffer *view, const char *kinds, int count)
{
    for (int k = 0; k < count; k++) {
        const char kind = kinds[k];
        if (object[k] == Py_None && strchr("oQI", kind))
            continue;
        const int flags = PyBUF_FORMAT | PyBUF_C_CONTIGUOUS | (kind == 'D' ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(object[k], view + k, flags) < 0)
            return 1;
        const int real = kind == 'd' || kind == 'D' || kind == 'o';
        if (view[k].itemsize != (kind == 'i' || kind == 'I' ? 4 : 8) || real != (view[k].format && *view[k].format == 'd'))
            return refuse("arrays are contiguous, of float64, int64 or int32");
    }
    return 0;
}

static PyObject *release(Py_buffer *view, int count, int failed, double result)
{
    release_buffers(view, count);
    return failed ? NULL : PyFloat_FromDouble(result);
}

static int lengths_are(const Py_buffer *view, int first, int last, Py_ssize_t length)
{
    for (int k = first; k < last; k++)
        if (view[k].buf && view[k].len / view[k].itemsize != length)
            return 0;
    return 1;
}

#endif
