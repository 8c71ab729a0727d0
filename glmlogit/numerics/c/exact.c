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

/* Exact in both forms unless a part underflows; a constant says which, and one of them is left. */
INLINE Pair two_prod(double a, double b, const int fused)
{
    const double p = a * b;
    if (fused)
        return (Pair){p, fma(a, b, -p)};
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

INLINE Pair multiply(Pair a, Pair b, const int fused)
{
    const Pair p = two_prod(a.h, b.h, fused);
    return ordered_sum(p.h, p.l + (a.h * b.l + a.l * b.h));
}

INLINE Pair multiply_double(Pair a, double b, const int fused)
{
    const Pair p = two_prod(a.h, b, fused);
    return ordered_sum(p.h, p.l + a.l * b);
}

INLINE Pair negative(Pair a)
{
    return (Pair){-a.h, -a.l};
}

INLINE Pair divide(Pair a, Pair b, const int fused)
{
    const double first = a.h / b.h;
    const Pair rest = add(a, negative(multiply_double(b, first, fused)));
    return ordered_sum(first, (rest.h + rest.l) / b.h);
}

INLINE Pair small_expm1(Pair r, const int fused)
{
    const double x = r.h;
    const double tail = x * (1.0 / 120 + x * (1.0 / 720 + x * (1.0 / 5040 + x * (1.0 / 40320 + x * (1.0 / 362880)))));
    Pair s = {tail, 0.0};
    s = multiply(add(s, (Pair){0x1.5555555555555p-5, 0x1.5555555555555p-59}), r, fused); /* 1/24 */
    s = multiply(add(s, (Pair){0x1.5555555555555p-3, 0x1.5555555555555p-57}), r, fused); /* 1/6 */
    s = add_double(s, 0.5);
    return add(r, multiply(multiply(r, r, fused), s, fused));
}

#define STEPS 512.0
#define FURTHEST 178 /* steps in half of log 2, rounded up */

/* e^x - 1 of x = -178/512, ..., 178/512, as doubledouble.py has it; as many as the index of a NaN may say. */
static double table_high[512], table_low[512];

INLINE Pair exponential(Pair x, const int fused)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to a whole number in the low bits */
    double hi = x.h < -750.0 ? -750.0 : x.h;
    hi = hi > 710.0 ? 710.0 : hi;
    const double lo = hi == x.h ? x.l : 0.0;
    const double k = (hi / 0x1.62e42fefa38p-1 + shift) - shift;
    const Pair a = two_sum(hi, -k * 0x1.62e42fefa38p-1), b = two_sum(a.h, -k * 0x1.ef35793c76p-45), c = two_sum(b.h, lo);
    const Pair r = two_sum(c.h, ((c.l + b.l) + a.l) - k * 0x1.cc01f97b57a08p-87);
    const double shifted = r.h * STEPS + (shift + FURTHEST), j = shifted - (shift + FURTHEST);
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    const Pair e = {table_high[bits & 511], table_low[bits & 511]};
    Pair s = small_expm1(ordered_sum(r.h - j / STEPS, r.l), fused);
    s = add_double(add(e, add(s, multiply(e, s, fused))), 1.0);
    /* In two factors, the first of which leaves numbers normal: what is below the normal range is rounded once. */
    const double half = 0.5 * k + shift, rest = (k - (half - shift)) + shift;
    const double first = two_to(half), second = two_to(rest);
    return (Pair){s.h * first * second, s.l * first * second};
}

/* 1 / (1 + t) and t / (1 + t) of t = e^-|eta|. */
INLINE void both_tails(Pair t, int above, Pair *p, Pair *q, const int fused)
{
    const Pair one = {1.0, 0.0}, big = divide(one, add(one, t), fused), small = multiply(t, big, fused);
    p->h = above ? big.h : small.h, p->l = above ? big.l : small.l;
    q->h = above ? small.h : big.h, q->l = above ? small.l : big.l;
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
        const double sign = hi[i] >= 0.0 ? -1.0 : 1.0;
        both_tails(exponential((Pair){sign * hi[i], sign * lo[i]}, 0), hi[i] >= 0.0, &p, &q, 0);
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
        const Pair up = multiply_double(q, events[i], 0), down = multiply_double(p, nonevents[i], 0);
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
        const Pair term = two_prod(x[i], r[i], 0), sum = ordered_sum(term.h, term.l + x[i] * r_low[i]);
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

/* --- the score of rows, all in one: products are fused, which changes nothing but where a part underflows ---------------- */
/* Counts, predictors and residuals of one tile, row by row. */
typedef struct {
    double events[TILE], nonevents[TILE], hi[TILE], lo[TILE], gross[TILE], weight[TILE], root_of_weight[TILE], squares[TILE];
    double tails[4 * TILE];
} Tile;

/* A column is added to linear predictors, and to the gross values of these. */
CLONES static void add_column(const double *restrict x, Py_ssize_t rows, double b, double low, Tile *restrict tile)
{
    double *restrict total = tile->hi, *restrict error = tile->lo, *restrict gross = tile->gross;
    const double size = fabs(b);
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        const Pair term = two_prod(x[i], b, 1), sum = two_sum(total[i], term.h);
        total[i] = sum.h;
        error[i] = (error[i] + (sum.l + term.l)) + x[i] * low;
        gross[i] += fabs(x[i]) * size;
    }
}

