/* vendor: whose a model's name is. */
#include "gpu/vendor.h"

#include <CUnit/CUnit.h>
#include <stddef.h>

#include "support/suite.h"

static void
knows_vendors_by_words(void)
{
	static const struct {
		const char *model, *vendor;
	} cases[] = {{"NVIDIA A100-SXM4-80GB", "NVIDIA"},
		     {"nvidia a100 80gb pcie", "NVIDIA"},
		     {"GeForce GTX 1070", "NVIDIA"},
		     {"Tesla T4", "NVIDIA"},
		     {"MTT S4000", "Moore Threads"},
		     {"mtt s80", "Moore Threads"},
		     {"PPU-ZW810E", "Alibaba"},
		     {"MLU370-X8", "Cambricon"},
		     {"MetaX C500", "MetaX"},
		     {"MXC500", "MetaX"},
		     {"Iluvatar BI-V150", "Iluvatar CoreX"},
		     {"AMD Instinct MI300X OAM", "AMD"},
		     {"Aqua Vanjaram [Instinct MI300X VF]", "AMD"},
		     {"Intel(R) Data Center GPU Max 1550", "Intel"},
		     {"Ascend910B", "Huawei"},
		     {"Apple M1 Ultra GPU", "Apple"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *vendor = vendor_of_model(cases[i].model);

		SUITE_EQUAL(vendor != NULL ? vendor : "(none)",
			    cases[i].vendor);
	}
}

/* Words within words are none. */
static void
guesses_nothing(void)
{
	static const char *const models[] = {"",      "A100-SXM4-40GB", "L4",
					     "  ",    "GAMDIAS",	"SMTT",
					     "MTTX1", "Graphics Device"};

	for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++)
		CU_ASSERT_PTR_NULL(vendor_of_model(models[i]));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"knows vendors by words", knows_vendors_by_words},
	    {"guesses nothing", guesses_nothing},
	    {NULL, NULL}};

	return suite_run("vendor", tests);
}
