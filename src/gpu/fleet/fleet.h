/*
 * The table of GPUs: what several metrics of several exporters say of the same
 * card comes together in one row, is completed with what can be computed, and
 * sorted. A card split by MIG has a row for each of its instances instead.
 */
#ifndef GPU_FLEET_FLEET_H
#define GPU_FLEET_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/field.h"
#include "gpu/fleet/sheet.h"
#include "gpu/identity.h"

/* A number that is not known. */
#define FLEET_UNKNOWN IDENTITY_UNKNOWN

enum { FLEET_INSTANCES_MAX = 128 };

struct shape;

struct fleet_gpu {
	/* Numbers of texts, see fleet_text. */
	uint32_t cluster; /* FLEET_UNKNOWN: no label tells */
	uint32_t node;
	uint32_t uuid;
	uint32_t model;
	uint32_t vendor;
	uint32_t bus;
	uint32_t mig_profile;
	uint32_t index;
	uint32_t mig_instance; /* FLEET_UNKNOWN for a whole card */
	const char *exporter;  /* the one with precedence that reported it */
	unsigned exporter_rank;
	unsigned number;	/* in the order of arrival */
	double timestamp_s;	/* of the newest reading */
	double measured_s;	/* by fleet_date, then of what counts; or 0 */
	unsigned measured_rank; /* of whose samples that is */
	uint32_t place;		/* in the fleet's shape; or FLEET_UNKNOWN */
	uint64_t exporters; /* a bit for the rank of each that reported it */
	struct fleet_gpu *card; /* that this is an instance of, or NULL */
	struct fleet_gpu *instances, *next_instance;
	size_t order; /* of a card: the place of its last row */

	/* Private. */
	uint64_t home_rank; /* of a card: its cluster and node in their order */
	unsigned node_doubt; /* see struct identity */
	unsigned instance_count;
	struct fleet_gpu *merged_into;	/* the same card, found out later */
	struct fleet_gpu *next_of_uuid; /* in another cluster */

	struct sheet_list sheets; /* what was told of it */
	const double *values;	  /* what is made of that; after finish */
};

/* Where a card is: in one cluster, or in none that is known. */
struct fleet_place {
	uint32_t cluster, node, index;
};

struct fleet {
	/* By cluster (none first) and node name in natural order, index, MIG
	 * instance; after finish. Cards without an index stand behind the
	 * others of their node, by uuid. */
	struct fleet_gpu **sorted;
	size_t count;
	size_t homeless_count; /* cards left out: nobody knows their node */
	/* Of some row several series tell the same: which of them counts may
	 * depend on when they were measured. */
	bool has_copies;

	/* What the answers say, and what was made of it; of a fleet of a known
	 * shape the rows' texts are in that. */
	struct intern texts;

	/* Set by who fills it: a bit for the rank of each exporter that passes
	 * on what others tell. Of a card of which another one tells, what these
	 * say does not count, nor are there instances that they alone know. */
	uint64_t second_hand;

	/* Set by who only wants to know which cards there are: there is no
	 * fleet_value. */
	bool has_no_values;

	/* Set by shape_begin: it has these GPUs, by their places there. */
	struct shape *shape;
	struct fleet_gpu **shaped;

	/* Private. */
	bool has_merged;   /* some GPU was taken for two */
	struct arena rows; /* those of a known shape */
	struct arena *arena;
	struct arena scratch; /* for what is not needed once it is finished */
	struct arena index;   /* and once it is closed: what finds cards */
	struct fleet_gpu **cards; /* in the order of arrival */
	size_t card_count, card_capacity;
	size_t row_count;
	struct fleet_gpu **by_uuid; /* by the uuid's text number */
	size_t by_uuid_capacity;
	/* By cluster, node and index; a card that moved is found in both
	 * places. */
	struct fleet_place_entry {
		struct fleet_place place;
		uint32_t card; /* its number + 1, 0 is free */
	} *places;
	size_t place_count, places_used;
};

/* An empty fleet. It lives in the arena, but for its texts. */
void fleet_init(struct fleet *f, struct arena *arena);

/* Returns the texts' memory. Safe on a zeroed fleet. */
void fleet_fini(struct fleet *f);

/* The number of a text; INTERN_NONE if there is no memory. */
uint32_t fleet_intern(struct fleet *f, const char *text, size_t length);

/* The text of that number; NULL if it is not known. */
const struct intern_string *fleet_text(const struct fleet *f, uint32_t number);

/* Their natural order, up to a NUL. What is not known stands last, or first:
 * of_none is 1, or -1. */
int fleet_compare_texts(const struct fleet *f, uint32_t a, uint32_t b,
			int of_none);

/* The GPU's node, or FLEET_UNKNOWN if it is only known to be another. */
uint32_t fleet_told_node(const struct fleet *f, const struct fleet_gpu *gpu);

/* Whether the uuid, or NULL, is one that its exporter tells. */
bool fleet_is_told_uuid(const struct intern_string *uuid);

/* The GPU's uuid, or FLEET_UNKNOWN if its exporter hides it. */
uint32_t fleet_told_uuid(const struct fleet *f, const struct fleet_gpu *gpu);

/* The models of these GPUs, sorted, each once; the list is the arena's. */
struct fleet_models {
	const struct intern_string *const *list;
	size_t count;
};
enum err_code fleet_list_models(const struct fleet *f,
				const struct fleet_gpu *const *gpus,
				size_t count, struct arena *arena,
				struct fleet_models *out, struct err *e);