CLONES static void finish_predictors(Tile *restrict tile, const double *restrict offset, Py_ssize_t rows)
{
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        const Pair eta = ordered_sum(tile->hi[i], tile->lo[i]);
        tile->hi[i] = eta.h, tile->lo[i] = eta.l;
    }
    if (!offset)
        return;
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        const Pair eta = add_double((Pair){tile->hi[i], tile->lo[i]}, offset[i]);
        tile->hi[i] = eta.h, tile->lo[i] = eta.l;
        tile->gross[i] += fabs(offset[i]);
    }
}

CLONES static void fused_tail_rows(const double *restrict hi, const double *restrict lo, Py_ssize_t rows,
                                   double *restrict out)
{
    double *restrict high = out, *restrict low = out + TILE, *restrict third = out + 2 * TILE, *restrict fourth = out + 3 * TILE;
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        const double sign = hi[i] >= 0.0 ? -1.0 : 1.0;
        const Pair t = exponential((Pair){sign * hi[i], sign * lo[i]}, 1);
        high[i] = t.h, low[i] = t.l;
    }
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        Pair p, q;
        both_tails((Pair){high[i], low[i]}, hi[i] >= 0.0, &p, &q, 1);
        high[i] = p.h, low[i] = p.l, third[i] = q.h, fourth[i] = q.l;
    }
}

/* log(1 + t) of t = small/big in [0, 1], as 2 artanh(t / (2 + t)): its series up to what changes no double, the first
   term as a pair. */
INLINE Pair log_of_one_and(Pair small, Pair big)
{
    const double t = small.h / big.h, left = (fma(-t, big.h, small.h) + (small.l - t * big.l)) / big.h;
    const double below = 2.0 + t, rounded = t - (below - 2.0), z = t / below, s = z * z;
    double sum = 1.0 / 35;
    sum = fma(sum, s, 1.0 / 33), sum = fma(sum, s, 1.0 / 31), sum = fma(sum, s, 1.0 / 29), sum = fma(sum, s, 1.0 / 27);
    sum = fma(sum, s, 1.0 / 25), sum = fma(sum, s, 1.0 / 23), sum = fma(sum, s, 1.0 / 21), sum = fma(sum, s, 1.0 / 19);
    sum = fma(sum, s, 1.0 / 17), sum = fma(sum, s, 1.0 / 15), sum = fma(sum, s, 1.0 / 13), sum = fma(sum, s, 1.0 / 11);
    sum = fma(sum, s, 1.0 / 9), sum = fma(sum, s, 1.0 / 7), sum = fma(sum, s, 1.0 / 5), sum = fma(sum, s, 1.0 / 3);
    const double of_quotient = (fma(-z, below, t) - z * rounded) / below;
    return (Pair){2.0 * z, 2.0 * (of_quotient + z * s * sum) + left * big.h};
}

/* Predictors become residuals; their gross values become bounds of errors in `shift`, and those of residuals. Their
   log-likelihoods are added to sums, one for each place in a tile. */
