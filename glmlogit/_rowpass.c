/* One fused pass over the rows of a logit model: log-likelihood, score and information.

   The twin of the NumPy lines in _kernels.py, which says what is computed and why. Rows are taken in tiles
   that stay in the first-level cache; e^x and log(1 + t) are evaluated for a tile at a time, in loops that
   a compiler turns into vector instructions. Both are good to about one unit in the last place (tests). */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define TILE 64
#define WIDEST 64

/* The same code for several instruction sets, chosen when the library is loaded. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif

typedef struct {
    const double *X, *events, *nonevents, *offset, *beta, *scale;
    double *score, *gram;
    Py_ssize_t n, p;
} Pass;

/* 2^k for -1023 < k < 1024, by its exponent field. */
static inline double two_to(int64_t k)
{
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* e^x for x <= 0: x = k log 2 + r, Taylor's series in |r| <= 0.35 (its next term is below 1e-17), and 2^k in
   two factors, so that results below the normal range are rounded, not flushed. */
static inline double exp_of_negative(double x)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer in the low bits */
    double y = x < -746.0 ? -746.0 : x;
    double t = y * 1.4426950408889634074 + shift;
    int64_t bits;
    memcpy(&bits, &t, sizeof bits);
    int64_t k = (int64_t)((uint64_t)bits << 32) >> 32;
    double kd = t - shift;
    double r = (y - kd * 6.93147180369123816490e-01) - kd * 1.90821492927058770002e-10;
    /* Even and odd powers apart: two short chains of operations instead of a long one. */
    double q = r * r;
    double odd = ((((1.0 / 6227020800.0 * q + 1.0 / 39916800.0) * q + 1.0 / 362880.0) * q + 1.0 / 5040.0) * q +
                  1.0 / 120.0) * q + 1.0 / 6.0;
    double even = ((((1.0 / 479001600.0 * q + 1.0 / 3628800.0) * q + 1.0 / 40320.0) * q + 1.0 / 720.0) * q +
                   1.0 / 24.0) * q + 0.5;
    double s = (odd * r + even) * q + r;
    int64_t half = k / 2;
    return (1.0 + s) * two_to(half) * two_to(k - half);
}

/* log(1 + t) for 0 <= t <= 1 as 2 artanh(t / (2 + t)): no cancellation for small t. */
static inline double log1p_of_unit(double t)
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

/* Eight columns at a time; compilers split the type where registers are narrower. */
typedef double Eight __attribute__((vector_size(64), aligned(8), may_alias));

static inline Eight load(const double *from)
{
    return *(const Eight *)from;
}

static inline void add(double *to, Eight value, Py_ssize_t count)
{
    for (Py_ssize_t k = 0; k < count && k < 8; k++)
        to[k] += value[k];
}

/* Eight rows of x'x by eight columns: sums stay in registers over all rows of the tile. */
static inline void product(const double *x, Py_ssize_t stride, int rows, Py_ssize_t j, Py_ssize_t k, Py_ssize_t p,
                           double *gram)
{
    Eight s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, s5 = {0}, s6 = {0}, s7 = {0};
    for (int i = 0; i < rows; i++, x += stride) {
        const Eight right = load(x + k);
        const double *left = x + j;
        s0 += left[0] * right;
        s1 += left[1] * right;
        s2 += left[2] * right;
        s3 += left[3] * right;
        s4 += left[4] * right;
        s5 += left[5] * right;
        s6 += left[6] * right;
        s7 += left[7] * right;
    }
    const Eight sums[8] = {s0, s1, s2, s3, s4, s5, s6, s7};
    for (Py_ssize_t r = 0; r < 8 && j + r < p; r++)
        add(gram + (j + r) * p + k, sums[r], p - k);
}

