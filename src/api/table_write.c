/* Rows as JSON, and as CSV. */
#include "api/table.h"
#include "api/text.h"
#include "base/clock.h"
#include "base/utf8.h"

/* --- JSON ---------------------------------------------------------------- */

static void
write_texts(struct json *j, const struct cell *cell)
{
	json_open_array(j);
	for (size_t i = 0; i < cell->texts.count; i++)
		json_text_of(j, cell->texts.items[i]->text,
			     cell->texts.items[i]->length);
	json_close_array(j);
}

static void
write_integers(struct json *j, const struct cell *cell)
{
	json_open_array(j);
	for (size_t i = 0; i < cell->integers.count; i++)
		json_integer(j, cell->integers.items[i]);
	json_close_array(j);
}

static void
write_json_cell(struct json *j, const struct column *c, const struct cell *cell)
{
	if (cell->is_null) {
		json_null(j);
		return;
	}
	switch (c->type) {
	case COLUMN_INTEGER:
		json_integer(j, cell->integer);
		break;
	case COLUMN_DECIMAL:
		json_decimal(j, cell->number, unit_table[c->unit].decimals);
		break;
	case COLUMN_TIME:
		json_time(j, cell->number);
		break;
	case COLUMN_TEXTS:
		write_texts(j, cell);
		break;
	case COLUMN_INTEGERS:
		write_integers(j, cell);
		break;
	case COLUMN_BOOLEAN:
		json_boolean(j, cell->integer != 0);
		break;
	default:
		json_text_of(j, cell->text.text, cell->text.length);
		break;
	}
}

void
table_write_cell(const struct rows *rows, const void *row,
		 const struct column *column, struct json *j)
{
	struct cell cell = column->get(rows, row, column);

	write_json_cell(j, column, &cell);
}

/* Of those of the set, the ones that not all rows have alike. */
struct varying {
	const struct column *column;
	/* Where in the frame its value stands. */
	size_t end;
};

/*
 * A row without the values that are its own:
 * `,{"node_name":,"gpu_index":,"cluster":null,"vendor":"AMD"}`. What all rows
 * have alike, most often a half of them, is written once.
 */
struct frame {
	struct buf text;
	struct varying columns[COLUMNS_MAX];
	size_t count;
};

/* A text that stands where another one stands is the same. */
static bool
is_same(const struct column *c, const struct cell *a, const struct cell *b)
{
	if (a->is_null || b->is_null)
		return a->is_null && b->is_null;
	switch (c->type) {
	case COLUMN_INTEGER:
	case COLUMN_BOOLEAN:
		return a->integer == b->integer;
	case COLUMN_DECIMAL:
	case COLUMN_TIME:
		return a->number == b->number;
	case COLUMN_TEXTS:
	case COLUMN_INTEGERS:
		return false;
	default:
		return a->text.text == b->text.text &&
		       a->text.length == b->text.length;
	}
}

static bool
are_alike(const struct rows *rows, const struct column *c,
	  const struct cell *first)
{
	for (size_t i = 1; i < rows->count; i++) {
		struct cell cell = c->get(rows, rows->list[i], c);

		if (!is_same(c, first, &cell))
			return false;
	}
	return true;
}

/* Of rows of which there is one at least. */
static void
make_frame(struct frame *f, const struct rows *rows,
	   const struct column_list *list, column_set columns)
{
	struct json j;

	json_init(&j, &f->text);
	buf_append_text(&f->text, ",");
	json_open_object(&j);
	for (size_t i = 0; i < list->count; i++) {
		const struct column *c = &list->columns[i];
		struct cell first;

		if ((columns & COLUMN_BIT(i)) == 0)
			continue;
		json_key(&j, c->name);
		first = c->get(rows, rows->list[0], c);
		if (are_alike(rows, c, &first)) {
			write_json_cell(&j, c, &first);
			continue;
		}
		f->columns[f->count++] = (struct varying){c, f->text.length};
		json_leave_value(&j);
	}
	json_close_object(&j);
}

static void
write_row(const struct frame *f, const struct rows *rows, size_t number,
	  struct json *j)
{
	/* No comma is before the first one. */
	size_t at = number == 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct varying *v = &f->columns[i];
		struct cell cell =
		    v->column->get(rows, rows->list[number], v->column);

		json_key_written(j, f->text.data + at, v->end - at);
		write_json_cell(j, v->column, &cell);
		at = v->end;
	}
	buf_append(j->out, f->text.data + at, f->text.length - at);
}

void
table_write_json(const struct rows *rows, const struct column_list *list,
		 column_set columns, struct json *j)
{
	struct frame frame = {.count = 0};

	json_open_array(j);
	buf_init_within(&frame.text, j->out->max_bytes, j->out->budget);
	if (rows->count > 0)
		make_frame(&frame, rows, list, columns);
	if (buf_status(&frame.text) == ERR_OK)
		for (size_t i = 0; i < rows->count; i++)
			write_row(&frame, rows, i, j);
	else
		j->out->status = buf_status(&frame.text);
	buf_fini(&frame.text);
	json_close_array(j);
}

