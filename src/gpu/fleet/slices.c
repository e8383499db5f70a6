#include "gpu/fleet/slices.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SLICES_USUAL = 7 };

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A digit and the letter before a dot. */
static int
is_count(const char *text, char letter)
{
	return is_digit(text[0]) && text[1] == letter && text[2] == '.';
}

/* From what counts its slices on. */
static const char *
skip_to_count(const char *profile)
{
	if (strncasecmp(profile, "MIG ", 4) == 0)
		profile += 4;
	if (is_count(profile, 'c'))
		profile += 3;
	return profile;
}

unsigned
slices_of_profile(const char *profile)
{
	profile = skip_to_count(profile);
	return is_count(profile, 'g') ? (unsigned)(*profile - '0') : 0;
}

/* NVIDIA's MIG User Guide, supported profiles: "4g" is all of these. */
unsigned
slices_of_card(const char *model)
{
	static const struct {
		const char *model;
		unsigned slices;
	} others[] = {{"A30", 4}, {"RTX PRO", 4}};

	for (size_t i = 0;
	     model != NULL && i < sizeof(others) / sizeof(*others); i++) {
		const char *found = strcasestr(model, others[i].model);

		/* Not the A30 in another's name. */
		if (found != NULL &&
		    !is_digit(found[strlen(others[i].model)]) &&
		    (found == model || found[-1] == ' ' || found[-1] == '-'))
			return others[i].slices;
	}
	return SLICES_USUAL;
}

/* --- memory --------------------------------------------------------------- */

/* The GB in a card's name; 0 if there are none. */
static unsigned long
memory_of_model(const char *model)
{
	for (const char *at = model; at != NULL && *at != '\0'; at++) {
		char *end;
		unsigned long gb;

		if (!is_digit(*at))
			continue;
		gb = strtoul(at, &end, 10);
		if (strncasecmp(end, "GB", 2) == 0)
			return gb;
		at = end - 1;
	}
	return 0;
}

/* "1g.20gb" of 80 GB has two, "1g.10gb" one; but 480 GB are none of the GPU's.
 */
static unsigned
memory_of_one(const char *profile, const char *model)
{
	unsigned long card = memory_of_model(model);
	unsigned long own = strtoul(profile + strlen("1g."), NULL, 10);

	return card > 0 && own < card && 2 * own * SLICES_OF_MEMORY >= 3 * card
		   ? 2
		   : 1;
}

/* NVIDIA's MIG User Guide, supported profiles: of seven compute slices three
 * have as much as four, and seven all. */
unsigned
slices_of_memory(const char *profile, const char *model)
{
	unsigned compute = slices_of_profile(profile);
	unsigned card = slices_of_card(model);

	if (compute >= card)
		return compute > 0 ? SLICES_OF_MEMORY : 0;
	if (card < SLICES_USUAL)
		return compute * SLICES_OF_MEMORY / card;
	if (compute == 1)
		return memory_of_one(skip_to_count(profile), model);
	return compute == 3 ? 4 : compute;
}
