/* Products of columns by panels of a few registers of them. Included once for each ELEMENT of panels, double or float;
   NAMED(name) is a name for that one. Sums of a group, some thousand rows, are elements too, and doubles from there. */

typedef ELEMENT NAMED(Long) __attribute__((vector_size(64), aligned(sizeof(ELEMENT)), may_alias));
typedef ELEMENT NAMED(Middle) __attribute__((vector_size(32), aligned(sizeof(ELEMENT)), may_alias));
typedef ELEMENT NAMED(Short) __attribute__((vector_size(16), aligned(sizeof(ELEMENT)), may_alias));

/* Products of some registers of the columns of a panel with a few columns of another one. */
#define PRODUCTS(name, Vector, columns)                                                                               \
    INLINE void NAMED(name)(const ELEMENT *a, const ELEMENT *b, int rows, const int some, ELEMENT *to)                \
    {                                                                                                                 \
        enum { lanes = sizeof(Vector) / sizeof(ELEMENT), wide = REGISTERS * lanes };                                  \
        Vector s[columns * REGISTERS] = {{0}};                                                                        \
        for (int i = 0; i < rows; i++, a += wide, b += wide)                                                          \
            _Pragma("GCC unroll 8") for (int c = 0; c < columns; c++)                                                 \
                _Pragma("GCC unroll 3") for (int r = 0; r < REGISTERS; r++)                                           \
                    if (r < some)                                                                                     \
                        s[c * REGISTERS + r] += *(const Vector *)(a + r * lanes) * b[c];                              \
        Vector *sum = (Vector *)to;                                                                                   \
        _Pragma("GCC unroll 8") for (int c = 0; c < columns; c++)                                                     \
            _Pragma("GCC unroll 3") for (int r = 0; r < REGISTERS; r++)                                               \
                if (r < some)                                                                                         \
                    sum[c * REGISTERS + r] += s[c * REGISTERS + r];                                                   \
    }

PRODUCTS(products_of_long, NAMED(Long), 8)
PRODUCTS(products_of_middle, NAMED(Middle), 4)
PRODUCTS(products_of_short, NAMED(Short), 3)

INLINE void NAMED(products_of)(const ELEMENT *a, const ELEMENT *b, int rows, int width, const int some, ELEMENT *to)
{
    if (width == 8)
        NAMED(products_of_long)(a, b, rows, some, to);
    else if (width == 4)
        NAMED(products_of_middle)(a, b, rows, some, to);
    else
        NAMED(products_of_short)(a, b, rows, some, to);
}

INLINE void NAMED(products)(const ELEMENT *a, const ELEMENT *b, int rows, int width, Py_ssize_t some, ELEMENT *to)
{
    if (some == 3)
        NAMED(products_of)(a, b, rows, width, 3, to);
    else if (some == 2)
        NAMED(products_of)(a, b, rows, width, 2, to);
    else
        NAMED(products_of)(a, b, rows, width, 1, to);
}

INLINE void NAMED(multiply_by)(double a, const double *restrict b, ELEMENT *restrict to, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = (ELEMENT)(a * b[i]);
}

/* Rows x times the roots of their weights become rows `at`, ... of the panels. */
INLINE void NAMED(fill_panels)(const Data *data, Work *work, const double *x, int at, int rows)
{
    const Py_ssize_t p = data->p, wide = work->wide;
    double root[MOST_ROWS];
#pragma omp simd simdlen(8)
    for (int i = 0; i < rows; i++)
        root[i] = sqrt(work->weight[i]);
    for (int i = 0; i < rows; i++, x += p) {
        ELEMENT *to = (ELEMENT *)work->panels + (at + i) * wide;
        for (Py_ssize_t j = 0; j < p; j += wide, to += work->step)
            if (j + wide <= p)
                NAMED(multiply_by)(root[i], x + j, to, (int)wide);
            else
                for (Py_ssize_t c = j; c < p; c++)
                    to[c - j] = (ELEMENT)(root[i] * x[c]);
    }
    if (data->scale)
        for (Py_ssize_t j = 0; j < p; j++)
            for (int i = 0; i < rows; i++)
                ((ELEMENT *)work->panels)[j / wide * work->step + (at + i) * wide + j % wide] *= (ELEMENT)data->scale[j];
}

/* Products of all panels, and what comes after the tile asked for while these are worked on. Registers whose columns
   all come before those that they are multiplied with, or after the last one, are left out. */
INLINE void NAMED(add_panels)(const Data *data, Work *work, int rows, const char *next, Py_ssize_t bytes)
{
    const int columns = columns_at_once(work->width), width = work->width;
    const Py_ssize_t wide = work->wide, lanes = wide / REGISTERS, share = (bytes / work->tiles + 63) / 64 * 64;
    ELEMENT *sum = work->squares;
    for (Py_ssize_t i = 0; i < data->p; i += wide) {
        const ELEMENT *a = (const ELEMENT *)work->panels + i / wide * work->step;
        const Py_ssize_t left = (data->p - i + lanes - 1) / lanes, stop = left < REGISTERS ? left : REGISTERS;
        for (Py_ssize_t j = 0; j < i + wide && j < data->p; j += columns, sum += wide * columns) {
            const ELEMENT *b = (const ELEMENT *)work->panels + j / wide * work->step + j % wide;
            const Py_ssize_t skip = j > i ? (j - i) / lanes : 0;
            NAMED(products)(a + skip * lanes, b, rows, width, stop - skip, sum + skip * lanes);
            for (Py_ssize_t ask = 0; ask < share && bytes > 0; ask += 64, bytes -= 64, next += 64)
                __builtin_prefetch(next, 0, 2);
        }
    }
}

/* Log-likelihood, score and products of rows as they are. */
INLINE double NAMED(tile)(const Data *data, Work *work, Py_ssize_t first, int rows)
{
    double llf = 0.0;
    for (int at = 0; at < rows; at += work->aside) {
        const int count = rows - at < work->aside ? rows - at : work->aside;
        const double *x = rows_aside(data, work, first + at, count);
        llf += tile_by_rows(data, work, x, first + at, count);
        NAMED(fill_panels)(data, work, x, at, count);
    }
    const int follows = data->whole_rows && first + 2 * rows <= data->n;
    NAMED(add_panels)(data, work, rows, data->X + (first + rows) * data->row, follows ? rows * data->row : 0);
    return llf;
}

/* Add the products of panels to the upper triangle of the information, and clear them. */
static inline void NAMED(flush)(const Data *data, Work *work, double *gram)
{
    const Py_ssize_t p = data->p, wide = work->wide;
    const int columns = columns_at_once(work->width);
    ELEMENT *sum = work->squares;
    for (Py_ssize_t i = 0; i < p; i += wide)
        for (Py_ssize_t j = 0; j < i + wide && j < p; j += columns)
            for (Py_ssize_t c = j; c < j + columns; c++)
                for (Py_ssize_t r = i; r < i + wide; r++, sum++)
                    if (c <= r && r < p)
                        gram[c * p + r] += (double)*sum;
    memset(work->squares, 0, sizeof(ELEMENT) * (size_t)(work->tiles * wide * columns));
}

#undef PRODUCTS
#undef ELEMENT
#undef NAMED
