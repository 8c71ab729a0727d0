/* Arrays in double-double: products with a matrix, tails of the logistic distribution, residuals, sums of columns.

   The twins of the lines in doubledouble.py, which says what is computed and why: the same operations in the same order,
   so that results are the same to the last bit. No multiplication is fused with an addition (this file is an extension
   of its own because of that option of the compiler), and loops run over rows, which fill vectors. */

#include "common.h"

#define TILE 128 /* rows at a time */

/* The unevaluated sum h + l. */
typedef struct {
    double h, l;
} Pair;

INLINE Pair two_sum(double a, double b)
{
    const double s = a + b, t = s - a;
    return (Pair){s, (a - (s - t)) + (b - t)};
}

INLINE Pair ordered_sum(double a, double b)
{
    const double s = a + b;
    return (Pair){s, b - (s - a)};
}

INLINE Pair split(double x)
{
    const double c = 134217729.0 * x, high = c - (c - x); /* 2^27 + 1 */
    return (Pair){high, x - high};
}

INLINE Pair product(double a, double b, Pair u, Pair v)
{
    const double p = a * b;
    return (Pair){p, (((u.h * v.h - p) + u.h * v.l) + u.l * v.h) + u.l * v.l};
}

INLINE Pair two_prod(double a, double b)
{
    return product(a, b, split(a), split(b));
}

INLINE Pair add(Pair a, Pair b)
{
    const Pair t = two_sum(a.l, b.l);
    Pair s = two_sum(a.h, b.h);
    s = ordered_sum(s.h, s.l + t.h);
    return ordered_sum(s.h, s.l + t.l);
}

INLINE Pair add_double(Pair a, double b)
{
    const Pair s = two_sum(a.h, b);
    return ordered_sum(s.h, s.l + a.l);
}

INLINE Pair multiply(Pair a, Pair b)
{
    const Pair p = two_prod(a.h, b.h);
    return ordered_sum(p.h, p.l + (a.h * b.l + a.l * b.h));
}

INLINE Pair multiply_double(Pair a, double b)
{
    const Pair p = two_prod(a.h, b);
    return ordered_sum(p.h, p.l + a.l * b);
}

INLINE Pair negative(Pair a)
{
    return (Pair){-a.h, -a.l};
}

INLINE Pair divide(Pair a, Pair b)
{
    const double first = a.h / b.h;
    const Pair rest = add(a, negative(multiply_double(b, first)));
    return ordered_sum(first, (rest.h + rest.l) / b.h);
}

INLINE Pair small_expm1(Pair r)
{
    const double x = r.h;
    Pair s = {x * (1.0 / 720 + x * (1.0 / 5040 + x * (1.0 / 40320 + x * (1.0 / 362880)))), 0.0};
    s = multiply(add(s, (Pair){0x1.1111111111111p-7, 0x1.1111111111111p-63}), r); /* 1/120 */
    s = multiply(add(s, (Pair){0x1.5555555555555p-5, 0x1.5555555555555p-59}), r); /* 1/24 */
    s = multiply(add(s, (Pair){0x1.5555555555555p-3, 0x1.5555555555555p-57}), r); /* 1/6 */
    s = add_double(s, 0.5);
    return add(r, multiply(multiply(r, r), s));
}

/* e^(2r) - 1 = 2s + s^2 of s = e^r - 1. */
INLINE Pair doubled(Pair s)
{
    return add((Pair){2.0 * s.h, 2.0 * s.l}, multiply(s, s));
}

/* Written out: a loop in the loop over rows would keep that from filling vectors. */
INLINE Pair thrice_doubled(Pair s)
{
    return doubled(doubled(doubled(s)));
}

INLINE Pair exponential(Pair x)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to a whole number in the low bits */
    double hi = x.h < -750.0 ? -750.0 : x.h;
    hi = hi > 710.0 ? 710.0 : hi;
    const double lo = hi == x.h ? x.l : 0.0;
    const double k = (hi / 0x1.62e42fefa38p-1 + shift) - shift;
    const Pair a = two_sum(hi, -k * 0x1.62e42fefa38p-1), b = two_sum(a.h, -k * 0x1.ef35793c76p-45), c = two_sum(b.h, lo);
    const Pair r = two_sum(c.h, ((c.l + b.l) + a.l) - k * 0x1.cc01f97b57a08p-87);
    Pair s = small_expm1((Pair){r.h * 0x1p-9, r.l * 0x1p-9});
    s = add_double(thrice_doubled(thrice_doubled(thrice_doubled(s))), 1.0);
    /* In two factors, the first of which leaves numbers normal: what is below the normal range is rounded once. */
    const double half = 0.5 * k + shift, rest = (k - (half - shift)) + shift;
    const double first = two_to(half), second = two_to(rest);
    return (Pair){s.h * first * second, s.l * first * second};
}

