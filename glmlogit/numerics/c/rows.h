/* Rows of a logit model in tiles: what every compiled fold over them shares.

   Rows are taken in tiles, held column by column in the first-level cache, so that every loop runs over rows, eight to a
   vector; plain loops and GCC's vector types, which compilers split where registers are narrower.

   Sums have three levels (tile, group, call): no partial sum has more than some hundred terms, whatever the number of
   rows. Their order depends on the range of rows and on p alone, not on how X is stored nor on who calls. */

#ifndef GLMLOGIT_ROWS_H
#define GLMLOGIT_ROWS_H

#include "common.h"

#define MOST_ROWS 256  /* of a tile */
#define GROUP 8192     /* rows summed before lanes are added up; a multiple of the rows of a tile */
#define PADDING 32     /* a tile is filled up to a multiple of these with rows that contribute nothing */
#define WIDEST 256     /* columns: beyond, a BLAS is as fast */
#define BY_ROWS 8      /* columns from which a score is summed along rows as they are in memory, without turning them */
#define MOST_ASIDE 2560 /* doubles of a tile of rows that are not turned, of PADDING rows at least */
#define BY_PANELS 32   /* columns from which products are formed of rows that are not turned, in panels of columns */
#define REGISTERS 3   /* of a panel's columns: as many sums as registers hold, and the fewest loads */
#define PANEL_ROWS 128 /* of a tile of panels; a multiple of the rows that are not turned */
#define INFINITE 1e300 /* a linear predictor whose e^-x is zero */

#pragma GCC diagnostic ignored "-Wpsabi" /* wide vectors never cross a call: all such functions are inlined */

typedef double Eight __attribute__((vector_size(64), aligned(8), may_alias));
typedef double Four __attribute__((vector_size(32), aligned(8), may_alias));
typedef double Two __attribute__((vector_size(16), aligned(8), may_alias));

/* What the caller gives. Absent vectors are NULL; strides of X are in bytes. */
typedef struct {
    const char *X;
    Py_ssize_t n, p, row, column;
    int single, whole_rows; /* float32; row after row without gaps */
    const double *events, *trials, *nonevents, *weights, *offset, *limit, *beta, *scale;
} Data;

/* How a pass takes rows: turned into columns, or as they are, without products, or with these in panels of columns, of
   doubles or of floats. */
typedef enum { TURNED, AS_THEY_ARE, IN_PANELS, IN_COARSE_PANELS } Form;

/* What one thread works with. `x` holds `padded` columns of `stride` doubles, `left` four of them times weights;
   `score` and `gram` are the sums of a group, eight lanes each. `panels` holds rows times the roots of their weights in
   panels of `wide` columns that are `step` elements apart, `squares` the sums of a group of their products. */
typedef struct {
    double a[MOST_ROWS], b[MOST_ROWS], eta[MOST_ROWS], t[MOST_ROWS], residual[MOST_ROWS], weight[MOST_ROWS];
    double left[4][MOST_ROWS + 8];
    double *x, *rows, *beta;
    double *score, *gram;
    void *panels, *squares;
    Py_ssize_t stride, padded, blocks, wide, step, tiles;
    int size, width, aside;
    Form form;
} Work;

INLINE double lanes(const double *sum, int width)
{
    double all = 0.0;
    for (int k = 0; k < width; k++)
        all += sum[k];
    return all;
}

/* Rows in memory become columns of the tile, in squares of two by two. */
INLINE void turn(const double *from, Py_ssize_t step, int rows, Py_ssize_t p, double *x, Py_ssize_t stride)
{
    int i = 0;
    for (; i + 8 <= rows; i += 8) {
        const double *row = from + i * step;
        double *to = x + i;
        Py_ssize_t j = 0;
        for (; j + 2 <= p; j += 2, to += 2 * stride)
            for (int r = 0; r < 8; r += 2) {
                const Two one = *(const Two *)(row + r * step + j), two = *(const Two *)(row + (r + 1) * step + j);
                *(Two *)(to + r) = (Two){one[0], two[0]};
                *(Two *)(to + stride + r) = (Two){one[1], two[1]};
            }
        if (j < p)
            for (int r = 0; r < 8; r++)
                to[r] = row[r * step + j];
    }
    for (; i + 2 <= rows; i += 2)
        for (Py_ssize_t j = 0; j < p; j += 2) {
            const double *row = from + i * step + j;
            double *to = x + j * stride + i;
            if (j + 2 <= p) {
                const Two one = *(const Two *)row, two = *(const Two *)(row + step);
                *(Two *)to = (Two){one[0], two[0]};
                *(Two *)(to + stride) = (Two){one[1], two[1]};
            } else
                to[0] = row[0], to[1] = row[step];
        }
    for (; i < rows; i++)
        for (Py_ssize_t j = 0; j < p; j++)
            x[j * stride + i] = from[i * step + j];
}

