/* How many may work at once, and how many of those on what is slow. */
#ifndef WEB_SEATS_H
#define WEB_SEATS_H

#include <stdbool.h>

/* What a thread has of the seats. */
enum share_seat { SHARE_NO_SEAT, SHARE_SEAT, SHARE_SLOW_SEAT };

struct seats {
	unsigned total, slow_total;
	unsigned taken, slow_taken; /* the latter are of the former */
};

/* slow_total 0: all may be slow. */
void seats_init(struct seats *s, unsigned total, unsigned slow_total);

bool seats_are_free(const struct seats *s, bool is_slow);

/* There is one. */
enum share_seat seats_take(struct seats *s, bool is_slow);

void seats_return(struct seats *s, enum share_seat seat);

#endif
