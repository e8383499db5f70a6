#include "gpu/vendor.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A word that models' names have, and whose they are. */
static const struct {
	const char *word;
	bool is_prefix; /* more may follow: "MLU370" */
	const char *vendor;
} words[] = {
    {"nvidia", false, "NVIDIA"},
    {"geforce", false, "NVIDIA"},
    {"quadro", false, "NVIDIA"},
    {"tesla", false, "NVIDIA"},
    {"mtt", false, "Moore Threads"},
    {"ppu", false, "Alibaba"},
    {"zw810e", false, "Alibaba"},
    {"mlu", true, "Cambricon"},
    {"cambricon", false, "Cambricon"},
    {"metax", false, "MetaX"},
    {"mxc", true, "MetaX"},
    {"iluvatar", false, "Iluvatar CoreX"},
    {"hygon", false, "Hygon"},
    {"dcu", false, "Hygon"},
    {"enflame", false, "Enflame"},
    {"biren", false, "Biren"},
    {"kunlunxin", false, "Kunlunxin"},
    {"vastai", true, "Vastai"},
    {"ascend", true, "Huawei"},
    {"amd", false, "AMD"},
    {"radeon", false, "AMD"},
    {"instinct", false, "AMD"},
    {"intel", false, "Intel"},
    {"gaudi", true, "Intel"},
    {"apple", false, "Apple"},
    {"tenstorrent", false, "Tenstorrent"},
    {"rebellions", false, "Rebellions"},
    {"rbln", true, "Rebellions"},
    {"furiosa", true, "FuriosaAI"},
};

static const char *
vendor_of_word(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t known = strlen(words[i].word);

		if ((length == known ||
		     (length > known && words[i].is_prefix)) &&
		    strncasecmp(word, words[i].word, known) == 0)
			return words[i].vendor;
	}
	return NULL;
}

const char *
vendor_of_model(const char *model)
{
	const char *vendor = NULL;

	while (vendor == NULL && *model != '\0') {
		size_t length = 0;

		while (isalnum((unsigned char)model[length]))
			length++;
		vendor = vendor_of_word(model, length);
		model += length + (model[length] != '\0');
	}
	return vendor;
}
