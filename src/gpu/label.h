/* What the texts of labels mean. */
#ifndef GPU_LABEL_H
#define GPU_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LABEL_UUID_MAX_BYTES = 128 };

/* Not a number. */
#define LABEL_NO_NUMBER UINT32_MAX

/* A whole number, in digits alone. */
uint32_t label_number(const char *text, size_t length);

/*
 * A GPU's uuid in lower case, without "GPU-": "GPU-ABC" and "abc" are the same
 * card's. Returns its length; 0 if it is empty, too long to be one, or says
 * that there is none, as nvidia-smi's "[N/A]".
 */
size_t label_uuid(const char *text, size_t length,
		  char out[static LABEL_UUID_MAX_BYTES]);

/* True if there are zeros alone in it: somebody hides it. */
bool label_is_masked(const char *uuid, size_t length);

/*
 * False for what stands in place of a text: nothing at all, "[N/A]", DCGM's
 * "<<<NULL>>>". Of hardware also for words that people may use for theirs, as
 * "unknown" and "none".
 */
bool label_says_something(const char *text, size_t length);
bool label_of_hardware_says_something(const char *text, size_t length);

/*
 * False for what every machine calls itself, "localhost" and loopback
 * addresses, and for a container's id: they are nobody's name among others.
 */
bool label_is_node_name(const char *text, size_t length);

/* False for what is no card's index: "true". See label_index. */
bool label_is_index(const char *text, size_t length);

/* False for what stands for "not split": nothing, or a blank number. */
bool label_is_instance(const char *text, size_t length);

/*
 * A card's index, and which of its instances: "3", or "3:0", as nvitop has it.
 * LABEL_NO_NUMBER for what it does not tell.
 */
void label_index(const char *text, size_t length, uint32_t *index,
		 uint32_t *instance);

/* True if a uuid that label_uuid made is that of a MIG instance: "mig-...". */
bool label_is_of_part(const char *uuid, size_t length);

/* True if that is how a card is that is not split: AMD's "spx". */
bool label_is_whole(const char *how, size_t length);

/*
 * The rest of a text, of that length: a model without the "NVIDIA-" that HAMi
 * puts before NVIDIA's own names, and without the " MIG 3g.20gb" that NVML puts
 * behind them for an instance; a MIG profile "1c.3g.40gb" without its compute
 * instance.
 */
const char *label_model(const char *text, size_t length, size_t *rest_length);
const char *label_mig_profile(const char *text, size_t length,
			      size_t *rest_length);

/* The part of "10.1.2.3:9400", "[fd00::1]:9400", "node-1" that is the host. */
void label_host(const char *text, size_t length, const char **host,
		size_t *host_length);

#endif
