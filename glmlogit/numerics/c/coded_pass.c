/* One pass over the rows of a logit model some of whose columns are given by integer codes: a cell of such columns has
   one coefficient, and its rows add to its sums.

   The twin of the NumPy lines in _cells.py, which says what is computed. Sums by cell have three levels as those of the
   columns have: tables, the segment, the call. Small tables are kept in copies that rows take in turns: one that is in
   the cell of the row before does not wait for its sum. */

#include "rows.h"

#include "coded_pass.h"

#define MOST_PRODUCTS (MOST_CELLS * (MOST_CELLS + 1) / 2)
#define LEAST_SUMMED 1024 /* rows between two additions of the tables to the segment: at least, at most */
#define MOST_SUMMED 65536
#define COPIES 4
#define COPIED 16384 /* doubles of a table up to which it is kept in copies */
#define JOINT 8192   /* doubles of a table up to which sets are summed together */

/* Columns by code: those of cells `same` have the same codes. */
typedef struct {
    const int32_t *codes;
    const double *multiplier, *effects;
    Py_ssize_t size;
    int same;
} Cells;

/* Sums by cell, `length` of them side by side, in copies. */
typedef struct {
    double *sums;
    Py_ssize_t cells;
    int copies, length;
} Table;

/* Sets whose cells are summed together: by the combination of their codes while rows are read, by each set in the end.
   The code of set k is `code / stride[k] % size`. Sets with a multiplier or with the codes of another stay alone. */
typedef struct {
    int count, sets[MOST_CELLS];
    Py_ssize_t stride[MOST_CELLS], cells;
    int32_t *codes;
    double *effects;
    Table scores, columns;
} Field;

/* What one thread works with beside Work: codes and multipliers of the tile, set after set; rows of weights times
   columns and weights, `length` doubles each; tables, one after another in `memory`, and their totals, which
   are added to after every `often` rows. */
typedef struct {
    int count, fields, length, with_products;
    int32_t *codes;
    double *multipliers, *records, *memory, *totals;
    Py_ssize_t doubles, often;
    int field_of[MOST_CELLS];
    Field field[MOST_CELLS];
    Table products[MOST_PRODUCTS];
    int32_t index[MOST_ROWS];
    double value[MOST_ROWS];
} Tables;

INLINE const int32_t *codes_of(const Cells *cells, const Tables *tables, int g)
{
    return tables->codes + cells[g].same * MOST_ROWS;
}

INLINE const double *multiplier_of(const Cells *cells, const Tables *tables, int g)
{
    return cells[g].multiplier ? tables->multipliers + g * MOST_ROWS : NULL;
}

/* Codes and multipliers of rows, filled up with zeros. The codes looked at are those used later, whatever else happens
   to the caller's array meanwhile: -1 where one of them is no cell. */
INLINE int take_cells(const Cells *cells, Tables *tables, int g, Py_ssize_t first, int rows, int full,
                      Py_ssize_t left)
{
    if (cells[g].multiplier) {
        double *to = tables->multipliers + g * MOST_ROWS;
        ask_for(cells[g].multiplier + first + rows, left < rows ? 0 : rows * (Py_ssize_t)sizeof(double));
        memcpy(to, cells[g].multiplier + first, sizeof(double) * (size_t)rows);
        memset(to + rows, 0, sizeof(double) * (size_t)(full - rows));
    }
    if (cells[g].same != g)
        return 0;
    int32_t *codes = tables->codes + g * MOST_ROWS;
    uint32_t largest = 0;
    ask_for(cells[g].codes + first + rows, left < rows ? 0 : rows * (Py_ssize_t)sizeof(int32_t));
    memcpy(codes, cells[g].codes + first, sizeof(int32_t) * (size_t)rows);
    memset(codes + rows, 0, sizeof(int32_t) * (size_t)(full - rows));
    for (int i = 0; i < full; i++) {
        const uint32_t code = (uint32_t)codes[i];
        largest = code > largest ? code : largest;
    }
    return (Py_ssize_t)largest < cells[g].size ? 0 : -1;
}