/* Columns are padded with zeros to a multiple of eight: x has room for TILE rows of `stride` columns. */
CLONES static double tile(const Pass *pass, const double *beta, Py_ssize_t first, int rows, double *restrict x,
                          Py_ssize_t stride)
{
    const Py_ssize_t p = pass->p;
    const double *restrict events = pass->events + first, *restrict nonevents = pass->nonevents + first;
    double eta[TILE], residual[TILE], root[TILE], llf = 0.0;
    for (int i = 0; i < rows; i++) {
        const double *from = pass->X + (first + i) * p;
        double *to = x + i * stride;
        Eight sum = {0};
        Py_ssize_t k = 0;
        for (; k + 8 <= p; k += 8) {
            const Eight value = load(from + k);
            *(Eight *)(to + k) = value;
            sum += value * load(beta + k);
        }
        if (k < p) {
            for (Py_ssize_t j = k; j < p; j++)
                to[j] = from[j];
            sum += load(to + k) * load(beta + k);
        }
        eta[i] = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
        if (pass->offset)
            eta[i] += pass->offset[first + i];
    }
#pragma omp simd reduction(+ : llf)
    for (int i = 0; i < rows; i++) {
        double size = fabs(eta[i]), a = events[i], b = nonevents[i];
        double t = exp_of_negative(-size), big = 1.0 / (1.0 + t), small = t * big;
        int up = eta[i] >= 0.0;
        double with = up ? a : b, against = up ? b : a;
        double r = with * small - against * big;
        residual[i] = up ? r : -r;
        root[i] = sqrt((a + b) * small * big);
        llf -= (a + b) * log1p_of_unit(t) + against * size;
    }
    for (Py_ssize_t k = 0; k < p; k += 8) {
        Eight sum = {0};
        for (int i = 0; i < rows; i++) {
            const Eight value = load(x + i * stride + k);
            sum += residual[i] * value;
            *(Eight *)(x + i * stride + k) = root[i] * value;
        }
        add(pass->score + k, sum, p - k);
    }
    if (pass->scale)
        for (int i = 0; i < rows; i++)
            for (Py_ssize_t j = 0; j < p; j++)
                x[i * stride + j] *= pass->scale[j];
    for (Py_ssize_t j = 0; j < p; j += 8)
        for (Py_ssize_t k = j; k < p; k += 8)
            product(x, stride, rows, j, k, p, pass->gram);
    return llf;
}

static double whole(const Pass *pass)
{
    const Py_ssize_t stride = (pass->p + 7) & ~(Py_ssize_t)7;
    double x[TILE * WIDEST] = {0}, beta[WIDEST] = {0}, llf = 0.0;
    memcpy(beta, pass->beta, sizeof(double) * (size_t)pass->p);
    for (Py_ssize_t first = 0; first < pass->n; first += TILE) {
        Py_ssize_t left = pass->n - first;
        llf += tile(pass, beta, first, left < TILE ? (int)left : TILE, x, stride);
    }
    for (Py_ssize_t j = 0; j < pass->p; j++)
        for (Py_ssize_t k = 0; k < j; k++)
            pass->gram[j * pass->p + k] = pass->gram[k * pass->p + j];
    return llf;
}

/* A contiguous buffer of `count` doubles, or NULL with an exception; None gives NULL without one. */
static double *doubles(PyObject *object, Py_buffer *view, Py_ssize_t count, int writable)
{
    if (PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0)) < 0)
        return NULL;
    if (view->itemsize == sizeof(double) && view->len == count * (Py_ssize_t)sizeof(double) && view->format &&
        strcmp(view->format, "d") == 0)
        return view->buf;
    PyErr_Format(PyExc_ValueError, "expected %zd contiguous doubles", count);
    PyBuffer_Release(view);
    view->obj = NULL;
    return NULL;
}

/* accumulate(X, events, nonevents, offset, beta, scale, score, gram, n, p) -> llf */
static PyObject *accumulate(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[8];
    Pass pass = {0};
    if (!PyArg_ParseTuple(args, "OOOOOOOOnn", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, object + 7, &pass.n, &pass.p))
        return NULL;
    if (pass.p < 1 || pass.p > WIDEST || pass.n < 0) {
        PyErr_Format(PyExc_ValueError, "between 1 and %d columns", WIDEST);
        return NULL;
    }
    const Py_ssize_t n = pass.n, p = pass.p;
    const Py_ssize_t count[8] = {n * p, n, n, n, p, p, p, p * p};
    Py_buffer view[8];
    double *data[8] = {0};
    int held = 0, failed = 0;
    memset(view, 0, sizeof view);
    for (; held < 8 && !failed; held++)
        if (object[held] != Py_None)
            failed = (data[held] = doubles(object[held], view + held, count[held], held >= 6)) == NULL;
    double llf = 0.0;
    if (!failed) {
        pass.X = data[0], pass.events = data[1], pass.nonevents = data[2], pass.offset = data[3];
        pass.beta = data[4], pass.scale = data[5], pass.score = data[6], pass.gram = data[7];
        Py_BEGIN_ALLOW_THREADS
        llf = whole(&pass);
        Py_END_ALLOW_THREADS
    }
    for (int i = 0; i < held; i++)
        if (view[i].obj)
            PyBuffer_Release(view + i);
    return failed ? NULL : PyFloat_FromDouble(llf);
}

static PyMethodDef methods[] = {
    {"accumulate", accumulate, METH_VARARGS, "Add score and information; return the log-likelihood."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_rowpass", "Row pass of the logit model.", 0, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__rowpass(void)
{
    return PyModule_Create(&module);
}
