// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * ELF notes: name size, description size, type (4 bytes each), then name and description, each padded to 4 bytes
 * (elf(5); the kernel's kernel/crash_core.c and QEMU pad to 4 in 64-bit dumps as well).
 */
#include "image/notes.h"
#include <endian.h>
#include <string.h>

static uint32_t word(const unsigned char *p, bool big_endian)
{
	uint32_t raw;
	memcpy(&raw, p, sizeof(raw));
	return big_endian ? be32toh(raw) : le32toh(raw);
}

bool oom_notes_find(const void *notes, size_t len, bool big_endian, const char *name, size_t *from, size_t *desc_len)
{
	const unsigned char *p = notes;
	size_t wanted = strlen(name);
	for (size_t at = 0; len - at >= 12 && at < len;) {
		uint64_t name_len = word(p + at, big_endian), is_len = word(p + at + 4, big_endian);
		uint64_t text = at + 12, desc = text + ((name_len + 3) & ~UINT64_C(3));
		uint64_t next = desc + ((is_len + 3) & ~UINT64_C(3));
		if (desc + is_len > len)
			return false;
		if (name_len >= wanted && memcmp(p + text, name, wanted) == 0 && is_len) {
			*from = (size_t)desc;
			*desc_len = (size_t)is_len;
			return true;
		}
		at = next < len ? (size_t)next : len;
	}
	return false;
}

bool oom_notes_vmcoreinfo(const void *notes, size_t len, bool big_endian, size_t *from, size_t *text_len)
{
	return oom_notes_find(notes, len, big_endian, "VMCOREINFO", from, text_len);
}