CLONES static void residuals_of_tile(Tile *restrict tile, Py_ssize_t rows, double unit, double *restrict gross,
                                     double *restrict weight, double *restrict shift, double *restrict value,
                                     double *restrict value_low)
{
    const double *restrict tails = tile->tails;
    fused_tail_rows(tile->hi, tile->lo, rows, tile->tails);
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        const double high = tile->hi[i], low = tile->lo[i], sign = high >= 0.0 ? 1.0 : 0.0;
        const double a = tile->events[i], b = tile->nonevents[i];
        const Pair p = {tails[i], tails[TILE + i]}, q = {tails[2 * TILE + i], tails[3 * TILE + i]};
        const Pair up = multiply_double(q, a, 1), down = multiply_double(p, b, 1), residual = add(up, negative(down));
        const double w = (a + b) * p.h * q.h;
        const Pair small = {sign ? q.h : p.h, sign ? q.l : p.l}, big = {sign ? p.h : q.h, sign ? p.l : q.l};
        const Pair logarithm = log_of_one_and(small, big), of_all = two_prod(a + b, logarithm.h, 1);
        const Pair far = two_prod(sign ? b : a, fabs(high), 1), term = two_sum(of_all.h, far.h);
        const Pair sum = two_sum(value[i], -term.h);
        value[i] = sum.h;
        value_low[i] += sum.l - (term.l + (of_all.l + far.l + (a + b) * logarithm.l));
        value_low[i] += residual.h != 0.0 ? residual.h * low : 0.0;
        shift[i] = unit * tile->gross[i];
        tile->hi[i] = residual.h, tile->lo[i] = residual.l;
        gross[i] = tile->gross[i] = up.h + down.h;
        weight[i] = w;
        tile->root_of_weight[i] = sqrt(w);
    }
}

/* x times residuals is added to sums, one for each place in a tile. */
CLONES static double add_terms(const double *restrict x, const Tile *restrict tile, Py_ssize_t rows, double *restrict hi,
                               double *restrict lo)
{
    const double *restrict r = tile->hi, *restrict low = tile->lo, *restrict gross = tile->gross;
    double size = 0.0;
#pragma omp simd reduction(+ : size)
    for (Py_ssize_t i = 0; i < rows; i++) {
        const Pair term = two_prod(x[i], r[i], 1);
        const Pair sum = add((Pair){hi[i], lo[i]}, ordered_sum(term.h, term.l + x[i] * low[i]));
        hi[i] = sum.h, lo[i] = sum.l;
        size += gross[i] * fabs(x[i]);
    }
    return size;
}

INLINE Py_ssize_t up_to_four(Py_ssize_t k)
{
    return (k + 3) / 4 * 4;
}

INLINE void add_image_term(double x, double b, double *total, double *error)
{
    const Pair term = two_prod(x, b, 1), sum = two_sum(*total, term.h);
    *total = sum.h;
    *error += sum.l + term.l;
}

/* Four columns of X at a time: what they add to is read and written once. */
CLONES static void add_image(const double *restrict x, Py_ssize_t rows, const double b[4], double *restrict total,
                             double *restrict error)
{
    const double *restrict y = x + TILE, *restrict z = y + TILE, *restrict w = z + TILE;
    const double b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        double sum = total[i], rest = error[i];
        add_image_term(x[i], b0, &sum, &rest);
        add_image_term(y[i], b1, &sum, &rest);
        add_image_term(z[i], b2, &sum, &rest);
        add_image_term(w[i], b3, &sum, &rest);
        total[i] = sum, error[i] = rest;
    }
}

CLONES static void round_image(double *restrict total, const double *restrict error, Py_ssize_t rows, Tile *restrict tile)
{
    double *restrict squares = tile->squares;
    const double *restrict root = tile->root_of_weight;
#pragma omp simd
    for (Py_ssize_t i = 0; i < rows; i++) {
        const double z = total[i] + error[i];
        squares[i] += z * z;
        total[i] = z * root[i];
    }
}

