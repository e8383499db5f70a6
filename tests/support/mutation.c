#include "support/mutation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
mutation_start(struct mutation *b, const char *text)
{
	b->length = 0;
	mutation_insert(b, 0, text, strlen(text));
}

void
mutation_insert(struct mutation *b, size_t at, const char *text, size_t length)
{
	if (b->length + length > MUTATION_MAX_BYTES)
		return;
	memmove(b->text + at + length, b->text + at, b->length - at);
	memcpy(b->text + at, text, length);
	b->length += length;
}

void
mutation_delete(struct mutation *b, size_t at, size_t length)
{
	if (length > b->length - at)
		length = b->length - at;
	memmove(b->text + at, b->text + at + length, b->length - at - length);
	b->length -= length;
}

/* A byte that means something in JSON, or any byte. */
static char
random_byte(unsigned *seed)
{
	static const char special[] = "{}[]\",:\\0129.-+eEutfn/' \n\t\x01\x7f";

	if (rand_r(seed) % 3 > 0)
		return special[(size_t)rand_r(seed) % (sizeof(special) - 1)];
	return (char)(rand_r(seed) & 0xff);
}

void
mutation_of_bytes(struct mutation *b, unsigned *seed)
{
	size_t at = (size_t)rand_r(seed) % b->length;
	size_t few = 1 + (size_t)rand_r(seed) % 8;
	char byte = random_byte(seed), copy[8];

	switch (rand_r(seed) % 6) {
	case 0:
		b->text[at] = (char)(b->text[at] ^ 1 << rand_r(seed) % 8);
		break;
	case 1:
		b->text[at] = byte;
		break;
	case 2:
		mutation_insert(b, at, &byte, 1);
		break;
	case 3:
		mutation_delete(b, at, 1);
		break;
	case 4:
		mutation_delete(b, at, few);
		break;
	default:
		if (few > b->length - at)
			few = b->length - at;
		memcpy(copy, b->text + at, few);
		mutation_insert(b, (size_t)rand_r(seed) % b->length, copy, few);
	}
}

void
mutation_print(const struct mutation *b, unsigned number)
{
	printf("# mutation %u: ", number);
	for (size_t i = 0; i < b->length; i++)
		if (b->text[i] >= 0x20 && b->text[i] < 0x7f)
			putchar(b->text[i]);
		else
			printf("<%02x>", (unsigned char)b->text[i]);
	putchar('\n');
}
