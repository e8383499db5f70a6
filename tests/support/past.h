/*
 * A simulated past: two days' worth of a site whose values are known functions
 * of time, written into a Prometheus and a VictoriaMetrics that scrape nothing.
 * Cards are lost for an hour, exchanged, split and joined again; exporters
 * restart under another address, and pods come and go.
 */
#ifndef SUPPORT_PAST_H
#define SUPPORT_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gpu/field.h"
#include "support/source.h"

enum { PAST_SCRAPE_S = 30, PAST_GAP_S = 90, PAST_DAY_S = 86400 };

/* When the past ends, and what happened in it; Unix time, on whole hours. */
struct past_times {
	int64_t start_s, end_s;
	int64_t lost_s, found_s;   /* node-1's second card */
	int64_t restarted_s;	   /* all exporters, at other addresses */
	int64_t exchanged_s;	   /* node-1's third card */
	int64_t reset_s;	   /* the energy counter of node-1's first */
	int64_t split_s, joined_s; /* node-3's card, if it is there */
	int64_t second_s;	   /* node-4's exporter was another before */
};

extern struct past_times past;

/* A card as it is told, in the order of answers but for those that are gone. */
struct past_card {
	const char *node, *uuid;
	unsigned index;
	bool is_gone;	 /* at the end */
	bool is_special; /* on a site with split cards and a second exporter */
	int instance;	 /* -1: the whole card */
	unsigned slices;
};

enum { PAST_CARDS = 9 };
extern const struct past_card past_cards[PAST_CARDS];

/*
 * What was measured of the card at that time, if it is one of a scrape: NaN
 * where nothing was. In the fields' units.
 */
double past_value(size_t card, enum field field, int64_t s);

/* The last scrape that is not behind that time. */
int64_t past_scrape(int64_t s);

/* Both stores with the same past, without or with what is special. Once each
 * after harness_start(). */
void past_start(struct source *prometheus, struct source *victoria,
		bool is_special);

#endif
