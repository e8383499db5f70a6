#include "base/log.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/capture.h"
#include "support/suite.h"

static const char prefix[] = "time=2026-01-02T03:04:05.678Z ";

static int
is_stamped(const char *line)
{
	return strncmp(line, "time=", 5) == 0 && line[9] == '-' &&
	       line[12] == '-' && line[15] == 'T' && line[18] == ':' &&
	       line[24] == '.' && line[28] == 'Z' && line[29] == ' ';
}

/* What was written behind the time, which is only checked for its form. */
static const char *
written(struct log_line *l)
{
	const char *line;

	capture_start();
	log_write(l);
	line = capture_end();
	if (*line == '\0')
		return line;
	CU_ASSERT_TRUE(is_stamped(line));
	return line + strlen(prefix);
}

static void
writes_one_line(void)
{
	struct log_line l;

	log_start(&l, LOG_INFO, "request");
	log_text(&l, "path", "/api/v1/gpu/metrics?x");
	log_text(&l, "left_out", NULL);
	log_number(&l, "status", 200);
	log_duration(&l, "duration_ms", 1234567);
	SUITE_EQUAL(written(&l),
		    "level=info msg=request path=/api/v1/gpu/metrics?x "
		    "status=200 duration_ms=1234.567\n");
}

static void
writes_numbers(void)
{
	struct log_line l;

	log_start(&l, LOG_WARN, "n");
	log_number(&l, "a", 0);
	log_number(&l, "b", INT64_MIN);
	log_number(&l, "c", INT64_MAX);
	log_duration(&l, "d", 0);
	log_duration(&l, "e", 7);
	log_duration(&l, "f", 999);
	log_duration(&l, "g", 1000);
	log_duration(&l, "h", 60000001);
	SUITE_EQUAL(written(&l),
		    "level=warn msg=n a=0 b=-9223372036854775808 "
		    "c=9223372036854775807 d=0.000 e=0.007 f=0.999 g=1.000 "
		    "h=60000.001\n");
}