INLINE void widen(const float *from, double *to, Py_ssize_t count)
{
    for (Py_ssize_t k = 0; k < count; k++)
        to[k] = from[k];
}

INLINE double element(const Data *data, Py_ssize_t i, Py_ssize_t j)
{
    const char *at = data->X + i * data->row + j * data->column;
    return data->single ? (double)*(const float *)at : *(const double *)at;
}

/* Columns of rows first, ..., first + rows - 1. */
INLINE void take_columns(const Data *data, Work *work, Py_ssize_t first, int rows)
{
    const char *from = data->X + first * data->row;
    const Py_ssize_t p = data->p, stride = work->stride, item = data->single ? sizeof(float) : sizeof(double);
    double *x = work->x;
    if (data->row == item)
        for (Py_ssize_t j = 0; j < p; j++)
            if (data->single)
                widen((const float *)(from + j * data->column), x + j * stride, rows);
            else
                memcpy(x + j * stride, from + j * data->column, sizeof(double) * (size_t)rows);
    else if (data->column == item && !data->single)
        turn((const double *)from, data->row / item, rows, p, x, stride);
    else if (data->column == item)
        for (int i = 0; i < rows; i += 8) {
            const int count = rows - i < 8 ? rows - i : 8;
            for (int r = 0; r < count; r++)
                widen((const float *)(from + (i + r) * data->row), work->rows + r * p, p);
            turn(work->rows, p, count, p, x + i, stride);
        }
    else
        for (Py_ssize_t j = 0; j < p; j++)
            for (int i = 0; i < rows; i++)
                x[j * stride + i] = element(data, first + i, j);
}

/* Weights of events and of non-events. */
INLINE void take_weights(const Data *data, Work *work, Py_ssize_t first, int rows)
{
    const double *events = data->events + first;
    double *restrict a = work->a, *restrict b = work->b;
    memcpy(a, events, sizeof(double) * (size_t)rows);
    if (data->nonevents)
        memcpy(b, data->nonevents + first, sizeof(double) * (size_t)rows);
    else if (data->trials)
        for (int i = 0; i < rows; i++)
            b[i] = data->trials[first + i] - events[i];
    else
        for (int i = 0; i < rows; i++)
            b[i] = 1.0 - events[i];
    if (data->weights)
        for (int i = 0; i < rows; i++) {
            a[i] *= data->weights[first + i];
            b[i] *= data->weights[first + i];
        }
}

INLINE void nothing(Work *work, int i)
{
    work->a[i] = work->b[i] = 0.0;
    work->eta[i] = INFINITE;
}

INLINE void predictors(Work *work, int rows)
{
    double *restrict eta = work->eta;
    memset(eta, 0, sizeof work->eta);
    for (Py_ssize_t j = 0; j < work->padded; j += 4) {
        const double *restrict x0 = work->x + j * work->stride, *restrict x1 = x0 + work->stride;
        const double *restrict x2 = x1 + work->stride, *restrict x3 = x2 + work->stride;
        const double b0 = work->beta[j], b1 = work->beta[j + 1], b2 = work->beta[j + 2], b3 = work->beta[j + 3];
#pragma omp simd simdlen(8)
        for (int i = 0; i < rows; i++)
            eta[i] += (x0[i] * b0 + x1[i] * b1) + (x2[i] * b2 + x3[i] * b3);
    }
}

/* What is known of a predictor beside the columns. */
INLINE void place(const Data *data, Work *work, Py_ssize_t first, int rows)
{
    if (data->offset)
        for (int i = 0; i < rows; i++)
            work->eta[i] += data->offset[first + i];
    if (data->limit)
        for (int i = 0; i < rows; i++)
            if (data->limit[first + i] != 0.0)
                nothing(work, i);
}

