#include "conformance/edits.h"

#define OPEN_PATHS                                                             \
	{"gpu-monitoring-api.conf", "gpu_api_paths = \"^/api/\"",              \
	 "gpu_api_paths = \"^/(api/|metrics(/gpus)?$|debug/)\""}

static const struct webserver_change lighttpd_open[] = {OPEN_PATHS};

static const struct webserver_change nginx_strict[] = {
    {"metrics-allow.conf", "allow 127.0.0.0/8;", "allow 192.0.2.1;"},
    {"metrics.conf", "allow 127.0.0.0/8;", "allow 192.0.2.1;"},
    {"http.conf", "    default \"*\";",
     "    default \"\";\n"
     "    \"https://dashboard.example.com\" $http_origin;"},
    {"respond.conf", "fastcgi_read_timeout 15s", "fastcgi_read_timeout 1s"}};

static const struct webserver_change apache_strict[] = {
    {"metrics.conf", "127.0.0.0/8 ::1", "192.0.2.1"},
    {"metrics-gpus.conf", "127.0.0.0/8 ::1", "192.0.2.1"},
    {"gpu-monitoring-api.conf", "\nSetEnvIf Origin \"^\" GPU_API_ORIGIN=*", ""},
    {"gpu-monitoring-api.conf", "#     SetEnvIf", "SetEnvIf"},
    {"respond.conf", " timeout=15", " timeout=1"}};

static const struct webserver_change lighttpd_strict[] = {
    OPEN_PATHS,
    {"gpu-monitoring-api.conf", "\"127.0.0.0/8\"", "\"192.0.2.1\""},
    {"gpu-monitoring-api.conf",
     "    setenv.add-response-header = ( "
     "\"Access-Control-Allow-Origin\" => \"*\" )",
     ""},
    {"gpu-monitoring-api.conf", "    #     setenv.", "    setenv."},
    {"gpu-monitoring-api.conf", "    #     $REQUEST_HEADER",
     "    $REQUEST_HEADER"},
    {"gpu-monitoring-api.conf", "    #         setenv", "        setenv"},
    {"gpu-monitoring-api.conf", "    #     }", "    }"},
    {"gpu-monitoring-api.conf", "\"read-timeout\" => 15",
     "\"read-timeout\" => 1"}};

static const struct webserver_change caddy_strict[] = {
    {"metrics.caddy", "127.0.0.0/8 ::1", "192.0.2.1"},
    {"metrics-gpus.caddy", "127.0.0.0/8 ::1", "192.0.2.1"},
    {"gpu-monitoring-api.caddy",
     "\nheader @gpu_api Access-Control-Allow-Origin *", ""},
    {"gpu-monitoring-api.caddy", "#     @gpu_api_origin {",
     "@gpu_api_origin {"},
    {"gpu-monitoring-api.caddy", "#         path", "    path"},
    {"gpu-monitoring-api.caddy", "#         header", "    header"},
    {"gpu-monitoring-api.caddy", "#     }", "}"},
    {"gpu-monitoring-api.caddy", "#     header", "header"},
    {"respond.caddy", "read_timeout 15s", "read_timeout 1s"}};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

size_t
edits_open(const struct webserver_kind *kind,
	   const struct webserver_change **out)
{
	*out = lighttpd_open;
	return kind == &webserver_lighttpd ? COUNT(lighttpd_open) : 0;
}

size_t
edits_strict(const struct webserver_kind *kind,
	     const struct webserver_change **out)
{
	static const struct {
		const struct webserver_kind *kind;
		const struct webserver_change *list;
		size_t count;
	} all[] = {
	    {&webserver_nginx, nginx_strict, COUNT(nginx_strict)},
	    {&webserver_apache, apache_strict, COUNT(apache_strict)},
	    {&webserver_lighttpd, lighttpd_strict, COUNT(lighttpd_strict)},
	    {&webserver_caddy, caddy_strict, COUNT(caddy_strict)}};
	size_t i = 0;

	while (all[i].kind != kind)
		i++;
	*out = all[i].list;
	return all[i].count;
}
