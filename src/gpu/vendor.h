/* Who made a GPU, by its model's name. */
#ifndef GPU_VENDOR_H
#define GPU_VENDOR_H

/*
 * The vendor that the name tells, as "Moore Threads" for "MTT S4000"; NULL if
 * it tells none. Metrics and labels do not: other vendors' exporters speak as
 * NVIDIA's do, and some exporters know cards of several.
 */
const char *vendor_of_model(const char *model);

#endif