/* Residuals a q - b p and weights (a + b) p q, p and q both from t = e^-|eta|; returns sum of the |eta| of tails. */
INLINE double tails(Work *work, int rows)
{
    const double *restrict eta = work->eta, *restrict a = work->a, *restrict b = work->b;
    double *restrict residual = work->residual, *restrict weight = work->weight, *restrict t = work->t;
    double linear = 0.0;
#pragma omp simd reduction(+ : linear) simdlen(8)
    for (int i = 0; i < rows; i++) {
        double size = fabs(eta[i]);
        t[i] = exp_of_negative(-size);
        double big = 1.0 / (1.0 + t[i]), small = t[i] * big;
        int up = eta[i] >= 0.0;
        double with = up ? a[i] : b[i], against = up ? b[i] : a[i];
        double r = with * small - against * big;
        residual[i] = up ? r : -r;
        weight[i] = (a[i] + b[i]) * small * big;
        linear += against * size;
    }
    return linear;
}

/* Sum of log(1 + t) as the logarithm of one product P, kept as P - 1 so that small t lose nothing:
   (1 + u)(1 + t) - 1 = u + t (1 + u). P is at most 2^256. */
INLINE double log_of_product(const double *restrict t, int rows)
{
    double u[PADDING] = {0}, all = 0.0;
    for (int i = 0; i < rows; i += PADDING)
#pragma omp simd simdlen(8)
        for (int k = 0; k < PADDING; k++)
            u[k] += t[i + k] * (1.0 + u[k]);
    for (int k = 0; k < PADDING; k++)
        all += u[k] * (1.0 + all);
    return log1p(all);
}

INLINE double weighted_logs(const Work *work, int rows)
{
    const double *restrict a = work->a, *restrict b = work->b, *restrict t = work->t;
    double sum = 0.0;
#pragma omp simd reduction(+ : sum) simdlen(8)
    for (int i = 0; i < rows; i++)
        sum += (a[i] + b[i]) * log1p_of_unit(t[i]);
    return sum;
}

INLINE void add_score(Work *work, int rows)
{
    const double *restrict r = work->residual;
    for (Py_ssize_t j = 0; j < work->padded; j += 4) {
        const double *restrict x0 = work->x + j * work->stride, *restrict x1 = x0 + work->stride;
        const double *restrict x2 = x1 + work->stride, *restrict x3 = x2 + work->stride;
        double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
#pragma omp simd reduction(+ : s0, s1, s2, s3) simdlen(8)
        for (int i = 0; i < rows; i++) {
            s0 += r[i] * x0[i];
            s1 += r[i] * x1[i];
            s2 += r[i] * x2[i];
            s3 += r[i] * x3[i];
        }
        double *sum = work->score + j;
        sum[0] += s0, sum[1] += s1, sum[2] += s2, sum[3] += s3;
    }
}

/* Four weighted columns times two, by vectors of as many lanes as a register has: eight sums stay in registers over the
   rows of the tile, and are added lane by lane to those of the group. */
#define PRODUCT(name, Vector)                                                                                         \
    INLINE void name(const double left[4][MOST_ROWS + 8], const double *one, const double *two, int rows, double *to) \
    {                                                                                                                 \
        const int lanes = sizeof(Vector) / sizeof(double);                                                            \
        Vector s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, s5 = {0}, s6 = {0}, s7 = {0};                        \
        for (int i = 0; i < rows; i += lanes) {                                                                       \
            const Vector u = *(const Vector *)(one + i), v = *(const Vector *)(two + i);                              \
            const Vector a = *(const Vector *)(left[0] + i), b = *(const Vector *)(left[1] + i);                      \
            const Vector c = *(const Vector *)(left[2] + i), d = *(const Vector *)(left[3] + i);                      \
            s0 += a * u, s1 += a * v, s2 += b * u, s3 += b * v;                                                       \
            s4 += c * u, s5 += c * v, s6 += d * u, s7 += d * v;                                                       \
        }                                                                                                             \
        Vector *sum = (Vector *)to;                                                                                   \
        sum[0] += s0, sum[1] += s1, sum[2] += s2, sum[3] += s3;                                                       \
        sum[4] += s4, sum[5] += s5, sum[6] += s6, sum[7] += s7;                                                       \
    }

PRODUCT(half_by_two, Two)
PRODUCT(half_by_four, Four)

/* Four times four where there are registers for sixteen sums: half as many loads. In the order of two calls of
   the narrower ones. */
INLINE void square(const double left[4][MOST_ROWS + 8], const double *right, Py_ssize_t stride, int rows, double *to)
{
    Eight s[16] = {{0}};
    for (int i = 0; i < rows; i += 8)
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++) {
            const Eight a = *(const Eight *)(left[r] + i);
#pragma GCC unroll 4
            for (int c = 0; c < 4; c++)
                s[c / 2 * 8 + 2 * r + c % 2] += a * *(const Eight *)(right + c * stride + i);
        }
    Eight *sum = (Eight *)to;
