#include "api/table.h"

#include <stdlib.h>
#include <string.h>

#include "api/text.h"
#include "base/clock.h"
#include "base/natural.h"

/* --- time ---------------------------------------------------------------- */

/* What takes long where there are many rows, or filters. */
struct work {
	int64_t deadline_ms;
	unsigned steps;
	bool is_late;
};

/* Before each step: asks the clock now and then. */
static bool
is_over(struct work *w)
{
	enum { STEPS = 1024 };

	if (w->steps++ % STEPS == 0)
		w->is_late |= clock_now_ms() >= w->deadline_ms;
	return w->is_late;
}

static enum err_code
end_work(const struct work *w, struct err *e)
{
	return w->is_late ? err_set(e, ERR_TIMEOUT,
				    "the time was over before all rows were "
				    "looked at")
			  : ERR_OK;
}

/* --- filters ------------------------------------------------------------- */

static bool
is_like_one(const struct cell_text *text, const struct params_filter *f)
{
	for (size_t i = 0; i < f->text_count; i++)
		if (text_is_like(text, &f->texts[i]))
			return true;
	return false;
}

/* As it is told: what reads 80 is 80. */
static double
told(const struct column *c, const struct cell *cell)
{
	return json_rounded(cell->number, unit_table[c->unit].decimals);
}

static bool
is_in_range(double value, const struct params_filter *f)
{
	return value >= f->min && value <= f->max;
}

static bool
has_one_like(const struct cell *cell, const struct params_filter *f)
{
	for (size_t i = 0; i < cell->texts.count; i++) {
		const struct intern_string *item = cell->texts.items[i];
		const struct cell_text text = {item->text, item->length};

		if (is_like_one(&text, f))
			return true;
	}
	return false;
}

static bool
passes(const struct column *c, const struct cell *cell,
       const struct params_filter *f)
{
	if (cell->is_null)
		return false;
	switch (c->type) {
	case COLUMN_INTEGER:
	case COLUMN_BOOLEAN:
		return is_in_range((double)cell->integer, f);
	case COLUMN_DECIMAL:
		return is_in_range(told(c, cell), f);
	case COLUMN_TIME:
		return is_in_range(cell->number, f);
	case COLUMN_TEXTS:
		return has_one_like(cell, f);
	default:
		return is_like_one(&cell->text, f);
	}
}

bool
table_passes(const struct rows *rows, const void *row,
	     const struct column_list *list, const struct params *p)
{
	for (size_t i = 0; i < p->filter_count; i++) {
		const struct params_filter *f = &p->filters[i];
		const struct column *c = &list->columns[f->column];
		struct cell cell = c->get(rows, row, c);

		if (!passes(c, &cell, f))
			return false;
	}
	return true;
}

static enum err_code
filter(struct rows *rows, const struct column_list *list,
       const struct params *p, int64_t deadline_ms, struct err *e)
{
	struct work work = {.deadline_ms = deadline_ms};
	size_t count = 0;

	if (p->filter_count == 0)
		return ERR_OK;
	for (size_t i = 0; i < rows->count && !is_over(&work); i++)
		if (table_passes(rows, rows->list[i], list, p))
			rows->list[count++] = rows->list[i];
	rows->count = count;
	return end_work(&work, e);
}

/* --- order --------------------------------------------------------------- */

struct order {
	const struct rows *rows;
	const struct column_list *list;
	const struct params *params;
	struct work *work;
};

struct placed {
	const void *row;
	size_t place; /* in the order of the contract */
};

/* A cell may be the part of a longer text that is told: the rest is nobody's.
 */
static int
compare_texts(const struct cell_text *a, const struct cell_text *b)
{
	return natural_compare_of(a->text, a->length, b->text, b->length);
}

static int
compare_numbers(double a, double b)
{
	return (a > b) - (a < b);
}

static int
compare_lists(const struct cell *a, const struct cell *b)
{
	for (size_t i = 0; i < a->texts.count && i < b->texts.count; i++) {
		int order = natural_compare(a->texts.items[i]->text,
					    b->texts.items[i]->text);

		if (order != 0)
			return order;
	}
	return (a->texts.count > b->texts.count) -
	       (a->texts.count < b->texts.count);
}

static int
compare_cells(const struct column *c, const struct cell *a,
	      const struct cell *b)
{
	switch (c->type) {
	case COLUMN_INTEGER:
	case COLUMN_BOOLEAN:
		return compare_numbers((double)a->integer, (double)b->integer);
	case COLUMN_DECIMAL:
		return compare_numbers(told(c, a), told(c, b));
	case COLUMN_TIME:
		return compare_numbers(a->number, b->number);
	case COLUMN_TEXTS:
		return compare_lists(a, b);
	default:
		return compare_texts(&a->text, &b->text);
	}
}

/* What is not known comes last, either way. */
static int
compare_by(const struct order *o, const struct column *c, bool descends,
	   const void *a, const void *b)
{
	struct cell left = c->get(o->rows, a, c), right = c->get(o->rows, b, c);
	int order;

	if (left.is_null || right.is_null)
		return left.is_null - right.is_null;
	order = compare_cells(c, &left, &right);
	return descends ? -order : order;
}

static int
compare_rows(const void *a, const void *b, void *context)
{
	const struct placed *left = a, *right = b;
	const struct order *o = context;
	int order = 0;

	if (is_over(o->work))
		return 0;
	for (size_t i = 0; order == 0 && i < o->params->sort_count; i++)
		order = compare_by(
		    o, &o->list->columns[o->params->sort[i].column],
		    o->params->sort[i].descends, left->row, right->row);
	if (order == 0)
		order =
		    (left->place > right->place) - (left->place < right->place);
	return order;
}

static enum err_code
sort(struct rows *rows, const struct column_list *list, const struct params *p,
     struct arena *arena, int64_t deadline_ms, struct err *e)
{
	struct work work = {.deadline_ms = deadline_ms};
	struct order order = {rows, list, p, &work};
	struct placed *placed;

	if (p->sort_count == 0)
		return ERR_OK;
	placed = arena_alloc(arena, rows->count * sizeof(*placed));
	if (placed == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < rows->count; i++)
		placed[i] = (struct placed){rows->list[i], i};
	qsort_r(placed, rows->count, sizeof(*placed), compare_rows, &order);
	for (size_t i = 0; i < rows->count; i++)
		rows->list[i] = placed[i].row;
	return end_work(&work, e);
}

/* --- pages --------------------------------------------------------------- */

static void
cut(struct rows *rows, const struct params *p, struct table_page *page)
{
	size_t first = (size_t)p->offset;

	*page = (struct table_page){
	    .total = rows->count,
	    .limit = p->limit,
	    .offset = p->offset,
	    .next_offset = -1,
	};
	if (first > rows->count)
		first = rows->count;
	rows->list += first;
	rows->count -= first;
	if (p->limit < 0 || (size_t)p->limit >= rows->count)
		return;
	rows->count = (size_t)p->limit;
	page->next_offset = p->offset + p->limit;
}

enum err_code
table_choose(struct rows *rows, const struct column_list *list,
	     const struct params *p, struct arena *arena, int64_t deadline_ms,
	     struct table_page *page, struct err *e)
{
	enum err_code code = filter(rows, list, p, deadline_ms, e);

	if (code == ERR_OK)
		code = sort(rows, list, p, arena, deadline_ms, e);
	if (code == ERR_OK)
		cut(rows, p, page);
	return code;
}
