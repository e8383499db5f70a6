#include "fake_gzip.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MATCH_BYTES = 258, /* the longest match of RFC 1951 */
	MATCH_COUNT = 1040448,
	MATCH_CODE = 0xc5,   /* fixed code of that length */
	LITERAL_CODE = 0x30, /* fixed code of byte 0 */
};

/* Of what the bomb becomes; `gzip -t` complains when this is wrong. */
static const uint32_t content_crc = 0x5cbd46f3;

static const char before[] = "{\"status\":\"success\",\"data\":"
			     "{\"resultType\":\"vector\",\"result\":[ ";
static const char after[] = "]}}";

struct bits {
	FILE *out;
	unsigned pending;
	unsigned count;
};

static void
put_bit(struct bits *bits, unsigned bit)
{
	bits->pending |= bit << bits->count;
	if (++bits->count < 8)
		return;
	putc_unlocked((int)bits->pending, bits->out);
	bits->pending = bits->count = 0;
}

/* Huffman codes go out from their highest bit, unlike all other numbers. */
static void
put_code(struct bits *bits, unsigned code, unsigned width)
{
	while (width-- > 0)
		put_bit(bits, code >> width & 1);
}

static void
put_literals(struct bits *bits, const char *text)
{
	for (; *text != '\0'; text++)
		put_code(bits, LITERAL_CODE + (unsigned char)*text, 8);
}

static void
put_le32(FILE *out, uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		fputc((int)(number >> 8 * i & 0xff), out);
}

/* One last block of fixed codes (RFC 1951, 3.2.6). */
static void
put_block(FILE *out)
{
	struct bits bits = {.out = out};

	put_bit(&bits, 1);
	put_bit(&bits, 1);
	put_bit(&bits, 0);
	put_literals(&bits, before);
	for (unsigned i = 0; i < MATCH_COUNT; i++) {
		put_code(&bits, MATCH_CODE, 8);
		put_code(&bits, 0, 5); /* distance 1 */
	}
	put_literals(&bits, after);
	put_code(&bits, 0, 7); /* the end of the block */
	while (bits.count > 0)
		put_bit(&bits, 0);
}

char *
fake_gzip_bomb(size_t *length)
{
	static const unsigned char header[10] = {0x1f, 0x8b, 8, 0, 0,
						 0,    0,    0, 0, 0xff};
	char *bomb = NULL;
	FILE *out = open_memstream(&bomb, length);

	if (out == NULL)
		abort();
	fwrite(header, 1, sizeof(header), out);
	put_block(out);
	put_le32(out, content_crc);
	put_le32(out, (uint32_t)(sizeof(before) - 1 + sizeof(after) - 1 +
				 (size_t)MATCH_COUNT * MATCH_BYTES));
	if (fclose(out) != 0)
		abort();
	return bomb;
}
