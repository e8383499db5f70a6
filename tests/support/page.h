/* The page, in a directory for web servers to serve. */
#ifndef SUPPORT_PAGE_H
#define SUPPORT_PAGE_H

/* Where the files of conf/ say that it is, and the folder of its files. */
#define PAGE_INSTALLED "/usr/local/share/gpu-monitoring-api/page"
#define PAGE_VERSION   "0.1.0"

/* Puts it into the test's directory; the path is never freed. Bails out. */
const char *page_place(void);

#endif