#pragma GCC unroll 16
    for (int k = 0; k < 16; k++)
        sum[k] += s[k];
}

INLINE void product(const double left[4][MOST_ROWS + 8], const double *right, Py_ssize_t stride, int rows, int width,
                    double *to)
{
    if (width == 8)
        square(left, right, stride, rows, to);
    else if (width == 4) {
        half_by_four(left, right, right + stride, rows, to);
        half_by_four(left, right + 2 * stride, right + 3 * stride, rows, to + 8 * width);
    } else {
        half_by_two(left, right, right + stride, rows, to);
        half_by_two(left, right + 2 * stride, right + 3 * stride, rows, to + 8 * width);
    }
}

INLINE void multiply(const double *restrict a, const double *restrict b, double *restrict to, int count)
{
#pragma omp simd simdlen(8)
    for (int i = 0; i < count; i++)
        to[i] = a[i] * b[i];
}

/* Products of columns j, ..., j + 3 with j and all later ones. */
INLINE void add_gram(const Data *data, Work *work, int rows)
{
    const Py_ssize_t stride = work->stride;
    const int width = work->width;
    double *sum = work->gram;
    for (Py_ssize_t j = 0; j < data->p; j += 4) {
        for (int k = 0; k < 4; k++)
            multiply(work->weight, work->x + (j + k) * stride, work->left[k], rows);
        for (Py_ssize_t k = j; k < data->p; k += 4, sum += 16 * width)
            product(work->left, work->x + k * stride, stride, rows, width, sum);
    }
}

INLINE void apply_scale(const Data *data, Work *work, int rows)
{
    for (Py_ssize_t j = 0; j < data->p; j++)
        for (int i = 0; i < rows; i++)
            work->x[j * work->stride + i] *= data->scale[j];
}

/* Rows that fill a tile up. */
INLINE int fill(const Data *data, Work *work, int rows)
{
    const int full = (rows + PADDING - 1) / PADDING * PADDING;
    for (int i = rows; i < full; i++) {
        nothing(work, i);
        for (Py_ssize_t j = 0; j < data->p; j++)
            work->x[j * work->stride + i] = 0.0;
    }
    return full;
}

/* Ask for what the next tile needs while this one is worked on. */
INLINE void ask_for(const void *from, Py_ssize_t bytes)
{
    for (Py_ssize_t at = 0; at < bytes; at += 64)
        __builtin_prefetch((const char *)from + at);
}

/* Columns and weights of rows, and what the columns give to their predictors. */
INLINE void take_rows(const Data *data, Work *work, Py_ssize_t first, int rows)
{
    take_columns(data, work, first, rows);
    if (data->whole_rows && first + 2 * rows <= data->n)
        ask_for(data->X + (first + rows) * data->row, rows * data->row);
    take_weights(data, work, first, rows);
    predictors(work, rows);
}

/* Log-likelihood of rows whose predictors are there; their residuals and weights. */
INLINE double likelihood(const Data *data, Work *work, int rows)
{
    const double linear = tails(work, rows);
    const int unit = !data->weights && !data->trials && !data->nonevents;
    const double logs = unit ? log_of_product(work->t, rows) : weighted_logs(work, rows);
    return -(linear + logs);
}

/* A tile's columns, weights and linear predictors; returns its rows, those that fill it up included. */
INLINE int enter(const Data *data, Work *work, Py_ssize_t first, int rows)
{
    take_rows(data, work, first, rows);
    place(data, work, first, rows);
    return fill(data, work, rows);
}

INLINE double tile(const Data *data, Work *work, Py_ssize_t first, int rows, int with_gram)
{
    rows = enter(data, work, first, rows);
    const double llf = likelihood(data, work, rows);
    add_score(work, rows);
    if (with_gram) {
        if (data->scale)
            apply_scale(data, work, rows);
        add_gram(data, work, rows);
    }
    return llf;
}