/* Combinations of the codes of a field. */
INLINE void combine(const Cells *cells, const Tables *tables, const Field *field, int rows)
{
    int32_t *restrict to = field->codes;
    if (field->count == 1)
        return;
    memcpy(to, codes_of(cells, tables, field->sets[0]), sizeof(int32_t) * (size_t)rows);
    for (int k = 1; k < field->count; k++) {
        const int32_t size = (int32_t)cells[field->sets[k]].size;
        const int32_t *restrict more = codes_of(cells, tables, field->sets[k]);
        for (int i = 0; i < rows; i++)
            to[i] = to[i] * size + more[i];
    }
}

INLINE void add_effects(const Field *field, const double *restrict multiplier, double *restrict eta, int rows)
{
    const int32_t *restrict codes = field->codes;
    const double *restrict effects = field->effects;
    if (multiplier)
        for (int i = 0; i < rows; i++)
            eta[i] += effects[codes[i]] * multiplier[i];
    else
        for (int i = 0; i < rows; i++)
            eta[i] += effects[codes[i]];
}

/* Eight rows of eight columns, turned in three steps: neighbours, pairs, halves. */
INLINE void turn_eight(const Eight x[8], double *to, int length)
{
    Eight a[8], b[8];
#pragma GCC unroll 4
    for (int k = 0; k < 8; k += 2) {
        a[k] = SHUFFLE(x[k], x[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        a[k + 1] = SHUFFLE(x[k], x[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
        const int j = k / 2 * 4 + k % 2;
        b[j] = SHUFFLE(a[j], a[j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        b[j + 2] = SHUFFLE(a[j], a[j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
        *(Eight *)(to + k * length) = SHUFFLE(b[k], b[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        *(Eight *)(to + (k + 4) * length) = SHUFFLE(b[k], b[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/* Weights times columns, then the weights, then zeros: eight of them from `start` on. */
INLINE void turn_eights(const Work *work, Py_ssize_t columns, Py_ssize_t start, int rows, int length, double *records)
{
    for (int i = 0; i < rows; i += 8) {
        const Eight w = *(const Eight *)(work->weight + i);
        Eight x[8];
#pragma GCC unroll 8
        for (int k = 0; k < 8; k++) {
            x[k] = (Eight){0};
            if (start + k < columns)
                x[k] = w * *(const Eight *)(work->x + (start + k) * work->stride + i);
            else if (start + k == columns)
                x[k] = w;
        }
        turn_eight(x, records + i * length + start, length);
    }
}

INLINE void turn_twos(const Work *work, Py_ssize_t columns, Py_ssize_t start, int rows, int length, double *records)
{
    const double *x = work->x + start * work->stride, *next = x + work->stride;
    for (int i = 0; i < rows; i += 2) {
        double *to = records + i * length + start;
        const Two w = *(const Two *)(work->weight + i);
        Two one = w, two = {0.0, 0.0};
        if (start < columns)
            one = w * *(const Two *)(x + i), two = w;
        if (start + 1 < columns)
            two = w * *(const Two *)(next + i);
        *(Two *)to = (Two){one[0], two[0]};
        *(Two *)(to + length) = (Two){one[1], two[1]};
    }
}

/* The rows of the tile one after another: by eights where a register holds as many. */
INLINE void turn_back(const Work *work, Py_ssize_t columns, int rows, int length, double *records)
{
    Py_ssize_t j = 0;
    if (work->width == 8)
        for (; j + 8 <= length; j += 8)
            turn_eights(work, columns, j, rows, length, records);
    for (; j <= columns; j += 2)
        turn_twos(work, columns, j, rows, length, records);
}

#define ADD(Vector, k) *(Vector *)(to + (k)) += *(const Vector *)(from + (k)) * by

INLINE void add_records(const Table *table, const int32_t *restrict codes, const double *restrict multiplier,
                        const double *restrict from, int rows, int length)
{
    const int turns = table->copies - 1;
    for (int i = 0; i < rows; i++, from += length) {
        double *to = table->sums + ((Py_ssize_t)codes[i] * (turns + 1) + (i & turns)) * length;
        const double by = multiplier ? multiplier[i] : 1.0;
        int k = 0;
        for (; k + 8 <= length; k += 8)
            ADD(Eight, k);
        if (length & 4) {
            ADD(Four, k);
            k += 4;
        }
        if (length & 2)
            ADD(Two, k);
    }
}

/* The same for lengths known when compiled, and with or without multiplier. */
#define ADD_RECORDS(size)                                                                \
    case size:                                                                           \
        if (multiplier)                                                                  \
            add_records(table, codes, multiplier, tables->records, rows, size);          \
        else                                                                             \
            add_records(table, codes, NULL, tables->records, rows, size);                \
        break;

INLINE void add_columns(const Tables *tables, const Table *table, const int32_t *codes, const double *multiplier,
                        int rows)
{
    switch (tables->length) {
        ADD_RECORDS(2)
        ADD_RECORDS(4)
        ADD_RECORDS(8)
        ADD_RECORDS(12)
        ADD_RECORDS(16)
        ADD_RECORDS(24)
        ADD_RECORDS(32)
    default:
        add_records(table, codes, multiplier, tables->records, rows, tables->length);
    }
}

INLINE void add_values(const Table *table, const int32_t *restrict index, const double *restrict value, int rows)
{
    double *sums = table->sums;
    if (table->copies == 1)
        for (int i = 0; i < rows; i++)
            sums[index[i]] += value[i];
    else
        for (int i = 0; i < rows; i += COPIES)
#pragma GCC unroll 4
            for (int k = 0; k < COPIES; k++)
                sums[(Py_ssize_t)index[i + k] * COPIES + k] += value[i + k];
}

/* a * b * c, of which b and c may be absent. */
INLINE const double *values(const double *restrict a, const double *restrict b, const double *restrict c,
                            double *restrict to, int rows)
{
    if (!b && !c)
        return a;
    if (b && c)
        for (int i = 0; i < rows; i++)
            to[i] = a[i] * b[i] * c[i];
    else
        multiply(a, b ? b : c, to, rows);
    return to;
}

INLINE void add_products(const Cells *cells, Tables *tables, const double *weight, int rows)
{
    const Table *table = tables->products;
    for (int h = 0; h < tables->count; h++)
        for (int g = 0; g <= h; g++, table++) {
            const double *by = multiplier_of(cells, tables, g), *and = multiplier_of(cells, tables, h);
            const int32_t *restrict codes = codes_of(cells, tables, g), *restrict others = codes_of(cells, tables, h);
            if (!table->cells)
                continue;
            const double *value = values(weight, by, and, tables->value, rows);
            if (cells[g].same == cells[h].same) {
                add_values(table, codes, value, rows);
                continue;
            }
            const int32_t size = (int32_t)cells[h].size;
            for (int i = 0; i < rows; i++)
                tables->index[i] = codes[i] * size + others[i];
            add_values(table, tables->index, value, rows);
        }
}

/* A tile's columns, codes, weights and linear predictors; returns its rows, those that fill it up included, or -1 where a
   code is no cell. */
INLINE int enter_cells(const Data *data, const Cells *cells, Work *work, Tables *tables, Py_ssize_t first, int rows)
{
    const int full = (rows + PADDING - 1) / PADDING * PADDING;
    int known = 0;
    take_rows(data, work, first, rows);
    for (int g = 0; g < tables->count; g++)
        known |= take_cells(cells, tables, g, first, rows, full, data->n - first - rows);
    if (known < 0)
        return -1;
    for (int f = 0; f < tables->fields; f++) {
        const Field *field = tables->field + f;
        combine(cells, tables, field, full);
        add_effects(field, multiplier_of(cells, tables, field->sets[0]), work->eta, rows);
    }
    place(data, work, first, rows);
    return fill(data, work, rows);
}

/* Rows of a tile to all sums; -1 where a code is no cell. */
INLINE int cell_tile(const Data *data, const Cells *cells, Work *work, Tables *tables, Py_ssize_t first, int rows,
                     double *llf)
{
    const int full = enter_cells(data, cells, work, tables, first, rows);
    if (full < 0)
        return -1;
    *llf += likelihood(data, work, full);
    add_score(work, full);
    for (int f = 0; f < tables->fields; f++) {
        const Field *field = tables->field + f;
        const double *multiplier = multiplier_of(cells, tables, field->sets[0]);
        add_values(&field->scores, field->codes, values(work->residual, multiplier, NULL, tables->value, full), full);
    }
    if (!tables->with_products)
        return 0;
    add_gram(data, work, full);
    turn_back(work, data->p, full, tables->length, tables->records);
    for (int f = 0; f < tables->fields; f++) {
        const Field *field = tables->field + f;
        add_columns(tables, &field->columns, field->codes, multiplier_of(cells, tables, field->sets[0]), full);
    }
    add_products(cells, tables, work->weight, full);
    return 0;
}

INLINE void flush_tables(Tables *tables)
{
    double *restrict from = tables->memory, *restrict to = tables->totals;
    if (from == to) /* few rows: tables are totals */
        return;
    for (Py_ssize_t k = 0; k < tables->doubles; k++) {
        to[k] += from[k];
        from[k] = 0.0;
    }
}

CLONES static int cell_rows(const Data *data, const Cells *cells, Work *work, Tables *tables, Py_ssize_t first,
                            Py_ssize_t stop, double *out)
{
    const Py_ssize_t p = data->p, start = first, size = work->size;
    const int with_gram = tables->with_products;
    double llf = 0.0;
    while (first < stop) {
        const int rows = (int)(stop - first < size ? stop - first : size);
        if (cell_tile(data, cells, work, tables, first, rows, &llf) < 0)
            return -1;
        first += size;
        if ((first - start) % tables->often == 0 || first >= stop)
            flush_tables(tables);
        if ((first - start) % GROUP == 0 || first >= stop) {
            out[0] += llf, llf = 0.0;
            flush(data, work, out, with_gram);
        }
    }
    for (Py_ssize_t j = 0; with_gram && j < p; j++)
        for (Py_ssize_t k = 0; k < j; k++)
            out[1 + p + j * p + k] = out[1 + p + k * p + j];
    return 0;
}

/* Part of a code: `code / stride % size`. */
typedef struct {
    Py_ssize_t stride, size;
} Part;

static const Part NONE = {1, 1};

/* Add entries first, ..., first + count - 1 of the totals of a table to out, by two parts of the code; returns the end
   of what was added to. */
static double *add_up(const Tables *tables, const Table *table, int first, Py_ssize_t count, Part one, Part other,
                      double *out)
{
    const double *from = tables->totals + (table->sums - tables->memory) + first;
    const int whole = one.size == table->cells;
    for (Py_ssize_t c = 0; c < table->cells; c++) {
        double *to = out + count * (whole ? c : c / one.stride % one.size * other.size + c / other.stride % other.size);
        for (int k = 0; k < table->copies; k++, from += table->length)
            for (Py_ssize_t j = 0; j < count; j++)
                to[j] += from[j];
    }
    return out + one.size * other.size * count;
}

static const Field *field_of(const Tables *tables, int g)
{
    return tables->field + tables->field_of[g];
}

static Part part_of(const Cells *cells, const Tables *tables, int g)
{
    const Field *field = field_of(tables, g);
    int k = 0;
    while (field->sets[k] != g)
        k++;
    return (Part){field->stride[k], cells[g].size};
}

/* Weights summed beside the columns: of which set; -1 where products have a table of their own. */
static int set_with_weights(const Cells *cells, const Tables *tables, int g, int h)
{
    if (cells[g].same == cells[h].same)
        return cells[g].multiplier ? (cells[h].multiplier ? -1 : g) : h;
    return tables->field_of[g] == tables->field_of[h] ? g : -1;
}

static double *add_up_products(const Data *data, const Cells *cells, const Tables *tables, int g, int h, double *out)
{
    const Table *table = tables->products + h * (h + 1) / 2 + g;
    const int set = set_with_weights(cells, tables, g, h);
    if (set < 0)
        return add_up(tables, table, 0, 1, (Part){1, table->cells}, NONE, out);
    const int one = cells[g].same == cells[h].same;
    const Part first = part_of(cells, tables, one ? set : g), second = one ? NONE : part_of(cells, tables, h);
    return add_up(tables, &field_of(tables, set)->columns, (int)data->p, 1, first, second, out);
}

/* Totals of all tables to the segment's sums. */
static void add_up_all(const Data *data, const Cells *cells, const Tables *tables, double *out)
{
    const int count = tables->count;
    for (int g = 0; g < count; g++)
        out = add_up(tables, &field_of(tables, g)->scores, 0, 1, part_of(cells, tables, g), NONE, out);
    for (int g = 0; g < count && tables->with_products; g++)
        out = add_up(tables, &field_of(tables, g)->columns, 0, data->p, part_of(cells, tables, g), NONE, out);
    for (int g = 0; g < count && tables->with_products; g++)
        for (int h = g; h < count; h++)
            out = add_up_products(data, cells, tables, g, h, out);
}

/* Doubles of a record: columns and a weight, in whole registers. */
static int record_length(Py_ssize_t columns)
{
    return columns < 2 ? 2 : (int)((columns + 4) / 4 * 4);
}

/* Whether a set is summed together with those of a field: a table of so many cells is taken apart in less time than its
   rows would need one set after another. */
static int joins(const Cells *cells, int g, const Field *field, Py_ssize_t room)
{
    const Cells *set = cells + g, *first = cells + field->sets[0];
    return set->same == g && !set->multiplier && !first->multiplier && first->same == field->sets[0] &&
           set->size <= room && field->cells * set->size <= room;
}

static void make_fields(const Cells *cells, Tables *tables, Py_ssize_t rows)
{
    const Py_ssize_t room = (rows < 4 * JOINT ? rows / 4 : JOINT) / tables->length;
    for (int g = 0; g < tables->count; g++) {
        int f = 0;
        while (f < tables->fields && !joins(cells, g, tables->field + f, room))
            f++;
        Field *field = tables->field + f;
        tables->fields += f == tables->fields;
        for (int k = 0; k < field->count; k++)
            field->stride[k] *= cells[g].size;
        field->cells = field->count ? field->cells * cells[g].size : cells[g].size;
        field->stride[field->count] = 1;
        field->sets[field->count++] = g;
        tables->field_of[g] = f;
    }
}

/* Memory in one piece: first counted (base NULL), then given out; each part starts a cache line. */
typedef struct {
    double *base;
    Py_ssize_t used;
} Room;

static double *give(Room *room, Py_ssize_t doubles)
{
    double *at = room->base ? room->base + room->used : NULL;
    room->used += (doubles + 7) / 8 * 8;
    return at;
}

static Table give_table(Room *room, Py_ssize_t cells, int length, int copies)
{
    if (cells * length > COPIED)
        copies = 1;
    return (Table){give(room, cells * length * copies), cells, copies, length};
}

/* Rows between two additions of tables to totals: more where these are large, so that adding costs less than a row. */
static Py_ssize_t rows_to_sum(Py_ssize_t doubles)
{
    Py_ssize_t rows = LEAST_SUMMED;
    while (rows < doubles && rows < MOST_SUMMED)
        rows *= 2;
    return rows;
}

static void give_tables(const Cells *cells, Tables *tables, Py_ssize_t rows, Room *room)
{
    const Py_ssize_t start = room->used;
    tables->memory = give(room, 0);
    for (int f = 0; f < tables->fields; f++) {
        Field *field = tables->field + f;
        field->scores = give_table(room, field->cells, 1, COPIES);
        if (tables->with_products)
            field->columns = give_table(room, field->cells, tables->length, 2);
    }
    for (int h = 0; h < tables->count && tables->with_products; h++)
        for (int g = 0; g <= h; g++) {
            const Py_ssize_t size = cells[g].size, all = cells[g].same == cells[h].same ? size : size * cells[h].size;
            if (set_with_weights(cells, tables, g, h) < 0)
                tables->products[h * (h + 1) / 2 + g] = give_table(room, all, 1, COPIES);
        }
    tables->doubles = room->used - start;
    tables->often = rows_to_sum(tables->doubles);
    tables->totals = rows > tables->often ? give(room, tables->doubles) : tables->memory;
}

static void give_tile(const Cells *cells, Tables *tables, Room *room)
{
    tables->codes = (int32_t *)give(room, MOST_ROWS * tables->count / 2);
    tables->multipliers = give(room, MOST_ROWS * tables->count);
    tables->records = give(room, MOST_ROWS * tables->length);
    for (int f = 0; f < tables->fields; f++) {
        Field *field = tables->field + f;
        field->effects = give(room, field->cells);
        if (field->count > 1)
            field->codes = (int32_t *)give(room, MOST_ROWS / 2);
        else if (tables->codes)
            field->codes = tables->codes + cells[field->sets[0]].same * MOST_ROWS;
    }
}

/* What the sets of a field give to the predictor, by the combination of their codes. */
static void sum_effects(const Cells *cells, const Field *field)
{
    for (int k = 0; k < field->count; k++) {
        const Cells *set = cells + field->sets[k];
        for (Py_ssize_t c = 0; c < field->cells; c++)
            field->effects[c] += set->effects[c / field->stride[k] % set->size];
    }
}

static Room lay_out(const Cells *cells, Tables *tables, Py_ssize_t rows, double *base)
{
    Room room = {base, 0};
    give_tables(cells, tables, rows, &room);
    give_tile(cells, tables, &room);
    return room;
}

/* All in one piece, zeroed; free() it. */
static Tables *prepare_tables(const Data *data, const Cells *cells, int count, int with_products, Py_ssize_t rows)
{
    Tables plan = {.count = count, .length = record_length(data->p), .with_products = with_products};
    const size_t head = (sizeof(Tables) + 63) / 64 * 64;
    make_fields(cells, &plan, rows);
    const size_t doubles = (size_t)lay_out(cells, &plan, rows, NULL).used;
    char *memory = calloc(head + 64 + sizeof(double) * doubles, 1);
    if (!memory)
        return NULL;
    Tables *tables = (Tables *)memory;
    *tables = plan;
    lay_out(cells, tables, rows, (double *)(memory + head + (64 - (uintptr_t)memory % 64) % 64));
    for (int f = 0; f < tables->fields; f++)
        sum_effects(cells, tables->field + f);
    return tables;
}

/* One set: (codes, size, multiplier or None, effects, the set whose codes these are). */
static int take_set(PyObject *item, Py_buffer view[3], Py_ssize_t n, Cells *cells, int g)
{
    PyObject *codes, *multiplier, *effects;
    Cells *to = cells + g;
    if (!PyTuple_Check(item))
        return refuse("cells must be tuples");
    if (!PyArg_ParseTuple(item, "OnOOi", &codes, &to->size, &multiplier, &effects, &to->same))
        return -1;
    if (to->size < 0 || to->size > INT32_MAX || to->same < 0 || to->same > g || cells[to->same].same != to->same ||
        cells[to->same].size != to->size)
        return refuse("no such cells");
    if (PyObject_GetBuffer(codes, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return -1;
    if (!(is_format(view, "i") || is_format(view, "l")) || view->itemsize != sizeof(int32_t) ||
        view->len != n * (Py_ssize_t)sizeof(int32_t) || (uintptr_t)view->buf % sizeof(int32_t))
        return refuse("codes are not of int32 or not as many as X has rows");
    to->codes = view->buf;
    if (take_vector(multiplier, view + 1, n, 0, &to->multiplier) < 0)
        return -1;
    return take_vector(effects, view + 2, to->size, 1, &to->effects);
}

static int take_sets(PyObject *tuple, Py_buffer view[][3], Py_ssize_t n, Cells *cells)
{
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) > MOST_CELLS)
        return refuse("cells must be a tuple, not too long");
    const int count = (int)PyTuple_Size(tuple);
    for (int g = 0; g < count; g++)
        if (take_set(PyTuple_GetItem(tuple, g), view[g], n, cells, g) < 0)
            return -1;
    return count;
}

/* Doubles of all sums; -1 where products have more cells than codes can count. */
static int64_t count_sums(const Data *data, const Cells *cells, int count, int with_products)
{
    int64_t all = 1 + data->p + (with_products ? data->p * data->p : 0);
    for (int g = 0; g < count; g++) {
        all += (int64_t)cells[g].size * (with_products ? 1 + data->p : 1);
        for (int h = g; h < count && with_products; h++) {
            const int64_t size = cells[g].size, square = cells[g].same == cells[h].same ? size : size * cells[h].size;
            if (square > INT32_MAX)
                return refuse("products of cells are too many");
            all += square;
        }
    }
    return all;
}

static int take_sums(PyObject *object, Py_buffer *view, const Data *data, const Cells *cells, int count,
                     int with_products)
{
    const int64_t doubles = count_sums(data, cells, count, with_products);
    if (doubles < 0 || PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE) < 0)
        return -1;
    if (!is_format(view, "d") || view->len / (Py_ssize_t)sizeof(double) != doubles ||
        (uintptr_t)view->buf % sizeof(double))
        return refuse("the output has not as many doubles as there are sums");
    return 0;
}

/* Without the lock; -1 where a code is no cell, -2 where memory is short. */
static int run(const Data *data, const Cells *cells, int count, int with_products, Py_ssize_t first, Py_ssize_t stop,
               double *out, size_t bytes)
{
    Work *work = prepare(data);
    Tables *tables = prepare_tables(data, cells, count, with_products, stop - first);
    int done = -2;
    memset(out, 0, bytes);
    if (work && tables)
        done = cell_rows(data, cells, work, tables, first, stop, out);
    if (done == 0)
        add_up_all(data, cells, tables, out + 1 + data->p + (with_products ? data->p * data->p : 0));
    free(work);
    free(tables);
    return done;
}

/* Why rows were not summed, as an exception. */
static void explain(int done)
{
    if (done == -1)
        refuse("a code is not that of a cell");
    else if (done == -2)
        PyErr_NoMemory();
}

/* accumulate_cells(X, events, trials, nonevents, weights, offset, limit, beta, cells, out, first, stop, products)
   -> None. out: log-likelihood, score, information; scores by cell; with columns by cell; products, g <= h. */
PyObject *glmlogit_accumulate_cells(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[ARGUMENTS], *sets;
    Py_buffer view[ARGUMENTS], of_cells[MOST_CELLS][3];
    Data data = {0};
    Cells cells[MOST_CELLS] = {{0}};
    Py_ssize_t first, stop;
    int with_products, count = 0, done = -3;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOnnp", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, object + 7, &sets, object + OUTPUT, &first, &stop, &with_products))
        return NULL;
    object[SCALE] = Py_None;
    memset(view, 0, sizeof view);
    memset(of_cells, 0, sizeof of_cells);
    if (take_data(object, view, &data, 0) == 0 && (count = take_sets(sets, of_cells, data.n, cells)) >= 0 &&
        take_sums(object[OUTPUT], view + OUTPUT, &data, cells, count, with_products) == 0) {
        if (first < 0 || stop < first || stop > data.n)
            refuse("no such rows");
        else {
            Py_BEGIN_ALLOW_THREADS
            done = run(&data, cells, count, with_products, first, stop, view[OUTPUT].buf, (size_t)view[OUTPUT].len);
            Py_END_ALLOW_THREADS
            explain(done);
        }
    }
    release_buffers(view, ARGUMENTS);
    release_buffers(&of_cells[0][0], MOST_CELLS * 3);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* --- weights times probabilities of events ----------------------------------------------------------------------------- */
/* Probabilities of an event, predictors raised by so much, times the weights of rows. */
INLINE void weigh_events(const Work *work, double shift, double *restrict to, int rows)
{
    const double *restrict eta = work->eta, *restrict a = work->a;
#pragma omp simd simdlen(8)
    for (int i = 0; i < rows; i++) {
        const double raised = eta[i] + shift, t = exp_of_negative(-fabs(raised)), big = 1.0 / (1.0 + t);
        to[i] = a[i] * (raised >= 0.0 ? big : t * big);
    }
}

/* Sums for each of `count` shifts, by the cells of one set, or all in one where `by` is -1. */
typedef struct {
    const double *shifts;
    Py_ssize_t count, size;
    int by;
} Asked;

CLONES static int event_rows(const Data *data, const Cells *cells, Work *work, Tables *tables, const Asked *asked,
                             const Table *table, Py_ssize_t first, Py_ssize_t stop, double *out)
{
    const Py_ssize_t start = first, size = work->size, sums = asked->size * table->copies;
    while (first < stop) {
        const int rows = (int)(stop - first < size ? stop - first : size);
        const int full = enter_cells(data, cells, work, tables, first, rows);
        const int32_t *codes = asked->by < 0 ? tables->index : codes_of(cells, tables, asked->by);
        if (full < 0)
            return -1;
        for (Py_ssize_t s = 0; s < asked->count; s++) {
            const Table of_shift = {table->sums + s * sums, asked->size, table->copies, 1};
            weigh_events(work, asked->shifts[s], tables->value, full);
            add_values(&of_shift, codes, tables->value, full);
        }
        first += size;
        if ((first - start) % GROUP == 0 || first >= stop)
            for (Py_ssize_t k = 0; k < asked->count * sums; k++) {
                out[k / table->copies] += table->sums[k];
                table->sums[k] = 0.0;
            }
    }
    return 0;
}

/* Without the lock; -1 where a code is no cell, -2 where memory is short. */
static int run_events(const Data *data, const Cells *cells, int count, const Asked *asked, Py_ssize_t first,
                      Py_ssize_t stop, double *out)
{
    const Py_ssize_t all = asked->count * asked->size;
    Work *work = prepare(data);
    Tables *tables = prepare_tables(data, cells, count, 0, stop - first);
    Table table = {NULL, all, all > COPIED ? 1 : COPIES, 1};
    int done = -2;
    table.sums = calloc((size_t)(all * table.copies), sizeof(double));
    memset(out, 0, sizeof(double) * (size_t)all);
    if (work && tables && table.sums)
        done = event_rows(data, cells, work, tables, asked, &table, first, stop, out);
    free(work);
    free(tables);
    free(table.sums);
    return done;
}

static int take_asked(PyObject *object, PyObject *sums, Py_buffer *shifts, Py_buffer *out, const Cells *cells, int count,
                      Asked *asked)
{
    const int order = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT;
    if (asked->by < -1 || asked->by >= count)
        return refuse("no such cells");
    asked->size = asked->by < 0 ? 1 : cells[asked->by].size;
    if (PyObject_GetBuffer(object, shifts, order) < 0 || PyObject_GetBuffer(sums, out, order | PyBUF_WRITABLE) < 0)
        return -1;
    if (!is_format(shifts, "d") || !is_format(out, "d") || ((uintptr_t)shifts->buf | (uintptr_t)out->buf) % sizeof(double))
        return refuse("expected doubles");
    asked->shifts = shifts->buf;
    asked->count = shifts->len / (Py_ssize_t)sizeof(double);
    return out->len == shifts->len * asked->size ? 0 : refuse("the output has not as many doubles as there are sums");
}

/* accumulate_events(X, weights, trials, nonevents, None, offset, limit, beta, cells, shifts, by, out, first, stop) -> None.
   out: sums of weights times probabilities, by the cells of set `by` or in one sum, for each shift of the predictor. */
PyObject *glmlogit_accumulate_events(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[ARGUMENTS], *sets, *shifts;
    Py_buffer view[ARGUMENTS], of_cells[MOST_CELLS][3], of_shifts = {0};
    Data data = {0};
    Cells cells[MOST_CELLS] = {{0}};
    Asked asked = {0};
    Py_ssize_t first, stop;
    int count = 0, done = -3;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOiOnn", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, object + 7, &sets, &shifts, &asked.by, object + OUTPUT, &first, &stop))
        return NULL;
    object[SCALE] = Py_None;
    memset(view, 0, sizeof view);
    memset(of_cells, 0, sizeof of_cells);
    if (take_data(object, view, &data, 0) == 0 && (count = take_sets(sets, of_cells, data.n, cells)) >= 0 &&
        take_asked(shifts, object[OUTPUT], &of_shifts, view + OUTPUT, cells, count, &asked) == 0) {
        if (first < 0 || stop < first || stop > data.n)
            refuse("no such rows");
        else {
            Py_BEGIN_ALLOW_THREADS
            done = run_events(&data, cells, count, &asked, first, stop, view[OUTPUT].buf);
            Py_END_ALLOW_THREADS
            explain(done);
        }
    }
    release_buffers(view, ARGUMENTS);
    release_buffers(&of_cells[0][0], MOST_CELLS * 3);
    release_buffers(&of_shifts, 1);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}
