/* How a card is cut into slices, by what NVIDIA calls its instances. */
#ifndef GPU_FLEET_SLICES_H
#define GPU_FLEET_SLICES_H

/*
 * How many compute slices an instance of that profile has: 3 of "3g.40gb", of
 * "1c.3g.40gb" and of "MIG 3g.40gb+me"; 0 if the text does not say.
 */
unsigned slices_of_profile(const char *profile);

/* How many a card of that model has; model may be NULL. */
unsigned slices_of_card(const char *model);

/* A card's memory has as many parts. */
enum { SLICES_OF_MEMORY = 8 };

/*
 * How many of them an instance of that profile has: 4 of "3g.40gb"; 0 if the
 * text does not say. One of a single compute slice may have two, which the
 * memory in its model's name tells: where that is none, one.
 */
unsigned slices_of_memory(const char *profile, const char *model);

#endif