INLINE void tails_of(Pair eta, Pair *p, Pair *q)
{
    const double sign = eta.h >= 0.0 ? -1.0 : 1.0;
    const Pair one = {1.0, 0.0}, t = exponential((Pair){sign * eta.h, sign * eta.l});
    const Pair big = divide(one, add(one, t)), small = multiply(t, big);
    p->h = sign < 0.0 ? big.h : small.h, p->l = sign < 0.0 ? big.l : small.l;
    q->h = sign < 0.0 ? small.h : big.h, q->l = sign < 0.0 ? small.l : big.l;
}

/* --- loops over rows ---------------------------------------------------------------------------------------------- */
CLONES static void multiply_column(const double *restrict x, Py_ssize_t rows, double b, double low, double *restrict total,
                                   double *restrict error)
{
    const Pair v = split(b);
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        const Pair term = product(x[i], b, split(x[i]), v), sum = two_sum(total[i], term.h);
        total[i] = sum.h;
        error[i] = error[i] + (sum.l + term.l);
    }
    if (low != 0.0)
        for (Py_ssize_t i = 0; i < rows; i++)
            error[i] = error[i] + x[i] * low;
}

CLONES static void finish(const double *restrict total, const double *restrict error, Py_ssize_t rows,
                          double *restrict hi, double *restrict lo)
{
    for (Py_ssize_t i = 0; i < rows; i++) {
        const Pair sum = ordered_sum(total[i], error[i]);
        hi[i] = sum.h, lo[i] = sum.l;
    }
}

CLONES static void tail_rows(const double *restrict hi, const double *restrict lo, Py_ssize_t rows, double *restrict out,
                             Py_ssize_t step)
{
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        Pair p, q;
        tails_of((Pair){hi[i], lo[i]}, &p, &q);
        out[i] = p.h, out[step + i] = p.l, out[2 * step + i] = q.h, out[3 * step + i] = q.l;
    }
}

/* Tails p and q become residuals, gross values and weights, in place. */
CLONES static void residual_rows(const double *restrict events, const double *restrict nonevents, Py_ssize_t rows,
                                 double *restrict first, double *restrict second, double *restrict third,
                                 double *restrict fourth)
{
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        const Pair p = {first[i], second[i]}, q = {third[i], fourth[i]};
        const Pair up = multiply_double(q, events[i]), down = multiply_double(p, nonevents[i]);
        const Pair residual = add(up, negative(down));
        first[i] = residual.h, second[i] = residual.l, third[i] = up.h + down.h;
        fourth[i] = (events[i] + nonevents[i]) * p.h * q.h;
    }
}

/* Terms x * r as pairs; the sum over rows then halves them until one is left. */
CLONES static void terms_of(const double *restrict x, const double *restrict r, const double *restrict r_low,
                            Py_ssize_t rows, double *restrict hi, double *restrict lo)
{
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        const Pair term = two_prod(x[i], r[i]), sum = ordered_sum(term.h, term.l + x[i] * r_low[i]);
        hi[i] = sum.h, lo[i] = sum.l;
    }
}

CLONES static void fold_half(double *restrict hi, double *restrict lo, Py_ssize_t half)
{
    const double *restrict more = hi + half, *restrict more_low = lo + half;
#pragma omp simd
    for (Py_ssize_t i = 0; i < half; i++) {
        const Pair sum = add((Pair){hi[i], lo[i]}, (Pair){more[i], more_low[i]});
        hi[i] = sum.h, lo[i] = sum.l;
    }
}