/* --- CSV ----------------------------------------------------------------- */

/* Bytes that are not UTF-8 are what they are in JSON, too. */
static void
write_csv_text(struct buf *out, const char *text, size_t length)
{
	bool is_quoted = text_needs_quotes(text, length);
	size_t i = 0;

	buf_append_text(out, is_quoted ? "\"" : "");
	buf_append_text(out, text_is_formula(text, length) ? "'" : "");
	while (i < length) {
		char piece[UTF8_MAX_BYTES];
		unsigned code_point;

		i += utf8_next(text + i, length - i, &code_point);
		buf_append_text(out, code_point == '"' ? "\"" : "");
		buf_append(out, piece, utf8_encode(code_point, piece));
	}
	buf_append_text(out, is_quoted ? "\"" : "");
}

/* One text, of the items with ; between. */
static void
write_csv_texts(struct buf *out, const struct cell *cell)
{
	struct buf joined;

	buf_init_within(&joined, out->max_bytes, out->budget);
	for (size_t i = 0; i < cell->texts.count; i++) {
		buf_append_text(&joined, i > 0 ? ";" : "");
		buf_append(&joined, cell->texts.items[i]->text,
			   cell->texts.items[i]->length);
	}
	if (buf_status(&joined) == ERR_OK)
		write_csv_text(out, joined.data, joined.length);
	else
		out->status = buf_status(&joined);
	buf_fini(&joined);
}

/* No text that would need quotes. */
static void
write_csv_integers(struct buf *out, const struct cell *cell)
{
	for (size_t i = 0; i < cell->integers.count; i++)
		buf_append_format(out, i > 0 ? ";%u" : "%u",
				  (unsigned)cell->integers.items[i]);
}

/* As in JSON, but times without quotes. */
static void
write_csv_cell(struct buf *out, const struct column *c, const struct cell *cell)
{
	char text[CLOCK_TEXT_BYTES];
	struct json j;

	switch (c->type) {
	case COLUMN_INTEGER:
	case COLUMN_DECIMAL:
	case COLUMN_BOOLEAN:
		json_init(&j, out);
		write_json_cell(&j, c, cell);
		break;
	case COLUMN_TIME:
		buf_append(out, text, (size_t)clock_format(cell->number, text));
		break;
	case COLUMN_TEXTS:
		write_csv_texts(out, cell);
		break;
	case COLUMN_INTEGERS:
		write_csv_integers(out, cell);
		break;
	default:
		write_csv_text(out, cell->text.text, cell->text.length);
		break;
	}
}

/* Those of the set. */
struct chosen {
	const struct column *columns[COLUMNS_MAX];
	size_t count;
};

static void
choose(struct chosen *out, const struct column_list *list, column_set columns)
{
	out->count = 0;
	for (size_t i = 0; i < list->count; i++)
		if ((columns & COLUMN_BIT(i)) != 0)
			out->columns[out->count++] = &list->columns[i];
}

static void
write_csv_cells(const struct rows *rows, const void *row,
		const struct chosen *chosen, struct buf *out)
{
	for (size_t k = 0; k < chosen->count; k++) {
		const struct column *c = chosen->columns[k];
		struct cell cell = c->get(rows, row, c);

		buf_append_text(out, k > 0 ? "," : "");
		if (!cell.is_null)
			write_csv_cell(out, c, &cell);
	}
}

/* A line of nothing would be none: the only cell has quotes then. */
static void
write_csv_line(const struct rows *rows, const void *row,
	       const struct chosen *chosen, struct buf *out)
{
	size_t before = buf_bytes(out);

	write_csv_cells(rows, row, chosen, out);
	buf_append_text(out, buf_bytes(out) > before ? "\r\n" : "\"\"\r\n");
}

static void
write_csv_names(const struct chosen *chosen, struct buf *out)
{
	for (size_t k = 0; k < chosen->count; k++) {
		buf_append_text(out, k > 0 ? "," : "");
		buf_append_text(out, chosen->columns[k]->name);
	}
}

void
table_write_csv_row(const struct rows *rows, const void *row,
		    const struct column_list *list, struct buf *out)
{
	struct chosen chosen;

	choose(&chosen, list, column_all(list));
	if (row != NULL)
		write_csv_cells(rows, row, &chosen, out);
	else
		write_csv_names(&chosen, out);
}

void
table_write_csv(const struct rows *rows, const struct column_list *list,
		column_set columns, struct buf *out)
{
	struct chosen chosen;

	choose(&chosen, list, columns);
	write_csv_names(&chosen, out);
	buf_append_text(out, "\r\n");
	for (size_t i = 0; i < rows->count; i++)
		write_csv_line(rows, rows->list[i], &chosen, out);
}
