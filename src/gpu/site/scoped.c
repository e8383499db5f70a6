#include "gpu/site/scoped.h"

#include <stdio.h>
#include <string.h>

#include "gpu/identity.h"

enum { NUMBER_MAX_BYTES = 12 };

size_t
scoped_write(char out[static SCOPED_MAX_BYTES], const struct intern_string *id,
	     uint32_t number, const struct intern_string *node)
{
	size_t length = id->length;

	if (length + NUMBER_MAX_BYTES + 1 + node->length > SCOPED_MAX_BYTES)
		return 0;
	memcpy(out, id->text, length);
	if (number != IDENTITY_UNKNOWN)
		length += (size_t)snprintf(out + length, NUMBER_MAX_BYTES,
					   "%c%u", IDENTITY_MASK, number);
	out[length++] = IDENTITY_MASK;
	memcpy(out + length, node->text, node->length);
	return length + node->length;
}