CLONES static double largest(const double *restrict values, Py_ssize_t rows, double most)
{
#pragma omp simd reduction(max : most)
    for (Py_ssize_t i = 0; i < rows; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

/* Products of a column with four others. */
CLONES static void dots(const double *restrict a, const double *restrict b, Py_ssize_t rows, double sums[4])
{
    const double *restrict c = b + TILE, *restrict d = c + TILE, *restrict e = d + TILE;
    double of_b = 0.0, of_c = 0.0, of_d = 0.0, of_e = 0.0;
#pragma omp simd reduction(+ : of_b, of_c, of_d, of_e)
    for (Py_ssize_t i = 0; i < rows; i++) {
        of_b += a[i] * b[i], of_c += a[i] * c[i];
        of_d += a[i] * d[i], of_e += a[i] * e[i];
    }
    sums[0] = of_b, sums[1] = of_c, sums[2] = of_d, sums[3] = of_e;
}

/* G = Z'Z of the image Z = sqrt(W) X T of a tile, and the largest square of a row of X T. T and Z have room for columns
   up to a multiple of four. */
static void add_gram(const double *x, Py_ssize_t rows, const double *root, Py_ssize_t k, Tile *tile, double *image,
                     double *gram, double *furthest)
{
    double error[TILE], sums[4];
    memset(tile->squares, 0, sizeof tile->squares);
    for (Py_ssize_t c = 0; c < k; c++) {
        double *z = image + c * TILE;
        const double *column = root + c * up_to_four(k);
        memset(z, 0, TILE * sizeof(double));
        memset(error, 0, sizeof error);
        for (Py_ssize_t j = 0; j < k; j += 4)
            if (column[j] != 0.0 || column[j + 1] != 0.0 || column[j + 2] != 0.0 || column[j + 3] != 0.0)
                add_image(x + j * TILE, rows, column + j, z, error);
        round_image(z, error, rows, tile);
        for (Py_ssize_t d = 0; d <= c; d += 4) {
            dots(z, image + d * TILE, rows, sums);
            for (Py_ssize_t e = d; e < d + 4 && e <= c; e++)
                gram[e * k + c] += sums[e - d];
        }
    }
    *furthest = largest(tile->squares, rows, *furthest);
}

/* What rounding may do to the score: see row_bounds() in exact_score.py. */
CLONES static void add_bounds(const double *restrict gross, const double *restrict weight, const double *restrict shift,
                              Py_ssize_t n, double reach, double *restrict bounds)
{
    double sum = 0.0, metric = 0.0, far = 0.0, shifts = 0.0, unsure = 0.0;
#pragma omp simd reduction(+ : sum)
    for (Py_ssize_t i = 0; i < n; i++)
        sum += gross[i];
    bounds[0] += sum;
    const double most = 2.0 * reach * sqrt(bounds[0]);
#pragma omp simd reduction(+ : metric, far, shifts, unsure)
    for (Py_ssize_t i = 0; i < n; i++) {
        const double w = weight[i], g = gross[i], d = w > 0.0 ? shift[i] : 0.0;
        const double share = g * g / (w > 0.0 ? w : 1.0);
        const int near = g <= most * w, weighs = w > 0.0, sure = d <= 0.05;
        metric += near & weighs ? share : 0.0;
        far += near ? 0.0 : g;
        shifts += w * d * d;
        unsure += sure ? 0.0 : 1.0;
    }
    bounds[1] += metric;
    bounds[2] += reach * far;
    bounds[3] += unsure > 0.0 ? INFINITY : shifts;
}

/* Some rows of a column times a power of two. */
CLONES static void scaled_column(const char *from, Py_ssize_t step, Py_ssize_t rows, double by, double *restrict to)
{
    if (step == sizeof(double))
        for (Py_ssize_t i = 0; i < rows; i++)
            to[i] = ((const double *)from)[i] * by;
    else
        for (Py_ssize_t i = 0; i < rows; i++)
            to[i] = *(const double *)(from + i * step) * by;
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

/* Buffers of aligned doubles, of `dimensions[i]` axes each: the first with any strides, the others contiguous, the last
   to be written to. From the sixth on those between may be None, and are empty then. */
static int take(PyObject *const object[], Py_buffer view[], const int dimensions[], int count)
{
    for (int i = 0; i < count; i++) {
        if (object[i] == Py_None && i > 4 && i < count - 1)
            continue;
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
    release_buffers(view, count);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

/* Whether exponentials can be had. */
static int has_table(void)
{
    if (table_high[0] != 0.0)
        return 1;
    PyErr_SetString(PyExc_RuntimeError, "keep_table was not called: the Python files are older than this library");
    return 0;
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
    if (!has_table() || !PyArg_ParseTuple(args, "OO", object, object + 1))
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
    if (!has_table() || !PyArg_ParseTuple(args, "OOOO", object, object + 1, object + 2, object + 3))
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

/* score(X, scale, beta, events, nonevents, offset, root, k, reach, out): X (n, p), scale (p,), pairs (2, p), counts (n,),
   offset (n,) or None, root (k, k) or None. To out (k(3 + k) + 6,) are added: the score of the first k
   columns in pairs, their gross sums, G; the sums of rows' bounds, as exact_score.py
   has them; and the log-likelihood. */
static PyObject *score(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[8];
    Py_buffer view[8] = {{0}};
    static const int dimensions[] = {2, 1, 2, 1, 1, 1, 2, 1};
    double reach, *memory = NULL;
    Tile *tile = NULL;
    Py_ssize_t k;
    if (!has_table() || !PyArg_ParseTuple(args, "OOOOOOOndO", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, &k, &reach, object + 7))
        return NULL;
    int failed = take(object, view, dimensions, 8);
    if (!failed) {
        const Py_ssize_t n = view[0].shape[0], p = view[0].shape[1];
        const Py_ssize_t rows_of_root = view[6].buf ? view[6].shape[0] : k, of_root = view[6].buf ? view[6].shape[1] : k;
        if (n < 1 || k < 1 || k > p || view[1].shape[0] != p || view[2].shape[0] != 2 || view[2].shape[1] != p ||
            view[3].shape[0] != n || view[4].shape[0] != n || (view[5].buf && view[5].shape[0] != n) ||
            rows_of_root != k || of_root != k || view[7].shape[0] != k * (3 + k) + 6)
            failed = refuse("shapes disagree");
        else if (!(memory = malloc(sizeof(double) * (size_t)(3 * n + (p + 3 * k + 8) * TILE + k * (k + 3)))) ||
                 !(tile = malloc(sizeof(Tile)))) {
            PyErr_NoMemory();
            failed = 1;
        } else {
            const double *scale = view[1].buf, *beta = view[2].buf, *events = view[3].buf, *nonevents = view[4].buf;
            const double *offset = view[5].buf, *root = view[6].buf;
            double *out = view[7].buf, *gram = out + 3 * k, *bounds = gram + k * k;
            double *gross = memory, *weight = gross + n, *shift = weight + n, *x = shift + n, *sums = x + (p + 3) * TILE;
            double *image = sums + 2 * k * TILE, *value = image + (k + 3) * TILE, *columns = value + 2 * TILE;
            const double unit = 4.0 * (double)((p + 2) * (p + 2)) * 0x1p-106;
            Py_BEGIN_ALLOW_THREADS
            memset(value, 0, 2 * TILE * sizeof(double));
            memset(sums, 0, (size_t)(3 * k + 3) * TILE * sizeof(double));
            memset(x + p * TILE, 0, 3 * TILE * sizeof(double));
            for (Py_ssize_t c = 0; root && c < k; c++)
                for (Py_ssize_t j = 0; j < up_to_four(k); j++)
                    columns[c * up_to_four(k) + j] = j < k ? root[j * k + c] : 0.0;
            for (Py_ssize_t first = 0; first < n; first += TILE) {
                const Py_ssize_t rows = n - first < TILE ? n - first : TILE;
                memset(tile->hi, 0, sizeof tile->hi);
                memset(tile->lo, 0, sizeof tile->lo);
                memset(tile->gross, 0, sizeof tile->gross);
                memcpy(tile->events, events + first, (size_t)rows * sizeof(double));
                memcpy(tile->nonevents, nonevents + first, (size_t)rows * sizeof(double));
                for (Py_ssize_t j = 0; j < p; j++) {
                    scaled_column((const char *)view[0].buf + first * view[0].strides[0] + j * view[0].strides[1],
                                  view[0].strides[0], rows, scale[j], x + j * TILE);
                    add_column(x + j * TILE, rows, beta[j], beta[p + j], tile);
                }
                finish_predictors(tile, offset ? offset + first : NULL, rows);
                residuals_of_tile(tile, rows, unit, gross + first, weight + first, shift + first, value, value + TILE);
                for (Py_ssize_t j = 0; j < k; j++)
                    out[2 * k + j] += add_terms(x + j * TILE, tile, rows, sums + 2 * j * TILE, sums + (2 * j + 1) * TILE);
                if (root)
                    add_gram(x, rows, columns, k, tile, image, gram, bounds + 4);
            }
            for (Py_ssize_t j = 0; j < k; j++) {
                double *hi = sums + 2 * j * TILE;
                const Pair sum = add((Pair){out[j], out[k + j]}, pairwise(hi, hi + TILE, n < TILE ? n : TILE));
                out[j] = sum.h, out[k + j] = sum.l;
            }
            add_bounds(gross, weight, shift, n, reach, bounds);
            const Pair sum_of_values = pairwise(value, value + TILE, n < TILE ? n : TILE);
            bounds[5] += sum_of_values.h + sum_of_values.l;
            Py_END_ALLOW_THREADS
        }
    }
    free(memory);
    free(tile);
    return release(view, 8, failed);
}

/* --- one step, and the digits after it: refine.py says what is bounded ------------------------------------------------- */
#define UNIT 0x1p-53

/* The upper triangle of G, row after row, becomes C with C'C = G; whether it has one. Also the distance from the identity. */
static int factorise(const double *G, Py_ssize_t k, double *C, double *away)
{
    double sum = 0.0;
    for (Py_ssize_t i = 0; i < k; i++)
        for (Py_ssize_t j = i; j < k; j++) {
            const double off = G[i * k + j] - (i == j ? 1.0 : 0.0);
            double rest = G[i * k + j];
            sum += (i == j ? 1.0 : 2.0) * off * off;
            for (Py_ssize_t l = 0; l < i; l++)
                rest -= C[l * k + i] * C[l * k + j];
            if (i == j && !(rest > 0.0 && isfinite(rest)))
                return 0;
            C[i * k + j] = i == j ? sqrt(rest) : rest / C[i * k + i];
        }
    *away = sqrt(sum);
    return isfinite(sum);
}

/* T C^-1, row after row, and the lengths of its rows. */
static void divide_by_root(const double *T, const double *C, Py_ssize_t k, double *out, double *lengths)
{
    for (Py_ssize_t i = 0; i < k; i++) {
        double sum = 0.0;
        for (Py_ssize_t j = 0; j < k; j++) {
            double rest = T[i * k + j];
            for (Py_ssize_t l = 0; l < j; l++)
                rest -= out[i * k + l] * C[l * k + j];
            out[i * k + j] = rest / C[j * k + j];
            sum += out[i * k + j] * out[i * k + j];
        }
        lengths[i] = sqrt(sum);
    }
}

/* The constants of refine.py and error_bounds.py. */
typedef struct {
    double residual, same, near, zero, digits;
} Limits;

/* The point after one Newton step, as refine.py foresees it; whether all digits of a double are proved there. */
static int foresee(const double *T, const double *beta, const double *low, const double *sums, Py_ssize_t k, double n,
                   double additions, const Limits *limits, double *memory, double *value, double *rest, double *root)
{
    const double *score = sums, *score_low = sums + k, *size = sums + 2 * k, *G = sums + 3 * k, *bounds = G + k * k;
    double *C = memory, *v = C + k * k, *w = v + k, *lengths = w + k;
    double away, all = 0.0, of_sums = 0.0, of_product = 0.0, distance = 0.0, length = 0.0, moved = 0.0, worst = 0.0;
    if (!factorise(G, k, C, &away) || !(away <= limits->near))
        return 0;
    for (Py_ssize_t i = 0; i < k; i++) {
        double square = 0.0;
        for (Py_ssize_t j = 0; j < k; j++)
            square += T[i * k + j] * T[i * k + j];
        all += lengths[i] = sqrt(square);
        of_sums += lengths[i] * size[i];
        of_product += lengths[i] * fabs(score[i]);
    }
    const double bound = 1.1 * (limits->residual * (sqrt(bounds[1]) + bounds[2]) + sqrt(bounds[3]) +
                                additions * UNIT * UNIT * of_sums) +
                         3.0 * (double)((k + 2) * (k + 2)) * UNIT * UNIT * of_product;
    for (Py_ssize_t j = 0; j < k; j++) {
        Pair sum = {0.0, 0.0};
        for (Py_ssize_t i = 0; i < k; i++)
            sum = add(sum, multiply_double((Pair){score[i], score_low[i]}, T[i * k + j], 1));
        v[j] = sum.h;
    }
    for (Py_ssize_t j = 0; j < k; j++) {
        for (Py_ssize_t i = 0; i < j; i++)
            v[j] -= C[i * k + j] * v[i];
        v[j] /= C[j * k + j];
        distance += v[j] * v[j];
    }
    for (Py_ssize_t j = k - 1; j >= 0; j--) {
        for (Py_ssize_t i = j + 1; i < k; i++)
            v[j] -= C[j * k + i] * w[i];
        w[j] = v[j] / C[j * k + j];
        length += w[j] * w[j];
    }
    distance = sqrt(distance), length = sqrt(length);
    const double slack = 4.0 * (n + 40.0) * (double)k * UNIT, reach = sqrt(bounds[4]), change = reach * distance;
    if (!(slack < 0.5 && distance > limits->zero && change <= limits->same))
        return 0;
    for (Py_ssize_t i = 0; i < k; i++) {
        double step = 0.0, gross = 0.0;
        for (Py_ssize_t j = 0; j < k; j++) {
            step += T[i * k + j] * w[j];
            gross += fabs(T[i * k + j]) * fabs(w[j]);
        }
        const Pair after = add_double((Pair){beta[i], low[i]}, step);
        value[i] = after.h, rest[i] = after.l;
        moved += sqrt(1.5 * size[i]) * ((double)(k + 2) * UNIT * gross + 4.0 * UNIT * UNIT * fabs(after.h));
    }
    const double left = (slack + 8.0 * (double)(k * k) * UNIT + change) * length + moved;
    const double inflation = 1.0 / sqrt(1.0 - (slack + 2.0 * change)), stretch = inflation / sqrt(1.0 - away);
    const double decrement = stretch * (bound + 1.1 * left), far = decrement * (stretch * reach);
    if (!(far < 1e-8))
        return 0;
    divide_by_root(T, C, k, root, lengths);
    for (Py_ssize_t i = 0; i < k; i++) {
        const double radius = decrement * inflation * lengths[i], most = fabs(value[i]);
        if (most <= radius && radius <= 0x1p-70 * lengths[i])
            value[i] = 0.0;
        else {
            const double wrong = radius + fabs(rest[i]), least = most - wrong;
            const double relative = least > 0.0 ? wrong / least : INFINITY;
            worst = relative <= worst ? worst : relative;
        }
    }
    return worst <= limits->digits;
}

/* Coefficients in pairs and the rows of their inverse root times powers of two; whether no coefficient is rounded. */
static int in_units(const double *scale, double unit, Py_ssize_t k, double *value, double *rest, double *root)
{
    int unharmed = 1;
    for (Py_ssize_t i = 0; i < k; i++) {
        const double b = value[i] * scale[i];
        unharmed &= b / scale[i] == value[i];
        value[i] = b, rest[i] = b != 0.0 ? rest[i] * scale[i] : 0.0;
        for (Py_ssize_t j = 0; j < k; j++)
            root[i * k + j] = root[i * k + j] * scale[i] * unit;
    }
    return unharmed;
}

/* last_step(root, beta, sums, n, additions, limits, scale, unit, out): root (k, k), pairs (2, k), sums as of score, limits a
   tuple, scale (k,) of the columns, unit of the inverse root, out (k(2 + k),), to which the coefficients are written in
   pairs, and the inverse root, all as of columns that are not scaled; returns whether it is of use. */
static PyObject *last_step(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[5];
    Py_buffer view[MOST_BUFFERS] = {{0}};
    static const int dimensions[] = {2, 2, 1, 1, 1};
    double *memory = NULL, n, additions, unit;
    Limits limits;
    int of_use = 0;
    if (!PyArg_ParseTuple(args, "OOOdd(ddddd)OdO", object, object + 1, object + 2, &n, &additions, &limits.residual,
                          &limits.same, &limits.near, &limits.zero, &limits.digits, object + 3, &unit, object + 4))
        return NULL;
    int failed = take(object, view, dimensions, 5);
    if (!failed) {
        const Py_ssize_t k = view[0].shape[0];
        if (k < 1 || view[0].shape[1] != k || view[0].strides[1] != sizeof(double) || view[1].shape[0] != 2 ||
            view[1].shape[1] != k || view[2].shape[0] != k * (3 + k) + 6 || view[3].shape[0] != k ||
            view[4].shape[0] != k * (2 + k))
            failed = refuse("shapes disagree");
        else if (view[0].strides[0] != k * (Py_ssize_t)sizeof(double))
            failed = refuse("expected rows without gaps");
        else if (!(memory = malloc(sizeof(double) * (size_t)(k * k + 3 * k)))) {
            PyErr_NoMemory();
            failed = 1;
        } else {
            const double *beta = view[1].buf;
            double *out = view[4].buf;
            of_use = foresee(view[0].buf, beta, beta + k, view[2].buf, k, n, additions, &limits, memory, out, out + k,
                             out + 2 * k) &&
                     in_units(view[3].buf, unit, k, out, out + k, out + 2 * k);
        }
    }
    free(memory);
    release_buffers(view, 5);
    return failed ? NULL : PyBool_FromLong(of_use);
}

/* --- where refinement starts ------------------------------------------------------------------------------------------ */
/* The power of two that brings the largest value of a column, its magnitude, nearest to 1 in logarithm; 1 for zeros. */
static double unit_of(double magnitude)
{
    int exponent = 0;
    const double share = frexp(magnitude, &exponent);
    return share == 0.0 ? 1.0 : ldexp(1.0, (share < 0x1.6a09e667f3bcdp-1) - exponent); /* the root of 1/2 */
}

/* scaled_start(inverse_root, beta, low, magnitude, weight, out): inverse_root (p, p), beta and low (p,) of the data, whose
   columns are brought near 1 by powers of two and weights multiplied by a power of four. To out (p(3 + p),) are written
   the powers of the columns, the coefficients in pairs, and the inverse root row after row; returns the sum of the
   lengths of its rows, which is infinite or NaN unless all are finite. */
static PyObject *scaled_start(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[5];
    Py_buffer view[MOST_BUFFERS] = {{0}};
    static const int dimensions[] = {2, 1, 1, 1, 1};
    double weight, all = 0.0;
    if (!PyArg_ParseTuple(args, "OOOOdO", object, object + 1, object + 2, object + 3, &weight, object + 4))
        return NULL;
    int failed = take(object, view, dimensions, 5);
    if (!failed) {
        const Py_ssize_t p = view[0].shape[0];
        if (view[0].shape[1] != p || view[1].shape[0] != p || view[2].shape[0] != p || view[3].shape[0] != p ||
            view[4].shape[0] != p * (3 + p))
            failed = refuse("shapes disagree");
        else {
            const double *beta = view[1].buf, *low = view[2].buf, *magnitude = view[3].buf;
            double *scale = view[4].buf, *pair = scale + p, *root = pair + 2 * p;
            for (Py_ssize_t i = 0; i < p; i++) {
                double square = 0.0;
                scale[i] = unit_of(magnitude[i]);
                pair[i] = beta[i] / scale[i], pair[p + i] = low[i] / scale[i];
                for (Py_ssize_t j = 0; j < p; j++) {
                    const char *from = (const char *)view[0].buf + i * view[0].strides[0] + j * view[0].strides[1];
                    const double x = *(const double *)from / scale[i] / sqrt(weight);
                    root[i * p + j] = x;
                    square += x * x;
                }
                all += sqrt(square) + 0.0 * pair[i]; /* NaN where a coefficient is not finite */
            }
        }
    }
    release_buffers(view, 5);
    return failed ? NULL : PyFloat_FromDouble(all);
}

/* keep_table(high, low): values of e^x - 1 (357,), in pairs, at multiples of 1/512. */
static PyObject *keep_table(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[2];
    Py_buffer view[MOST_BUFFERS] = {{0}};
    static const int dimensions[] = {1, 1};
    if (!PyArg_ParseTuple(args, "OO", object, object + 1))
        return NULL;
    int failed = take(object, view, dimensions, 2);
    if (!failed) {
        const Py_ssize_t most = 2 * FURTHEST + 1;
        if (view[0].shape[0] != most || view[1].shape[0] != most || view[0].strides[0] != sizeof(double))
            failed = refuse("shapes disagree");
        else {
            memcpy(table_high, view[0].buf, (size_t)most * sizeof(double));
            memcpy(table_low, view[1].buf, (size_t)most * sizeof(double));
        }
    }
    return release(view, 2, failed);
}

static PyMethodDef methods[] = {
    {"keep_table", keep_table, METH_VARARGS, "Values of e^x - 1, of which exponentials are made."},
    {"scaled_start", scaled_start, METH_VARARGS, "Coefficients and inverse root of columns near 1."},
    {"last_step", last_step, METH_VARARGS, "One step, and whether it proves all digits of a double."},
    {"matmul", matmul, METH_VARARGS, "Product of a matrix with pairs."},
    {"tails", tails, METH_VARARGS, "Probabilities of pairs, and one minus them."},
    {"residuals", residuals, METH_VARARGS, "Residuals, their gross values and weights."},
    {"column_sums", column_sums, METH_VARARGS, "Sums of the columns of a matrix times pairs."},
    {"score", score, METH_VARARGS, "Score of rows, whitened information, and bounds of what is rounded."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_exact", "Arrays in double-double.", 0, methods, NULL, NULL,
                                    NULL, NULL};

PyMODINIT_FUNC PyInit__exact(void)
{
    return PyModule_Create(&module);
}
