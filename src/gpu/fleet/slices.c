#include "gpu/fleet/slices.h"

#include <stddef.h>
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

unsigned
slices_of_profile(const char *profile)
{
	if (strncasecmp(profile, "MIG ", 4) == 0)
		profile += 4;
	if (is_count(profile, 'c'))
		profile += 3;
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