/* Rows side by side, p doubles each: X itself, or a copy where it is stored otherwise. */
INLINE const double *rows_aside(const Data *data, Work *work, Py_ssize_t first, int rows)
{
    const Py_ssize_t p = data->p;
    if (data->whole_rows && !data->single)
        return (const double *)(data->X + first * data->row);
    const char *from = data->X + first * data->row;
    const Py_ssize_t item = data->single ? sizeof(float) : sizeof(double);
    if (data->row == item && !data->single) /* columns, turned as rows elsewhere are */
        turn((const double *)from, data->column / item, (int)p, rows, work->rows, p);
    else if (data->column == item)
        for (int i = 0; i < rows; i++)
            if (data->single)
                widen((const float *)(from + i * data->row), work->rows + i * p, p);
            else
                memcpy(work->rows + i * p, from + i * data->row, sizeof(double) * (size_t)p);
    else
        for (Py_ssize_t j = 0; j < p; j++)
            for (int i = 0; i < rows; i++)
                work->rows[i * p + j] = element(data, first + i, j);
    return work->rows;
}

#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define SHUFFLE_FOUR(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int64_t Choice __attribute__((vector_size(64)));
typedef int64_t ChoiceOfFour __attribute__((vector_size(32)));
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (Choice){__VA_ARGS__})
#define SHUFFLE_FOUR(a, b, ...) __builtin_shuffle(a, b, (ChoiceOfFour){__VA_ARGS__})
#endif