static void
escapes_what_could_mislead(void)
{
	static const struct {
		const char *value, *text;
	} cases[] = {{"", "\"\""},
		     {"plain-text_/:;,.'<>{}[]~!", "plain-text_/:;,.'<>{}[]~!"},
		     {"two words", "\"two words\""},
		     {"a=b", "\"a=b\""},
		     {"x level=error", "\"x level=error\""},
		     {"say \"hi\"", "\"say \\\"hi\\\"\""},
		     {"back\\slash", "\"back\\\\slash\""},
		     {"line\nlevel=error", "\"line\\x0alevel=error\""},
		     {"\r\t", "\"\\x0d\\x09\""},
		     {"\x1b[31mred", "\"\\x1b[31mred\""},
		     {"\x7f", "\"\\x7f\""},
		     {"\x01", "\"\\x01\""},
		     {"\xc3\xa9", "\"\\xc3\\xa9\""},
		     {"\xff", "\"\\xff\""},
		     {"\xe2\x80\xae", "\"\\xe2\\x80\\xae\""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char expected[128];
		struct log_line l;

		log_start(&l, LOG_ERROR, "e");
		log_text(&l, "v", cases[i].value);
		snprintf(expected, sizeof(expected), "level=error msg=e v=%s\n",
			 cases[i].text);
		SUITE_EQUAL(written(&l), expected);
	}
}

/* Every byte, in every level's line: printable ASCII alone gets out. */
static void
writes_printable_ascii_only(void)
{
	for (int byte = 1; byte < 256; byte++) {
		char value[] = {'a', (char)byte, 'b', '\0'};
		const char *line;
		struct log_line l;
		size_t length;

		log_start(&l, LOG_INFO, value);
		log_text(&l, "v", value);
		line = written(&l);
		length = strlen(line);
		CU_ASSERT_EQUAL_FATAL(line[length - 1], '\n');
		for (size_t i = 0; i + 1 < length; i++)
			CU_ASSERT_TRUE(line[i] >= 0x20 && line[i] < 0x7f);
	}
}

static void
drops_lines_below_the_level(void)
{
	for (int lowest = LOG_DEBUG; lowest < LOG__MAX; lowest++) {
		log_set_level((enum log_level)lowest);
		for (int level = LOG_DEBUG; level < LOG__MAX; level++) {
			struct log_line l;

			CU_ASSERT_EQUAL(log_wants((enum log_level)level),
					level >= lowest);
			log_start(&l, (enum log_level)level, "m");
			log_text(&l, "a", "b");
			log_number(&l, "n", 1);
			CU_ASSERT_EQUAL(*written(&l) != '\0', level >= lowest);
		}
	}
	log_set_level(LOG_INFO);
}

static void
starts_at_info(void)
{
	CU_ASSERT_FALSE(log_wants(LOG_DEBUG));
	CU_ASSERT_TRUE(log_wants(LOG_INFO));
	CU_ASSERT_TRUE(log_wants(LOG_ERROR));
	SUITE_EQUAL(log_level_name(LOG_DEBUG), "debug");
	SUITE_EQUAL(log_level_name(LOG_INFO), "info");
	SUITE_EQUAL(log_level_name(LOG_WARN), "warn");
	SUITE_EQUAL(log_level_name(LOG_ERROR), "error");
}

static void
cuts_a_value(void)
{
	char value[1000], expected[1100];
	struct log_line l;

	memset(value, 'x', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	log_start(&l, LOG_INFO, "m");
	log_text(&l, "v", value);
	snprintf(expected, sizeof(expected), "level=info msg=m v=%.512s\n",
		 value);
	SUITE_EQUAL(written(&l), expected);

	/* A space behind the cut asks for no quotes. */
	value[512] = ' ';
	log_start(&l, LOG_INFO, "m");
	log_text(&l, "v", value);
	SUITE_EQUAL(written(&l), expected);
}

static void
escapes_a_cut_value_wholly(void)
{
	char value[1000], expected[3000] = "level=info msg=m v=\"";
	struct log_line l;

	memset(value, 0xff, sizeof(value));
	value[sizeof(value) - 1] = '\0';
	for (int i = 0; i < 512; i++)
		strcat(expected, "\\xff");
	strcat(expected, "\"\n");
	log_start(&l, LOG_INFO, "m");
	log_text(&l, "v", value);
	SUITE_EQUAL(written(&l), expected);
}

static void
cuts_a_line_at_a_whole_pair(void)
{
	char value[500], expected[LOG_LINE_BYTES + 1] = "level=info msg=m";
	struct log_line l;

	memset(value, 'x', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	log_start(&l, LOG_INFO, "m");
	for (int i = 0; i < 20; i++)
		log_text(&l, "v", value);
	/* 8 pairs of 502 bytes fit beside what stands before them. */
	for (int i = 0; i < 8; i++) {
		strcat(expected, " v=");
		strcat(expected, value);
	}
	strcat(expected, "\n");
	SUITE_EQUAL(written(&l), expected);
}

/* The line, its newline included, takes LOG_LINE_BYTES and not one more. */
static void
fills_a_line_to_its_last_byte(void)
{
	for (size_t last = 480; last < 512; last++) {
		char value[513];
		struct log_line l;
		size_t length;

		memset(value, 'y', sizeof(value));
		log_start(&l, LOG_INFO, "m");
		value[500] = '\0';
		while (l.length + 503 + 400 < LOG_LINE_BYTES)
			log_text(&l, "v", value);
		value[last] = '\0';
		log_text(&l, "w", value);
		log_text(&l, "w", value);
		length = strlen(written(&l)) + strlen(prefix);
		CU_ASSERT_TRUE(length <= LOG_LINE_BYTES);
	}
}

static void
outlives_a_closed_stderr(void)
{
	int saved = dup(STDERR_FILENO);
	struct log_line l;

	log_start(&l, LOG_INFO, "lost");
	close(STDERR_FILENO);
	log_write(&l);
	dup2(saved, STDERR_FILENO);
	close(saved);
	CU_PASS("did not crash");
}

/* All that the pipe holds, as one text. */
static const char *
drain(int fd)
{
	static char text[1 << 17];
	size_t length = 0;
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (length < sizeof(text) - 1 &&
	       (n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	return text;
}

static void
write_plain(const char *msg)
{
	struct log_line l;

	log_start(&l, LOG_INFO, msg);
	log_write(&l);
}

/* The lines, and those that others say were lost. */
static size_t
told(const char *text)
{
	static const char lost[] = "level=warn msg=\"log lines were lost\" "
				   "count=";
	size_t count = 0, number;

	for (const char *line = text; *line != '\0';
	     line = strchr(line, '\n') + 1) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(strchr(line, '\n'));
		if (strncmp(line, lost, sizeof(lost) - 1) != 0)
			count++;
		else if (sscanf(line + sizeof(lost) - 1, "%zu", &number) == 1)
			count += number;
	}
	return count;
}

/* Whoever reads the log has stopped to. */
static void
waits_for_nobody(int ends[2])
{
	enum { LINES = 5000 };
	int saved;
	size_t before, after;
	const char *text;

	/* What other tests lost is told first. */
	capture_start();
	write_plain("first");
	capture_end();
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	alarm(30);
	for (int i = 0; i < LINES; i++)
		write_plain("line");
	before = told(drain(ends[0]));
	CU_ASSERT_TRUE(before > 0 && before < LINES);
	write_plain("again");
	alarm(0);
	dup2(saved, STDERR_FILENO);
	close(saved);
	text = drain(ends[0]);
	after = told(text);
	CU_ASSERT_EQUAL(before + after, LINES + 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "msg=again\n"));
	close(ends[0]);
	close(ends[1]);
}

static void
waits_for_no_pipe(void)
{
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	waits_for_nobody(ends);
}

static void
waits_for_no_socket(void)
{
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	waits_for_nobody(ends);
}

enum { NOBODY = 65534, STALLED_LINES = 5000 };

/*
 * They cannot be opened anew: root may open anything, so it is nobody for the
 * while; to others a mode of 0 does the same.
 */
static void
waits_for_nobody_elses(int ends[2])
{
	bool is_root = geteuid() == 0;

	CU_ASSERT_EQUAL_FATAL(fchmod(ends[1], 0), 0);
	if (is_root)
		CU_ASSERT_EQUAL_FATAL(seteuid(NOBODY), 0);
	waits_for_nobody(ends);
	if (is_root)
		CU_ASSERT_EQUAL_FATAL(seteuid(0), 0);
}

static void
waits_for_no_pipe_of_another(void)
{
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	waits_for_nobody_elses(ends);
}

/* In a session of its own, whose terminal it is. */
__attribute__((noreturn)) static void
write_to_terminal(int terminal)
{
	setsid();
	if (ioctl(terminal, TIOCSCTTY, 0) != 0 || fchmod(terminal, 0) != 0 ||
	    dup2(terminal, STDERR_FILENO) < 0 ||
	    (geteuid() == 0 && seteuid(NOBODY) != 0))
		_exit(1);
	alarm(30);
	for (int i = 0; i < STALLED_LINES; i++)
		write_plain("line");
	_exit(0);
}

static void
waits_for_no_terminal_of_another(void)
{
	int terminal, reader, status = -1;
	pid_t child;

	CU_ASSERT_EQUAL_FATAL(openpty(&reader, &terminal, NULL, NULL, NULL), 0);
	child = fork();
	if (child == 0)
		write_to_terminal(terminal);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
	close(terminal);
	close(reader);
}

static void
is_due_once_in_an_interval(void)
{
	enum { HOUR_MS = 3600000 };
	atomic_llong never_ms = clock_now_ms() + HOUR_MS, next_ms = 0;

	CU_ASSERT_FALSE(log_is_due(&never_ms, HOUR_MS));
	CU_ASSERT_TRUE(log_is_due(&next_ms, HOUR_MS));
	CU_ASSERT_FALSE(log_is_due(&next_ms, HOUR_MS));
	CU_ASSERT_TRUE(next_ms > clock_now_ms());
	next_ms = clock_now_ms();
	CU_ASSERT_TRUE(log_is_due(&next_ms, HOUR_MS));
}

/* The line that comes when there is room again starts on a line of its own. */
static void
ends_a_line_that_was_cut(void)
{
	enum { CUT_BYTES = 20 };
	struct rlimit old, none;
	const char *text;

	getrlimit(RLIMIT_FSIZE, &old);
	none = old;
	none.rlim_cur = CUT_BYTES;
	signal(SIGXFSZ, SIG_IGN);
	capture_start();
	setrlimit(RLIMIT_FSIZE, &none);
	write_plain("cut");
	write_plain("lost");
	setrlimit(RLIMIT_FSIZE, &old);
	write_plain("whole");
	text = capture_end();
	CU_ASSERT_EQUAL(strncmp(text + CUT_BYTES,
				"\nlevel=warn msg=\"log lines were lost\" "
				"count=2\ntime=",
				50),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "msg=whole\n"));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"starts at info", starts_at_info},
	    {"writes one line", writes_one_line},
	    {"writes numbers", writes_numbers},
	    {"escapes what could mislead", escapes_what_could_mislead},
	    {"writes printable ASCII only", writes_printable_ascii_only},
	    {"drops lines below the level", drops_lines_below_the_level},
	    {"cuts a value", cuts_a_value},
	    {"escapes a cut value wholly", escapes_a_cut_value_wholly},
	    {"cuts a line at a whole pair", cuts_a_line_at_a_whole_pair},
	    {"fills a line to its last byte", fills_a_line_to_its_last_byte},
	    {"outlives a closed stderr", outlives_a_closed_stderr},
	    {"waits for no pipe", waits_for_no_pipe},
	    {"waits for no pipe of another user", waits_for_no_pipe_of_another},
	    {"waits for no terminal of another user",
	     waits_for_no_terminal_of_another},
	    {"waits for no socket", waits_for_no_socket},
	    {"ends a line that was cut", ends_a_line_that_was_cut},
	    {"is due once in an interval", is_due_once_in_an_interval},
	    {NULL, NULL}};

	return suite_run("log", tests);
}
