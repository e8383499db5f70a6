#include "conformance/conformance.h"

int
main(void)
{
	return conformance_run(&webserver_caddy, NULL);
}