static Pair pairwise(double *hi, double *lo, Py_ssize_t rows)
{
    while (rows > 1) {
        const Py_ssize_t half = rows / 2, odd = rows % 2;
        fold_half(hi, lo, half);
        if (odd)
            hi[half] = hi[2 * half], lo[half] = lo[2 * half];
        rows = half + odd;
    }
    return (Pair){hi[0], lo[0]};
}

/* Some rows of a column, one after the other. */
static void gather(const char *from, Py_ssize_t step, Py_ssize_t rows, double *to)
{
    if (step == sizeof(double))
        memcpy(to, from, (size_t)rows * sizeof(double));
    else
        for (Py_ssize_t i = 0; i < rows; i++)
            to[i] = *(const double *)(from + i * step);
}

/* --- arguments ---------------------------------------------------------------------------------------------------- */
#define MOST_BUFFERS 5

static int refuse(const char *text)
{
    PyErr_SetString(PyExc_ValueError, text);
    return 1;
}

/* Buffers of aligned doubles, of `dimensions[i]` axes each: the first with any strides, the others contiguous, the last
   to be written to. */
static int take(PyObject *const object[], Py_buffer view[], const int dimensions[], int count)
{
    for (int i = 0; i < count; i++) {
        const int order = (i ? PyBUF_C_CONTIGUOUS : PyBUF_STRIDES) | (i == count - 1 ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(object[i], view + i, order | PyBUF_FORMAT) < 0)
            return 1;
        if (view[i].ndim != dimensions[i] || strcmp(view[i].format, "d") || (uintptr_t)view[i].buf % sizeof(double))
            return refuse("expected aligned doubles");
        for (int d = 0; d < view[i].ndim; d++)
            if (view[i].strides[d] % (Py_ssize_t)sizeof(double))
                return refuse("expected aligned doubles");
    }
    return 0;
}

