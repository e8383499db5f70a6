/* What a series says about which card it is of. */
#ifndef GPU_IDENTITY_H
#define GPU_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

/* A number that is not known; of a text, INTERN_NONE. */
#define IDENTITY_UNKNOWN UINT32_MAX

/* Stands in the text of a uuid or a node that the exporter does not tell. */
#define IDENTITY_MASK '\n'

enum {
	IDENTITY_INDEX_MAX = 1000000,
	/* As many exporters have a bit in a set, those with precedence. */
	IDENTITY_EXPORTERS_MAX = 64
};

/* All but the numbers are those of texts. */
struct identity {
	uint32_t cluster; /* or IDENTITY_UNKNOWN: no label tells */
	uint32_t uuid;
	uint32_t node;
	uint32_t index; /* a number */
	uint32_t vendor;
	/* A number: which part of the card, as a MIG instance. */
	uint32_t part;
	/* What a part has of its own, where the card has neither. */
	uint32_t part_index; /* a number */
	uint32_t part_uuid;
	/* 0: the exporter said the node; more: it was concluded. */
	unsigned node_doubt;
	/* It was concluded from this answer: another one may tell a better. */
	bool is_node_new;
};

#endif
