// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * owners N < /sys/kernel/debug/page_owner: the N stacks that hold most pages, a line each: pages, allocations,
 * the order that all have (-1: several), and the stack's functions with their offsets, the innermost first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACKS = 16384, TEXT = 4096 };

static struct stack {
	char *text;
	unsigned long hash;
	long pages, allocations;
	int order; // -1: several
} stacks[STACKS];
static size_t nr_stacks;

static void add(const char *text, int order)
{
	size_t i = 0;
	unsigned long hash = 5381;

	for (const char *p = text; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	while (i < nr_stacks && (stacks[i].hash != hash || strcmp(stacks[i].text, text)))
		i++;
	if (i == STACKS)
		return;
	if (i == nr_stacks)
		stacks[nr_stacks++] = (struct stack){.text = strdup(text), .hash = hash, .order = order};
	stacks[i].pages += 1L << order;
	stacks[i].allocations++;
	if (stacks[i].order != order)
		stacks[i].order = -1;
}

static int more_first(const void *a, const void *b)
{
	long x = ((const struct stack *)a)->pages, y = ((const struct stack *)b)->pages;

	return (x < y) - (x > y);
}

/* One read() gives one page. Lines of the stack begin with a blank and have an offset. */
static void take(char *record)
{
	char text[TEXT] = "";
	int order = -1;

	if (sscanf(record, "Page allocated via order %d", &order) != 1 || order < 0 || order > 20)
		return;
	for (char *line = strtok(record, "\n"); line; line = strtok(NULL, "\n")) {
		if (*line != ' ' || !strstr(line, "+0x") || strlen(text) + strlen(line) + 2 > sizeof(text))
			continue;
		strcat(text, ";");
		strcat(text, line + 1);
	}
	add(text, order);
}

int main(int argc, char **argv)
{
	static char record[65536];
	size_t most = argc > 1 ? strtoul(argv[1], NULL, 10) : 60;

	for (ssize_t n; (n = read(0, record, sizeof(record) - 1)) > 0;) {
		record[n] = '\0';
		take(record);
	}
	qsort(stacks, nr_stacks, sizeof(*stacks), more_first);
	for (size_t i = 0; i < nr_stacks && i < most; i++)
		printf("%ld %ld %d %s\n", stacks[i].pages, stacks[i].allocations, stacks[i].order, stacks[i].text);
	return 0;
}