static PyObject *release(Py_buffer view[], int count, int failed)
{
    for (int i = 0; i < count; i++)
        if (view[i].obj)
            PyBuffer_Release(view + i);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

/* matmul(X, hi, lo, out): X (n, p), pairs (p, k), out (2, k, n). */
static PyObject *matmul(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[4];
    Py_buffer view[MOST_BUFFERS] = {{0}};
    static const int dimensions[] = {2, 2, 2, 3};
    double *memory = NULL;
    if (!PyArg_ParseTuple(args, "OOOO", object, object + 1, object + 2, object + 3))
        return NULL;
    int failed = take(object, view, dimensions, 4);
    if (!failed) {
        const Py_ssize_t n = view[0].shape[0], p = view[0].shape[1], k = view[1].shape[1], *to = view[3].shape;
        if (view[1].shape[0] != p || view[2].shape[0] != p || view[2].shape[1] != k || to[0] != 2 || to[1] != k ||
            to[2] != n)
            failed = refuse("shapes disagree");
        else if (!(memory = malloc((size_t)(2 * k + 1) * TILE * sizeof(double)))) {
            PyErr_NoMemory();
            failed = 1;
        } else {
            const double *hi = view[1].buf, *lo = view[2].buf;
            double *out = view[3].buf, *x = memory + 2 * k * TILE;
            Py_BEGIN_ALLOW_THREADS
            for (Py_ssize_t first = 0; first < n; first += TILE) {
                const Py_ssize_t rows = n - first < TILE ? n - first : TILE;
                memset(memory, 0, (size_t)(2 * k) * TILE * sizeof(double));
                for (Py_ssize_t j = 0; j < p; j++) {
                    gather((const char *)view[0].buf + first * view[0].strides[0] + j * view[0].strides[1],
                           view[0].strides[0], rows, x);
                    for (Py_ssize_t c = 0; c < k; c++)
                        multiply_column(x, rows, hi[j * k + c], lo[j * k + c], memory + 2 * c * TILE,
                                        memory + (2 * c + 1) * TILE);
                }
                for (Py_ssize_t c = 0; c < k; c++)
                    finish(memory + 2 * c * TILE, memory + (2 * c + 1) * TILE, rows, out + c * n + first,
                           out + (k + c) * n + first);
            }
            Py_END_ALLOW_THREADS
        }
    }
    free(memory);
    return release(view, 4, failed);
}

/* tails(eta, out): pairs (2, n), out (4, n): p and q, high and low. */
static PyObject *tails(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[2];
    Py_buffer view[MOST_BUFFERS] = {{0}};
    static const int dimensions[] = {2, 2};
    if (!PyArg_ParseTuple(args, "OO", object, object + 1))
        return NULL;
    int failed = take(object, view, dimensions, 2);
    if (!failed) {
        const Py_ssize_t n = view[0].shape[1];
        if (view[0].shape[0] != 2 || view[0].strides[1] != sizeof(double) || view[1].shape[0] != 4 ||
            view[1].shape[1] != n)
            failed = refuse("shapes disagree");
        else {
            const double *hi = view[0].buf, *lo = (const double *)((const char *)view[0].buf + view[0].strides[0]);
            Py_BEGIN_ALLOW_THREADS
            tail_rows(hi, lo, n, view[1].buf, n);
            Py_END_ALLOW_THREADS
        }
    }
    return release(view, 2, failed);
}

/* residuals(eta, events, nonevents, out): pairs (2, n), counts (n,), out (4, n): residuals high and low, gross values,
   weights. */
static PyObject *residuals(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[4];
    Py_buffer view[MOST_BUFFERS] = {{0}};
    static const int dimensions[] = {2, 1, 1, 2};
    if (!PyArg_ParseTuple(args, "OOOO", object, object + 1, object + 2, object + 3))
        return NULL;
    int failed = take(object, view, dimensions, 4);
    if (!failed) {
        const Py_ssize_t n = view[0].shape[1];
        if (view[0].shape[0] != 2 || view[0].strides[1] != sizeof(double) || view[1].shape[0] != n ||
            view[2].shape[0] != n || view[3].shape[0] != 4 || view[3].shape[1] != n)
            failed = refuse("shapes disagree");
        else {
            const double *hi = view[0].buf, *lo = (const double *)((const char *)view[0].buf + view[0].strides[0]);
            double *out = view[3].buf;
            Py_BEGIN_ALLOW_THREADS
            tail_rows(hi, lo, n, out, n);
            residual_rows(view[1].buf, view[2].buf, n, out, out + n, out + 2 * n, out + 3 * n);
            Py_END_ALLOW_THREADS
        }
    }
    return release(view, 4, failed);
}

/* column_sums(X, hi, lo, out): X (n, p), pairs (n,), out (2, p). */
static PyObject *column_sums(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[4];
    Py_buffer view[MOST_BUFFERS] = {{0}};
    static const int dimensions[] = {2, 1, 1, 2};
    double *memory = NULL;
    if (!PyArg_ParseTuple(args, "OOOO", object, object + 1, object + 2, object + 3))
        return NULL;
    int failed = take(object, view, dimensions, 4);
    if (!failed) {
        const Py_ssize_t n = view[0].shape[0], p = view[0].shape[1];
        if (n < 1 || view[1].shape[0] != n || view[2].shape[0] != n || view[3].shape[0] != 2 || view[3].shape[1] != p)
            failed = refuse("shapes disagree");
        else if (!(memory = malloc((size_t)(3 * n) * sizeof(double)))) {
            PyErr_NoMemory();
            failed = 1;
        } else {
            double *out = view[3].buf, *x = memory + 2 * n;
            Py_BEGIN_ALLOW_THREADS
            for (Py_ssize_t j = 0; j < p; j++) {
                gather((const char *)view[0].buf + j * view[0].strides[1], view[0].strides[0], n, x);
                terms_of(x, view[1].buf, view[2].buf, n, memory, memory + n);
                const Pair sum = pairwise(memory, memory + n, n);
                out[j] = sum.h, out[p + j] = sum.l;
            }
            Py_END_ALLOW_THREADS
        }
    }
    free(memory);
    return release(view, 4, failed);
}

static PyMethodDef methods[] = {
    {"matmul", matmul, METH_VARARGS, "Product of a matrix with pairs."},
    {"tails", tails, METH_VARARGS, "Probabilities of pairs, and one minus them."},
    {"residuals", residuals, METH_VARARGS, "Residuals, their gross values and weights."},
    {"column_sums", column_sums, METH_VARARGS, "Sums of the columns of a matrix times pairs."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_exact", "Arrays in double-double.", 0, methods, NULL, NULL,
                                    NULL, NULL};

PyMODINIT_FUNC PyInit__exact(void)
{
    return PyModule_Create(&module);
}