/* Place r: the sum of the eight doubles from v + 8 r on. */
INLINE void sums_of_eight(const double *v, double *to)
{
    const Eight *x = (const Eight *)v;
    Eight a[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++)
        a[k] = SHUFFLE(x[2 * k], x[2 * k + 1], 0, 8, 2, 10, 4, 12, 6, 14) +
               SHUFFLE(x[2 * k], x[2 * k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    const Eight b = SHUFFLE(a[0], a[1], 0, 1, 8, 9, 4, 5, 12, 13) + SHUFFLE(a[0], a[1], 2, 3, 10, 11, 6, 7, 14, 15);
    const Eight c = SHUFFLE(a[2], a[3], 0, 1, 8, 9, 4, 5, 12, 13) + SHUFFLE(a[2], a[3], 2, 3, 10, 11, 6, 7, 14, 15);
    *(Eight *)to = SHUFFLE(b, c, 0, 1, 2, 3, 8, 9, 10, 11) + SHUFFLE(b, c, 4, 5, 6, 7, 12, 13, 14, 15);
}

INLINE Four sums_of_four(Four w, Four x, Four y, Four z)
{
    const Four a = SHUFFLE_FOUR(w, x, 0, 4, 2, 6) + SHUFFLE_FOUR(w, x, 1, 5, 3, 7);
    const Four b = SHUFFLE_FOUR(y, z, 0, 4, 2, 6) + SHUFFLE_FOUR(y, z, 1, 5, 3, 7);
    return SHUFFLE_FOUR(a, b, 0, 1, 4, 5) + SHUFFLE_FOUR(a, b, 2, 3, 6, 7);
}

/* The same in the same order, four rows at a time. */
INLINE void sums_by_fours(const double *v, double *to)
{
    const Four *x = (const Four *)v;
    *(Four *)to = sums_of_four(x[0], x[2], x[4], x[6]) + sums_of_four(x[1], x[3], x[5], x[7]);
}

/* Products along rows by vectors of as many lanes as a register has: GCC takes wider ones through memory. The sums of
   `some` rows x times β, eight each, for which there are registers; the last columns are the last eight, those that
   were had times 0. Rows so many doubles `ahead` are asked for: one row is too short for the processor to foresee the next. */
#define SUMS(name, Vector, some)                                                                     \
    INLINE void name(const double *x, Py_ssize_t p, const double *beta, const double *last, Py_ssize_t ahead, double *to) \
    {                                                                                                                 \
        enum { lanes = sizeof(Vector) / sizeof(double), parts = 8 / lanes };                                          \
        Vector s[some * parts];                                                                                       \
        _Pragma("GCC unroll 16") for (int r = 0; r < some; r++)                                                       \
            _Pragma("GCC unroll 4") for (int k = 0; k < parts; k++)                                                   \
                s[r * parts + k] = *(const Vector *)(x + r * p + p - 8 + k * lanes) * *(const Vector *)(last + k * lanes); \
        for (Py_ssize_t c = 0; c + 8 <= p; c += 8)                                                                    \
            _Pragma("GCC unroll 16") for (int r = 0; r < some; r++)                                                   \
            {                                                                                                         \
                _Pragma("GCC unroll 4") for (int k = 0; k < parts; k++)                                               \
                    s[r * parts + k] += *(const Vector *)(x + r * p + c + k * lanes) *                                \
                                        *(const Vector *)(beta + c + k * lanes);                                      \
                __builtin_prefetch(x + ahead + r * p + c);                                                            \
            }                                                                                                         \
        _Pragma("GCC unroll 16") for (int k = 0; k < some * parts; k++) *(Vector *)(to + k * lanes) = s[k];           \
    }

SUMS(sums_of_eight_rows, Eight, 8)
SUMS(sums_of_four_rows, Four, 4)
SUMS(sums_of_two_rows, Two, 2)
SUMS(sums_of_a_row, Two, 1)

/* Residuals times eight columns of rows that are p doubles apart. */
#define MULTIPLES(name, Vector)                                                                                       \
    INLINE void name(const double *r, const double *x, Py_ssize_t p, int rows, double *to)                            \
    {                                                                                                                 \
        enum { lanes = sizeof(Vector) / sizeof(double), parts = 8 / lanes };                                          \
        Vector s[4 * parts] = {{0}};                                                                                  \
        int i = 0;                                                                                                    \
        for (; i + 4 <= rows; i += 4, x += 4 * p)                                                                     \
            _Pragma("GCC unroll 4") for (int q = 0; q < 4; q++)                                                       \
                _Pragma("GCC unroll 4") for (int k = 0; k < parts; k++)                                               \
                    s[q * parts + k] += r[i + q] * *(const Vector *)(x + q * p + k * lanes);                          \
        for (; i < rows; i++, x += p)                                                                                 \
            _Pragma("GCC unroll 4") for (int k = 0; k < parts; k++) s[k] += r[i] * *(const Vector *)(x + k * lanes);  \
        _Pragma("GCC unroll 4") for (int k = 0; k < parts; k++) *(Vector *)(to + k * lanes) =                         \
            (s[k] + s[parts + k]) + (s[2 * parts + k] + s[3 * parts + k]);                                            \
    }

MULTIPLES(multiples_by_eight, Eight)
MULTIPLES(multiples_by_four, Four)
MULTIPLES(multiples_by_two, Two)

/* Linear predictors by products along rows. */
INLINE void predictors_by_rows(Work *work, const double *x, Py_ssize_t p, int rows, Py_ssize_t ahead)
{
    const Py_ssize_t rest = p % 8;
    const int eights = rows / 8 * 8, width = work->width;
    const double *beta = work->beta;
    double last[8] = {0}, sums[64], *eta = work->eta;
    for (Py_ssize_t c = 0; c < rest; c++)
        last[8 - rest + c] = beta[p - rest + c];
    int i = 0;
    if (width == 8)
        for (; i < eights; i += 8, x += 8 * p) {
            sums_of_eight_rows(x, p, beta, last, ahead, sums);
            sums_of_eight(sums, eta + i);
        }
    else if (width == 4)
        for (; i < eights; i += 4, x += 4 * p) {
            sums_of_four_rows(x, p, beta, last, ahead, sums);
            sums_by_fours(sums, eta + i);
        }
    else
        for (; i < eights; i += 4, x += 4 * p) {
            sums_of_two_rows(x, p, beta, last, ahead, sums);
            sums_of_two_rows(x + 2 * p, p, beta, last, ahead, sums + 16);
            sums_by_fours(sums, eta + i);
        }
    for (; i < rows; i++, x += p) {
        sums_of_a_row(x, p, beta, last, ahead, sums);
        eta[i] = lanes(sums, 8);
    }
}

INLINE void multiples(const double *r, const double *x, Py_ssize_t p, int rows, int width, double *to)
{
    if (width == 8)
        multiples_by_eight(r, x, p, rows, to);
    else if (width == 4)
        multiples_by_four(r, x, p, rows, to);
    else
        multiples_by_two(r, x, p, rows, to);
}

INLINE void add_score_by_rows(Work *work, const double *x, Py_ssize_t p, int rows)
{
    const Py_ssize_t rest = p % 8;
    double sums[8];
    for (Py_ssize_t j = 0; j + 8 <= p; j += 8) {
        multiples(work->residual, x + j, p, rows, work->width, sums);
        for (int c = 0; c < 8; c++)
            work->score[j + c] += sums[c];
    }
    if (rest) {
        multiples(work->residual, x + p - 8, p, rows, work->width, sums);
        for (Py_ssize_t c = 0; c < rest; c++)
            work->score[p - rest + c] += sums[8 - rest + c];
    }
}

/* Log-likelihood and score of rows x, which are taken as they are. */
INLINE double tile_by_rows(const Data *data, Work *work, const double *x, Py_ssize_t first, int rows)
{
    take_weights(data, work, first, rows);
    predictors_by_rows(work, x, data->p, rows, x == work->rows ? 0 : rows * data->p);
    place(data, work, first, rows);
    const int full = (rows + PADDING - 1) / PADDING * PADDING;
    for (int i = rows; i < full; i++)
        nothing(work, i);
    const double llf = likelihood(data, work, full);
    add_score_by_rows(work, x, data->p, rows);
    return llf;
}

/* Columns of a panel that are multiplied at a time, with all registers of another one. */
static inline int columns_at_once(int width)
{
    return width == 8 ? 8 : width == 4 ? 4 : 3;
}

/* Add the sums of a group to out (log-likelihood, score, upper triangle of the information) and clear them. */
static inline void flush(const Data *data, Work *work, double *out, int with_gram)
{
    const Py_ssize_t p = data->p;
    double *gram = out + 1 + p;
    double *sum = work->gram;
    for (Py_ssize_t j = 0; j < p; j++)
        out[1 + j] += work->score[j];
    memset(work->score, 0, sizeof(double) * (size_t)work->padded);
    if (!with_gram)
        return;
    for (Py_ssize_t j = 0; j < p; j += 4)
        for (Py_ssize_t k = j; k < p; k += 4)
            for (int e = 0; e < 16; e++, sum += work->width) {
                const Py_ssize_t row = j + e % 8 / 2, column = k + e / 8 * 2 + e % 2;
                if (row <= column && column < p)
                    gram[row * p + column] += lanes(sum, work->width);
            }
    memset(work->gram, 0, sizeof(double) * (size_t)(16 * work->width * work->blocks));
}

/* Rows of a tile: it fits the first-level cache, or where that is out of reach the second, where long columns pay. */
static inline int tile_rows(Py_ssize_t p)
{
    return p <= 12 || p > 64 ? MOST_ROWS : MOST_ROWS / 2;
}

/* Rows of a tile that are not turned: it is read twice, the second time from the first-level cache. */
static inline int rows_not_turned(Py_ssize_t p)
{
    int rows = MOST_ROWS;
    while (rows > PADDING && rows * p > MOST_ASIDE)
        rows /= 2;
    return rows;
}

/* Doubles in a register of the instruction set in use. */
static inline int vector_width(void)
{
#ifdef SEVERAL_TARGETS
    return __builtin_cpu_supports("x86-64-v4") ? 8 : __builtin_cpu_supports("x86-64-v3") ? 4 : 2;
#elif defined(__AVX512F__)
    return 8;
#elif defined(__AVX__)
    return 4;
#else
    return 2;
#endif
}

static inline Form form_of(Py_ssize_t p, int with_gram, int coarse)
{
    if (with_gram)
        return p < BY_PANELS ? TURNED : coarse ? IN_COARSE_PANELS : IN_PANELS;
    return p >= BY_ROWS && vector_width() > 2 ? AS_THEY_ARE : TURNED;
}

/* All of the working memory that a form needs in one piece, zeroed; free() it. */
static inline Work *prepare_for(const Data *data, Form form)
{
    const Py_ssize_t p = data->p, padded = (p + 3) & ~(Py_ssize_t)3;
    const int size = tile_rows(p), width = vector_width(), aside = rows_not_turned(p), columns = columns_at_once(width);
    const Py_ssize_t stride = size + 8; /* not a power of two: columns fall on different cache lines */
    const Py_ssize_t wide = REGISTERS * width * (form == IN_COARSE_PANELS ? 2 : 1), step = PANEL_ROWS * wide + 8;
    const int in_panels = form == IN_PANELS || form == IN_COARSE_PANELS;
    Py_ssize_t blocks = 0, tiles = 0;
    for (Py_ssize_t j = 0; j < p; j += 4)
        blocks += (padded - j) / 4;
    for (Py_ssize_t i = 0; i < p; i += wide)
        for (Py_ssize_t j = 0; j < i + wide && j < p; j += columns)
            tiles++;
    const Py_ssize_t scores = (padded + 7) / 8 * 8, grams = form == TURNED ? 16 * width * blocks : 0;
    const Py_ssize_t panels = in_panels ? step * ((p + wide - 1) / wide) : 0;
    const Py_ssize_t squares = in_panels ? tiles * wide * columns : 0, turned = form == TURNED ? padded * stride : 0;
    const Py_ssize_t rows = form == TURNED ? 8 * padded : data->whole_rows && !data->single ? 0 : aside * padded;
    const size_t head = (sizeof(Work) + 63) / 64 * 64;
    char *memory = calloc(head + 64 + sizeof(double) * (size_t)(scores + grams + panels + squares + turned + rows + padded), 1);
    if (!memory)
        return NULL;
    Work *work = (Work *)memory;
    work->score = (double *)(memory + head + (64 - (uintptr_t)memory % 64) % 64);
    work->gram = work->score + scores;
    work->panels = work->gram + grams;
    work->squares = work->gram + grams + panels;
    work->x = work->gram + grams + panels + squares;
    work->rows = work->x + turned;
    work->beta = work->rows + rows;
    work->stride = stride, work->padded = padded, work->blocks = blocks, work->size = size;
    work->wide = wide, work->step = step, work->tiles = tiles, work->aside = aside;
    work->width = width, work->form = form;
    memcpy(work->beta, data->beta, sizeof(double) * (size_t)p);
    return work;
}

static inline Work *prepare(const Data *data)
{
    return prepare_for(data, TURNED);
}

static inline int is_format(const Py_buffer *view, const char *format)
{
    return view->format && strcmp(view->format, format) == 0;
}

/* X: a matrix of doubles or floats with any strides, of so many columns at least. */
static inline int take_matrix(PyObject *object, Py_buffer *view, Data *data, Py_ssize_t least)
{
    if (PyObject_GetBuffer(object, view, PyBUF_STRIDES | PyBUF_FORMAT) < 0)
        return -1;
    data->single = is_format(view, "f");
    if (view->ndim != 2 || !(data->single || is_format(view, "d")))
        return refuse("X must be a matrix of float64 or float32");
    data->X = view->buf, data->n = view->shape[0], data->p = view->shape[1];
    data->row = view->strides[0], data->column = view->strides[1];
    if (data->p < least || data->p > WIDEST)
        return refuse("X has fewer or more columns than the compiled pass takes");
    const Py_ssize_t item = view->itemsize;
    data->whole_rows = data->column == item && data->row == data->p * item;
    if ((uintptr_t)view->buf % (size_t)item || data->row % item || data->column % item)
        return refuse("X is not aligned");
    return 0;
}

/* A vector of `count` contiguous doubles; None leaves *to NULL where that is allowed. */
static inline int take_vector(PyObject *object, Py_buffer *view, Py_ssize_t count, int needed, const double **to)
{
    if (object == Py_None)
        return needed ? refuse("a vector is missing") : 0;
    if (PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return -1;
    if (!is_format(view, "d") || view->len != count * (Py_ssize_t)sizeof(double) || (uintptr_t)view->buf % sizeof(double))
        return refuse("a vector is not of float64 or not as long as X has rows or columns");
    *to = view->buf;
    return 0;
}

/* Room for log-likelihood and score, or for these and the information. */
static inline int take_output(PyObject *object, Py_buffer *view, Py_ssize_t p, int *with_gram)
{
    if (PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE) < 0)
        return -1;
    const Py_ssize_t count = view->len / (Py_ssize_t)sizeof(double);
    *with_gram = count == 1 + p + p * p;
    if (!is_format(view, "d") || (count != 1 + p && !*with_gram) || (uintptr_t)view->buf % sizeof(double))
        return refuse("the output must be 1 + p or 1 + p + p * p doubles");
    return 0;
}

enum { MATRIX, EVENTS, TRIALS, NONEVENTS, WEIGHTS, OFFSET, LIMIT, BETA, SCALE, OUTPUT, ARGUMENTS };

static inline int take_data(PyObject *const object[], Py_buffer view[], Data *data, Py_ssize_t least)
{
    if (take_matrix(object[MATRIX], view + MATRIX, data, least) < 0)
        return -1;
    const Py_ssize_t n = data->n, p = data->p;
    const double **to[ARGUMENTS] = {NULL,         &data->events, &data->trials, &data->nonevents, &data->weights,
                                    &data->offset, &data->limit,  &data->beta,   &data->scale,     NULL};
    for (int i = EVENTS; i < OUTPUT; i++)
        if (take_vector(object[i], view + i, i < BETA ? n : p, i == EVENTS || i == BETA, to[i]) < 0)
            return -1;
    return 0;
}

static inline int take_arguments(PyObject *const object[], Py_buffer view[], Data *data, int *with_gram)
{
    if (take_data(object, view, data, 1) < 0)
        return -1;
    return take_output(object[OUTPUT], view + OUTPUT, data->p, with_gram);
}

#endif
