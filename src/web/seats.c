#include "web/seats.h"

void
seats_init(struct seats *s, unsigned total, unsigned slow_total)
{
	*s = (struct seats){.total = total,
			    .slow_total = slow_total > 0 ? slow_total : total};
}

bool
seats_are_free(const struct seats *s, bool is_slow)
{
	return s->taken < s->total &&
	       (!is_slow || s->slow_taken < s->slow_total);
}

enum share_seat
seats_take(struct seats *s, bool is_slow)
{
	s->taken++;
	s->slow_taken += is_slow;
	return is_slow ? SHARE_SLOW_SEAT : SHARE_SEAT;
}

void
seats_return(struct seats *s, enum share_seat seat)
{
	s->taken -= seat != SHARE_NO_SEAT;
	s->slow_taken -= seat == SHARE_SLOW_SEAT;
}