/*
 * The card, added if it is new. In one cluster it is the same card if the uuid
 * is the same, or node and index are, as long as neither uuids nor vendors
 * contradict. Whose cluster is not known is the same card by its uuid only, and
 * in no cluster by node and index: other clusters have such a node, too. A
 * uuid, or node and index, must be known. NULL if there is no memory.
 */
struct fleet_gpu *fleet_find(struct fleet *f, const struct identity *id);

/* The card of that uuid, as fleet_find does; NULL if there is none. */
struct fleet_gpu *fleet_find_uuid(const struct fleet *f, uint32_t uuid,
				  uint32_t cluster);

/* The card in that place, of that vendor or of whoever if one of both is not
 * known; NULL if there is none. */
struct fleet_gpu *fleet_find_place(const struct fleet *f,
				   const struct fleet_place *place,
				   uint32_t vendor);

/*
 * The instance of a card, added if it is new; NULL in *out if the card has too
 * many.
 */
enum err_code fleet_find_instance(struct fleet *f, struct fleet_gpu *card,
				  uint32_t mig_instance, struct fleet_gpu **out,
				  struct err *e);

/* What the identity says of the instance itself. */
void fleet_name_instance(struct fleet_gpu *gpu, const struct identity *id);

/* Now the exporter of that rank is known to report it; of ranks beyond those
 * that have a bit only the name is kept. */
void fleet_note_exporter(struct fleet_gpu *gpu, const char *exporter,
			 unsigned rank);

/*
 * What the exporter of that rank tells of it was measured then (Unix time). As
 * long as it is not known of the copy that counts it is the newest of what the
 * exporter with precedence told: an old answer of that one is no newer for what
 * others add to it.
 */
void fleet_date(struct fleet_gpu *gpu, unsigned rank, double measured_s);

/*
 * Adds a value, cleaned, that the exporter of that origin told of it; false if
 * there is no memory.
 */
bool fleet_take(struct fleet *f, struct fleet_gpu *gpu,
		const struct sheet_origin *origin, enum field field,
		const struct reading *reading);

/* When what that origin tells was measured; see sheet_date. False if there is
 * no memory. */
bool fleet_date_copy(struct fleet *f, struct fleet_gpu *gpu,
		     const struct sheet_origin *origin, double measured_s,
		     bool is_lost);

/* Computes, numbers, sorts. Nothing may be added afterwards. */
enum err_code fleet_finish(struct fleet *f, struct err *e);

/* Of a finished fleet: no card is looked for any more, and the memory for that
 * goes back; there are still all rows. */
void fleet_close(struct fleet *f);

/* Of a finished fleet: where the rows of that one's node end, which stand
 * together. */
size_t fleet_node_end(const struct fleet *f, size_t first);

/* How many cards have rows, or instances that have; until it is closed. */
size_t fleet_count_cards(const struct fleet *f);

/* The card that this one turned out to be: itself, most often. */
struct fleet_gpu *fleet_settled(const struct fleet_gpu *gpu);

/* Gives the card its index; false if there is no memory. */
bool fleet_set_index(struct fleet *f, struct fleet_gpu *gpu, uint32_t index);

/* How many slices an instance has, and a card: see struct derive_split. */
unsigned fleet_slices(const struct fleet *f, const struct fleet_gpu *gpu);
unsigned fleet_slices_of_card(const struct fleet *f,
			      const struct fleet_gpu *card);

/* How many of its card's memory slices an instance has: slices_of_memory. */
unsigned fleet_memory_slices(const struct fleet *f,
			     const struct fleet_gpu *gpu);

/* Whether the card's instances may each tell its memory for their own: NVIDIA's
 * have some of their own, whatever they are called. */
bool fleet_may_repeat_memory(const struct fleet *f,
			     const struct fleet_gpu *card);

/* A GPU of which nothing is known. */
static inline struct fleet_gpu
fleet_unknown_gpu(void)
{
	return (struct fleet_gpu){.cluster = FLEET_UNKNOWN,
				  .node = FLEET_UNKNOWN,
				  .uuid = FLEET_UNKNOWN,
				  .model = FLEET_UNKNOWN,
				  .vendor = FLEET_UNKNOWN,
				  .bus = FLEET_UNKNOWN,
				  .mig_profile = FLEET_UNKNOWN,
				  .index = FLEET_UNKNOWN,
				  .mig_instance = FLEET_UNKNOWN,
				  .exporter_rank = FLEET_UNKNOWN,
				  .measured_rank = FLEET_UNKNOWN,
				  .place = FLEET_UNKNOWN};
}

/* Of a finished fleet; NaN if nobody measured it. */
static inline double
fleet_value(const struct fleet_gpu *gpu, enum field field)
{
	return gpu->values[field];
}

/* Whether the card, or its instances, have rows: nobody's node is no place. */
static inline bool
fleet_is_row(const struct fleet_gpu *card)
{
	return card->merged_into == NULL && card->node != FLEET_UNKNOWN;
}

/* Of GPUs of one fleet, by where they are in memory: to put those that are the
 * same together, in no order that means anything. */
static inline int
fleet_compare_places(const struct fleet_gpu *a, const struct fleet_gpu *b)
{
	return (a > b) - (a < b);
}

/* The physical card: the GPU itself, or the one it is an instance of. */
static inline const struct fleet_gpu *
fleet_card(const struct fleet_gpu *gpu)
{
	return gpu->card != NULL ? gpu->card : gpu;
}

#endif
