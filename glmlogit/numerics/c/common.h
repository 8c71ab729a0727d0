/* What every compiled loop begins with, whichever extension it belongs to. */

#ifndef GLMLOGIT_COMMON_H
#define GLMLOGIT_COMMON_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The same code for several instruction sets, chosen when the library is loaded. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && !defined(ONE_TARGET)
#define SEVERAL_TARGETS
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif
#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

/* An exception for what Python handed over. */
static inline int refuse(const char *why)
{
    PyErr_SetString(PyExc_ValueError, why);
    return -1;
}

/* Let views go, those that were never taken included: these are zeros. */
static inline void release_buffers(Py_buffer *view, int count)
{
    for (int i = 0; i < count; i++)
        PyBuffer_Release(view + i);
}

/* The double whose exponent field is in the lowest bits of `shifted`, an integer k plus 1.5 * 2^52: 2^k. */
INLINE double two_to(double shifted)
{
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    memcpy(&shifted, &bits, sizeof bits);
    return shifted;
}

/* e^x for x <= 0: x = k log 2 + r, Taylor's series in |r| <= 0.35 (its next term is below 1e-17), and 2^k in
   two factors, so that results below the normal range are rounded, not flushed. */
INLINE double exp_of_negative(double x)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer in the low bits */
    double y = x < -746.0 ? -746.0 : x;
    double k = (y * 1.4426950408889634074 + shift) - shift;
    double r = (y - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    /* Even and odd powers apart: two short chains of operations instead of a long one. */
    double q = r * r;
    double odd = ((((1.0 / 6227020800.0 * q + 1.0 / 39916800.0) * q + 1.0 / 362880.0) * q + 1.0 / 5040.0) * q +
                  1.0 / 120.0) * q + 1.0 / 6.0;
    double even = ((((1.0 / 479001600.0 * q + 1.0 / 3628800.0) * q + 1.0 / 40320.0) * q + 1.0 / 720.0) * q +
                   1.0 / 24.0) * q + 0.5;
    double s = (odd * r + even) * q + r;
    double half = 0.5 * k + shift;
    return (1.0 + s) * two_to(half) * two_to((k - (half - shift)) + shift);
}

/* log(1 + t) for 0 <= t <= 1 as 2 artanh(t / (2 + t)): no cancellation for small t. */
INLINE double log1p_of_unit(double t)
{
    double u = t / (2.0 + t), v = u * u;
    double w = v * v;
    double odd = ((((((1.0 / 33.0 * w + 1.0 / 29.0) * w + 1.0 / 25.0) * w + 1.0 / 21.0) * w + 1.0 / 17.0) * w +
                   1.0 / 13.0) * w + 1.0 / 9.0) * w + 1.0 / 5.0;
    double even = ((((((1.0 / 31.0 * w + 1.0 / 27.0) * w + 1.0 / 23.0) * w + 1.0 / 19.0) * w + 1.0 / 15.0) * w +
                    1.0 / 11.0) * w + 1.0 / 7.0) * w + 1.0 / 3.0;
    double s = odd * v + even;
    return 2.0 * (u + u * (v * s));
}

#endif
